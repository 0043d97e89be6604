use super::*;

/// A checksum over the planes that hold letters, to compare with the same sum made by Go.
fn sum(f: impl Fn(char) -> u32) -> u64 {
    ('\0'..'\u{32400}')
        .fold(0u64, |h, c| h.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(f(c))))
}

#[test]
fn classes_and_mappings_agree_with_go_on_every_letter() {
    // Go: for r := 0; r < 0x32400 (no surrogates) { h = h*1099511628211 + f(r) }
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

const LETTER_SUM: u64 = 0xe5ff118775e3dc88;
const UPPER_SUM: u64 = 0xa3aa44445c532db9;
const LOWER_SUM: u64 = 0xebde5edfa3a3086f;
const TITLE_SUM: u64 = 0x37151158b911d829;
const DIGIT_SUM: u64 = 0xdeab9f0a5275a710;
const NUMBER_SUM: u64 = 0x3c9db781cbd734d3;
const PUNCT_SUM: u64 = 0x493682e8852f9880;
const SYMBOL_SUM: u64 = 0x7433590eefdcfccc;
const MARK_SUM: u64 = 0xd08636421f21eb1c;
const SPACE_SUM: u64 = 0x387bdb2cb450b2d3;
const PRINT_SUM: u64 = 0x2650090229b939be;
const TO_UPPER_SUM: u64 = 0x36c4761f0d269149;
const TO_LOWER_SUM: u64 = 0xcc4c47175654bf28;
const TO_TITLE_SUM: u64 = 0x594ff3b83af13691;

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
