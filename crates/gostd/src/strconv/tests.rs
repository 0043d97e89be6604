//! The tables beside this file were printed by Go 1.23's `strconv`; `tests/tables.py` prints them
//! anew.

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn check_floats(table: &str) {
    for row in table.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let f = f64::from_bits(u64::from_str_radix(cells[0], 16).unwrap());
        let got = format_float(f, cells[1].as_bytes()[0], cells[2].parse().unwrap());
        assert_eq!(got, cells[3], "{row}");
    }
}

#[test]
fn floats_print_as_go_prints_them() {
    check_floats(include_str!("floats.tsv"));
}

#[test]
fn long_precisions_are_padded_with_zeros() {
    assert_eq!(format_float(1.0, b'f', 100_000).len(), 100_002);
    assert_eq!(format_float(1.0, b'e', 100_000).len(), 100_006);
    assert_eq!(format_float(1.5, b'g', 100_000), "1.5");
    assert_eq!(format_float(0.1, b'f', 60), format!("{:.60}", 0.1));
    assert_eq!(format_float(1.0, b'x', 20), "0x1.00000000000000000000p+00");
    assert_eq!(format_float(1.0, b'q', 2), "%q");
}

#[test]
fn numbers_parse_as_go_parses_them() {
    fn outcome<T: std::fmt::Display>(got: Result<T, NumError<T>>) -> (String, String) {
        match got {
            Ok(n) => (n.to_string(), "<nil>".into()),
            Err(e) => (e.value.to_string(), e.to_string()),
        }
    }
    for row in include_str!("numbers.tsv").lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let input = unquote(cells[1].as_bytes()).unwrap();
        let base = cells[2].parse().unwrap();
        let bits = cells[3].parse().unwrap();
        let got = match cells[0] {
            "int" => outcome(parse_int(&input, base, bits)),
            "uint" => outcome(parse_uint(&input, base, bits)),
            "atoi" => outcome(atoi(&input)),
            "bool" => outcome(parse_bool(&input)),
            _ => {
                let got = parse_float(&input);
                let text = got.as_ref().err().map_or("<nil>".into(), |e| e.to_string());
                let f = got.unwrap_or_else(|e| e.value);
                let nan = |s: &str| s.starts_with("7ff8").then(|| "nan".to_owned());
                let hex = format!("{:016x}", f.to_bits());
                assert_eq!(nan(&hex).unwrap_or(hex), nan(cells[4]).unwrap_or(cells[4].into()));
                (cells[4].to_owned(), text)
            }
        };
        assert_eq!((got.0.as_str(), got.1.as_str()), (cells[4], cells[5]), "{row}");
    }
}

#[test]
fn quotes_agree_with_go() {
    for row in include_str!("quotes.tsv").lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        match cells[0] {
            "quote" => {
                let s = bytes(cells[1]);
                assert_eq!(quote(&s), cells[2].as_bytes(), "{row}");
                assert_eq!(quote_ascii(&s), cells[3].as_bytes(), "{row}");
                assert_eq!(can_backquote(&s).to_string(), cells[4], "{row}");
            }
            "rune" => {
                let n = u32::from_str_radix(cells[1], 16).unwrap();
                let c = char::from_u32(n).unwrap_or(char::REPLACEMENT_CHARACTER);
                assert_eq!(quote_char(c), cells[2].as_bytes(), "{row}");
                assert_eq!(quote_char_ascii(c), cells[3].as_bytes(), "{row}");
            }
            _ => {
                let want = (cells[3] == "true").then(|| bytes(cells[2]));
                assert_eq!(unquote(&bytes(cells[1])), want, "{row}");
            }
        }
    }
}

#[test]
fn failures_are_small() {
    // Numbers are tried on every plain scalar of a YAML document.
    assert!(size_of::<Result<f64, NumError<f64>>>() <= 40);
}
