//! Evaluates pipelines, commands and their operands.

use super::builtins::{AND, CALL, OR};
use super::call::{Args, Last};
use super::error::Cause;
use super::exec::{At, Res, Slot, State};
use super::func::FuncDef;
use super::func::FuncError;
use super::node::{Command, Expr, Number, PipeId, fields};
use super::record::Record;
use super::shown::{of_expr, of_type};
use gostd::Go;
use gostd::time;
use gostd::value::{IntKind, Kind, Map, Signature, Str, Type, Value, Zero, is_error};

/// The methods of `chartutil.Values`.
const VALUES_METHODS: &[(&str, &[Type])] = &[
    ("AsMap", &[]),
    ("Encode", &[Type::Named("io.Writer")]),
    ("PathValue", &[Type::String]),
    ("Table", &[Type::String]),
    ("YAML", &[]),
];

fn values_method(name: &[u8]) -> Option<&'static (&'static str, &'static [Type])> {
    // Keys of values begin with a small letter, nearly all of them.
    if !name.first()?.is_ascii_uppercase() {
        return None;
    }
    VALUES_METHODS.iter().find(|(method, _)| method.as_bytes() == name)
}

/// How many maps [`descend`] holds open inside each other; paths in templates are shorter.
const HELD: usize = 16;

/// Goes from a value along the fields of a path such as `.a.b`, as far as they are keys of maps inside each
/// other. Only the value it arrives at is cloned; the rest of the path comes with it.
fn descend<'p, T: Default>(
    value: &Value,
    iface: bool,
    path: &'p [u8],
    levels: usize,
) -> (Slot<T>, &'p [u8]) {
    if levels > 0
        && let Value::Map(map) = value
        && let Some(names) = path.get(1..)
    {
        let end = names.iter().position(|b| *b == b'.').unwrap_or(names.len());
        let (name, rest) = names.split_at(end);
        if !map.map_type().is_values || values_method(name).is_none() {
            let iface = map.map_type().zero == Zero::Nil;
            return match map.borrow().get(name) {
                Some(inner) => descend(inner, iface, rest, levels - 1),
                None => (Slot { value: map.zero(), iface, tag: T::default() }, rest),
            };
        }
    }
    (Slot { value: value.clone(), iface, tag: T::default() }, path)
}

/// The slice type with a method `Has(string) bool`, by its names in Helm 3 and 4.
const VERSION_SETS: [&str; 2] = ["chartutil.VersionSet", "common.VersionSet"];

impl<'t, R: Record> State<'t, '_, '_, R> {
    /// Returns the value of a pipeline, taken out of its interface: `Nil` becomes `Invalid`.
    /// Variables it declares are pushed.
    pub(super) fn eval_pipeline(&mut self, dot: &Slot<R::Tag>, id: PipeId) -> Res<(Value, R::Tag)> {
        self.deeper(|s| s.eval_pipeline_at_depth(dot, id))
    }

    fn eval_pipeline_at_depth(&mut self, dot: &Slot<R::Tag>, id: PipeId) -> Res<(Value, R::Tag)> {
        self.at(At::Pipe(id));
        let code = self.code;
        let pipe = code.pipe(id);
        let mut value = None;
        for command in code.commands(pipe) {
            let Slot { value: result, tag, .. } = self.eval_command(dot, command, value)?;
            value = Some((if let Value::Nil = result { Value::Invalid } else { result }, tag));
        }
        let (value, tag) = value.unwrap_or((Value::Invalid, R::Tag::default()));
        for name in code.declarations(pipe) {
            if pipe.is_assign {
                self.set_var(name, Slot::tagged(value.clone(), tag.clone()))?;
            } else {
                self.push_var(name, Slot::tagged(value.clone(), tag.clone()));
            }
        }
        Ok((value, tag))
    }

    fn not_a_function(&self, args: &'t [Expr], last: &Last<R>) -> Res<()> {
        if args.len() > 1 || last.is_some() {
            let mut text = Vec::new();
            if let Some(first) = args.first() {
                self.code.write_expr(*first, &mut text);
            }
            return Err(self.fail_args(
                "can't give argument to non-function %s",
                &[of_expr(args.first().copied(), text)],
            ));
        }
        Ok(())
    }

    fn eval_command(
        &mut self,
        dot: &Slot<R::Tag>,
        cmd: &'t Command,
        last: Last<R>,
    ) -> Res<Slot<R::Tag>> {
        let code = self.code;
        let args = code.args(cmd);
        let Some(&first) = args.first() else { return Ok(Slot::of(Value::Invalid)) };
        match first {
            Expr::Field { path, .. } => {
                self.at(At::Expr(first));
                let path = code.text_of(path);
                let (receiver, path) = self.receiver(dot, path, args, &last);
                return self.eval_field_chain(dot, receiver, first, path, args, last);
            }
            Expr::Chain { .. } => return self.eval_chain(dot, first, args, last),
            Expr::Function { def, .. } => {
                self.at(At::Expr(first));
                return self.eval_function(dot, def, At::Command(cmd), args, last);
            }
            Expr::Pipe(pipe) => {
                self.not_a_function(args, &last)?;
                let (value, tag) = self.eval_pipeline(dot, pipe)?;
                return Ok(Slot::tagged(value, tag));
            }
            Expr::Variable { .. } => return self.eval_variable(dot, first, args, last),
            _ => {}
        }
        self.at(At::Expr(first));
        self.not_a_function(args, &last)?;
        match first {
            Expr::Bool { value, .. } => Ok(Slot::of(Value::Bool(value))),
            Expr::Dot { .. } => Ok(dot.clone()),
            Expr::Number { number, .. } => Ok(Slot::of(self.ideal_constant(code.number(number))?)),
            Expr::String(literal) => Ok(Slot::of(Value::Str(Str::from(code.literal(literal))))),
            _ => Err(self.fail("nil is not a command")),
        }
    }

    fn ideal_constant(&self, n: &Number) -> Res<Value> {
        let text = self.code.text_of(n.text);
        if let Some((re, im)) = n.complex {
            return Ok(super::builtins::complex(re, im));
        }
        let hex = text.len() > 2
            && text[0] == b'0'
            && matches!(text[1], b'x' | b'X')
            && !text.iter().any(|b| matches!(b, b'p' | b'P'));
        let looks_float = text.iter().any(|b| matches!(b, b'.' | b'e' | b'E' | b'p' | b'P'));
        if let Some(f) = n.float
            && looks_float
            && !hex
            && text.first() != Some(&b'\'')
        {
            return Ok(Value::Float(f));
        }
        match n.int {
            Some(i) => Ok(Value::int(i)),
            None => Err(self.fail_args("%s overflows int", &[Value::from(text.to_vec())])),
        }
    }

    /// Returns an operand that may have fields: evaluated as an argument, so without arguments of
    /// its own.
    pub(super) fn eval_operand(&mut self, dot: &Slot<R::Tag>, node: Expr) -> Res<Slot<R::Tag>> {
        match node {
            Expr::Field { path, .. } => {
                self.at(At::Expr(node));
                let path = self.code.text_of(path);
                let (receiver, path) = self.receiver(dot, path, &[], &None);
                self.eval_field_chain(dot, receiver, node, path, &[], None)
            }
            Expr::Variable { .. } => self.eval_variable(dot, node, &[], None),
            _ => self.eval_chain(dot, node, &[], None),
        }
    }

    /// Returns a constant where any type will do.
    pub(super) fn eval_any_constant(&mut self, node: Expr) -> Res<Value> {
        match node {
            Expr::Bool { value, .. } => Ok(Value::Bool(value)),
            Expr::String(literal) => Ok(Value::Str(Str::from(self.code.literal(literal)))),
            Expr::Number { number, .. } => self.ideal_constant(self.code.number(number)),
            _ => Err(self.fail("evalEmptyInterface: nil (can't happen)")),
        }
    }

    fn eval_chain(
        &mut self,
        dot: &Slot<R::Tag>,
        node: Expr,
        args: &'t [Expr],
        last: Last<R>,
    ) -> Res<Slot<R::Tag>> {
        self.at(At::Expr(node));
        let Expr::Chain { chain, .. } = node else {
            return Ok(Slot::of(Value::Invalid));
        };
        let chain = self.code.chain(chain);
        let path = self.code.text_of(chain.fields);
        let head = chain.head;
        self.at(At::Expr(head));
        let value = match head {
            Expr::Pipe(pipe) => {
                let (value, tag) = self.eval_pipeline(dot, pipe)?;
                Slot::tagged(value, tag)
            }
            Expr::Function { def, .. } => {
                let slot = self.eval_function(dot, def, At::Expr(head), &[], None)?;
                Slot { iface: matches!(slot.value, Value::Nil), ..slot }
            }
            // The parser folds every other head into the node itself.
            _ => Slot::of(Value::Invalid),
        };
        self.eval_field_chain(dot, value, node, path, args, last)
    }

    fn eval_variable(
        &mut self,
        dot: &Slot<R::Tag>,
        node: Expr,
        args: &'t [Expr],
        last: Last<R>,
    ) -> Res<Slot<R::Tag>> {
        self.at(At::Expr(node));
        let Expr::Variable { path, .. } = node else {
            return Ok(Slot::of(Value::Invalid));
        };
        let path = self.code.text_of(path);
        match path.iter().position(|b| *b == b'.') {
            None => {
                let slot = self.var(path)?.clone();
                self.not_a_function(args, &last)?;
                Ok(slot)
            }
            Some(n) => {
                let (name, path) = path.split_at(n);
                let (receiver, path) = self.receiver(self.var(name)?, path, args, &last);
                self.eval_field_chain(dot, receiver, node, path, args, last)
            }
        }
    }

    /// Returns the value that stands for the start of a path: what maps lead to, and what is left of
    /// the path there. The last field is left if it has arguments.
    fn receiver<'p>(
        &self,
        base: &Slot<R::Tag>,
        path: &'p [u8],
        args: &[Expr],
        last: &Last<R>,
    ) -> (Slot<R::Tag>, &'p [u8]) {
        if R::FOLLOWS {
            return (base.clone(), path);
        }
        let levels = if args.len() > 1 || last.is_some() { 0 } else { HELD };
        descend(&base.value, base.iface, path, levels)
    }

    /// Returns the fields of `path`, such as `.a.b`, one inside the other; arguments are for the
    /// last.
    fn eval_field_chain(
        &mut self,
        dot: &Slot<R::Tag>,
        mut receiver: Slot<R::Tag>,
        node: Expr,
        path: &'t [u8],
        args: &'t [Expr],
        last: Last<R>,
    ) -> Res<Slot<R::Tag>> {
        if path.is_empty() {
            return Ok(receiver);
        }
        let mut names = fields(path);
        let Some(mut name) = names.next() else { return Ok(receiver) };
        for next in names {
            receiver = self.eval_field(dot, name, node, &[], None, receiver)?;
            name = next;
        }
        self.eval_field(dot, name, node, args, last, receiver)
    }

    /// Returns a field of a value, or what a method of that name gives.
    fn eval_field(
        &mut self,
        dot: &Slot<R::Tag>,
        name: &[u8],
        node: Expr,
        args: &'t [Expr],
        last: Last<R>,
        receiver: Slot<R::Tag>,
    ) -> Res<Slot<R::Tag>> {
        if !R::FOLLOWS {
            return self.eval_member(dot, name, node, args, last, receiver);
        }
        self.exec.record.no_arguments();
        let of = receiver.clone();
        let mut slot = self.eval_member(dot, name, node, args, last, receiver)?;
        slot.tag = self.exec.record.member(&of, name, &slot.value);
        Ok(slot)
    }

    fn eval_member(
        &mut self,
        dot: &Slot<R::Tag>,
        name: &[u8],
        node: Expr,
        args: &'t [Expr],
        last: Last<R>,
        receiver: Slot<R::Tag>,
    ) -> Res<Slot<R::Tag>> {
        match &receiver.value {
            Value::Invalid => return Ok(Slot::of(Value::Invalid)),
            Value::Nil => {
                let name = Value::from(name.to_vec());
                return Err(self
                    .fail_args("nil pointer evaluating %s.%s", &[of_type("interface {}"), name]));
            }
            Value::Map(m) => {
                if m.map_type().is_values
                    && let Some((method, params)) = values_method(name)
                {
                    let signature = Signature { params, variadic: false };
                    let argv = self.method_args(dot, signature, name, args, last)?;
                    let result = (self.env().values_method)(m, method, &argv);
                    return self.method_result(name, node, result.map_err(FuncError::Text));
                }
                return self.eval_map_key(m, name, args, &last);
            }
            Value::Object(o) => {
                let text = String::from_utf8_lossy(name);
                if o.type_name() == "time.Time"
                    && let Some(why) = time::multiple_results(&text)
                {
                    let signature = Signature { params: &[], variadic: false };
                    self.method_args(dot, signature, name, args, last)?;
                    return Err(self.fail_args("%v", &[why.into()]));
                }
                if let Some(signature) = o.method(&text) {
                    let argv = self.method_args(dot, signature, name, args, last)?;
                    let result = o.call(&text, &argv);
                    return self.method_result(name, node, result.map_err(FuncError::Text));
                }
                if let Some(map) = o.as_map() {
                    return self.eval_map_key(&map, name, args, &last);
                }
                if matches!(o.kind(), Kind::Struct | Kind::Ptr)
                    && let Some(value) = o.field(&text)
                {
                    if args.len() > 1 || last.is_some() {
                        let format = "%s has arguments but cannot be invoked as function";
                        return Err(self.fail_args(format, &[Value::from(name.to_vec())]));
                    }
                    return Ok(Slot::of(value));
                }
                if o.is_nil() {
                    let type_name = of_type(&*o.type_name());
                    let name = Value::str(&*text);
                    return Err(self.fail_args("nil pointer evaluating %s.%s", &[type_name, name]));
                }
                if o.fields().iter().any(|(field, _)| *field == text) {
                    let type_name = of_type(&*o.type_name());
                    let format = "%s is an unexported field of struct type %s";
                    return Err(self.fail_args(format, &[Value::str(&*text), type_name]));
                }
            }
            Value::List(l) if name == b"Has" && VERSION_SETS.contains(&&*l.type_name()) => {
                let signature = Signature { params: &[Type::String], variadic: false };
                let argv = self.method_args(dot, signature, name, args, last)?;
                let wanted = argv.first().and_then(Value::as_str);
                let has = l.iter().any(|v| v.as_str() == wanted);
                return Ok(Slot::of(Value::Bool(has)));
            }
            Value::Int(IntKind::Duration, n) => {
                let text = String::from_utf8_lossy(name);
                if let Some(signature) = time::duration_signature(&text) {
                    let argv = self.method_args(dot, signature, name, args, last)?;
                    let result = time::duration_method(*n, &text, &argv);
                    return self.method_result(name, node, result.map_err(FuncError::Text));
                }
            }
            // time.Month and time.Weekday have one method.
            Value::Int(IntKind::Month | IntKind::Weekday, _) if name == b"String" => {
                let signature = Signature { params: &[], variadic: false };
                self.method_args(dot, signature, name, args, last)?;
                let mut text = Vec::new();
                gostd::fmt::write_value(&mut text, &receiver.value)
                    .map_err(|e| self.fail(e.to_string()))?;
                return Ok(Slot::of(Value::from(text)));
            }
            _ => {}
        }
        let type_name = match is_error(&receiver.value) {
            true => of_type("error"),
            false => of_type(&*receiver.type_name()),
        };
        let name = Value::from(name.to_vec());
        Err(self.fail_args("can't evaluate field %s in type %s", &[name, type_name]))
    }

    fn eval_map_key(
        &self,
        map: &Map,
        name: &[u8],
        args: &'t [Expr],
        last: &Last<R>,
    ) -> Res<Slot<R::Tag>> {
        if args.len() > 1 || last.is_some() {
            let format = "%s is not a method but has arguments";
            return Err(self.fail_args(format, &[Value::from(name.to_vec())]));
        }
        let value = map.get(name).unwrap_or_else(|| map.zero());
        Ok(Slot { value, iface: map.map_type().zero == Zero::Nil, tag: R::Tag::default() })
    }

    fn method_result(
        &mut self,
        name: &[u8],
        node: Expr,
        result: Result<Value, FuncError>,
    ) -> Res<Slot<R::Tag>> {
        let error = match result {
            Ok(v) => match self.exec.ledger.called(&v, &[]) {
                Ok(()) => return Ok(Slot::of(v)),
                Err(which) => self.exec.ledger.exceeded(which).into(),
            },
            Err(error) => error,
        };
        self.at(At::Expr(node));
        Err(self.fail_with(Cause::Call { function: Str::from(name), error }))
    }

    /// Calls a function; `args` begins with its own name, or is empty.
    pub(super) fn eval_function(
        &mut self,
        dot: &Slot<R::Tag>,
        def: &'static FuncDef,
        node: At<'t>,
        args: &'t [Expr],
        last: Last<R>,
    ) -> Res<Slot<R::Tag>> {
        // Three that Go's executor knows: they choose what is evaluated.
        if std::ptr::eq(def, &AND) {
            return self.eval_and_or(dot, def, args, last);
        }
        if std::ptr::eq(def, &OR) {
            return self.eval_and_or(dot, def, args, last);
        }
        if std::ptr::eq(def, &CALL) {
            return self.eval_call(dot, node, args, last);
        }
        let name = def.name.as_bytes();
        let Args { values: argv, tags } = self.eval_args(dot, def.signature, name, args, last)?;
        self.step()?;
        self.exec.record.call(def, &argv, &tags);
        let error = match self.exec.ledger.before_call(&argv, def.growth) {
            Ok(()) => match (def.call)(self.exec, &argv) {
                Ok(v) => match self.exec.ledger.called(&v, &argv) {
                    Ok(()) => {
                        let tag = self.exec.record.called(def, &argv, tags, &v);
                        return Ok(Slot { iface: matches!(v, Value::Nil), value: v, tag });
                    }
                    Err(which) => self.exec.ledger.exceeded(which).into(),
                },
                Err(error) => error,
            },
            Err(which) => self.exec.ledger.exceeded(which).into(),
        };
        self.at(node);
        Err(self.fail_with(Cause::Call { function: Str::from_static(def.name), error }))
    }

    /// `and` and `or`: the first argument that decides, the rest unevaluated.
    fn eval_and_or(
        &mut self,
        dot: &Slot<R::Tag>,
        def: &'static FuncDef,
        args: &'t [Expr],
        last: Last<R>,
    ) -> Res<Slot<R::Tag>> {
        let is_or = std::ptr::eq(def, &OR);
        let args = args.get(1..).unwrap_or_default();
        if args.is_empty() && last.is_none() {
            return Err(self.wrong_count(def.name.as_bytes(), "want at least %d got %d", 1, 0));
        }
        let mut value = (Value::Invalid, R::Tag::default());
        let mut seen = R::Tag::default();
        for arg in args {
            if R::ON {
                self.exec.record.ran(self.template, self.code.expr_pos(*arg));
            }
            value = self.eval_arg(dot, Type::Reflect, *arg)?;
            if value.0.truth() == is_or {
                let (value, mut tag) = value;
                self.exec.record.decided(&mut tag, &value, &seen);
                return Ok(Slot::tagged(value, tag));
            }
            self.exec.record.looked_at(&mut seen, &value.0, &value.1);
        }
        Ok(self.looked_at(last.unwrap_or(value), &seen))
    }

    /// Returns a value that others were looked at for.
    #[inline]
    fn looked_at(&mut self, (value, mut tag): (Value, R::Tag), seen: &R::Tag) -> Slot<R::Tag> {
        self.exec.record.join(&mut tag, seen);
        Slot::tagged(value, tag)
    }

    /// `call`: templates here hold no function values, so it can only fail.
    fn eval_call(
        &mut self,
        dot: &Slot<R::Tag>,
        node: At<'t>,
        args: &'t [Expr],
        last: Last<R>,
    ) -> Res<Slot<R::Tag>> {
        let name = CALL.name.as_bytes();
        let argv = self.eval_args(dot, CALL.signature, name, args, last)?.values;
        let callee = args.get(1);
        if callee.is_none() && self.exec.env.go < Go::V1_24 {
            // Go 1.23 looks for the name of the function among the arguments written here.
            self.exec.panicked = Some("runtime error: index out of range [0] with length 0");
            return Err(self.fail("panic"));
        }
        let error = match argv.first() {
            Some(v) if v.kind() != Kind::Invalid => {
                let mut text = b"non-function ".to_vec();
                match (callee, v) {
                    (Some(callee), _) => self.code.write_expr(*callee, &mut text),
                    (None, Value::Str(name)) => text.extend_from_slice(name),
                    (None, _) => {
                        // An error keeps the type that the function declares.
                        let name = if is_error(v) { "error".into() } else { v.type_name() };
                        text.extend_from_slice(format!("<{name} Value>").as_bytes());
                    }
                }
                text.extend_from_slice(b" of type ");
                text.extend_from_slice(v.type_name().as_bytes());
                FuncError::text(text)
            }
            _ => FuncError::text("call of nil"),
        };
        self.at(node);
        Err(self.fail_with(Cause::Call { function: Str::from(name), error }))
    }
}
