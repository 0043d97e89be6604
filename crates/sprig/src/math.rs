//! Defines integer arithmetic, ranges, rounding and comparison.

use gostd::value::{Elem, List, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use super::args::{ITEM, any, float, int, rest};
use super::convert::{to_float64, to_int64};

const ONE: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];

pub(super) const TABLE: &[FuncDef] = &[
    def("add1", ONE, |_, a| Ok(Value::int64(to_int64(any(a, 0)).wrapping_add(1)))),
    def("add", ONE, |_, a| {
        Ok(Value::int64(a.iter().fold(0, |sum, v| to_int64(v).wrapping_add(sum))))
    })
    .variadic(),
    def("sub", TWO, |_, a| Ok(Value::int64(to_int64(any(a, 0)).wrapping_sub(to_int64(any(a, 1)))))),
    def("div", TWO, |_, a| divide(a, i64::wrapping_div)),
    def("mod", TWO, |_, a| divide(a, i64::wrapping_rem)),
    def("mul", TWO, |_, a| {
        Ok(Value::int64(a.iter().fold(1, |product, v| to_int64(v).wrapping_mul(product))))
    })
    .variadic(),
    def("max", TWO, |_, a| Ok(extreme(a, i64::max))).variadic(),
    def("biggest", TWO, |_, a| Ok(extreme(a, i64::max))).variadic(),
    def("min", TWO, |_, a| Ok(extreme(a, i64::min))).variadic(),
    def("maxf", TWO, |_, a| Ok(extreme_float(a, max_float))).variadic(),
    def("minf", TWO, |_, a| Ok(extreme_float(a, |a, b| -max_float(-a, -b)))).variadic(),
    def("ceil", ONE, |_, a| Ok(Value::Float(to_float64(any(a, 0)).ceil()))),
    def("floor", ONE, |_, a| Ok(Value::Float(to_float64(any(a, 0)).floor()))),
    def("round", &[Type::Any, Type::Int, Type::Float], |_, a| {
        let round_on = if a.len() > 2 { float(a, 2) } else { 0.5 };
        Ok(Value::Float(round(to_float64(any(a, 0)), int(a, 1), round_on)))
    })
    .variadic(),
    def("until", &[Type::Int], |h, a| {
        let count = int(a, 0);
        int_list(until_step(h, 0, count, if count < 0 { -1 } else { 1 })?)
    }),
    def("untilStep", &[Type::Int, Type::Int, Type::Int], |h, a| {
        int_list(until_step(h, int(a, 0), int(a, 1), int(a, 2))?)
    }),
    def("seq", &[Type::Int], seq).variadic(),
];

fn divide(a: &[Value], op: fn(i64, i64) -> i64) -> FuncResult {
    match (to_int64(any(a, 0)), to_int64(any(a, 1))) {
        (_, 0) => Err(FuncError::text("runtime error: integer divide by zero")),
        (a, b) => Ok(Value::int64(op(a, b))),
    }
}

fn extreme(a: &[Value], choose: fn(i64, i64) -> i64) -> Value {
    let first = to_int64(any(a, 0));
    Value::int64(rest(a, 1).iter().fold(first, |best, v| choose(best, to_int64(v))))
}

fn extreme_float(a: &[Value], choose: fn(f64, f64) -> f64) -> Value {
    let first = to_float64(any(a, 0));
    Value::Float(rest(a, 1).iter().fold(first, |best, v| choose(best, to_float64(v))))
}

/// Reproduces Go's `math.Max`: infinity beats NaN, NaN beats the rest, 0 beats -0.
fn max_float(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else {
        a.max(b)
    }
}

fn round(n: f64, places: i64, round_on: f64) -> f64 {
    let power = power_of_ten(places);
    let scaled = power * n;
    let fraction = scaled - scaled.trunc();
    let rounded = if fraction >= round_on { scaled.ceil() } else { scaled.floor() };
    rounded / power
}

/// Reproduces Go's `math.Pow(10, n)`, which rounds differently from other libraries for large `n`:
/// it squares a mantissa between ½ and 1 and keeps the exponent apart.
fn power_of_ten(n: i64) -> f64 {
    // Far beyond these the result is 0 or infinite anyway.
    let mut left = n.unsigned_abs().min(1 << 12);
    let (mut result, mut exponent) = (1.0f64, 0i32);
    let (mut factor, mut factor_exponent) = (0.625f64, 4i32);
    while left > 0 {
        if left & 1 == 1 {
            result *= factor;
            exponent += factor_exponent;
        }
        factor *= factor;
        factor_exponent *= 2;
        if factor < 0.5 {
            factor *= 2.0;
            factor_exponent -= 1;
        }
        left >>= 1;
    }
    if n < 0 {
        result = 1.0 / result;
        exponent = -exponent;
    }
    scale(result, exponent)
}

/// Returns `n` times two to the `exponent`, in steps that overflow or vanish only at the end.
fn scale(mut n: f64, mut exponent: i32) -> f64 {
    while exponent != 0 && n != 0.0 && n.is_finite() {
        let step = exponent.clamp(-1000, 1000);
        n *= 2f64.powi(step);
        exponent -= step;
    }
    n
}

/// Integers from `start` towards `stop`, which is left out.
fn until_step(
    host: &mut dyn Host,
    start: i64,
    stop: i64,
    step: i64,
) -> Result<Vec<i64>, FuncError> {
    let runs = if stop < start { step < 0 } else { step > 0 };
    if !runs {
        return Ok(Vec::new());
    }
    let distance = start.abs_diff(stop);
    let count = distance.div_ceil(step.unsigned_abs());
    // Each becomes a number of its own, and then an item or a word of up to as many bytes.
    let each = size_of::<i64>() + ITEM;
    host.reserve(usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(each))?;
    Ok((0..count as i64).map(|i| start.wrapping_add(i.wrapping_mul(step))).collect())
}

fn int_list(numbers: Vec<i64>) -> FuncResult {
    Ok(Value::List(List::new(Elem::Int, numbers.into_iter().map(Value::int).collect())))
}

/// Returns `seq LAST`, `seq FIRST LAST`, `seq FIRST STEP LAST`, as the shell's command prints it in a row.
fn seq(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    let towards = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match a.len() {
        1 => (1, towards(1, int(a, 0)), int(a, 0)),
        2 => (int(a, 0), towards(int(a, 0), int(a, 1)), int(a, 1)),
        3 if int(a, 2) < int(a, 0) && int(a, 1) > 0 => return Ok(Value::str("")),
        3 => (int(a, 0), int(a, 1), int(a, 2)),
        _ => return Ok(Value::str("")),
    };
    let numbers = until_step(host, start, end.wrapping_add(towards(start, end)), step)?;
    let mut out = String::new();
    for n in numbers {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&n.to_string());
    }
    Ok(Value::from(out))
}
