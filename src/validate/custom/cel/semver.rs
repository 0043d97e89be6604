//! Kubernetes' functions of versions (`k8s.io/apiserver`, `pkg/cel/library`: `semverlib.go`).

use std::any::Any;
use std::cmp::Ordering;

use gocel::{Budget, Error, Opaque, Val};

use super::library::opaque;

/// A version of <https://semver.org>.
#[derive(Debug)]
struct Semver {
    numbers: [u64; 3],
    /// What stands behind `-`.
    pre: String,
}

impl Opaque for Semver {
    fn type_name(&self) -> &'static str {
        "kubernetes.Semver"
    }

    fn is_same(&self, other: &dyn Opaque, budget: &mut Budget) -> Result<bool, Error> {
        let Some(other) = other.as_any().downcast_ref::<Semver>() else { return Ok(false) };
        budget.take(self.pre.len().min(other.pre.len()) as u64)?;
        Ok(self.order(other).is_eq())
    }

    fn text(&self) -> Option<String> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl Semver {
    /// Reads a version; a lenient one may begin with `v`, have zeros in front of numbers, and lack numbers.
    fn read(text: &str, is_lenient: bool) -> Option<Semver> {
        let text = if is_lenient { text.strip_prefix('v').unwrap_or(text) } else { text };
        let (rest, build) = match text.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (text, None),
        };
        let (core, pre) = match rest.split_once('-') {
            Some((core, pre)) => (core, Some(pre)),
            None => (rest, None),
        };
        let mut parts: Vec<&str> = core.split('.').collect();
        if is_lenient && parts.len() < 3 {
            if pre.is_some() || build.is_some() {
                return None;
            }
            parts.resize(3, "0");
        }
        let number = |part: &&str| {
            let has_zero = part.len() > 1 && part.starts_with('0') && !is_lenient;
            (is_number(part) && !has_zero).then(|| part.parse().ok())?
        };
        let numbers: Vec<u64> = parts.iter().map(number).collect::<Option<_>>()?;
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let has_zero = |part: &str| is_number(part) && part.len() > 1 && part.starts_with('0');
        let is_right = pre
            .is_none_or(|pre| pre.split('.').all(|part| is_part(part) && !has_zero(part)))
            && build.is_none_or(|build| build.split('.').all(is_part));
        is_right.then_some(Semver {
            numbers: numbers.try_into().ok()?,
            pre: pre.unwrap_or_default().to_owned(),
        })
    }

    fn order(&self, other: &Semver) -> Ordering {
        let parts = || {
            let mut pairs = self.pre.split('.').zip(other.pre.split('.'));
            let different = pairs.find_map(|(a, b)| {
                let order = match (is_number(a), is_number(b)) {
                    (true, true) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
                    (true, false) => Ordering::Less,
                    (false, true) => Ordering::Greater,
                    (false, false) => a.cmp(b),
                };
                (order != Ordering::Equal).then_some(order)
            });
            let count = |pre: &str| pre.split('.').count();
            different.unwrap_or_else(|| count(&self.pre).cmp(&count(&other.pre)))
        };
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => parts(),
            }
        })
    }
}

/// Calls a function; nothing where there is none of this name.
pub(super) fn function(name: &str, args: &[Val]) -> Option<Result<Val, Error>> {
    let (text, is_lenient) = match args {
        [Val::Str(text)] => (text, false),
        [Val::Str(text), Val::Bool(is_lenient)] => (text, *is_lenient),
        _ => return None,
    };
    let made = || Semver::read(text, is_lenient);
    match name {
        "isSemver" => Some(Ok(Val::Bool(made().is_some()))),
        "semver" => {
            Some(made().map(opaque).ok_or_else(|| Error::value("it is no semantic version")))
        }
        _ => None,
    }
}

/// Calls a method; nothing where the value is no version or has none of this name.
pub(super) fn method(
    name: &str,
    own: &dyn Any,
    args: &[Val],
    budget: &mut Budget,
) -> Option<Result<Val, Error>> {
    let own = own.downcast_ref::<Semver>()?;
    // To compare it is to read it.
    if let Err(error) = budget.take(own.pre.len() as u64) {
        return Some(Err(error));
    }
    let [major, minor, patch] = own.numbers;
    let other = match args {
        [Val::Opaque(other)] => other.as_any().downcast_ref::<Semver>(),
        _ => None,
    };
    let number = |n: u64| Val::Int(i64::try_from(n).unwrap_or(i64::MAX));
    Some(Ok(match (name, other) {
        ("major", None) => number(major),
        ("minor", None) => number(minor),
        ("patch", None) => number(patch),
        ("compareTo", Some(other)) => Val::Int(own.order(other) as i64),
        ("isGreaterThan", Some(other)) => Val::Bool(own.order(other).is_gt()),
        ("isLessThan", Some(other)) => Val::Bool(own.order(other).is_lt()),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_an_order() {
        let read = |text| Semver::read(text, false).unwrap();
        let sorted = ["1.0.0-1", "1.0.0-10", "1.0.0-a", "1.0.0-a.1", "1.0.0", "1.0.1", "1.10.0"];
        for pair in sorted.windows(2) {
            assert!(read(pair[0]).order(&read(pair[1])).is_lt(), "{pair:?}");
        }
        assert!(read("1.0.0+a").order(&read("1.0.0+b")).is_eq());
        for odd in ["v1.0.0", "1.0", "01.0.0", "1.0.0-01", "1.0.0-", "1.0.0+", ""] {
            assert!(Semver::read(odd, false).is_none(), "{odd}");
        }
        for right in ["v1.0.0", "1.0", "01.0.0", "1"] {
            assert!(Semver::read(right, true).is_some(), "{right}");
        }
    }
}
