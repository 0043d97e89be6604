//! Calculates with decimals as shopspring/decimal v1.4.0 does for `addf`, `divf` and their like.

use num_bigint::BigInt;

use gostd::value::{Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, def};

use super::args::{any, rest};
use super::convert::to_float64;

const ONE_AND_MORE: &[Type] = &[Type::Any, Type::Any];

pub(super) const TABLE: &[FuncDef] = &[
    def("add1f", &[Type::Any], |_, a| fold(to_float64(any(a, 0)), &[Value::int(1)], Op::Add)),
    def("addf", &[Type::Any], |_, a| fold(0.0, a, Op::Add)).variadic(),
    def("subf", ONE_AND_MORE, |_, a| fold(to_float64(any(a, 0)), rest(a, 1), Op::Sub)).variadic(),
    def("mulf", ONE_AND_MORE, |_, a| fold(to_float64(any(a, 0)), rest(a, 1), Op::Mul)).variadic(),
    def("divf", ONE_AND_MORE, |_, a| fold(to_float64(any(a, 0)), rest(a, 1), Op::Div)).variadic(),
];

/// Digits after the point that a division keeps.
const DIVISION_DIGITS: i64 = 16;

#[derive(Clone, Copy)]
enum Op {
    Add,
    Sub,
    Mul,
    Div,
}

/// `digits` times ten to the `exp`.
struct Decimal {
    digits: BigInt,
    exp: i64,
}

fn fold(first: f64, others: &[Value], op: Op) -> FuncResult {
    let mut total = Decimal::new(first)?;
    for other in others {
        let other = Decimal::new(to_float64(other))?;
        total = match op {
            Op::Add => total.add(other),
            Op::Sub => total.add(Decimal { digits: -other.digits, exp: other.exp }),
            Op::Mul => total.mul(other)?,
            Op::Div => total.div(other)?,
        };
    }
    Ok(Value::Float(total.to_f64()))
}

fn power_of_ten(exp: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exp).unwrap_or(0))
}

impl Decimal {
    /// Returns the shortest decimal that reads back as the float.
    fn new(n: f64) -> Result<Decimal, FuncError> {
        if !n.is_finite() {
            let n = if n.is_nan() {
                "NaN"
            } else if n > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(FuncError::text(format!("Cannot create a Decimal from {n}")));
        }
        // Rust writes the shortest digits too: `d.ddde-7`.
        let text = format!("{n:e}");
        let (mantissa, exp) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: i64 = format!("{whole}{fraction}").parse().unwrap_or(0);
        let exp: i64 = exp.parse().unwrap_or(0);
        if digits == 0 {
            return Ok(Decimal { digits: BigInt::ZERO, exp: 0 });
        }
        Ok(Decimal { digits: BigInt::from(digits), exp: exp - fraction.len() as i64 })
    }

    fn to_f64(&self) -> f64 {
        // Reading the digits rounds to the nearest float, as a division of integers would.
        // An integer has no negative zero.
        format!("{}e{}", self.digits, self.exp).parse().unwrap_or(0.0)
    }

    fn rescaled(self, exp: i64) -> BigInt {
        self.digits * power_of_ten(self.exp - exp)
    }

    fn add(self, other: Decimal) -> Decimal {
        let exp = self.exp.min(other.exp);
        Decimal { digits: self.rescaled(exp) + other.rescaled(exp), exp }
    }

    fn mul(self, other: Decimal) -> Result<Decimal, FuncError> {
        let exp = self.exp + other.exp;
        if i32::try_from(exp).is_err() {
            return Err(FuncError::text(format!("exponent {exp} overflows an int32!")));
        }
        Ok(Decimal { digits: self.digits * other.digits, exp })
    }

    /// Returns the quotient, its last digit rounded half away from zero.
    fn div(self, other: Decimal) -> Result<Decimal, FuncError> {
        if other.digits == BigInt::ZERO {
            return Err(FuncError::text("decimal division by 0"));
        }
        let shift = self.exp - other.exp + DIVISION_DIGITS;
        let (dividend, divisor) = match shift < 0 {
            true => (self.digits, other.digits * power_of_ten(-shift)),
            false => (self.digits * power_of_ten(shift), other.digits),
        };
        let quotient = &dividend / &divisor;
        let remainder = &dividend % &divisor;
        let doubled = (remainder * 2u8).magnitude().clone();
        let digits = if doubled < *divisor.magnitude() {
            quotient
        } else if (dividend < BigInt::ZERO) != (divisor < BigInt::ZERO) {
            quotient - 1
        } else {
            quotient + 1
        };
        Ok(Decimal { digits, exp: -DIVISION_DIGITS })
    }
}
