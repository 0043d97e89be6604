//! Finds the name that may have been meant by one that does not exist.

/// How many bytes a name may have for that it is asked what it is near to: Kubernetes has no longer ones.
const LONGEST: usize = 253;

/// How many edits a name may be away from another that it is near to, by cobra's rule.
const MOST_EDITS: usize = 2;

/// Returns the name that is nearest to what was typed, if one is near; nothing of what is longer than names are.
pub fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if typed.is_empty() || typed.len() > LONGEST {
        return None;
    }
    let lower = typed.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for name in names.filter(|name| name.len() <= LONGEST) {
        // Of names that are as near the first one counts.
        let Some(most) = best.map_or(Some(LONGEST), |(far, _)| far.checked_sub(1)) else { break };
        let far = match name.starts_with(typed) {
            true => Some(name.len() - typed.len()).filter(|far| *far <= most),
            false if is_near_lower(&lower, name) => {
                // Where as much is wrong as was typed, nothing is near.
                within(typed.as_bytes(), name.as_bytes(), most.min(typed.len() - 1))
            }
            false => None,
        };
        best = far.map(|far| (far, name)).or(best);
    }
    best.map(|(_, name)| name)
}

/// Tells by cobra's rule whether a name is near: two edits at most, or a prefix.
pub fn is_near(typed: &str, name: &str) -> bool {
    typed.len() <= LONGEST && name.len() <= LONGEST && is_near_lower(&typed.to_lowercase(), name)
}

/// Tells the same of what was typed, in lower case.
fn is_near_lower(typed: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with(typed) || within(typed.as_bytes(), name.as_bytes(), MOST_EDITS).is_some()
}

/// Returns Levenshtein's distance, if it is so small; takes time by the longer text and `most`.
pub fn within(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    // Beside the diagonal by more than `most` everything is too far.
    let over = most.saturating_add(1);
    let mut row: Vec<usize> = (0..=b.len()).map(|at| at.min(over)).collect();
    for (i, x) in a.iter().enumerate() {
        let (first, end) = (i.saturating_sub(most), i.saturating_add(over).min(b.len()));
        let mut diagonal = row[first];
        row[first] = if first == 0 { (i + 1).min(over) } else { over };
        let mut least = row[first];
        for (j, y) in b.iter().enumerate().take(end).skip(first) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1).min(over);
            least = least.min(row[j + 1]);
        }
        if least > most {
            return None;
        }
    }
    row.last().copied().filter(|far| *far <= most)
}

/// Returns the name nearest to one that does not exist: as [`nearest`], or the same but for case, dashes and
/// underscores.
pub(crate) fn nearest_of(typed: &str, names: &[String]) -> Option<String> {
    if typed.len() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let own = plain(typed);
    let is_same = |name: &&String| name.len() <= LONGEST && plain(name) == own && *name != typed;
    let same = names.iter().find(is_same);
    let near = || nearest(typed, names.iter().map(String::as_str)).map(str::to_owned);
    same.cloned().or_else(near).filter(|name| name != typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levenshtein's distance by its definition.
    fn distance(a: &[u8], b: &[u8]) -> usize {
        let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) else { return a.len().max(b.len()) };
        match x == y {
            true => distance(a_rest, b_rest),
            false => 1 + distance(a_rest, b_rest).min(distance(a, b_rest)).min(distance(a_rest, b)),
        }
    }

    #[test]
    fn distances_are_found_up_to_a_bound() {
        let texts = ["", "a", "b", "ab", "ba", "abc", "acb", "image", "imgae", "images", "iamges"];
        for a in texts {
            for b in texts {
                let (a, b) = (a.as_bytes(), b.as_bytes());
                let far = distance(a, b);
                for most in 0..8 {
                    let found = within(a, b, most);
                    assert_eq!(found, Some(far).filter(|far| *far <= most), "{a:?} {b:?} {most}");
                }
            }
        }
        let long = vec![b'a'; 100_000];
        assert_eq!(within(&long, &long[1..], 2), Some(1));
        assert_eq!(within(&long, b"", 2), None);
    }

    #[test]
    fn the_nearest_name_is_the_first_of_those_with_the_fewest_edits() {
        let rows: [(&str, &[&str], Option<&str>); 9] = [
            ("imgae", &["image", "images"], Some("image")),
            ("imag", &["imagePullPolicy", "image", "images"], Some("image")),
            ("Image", &["image"], Some("image")),
            ("ab", &["cd"], None),
            ("", &["a"], None),
            ("x", &["y", "xy"], Some("xy")),
            ("IMAGE", &["image"], None),
            ("nmae", &["mane", "name"], Some("mane")),
            ("env", &["env"], Some("env")),
        ];
        for (typed, names, wanted) in rows {
            assert_eq!(nearest(typed, names.iter().copied()), wanted, "{typed}");
        }
        let (long, longer) = ("a".repeat(LONGEST), "a".repeat(LONGEST + 1));
        assert_eq!(nearest(&long, [&*longer].into_iter()), None);
        assert_eq!(nearest(&longer, [&*long].into_iter()), None);
        assert!(!is_near(&longer, &longer));
    }
}
