//! Types unquoted values by their looks.

use gostd::value::Value;

/// Returns the null, bool, int64 or string that an unquoted value stands for.
pub(super) fn typed(text: String) -> Value {
    // Unicode folds ſ and s, so Go takes `falſe` for false.
    let is = |word: &str| {
        text.chars().count() == word.len()
            && text
                .chars()
                .zip(word.chars())
                .all(|(c, w)| c.eq_ignore_ascii_case(&w) || (c == 'ſ' && w == 's'))
    };
    if is("true") {
        return Value::Bool(true);
    }
    if is("false") {
        return Value::Bool(false);
    }
    if is("null") {
        return Value::Nil;
    }
    if text == "0" {
        return Value::int64(0);
    }
    // Rust reads what Go's ParseInt reads in base 10: a sign, digits, nothing else.
    if !text.starts_with('0')
        && let Ok(n) = text.parse::<i64>()
    {
        return Value::int64(n);
    }
    Value::from(text)
}
