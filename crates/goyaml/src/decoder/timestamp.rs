//! The one time stamp a chart holds: `generated` in a lock file, as Go's `time.Time` reads it.

use gostd::strconv::quoted;

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// Checks an RFC 3339 time; the error is that of Go's `time.Parse`.
pub(super) fn check(text: &[u8]) -> Result<(), String> {
    Parse { text, rest: text }.run()
}

struct Parse<'a> {
    text: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Parse<'a> {
    fn run(&mut self) -> Result<(), String> {
        let year = self.number("2006", 4, 4)?;
        self.literal("-")?;
        let month = self.number("01", 2, 2)?;
        if !(1..=12).contains(&month) {
            return Err(self.fail(": month out of range"));
        }
        self.literal("-")?;
        let day = self.number("02", 2, 2)?;
        self.literal("T")?;
        if self.number("15", 1, 2)? > 23 {
            return Err(self.fail(": hour out of range"));
        }
        self.literal(":")?;
        if self.number("04", 2, 2)? > 59 {
            return Err(self.fail(": minute out of range"));
        }
        self.literal(":")?;
        if self.number("05", 2, 2)? > 59 {
            return Err(self.fail(": second out of range"));
        }
        if let [b'.' | b',', b'0'..=b'9', ..] = self.rest {
            let digits = self.rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            self.rest = &self.rest[1 + digits..];
        }
        self.zone()?;
        if !self.rest.is_empty() {
            let extra = quoted(self.rest);
            return Err(self.fail(&format!(": extra text: {extra}")));
        }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day < 1 || day > days {
            return Err(self.fail(": day out of range"));
        }
        Ok(())
    }

    fn fail(&self, why: &str) -> String {
        format!("parsing time {}{why}", quoted(self.text))
    }

    fn mismatch(&self, part: &str, at: &[u8]) -> String {
        let layout = quoted(LAYOUT.as_bytes());
        self.fail(&format!(
            " as {layout}: cannot parse {} as {}",
            quoted(at),
            quoted(part.as_bytes())
        ))
    }

    fn literal(&mut self, part: &str) -> Result<(), String> {
        match self.rest.strip_prefix(part.as_bytes()) {
            Some(rest) => self.rest = rest,
            None => return Err(self.mismatch(part, self.rest)),
        }
        Ok(())
    }

    fn number(&mut self, part: &str, min: usize, max: usize) -> Result<u32, String> {
        let digits = self.rest.iter().take(max).take_while(|b| b.is_ascii_digit()).count();
        if digits < min {
            return Err(self.mismatch(part, self.rest));
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        Ok(number.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')))
    }

    fn zone(&mut self) -> Result<(), String> {
        if let [b'Z', rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(());
        }
        match self.rest {
            [b'+' | b'-', h1, h2, b':', m1, m2, rest @ ..]
                if [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) =>
            {
                let hours = (h1 - b'0') * 10 + (h2 - b'0');
                let minutes = (m1 - b'0') * 10 + (m2 - b'0');
                self.rest = rest;
                // Go lets the zone of the largest numbers pass, 24:60.
                if hours > 24 {
                    return Err(self.fail(": time zone offset hour out of range"));
                }
                if minutes > 60 {
                    return Err(self.fail(": time zone offset minute out of range"));
                }
                Ok(())
            }
            _ => Err(self.mismatch("Z07:00", self.rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    // Recorded from Go 1.23.9's time.Parse(time.RFC3339, …).
    #[test]
    fn times_fail_with_gos_words() {
        for (text, want) in [
            ("2020-01-01T00:00:00Z", ""),
            ("2021-05-04T10:02:03.123456789+02:00", ""),
            ("2020-02-29T1:00:00Z", ""),
            ("2020-01-01T00:00:00+24:60", ""),
            (
                "foo",
                r#"parsing time "foo" as "2006-01-02T15:04:05Z07:00": cannot parse "foo" as "2006""#,
            ),
            (
                "2020-01-01",
                r#"parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#,
            ),
            (
                "2020-01-01T00:00:00",
                r#"parsing time "2020-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00""#,
            ),
            ("2020-13-01T00:00:00Z", r#"parsing time "2020-13-01T00:00:00Z": month out of range"#),
            ("2021-02-29T00:00:00Z", r#"parsing time "2021-02-29T00:00:00Z": day out of range"#),
            ("2021-02-20T00:00:00Zx", r#"parsing time "2021-02-20T00:00:00Zx": extra text: "x""#),
            (
                "2021-02-20T00:00:00+25:00",
                r#"parsing time "2021-02-20T00:00:00+25:00": time zone offset hour out of range"#,
            ),
        ] {
            assert_eq!(check(text.as_bytes()).err().unwrap_or_default(), want, "{text}");
        }
    }
}
