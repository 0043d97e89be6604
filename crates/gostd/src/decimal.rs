//! Compares decimal numbers exactly, as the JSON Schema validators do.
//!
//! They go through `math/big`: `big.Rat` compares and `big.Float` prints; exact decimals give
//! the same answers without arithmetic on big numbers.

use std::cmp::Ordering;

/// Beyond this power of ten Go gives up on a number ("excessively large exponents").
const MAX_EXPONENT: i64 = 1_000_000;
/// A divisor with more digits than this divides nothing. No value comes near it.
const MAX_DIVISOR_DIGITS: usize = 2000;

/// A decimal number: the digits as an integer, times ten to the power of `exponent`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// ASCII digits with no zero at either end; none at all for zero.
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Reads the text of a JSON number; `None` where Go's `big.Rat` refuses it.
    pub fn parse(text: &[u8]) -> Option<Decimal> {
        let (negative, text) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, mut exponent) = match text.iter().position(|c| matches!(c, b'e' | b'E')) {
            Some(at) => {
                let power = std::str::from_utf8(text.get(at + 1..)?).ok()?;
                (text.get(..at)?, power.parse::<i64>().ok()?)
            }
            None => (text, 0),
        };
        let mut digits = Vec::with_capacity(mantissa.len());
        let mut after_point = false;
        for &c in mantissa {
            match c {
                b'.' => after_point = true,
                b'0'..=b'9' => {
                    digits.push(c);
                    exponent = exponent.checked_sub(i64::from(after_point))?;
                }
                _ => return None,
            }
        }
        let leading = digits.iter().take_while(|&&c| c == b'0').count();
        digits.drain(..leading);
        if digits.is_empty() {
            return Some(Decimal { negative: false, digits, exponent: 0 });
        }
        if exponent.checked_abs()? > MAX_EXPONENT {
            return None;
        }
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        Some(Decimal { negative, digits, exponent })
    }

    /// Returns the decimal that Go prints for a float64, so that 0.1 is a tenth.
    pub fn from_float(f: f64) -> Option<Decimal> {
        if f.is_finite() { Decimal::parse(format!("{f:e}").as_bytes()) } else { None }
    }

    /// Returns whether it is greater than 0.
    pub fn is_positive(&self) -> bool {
        !self.negative && !self.digits.is_empty()
    }

    /// Returns whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Returns whether it has no fraction.
    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// Returns the low 64 bits of an integer, as `Rat.Num().Int64()` does.
    pub fn low_bits(&self) -> i64 {
        let next = |sum: u64, digit: u64| sum.wrapping_mul(10).wrapping_add(digit);
        let digits = self.digits.iter().map(|c| u64::from(c.wrapping_sub(b'0')));
        let sum = digits.fold(0, next);
        // 64 factors of ten leave no bit.
        let sum = (0..self.exponent.min(64)).fold(sum, |sum, _| next(sum, 0)) as i64;
        if self.negative { sum.wrapping_neg() } else { sum }
    }

    /// Returns the nearest float64, as `Rat.Float64` does: an infinity where there is none.
    pub fn to_float(&self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        // The digits are ASCII by construction; a number without any is 0.
        let digits = std::str::from_utf8(&self.digits).unwrap_or_default();
        format!("{sign}{digits}e{}", self.exponent).parse().unwrap_or_default()
    }

    /// Returns the power of ten of the place before the first digit.
    fn magnitude(&self) -> i64 {
        self.exponent + self.digits.len() as i64
    }

    fn cmp_absolute(&self, other: &Decimal) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Without zeros at the ends, digit strings of one magnitude compare as text does.
            (false, false) => self
                .magnitude()
                .cmp(&other.magnitude())
                .then_with(|| self.digits.cmp(&other.digits)),
        }
    }

    /// Returns whether this is an integer times `divisor`, which must not be zero.
    pub fn is_multiple_of(&self, divisor: &Decimal) -> bool {
        if self.digits.is_empty() {
            return true;
        }
        // dividend·10^shift / divisor, both integers that do not end in 0: a negative shift would
        // have to make such an end.
        let shift = self.exponent - divisor.exponent;
        if shift < 0 || divisor.digits.len() > MAX_DIVISOR_DIGITS {
            return false;
        }
        // divisor = 2^twos · 5^fives · rest, and only the rest must divide our digits alone.
        let mut rest = divisor.digits.clone();
        let twos = take_factor(&mut rest, 2);
        let fives = take_factor(&mut rest, 5);
        let Some(rest) = to_u128(&rest) else {
            return divides_long(&rest, &self.digits)
                && enough_factors(&self.digits, 2, twos, shift)
                && enough_factors(&self.digits, 5, fives, shift);
        };
        remainder(&self.digits, rest) == 0
            && enough_factors(&self.digits, 2, twos, shift)
            && enough_factors(&self.digits, 5, fives, shift)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.cmp_absolute(other),
            (true, true) => other.cmp_absolute(self),
        }
    }
}

/// As Go prints a `big.Float` with `%v`: an exponent from a million up and below 0.0001.
impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The digits are ASCII by construction.
        let digits = std::str::from_utf8(&self.digits).unwrap_or_default();
        if self.negative {
            f.write_str("-")?;
        }
        let Some((first, others)) = digits.split_at_checked(1).filter(|(d, _)| !d.is_empty())
        else {
            return f.write_str("0");
        };
        let power = self.magnitude() - 1;
        if !(-4..6).contains(&power) {
            f.write_str(first)?;
            if !others.is_empty() {
                write!(f, ".{others}")?;
            }
            let sign = if power < 0 { '-' } else { '+' };
            return write!(f, "e{sign}{:02}", power.unsigned_abs());
        }
        if power < 0 {
            let zeros = (-power - 1) as usize;
            return write!(f, "0.{:0<zeros$}{digits}", "");
        }
        let whole = power as usize + 1;
        match digits.split_at_checked(whole) {
            Some((whole, "")) => f.write_str(whole),
            Some((whole, fraction)) => write!(f, "{whole}.{fraction}"),
            None => write!(f, "{digits:0<whole$}"),
        }
    }
}

fn to_u128(digits: &[u8]) -> Option<u128> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn digit(c: u8) -> u128 {
    u128::from(c.wrapping_sub(b'0'))
}

/// Divides by a small prime as often as it goes, and counts.
fn take_factor(digits: &mut Vec<u8>, prime: u8) -> i64 {
    let mut count = 0;
    while remainder(digits, u128::from(prime)) == 0 && digits != b"0" && !digits.is_empty() {
        let mut carry = 0;
        for c in digits.iter_mut() {
            let n = carry * 10 + (*c - b'0');
            *c = b'0' + n / prime;
            carry = n % prime;
        }
        let leading = digits.iter().take_while(|&&c| c == b'0').count();
        digits.drain(..leading);
        count += 1;
    }
    count
}

/// Computes `digits` modulo `divisor`, which must not be zero.
fn remainder(digits: &[u8], divisor: u128) -> u128 {
    let mut rest: u128 = 0;
    for &c in digits {
        // rest < divisor; ten doublings-and-adds keep within u128 for any divisor.
        let mut next = 0;
        for _ in 0..10 {
            next = add_mod(next, rest, divisor);
        }
        rest = add_mod(next, digit(c) % divisor, divisor);
    }
    rest
}

fn add_mod(a: u128, b: u128, modulus: u128) -> u128 {
    let room = modulus - b;
    if a >= room { a - room } else { a + b }
}

/// Returns whether `digits`·10^shift holds the prime at least `wanted` times.
fn enough_factors(digits: &[u8], prime: u8, wanted: i64, shift: i64) -> bool {
    wanted <= shift || take_factor(&mut digits.to_vec(), prime) >= wanted - shift
}

/// Returns whether a divisor beyond u128 divides a number; by schoolbook subtraction on digits.
fn divides_long(divisor: &[u8], digits: &[u8]) -> bool {
    let mut rest: Vec<u8> = Vec::with_capacity(divisor.len() + 1);
    for &c in digits {
        if !(rest.is_empty() && c == b'0') {
            rest.push(c);
        }
        while rest.len() > divisor.len()
            || (rest.len() == divisor.len() && rest.as_slice() >= divisor)
        {
            subtract(&mut rest, divisor);
        }
    }
    rest.is_empty()
}

/// Computes `from -= what`, where `from` is the greater, without leading zeros.
fn subtract(from: &mut Vec<u8>, what: &[u8]) {
    let mut borrow = 0;
    let mut what = what.iter().rev();
    for c in from.iter_mut().rev() {
        let minus = what.next().map_or(0, |w| w - b'0') + borrow;
        let have = *c - b'0';
        (*c, borrow) =
            if have >= minus { (b'0' + have - minus, 0) } else { (b'0' + have + 10 - minus, 1) };
    }
    let leading = from.iter().take_while(|&&c| c == b'0').count();
    from.drain(..leading);
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn bounds_print_as_go_prints_a_big_float() {
        for (text, want) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("1", "1"),
            ("1.50", "1.5"),
            ("100000", "100000"),
            ("1000000", "1e+06"),
            ("1234567.5", "1.2345675e+06"),
            ("65535", "65535"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-12e1", "-120"),
            ("1e100", "1e+100"),
        ] {
            assert_eq!(number(text).to_string(), want, "{text}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (number_text, divisor, want) in [
            ("0.3", "0.1", true),
            ("1", "0.3", false),
            ("10", "4", false),
            ("12", "4", true),
            ("1e300", "8", true),
            ("1e1", "8", false),
            ("0.0075", "0.0001", true),
            ("0.00751", "0.0001", false),
            ("0", "7", true),
            ("-21", "7", true),
            ("100", "0.00000000000000000000000000000000000000000000003", false),
            (
                "246913578024691357802469135780246913578024691357802",
                "123456789012345678901234567890123456789012345678901",
                true,
            ),
            (
                "246913578024691357802469135780246913578024691357803",
                "123456789012345678901234567890123456789012345678901",
                false,
            ),
        ] {
            assert_eq!(
                number(number_text).is_multiple_of(&number(divisor)),
                want,
                "{number_text} / {divisor}"
            );
        }
    }

    #[test]
    fn order_is_that_of_the_numbers() {
        let sorted = ["-1e3", "-999.9", "-1", "0", "1e-7", "0.1", "0.11", "1", "9", "10", "1e2"];
        for pair in sorted.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
        assert_eq!(number("1.00"), number("1"));
        assert!(Decimal::parse(b"1e1000001").is_none());
    }

    #[test]
    fn integers_keep_their_low_bits_and_floats_are_the_nearest() {
        for (text, bits, float) in [
            ("0", 0, 0.0),
            ("-120", -120, -120.0),
            ("1.5e1", 15, 15.0),
            ("18446744073709551617", 1, 18446744073709551616.0),
            ("1e64", 0, 1e64),
            ("9223372036854775808", i64::MIN, 9223372036854775808.0),
            ("1e400", 0, f64::INFINITY),
        ] {
            let number = number(text);
            assert!(number.is_integer(), "{text}");
            assert_eq!((number.low_bits(), number.to_float()), (bits, float), "{text}");
        }
        assert!(!number("0.1").is_integer());
        assert_eq!(number("0.1").to_float(), 0.1);
    }
}
