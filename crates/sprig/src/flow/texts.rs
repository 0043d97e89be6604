//! Follows texts through functions that move them.

use bstr::ByteSlice;

use gostd::value::{Str, Value};
use gotemplate::func::Flow;
use gotemplate::trace::{Call, Key, Move, Set, Tag};

/// `indent`
pub(crate) const INDENT: Flow = Flow::Moves(|call| indented(call, 0));
/// `nindent`
pub(crate) const NINDENT: Flow = Flow::Moves(|call| indented(call, 1));

fn indented(call: &mut Call<'_>, before: usize) -> Tag {
    let (Some(Value::Int(_, spaces)), Some(Value::Str(text))) =
        (call.args.first(), call.args.get(1))
    else {
        return call.join();
    };
    let spaces = usize::try_from(*spaces).unwrap_or(0);
    let mut moves = vec![Move::New(before), Move::New(spaces)];
    let mut from = 0;
    for at in text.find_iter(b"\n") {
        moves.push(Move::Of { arg: 1, from, len: at + 1 - from });
        moves.push(Move::New(spaces));
        from = at + 1;
    }
    moves.push(Move::Of { arg: 1, from, len: text.len() - from });
    call.moved(&moves)
}

/// `replace`
pub(crate) const REPLACE: Flow = Flow::Moves(|call| {
    let [Value::Str(old), Value::Str(new), Value::Str(text)] = call.args else {
        return call.join();
    };
    if old.is_empty() {
        return call.join();
    }
    let mut moves = Vec::new();
    let mut from = 0;
    for at in text.find_iter(old) {
        moves.push(Move::Of { arg: 2, from, len: at - from });
        moves.push(Move::New(new.len()));
        from = at + old.len();
    }
    moves.push(Move::Of { arg: 2, from, len: text.len() - from });
    call.moved(&moves)
});

/// `join`
pub(crate) const JOIN: Flow = Flow::Moves(|call| {
    let (Some(Value::Str(between)), Some(Value::List(list)), Value::Str(result)) =
        (call.args.first(), call.args.get(1), call.result)
    else {
        return call.join();
    };
    let (between, list, result) = (between.clone(), list.clone(), result.clone());
    let texts: Vec<&Str> = list.iter().filter_map(Value::as_str).collect();
    let len = texts.iter().map(|text| text.len() + between.len()).sum::<usize>();
    if texts.len() != list.len() || len != result.len() + between.len() {
        return call.join();
    }
    let others = {
        let (a, b) = (call.chosen(0), call.shape(1));
        call.union(a, b)
    };
    let whole = call.args[1].clone();
    let mut made = call.assemble();
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            call.add(&mut made, between.len(), others);
        }
        let tag = call.inner(&whole, Key::Index(i as u32), &list[i]);
        let tag = call.with(tag, others);
        call.add_of(&mut made, &tag, 0, text.len());
    }
    made.finish()
});

/// `splitList`
pub(crate) const SPLIT_LIST: Flow = Flow::Moves(|call| {
    let (Some(Value::Str(between)), Some(Value::Str(text)), Value::List(items)) =
        (call.args.first(), call.args.get(1), call.result)
    else {
        return call.join();
    };
    let (between, text, items) = (between.clone(), text.clone(), items.clone());
    let list = call.result.clone();
    let by = call.chosen(0);
    let all = call.chosen(1);
    let made: Set = call.union(by, all);
    call.made(&list, made);
    let tag = call.tag(1);
    let mut from = 0;
    for (i, item) in items.iter().enumerate() {
        let Value::Str(part) = item else { continue };
        if text.get(from..from + part.len()) != Some(part.as_bytes()) {
            break;
        }
        let of_part = call.parts(&tag, from, from + part.len());
        let of_part = call.union(of_part, by);
        call.put(&list, Key::Index(i as u32), of_part.into());
        from += part.len() + between.len();
    }
    Tag::None
});
