//! Checks addresses in Chart.yaml: e-mail and URLs, by the rules of the validator that Helm asks.

use std::net::Ipv6Addr;

use regex::Regex;

use sprig::Url;

/// Returns whether a text is a URL that could stand in a request: any that names its scheme.
pub(super) fn is_request_url(text: &[u8]) -> bool {
    !text.is_empty() && Url::without_fragment(text).is_ok_and(|url| !url.scheme.is_empty())
}

/// Returns whether a text looks like an address on the web, its scheme perhaps left out.
pub(super) fn is_url(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    if text.len() <= 3 || text.chars().count() >= 2083 || text.starts_with('.') {
        return false;
    }
    let parsed = if text.contains(':') && !text.contains("://") {
        Url::parse(format!("http://{text}").as_bytes())
    } else {
        Url::parse(text.as_bytes())
    };
    let Ok(url) = parsed else { return false };
    if url.host.starts_with(b".") {
        return false;
    }
    if url.host.is_empty() && !url.path.is_empty() && !url.path.contains(&b'.') {
        return false;
    }
    let Ok(shape) = Regex::new(&shape()) else { return false };
    let Some(found) = shape.captures(text) else { return false };
    found.name("v6").is_none_or(|v6| {
        let address = v6.as_str().split('%').next().unwrap_or_default();
        address.parse::<Ipv6Addr>().is_ok()
    })
}

/// Returns the shape of a web address, of its host in particular.
fn shape() -> String {
    const WORD: &str = "[a-zA-Z0-9]";
    const WIDE: &str = "[a-zA-Z0-9\\x{a1}-\\x{ffff}]";
    const SPACELESS: &str = "[^\\t\\n\\x0c\\r ]";
    const BYTE: &str = "(?:[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])";
    const FIRST_BYTE: &str = "(?:[1-9][0-9]?|1[0-9]{2}|2[01][0-9]|22[0-3]|24[0-9]|25[0-5])";
    let v4 = format!("{FIRST_BYTE}(?:\\.{BYTE}){{3}}");
    let plain = format!("{WORD}[a-zA-Z0-9_-]*{WORD}(?:[-.]{WORD}+)*");
    let subdomain = format!("www\\.|{WORD}+(?:[-_.]?{WORD})*{WORD}\\.{WORD}+");
    let top = "(?:\\.[a-zA-Z\\x{a1}-\\x{ffff}]+)?";
    let name = format!("(?:{plain}|{subdomain})?(?:{WIDE}+-?-?)*{WIDE}+{top}");
    let host = format!("(?:{v4}|\\[(?P<v6>[0-9a-zA-Z:.%]+)\\]|{name})");
    format!(
        "^(?:(?:ftp|tcp|udp|wss?|https?)://)?(?:{SPACELESS}+@)?{host}\\.?(?::[0-9]{{1,5}})?(?:[/?#]{SPACELESS}*)?$"
    )
}

/// Returns whether a text is an e-mail address.
pub(super) fn is_email(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    // A domain has no @, so that the last one parts it from the name.
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_local = if local.contains('"') { is_quoted(local) } else { is_dotted(local) };
    is_local && is_domain(domain)
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{ffef}')
}

fn is_dotted(local: &str) -> bool {
    let fits =
        |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_wide(c);
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(fits))
}

/// Returns a name in quotes. The validator's own reading: every character has a quote before it, and
/// the name ends in one.
fn is_quoted(local: &str) -> bool {
    const SPACE: &str = "(?:(?:[ \\t]*\\r\\n)?[ \\t]+)?";
    const WIDE: &str = "\\x{a0}-\\x{d7ff}\\x{f900}-\\x{fdcf}\\x{fdf0}-\\x{ffef}";
    let plain = format!("[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x21\\x23-\\x5b\\x5d-\\x7f{WIDE}]");
    let any = format!("\\([\\x01-\\x09\\x0b-\\x7f{WIDE}]");
    Regex::new(&format!("^(?:\"{SPACE}(?:{plain}|{any}))*{SPACE}\"$"))
        .is_ok_and(|quoted| quoted.is_match(local))
}

fn is_domain(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let Some((inner, top)) = domain.rsplit_once('.') else { return false };
    let letter = |c: char| c.is_ascii_alphabetic() || is_wide(c);
    let word = |c: char| letter(c) || c.is_ascii_digit();
    let ends = |text: &str, fits: &dyn Fn(char) -> bool| {
        text.chars().next().is_some_and(fits) && text.chars().next_back().is_some_and(fits)
    };
    ends(inner, &word)
        && inner.chars().all(|c| word(c) || "-._~".contains(c))
        && ends(top, &letter)
        && top.chars().all(|c| word(c) || "-_~".contains(c))
}
