//! Schedules of cron, as github.com/robfig/cron/v3's standard parser reads them.

/// The fields of a schedule: name, least and largest value, names of values from the least on.
const FIELDS: &[(&str, u32, u32, &[&str])] = &[
    ("minutes", 0, 59, &[]),
    ("hours", 0, 23, &[]),
    ("days of the month", 1, 31, &[]),
    (
        "months",
        1,
        12,
        &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    ),
    ("days of the week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const WORDS: &[&str] =
    &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Checks a schedule.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(schedule: &str) -> Result<(), String> {
    let text = schedule;
    if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
        return Err("the time zone stands in timeZone, not in the schedule".to_owned());
    }
    // Spaces around a word are not taken away.
    if text.starts_with('@') {
        if WORDS.contains(&text) {
            return Ok(());
        }
        let Some(every) = text.strip_prefix("@every ") else {
            return Err(format!("{text} is none of {}", WORDS.join(", ")));
        };
        return gostd::time::parse_duration(every.as_bytes()).map(drop).map_err(|e| e.to_string());
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "it has {} fields; {} are expected: minutes, hours, days of the month, months, days of the week",
            fields.len(),
            FIELDS.len()
        ));
    }
    for (field, bounds) in fields.iter().zip(FIELDS) {
        for part in field.split(',').filter(|part| !part.is_empty()) {
            range(part, bounds)?;
        }
    }
    Ok(())
}

fn range(
    text: &str,
    &(name, least, most, names): &(&str, u32, u32, &[&str]),
) -> Result<(), String> {
    let number = |text: &str| {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = names.iter().position(|name| *name == lower) {
            return Ok(least + at as u32);
        }
        text.parse::<u32>().map_err(|_| format!("{text:?} is no number of {name}"))
    };
    let (span, step) = match text.split_once('/') {
        None => (text, None),
        Some((span, step)) => (span, Some(step)),
    };
    let (mut start, mut end) = (least, most);
    // Behind the star of a span nothing is read.
    if !matches!(span.split('-').next(), Some("*" | "?")) {
        match span.split_once('-') {
            None => {
                start = number(span)?;
                end = if step.is_some() { most } else { start };
            }
            Some((from, to)) => (start, end) = (number(from)?, number(to)?),
        }
    }
    if step.is_some_and(|step| step.parse::<u32>().is_ok_and(|n| n == 0)) {
        return Err("a step of 0".to_owned());
    }
    if let Some(step) = step {
        step.parse::<u32>().map_err(|_| format!("{step:?} is no step"))?;
    }
    if start < least || end > most {
        return Err(format!("{span:?} is not within the {name}, {least} to {most}"));
    }
    if start > end {
        return Err(format!("{span:?} begins behind its end"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn schedules() {
        for right in
            ["* * * * *", "*/5 0-6 1,15 jan-mar SUN", "*-5 0 ? * 1/2", "@daily", "@every 1h30m"]
        {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        for wrong in [
            "",
            "* * * *",
            "60 * * * *",
            "* * 0 * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "@never",
            "@every x",
            "@daily ",
            "TZ=UTC * * * * *",
            "a * * * *",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
