//! Holds structs that exist to be marshalled.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use super::{Kind, Object, Str, Value};

/// A Go struct as `encoding/json` sees it: fields in order, under their names in JSON.
#[derive(Debug)]
struct Record {
    type_name: &'static str,
    fields: Vec<(&'static str, Value)>,
}

impl Object for Record {
    fn type_name(&self) -> Cow<'static, str> {
        self.type_name.into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(self.fields.iter().map(|(k, v)| (Str::from_static(k), v.clone())).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Returns a struct of these fields, named as in JSON; `type_name` is what `%T` prints.
pub fn record(type_name: &'static str, fields: Vec<(&'static str, Value)>) -> Value {
    Value::Object(Rc::new(Record { type_name, fields }))
}
