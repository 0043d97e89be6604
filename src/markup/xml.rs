//! Writes XML as Go's `encoding/xml` does.

use gostd::unicode;

/// An element.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, Vec<u8>)>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Elements(Vec<Element>),
    Text(Vec<u8>),
    Cdata(Vec<u8>),
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Element {
        Element { name, attributes: Vec::new(), content: Content::Elements(Vec::new()) }
    }

    pub(crate) fn with_text(self, text: impl Into<Vec<u8>>) -> Element {
        Element { content: Content::Text(text.into()), ..self }
    }

    pub(crate) fn with_cdata(self, text: impl Into<Vec<u8>>) -> Element {
        Element { content: Content::Cdata(text.into()), ..self }
    }

    pub(crate) fn with_children(self, children: impl IntoIterator<Item = Element>) -> Element {
        Element { content: Content::Elements(children.into_iter().collect()), ..self }
    }

    pub(crate) fn attribute(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Element {
        self.attributes.push((name, value.into()));
        self
    }

    pub(crate) fn number(self, name: &'static str, value: usize) -> Element {
        self.attribute(name, value.to_string())
    }

    /// Writes the element and a line feed; `indentation` is that of one level.
    pub(crate) fn write(&self, indentation: &str) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_at(&mut out, indentation, 0);
        out.push(b'\n');
        out
    }

    fn write_at(&self, out: &mut Vec<u8>, indentation: &str, depth: usize) {
        out.push(b'<');
        out.extend_from_slice(self.name.as_bytes());
        for (name, value) in &self.attributes {
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"=\"");
            escape(out, value);
            out.push(b'"');
        }
        out.push(b'>');
        match &self.content {
            Content::Text(text) => escape(out, text),
            Content::Cdata(text) => cdata(out, text),
            Content::Elements(children) => {
                for child in children {
                    indent(out, indentation, depth + 1);
                    child.write_at(out, indentation, depth + 1);
                }
                if !children.is_empty() {
                    indent(out, indentation, depth);
                }
            }
        }
        out.extend_from_slice(b"</");
        out.extend_from_slice(self.name.as_bytes());
        out.push(b'>');
    }
}

fn indent(out: &mut Vec<u8>, indentation: &str, depth: usize) {
    out.push(b'\n');
    for _ in 0..depth {
        out.extend_from_slice(indentation.as_bytes());
    }
}

/// `EscapeText`: characters that XML has not become U+FFFD.
fn escape(out: &mut Vec<u8>, mut text: &[u8]) {
    while !text.is_empty() {
        let (c, width) = unicode::decode(text);
        let escaped: &[u8] = match c {
            '"' => b"&#34;",
            '\'' => b"&#39;",
            '&' => b"&amp;",
            '<' => b"&lt;",
            '>' => b"&gt;",
            '\t' => b"&#x9;",
            '\n' => b"&#xA;",
            '\r' => b"&#xD;",
            '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => "\u{FFFD}".as_bytes(),
            char::REPLACEMENT_CHARACTER => "\u{FFFD}".as_bytes(),
            _ => &text[..width],
        };
        out.extend_from_slice(escaped);
        text = &text[width..];
    }
}

fn cdata(out: &mut Vec<u8>, text: &[u8]) {
    if text.is_empty() {
        return;
    }
    out.extend_from_slice(b"<![CDATA[");
    out.extend(bstr::ByteSlice::replace(text, "]]>", "]]]]><![CDATA[>"));
    out.extend_from_slice(b"]]>");
}
