//! Defines the functions that make, read and change dicts (`map[string]interface {}`).

use gostd::value::{ANY_MAP, List, Map, Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use super::args::{ENTRY, any, map, rest, text, text_handle};
use super::convert::one_text;
use super::flow;

pub(super) const TABLE: &[FuncDef] = &[
    def("dict", &[Type::Any], dict).flowing(flow::DICT).growing(0).variadic(),
    def("get", &[Type::Map, Type::String], |_, a| {
        Ok(map(a, 0).get(text(a, 1)).unwrap_or_else(|| Value::str("")))
    })
    .flowing(flow::GET),
    def("set", &[Type::Map, Type::String, Type::Any], set).flowing(flow::SET).growing(0),
    def("unset", &[Type::Map, Type::String], |_, a| {
        let m = map(a, 0);
        m.remove(text(a, 1));
        Ok(Value::Map(m))
    })
    .flowing(flow::UNSET),
    def("hasKey", &[Type::Map, Type::String], |_, a| {
        Ok(Value::Bool(map(a, 0).contains_key(text(a, 1))))
    })
    .flowing(flow::HAS_KEY),
    def("pluck", &[Type::String, Type::Map], |_, a| {
        let found = rest(a, 1).iter().filter_map(|m| m.as_map()?.get(text(a, 0)));
        Ok(Value::list(found.collect()))
    })
    .flowing(flow::MEMBERS)
    .variadic(),
    def("keys", &[Type::Map], |_, a| {
        let mut keys: Vec<Str> = Vec::new();
        for m in a.iter().filter_map(Value::as_map) {
            keys.extend(m.borrow().keys().cloned());
        }
        Ok(Value::List(List::strings(keys)))
    })
    .flowing(flow::KEYS)
    .variadic(),
    def("values", &[Type::Map], |_, a| {
        Ok(Value::list(map(a, 0).borrow().values().cloned().collect()))
    })
    .flowing(flow::MEMBERS),
    def("pick", &[Type::Map, Type::String], pick).flowing(flow::PICK).variadic(),
    def("omit", &[Type::Map, Type::String], omit).flowing(flow::OMIT).variadic(),
    def("dig", &[Type::Any], dig).flowing(flow::DIG).variadic(),
    def("deepCopy", &[Type::Any], deep_copy).flowing(flow::DEEP_COPY),
    def("mustDeepCopy", &[Type::Any], deep_copy).flowing(flow::DEEP_COPY),
];

/// Most lists, maps and entries that one call copies.
const MAX_COPIED: usize = 2_000_000;

/// Keys and values in turn; a last key without a value gets `""`.
fn dict(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    let mut entries = Vec::with_capacity(a.len().div_ceil(2));
    for pair in a.chunks(2) {
        entries.push((one_text(host, any(pair, 0))?, pair.get(1).cloned().unwrap_or("".into())));
    }
    Ok(Value::Map(Map::from_entries(&ANY_MAP, entries)))
}

fn set(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let m = map(a, 0);
    if m.is_nil() {
        return Err(FuncError::text("assignment to entry in nil map"));
    }
    m.insert(text_handle(a, 1), any(a, 2).clone());
    Ok(Value::Map(m))
}

fn pick(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let m = map(a, 0);
    let keys = rest(a, 1).iter().filter_map(Value::as_str);
    let entries = keys.filter_map(|k| Some((k.clone(), m.get(k)?)));
    Ok(Value::Map(Map::from_entries(&ANY_MAP, entries)))
}

fn omit(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let m = map(a, 0);
    let omitted = |key: &Str| rest(a, 1).iter().any(|k| k.as_str() == Some(key));
    let kept = m.entries().into_iter().filter(|(k, _)| !omitted(k));
    Ok(Value::Map(Map::from_entries(&ANY_MAP, kept)))
}

/// Returns what Go's type assertion says of a value that is not of the wanted type.
fn not_a(wanted: &str, v: &Value) -> FuncError {
    let name = if v.is_nil() { "nil".into() } else { v.type_name() };
    FuncError::text(format!("interface conversion: interface {{}} is {name}, not {wanted}"))
}

/// Returns a plain `map[string]interface {}`: Go's type assertion accepts no named map type.
fn plain_map(v: &Value) -> Result<&Map, FuncError> {
    match v {
        Value::Map(m) if m.map_type().name == ANY_MAP.name => Ok(m),
        _ => Err(not_a(ANY_MAP.name, v)),
    }
}

/// Returns `dig key… default dict`
fn dig(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let [keys @ .., default, dict] = a else { return Err(too_few()) };
    if keys.is_empty() {
        return Err(too_few());
    }
    plain_map(dict)?;
    if let Some(v) = keys.iter().find(|k| k.as_str().is_none()) {
        return Err(not_a("string", v));
    }
    let mut at = dict.clone();
    for key in keys.iter().filter_map(Value::as_str) {
        let Some(next) = plain_map(&at)?.get(key) else { return Ok(default.clone()) };
        at = next;
    }
    Ok(at)
}

fn too_few() -> FuncError {
    FuncError::text("dig needs at least three arguments")
}

fn deep_copy(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    let v = any(a, 0);
    if v.is_nil() {
        return Err(FuncError::text("reflect: call of reflect.Value.Type on zero Value"));
    }
    let mut left = MAX_COPIED;
    let copy = v.deep_copy(&mut left);
    let copy = copy.ok_or_else(|| FuncError::text("value is too large or too deep to copy"))?;
    host.reserve((MAX_COPIED - left) * ENTRY)?;
    Ok(copy)
}
