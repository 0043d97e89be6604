//! Writes nodes as YAML for people to read, as gonvenience/neat does: comments, keys in bold, colours.

use bstr::ByteSlice;
use gostd::strconv::quoted;
use goyaml::NodeKind;

use crate::color::{Rgb, Scheme};
use crate::error::Error;
use crate::report::Part;
use crate::restructure::Orders;
use crate::style::Styles;
use crate::tree::{NodeId, Tag, Tree};

/// How deep nodes are followed.
const MAX_DEPTH: usize = 50_000;

/// How long a text may grow, in bytes. Aliases can make a short one longer.
const MAX_TEXT: usize = 64 << 20;

/// Returns the YAML of a part; without a scheme, only keys are emphasized.
pub(crate) fn write(
    tree: &Tree,
    orders: &Orders,
    styles: &Styles,
    scheme: Option<&Scheme>,
    indent_lines: bool,
    part: Part,
) -> Result<String, Error> {
    let (Part::Document(id) | Part::Node(id)) = part;
    let mut writer =
        Writer { tree, orders, styles, scheme, step: String::new(), out: String::new() };
    let step = if indent_lines && styles.are_on() { "│ " } else { "  " };
    writer.step = writer.colored(|scheme| scheme.indent_line, step);
    writer.node("", false, id, 0)?;
    Ok(writer.out)
}

struct Writer<'w> {
    tree: &'w Tree,
    orders: &'w Orders,
    styles: &'w Styles,
    scheme: Option<&'w Scheme>,
    /// What a level of indentation is written as.
    step: String,
    out: String,
}

impl Writer<'_> {
    fn colored(&self, color: impl Fn(&Scheme) -> Rgb, text: &str) -> String {
        match self.scheme {
            Some(scheme) => self.styles.colored(color(scheme), text),
            None => text.to_owned(),
        }
    }

    fn comment(&mut self, comment: &[u8]) {
        if !comment.is_empty() {
            self.out.push_str(&comment.to_str_lossy());
            self.out.push('\n');
        }
    }

    fn deeper(&self, prefix: &str) -> String {
        [prefix, &self.step].concat()
    }

    fn node(
        &mut self,
        prefix: &str,
        skips_first: bool,
        id: NodeId,
        depth: usize,
    ) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        if self.out.len() > MAX_TEXT {
            return Err(Error::TooLarge);
        }
        gostd::stack::at_depth(depth, || match self.tree.kind(id) {
            NodeKind::Sequence => self.sequence(prefix, skips_first, id, depth),
            NodeKind::Mapping => self.mapping(prefix, skips_first, id, depth),
            NodeKind::Alias => {
                let id = self.tree.follow_ending(id)?;
                self.node(prefix, skips_first, id, depth + 1)
            }
            NodeKind::Scalar => {
                self.scalar(prefix, id);
                Ok(())
            }
        })
    }

    fn sequence(
        &mut self,
        prefix: &str,
        skips_first: bool,
        id: NodeId,
        depth: usize,
    ) -> Result<(), Error> {
        let (orders, deeper) = (self.orders, self.deeper(prefix));
        for (at, item) in orders.children(self.tree, id).iter().enumerate() {
            if !skips_first || at > 0 {
                self.out.push_str(prefix);
            }
            let dash = self.colored(|scheme| scheme.dash, "-");
            self.out.push_str(&dash);
            self.out.push(' ');
            self.node(&deeper, true, *item, depth + 1)?;
        }
        Ok(())
    }

    fn mapping(
        &mut self,
        prefix: &str,
        skips_first: bool,
        id: NodeId,
        depth: usize,
    ) -> Result<(), Error> {
        let (tree, orders, deeper) = (self.tree, self.orders, self.deeper(prefix));
        for (at, pair) in orders.children(tree, id).chunks_exact(2).enumerate() {
            let (key, value) = (pair[0], pair[1]);
            if !skips_first || at > 0 {
                self.out.push_str(prefix);
            }
            self.comment(tree.nodes[key].head_comment());
            let name = self.colored(|scheme| scheme.key, &format!("{}:", tree.text(key)));
            self.out.push_str(&self.styles.bold(&name));
            let kind = tree.kind(value);
            if kind == NodeKind::Alias {
                self.out.push_str(" *");
                self.out.push_str(&tree.text(value));
                self.out.push('\n');
            } else {
                let anchor = tree.nodes[value].anchor();
                if !anchor.is_empty() {
                    self.out.push_str(" &");
                    self.out.push_str(&anchor.to_str_lossy());
                }
                match kind {
                    NodeKind::Scalar => {
                        self.out.push(' ');
                        self.scalar(&deeper, value);
                    }
                    _ if tree.children(value).is_empty() => {
                        let brackets = if kind == NodeKind::Mapping { "{}" } else { "[]" };
                        let brackets = self.colored(|scheme| scheme.empty, brackets);
                        self.out.push(' ');
                        self.out.push_str(&brackets);
                        self.out.push('\n');
                    }
                    _ => {
                        self.out.push('\n');
                        let prefix = if kind == NodeKind::Mapping { &deeper } else { prefix };
                        self.node(prefix, false, value, depth + 1)?;
                    }
                }
            }
            self.comment(tree.nodes[key].foot_comment());
        }
        Ok(())
    }

    fn scalar(&mut self, prefix: &str, id: NodeId) {
        let (tree, node) = (self.tree, &self.tree.nodes[id]);
        let (tag, value) = (tree.tag(id), tree.text(id));
        if value.contains('\n') {
            let color = |scheme: &Scheme| scheme.multiline;
            self.out.push_str(&self.colored(color, "|"));
            for line in value.split('\n') {
                self.out.push('\n');
                self.out.push_str(prefix);
                self.out.push_str(&self.colored(color, line));
            }
        } else {
            let shown = match tag == Tag::STR && needs_quotes(&value) {
                true => quoted(value.as_bytes()).into(),
                false => value,
            };
            // Binaries have no colour in either scheme.
            let shown = match tag {
                Tag::BINARY => shown.into_owned(),
                Tag::NULL => self.colored(|scheme| scheme.null, &shown),
                _ => self.colored(|scheme| scheme.scalar, &shown),
            };
            self.out.push_str(&shown);
        }
        let comment = node.line_comment();
        if !comment.is_empty() {
            self.out.push(' ');
            self.out.push_str(&comment.to_str_lossy());
        }
        self.out.push('\n');
        self.comment(node.foot_comment());
    }
}

/// Tells whether a string of one line is shown in quotes.
fn needs_quotes(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !unsigned.is_empty()
        && unsigned.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'+'));
    matches!(text, "true" | "false" | "null" | ".nan" | ".inf" | "-.inf" | "+.inf")
        || text.starts_with('-')
        || is_number
        || text.contains([' ', '*', '&', ':', ','])
}
