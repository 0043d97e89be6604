//! `cases.tsv` was printed by Go 1.23's `time`: a function, its operands and its answer, as
//! tests/go/times.go lists them. `tests/tables.py` prints it anew.

use super::*;
use crate::strconv::{parse_float, unquote};
use crate::value::Value;

fn berlin() -> Zone {
    Zone::load(b"Europe/Berlin").unwrap()
}

fn samples() -> [Time; 8] {
    let at = |seconds: i64, nsec, zone| {
        let t = Time::unix(seconds, &LocalZone::UTC).in_zone(zone);
        Time { nsec, ..t }
    };
    [
        at(1_136_239_445, 123_456_000, Zone::Utc),
        at(0, 0, Zone::Utc),
        at(-62_135_596_800 - 86_400 * 400, 5, Zone::Utc),
        at(253_402_300_800 + 100_000_000_000, 999_999_999, Zone::Utc),
        at(i64::MAX, 0, Zone::Utc),
        at(1_700_000_000, 120_000_000, berlin()),
        at(1_720_000_000, 0, berlin()),
        at(-2_000_000_000, 0, Zone::fixed(b"", -5 * 3600 - 1800 - 7)),
    ]
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// Returns what the function of a row answers here, as the row has it.
fn answer(cells: &[&str]) -> Vec<String> {
    let times = samples();
    let number = |at: usize| cells[at].parse::<i64>().unwrap();
    let bytes = |at: usize| unquote(cells[at].as_bytes()).unwrap();
    let sample = || &times[cells[1].parse::<usize>().unwrap()];
    match cells[0] {
        "format" => vec![text(sample().format(&bytes(2)))],
        "week" => {
            let (year, week) = sample().iso_week();
            vec![year.to_string(), week.to_string(), sample().civil().1.to_string()]
        }
        "truncate" => vec![text(sample().truncate(number(2)).in_zone(Zone::Utc).to_bytes())],
        "round" => vec![text(sample().round(number(2)).in_zone(Zone::Utc).to_bytes())],
        "syntax" => vec![text(sample().go_string())],
        "add" => {
            vec![text(sample().add_date(number(2), number(3), number(4)).to_bytes())]
        }
        "parse" => {
            let local = LocalZone::named(cells[1]).unwrap();
            vec![
                parse(&bytes(2), &bytes(3), &local)
                    .map_or_else(|e| e.to_string(), |t| text(t.to_bytes())),
            ]
        }
        "duration" => match parse_duration(&bytes(1)) {
            Ok(d) => vec![format_duration(d), String::new()],
            Err(error) => vec![String::new(), error.to_string()],
        },
        "print" => {
            let (d, step) = (number(1), 700_000_000);
            let float = |name| match duration_method(d, name, &[]) {
                Ok(Value::Float(f)) => f.to_bits().to_string(),
                other => panic!("{other:?}"),
            };
            vec![
                format_duration(d),
                float("Hours"),
                float("Seconds"),
                round_duration(d, step).to_string(),
                truncate_duration(d, step).to_string(),
            ]
        }
        "zone" => vec![Zone::load(&bytes(1)).is_some().to_string()],
        other => panic!("no function {other}"),
    }
}

#[test]
fn times_and_durations_are_those_of_go() {
    let mut wrong = String::new();
    for row in include_str!("cases.tsv").lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let got = answer(&cells);
        let want: Vec<String> = cells[cells.len() - got.len()..]
            .iter()
            .enumerate()
            .map(|(i, cell)| match unquote(cell.as_bytes()) {
                Some(quoted) => text(quoted),
                None if cells[0] == "print" && (1..3).contains(&i) => {
                    parse_float(cell.as_bytes()).unwrap().to_bits().to_string()
                }
                None => (*cell).to_owned(),
            })
            .collect();
        if got != want {
            wrong += &format!("{row}\n  got {got:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_reading_of_now_shows_its_monotonic_part_until_it_is_moved() {
    let t = Time::now(1_700_000_000, 5, 12_345_678, &LocalZone::UTC);
    assert_eq!(text(t.to_bytes()), "2023-11-14 22:13:20.000000005 +0000 UTC m=+0.012345678");
    assert_eq!(
        text(t.add(SECOND).to_bytes()),
        "2023-11-14 22:13:21.000000005 +0000 UTC m=+1.012345678"
    );
    assert_eq!(text(t.in_zone(Zone::Utc).to_bytes()), "2023-11-14 22:13:20.000000005 +0000 UTC");
    assert_eq!(t.add(SECOND).sub(&t), SECOND);
}
