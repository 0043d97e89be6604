//! Tells whether texts differ a little: by how many characters come and go.

/// Up to so many characters always are a minor change.
const ALWAYS: usize = 4;

/// How many steps are made; where more are needed, the texts count as different. dyff would take minutes.
const MAX_STEPS: usize = 100_000_000;

/// Tells whether the characters that come and go are few: four, or less than a part of the shorter text's bytes.
pub(crate) fn is_minor(from: &str, to: &str, threshold: f64) -> bool {
    let shorter = from.len().min(to.len()) as f64;
    let is_minor = |distance: usize| distance <= ALWAYS || distance as f64 / shorter < threshold;
    let most = (shorter * threshold).max(ALWAYS as f64) as usize + 1;
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    distance(&from, &to, most.min(from.len() + to.len())).is_some_and(is_minor)
}

/// Returns how many items come and go between two lists, if they are no more than `most`.
fn distance(mut from: &[char], mut to: &[char], most: usize) -> Option<usize> {
    let same = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    (from, to) = (&from[same..], &to[same..]);
    let same = from.iter().rev().zip(to.iter().rev()).take_while(|(a, b)| a == b).count();
    (from, to) = (&from[..from.len() - same], &to[..to.len() - same]);
    if from.len().abs_diff(to.len()) > most {
        return None;
    }
    // How far each diagonal was followed: Myers' algorithm. Diagonals are counted from the last.
    let middle = most + 1;
    let mut reached = vec![0usize; 2 * middle + 1];
    let mut steps = 0;
    for distance in 0..=most {
        let mut k = middle - distance;
        while k <= middle + distance {
            let is_down =
                k == middle - distance || k != middle + distance && reached[k - 1] < reached[k + 1];
            let mut x = if distance == 0 {
                0
            } else if is_down {
                reached[k + 1]
            } else {
                reached[k - 1] + 1
            };
            let mut y = x + middle - k;
            while x < from.len() && y < to.len() && from[x] == to[y] {
                (x, y) = (x + 1, y + 1);
                steps += 1;
            }
            reached[k] = x;
            if x >= from.len() && y >= to.len() {
                return Some(distance);
            }
            k += 2;
        }
        steps += distance + 1;
        if steps > MAX_STEPS {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distance by the table of all prefixes.
    fn plain(a: &[char], b: &[char]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let kept = if x == y { diagonal } else { diagonal + 2 };
                diagonal = row[j + 1];
                row[j + 1] = kept.min(row[j] + 1).min(row[j + 1] + 1);
            }
        }
        row[b.len()]
    }

    #[test]
    fn distances_are_those_of_the_table() {
        let mut state = 7u64;
        let mut next = |n: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % n
        };
        for _ in 0..2000 {
            let (len, other) = (next(14), next(14));
            let mut letters = |len| (0..len).map(|_| char::from(b'a' + next(3) as u8)).collect();
            let (a, b): (Vec<char>, Vec<char>) = (letters(len), letters(other));
            assert_eq!(distance(&a, &b, a.len() + b.len()), Some(plain(&a, &b)), "{a:?} {b:?}");
        }
    }
}
