//! Defines the functions for regular expressions with Go's syntax and rules.

use gostd::fmt::PrintError;
use gostd::regexp::{Regexp, quote_meta};
use gostd::value::{Elem, List, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def, printed};

use std::rc::Rc;

use super::args::{int, text};

const TWO: &[Type] = &[Type::String, Type::String];
const THREE: &[Type] = &[Type::String, Type::String, Type::String];
const LIMITED: &[Type] = &[Type::String, Type::String, Type::Int];

pub(super) const TABLE: &[FuncDef] = &[
    def("regexMatch", TWO, |_, a| {
        // sprig drops the error, and false is left.
        Ok(Value::Bool(Regexp::compile(text(a, 0)).is_ok_and(|r| r.is_match(text(a, 1)))))
    }),
    def("mustRegexMatch", TWO, |_, a| Ok(Value::Bool(strict(a)?.is_match(text(a, 1))))),
    def("regexFind", TWO, |_, a| find(panicking(a)?, a)),
    def("mustRegexFind", TWO, |_, a| find(strict(a)?, a)),
    def("regexFindAll", LIMITED, |_, a| find_all(panicking(a)?, a)).growing(48),
    def("mustRegexFindAll", LIMITED, |_, a| find_all(strict(a)?, a)).growing(48),
    def("regexReplaceAll", THREE, |h, a| replace_all(h, panicking(a)?, a)),
    def("mustRegexReplaceAll", THREE, |h, a| replace_all(h, strict(a)?, a)),
    def("regexReplaceAllLiteral", THREE, |h, a| replace_literal(h, panicking(a)?, a)),
    def("mustRegexReplaceAllLiteral", THREE, |h, a| replace_literal(h, strict(a)?, a)),
    def("regexSplit", LIMITED, |_, a| split(panicking(a)?, a)).growing(48),
    def("mustRegexSplit", LIMITED, |_, a| split(strict(a)?, a)).growing(48),
    def("regexQuoteMeta", &[Type::String], |_, a| Ok(Value::from(quote_meta(text(a, 0)))))
        .growing(2),
];

type Compiled = Result<Rc<Regexp>, FuncError>;

fn strict(a: &[Value]) -> Compiled {
    Regexp::compile(text(a, 0)).map_err(|e| FuncError::text(e.to_bytes()))
}

fn panicking(a: &[Value]) -> Compiled {
    Regexp::must_compile(text(a, 0)).map_err(|e| FuncError::text(e.to_bytes()))
}

fn find(r: Rc<Regexp>, a: &[Value]) -> FuncResult {
    Ok(Value::Str(r.find(text(a, 1)).unwrap_or_default().into()))
}

fn find_all(r: Rc<Regexp>, a: &[Value]) -> FuncResult {
    let found = r.find_all(text(a, 1), int(a, 2));
    Ok(Value::List(match found.is_empty() {
        true => List::nil(Elem::String),
        false => List::strings(found),
    }))
}

fn replaced(host: &mut dyn Host, replace: impl Fn(usize) -> Option<Vec<u8>>) -> FuncResult {
    Ok(Value::from(printed(host, |most| replace(most).ok_or(PrintError::TooLong))?))
}

fn replace_all(host: &mut dyn Host, r: Rc<Regexp>, a: &[Value]) -> FuncResult {
    replaced(host, |most| r.replace_all(text(a, 1), text(a, 2), most))
}

fn replace_literal(host: &mut dyn Host, r: Rc<Regexp>, a: &[Value]) -> FuncResult {
    replaced(host, |most| r.replace_all_literal(text(a, 1), text(a, 2), most))
}

fn split(r: Rc<Regexp>, a: &[Value]) -> FuncResult {
    let parts = r.split(text(a, 1), int(a, 2));
    Ok(Value::List(parts.map_or_else(|| List::nil(Elem::String), List::strings)))
}
