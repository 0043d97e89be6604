//! `sums.tsv` and `words.tsv` were printed by Go 1.23's `unicode` and `strings`, the others by Go 1.27's;
//! `tests/tables.py` prints them anew.

use super::*;
use crate::strconv::unquote;

/// Returns a checksum over the planes that hold letters, to compare with the same sum made by Go.
fn sum(f: impl Fn(char) -> u32) -> u64 {
    ('\0'..'\u{32400}')
        .fold(0u64, |h, c| h.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(f(c))))
}

#[test]
fn classes_and_mappings_agree_with_go_on_every_letter() {
    type Asked = fn(char) -> u32;
    let functions: [(&str, Asked); 14] = [
        ("letter", |c| is_letter(c).into()),
        ("upper", |c| is_upper(c).into()),
        ("lower", |c| is_lower(c).into()),
        ("title", |c| is_title(c).into()),
        ("digit", |c| is_digit(c).into()),
        ("number", |c| is_number(c).into()),
        ("punct", |c| is_punct(c).into()),
        ("symbol", |c| is_symbol(c).into()),
        ("mark", |c| is_mark(c).into()),
        ("space", |c| is_space(c).into()),
        ("print", |c| is_print(c).into()),
        ("to upper", |c| char_to_upper(c) as u32),
        ("to lower", |c| char_to_lower(c) as u32),
        ("to title", |c| char_to_title(c) as u32),
    ];
    for (go, table) in
        [(Go::V1_23, include_str!("sums.tsv")), (Go::V1_27, include_str!("sums_1_27.tsv"))]
    {
        let sums = || functions.iter().map(|(name, f)| format!("{name}\t{:016x}", sum(f)));
        let got: Vec<String> = go.scope(|| sums().collect());
        assert_eq!(got, table.lines().collect::<Vec<_>>());
    }
}

#[test]
fn strings_functions_agree_with_go() {
    // Text, ToUpper, ToLower, Title, TrimSpace.
    let check = |table: &str| {
        for row in table.lines() {
            let cells: Vec<Vec<u8>> =
                row.split('\t').map(|cell| unquote(cell.as_bytes()).unwrap()).collect();
            let text = &cells[0];
            let got = [to_upper(text), to_lower(text), title(text), trim_space(text).to_vec()];
            assert_eq!(got, cells[1..], "{row}");
        }
    };
    check(include_str!("words.tsv"));
    Go::V1_27.scope(|| check(include_str!("words_1_27.tsv")));
}

#[test]
fn invalid_bytes_are_one_replacement_each() {
    let got: Vec<(usize, char)> = runes(b"a\xe2\x82b\xc3\xa9\xff").indices().collect();
    let bad = '\u{fffd}';
    assert_eq!(got, [(0, 'a'), (1, bad), (2, bad), (3, 'b'), (4, '\u{e9}'), (6, bad)]);
    assert_eq!(rune_count(b"a\xe2\x82b\xc3\xa9\xff"), 6);
}

#[test]
fn fields_split_at_white_space() {
    assert_eq!(fields(b" a\t\nbc \xc2\xa0d "), [&b"a"[..], b"bc", b"d"]);
    assert!(fields(b" \n").is_empty());
}
