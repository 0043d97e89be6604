use super::*;

/// A checksum over all code points, to compare with the same sum made by Go.
fn sum(f: impl Fn(char) -> u32) -> u64 {
    ('\0'..=char::MAX)
        .fold(0u64, |h, c| h.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(f(c))))
}

#[test]
fn classes_and_mappings_agree_with_go_on_every_character() {
    // Go: for r := 0..MaxRune without surrogates { h = h*1099511628211 + f(r) }
    for (name, f, want) in [
        ("letter", (|c| is_letter(c).into()) as fn(char) -> u32, LETTER_SUM),
        ("upper", |c| is_upper(c).into(), UPPER_SUM),
        ("lower", |c| is_lower(c).into(), LOWER_SUM),
        ("title", |c| is_title(c).into(), TITLE_SUM),
        ("digit", |c| is_digit(c).into(), DIGIT_SUM),
        ("number", |c| is_number(c).into(), NUMBER_SUM),
        ("punct", |c| is_punct(c).into(), PUNCT_SUM),
        ("symbol", |c| is_symbol(c).into(), SYMBOL_SUM),
        ("mark", |c| is_mark(c).into(), MARK_SUM),
        ("space", |c| is_space(c).into(), SPACE_SUM),
        ("print", |c| is_print(c).into(), PRINT_SUM),
        ("to upper", |c| char_to_upper(c) as u32, TO_UPPER_SUM),
        ("to lower", |c| char_to_lower(c) as u32, TO_LOWER_SUM),
        ("to title", |c| char_to_title(c) as u32, TO_TITLE_SUM),
    ] {
        assert_eq!(sum(f), want, "{name}");
    }
}

const LETTER_SUM: u64 = 0x401d86bc32775c88;
const UPPER_SUM: u64 = 0xbe5ef1d4a0cf1db9;
const LOWER_SUM: u64 = 0x8907d560a1d0986f;
const TITLE_SUM: u64 = 0xff07ffa5d26ec829;
const DIGIT_SUM: u64 = 0x526fa3b90dbca710;
const NUMBER_SUM: u64 = 0x40ecc4b877dc84d3;
const PUNCT_SUM: u64 = 0x6e88f7dc89679880;
const SYMBOL_SUM: u64 = 0x509ed781669a3ccc;
const MARK_SUM: u64 = 0xf374553c1c2323fc;
const SPACE_SUM: u64 = 0x34440949617602d3;
const PRINT_SUM: u64 = 0x71361f043aa7529e;
const TO_UPPER_SUM: u64 = 0x777f0f139d167f49;
const TO_LOWER_SUM: u64 = 0x52897c0f90233d28;
const TO_TITLE_SUM: u64 = 0x11c5fd80b588a491;

#[test]
fn strings_functions_agree_with_go() {
    // (input, ToUpper, ToLower, Title, TrimSpace)
    let rows: &[[&[u8]; 5]] = &[
        [b"", b"", b"", b"", b""],
        [b" hello wOrld ", b" HELLO WORLD ", b" hello world ", b" Hello WOrld ", b"hello wOrld"],
        [b"foo_bar-baz.x", b"FOO_BAR-BAZ.X", b"foo_bar-baz.x", b"Foo_bar-Baz.X", b"foo_bar-baz.x"],
        [
            b"a\xffb",
            "A\u{fffd}B".as_bytes(),
            "a\u{fffd}b".as_bytes(),
            "A\u{fffd}b".as_bytes(),
            b"a\xffb",
        ],
        [
            "\u{a0}stra\u{df}e \u{1c6}\u{2003}".as_bytes(),
            "\u{a0}STRA\u{df}E \u{1c4}\u{2003}".as_bytes(),
            "\u{a0}stra\u{df}e \u{1c6}\u{2003}".as_bytes(),
            "\u{a0}Stra\u{df}e \u{1c5}\u{2003}".as_bytes(),
            "stra\u{df}e \u{1c6}".as_bytes(),
        ],
    ];
    for [input, upper, lower, titled, trimmed] in rows {
        assert_eq!(&to_upper(input), upper);
        assert_eq!(&to_lower(input), lower);
        assert_eq!(&title(input), titled);
        assert_eq!(&trim_space(input), trimmed);
    }
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
