#![doc = include_str!("../README.md")]

mod error;

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

pub use error::{Error, Fault};

/// A release of the library, as far as its releases differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// 3.3
    #[default]
    V3_3,
    /// 3.4: one prerelease lets prereleases into all that must hold together; errors begin in lower case.
    V3_4,
    /// 3.5: what errors name is quoted; texts have limits.
    V3_5,
}

/// How long a version may be from 3.5 on, in bytes; how long a range, and how many alternatives it may have.
const MAX_VERSION_LEN: usize = 256;
const MAX_CONSTRAINT_LEN: usize = 512;
const MAX_GROUPS: usize = 32;

impl Release {
    fn error(self, fault: Fault) -> Error {
        Error { fault, release: self }
    }

    /// Reads a version as `semver.NewVersion` does: `v` and missing numbers are allowed.
    ///
    /// # Errors
    /// [`Fault::Version`], or what is wrong with a number or with the prerelease.
    pub fn version(self, text: &str) -> Result<Version, Error> {
        if self >= Release::V3_5 && text.len() > MAX_VERSION_LEN {
            return Err(self.error(Fault::VersionTooLong));
        }
        Version::read(text).map_err(|fault| self.error(fault))
    }

    /// Reads a version as `semver.StrictNewVersion` does: three numbers, no `v`, no leading zeros.
    ///
    /// # Errors
    /// As [`Release::version`].
    pub fn strict_version(self, text: &str) -> Result<Version, Error> {
        let version = self.version(text)?;
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let exact = format!("{}.{}.{}", version.major, version.minor, version.patch);
        match core == exact {
            true => Ok(version),
            false => Err(self.error(Fault::Version { text: text.into() })),
        }
    }

    /// Reads a range as `semver.NewConstraint` does.
    ///
    /// ```
    /// use gosemver::Release;
    /// let (range, next) = (">=1.2-0 <2", Release::V3_3.version("1.9-rc.1").unwrap());
    /// assert!(!Release::V3_3.constraint(range).unwrap().matches(&next));
    /// assert!(Release::V3_4.constraint(range).unwrap().matches(&next));
    /// ```
    ///
    /// # Errors
    /// [`Fault::Constraint`], [`Fault::ConstraintVersion`].
    pub fn constraint(self, text: &str) -> Result<Constraint, Error> {
        if self >= Release::V3_5 && text.len() > MAX_CONSTRAINT_LEN {
            return Err(self.error(Fault::ConstraintTooLong));
        }
        let text = without_hyphen_ranges(text);
        if self >= Release::V3_5 && text.split("||").count() > MAX_GROUPS {
            return Err(self.error(Fault::TooManyAlternatives));
        }
        let all = text.split("||").map(|text| parse_all(text, self));
        let any = all.collect::<Result<_, _>>().map_err(|fault| self.error(fault))?;
        Ok(Constraint { any })
    }

    /// Returns a version with another prerelease.
    ///
    /// # Errors
    /// [`Fault::LeadingZero`], [`Fault::Prerelease`].
    pub fn with_prerelease(self, version: &Version, pre: &str) -> Result<Version, Error> {
        if !pre.is_empty() {
            if self >= Release::V3_4 && pre.split('.').any(str::is_empty) {
                return Err(self.error(Fault::Prerelease { identifier: "".into() }));
            }
            check_prerelease(pre).map_err(|fault| self.error(fault))?;
        }
        Ok(Version { pre: pre.into(), ..version.clone() }.with_original_from(version))
    }

    /// Returns a version with other metadata.
    ///
    /// # Errors
    /// [`Fault::Metadata`].
    pub fn with_metadata(self, version: &Version, metadata: &str) -> Result<Version, Error> {
        let takes = |part: &str| identifier(part) && (self < Release::V3_4 || !part.is_empty());
        if !metadata.is_empty() && !metadata.split('.').all(takes) {
            return Err(self.error(Fault::Metadata { text: metadata.into() }));
        }
        Ok(Version { metadata: metadata.into(), ..version.clone() }.with_original_from(version))
    }
}

/// A semantic version, perhaps written incompletely (`v1.2`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// First number.
    pub major: u64,
    /// Second number, 0 where it was not written.
    pub minor: u64,
    /// Third number, 0 where it was not written.
    pub patch: u64,
    /// What follows `-`, without it.
    pub pre: String,
    /// What follows `+`, without it.
    pub metadata: String,
    /// The text as it was given.
    pub original: String,
}

/// Splits a dotted run of identifiers (`alpha.1`) off the front of `s`: its length, or 0.
fn identifiers_len(s: &[u8]) -> usize {
    let mut end = 0;
    let mut at = 0;
    loop {
        let n = s[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        if n == 0 {
            return end;
        }
        end = at + n;
        if s.get(end) != Some(&b'.') {
            return end;
        }
        at = end + 1;
    }
}

/// The parts of a version's text; the numbers still carry their leading dots.
struct Pieces<'a> {
    segments: [&'a str; 3],
    pre: &'a str,
    metadata: &'a str,
    len: usize,
}

/// Reads the longest version at the front of `s`, numbers made of the bytes `digit` accepts.
fn pieces(s: &str, digit: fn(u8) -> bool) -> Option<Pieces<'_>> {
    let bytes = s.as_bytes();
    let run = |from: usize| bytes[from..].iter().take_while(|b| digit(**b)).count();
    let mut at = usize::from(bytes.first() == Some(&b'v'));
    let mut segments = [""; 3];
    let n = run(at);
    if n == 0 {
        return None;
    }
    segments[0] = &s[at..at + n];
    at += n;
    for segment in &mut segments[1..] {
        if bytes.get(at) != Some(&b'.') {
            break;
        }
        let n = run(at + 1);
        if n == 0 {
            break;
        }
        *segment = &s[at..at + 1 + n];
        at += 1 + n;
    }
    let mut tail = |mark: u8| {
        if bytes.get(at) != Some(&mark) {
            return "";
        }
        match identifiers_len(&bytes[at + 1..]) {
            0 => "",
            n => {
                let from = at + 1;
                at = from + n;
                &s[from..at]
            }
        }
    };
    let pre = tail(b'-');
    let metadata = tail(b'+');
    Some(Pieces { segments, pre, metadata, len: at })
}

fn number(segment: &str) -> Result<u64, Fault> {
    let digits = segment.trim_start_matches('.');
    if digits.is_empty() {
        return Ok(0);
    }
    digits.parse().map_err(|_| Fault::NumberTooLarge { digits: digits.into() })
}

fn check_prerelease(pre: &str) -> Result<(), Fault> {
    for part in pre.split('.') {
        if part.bytes().all(|b| b.is_ascii_digit()) {
            if part.len() > 1 && part.starts_with('0') {
                return Err(Fault::LeadingZero { identifier: part.into() });
            }
        } else if !identifier(part) {
            return Err(Fault::Prerelease { identifier: part.into() });
        }
    }
    Ok(())
}

fn identifier(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl Version {
    /// Reads a version as [`Release::version`] of the oldest release.
    ///
    /// ```
    /// use gosemver::Version;
    /// assert_eq!(Version::parse("v1.2-rc.1").unwrap().to_string(), "1.2.0-rc.1");
    /// assert_eq!(Version::parse("a").unwrap_err().to_string(), "Invalid Semantic Version");
    /// ```
    ///
    /// # Errors
    /// [`Fault::Version`], or what is wrong with a number or with the prerelease.
    pub fn parse(text: &str) -> Result<Version, Error> {
        Release::default().version(text)
    }

    fn read(text: &str) -> Result<Version, Fault> {
        let p = pieces(text, |b| b.is_ascii_digit())
            .filter(|p| p.len == text.len())
            .ok_or_else(|| Fault::Version { text: text.into() })?;
        let version = Version {
            major: number(p.segments[0])?,
            minor: number(p.segments[1])?,
            patch: number(p.segments[2])?,
            pre: p.pre.into(),
            metadata: p.metadata.into(),
            original: text.into(),
        };
        if !p.pre.is_empty() {
            check_prerelease(p.pre)?;
        }
        Ok(version)
    }

    /// Returns the order of precedence: metadata is ignored, a prerelease comes before its release.
    pub fn precedence(&self, other: &Version) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prereleases(&self.pre, &other.pre),
            })
    }

    fn next(&self, major: u64, minor: u64, patch: u64) -> Version {
        Version { major, minor, patch, pre: String::new(), metadata: String::new(), ..self.clone() }
            .with_original_from(self)
    }

    fn with_original_from(mut self, old: &Version) -> Version {
        let v = if old.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{v}{self}");
        self
    }

    /// Returns the next major version.
    pub fn next_major(&self) -> Version {
        self.next(self.major.wrapping_add(1), 0, 0)
    }

    /// Returns the next minor version.
    pub fn next_minor(&self) -> Version {
        self.next(self.major, self.minor.wrapping_add(1), 0)
    }

    /// Returns the next patch version; of a prerelease, its release.
    pub fn next_patch(&self) -> Version {
        let step = u64::from(self.pre.is_empty());
        self.next(self.major, self.minor, self.patch.wrapping_add(step))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn compare_prereleases(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => compare_identifiers(a.unwrap_or(""), b.unwrap_or("")),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Nothing comes before numbers, numbers come before words.
fn compare_identifiers(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match (a.is_empty(), b.is_empty()) {
        (true, _) => return Ordering::Less,
        (_, true) => return Ordering::Greater,
        _ => {}
    }
    let read = |s: &str| s.bytes().all(|c| c.is_ascii_digit()).then(|| s.parse::<u64>().ok())?;
    match (read(a), read(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// How the version under test must relate to a constraint's version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// A version range, such as `>=1.2 <2 || ^3.1`.
#[derive(Clone, Debug)]
pub struct Constraint {
    any: Vec<All>,
}

/// Constraints that must all hold.
#[derive(Clone, Debug)]
struct All {
    singles: Vec<Single>,
    prereleases: Prereleases,
}

/// Which prereleases may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prereleases {
    /// Those that stand beside a constraint on a prerelease, each constraint by itself.
    EachItself,
    All,
    None,
}

/// Where the first wildcard (or missing number) of a constraint stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wild {
    None,
    Major,
    Minor,
    Patch,
}

#[derive(Clone, Debug)]
struct Single {
    op: Op,
    version: Version,
    wild: Wild,
}

fn space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

fn skip_space(s: &str) -> &str {
    s.trim_start_matches(|c: char| c.is_ascii() && space(c as u8))
}

/// Returns what may stand for a number in a range: the library's character class holds `|` too.
fn range_digit(b: u8) -> bool {
    b.is_ascii_digit() || matches!(b, b'|' | b'x' | b'X' | b'*')
}

fn is_wild(segment: &str) -> bool {
    matches!(segment.trim_start_matches('.'), "" | "x" | "X" | "*")
}

const OPERATORS: [(&str, Op); 11] = [
    ("!=", Op::NotEqual),
    (">=", Op::GreaterEqual),
    ("=>", Op::GreaterEqual),
    ("<=", Op::LessEqual),
    ("=<", Op::LessEqual),
    ("~>", Op::Tilde),
    ("=", Op::Equal),
    (">", Op::Greater),
    ("<", Op::Less),
    ("~", Op::Tilde),
    ("^", Op::Caret),
];

impl Constraint {
    /// Reads a range as [`Release::constraint`] of the oldest release.
    ///
    /// ```
    /// use gosemver::{Constraint, Version};
    /// let range = Constraint::parse("^1.2 || 3.x").unwrap();
    /// assert!(range.matches(&Version::parse("1.9.0").unwrap()));
    /// assert!(!range.matches(&Version::parse("2.0.0").unwrap()));
    /// ```
    ///
    /// # Errors
    /// [`Fault::Constraint`], [`Fault::ConstraintVersion`].
    pub fn parse(text: &str) -> Result<Constraint, Error> {
        Release::default().constraint(text)
    }

    /// Returns whether the version is in the range. A prerelease never is, unless the constraint it
    /// is compared to names a prerelease too; from 3.4 on, one that must hold together with it.
    pub fn matches(&self, version: &Version) -> bool {
        self.any.iter().any(|all| match all.prereleases {
            Prereleases::EachItself => all
                .singles
                .iter()
                .all(|one| one.admits_prereleases(version) && one.matches(version)),
            Prereleases::None if !version.pre.is_empty() => false,
            _ => all.singles.iter().all(|one| one.matches(version)),
        })
    }
}

/// Rewrites `1 - 2` to `>= 1, <= 2 `.
fn without_hyphen_ranges(text: &str) -> String {
    const VERSION: &str = r"v?([0-9|xX*]+)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";
    static RANGE: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
        const S: &str = r"[\t\n\f\r ]";
        regex::Regex::new(&format!("{S}*({VERSION}){S}+-{S}+({VERSION}){S}*")).ok()
    });
    let mut out = text.to_owned();
    // The dash of a range stands between spaces, the one before a prerelease never does: most
    // constraints need no regular expression, whose making takes longer than a small render.
    let has_dash = |w: &[u8]| matches!(w, [a, b'-', b] if space(*a) && space(*b));
    if !text.as_bytes().windows(3).any(has_dash) {
        return out;
    }
    let Some(range) = RANGE.as_ref() else { return out };
    for m in range.captures_iter(text) {
        let part = |i| m.get(i).map_or("", |g| g.as_str());
        out = out.replacen(part(0), &format!(">= {}, <= {} ", part(1), part(11)), 1);
    }
    out
}

/// Reads constraints that must all hold, separated by spaces or commas.
fn parse_all(text: &str, release: Release) -> Result<All, Fault> {
    let improper = || Fault::Constraint { text: text.into() };
    let mut found = Vec::new();
    let mut rest = skip_space(text);
    loop {
        let (name, op) = OPERATORS
            .into_iter()
            .find(|(name, _)| rest.starts_with(name))
            .unwrap_or(("", Op::Equal));
        rest = skip_space(&rest[name.len()..]);
        let p = pieces(rest, range_digit).ok_or_else(improper)?;
        found.push((op, rest));
        let after = skip_space(&rest[p.len..]);
        if after.is_empty() {
            break;
        }
        rest = match after.strip_prefix(',') {
            Some(next) => skip_space(next),
            None if after.len() < rest.len() - p.len => after,
            None => return Err(improper()),
        };
    }
    // The library checks the grammar of the whole before it looks at any of the versions.
    let singles = found
        .into_iter()
        .map(|(op, rest)| Single::new(op, rest, release))
        .collect::<Result<Vec<_>, _>>()?;
    let prereleases = if release < Release::V3_4 {
        Prereleases::EachItself
    } else if singles.iter().any(|one| !one.version.pre.is_empty()) {
        Prereleases::All
    } else {
        Prereleases::None
    };
    Ok(All { singles, prereleases })
}

impl Single {
    fn new(op: Op, text: &str, release: Release) -> Result<Single, Fault> {
        let broken = || Fault::ConstraintVersion { text: text.into() };
        let p = pieces(text, range_digit).ok_or_else(broken)?;
        let [major, minor, patch] = p.segments;
        let (wild, mut version) = if is_wild(major) {
            (Wild::Major, "0.0.0".to_owned())
        } else if is_wild(minor) {
            (Wild::Minor, format!("{major}.0.0"))
        } else if is_wild(patch) {
            (Wild::Patch, format!("{major}{minor}.0"))
        } else {
            (Wild::None, format!("{major}{minor}{patch}"))
        };
        if !p.pre.is_empty() {
            version.push('-');
            version.push_str(p.pre);
        }
        let version = release.version(&version).map_err(|_| broken())?;
        Ok(Single { op, version, wild })
    }

    /// Returns whether the constraint by itself lets the version pass as far as prereleases go: `!=` with a full
    /// version is the only one that lets every prerelease pass.
    fn admits_prereleases(&self, v: &Version) -> bool {
        let exempt = self.op == Op::NotEqual && self.wild == Wild::None;
        exempt || v.pre.is_empty() || !self.version.pre.is_empty()
    }

    fn matches(&self, v: &Version) -> bool {
        let c = &self.version;
        let order = v.precedence(c);
        match self.op {
            Op::Equal if self.wild == Wild::None => order.is_eq(),
            Op::Equal | Op::Tilde => self.tilde(v, order),
            Op::NotEqual => self.differs(v, order),
            Op::Greater => match self.wild {
                Wild::None => order.is_gt(),
                _ if v.major != c.major => v.major > c.major,
                Wild::Minor => false,
                Wild::Patch => v.minor > c.minor,
                Wild::Major => order.is_gt(),
            },
            Op::Less => order.is_lt(),
            Op::GreaterEqual => order.is_ge(),
            Op::LessEqual => match self.wild {
                Wild::None => order.is_le(),
                _ if v.major != c.major => v.major < c.major,
                wild => wild == Wild::Minor || v.minor <= c.minor,
            },
            Op::Caret => self.caret(v, order),
        }
    }

    fn tilde(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        if order.is_lt() {
            return false;
        }
        let zero = (c.major, c.minor, c.patch) == (0, 0, 0);
        if zero && !matches!(self.wild, Wild::Minor | Wild::Patch) {
            return true;
        }
        v.major == c.major && (v.minor == c.minor || self.wild == Wild::Minor)
    }

    fn differs(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        match self.wild {
            Wild::None => order.is_ne(),
            _ if v.major != c.major => true,
            Wild::Minor => false,
            _ if v.minor != c.minor => true,
            Wild::Patch => compare_prereleases(&v.pre, &c.pre).is_ne(),
            Wild::Major => v.patch != c.patch || order.is_ne(),
        }
    }

    fn caret(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        if order.is_lt() || v.major != c.major {
            return false;
        }
        if c.major > 0 || self.wild == Wild::Minor {
            return true;
        }
        if c.minor > 0 || self.wild == Wild::Patch {
            return v.minor == c.minor;
        }
        v.minor == 0 && v.patch == c.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_printed() {
        for (text, want) in [
            ("1.2.3", "1.2.3"),
            ("v1", "1.0.0"),
            ("1.2-beta.2+b-1", "1.2.0-beta.2+b-1"),
            ("1.2.3+x", "1.2.3+x"),
            ("01.2.3", "1.2.3"),
            ("1.2.3-00a", "1.2.3-00a"),
            ("V1.2", "!Invalid Semantic Version"),
            ("", "!Invalid Semantic Version"),
            ("1.2.3.4", "!Invalid Semantic Version"),
            ("1.", "!Invalid Semantic Version"),
            ("1.2.3-", "!Invalid Semantic Version"),
            (" 1.2.3", "!Invalid Semantic Version"),
            ("1.2.3-01", "!Version segment starts with 0"),
            (
                "99999999999999999999.1",
                "!Error parsing version segment: strconv.ParseUint: parsing \"99999999999999999999\": value out of range",
            ),
        ] {
            let got = Version::parse(text).map_or_else(|e| format!("!{e}"), |v| v.to_string());
            assert_eq!(got, want, "{text}");
        }
    }

    /// The tables were printed by the library: `v` a version and what it prints as, `c` a range and which of these
    /// versions are in it. `tests/tables.py` prints them anew.
    #[test]
    fn ranges_match_as_in_each_release() {
        for (release, table) in [
            (Release::V3_3, include_str!("v3_3.tsv")),
            (Release::V3_4, include_str!("v3_4.tsv")),
            (Release::V3_5, include_str!("v3_5.tsv")),
        ] {
            let mut versions = Vec::new();
            for row in table.lines() {
                let cells: Vec<&str> = row.split('\t').collect();
                let text = |cell: usize| {
                    let text = gostd::strconv::unquote(cells[cell].as_bytes()).unwrap();
                    String::from_utf8(text).unwrap()
                };
                let got = match cells[0] {
                    "v" => release.version(&text(1)).map(|version| {
                        let shown = version.to_string();
                        versions.push(version);
                        shown
                    }),
                    _ => release.constraint(&text(1)).map(|range| {
                        let in_range = |v| if range.matches(v) { 'y' } else { '-' };
                        versions.iter().map(in_range).collect()
                    }),
                };
                let got = got.unwrap_or_else(|error| format!("error: {error}"));
                assert_eq!(got, text(2), "{release:?} {row}");
            }
        }
    }

    #[test]
    fn hyphen_ranges_become_two_bounds() {
        for (text, want) in [
            ("1.2 - 3", ">= 1.2, <= 3 "),
            ("  1.2\t-\n3 || 4.x - v5-a.b+c,6", ">= 1.2, <= 3 ||>= 4.x, <= v5-a.b+c ,6"),
            (">=1.2.3.4 - 5", ">=1.>= 2.3.4, <= 5 "),
            ("1 - 2 - 3", ">= 1, <= 2 - 3"),
            ("1.2-0", "1.2-0"),
            ("1.2 -0", "1.2 -0"),
            ("1.2- 0", "1.2- 0"),
            ("1 - a", "1 - a"),
            (" - ", " - "),
        ] {
            assert_eq!(without_hyphen_ranges(text), want, "{text}");
        }
    }

    #[test]
    fn prereleases_order_numbers_before_words() {
        let sorted = [
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-11",
            "1.0.0--1",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0",
            "1.0.1-0",
            "1.0.1",
        ];
        for pair in sorted.windows(2) {
            let [a, b] = [pair[0], pair[1]].map(|s| Version::parse(s).unwrap());
            assert_eq!(a.precedence(&b), Ordering::Less, "{pair:?}");
        }
    }
}
