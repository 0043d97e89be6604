//! Finds the name that may have been meant by one that does not exist.

/// Returns the name that is nearest to what was typed, if one is near.
pub fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let far = |name: &str| distance(typed.as_bytes(), name.as_bytes());
    let begins = |name: &str| !typed.is_empty() && name.starts_with(typed);
    // Where as much is wrong as was typed, nothing is near.
    let near = names.filter(|name| begins(name) || is_near(typed, name) && far(name) < typed.len());
    near.min_by_key(|name| far(name))
}

/// Tells by cobra's rule whether a name is near: two edits at most, or a prefix.
pub fn is_near(typed: &str, name: &str) -> bool {
    let (typed, name) = (typed.to_lowercase(), name.to_lowercase());
    name.starts_with(&typed) || distance(typed.as_bytes(), name.as_bytes()) <= 2
}

/// Returns Levenshtein's distance.
pub fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Returns the name nearest to one that does not exist: as [`nearest`], or the same but for case, dashes and
/// underscores.
pub(crate) fn nearest_of(typed: &str, names: &[String]) -> Option<String> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let same = names.iter().find(|name| plain(name) == plain(typed) && *name != typed);
    let near = || nearest(typed, names.iter().map(String::as_str)).map(str::to_owned);
    same.cloned().or_else(near).filter(|name| name != typed)
}
