#![doc = include_str!("../README.md")]

mod compose;
mod compose_fast;
mod compose_print;
mod decoder;
mod dialect;
mod documents;
mod emit;
mod emit_error;
mod emit_number;
mod emit_scalar;
#[cfg(test)]
mod emit_tests;
mod emit_text;
mod emit_write;
mod error;
mod generic;
mod kyaml;
mod nodes;
mod ordered;
mod outline;
mod outline_block;
mod parse;
mod places;
mod pretty;
mod read;
mod read_back;
mod resolve;
mod scan;
mod scan_comments;
mod scan_input;
mod scan_scalar;
mod scan_tag;
mod sort;
mod spans;
#[cfg(test)]
mod tests;
mod tree;
mod typed;
mod words;

pub use compose::scalar_to_string;
pub use compose_fast::Field;
pub use decoder::{DecodeError, Decoder};
pub use documents::{Documents, read_documents, write_tree};
pub use emit::{marshal, marshal_to, marshal_within};
pub use emit_error::EmitError;
pub use emit_write::USUAL;
pub use error::{Duplicate, Place, Problem, SyntaxError, YamlError};
pub use generic::Stream;
pub use kyaml::{KyamlError, Manifest, read_manifests, write_manifests};
pub use nodes::{Kind as NodeKind, Node};
pub use ordered::{Ordered, Part as OrderedPart, words as v2_words};
pub use outline::{Entry, Outline, Part, outline};
pub use outline_block::outline_written;
pub use places::{Null, nulls};
pub use pretty::{marshal_pretty, marshal_pretty_within};
pub use read::{
    Noted, decode, decode_fields, decode_noting, decode_strict, json_can_hold, unmarshal,
    unmarshal_map, unmarshal_map_later, unmarshal_strict,
};
pub use read_back::{has_merge_key, read_back, read_merged};
pub use sort::entries_in_order;
pub use spans::{Span, Spans, Spot};
pub use typed::{At, Text, Typed};
