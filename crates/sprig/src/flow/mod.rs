//! Says how the results of functions came from their arguments, for a recorder: [`Flow`] of each row of the tables
//! whose results do not simply come from all that the arguments hold.

mod documents;
mod members;
mod texts;

use gostd::value::{Str, Value};
use gotemplate::func::Flow;
use gotemplate::trace::{Call, Key, Set, Tag, merged};

pub(crate) use gotemplate::trace::{EMBEDS, SHAPE};

pub(crate) use documents::{FROM_YAML, TO_YAML};
pub(crate) use members::{
    APPEND, CONCAT, DEEP_COPY, DICT, DIG, FIRST, GET, HAS, HAS_KEY, KEYS, LAST, LIST, MEMBERS,
    OMIT, PICK, PREPEND, SET, UNSET,
};
pub(crate) use texts::{INDENT, JOIN, NINDENT, REPLACE, SPLIT_LIST};

/// `default`
pub(crate) const DEFAULT: Flow = Flow::Moves(|call| match call.args.get(1) {
    Some(value) if !value.truth() => {
        let looked_at = call.shape(1);
        let tag = call.tag(0);
        call.with(tag, looked_at)
    }
    Some(_) => call.tag(1),
    None => call.tag(0),
});

/// `coalesce`
pub(crate) const COALESCE: Flow = Flow::Moves(|call| {
    let mut looked_at = Set::default();
    for arg in 0..call.args.len() {
        if call.args[arg].truth() {
            let tag = call.tag(arg);
            return call.with(tag, looked_at);
        }
        let shape = call.shape(arg);
        looked_at = call.union(looked_at, shape);
    }
    looked_at.into()
});

/// `ternary`
pub(crate) const TERNARY: Flow = Flow::Moves(|call| {
    let chosen = usize::from(!call.args.get(2).is_some_and(Value::truth));
    let condition = call.shape(2);
    let tag = call.tag(chosen);
    call.with(tag, condition)
});

/// `merge`
pub(crate) const MERGE: Flow = Flow::Changes(|call| merged(call, false));
/// `mergeOverwrite`
pub(crate) const MERGE_OVERWRITE: Flow = Flow::Changes(|call| merged(call, true));

fn name(text: &Str) -> Key {
    Key::Name(text.clone())
}

/// Returns the tag of an argument's entry, and what chose the argument.
fn inner(call: &mut Call<'_>, arg: usize, key: Key, value: &Value) -> Tag {
    let of = call.args[arg].clone();
    let chosen = call.chosen(arg);
    let tag = call.inner(&of, key, value);
    call.with(tag, chosen)
}
