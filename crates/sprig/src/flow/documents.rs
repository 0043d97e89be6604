//! Follows values into YAML and JSON, and out of it: by lines.

use bstr::ByteSlice;

use gostd::value::Value;
use gotemplate::func::Flow;
use gotemplate::trace::{Call, Key, Set, Tag, entry};
use goyaml::{Outline, Part, outline, outline_written};

/// What writes a document.
pub(crate) const TO_YAML: Flow = Flow::Moves(|call| {
    let (Some(value @ (Value::Map(_) | Value::List(_))), Value::Str(text)) =
        (call.args.first(), call.result)
    else {
        return block(call).unwrap_or_else(|| call.join());
    };
    let (value, text) = (value.clone(), text.clone());
    let of_ours = outline_written(&text).or_else(|| outline(&text).ok().flatten());
    let Some(outline) = of_ours else { return call.join() };
    let ends = line_ends(&text);
    let chosen = call.chosen(0);
    let mut lines = vec![chosen; ends.len()];
    written(call, &value, &outline, &mut lines, 0, ends.len());
    let mut made = call.assemble();
    let mut start = 0;
    for (end, set) in ends.into_iter().zip(lines) {
        call.add(&mut made, end - start, set);
        start = end;
    }
    made.finish()
});

/// Follows the lines of a text into a block of YAML; what begins the block is chosen by all of them.
fn block(call: &mut Call<'_>) -> Option<Tag> {
    let (Some(Value::Str(text)), Value::Str(made)) = (call.args.first(), call.result) else {
        return None;
    };
    let (text, made) = (text.clone(), made.clone());
    let head = 1 + made.strip_prefix(b"|")?.find_byte(b'\n')? + 1;
    let tag = call.tag(0);
    let all = call.deep(0);
    let mut block = call.assemble();
    call.add(&mut block, head, all);
    let (mut at, mut from) = (head, 0);
    for line in made[head..].lines_with_terminator() {
        let own = text[from..].lines_with_terminator().next()?;
        let own = own.strip_suffix(b"\n").filter(|_| !line.ends_with(b"\n")).unwrap_or(own);
        let indent = line.strip_suffix(own)?;
        if !indent.iter().all(|b| *b == b' ') {
            return None;
        }
        call.add(&mut block, indent.len(), Set::default());
        call.add_of(&mut block, &tag, from, own.len());
        at += line.len();
        from += own.len();
    }
    (at == made.len()).then(|| block.finish())
}

/// Adds to the lines from `outline` on, and before `end`, what they came from.
fn written(
    call: &mut Call<'_>,
    value: &Value,
    outline: &Outline,
    lines: &mut [Set],
    from: usize,
    end: usize,
) {
    match &outline.part {
        Part::Map(entries) if !entries.is_empty() => {
            for (i, found) in entries.iter().enumerate() {
                let end = entries.get(i + 1).map_or(end, |next| next.line);
                let key = Key::Name(found.key[..].into());
                let Some(inner) = entry(value, &key) else { continue };
                let there = call.key(value, key.clone());
                add(call, lines, found.line, found.line + 1, there);
                if matches!(inner, Value::Map(_) | Value::List(_)) {
                    let shape = call.shape_of(&inner);
                    add(call, lines, found.line, found.line + 1, shape);
                }
                written_entry(call, value, key, &inner, &found.value, lines, found.line, end);
            }
        }
        Part::List(items) if !items.is_empty() => {
            for (i, found) in items.iter().enumerate() {
                let end = items.get(i + 1).map_or(end, |next| next.line);
                let key = Key::Index(i as u32);
                let Some(inner) = entry(value, &key) else { continue };
                written_entry(call, value, key, &inner, found, lines, found.line, end);
            }
        }
        _ => {
            let whole = call.deep_of(value, &Tag::None);
            add(call, lines, from, end, whole);
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "an entry, where it stands, and where that is written"
)]
fn written_entry(
    call: &mut Call<'_>,
    of: &Value,
    key: Key,
    value: &Value,
    outline: &Outline,
    lines: &mut [Set],
    from: usize,
    end: usize,
) {
    let tag = call.inner(of, key, value);
    let chosen = call.deep_of(&Value::Nil, &tag);
    add(call, lines, from, end, chosen);
    if matches!(value, Value::Map(_) | Value::List(_)) {
        written(call, value, outline, lines, from, end);
    }
}

fn add(call: &mut Call<'_>, lines: &mut [Set], from: usize, end: usize, set: Set) {
    let end = end.min(lines.len());
    for line in lines.get_mut(from..end).unwrap_or_default() {
        *line = call.union(*line, set);
    }
}

/// What reads a document.
pub(crate) const FROM_YAML: Flow = Flow::Moves(|call| {
    let Some(Value::Str(text)) = call.args.first() else { return call.join() };
    let (text, result, tag) = (text.clone(), call.result.clone(), call.tag(0));
    if !matches!(tag, Tag::Text(_)) {
        return call.join();
    }
    let simple = outline_written(&text).filter(|outline| is_outline_of(outline, &result));
    let outline = simple.or_else(|| outline(&text).ok().flatten());
    let Some(outline) = outline else { return call.join() };
    let ends = line_ends(&text);
    let document = Document { tag, ends };
    let last = document.ends.len();
    let whole = call.conditions_of(&document.tag);
    call.made(&result, whole);
    read(call, &result, &outline, &document, 0, last);
    Tag::None
});

/// Returns whether an outline has all parts of a value and no other: that of a text which is not known to be of our
/// style is right then.
fn is_outline_of(outline: &Outline, value: &Value) -> bool {
    match (&outline.part, value) {
        (Part::Map(entries), Value::Map(map)) => {
            entries.len() == map.len()
                && entries.iter().all(|found| {
                    map.get(&found.key).is_some_and(|inner| is_outline_of(&found.value, &inner))
                })
        }
        (Part::List(items), Value::List(list)) => {
            items.len() == list.len()
                && items.iter().zip(list.iter()).all(|(item, value)| is_outline_of(item, value))
        }
        (Part::Scalar, Value::Map(map)) => map.is_empty(),
        (Part::Scalar, Value::List(list)) => list.is_empty(),
        (Part::Scalar, _) => true,
        _ => false,
    }
}

/// A text and where its lines end.
struct Document {
    tag: Tag,
    ends: Vec<usize>,
}

impl Document {
    /// Returns what lines came from.
    fn lines(&self, call: &mut Call<'_>, from: usize, to: usize) -> Set {
        let (start, end) = self.range(from, to);
        call.parts(&self.tag, start, end)
    }

    /// Returns the conditions in lines.
    fn conditions(&self, call: &mut Call<'_>, from: usize, to: usize) -> Set {
        let (start, end) = self.range(from, to);
        call.conditions_within(&self.tag, start, end)
    }

    fn range(&self, from: usize, to: usize) -> (usize, usize) {
        let start = |line: usize| match line {
            0 => 0,
            n => self.ends.get(n - 1).or(self.ends.last()).copied().unwrap_or(0),
        };
        // The end of the last line is what separates it from the next.
        let end = start(to).saturating_sub(usize::from(to < self.ends.len())).max(start(from));
        (start(from), end)
    }
}

/// Says of what was read from the lines of `outline`, and before `end`, what it came from.
fn read(
    call: &mut Call<'_>,
    value: &Value,
    outline: &Outline,
    document: &Document,
    from: usize,
    end: usize,
) {
    let missing = document.conditions(call, from, end);
    let mut entries: Vec<(Key, &Outline, usize, usize)> = Vec::new();
    match &outline.part {
        Part::Map(found) => {
            for (i, entry) in found.iter().enumerate() {
                let end = found.get(i + 1).map_or(end, |next| next.line);
                entries.push((Key::Name(entry.key[..].into()), &entry.value, entry.line, end));
            }
        }
        Part::List(found) => {
            for (i, item) in found.iter().enumerate() {
                let end = found.get(i + 1).map_or(end, |next| next.line);
                entries.push((Key::Index(i as u32), item, item.line, end));
            }
        }
        Part::Scalar => {}
    }
    // What stands in none of them (a merge key, a key that is no string) came from all lines.
    let all = document.lines(call, from, end);
    let rest = call.union(missing, if entries.is_empty() { all } else { Set::default() });
    call.made(value, rest);
    let held: Vec<Key> = match value {
        Value::Map(map) => map.keys().into_iter().map(Key::Name).collect(),
        Value::List(list) => (0..list.len()).map(|i| Key::Index(i as u32)).collect(),
        _ => return,
    };
    for key in held {
        let Some(inner) = entry(value, &key) else { continue };
        let is_container = matches!(inner, Value::Map(_) | Value::List(_));
        let set = match entries.iter().find(|(name, ..)| *name == key) {
            Some(&(_, outline, line, end)) if is_container => {
                read(call, &inner, outline, document, line, end);
                document.lines(call, line, line + 1)
            }
            Some(&(_, _, line, end)) => document.lines(call, line, end.max(line + 1)),
            None => {
                call.made(&inner, all);
                all
            }
        };
        call.put(value, key, set.into());
    }
}

/// Returns where the lines of a text end, in bytes.
fn line_ends(text: &[u8]) -> Vec<usize> {
    let mut ends: Vec<usize> = text.find_iter(b"\n").map(|at| at + 1).collect();
    if ends.last() != Some(&text.len()) {
        ends.push(text.len());
    }
    ends
}
