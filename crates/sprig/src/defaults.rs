//! Tells what counts as empty, and defines the functions that choose between values by it.

use gostd::value::{Kind, Type, Value};
use gotemplate::func::{FuncDef, def};

use super::args::{any, boolean};
use super::flow;

pub(super) const TABLE: &[FuncDef] = &[
    def("default", &[Type::Any, Type::Any], |_, a| {
        Ok(match a.get(1) {
            Some(given) if !is_empty(given) => given.clone(),
            _ => any(a, 0).clone(),
        })
    })
    .flowing(flow::DEFAULT)
    .growing(0)
    .variadic(),
    def("empty", &[Type::Any], |_, a| Ok(Value::Bool(is_empty(any(a, 0)))))
        .flowing(flow::SHAPE)
        .growing(0),
    def("coalesce", &[Type::Any], |_, a| {
        Ok(a.iter().find(|v| !is_empty(v)).cloned().unwrap_or_default())
    })
    .flowing(flow::COALESCE)
    .growing(0)
    .variadic(),
    def("all", &[Type::Any], |_, a| Ok(Value::Bool(!a.iter().any(is_empty))))
        .flowing(flow::SHAPE)
        .variadic(),
    def("any", &[Type::Any], |_, a| Ok(Value::Bool(!a.iter().all(is_empty))))
        .flowing(flow::SHAPE)
        .variadic(),
    def("ternary", &[Type::Any, Type::Any, Type::Bool], |_, a| {
        let chosen = usize::from(!boolean(a, 2));
        Ok(any(a, chosen).clone())
    })
    .flowing(flow::TERNARY)
    .growing(0),
];

/// Reproduces sprig's `empty`: the zero of each kind, collections without elements, nil pointers;
/// never a struct.
pub(super) fn is_empty(v: &Value) -> bool {
    match v {
        Value::Object(o) => match o.kind() {
            Kind::Struct => false,
            Kind::Complex128 => !v.truth(),
            Kind::Map => o.as_map().is_none_or(|m| m.is_empty()),
            _ => o.is_nil(),
        },
        v => !v.truth(),
    }
}
