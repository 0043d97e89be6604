//! Holds errors that a method returns as its one result, which makes them values.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use super::{Kind, MethodResult, Object, Signature, Str, Value};

/// Returns the value of Go's interface type `error` that holds an error of this type (a pointer to a
/// struct), or no error.
pub fn error_value(error: Option<(&'static str, Str)>) -> Value {
    match error {
        Some((type_name, text)) => Value::Object(Rc::new(ErrorValue { type_name, text })),
        None => Value::Object(Rc::new(NoError)),
    }
}

/// Returns whether a value is one of [`error_value`]: its static type is `error`.
pub fn is_error(value: &Value) -> bool {
    match value {
        Value::Object(o) => o.as_any().is::<ErrorValue>() || o.as_any().is::<NoError>(),
        _ => false,
    }
}

#[derive(Debug)]
struct ErrorValue {
    type_name: &'static str,
    text: Str,
}

impl Object for ErrorValue {
    fn type_name(&self) -> Cow<'static, str> {
        self.type_name.into()
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("s", Value::Str(self.text.clone()))]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "Error").then_some(Signature { params: &[], variadic: false })
    }

    fn call(&self, _: &str, _: &[Value]) -> MethodResult {
        Ok(Value::Str(self.text.clone()))
    }

    /// An error that has nothing but a text is a variable of its package, one and the same each time.
    fn is_same(&self, other: &dyn Object) -> bool {
        let other = other.as_any().downcast_ref::<ErrorValue>();
        self.type_name == "*errors.errorString" && other.is_some_and(|o| o.text == self.text)
    }

    fn string(&self) -> Option<Str> {
        Some(self.text.clone())
    }

    fn deep_copied(&self) -> Option<Value> {
        Some(error_value(Some((self.type_name, Str::EMPTY))))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(Vec::new())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A nil `error`. Unlike a nil `interface {}` an action prints it; a function gets a nil.
#[derive(Debug)]
struct NoError;

impl Object for NoError {
    fn type_name(&self) -> Cow<'static, str> {
        "error".into()
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn is_nil(&self) -> bool {
        true
    }

    fn string(&self) -> Option<Str> {
        Some(Str::from_static("<nil>"))
    }

    fn copied(&self) -> Option<Value> {
        Some(Value::Nil)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
