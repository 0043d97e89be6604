//! Writes an execution error as Helm 4 does: a block of lines for each template on the way to it.
//!
//! Helm takes the texts of Go's errors apart (`reformatExecErrorMsg`); so does this, odd names included.

use bstr::ByteSlice;

use gostd::unicode;
use gotemplate::func::FuncError;

/// What Helm reads from the text of an error.
#[derive(PartialEq, Eq)]
struct Block {
    location: Vec<u8>,
    executing: Vec<u8>,
    message: Vec<u8>,
}

/// Returns the blocks; `None` where an error on the way is not one of Go's templates, so that Helm shows Go's text.
pub(super) fn text(error: &FuncError) -> Option<Vec<u8>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut all_read = true;
    error.unwrap(&mut |text| {
        match read(text) {
            Some(block) if blocks.last() != Some(&block) => blocks.push(block),
            Some(_) => {}
            None => all_read = false,
        }
        all_read
    });
    if !all_read {
        return None;
    }
    let mut out = Vec::new();
    for Block { location, executing, message } in &blocks {
        for (part, after) in [(location, "\n  "), (executing, "\n    "), (message, "\n")] {
            if !part.is_empty() {
                out.extend_from_slice(part);
                out.extend_from_slice(after.as_bytes());
            }
        }
    }
    Some(unicode::trim_space(&out).to_vec())
}

fn read(text: &[u8]) -> Option<Block> {
    let rest = text.strip_prefix(b"template: ")?;
    if rest.starts_with(b"no template ") {
        return Some(Block { location: Vec::new(), executing: Vec::new(), message: text.to_vec() });
    }
    executing(rest).or_else(|| {
        let at = rest.rfind(b": ")?;
        let (location, message) = (&rest[..at], until_template(&rest[at + 2..]));
        Some(Block { location: location.to_vec(), executing: Vec::new(), message })
    })
}

/// Reads `LOCATION: executing "NAME" at <NODE>: MESSAGE`.
fn executing(text: &[u8]) -> Option<Block> {
    let (location, rest) = text.split_once_str(": executing ")?;
    let (name, rest) = rest.strip_prefix(b"\"")?.split_once_str("\"")?;
    let (node, message) = rest.strip_prefix(b" at <")?.split_once_str(">: ")?;
    Some(Block {
        location: location.to_vec(),
        executing: [b"executing \"", name, b"\" at <", node, b">:"].concat(),
        message: until_template(message),
    })
}

/// Returns a message up to the error of another template in it.
fn until_template(message: &[u8]) -> Vec<u8> {
    let end = message.find(b" template:").unwrap_or(message.len());
    message[..end].to_vec()
}
