//! What an expression names, without running it.

use std::collections::HashSet;

use crate::parse::Node;
use crate::value::Val;
use crate::{Error, Program, Reason};

/// What libraries of cel-go and of Kubernetes put before the names of functions and types.
const OTHERS: &[&str] =
    &["format", "google", "ip", "jsonpatch", "lists", "net", "optional", "sets", "strings"];
/// What types are called.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "dyn",
    "int",
    "list",
    "map",
    "null_type",
    "optional_type",
    "string",
    "type",
    "uint",
];

impl Program {
    /// Asks that it names no variables but some, and `field` of those whose fields are known.
    ///
    /// What a macro binds counts as known everywhere: an expression that passes may still name a variable where it is not
    /// bound.
    ///
    /// ```
    /// use gocel::Program;
    /// let check = |source: &str| Program::parse(source).unwrap().check_names(&["self"]);
    /// assert!(check("self.all(n, n > 0)").is_ok());
    /// assert_eq!(check("own.a").unwrap_err().to_string(), "undeclared reference to 'own'");
    /// ```
    ///
    /// # Errors
    /// [`Reason::Unknown`], with the name.
    pub fn check_names(&self, known: &[&str]) -> Result<(), Error> {
        let bound: HashSet<&str> = self.tree.nodes().flat_map(bound).collect();
        let names = || {
            self.tree.nodes().filter_map(|node| match node {
                Node::Ident(name) => Some(&**name),
                _ => None,
            })
        };
        // `cel.bind` binds a name as well.
        if known.contains(&"cel") && names().any(|name| name == "cel") {
            return Ok(());
        }
        let is_known = |name: &str| {
            bound.contains(name) || [known, OTHERS, TYPES].iter().any(|names| names.contains(&name))
        };
        match names().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(name) => {
                let words = format!("undeclared reference to '{name}'");
                Err(Error { reason: Reason::Unknown, words })
            }
        }
    }

    /// Returns the fields of a variable that it names.
    ///
    /// ```
    /// use gocel::Program;
    /// let program = Program::parse("variables.a + variables.b == 2").unwrap();
    /// assert_eq!(program.fields_of("variables"), ["a", "b"]);
    /// ```
    pub fn fields_of(&self, variable: &str) -> Vec<&str> {
        let is_it =
            |id| matches!(self.tree.node(id), Some(Node::Ident(name)) if &**name == variable);
        let field = |node| match node {
            &Node::Select { of, ref field, .. } if is_it(of) => Some(&**field),
            _ => None,
        };
        self.tree.nodes().filter_map(field).collect()
    }

    /// Returns the type of its value, where that is plain without running it.
    ///
    /// ```
    /// use gocel::Program;
    /// let kind = |source: &str| Program::parse(source).unwrap().plain_type();
    /// assert_eq!([kind("'a'"), kind("[1]"), kind("-7"), kind("self.a")], [Some("string"), Some("list"), Some("int"), None]);
    /// ```
    pub fn plain_type(&self) -> Option<&'static str> {
        let mut id = self.tree.root;
        let mut is_negative = false;
        while let Node::Negative(of) = self.tree.node(id)? {
            (id, is_negative) = (*of, true);
        }
        Some(match self.tree.node(id)? {
            Node::Literal(Val::Int(_)) => "int",
            Node::Literal(Val::Uint(_)) => "uint",
            Node::Literal(Val::Double(_)) => "double",
            _ if is_negative => return None,
            Node::Literal(Val::Str(_)) => "string",
            Node::Literal(Val::Bytes(_)) => "bytes",
            Node::Literal(Val::Bool(_)) => "bool",
            Node::Literal(Val::Null) => "null_type",
            Node::List(_) => "list",
            Node::Map(_) => "map",
            Node::Ident(name) if TYPES.contains(&&**name) => "type",
            Node::And(_) | Node::Or(_) | Node::Not(_) => "bool",
            _ => return None,
        })
    }
}

/// Returns the names that a macro binds.
fn bound(node: &Node) -> Vec<&str> {
    match node {
        Node::Fold(fold) => fold.names.iter().map(|name| &**name).collect(),
        _ => Vec::new(),
    }
}
