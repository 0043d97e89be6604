//! Checks Kubernetes' rules for names, in the words of its API machinery (`k8s.io/apimachinery`,
//! `pkg/util/validation`). A name without a fault gives an empty list.

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/// Returns what is wrong with a name that has to be a DNS label: of RFC 1035, which begins with a letter, or of RFC 1123.
pub fn label(name: &[u8], letter_first: bool) -> Vec<String> {
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

/// Returns what is wrong with a name that has to be a DNS subdomain of RFC 1123.
pub fn subdomain(name: &[u8]) -> Vec<String> {
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

/// Returns what is wrong with a name that has to be a segment of a path.
pub fn path_segment(name: &[u8]) -> Vec<String> {
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

/// Tells whether a text is a DNS label of RFC 1123, but for its length.
pub fn is_label(text: &[u8]) -> bool {
    let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
    text.iter().all(inner)
        && text.first().is_some_and(|b| *b != b'-')
        && text.last().is_some_and(|b| *b != b'-')
}

/// Tells whether a text is a DNS subdomain of RFC 1123, but for its length.
pub fn is_subdomain(text: &[u8]) -> bool {
    text.split(|b| *b == b'.').all(is_label)
}

/// Returns what is wrong with the key of a label, an annotation or a resource: a name, and a DNS subdomain and `/`
/// before it if there is one.
pub fn qualified(name: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let name = match name.iter().position(|b| *b == b'/') {
        None => name,
        Some(at) => {
            let prefix = &name[..at];
            if prefix.is_empty() {
                faults.push("the prefix before '/' must not be empty".to_owned());
            } else {
                faults.extend(
                    subdomain(prefix).into_iter().map(|fault| format!("the prefix {fault}")),
                );
            }
            &name[at + 1..]
        }
    };
    if name.contains(&b'/') {
        return vec!["must have at most one '/'".to_owned()];
    }
    if name.is_empty() {
        faults.push("the name must not be empty".to_owned());
    } else if name.len() > 63 {
        faults.push("the name must be no more than 63 characters".to_owned());
    } else if !is_name(name) {
        faults.push(format!("the name {NAME}"));
    }
    faults
}

/// Returns what is wrong with the value of a label.
pub fn label_value(value: &[u8]) -> Vec<String> {
    let mut faults = too_long(value, 63);
    if !value.is_empty() && !is_name(value) {
        faults.push(NAME.to_owned());
    }
    faults
}

const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

fn is_name(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
        && text.first().is_some_and(u8::is_ascii_alphanumeric)
        && text.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// Returns what is wrong with the key of a ConfigMap or a Secret.
pub fn config_key(key: &[u8]) -> Vec<String> {
    let mut faults = too_long(key, 253);
    if !key.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)) || key.is_empty() {
        faults.push(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
                .to_owned(),
        );
    }
    if key == b"." || key.starts_with(b"..") {
        faults.push("must not be '.' or start with '..'".to_owned());
    }
    faults
}

/// Returns what is wrong with the name of a port (an IANA service name).
pub fn port(name: &[u8]) -> Vec<String> {
    let mut faults = too_long(name, 15);
    let wrong = |text: &str| text.to_owned();
    if !name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-') {
        faults.push(wrong("must contain only lower case letters, digits and '-'"));
    }
    if !name.iter().any(u8::is_ascii_lowercase) {
        faults.push(wrong("must contain at least one letter (a-z)"));
    }
    if name.windows(2).any(|pair| pair == b"--") {
        faults.push(wrong("must not contain consecutive hyphens"));
    }
    if name.first() == Some(&b'-') || name.last() == Some(&b'-') {
        faults.push(wrong("must not begin or end with a hyphen"));
    }
    faults
}

/// Returns what is wrong with the name of an environment variable: before Kubernetes 1.32 it had to be more than a text
/// without `=`.
pub fn variable(name: &[u8], is_relaxed: bool) -> Vec<String> {
    let is_ok = match is_relaxed {
        true => !name.is_empty() && name.iter().all(|b| (b' '..=b'~').contains(b) && *b != b'='),
        false => {
            name.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
                && name.first().is_some_and(|b| !b.is_ascii_digit())
                && name != b"."
                && !name.starts_with(b"..")
        }
    };
    match (is_ok, is_relaxed) {
        (true, _) => Vec::new(),
        (false, true) => vec!["must consist of printable ASCII characters without '='".to_owned()],
        (false, false) => vec!["must consist of letters, digits, '-', '_' or '.', and must not start with a digit or '..'".to_owned()],
    }
}
