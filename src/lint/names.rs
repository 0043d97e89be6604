//! Checks Kubernetes' rules for the names of objects, by kind.

use super::Check;
use gostd::strconv;

/// Returns what is wrong with an object's name, in the words of the API machinery; empty if nothing
/// is.
pub(super) fn faults(kind: &[u8], name: &[u8]) -> Vec<String> {
    match &kind.to_ascii_lowercase()[..] {
        b"service" => label(name, true),
        b"namespace" => label(name, false),
        b"certificatesigningrequest" => Vec::new(),
        b"role" | b"clusterrole" | b"rolebinding" | b"clusterrolebinding" => path_segment(name),
        _ => subdomain(name),
    }
}

/// Returns the finding for an object's name, if it has a fault.
pub(super) fn check(kind: &[u8], name: &[u8]) -> Check {
    let faults = faults(kind, name);
    let quoted = strconv::quote(name);
    let quoted = String::from_utf8_lossy(&quoted);
    let mut texts: Vec<String> =
        faults.iter().map(|f| format!("metadata.name: Invalid value: {quoted}: {f}")).collect();
    texts.dedup();
    let list = match &texts[..] {
        [] => return Ok(()),
        [one] => one.clone(),
        more => format!("[{}]", more.join(", ")),
    };
    Err(format!("object name does not conform to Kubernetes naming requirements: {quoted}: {list}")
        .into())
}

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/// Returns a DNS label: of RFC 1035, which begins with a letter, or of RFC 1123.
fn label(name: &[u8], letter_first: bool) -> Vec<String> {
    let mut faults = too_long(name, 63);
    if letter_first {
        if !is_label(name) || name.first().is_some_and(u8::is_ascii_digit) {
            faults.push("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')".to_owned());
        }
    } else if !is_label(name) {
        faults.push(if is_subdomain(name) {
            "must not contain dots".to_owned()
        } else {
            format!(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \
                 '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or \
                 '123-abc', regex used for validation is '{LABEL}')"
            )
        });
    }
    faults
}

fn subdomain(name: &[u8]) -> Vec<String> {
    let mut faults = too_long(name, 253);
    if !is_subdomain(name) {
        faults.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' \
             or '.', and must start and end with an alphanumeric character (e.g. 'example.com', \
             regex used for validation is '{LABEL}(\\.{LABEL})*')"
        ));
    }
    faults
}

fn path_segment(name: &[u8]) -> Vec<String> {
    if let b"." | b".." = name {
        return vec![format!("may not be '{}'", String::from_utf8_lossy(name))];
    }
    let illegal = ['/', '%'].into_iter().filter(|c| name.contains(&(*c as u8)));
    illegal.map(|c| format!("may not contain '{c}'")).collect()
}

fn too_long(name: &[u8], most: usize) -> Vec<String> {
    if name.len() > most {
        vec![format!("must be no more than {most} characters")]
    } else {
        Vec::new()
    }
}

fn is_label(text: &[u8]) -> bool {
    let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
    text.iter().all(inner)
        && text.first().is_some_and(|b| *b != b'-')
        && text.last().is_some_and(|b| *b != b'-')
}

fn is_subdomain(text: &[u8]) -> bool {
    text.split(|b| *b == b'.').all(is_label)
}
