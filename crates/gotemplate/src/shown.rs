//! Values that Go's errors format and that are no strings there. Most verbs print their text; which do not, shows where
//! the name of a file holds a `%`.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use gostd::value::{Kind, Object, Str, Type, Value, error_value};

use super::node::Expr;

#[derive(Debug)]
struct Shown {
    type_name: &'static str,
    text: Str,
    /// Of a struct; pointers are to what holds addresses.
    fields: Vec<(&'static str, Value)>,
}

impl Object for Shown {
    fn type_name(&self) -> Cow<'static, str> {
        self.type_name.into()
    }

    fn kind(&self) -> Kind {
        if self.type_name.starts_with('*') { Kind::Ptr } else { Kind::Struct }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }

    fn string(&self) -> Option<Str> {
        Some(self.text.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn shown(type_name: &'static str, text: impl Into<Str>) -> Value {
    Value::Object(Rc::new(Shown { type_name, text: text.into(), fields: Vec::new() }))
}

/// Returns an error that has nothing but a text.
pub(super) fn of_error(text: &[u8]) -> Value {
    error_value(Some(("*errors.errorString", Str::from(text))))
}

/// Returns a type.
pub(super) fn of_type(name: impl Into<Str>) -> Value {
    shown("*reflect.rtype", name)
}

/// Returns the type of a parameter.
pub(super) fn of_parameter(ty: Type) -> Value {
    of_type(ty.name())
}

/// Returns an operand with its text.
pub(super) fn of_expr(node: Option<Expr>, text: Vec<u8>) -> Value {
    let name = match node {
        Some(Expr::Dot { .. }) => "*parse.DotNode",
        Some(Expr::Nil { .. }) | None => "*parse.NilNode",
        Some(Expr::Bool { .. }) => "*parse.BoolNode",
        Some(Expr::Number { .. }) => "*parse.NumberNode",
        Some(Expr::String(_)) => "*parse.StringNode",
        Some(Expr::Field { .. }) => "*parse.FieldNode",
        Some(Expr::Variable { .. }) => "*parse.VariableNode",
        Some(Expr::Function { .. }) => "*parse.IdentifierNode",
        Some(Expr::Chain { .. }) => "*parse.ChainNode",
        Some(Expr::Pipe(_)) => "*parse.PipeNode",
    };
    shown(name, text)
}

/// Returns `{{end}}`.
pub(super) fn of_end() -> Value {
    shown("*parse.endNode", "{{end}}")
}

/// Returns `{{else}}`.
pub(super) fn of_else() -> Value {
    shown("*parse.elseNode", "{{else}}")
}

/// Returns a token: Go's number for its kind, where it stands, what it holds, and its text.
pub(super) fn of_token(kind: i64, start: u32, held: Vec<u8>, line: u32, text: Vec<u8>) -> Value {
    let fields = vec![
        ("typ", Value::int(kind)),
        ("pos", Value::int(start.into())),
        ("val", Value::from(held)),
        ("line", Value::int(line.into())),
    ];
    Value::Object(Rc::new(Shown { type_name: "parse.item", text: text.into(), fields }))
}
