//! Defines the order in which go-yaml writes a mapping's keys: numbers inside them count as numbers, and
//! letters come after everything else.

use super::dialect::Dialect;
use super::resolve::{self, Scalar};
use gostd::unicode;
use gostd::value::{GENERAL_MAP, Map, Str, Value};

/// Returns whether keys already stand in go-yaml's order.
fn in_order<'k>(keys: impl Iterator<Item = &'k [u8]>, dialect: Dialect) -> bool {
    let mut last: Option<&[u8]> = None;
    for k in keys {
        if last.is_some_and(|last| natural_less(k, last, dialect)) {
            return false;
        }
        last = Some(k);
    }
    true
}

/// Sorts entries by their keys into go-yaml's order.
///
/// The order is not always a total one (a third key can stand both before and after two others),
/// hence a sort that takes any answer of [`natural_less`]: the standard library's may panic.
pub(super) fn sort_entries<T: Copy>(entries: &mut [(&[u8], T)], dialect: Dialect) {
    if in_order(entries.iter().map(|e| e.0), dialect) {
        return;
    }
    if entries.len() <= 16 {
        for i in 1..entries.len() {
            let mut j = i;
            while j > 0 && natural_less(entries[j].0, entries[j - 1].0, dialect) {
                entries.swap(j, j - 1);
                j -= 1;
            }
        }
        return;
    }
    let (left, right) = entries.split_at_mut(entries.len() / 2);
    sort_entries(left, dialect);
    sort_entries(right, dialect);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut l, mut r) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(a), Some(b)) = (l.peek(), r.peek()) {
        let from = if natural_less(b.0, a.0, dialect) { &mut r } else { &mut l };
        merged.extend(from.next().copied());
    }
    merged.extend(l.copied());
    merged.extend(r.copied());
    entries.copy_from_slice(&merged);
}

/// What stands under a key.
type Keyed<'k, T> = (&'k [u8], T);

/// Sorts a map's entries into the order of go-yaml v3.
pub(super) fn sort_map<T: Copy>(entries: &mut [(&[u8], T)], map: &Map) {
    if map.map_type().name != GENERAL_MAP.name {
        return sort_entries(entries, Dialect::V3);
    }
    // Numbers and booleans come first, by their size; then null, texts, and dates.
    let rank = |key: &[u8]| match key.first() {
        Some(b'"' | b'\'') => (2, 0.0, 0),
        _ => match resolve::plain(key) {
            _ if resolve::plain_tag(key) == b"!!timestamp" => (3, 0.0, 0),
            Scalar::Bool(b) => (0, f64::from(u8::from(b)), 0),
            Scalar::Int(n) => (0, n as f64, 1),
            Scalar::Uint(n) => (0, n as f64, 2),
            Scalar::Float(n) => (0, n, 3),
            Scalar::Null => (1, 0.0, 0),
            _ => (2, 0.0, 0),
        },
    };
    entries.sort_by(|a, b| {
        let (a, b) = (rank(a.0), rank(b.0));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
    });
    let texts = entries.partition_point(|entry| rank(entry.0).0 < 2);
    let end = entries.partition_point(|entry| rank(entry.0).0 < 3);
    let bare = |key: &[u8]| match key {
        [b'"' | b'\'', inner @ .., b'"' | b'\''] => inner.to_vec(),
        _ => key.to_vec(),
    };
    let texts = &mut entries[texts..end];
    let bare: Vec<Vec<u8>> = texts.iter().map(|entry| bare(entry.0)).collect();
    let mut by_text: Vec<Keyed<'_, Keyed<'_, T>>> =
        bare.iter().zip(texts.iter()).map(|(bare, entry)| (&bare[..], *entry)).collect();
    sort_entries(&mut by_text, Dialect::V3);
    for (entry, (_, sorted)) in texts.iter_mut().zip(by_text) {
        *entry = sorted;
    }
}

/// Returns a map's entries in the order in which go-yaml v3 writes them.
///
/// ```
/// let map = goyaml::unmarshal_map(b"{a10: 1, b: 2, a9: 3}").unwrap();
/// let keys: Vec<_> = goyaml::entries_in_order(&map).into_iter().map(|entry| entry.0).collect();
/// assert_eq!(keys, ["a9", "a10", "b"]);
/// ```
pub fn entries_in_order(map: &Map) -> Vec<(Str, Value)> {
    let entries = map.borrow();
    let mut refs: Vec<(&[u8], (&Str, &Value))> =
        entries.iter().map(|(key, value)| (&**key, (key, value))).collect();
    sort_map(&mut refs, map);
    refs.into_iter().map(|(_, (key, value))| (key.clone(), value.clone())).collect()
}

/// Returns whether go-yaml writes key `a` before key `b`.
pub(super) fn natural_less(a: &[u8], b: &[u8], dialect: Dialect) -> bool {
    let common = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    match (a.get(common), b.get(common)) {
        (Some(x), Some(y)) if x.is_ascii_alphabetic() && y.is_ascii_alphabetic() => x < y,
        (None, None) => false,
        _ if a.is_ascii() && b.is_ascii() => less_from(a, b, common, dialect),
        _ => {
            let runes = |s| unicode::runes(s).map(u32::from).collect::<Vec<_>>();
            let (a, b) = (runes(a), runes(b));
            let common = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
            less_from(&a, &b, common, dialect)
        }
    }
}

/// Does as [`natural_less`] for texts that agree in their first `common` characters.
fn less_from<T: Copy + Into<u32>>(a: &[T], b: &[T], common: usize, dialect: Dialect) -> bool {
    let (Some(&x), Some(&y)) = (a.get(common), b.get(common)) else {
        return a.len() < b.len();
    };
    let (x, y) = (x.into(), y.into());
    let digits_before = || a[..common].iter().rev().map(|&c| c.into()).take_while(|&c| is_digit(c));
    match (is_letter(x), is_letter(y)) {
        (true, true) => return x < y,
        // Version 3 ends a number before a letter: `a1b` comes before `a10`.
        (x_letter, y_letter) if x_letter || y_letter => {
            let after_digit = dialect == Dialect::V3 && digits_before().next().is_some();
            return if after_digit { x_letter } else { y_letter };
        }
        _ => {}
    }
    let zero = u32::from(b'0');
    // Zeros within a number count, zeros in front of it do not.
    let within = (x == zero || y == zero) && digits_before().any(|c| c != zero);
    let number = |s: &[T]| {
        let mut n = i64::from(within);
        let mut len = 0;
        for c in s[common..].iter().map(|&c| c.into()).take_while(|&c| is_digit(c)) {
            n = n.wrapping_mul(10).wrapping_add(i64::from(c) - i64::from(zero));
            len += 1;
        }
        (n, len)
    };
    let (x_number, y_number) = (number(a), number(b));
    if x_number == y_number { x < y } else { x_number < y_number }
}

fn is_letter(c: u32) -> bool {
    char::from_u32(c).is_some_and(unicode::is_letter)
}

fn is_digit(c: u32) -> bool {
    char::from_u32(c).is_some_and(unicode::is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &str, dialect: Dialect) -> String {
        let mut entries: Vec<(&[u8], ())> = keys.split(' ').map(|k| (k.as_bytes(), ())).collect();
        sort_entries(&mut entries, dialect);
        let keys: Vec<_> = entries.iter().map(|e| String::from_utf8_lossy(e.0)).collect();
        keys.join(" ")
    }

    #[test]
    fn keys_follow_go_yamls_order() {
        for (keys, want) in [
            ("A _ a a-b a.b a10 a9 a_b ab b 1 10 2", "_ 1 2 10 A a a-b a.b a_b a9 a10 ab b"),
            ("v001 v01 v1", "v1 v01 v001"),
            ("a100 a20 a1000 a3", "a3 a20 a100 a1000"),
            ("e z é", "e z é"),
            (
                "a b c d e f g h i j k l m n o p q r s t 9 10",
                "9 10 a b c d e f g h i j k l m n o p q r s t",
            ),
        ] {
            assert_eq!(sorted(keys, Dialect::V2), want);
            assert_eq!(sorted(keys, Dialect::V3), want);
        }
    }

    #[test]
    fn only_version_3_ends_a_number_at_a_letter() {
        assert_eq!(sorted("x1 x10 x1y", Dialect::V2), "x1 x10 x1y");
        assert_eq!(sorted("x1 x10 x1y", Dialect::V3), "x1 x1y x10");
    }

    #[test]
    fn an_order_that_runs_in_circles_is_no_harm() {
        // a01 < a10 < a1b < a01
        let keys: Vec<String> =
            (0..40).flat_map(|i| [format!("a0{i}"), format!("a{i}b")]).collect();
        let mut all =
            sorted(&keys.join(" "), Dialect::V2).split(' ').map(str::to_owned).collect::<Vec<_>>();
        all.sort();
        let mut want = keys;
        want.sort();
        assert_eq!(all, want);
    }
}
