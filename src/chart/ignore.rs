//! Reads `.helmignore`: which files of a chart's directory are left out.

use super::IgnoreError;
use gostd::{path, unicode};

/// The rules of a `.helmignore`, with Helm's own at the end.
///
/// They look like `.gitignore`'s but are not: the first rule that applies decides, a `!`-rule
/// ignores what it does *not* match, and `**` is refused.
///
/// ```
/// use statefulchart::chart::IgnoreRules;
/// let rules = IgnoreRules::parse(b"*.swp\n/docs\nimg/\n").unwrap();
/// assert!(rules.ignores(b"templates/a.swp", false));
/// assert!(rules.ignores(b"docs", true));
/// assert!(!rules.ignores(b"img", false));
/// ```
#[derive(Clone, Debug, Default)]
pub struct IgnoreRules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: Vec<u8>,
    /// How many bytes come before the first special character: a name has to begin with them.
    prefix: usize,
    /// How many bytes come after the last special character, 0 where that is not plain to see: a
    /// name has to end with them.
    suffix: usize,
    negated: bool,
    directories_only: bool,
    /// Whether the whole path has to match, not only its last part.
    whole_path: bool,
}

impl Rule {
    /// Returns whether the pattern matches. For most rules the pattern's ends rule it out.
    fn fits(&self, name: &[u8]) -> bool {
        let pattern = &self.pattern[..];
        if self.prefix == pattern.len() {
            return pattern == name;
        }
        name.starts_with(&pattern[..self.prefix])
            && name.ends_with(&pattern[pattern.len() - self.suffix..])
            && path::matches(pattern, name).unwrap_or(false)
    }
}

/// Helm's own rule: no dot-files among the templates.
const DEFAULT_RULE: &[u8] = b"templates/.?*";
/// The longest line Go's scanner takes, in bytes.
const MAX_LINE: usize = 64 * 1024;

impl IgnoreRules {
    /// Returns the rules of a chart without a `.helmignore`.
    pub fn empty() -> IgnoreRules {
        let mut rules = IgnoreRules::default();
        // A failure is impossible: the rule is valid.
        let _ = rules.add(DEFAULT_RULE);
        rules
    }

    /// Reads a `.helmignore`.
    ///
    /// # Errors
    /// The first line that Helm refuses.
    pub fn parse(text: &[u8]) -> Result<IgnoreRules, IgnoreError> {
        let mut rules = IgnoreRules::default();
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for line in text.split(|b| *b == b'\n') {
            if line.len() >= MAX_LINE {
                return Err(IgnoreError::LineTooLong);
            }
            rules.add(line)?;
        }
        rules.add(DEFAULT_RULE)?;
        Ok(rules)
    }

    fn add(&mut self, rule: &[u8]) -> Result<(), IgnoreError> {
        let rule = unicode::trim_space(rule);
        if rule.is_empty() || rule.starts_with(b"#") {
            return Ok(());
        }
        if rule.windows(2).any(|w| w == b"**") {
            return Err(IgnoreError::DoubleStar);
        }
        path::matches(rule, b"abc").map_err(IgnoreError::Pattern)?;
        let (negated, rule) = match rule.strip_prefix(b"!") {
            Some(rest) => (true, rest),
            None => (false, rule),
        };
        let (directories_only, rule) = match rule.strip_suffix(b"/") {
            Some(rest) => (true, rest),
            None => (false, rule),
        };
        let whole_path = rule.contains(&b'/');
        // Of a rule with several slashes in front Helm drops one each time it tries the rule, so
        // that all but its first trials are without.
        let slashes = rule.iter().take_while(|b| **b == b'/').count();
        let pattern = rule[slashes..].to_vec();
        let is_special = |b: &u8| matches!(b, b'*' | b'?' | b'[' | b'\\');
        let prefix = pattern.iter().position(is_special).unwrap_or(pattern.len());
        let suffix = match pattern.iter().any(|b| matches!(b, b'[' | b'\\')) {
            true => 0,
            false => pattern.iter().rev().position(is_special).unwrap_or(0),
        };
        self.rules.push(Rule { pattern, prefix, suffix, negated, directories_only, whole_path });
        Ok(())
    }

    /// Tells whether a file is left out, by its path within the chart: it itself or a folder that it lies in.
    pub fn ignores_file(&self, path: &[u8]) -> bool {
        let mut folders = path.iter().enumerate().filter(|(_, b)| **b == b'/');
        folders.any(|(end, _)| self.ignores(&path[..end], true)) || self.ignores(path, false)
    }

    /// Returns whether the file or directory at this slash-separated path is ignored.
    pub fn ignores(&self, path: &[u8], is_directory: bool) -> bool {
        if matches!(path, b"" | b"." | b"./") {
            return false;
        }
        let base = path.rsplit(|b| *b == b'/').next().unwrap_or(path);
        for rule in &self.rules {
            let fits = |rule: &Rule| rule.fits(if rule.whole_path { path } else { base });
            let wrong_kind = rule.directories_only && !is_directory;
            if rule.negated {
                if wrong_kind || !fits(rule) {
                    return true;
                }
            } else if !wrong_kind && fits(rule) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_fit_what_their_patterns_match() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        };
        let mut matched = 0;
        for _ in 0..50_000 {
            let pattern: Vec<u8> = (0..random(6)).map(|_| b"ab.*?[]^-\\/"[random(11)]).collect();
            let name: Vec<u8> = (0..random(6)).map(|_| b"ab./-"[random(5)]).collect();
            let mut rules = IgnoreRules::default();
            if rules.add(&pattern).is_err() {
                continue;
            }
            let Some(rule) = rules.rules.first() else { continue };
            let want = path::matches(&rule.pattern, &name).unwrap_or(false);
            matched += usize::from(want);
            let shown = [&pattern[..], b" ", &name].concat();
            assert_eq!(rule.fits(&name), want, "{}", String::from_utf8_lossy(&shown));
        }
        assert!(matched > 500, "{matched}");
    }
}
