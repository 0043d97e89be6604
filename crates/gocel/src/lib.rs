#![doc = include_str!("../README.md")]

mod calls;
mod conversions;
mod eval;
mod lex;
mod lists;
mod names;
mod operators;
mod parse;
mod regexp;
mod strings;
#[cfg(test)]
mod tests;
mod times;
mod value;

use std::fmt;

pub use eval::Library;
pub use parse::RESERVED;
pub use regexp::Matcher;
pub use value::{Key, List, ListKind, Members, Opaque, Val};

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is no expression.
    Syntax,
    /// It names a function or a variable that is not known here.
    Unknown,
    /// A function or an operator does not take values of these types.
    Overload,
    /// A value is not what is asked for: a key that is missing, a division by zero, a number out of range.
    Value,
    /// It takes too many steps.
    Budget,
}

/// An expression that has no value, in the words of cel-go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Why.
    pub reason: Reason,
    /// The words.
    pub words: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Error {}

impl Error {
    /// Makes an error of a value.
    pub fn value(words: impl Into<String>) -> Error {
        Error { reason: Reason::Value, words: words.into() }
    }

    /// Makes the error of a function that does not take what it is given.
    pub fn overload() -> Error {
        Error { reason: Reason::Overload, words: "no such overload".to_owned() }
    }

    fn budget() -> Error {
        Error { reason: Reason::Budget, words: "it takes too many steps".to_owned() }
    }

    fn data(words: &str) -> Error {
        Error::value(words)
    }

    fn unknown(words: impl Into<String>) -> Error {
        Error { reason: Reason::Unknown, words: words.into() }
    }
}

/// What an expression may still do.
#[derive(Clone, Debug)]
pub struct Budget {
    left: u64,
    cost: u64,
    most_cost: u64,
    depth: usize,
}

/// Characters of a text that count as a step.
const TEXT_STEP: usize = 16;
/// Steps that an item of a list counts that is made, whatever it takes to make it.
const ITEM_STEPS: u64 = 2;

impl Budget {
    /// Allows so many steps: a step evaluates a part of an expression, or moves sixteen characters. What an expression
    /// makes takes about as many bytes at most.
    pub fn new(steps: u64) -> Budget {
        Budget { left: steps, cost: 0, most_cost: u64::MAX, depth: 0 }
    }

    /// Returns how many steps are left.
    ///
    /// ```
    /// use gocel::{Budget, Program};
    /// let mut budget = Budget::new(100);
    /// Program::parse("1 + 2").unwrap().run(&[], &(), &mut budget).unwrap();
    /// assert_eq!(budget.left(), 97);
    /// ```
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Returns what cel-go would count at least as the cost of what was evaluated so far, with the options of Kubernetes:
    /// a name, a field, an operator on numbers counts 1, a list that is made 10, a map 30; calls of functions, which each
    /// have a cost of their own there, are left out.
    ///
    /// ```
    /// use gocel::{Budget, Program, Val};
    /// let mut budget = Budget::new(1_000);
    /// let own = Val::list(vec![Val::Int(1), Val::Int(2)]);
    /// Program::parse("self.all(n, n > 0)").unwrap().run(&[("self", own)], &(), &mut budget).unwrap();
    /// assert_eq!(budget.cost(), 11);
    /// ```
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// Ends what is evaluated from here on when it has cost more than this.
    pub fn limit_cost(&mut self, most: u64) {
        self.most_cost = self.cost.saturating_add(most);
    }

    /// Counts steps.
    ///
    /// # Errors
    /// There are none left.
    pub fn take(&mut self, steps: u64) -> Result<(), Error> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Error::budget())
            }
        }
    }

    /// Counts the step of a part of an expression.
    fn part(&mut self) -> Result<(), Error> {
        match self.cost > self.most_cost {
            true => Err(Error::budget()),
            false => self.take(1),
        }
    }

    /// Counts the steps for a text of so many bytes.
    ///
    /// # Errors
    /// There are none left.
    pub fn text(&mut self, bytes: usize) -> Result<(), Error> {
        self.take((bytes / TEXT_STEP) as u64)
    }

    /// Counts the steps for so many items of a list that is made, or entries of a map.
    ///
    /// # Errors
    /// There are none left.
    pub fn items(&mut self, count: usize) -> Result<(), Error> {
        self.take((count as u64).saturating_mul(ITEM_STEPS))
    }

    /// Calls `f` a level deeper, on more stack if need be.
    pub fn deeper<T>(&mut self, f: impl FnOnce(&mut Budget) -> T) -> T {
        self.depth += 1;
        let made = gostd::stack::at_depth(self.depth, || f(self));
        self.depth -= 1;
        made
    }
}

/// An expression that was read.
#[derive(Debug)]
pub struct Program {
    tree: parse::Tree,
}

impl Program {
    /// Reads an expression.
    ///
    /// ```
    /// use gocel::{Budget, Program, Val};
    /// let program = Program::parse("self.all(n, n < 10) ? 'small' : 'large'").unwrap();
    /// let own = Val::list(vec![Val::Int(3), Val::Int(12)]);
    /// let made = program.run(&[("self", own)], &(), &mut Budget::new(1_000)).unwrap();
    /// assert!(matches!(made, Val::Str(text) if &*text == "large"));
    /// assert_eq!(Program::parse("1 +").unwrap_err().to_string(), "1:4: an expression is missing");
    /// ```
    ///
    /// # Errors
    /// [`Reason::Syntax`], with line and column.
    pub fn parse(source: &str) -> Result<Program, Error> {
        Ok(Program { tree: parse::parse(source)? })
    }

    /// Tells whether it names a variable.
    pub fn names(&self, variable: &str) -> bool {
        self.tree.names(variable)
    }

    /// Evaluates it with variables, and with the functions of a library beside its own.
    ///
    /// # Errors
    /// Why it has no value.
    pub fn run(
        &self,
        variables: &[(&str, Val)],
        library: &dyn Library,
        budget: &mut Budget,
    ) -> Result<Val, Error> {
        eval::run(&self.tree, variables, library, budget)
    }
}
