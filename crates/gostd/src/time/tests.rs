//! Expected values are what Go 1.23 prints.

use super::*;
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

#[test]
fn layouts_format_as_go_formats_them() {
    let times = samples();
    for (index, layout, want) in [
        (0, "2006-01-02T15:04:05Z07:00", "2006-01-02T22:04:05Z"),
        (0, "Mon Jan _2 15:04:05.000 2006", "Mon Jan  2 22:04:05.123 2006"),
        (0, "Monday January 2 3:4:5pm 06 MST", "Monday January 2 10:4:5pm 06 UTC"),
        (
            0,
            "002 __2 03PM -0700 -07 -07:00:00 -070000 Z0700 Z07 Z070000 Z07:00:00",
            "002   2 10PM +0000 +00 +00:00:00 +000000 Z Z Z Z",
        ),
        (
            0,
            ".999999999 ,000 .0 ,9999999999999 .00x .001 _2006 Month Janet 1 15",
            ".123456 ,123 .1 ,123456 .12x .001 _2006 Month Janet 1 22",
        ),
        (1, "2006-01-02T15:04:05Z07:00", "1970-01-01T00:00:00Z"),
        (1, "Mon Jan _2 15:04:05.000 2006", "Thu Jan  1 00:00:00.000 1970"),
        (1, "Monday January 2 3:4:5pm 06 MST", "Thursday January 1 12:0:0am 70 UTC"),
        (
            1,
            "002 __2 03PM -0700 -07 -07:00:00 -070000 Z0700 Z07 Z070000 Z07:00:00",
            "001   1 12AM +0000 +00 +00:00:00 +000000 Z Z Z Z",
        ),
        (
            1,
            ".999999999 ,000 .0 ,9999999999999 .00x .001 _2006 Month Janet 1 15",
            " ,000 .0  .00x .001 _1970 Month Janet 1 00",
        ),
        (2, "2006-01-02T15:04:05Z07:00", "-0001-11-28T00:00:00Z"),
        (2, "Mon Jan _2 15:04:05.000 2006", "Sun Nov 28 00:00:00.000 -0001"),
        (2, "Monday January 2 3:4:5pm 06 MST", "Sunday November 28 12:0:0am 01 UTC"),
        (
            2,
            "002 __2 03PM -0700 -07 -07:00:00 -070000 Z0700 Z07 Z070000 Z07:00:00",
            "332 332 12AM +0000 +00 +00:00:00 +000000 Z Z Z Z",
        ),
        (
            2,
            ".999999999 ,000 .0 ,9999999999999 .00x .001 _2006 Month Janet 1 15",
            ".000000005 ,000 .0 ,000000005 .00x .011 _-0001 Month Janet 11 00",
        ),
        (3, "2006-01-02T15:04:05Z07:00", "13168-11-15T09:46:40Z"),
        (3, "Mon Jan _2 15:04:05.000 2006", "Fri Nov 15 09:46:40.999 13168"),
        (3, "Monday January 2 3:4:5pm 06 MST", "Friday November 15 9:46:40am 68 UTC"),
        (
            3,
            "002 __2 03PM -0700 -07 -07:00:00 -070000 Z0700 Z07 Z070000 Z07:00:00",
            "320 320 09AM +0000 +00 +00:00:00 +000000 Z Z Z Z",
        ),
        (
            3,
            ".999999999 ,000 .0 ,9999999999999 .00x .001 _2006 Month Janet 1 15",
            ".999999999 ,999 .9 ,999999999 .99x .011 _13168 Month Janet 11 09",
        ),
        (4, "2006-01-02T15:04:05Z07:00", "292277026596-12-04T15:30:07Z"),
        (4, "Mon Jan _2 15:04:05.000 2006", "Sun Dec  4 15:30:07.000 292277026596"),
        (4, "Monday January 2 3:4:5pm 06 MST", "Sunday December 4 3:30:7pm 96 UTC"),
        (
            4,
            "002 __2 03PM -0700 -07 -07:00:00 -070000 Z0700 Z07 Z070000 Z07:00:00",
            "339 339 03PM +0000 +00 +00:00:00 +000000 Z Z Z Z",
        ),
        (
            4,
            ".999999999 ,000 .0 ,9999999999999 .00x .001 _2006 Month Janet 1 15",
            " ,000 .0  .00x .012 _292277026596 Month Janet 12 15",
        ),
        (5, "2006-01-02T15:04:05Z07:00", "2023-11-14T23:13:20+01:00"),
        (5, "Mon Jan _2 15:04:05.000 2006", "Tue Nov 14 23:13:20.120 2023"),
        (5, "Monday January 2 3:4:5pm 06 MST", "Tuesday November 14 11:13:20pm 23 CET"),
        (
            5,
            "002 __2 03PM -0700 -07 -07:00:00 -070000 Z0700 Z07 Z070000 Z07:00:00",
            "318 318 11PM +0100 +01 +01:00:00 +010000 +0100 +01 +010000 +01:00:00",
        ),
        (
            5,
            ".999999999 ,000 .0 ,9999999999999 .00x .001 _2006 Month Janet 1 15",
            ".12 ,120 .1 ,12 .12x .011 _2023 Month Janet 11 23",
        ),
        (6, "2006-01-02T15:04:05Z07:00", "2024-07-03T11:46:40+02:00"),
        (6, "Mon Jan _2 15:04:05.000 2006", "Wed Jul  3 11:46:40.000 2024"),
        (6, "Monday January 2 3:4:5pm 06 MST", "Wednesday July 3 11:46:40am 24 CEST"),
        (
            6,
            "002 __2 03PM -0700 -07 -07:00:00 -070000 Z0700 Z07 Z070000 Z07:00:00",
            "185 185 11AM +0200 +02 +02:00:00 +020000 +0200 +02 +020000 +02:00:00",
        ),
        (
            6,
            ".999999999 ,000 .0 ,9999999999999 .00x .001 _2006 Month Janet 1 15",
            " ,000 .0  .00x .007 _2024 Month Janet 7 11",
        ),
        (7, "2006-01-02T15:04:05Z07:00", "1906-08-16T14:56:33-05:30"),
        (7, "Mon Jan _2 15:04:05.000 2006", "Thu Aug 16 14:56:33.000 1906"),
        (7, "Monday January 2 3:4:5pm 06 MST", "Thursday August 16 2:56:33pm 06 -0530"),
        (
            7,
            "002 __2 03PM -0700 -07 -07:00:00 -070000 Z0700 Z07 Z070000 Z07:00:00",
            "228 228 02PM -0530 -05 -05:30:07 -053007 -0530 -05 -053007 -05:30:07",
        ),
        (
            7,
            ".999999999 ,000 .0 ,9999999999999 .00x .001 _2006 Month Janet 1 15",
            " ,000 .0  .00x .008 _1906 Month Janet 8 14",
        ),
    ] {
        let t: &Time = &times[index];
        assert_eq!(text(t.format(layout.as_bytes())), want, "time {index}, layout {layout}");
    }
}

#[test]
fn weeks_truncation_and_rounding_follow_go() {
    let times = samples();
    for (index, week, year_day, truncated, rounded) in [
        (
            0,
            (2006, 1),
            2,
            "2006-01-02 21:00:00.007532361 +0000 UTC",
            "2006-01-02 22:30:00 +0000 UTC",
        ),
        (
            1,
            (1970, 1),
            1,
            "1969-12-31 22:00:00.007397094 +0000 UTC",
            "1970-01-01 00:00:00 +0000 UTC",
        ),
        (
            2,
            (-1, 47),
            332,
            "-0001-11-27 19:59:59.999995884 +0000 UTC",
            "-0001-11-28 00:00:00 +0000 UTC",
        ),
        (
            3,
            (13168, 46),
            320,
            "13168-11-15 09:00:00.049468797 +0000 UTC",
            "13168-11-15 10:30:00 +0000 UTC",
        ),
        (
            4,
            (292277026596, 48),
            339,
            "292277026596-12-04 12:59:55.526819275 +0000 UTC",
            "292277026596-12-04 16:00:16 +0000 UTC",
        ),
        (
            5,
            (2023, 46),
            318,
            "2023-11-14 18:00:00.007599474 +0000 UTC",
            "2023-11-14 22:30:00 +0000 UTC",
        ),
        (
            6,
            (2024, 27),
            185,
            "2024-07-03 08:00:00.007601856 +0000 UTC",
            "2024-07-03 10:30:00 +0000 UTC",
        ),
        (
            7,
            (1906, 33),
            228,
            "1906-08-16 19:00:00.007158999 +0000 UTC",
            "1906-08-16 21:00:00 +0000 UTC",
        ),
    ] {
        let t: &Time = &times[index];
        assert_eq!(t.iso_week(), week, "time {index}");
        assert_eq!(t.civil().1, year_day, "time {index}");
        let seven_hours = t.truncate(7 * 3600 * SECOND + 3).in_zone(Zone::Utc);
        assert_eq!(text(seven_hours.to_bytes()), truncated, "time {index}");
        let ninety_minutes = t.round(90 * 60 * SECOND).in_zone(Zone::Utc);
        assert_eq!(text(ninety_minutes.to_bytes()), rounded, "time {index}");
    }
}

#[test]
fn go_syntax_names_the_zone() {
    let times = samples();
    for (index, want) in [
        (0, "time.Date(2006, time.January, 2, 22, 4, 5, 123456000, time.UTC)"),
        (1, "time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)"),
        (2, "time.Date(-1, time.November, 28, 0, 0, 0, 5, time.UTC)"),
        (3, "time.Date(13168, time.November, 15, 9, 46, 40, 999999999, time.UTC)"),
        (4, "time.Date(292277026596, time.December, 4, 15, 30, 7, 0, time.UTC)"),
        (
            5,
            "time.Date(2023, time.November, 14, 23, 13, 20, 120000000, time.Location(\"Europe/Berlin\"))",
        ),
        (6, "time.Date(2024, time.July, 3, 11, 46, 40, 0, time.Location(\"Europe/Berlin\"))"),
        (7, "time.Date(1906, time.August, 16, 14, 56, 33, 0, time.Location(\"\"))"),
    ] {
        let t: &Time = &times[index];
        assert_eq!(text(t.go_string()), want);
    }
}

#[test]
fn adding_dates_carries_months_and_days() {
    let times = samples();
    for (index, want) in [
        (0, "2006-01-16 22:04:05.123456 +0000 UTC"),
        (1, "1970-01-15 00:00:00 +0000 UTC"),
        (2, "-0001-12-12 00:00:00.000000005 +0000 UTC"),
        (3, "13168-11-29 09:46:40.999999999 +0000 UTC"),
        (4, "292277026596-12-19 15:30:07 +0000 UTC"),
        (5, "2023-11-28 23:13:20.12 +0100 CET"),
        (6, "2024-07-18 11:46:40 +0200 CEST"),
        (7, "1906-08-30 14:56:33 -0530 -0530"),
    ] {
        let t: &Time = &times[index];
        assert_eq!(text(t.add_date(1, -13, 45).to_bytes()), want, "time {index}");
    }
}

#[test]
fn parsing_takes_and_rejects_what_go_does() {
    let table: &[(&str, &str, &[u8], &str)] = &[
        ("UTC", "2006-01-02", b"2024-02-29", "2024-02-29 00:00:00 +0000 UTC"),
        ("UTC", "2006-01-02", b"2023-02-29", "parsing time \"2023-02-29\": day out of range"),
        ("UTC", "2006-01-02", b"2023-13-01", "parsing time \"2023-13-01\": month out of range"),
        (
            "UTC",
            "2006-01-02",
            b"x",
            "parsing time \"x\" as \"2006-01-02\": cannot parse \"x\" as \"2006\"",
        ),
        ("UTC", "2006-01-02", b"2023-01-01 x", "parsing time \"2023-01-01 x\": extra text: \" x\""),
        ("UTC", "Jan 2 2006", b"feb 3 2021", "2021-02-03 00:00:00 +0000 UTC"),
        (
            "UTC",
            "2006-01-02T15:04:05Z07:00",
            b"2024-05-06T07:08:09.123Z",
            "2024-05-06 07:08:09.123 +0000 UTC",
        ),
        (
            "UTC",
            "2006-01-02T15:04:05Z07:00",
            b"2024-05-06T07:08:09+02:00",
            "2024-05-06 07:08:09 +0200 +0200",
        ),
        (
            "UTC",
            "2006-01-02 15:04:05 MST",
            b"2024-05-06 07:08:09 CEST",
            "2024-05-06 07:08:09 +0000 CEST",
        ),
        (
            "UTC",
            "2006-01-02 15:04:05 MST",
            b"2024-01-06 07:08:09 EST",
            "2024-01-06 07:08:09 +0000 EST",
        ),
        (
            "UTC",
            "2006-01-02 15:04:05 MST",
            b"2024-01-06 07:08:09 GMT+3",
            "2024-01-06 10:08:09 +0300 GMT+3",
        ),
        ("UTC", "3:04PM", b"12:30AM", "0000-01-01 00:30:00 +0000 UTC"),
        ("UTC", "3:04PM", b"13:30AM", "parsing time \"13:30AM\": hour out of range"),
        ("UTC", "15:04", b"25:00", "parsing time \"25:00\": hour out of range"),
        ("UTC", "15:04", b"12:61", "parsing time \"12:61\": minute out of range"),
        ("UTC", "2006 002", b"2024 060", "2024-02-29 00:00:00 +0000 UTC"),
        ("UTC", "2006 002", b"2023 366", "parsing time \"2023 366\": day-of-year out of range"),
        (
            "UTC",
            "2006-01-02 002",
            b"2024-02-28 060",
            "parsing time \"2024-02-28 060\": day-of-year does not match day",
        ),
        ("UTC", "Mon 06", b"Tue 68", "2068-01-01 00:00:00 +0000 UTC"),
        (
            "UTC",
            "Monday 06",
            b"Tues 68",
            "parsing time \"Tues 68\" as \"Monday 06\": cannot parse \"Tues 68\" as \"Monday\"",
        ),
        (
            "UTC",
            ".000 2006",
            b".12 2024",
            "parsing time \".12 2024\" as \".000 2006\": cannot parse \".12 2024\" as \".000\"",
        ),
        ("UTC", "05.000", b"10.1234", "parsing time \"10.1234\": extra text: \"4\""),
        ("UTC", "05.999", b"10.1234", "0000-01-01 00:00:10.1234 +0000 UTC"),
        ("UTC", "05", b"10,5", "0000-01-01 00:00:10.5 +0000 UTC"),
        ("UTC", "-0700", b"+2561", "parsing time \"+2561\": time zone offset minute out of range"),
        (
            "UTC",
            "-07:00",
            b"+0200",
            "parsing time \"+0200\" as \"-07:00\": cannot parse \"+0200\" as \"-07:00\"",
        ),
        (
            "UTC",
            "2006 Jan",
            b"2024\xff Jan",
            "parsing time \"2024\\xff Jan\" as \"2006 Jan\": cannot parse \"\\xff Jan\" as \" \"",
        ),
        ("UTC", "2006  01", b"2024     01", "2024-01-01 00:00:00 +0000 UTC"),
        (
            "UTC",
            "_2 Jan",
            b"  5 Jan",
            "parsing time \"  5 Jan\" as \"_2 Jan\": cannot parse \"  5 Jan\" as \"_2\"",
        ),
        ("UTC", "2006-01-02 15:04 MST", b"2024-05-06 07:08 +03", "2024-05-06 07:08:00 +0000 +03"),
        ("UTC", "2006", b"20245", "parsing time \"20245\": extra text: \"5\""),
        (
            "UTC",
            "2006-01-02 MST",
            b"2024-05-06 abc",
            "parsing time \"2024-05-06 abc\" as \"2006-01-02 MST\": cannot parse \"abc\" as \"MST\"",
        ),
        ("UTC", "", b"x", "parsing time \"x\": extra text: \"x\""),
        ("UTC", "06", b"+1", "2001-01-01 00:00:00 +0000 UTC"),
        ("UTC", "2006-01-02 15:04:05", b"2024-03-31 02:30:00", "2024-03-31 02:30:00 +0000 UTC"),
        ("UTC", "2006-01-02 15:04:05", b"2024-10-27 02:30:00", "2024-10-27 02:30:00 +0000 UTC"),
        (
            "UTC",
            "2006-01-02 15:04:05 -0700",
            b"2024-10-27 02:30:00 +0100",
            "2024-10-27 02:30:00 +0100 +0100",
        ),
        ("Europe/Berlin", "2006-01-02", b"2024-02-29", "2024-02-29 00:00:00 +0100 CET"),
        ("Europe/Berlin", "Jan 2 2006", b"feb 3 2021", "2021-02-03 00:00:00 +0100 CET"),
        (
            "Europe/Berlin",
            "2006-01-02T15:04:05Z07:00",
            b"2024-05-06T07:08:09+02:00",
            "2024-05-06 07:08:09 +0200 CEST",
        ),
        (
            "Europe/Berlin",
            "2006-01-02 15:04:05 MST",
            b"2024-05-06 07:08:09 CEST",
            "2024-05-06 07:08:09 +0200 CEST",
        ),
        ("Europe/Berlin", "3:04PM", b"12:30AM", "0000-01-01 00:30:00 +0053 LMT"),
        ("Europe/Berlin", "2006 002", b"2024 060", "2024-02-29 00:00:00 +0100 CET"),
        ("Europe/Berlin", "Mon 06", b"Tue 68", "2068-01-01 00:00:00 +0100 CET"),
        ("Europe/Berlin", "05.999", b"10.1234", "0000-01-01 00:00:10.1234 +0053 LMT"),
        ("Europe/Berlin", "05", b"10,5", "0000-01-01 00:00:10.5 +0053 LMT"),
        ("Europe/Berlin", "2006  01", b"2024     01", "2024-01-01 00:00:00 +0100 CET"),
        ("Europe/Berlin", "06", b"+1", "2001-01-01 00:00:00 +0100 CET"),
        (
            "Europe/Berlin",
            "2006-01-02 15:04:05",
            b"2024-03-31 02:30:00",
            "2024-03-31 03:30:00 +0200 CEST",
        ),
        (
            "Europe/Berlin",
            "2006-01-02 15:04:05",
            b"2024-10-27 02:30:00",
            "2024-10-27 02:30:00 +0100 CET",
        ),
        (
            "Europe/Berlin",
            "2006-01-02 15:04:05 -0700",
            b"2024-10-27 02:30:00 +0100",
            "2024-10-27 02:30:00 +0100 CET",
        ),
    ];
    for (zone, layout, value, want) in table {
        let local = LocalZone::named(zone).unwrap();
        let got = match parse(layout.as_bytes(), value, &local) {
            Ok(t) => text(t.to_bytes()),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, *want, "{layout} in {zone}");
    }
}

#[test]
fn durations_parse_with_gos_errors() {
    for (input, want) in [
        ("".as_bytes(), Err("time: invalid duration \"\"")),
        ("0".as_bytes(), Ok("0s")),
        ("1h2m3.5s".as_bytes(), Ok("1h2m3.5s")),
        ("-1.5h".as_bytes(), Ok("-1h30m0s")),
        ("5".as_bytes(), Err("time: missing unit in duration \"5\"")),
        ("5x".as_bytes(), Err("time: unknown unit \"x\" in duration \"5x\"")),
        ("1.5.5s".as_bytes(), Err("time: missing unit in duration \"1.5.5s\"")),
        ("+.5s".as_bytes(), Ok("500ms")),
        (".s".as_bytes(), Err("time: invalid duration \".s\"")),
        ("9223372036854775807ns".as_bytes(), Ok("2562047h47m16.854775807s")),
        ("-9223372036854775808ns".as_bytes(), Ok("-2562047h47m16.854775808s")),
        (
            "9223372036854775808ns".as_bytes(),
            Err("time: invalid duration \"9223372036854775808ns\""),
        ),
        ("1d".as_bytes(), Err("time: unknown unit \"d\" in duration \"1d\"")),
        ("1us2µs3μs".as_bytes(), Ok("6µs")),
        ("0.000000001h".as_bytes(), Ok("3.6µs")),
        (b"1h\xff".as_slice(), Err("time: unknown unit \"h\\xff\" in duration \"1h\\xff\"")),
        ("2562048h".as_bytes(), Err("time: invalid duration \"2562048h\"")),
        ("1.99999999999999999999s".as_bytes(), Ok("2s")),
        ("\"h".as_bytes(), Err("time: invalid duration \"\\\"h\"")),
    ] {
        let got = parse_duration(input).map(format_duration).map_err(|e| e.to_string());
        assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned));
    }
}

#[test]
fn durations_print_round_and_divide_as_in_go() {
    for (nanos, want, hours, seconds, rounded, truncated) in [
        (0, "0s", 0.0, 0.0, 0, 0),
        (1, "1ns", 2.777777777777778e-13, 1e-09, 0, 0),
        (999, "999ns", 2.775e-10, 9.99e-07, 0, 0),
        (1000, "1µs", 2.7777777777777777e-10, 1e-06, 0, 0),
        (1500, "1.5µs", 4.166666666666667e-10, 1.5e-06, 0, 0),
        (999999, "999.999µs", 2.777775e-07, 0.000999999, 0, 0),
        (1000000, "1ms", 2.7777777777777776e-07, 0.001, 0, 0),
        (1234567, "1.234567ms", 3.429352777777778e-07, 0.001234567, 0, 0),
        (1000000000, "1s", 0.0002777777777777778, 1.0, 700000000, 700000000),
        (61000000000, "1m1s", 0.016944444444444446, 61.0, 60900000000, 60900000000),
        (3600000000000, "1h0m0s", 1.0, 3600.0, 3600100000000, 3599400000000),
        (3661500000000, "1h1m1.5s", 1.0170833333333333, 3661.5, 3661700000000, 3661000000000),
        (-1500, "-1.5µs", -4.166666666666667e-10, -1.5e-06, 0, 0),
        (
            i64::MIN,
            "-2562047h47m16.854775808s",
            -2.5620477880152157e+06,
            -9.223372036854776e+09,
            i64::MIN,
            -9223372036200000000,
        ),
        (
            9223372036854775807,
            "2562047h47m16.854775807s",
            2.5620477880152157e+06,
            9.223372036854776e+09,
            9223372036854775807,
            9223372036200000000,
        ),
    ] {
        assert_eq!(format_duration(nanos), want);
        let float = |name| match duration_method(nanos, name, &[]) {
            Ok(Value::Float(f)) => f,
            other => panic!("{other:?}"),
        };
        assert_eq!((float("Hours"), float("Seconds")), (hours, seconds));
        assert_eq!(round_duration(nanos, 700_000_000), rounded);
        assert_eq!(truncate_duration(nanos, 700_000_000), truncated);
    }
}

#[test]
fn unknown_zones_are_refused_and_case_matters() {
    for (name, known) in [
        ("", true),
        ("UTC", true),
        ("Local", true),
        ("America/New_York", true),
        ("europe/berlin", false),
        ("../etc/passwd", false),
        ("Nowhere", false),
    ] {
        assert_eq!(Zone::load(name.as_bytes()).is_some(), known, "{name}");
    }
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
