//! Converts operands to the arguments that a function's Go signature asks for.

use smallvec::SmallVec;

use super::exec::{At, Res, Slot, State};
use super::node::{Expr, Number};
use super::record::Record;
use super::shown::{of_expr, of_parameter, of_type};
use gostd::value::{Elem, IntKind, Signature, Str, Type, UintKind, Value};

/// Arguments; few enough to be on the stack most of the time.
pub(super) type Values = SmallVec<[Value; 4]>;

/// The arguments of a call.
pub(super) struct Args<R: Record> {
    pub(super) values: Values,
    pub(super) tags: R::Tags,
}

/// The result of the command before in a pipeline, which is the last argument.
pub(super) type Last<R> = Option<(Value, <R as Record>::Tag)>;

/// A named integer type that methods of times take.
const DURATION: Type = Type::Named("time.Duration");

impl<'t, R: Record> State<'t, '_, '_, R> {
    /// Checks the number of arguments, then evaluates and converts each; `args` begins with the
    /// function's own name, or is empty.
    pub(super) fn eval_args(
        &mut self,
        dot: &Slot<R::Tag>,
        signature: Signature,
        name: &[u8],
        args: &'t [Expr],
        last: Last<R>,
    ) -> Res<Args<R>> {
        let args = args.get(1..).unwrap_or_default();
        let given = args.len() + last.is_some() as usize;
        let params = signature.params;
        let fixed = if signature.variadic { params.len() - 1 } else { params.len() };
        if signature.variadic && given < fixed {
            return Err(self.wrong_count(name, "want at least %d got %d", fixed, args.len()));
        }
        if !signature.variadic && given != fixed {
            return Err(self.wrong_count(name, "want %d got %d", fixed, given));
        }
        let mut values = Values::with_capacity(given);
        let mut tags = R::Tags::default();
        for (i, arg) in args.iter().enumerate() {
            let (value, tag) = self.eval_arg(dot, params[i.min(params.len() - 1)], *arg)?;
            values.push(value);
            R::add(&mut tags, tag);
        }
        if let Some((last, tag)) = last {
            let ty = params[(given - 1).min(params.len() - 1)];
            values.push(self.validate(last, ty)?);
            R::add(&mut tags, tag);
        }
        Ok(Args { values, tags })
    }

    /// Returns the arguments of a method.
    pub(super) fn method_args(
        &mut self,
        dot: &Slot<R::Tag>,
        signature: Signature,
        name: &[u8],
        args: &'t [Expr],
        last: Last<R>,
    ) -> Res<Values> {
        let args = self.eval_args(dot, signature, name, args, last)?;
        self.exec.record.arguments(&args.values, &args.tags);
        Ok(args.values)
    }

    #[cold]
    pub(super) fn wrong_count(
        &self,
        name: &[u8],
        counts: &str,
        want: usize,
        got: usize,
    ) -> Box<super::ExecError> {
        let numbers = [want, got].map(|n| Value::int(n as i64));
        let [want, got] = numbers;
        let format = format!("wrong number of args for %s: {counts}");
        self.fail_args(&format, &[Value::from(name.to_vec()), want, got])
    }

    /// Evaluates one operand as an argument.
    pub(super) fn eval_arg(
        &mut self,
        dot: &Slot<R::Tag>,
        ty: Type,
        node: Expr,
    ) -> Res<(Value, R::Tag)> {
        self.at(At::Expr(node));
        let slot = match node {
            Expr::Dot { .. } => dot.clone(),
            Expr::Nil { .. } => {
                let nil = ty.nil();
                return nil
                    .map(|nil| (nil, R::Tag::default()))
                    .ok_or_else(|| self.fail_args("cannot assign nil to %s", &[of_parameter(ty)]));
            }
            Expr::Field { .. } | Expr::Variable { .. } | Expr::Chain { .. } => {
                self.eval_operand(dot, node)?
            }
            Expr::Pipe(pipe) => {
                let (value, tag) = self.eval_pipeline(dot, pipe)?;
                Slot::tagged(value, tag)
            }
            Expr::Function { def, .. } => {
                self.eval_function(dot, def, At::Expr(node), &[], None)?
            }
            _ => return Ok((self.eval_constant(ty, node)?, R::Tag::default())),
        };
        Ok((self.validate(slot.value, ty)?, slot.tag))
    }

    fn eval_constant(&mut self, ty: Type, node: Expr) -> Res<Value> {
        let code = self.code;
        if let Expr::Number { number, .. } = node
            && let Some(value) = constant(code.number(number), ty)
        {
            return Ok(value);
        }
        let wanted = match (ty, node) {
            (Type::Bool, Expr::Bool { value, .. }) => return Ok(Value::Bool(value)),
            (Type::String, Expr::String(literal)) => {
                return Ok(Value::Str(Str::from(code.literal(literal))));
            }
            (Type::Any | Type::Reflect, _) => return self.eval_any_constant(node),
            (Type::Bool, _) => "expected bool; found %s",
            (Type::String, _) => "expected string; found %s",
            (Type::Int | Type::Int64 | DURATION, _) => "expected integer; found %s",
            (Type::Uint32, _) => "expected unsigned integer; found %s",
            (Type::Float, _) => "expected float; found %s",
            _ => {
                let mut text = Vec::new();
                code.write_expr(node, &mut text);
                let args = [of_expr(Some(node), text), of_parameter(ty)];
                return Err(self.fail_args("can't handle %s for arg of type %s", &args));
            }
        };
        let mut text = Vec::new();
        code.write_expr(node, &mut text);
        Err(self.fail_args(wanted, &[of_expr(Some(node), text)]))
    }

    /// Checks that a value can be assigned to a parameter of the type, as Go's reflection does.
    pub(super) fn validate(&self, value: Value, ty: Type) -> Res<Value> {
        match (ty, &value) {
            // What nearly all arguments are.
            (Type::Any, found) if !matches!(found, Value::Invalid | Value::Object(_)) => Ok(value),
            (Type::Reflect, _) | (Type::String, Value::Str(_)) => Ok(value),
            _ => self.validate_type(value, ty),
        }
    }

    #[inline(never)]
    fn validate_type(&self, value: Value, ty: Type) -> Res<Value> {
        let fits = match (ty, &value) {
            (Type::Reflect, _) => true,
            (_, Value::Invalid) => {
                return ty.nil().ok_or_else(|| {
                    self.fail_args("invalid value; expected %s", &[of_parameter(ty)])
                });
            }
            (Type::Any, Value::Object(o)) => return Ok(o.copied().unwrap_or(value)),
            (Type::Any, _) => true,
            (Type::String, Value::Str(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Int, Value::Int(IntKind::Int, _))
            | (Type::Int64, Value::Int(IntKind::Int64, _))
            | (DURATION, Value::Int(IntKind::Duration, _))
            | (Type::Uint32, Value::Uint(UintKind::Uint32, _))
            | (Type::Float, Value::Float(_))
            | (Type::Bytes, Value::Bytes(_)) => true,
            (Type::List, Value::List(l)) => l.elem() == Elem::Any,
            (Type::Strings, Value::List(l)) => l.elem() == Elem::String,
            (Type::Map, Value::Map(m)) => m.map_type().zero == gostd::value::Zero::Nil,
            (Type::Named(name), Value::Object(o)) => o.type_name() == name,
            _ => false,
        };
        if fits {
            return Ok(value);
        }
        // Go looks through one pointer: a *T serves where a T is wanted.
        if let (Type::Named(name), Value::Object(o)) = (ty, &value)
            && o.type_name().strip_prefix('*') == Some(name)
        {
            return Ok(value);
        }
        let got =
            if matches!(value, Value::Nil) { "interface {}".into() } else { value.type_name() };
        let types = [of_parameter(ty), of_type(&*got)];
        Err(self.fail_args("wrong type for value; expected %s; got %s", &types))
    }
}

/// Returns a constant as a value of a numeric type, if it can be one.
fn constant(number: &Number, ty: Type) -> Option<Value> {
    Some(match ty {
        Type::Int => Value::int(number.int?),
        Type::Int64 => Value::int64(number.int?),
        DURATION => Value::Int(IntKind::Duration, number.int?),
        // Go cuts off what does not fit.
        Type::Uint32 => Value::Uint(UintKind::Uint32, number.uint? & u64::from(u32::MAX)),
        Type::Float => Value::Float(number.float?),
        _ => return None,
    })
}
