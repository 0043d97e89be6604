//! Reads the keys of objects.

/// An object's key, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key<'k> {
    /// The namespace.
    pub namespace: &'k str,
    /// The name.
    pub name: &'k str,
    /// The kind.
    pub kind: &'k str,
    /// The API group, or the version where there is none.
    pub group: &'k str,
}

impl Key<'_> {
    /// Reads `namespace, name, Kind (group)` where it stands in a text; nothing where the characters are not those of
    /// Kubernetes.
    ///
    /// ```
    /// use statefulchart::helm_diff::Key;
    /// assert_eq!(Key::parse("shop, web, Deployment (apps)").unwrap().group, "apps");
    /// assert!(Key::parse(", web, Deployment (apps)").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Key<'_>> {
        text.char_indices().find_map(|(at, _)| Key::at(&text[at..]))
    }

    fn at(text: &str) -> Option<Key<'_>> {
        let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let (namespace, text) = taken(text, is_label)?;
        let (name, text) = taken(text.strip_prefix(", ")?, |c| is_label(c) || c == '.')?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (kind, text) = taken(text.strip_prefix(", ")?, is_word)?;
        let (group, text) = taken(text.strip_prefix(" (")?, |c| c != ')')?;
        text.starts_with(')').then_some(Key { namespace, name, kind, group })
    }
}

/// Splits off the characters that fit, of which there must be one.
fn taken(text: &str, fits: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}
