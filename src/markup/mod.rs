//! Makes texts harmless in pages of HTML and in XML, and writes XML.

pub(crate) mod xml;

/// Returns a text in which markup means nothing, as HTML and XML have it; control characters are shown as escapes.
pub fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' | '\n' => plain.push(c),
            c if c.is_control() => plain.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => plain.push(c),
        }
    }
    minijinja::HtmlEscape(&plain).to_string()
}
