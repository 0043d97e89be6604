//! Reproduces Go's `path`, and `path/filepath` as it is on Unix: the same.

use gostd::path;
use gostd::value::{Str, Type, Value};
use gotemplate::func::{FuncDef, def};

use super::args::text;

pub(super) const TABLE: &[FuncDef] = &[
    def("base", &[Type::String], |_, a| Ok(Value::Str(Str::from(path::base(text(a, 0)))))),
    def("dir", &[Type::String], |_, a| Ok(Value::Str(Str::from(path::dir(text(a, 0)))))),
    def("clean", &[Type::String], |_, a| Ok(Value::Str(Str::from(path::clean(text(a, 0)))))),
    def("ext", &[Type::String], |_, a| Ok(Value::Str(Str::from(path::ext(text(a, 0)))))),
    def("isAbs", &[Type::String], |_, a| Ok(Value::Bool(path::is_abs(text(a, 0))))),
    def("osBase", &[Type::String], |_, a| Ok(Value::Str(Str::from(path::base(text(a, 0)))))),
    def("osDir", &[Type::String], |_, a| Ok(Value::Str(Str::from(path::dir(text(a, 0)))))),
    def("osClean", &[Type::String], |_, a| Ok(Value::Str(Str::from(path::clean(text(a, 0)))))),
    def("osExt", &[Type::String], |_, a| Ok(Value::Str(Str::from(path::ext(text(a, 0)))))),
    def("osIsAbs", &[Type::String], |_, a| Ok(Value::Bool(path::is_abs(text(a, 0))))),
];
