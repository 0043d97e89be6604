//! Holds what values break, as the tree that the validator prints.

use std::fmt;

use gostd::stack;

/// What values break in a schema. It displays as the validator prints it: a line that names the schema,
/// and an indented line for each violation.
#[derive(Clone, Debug, PartialEq)]
pub struct Violations {
    pub(super) schema: Box<str>,
    pub(super) list: Vec<Violation>,
}

impl Violations {
    /// Returns the URL of the schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the outermost violations.
    pub fn list(&self) -> &[Violation] {
        &self.list
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = super::words::quote(&self.schema);
        write!(f, "jsonschema validation failed with {schema}")?;
        self.list.iter().try_for_each(|violation| violation.show(f, 1))
    }
}

/// A value that is not what a schema asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Violation {
    pub(super) place: Box<str>,
    pub(super) text: Box<str>,
    /// Whether it is nothing but several violations of one schema.
    pub(super) is_group: bool,
    pub(super) causes: Vec<Violation>,
}

impl Violation {
    /// Returns where the value stands, as a JSON pointer.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns what is wrong with it: `got string, want integer`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether it is nothing but its causes, several violations of one schema.
    pub fn is_group(&self) -> bool {
        self.is_group
    }

    /// Returns the violations that it is made of.
    pub fn causes(&self) -> &[Violation] {
        &self.causes
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        write!(f, "\n{:width$}- at ", "", width = (indent - 1) * 2)?;
        write!(f, "{}: {}", super::words::quote(&self.place), self.text)?;
        stack::uncounted(|| self.causes.iter().try_for_each(|cause| cause.show(f, indent + 1)))
    }
}

impl Drop for Violation {
    /// Takes a deep tree apart without recursion.
    fn drop(&mut self) {
        let mut rest = std::mem::take(&mut self.causes);
        while let Some(mut violation) = rest.pop() {
            rest.append(&mut violation.causes);
        }
    }
}
