//! Prints values under verbs.

use std::sync::Arc;

use super::bytes::decimals;
use super::error::PrintError;
use super::number::Integer;
use super::printer::{Flags, Printer};
use super::write_scalar;
use crate::stack;
use crate::time::{format_duration, month_name, time_of, weekday_name};
use crate::unicode::push_char;
use crate::value::walk::CYCLES_FROM;
use crate::value::{IntKind, Kind, Object, Value, is_error};

/// What stands for the address of what Go prints as a pointer, of slices and maps. Real ones differ from run to run.
const ADDRESS: u64 = 0xc0_0001_4000;

/// Where Helm 3.17.3 for Linux on amd64 has `runtime.zerobase`, in every run: the address of each slice made empty.
const ZERO_BASE: u64 = 0x3bb_6300;

impl Printer<'_> {
    /// Writes an operand under a verb.
    pub(super) fn print_arg(&mut self, v: &Value, verb: char) {
        let verb = if verb == 'w' && self.wraps && is_error(v) { 'v' } else { verb };
        match verb {
            _ if self.is_full() => {}
            _ if v.is_nil() => match verb {
                'T' | 'v' => self.pad(b"<nil>"),
                _ => self.bad_verb(v, verb),
            },
            'T' => self.plain_text(v.type_name().as_bytes()),
            'p' => match v {
                Value::Map(m) => self.pointer(v, verb, m.is_nil()),
                Value::List(_) | Value::Bytes(_) => self.pointer(v, verb, v.is_nil_slice()),
                Value::Object(o) if is_pointer(&**o) || o.as_map().is_some() => {
                    self.pointer(v, verb, o.is_nil());
                }
                _ => self.bad_verb(v, verb),
            },
            _ => self.value(v, verb, 0),
        }
    }

    /// Returns whether nothing more is to be printed.
    fn is_full(&mut self) -> bool {
        if self.length() > self.most {
            self.stopped.get_or_insert(PrintError::TooLong);
        }
        self.stopped.is_some()
    }

    /// Writes `%!d(string=hi)`
    fn bad_verb(&mut self, v: &Value, verb: char) {
        let outer = std::mem::replace(&mut self.erroring, true);
        self.out.extend_from_slice(b"%!");
        push_char(self.out, verb);
        self.out.push(b'(');
        if v.is_nil() {
            self.out.extend_from_slice(b"<nil>");
        } else {
            self.out.extend_from_slice(v.type_name().as_bytes());
            self.out.push(b'=');
            self.value(v, 'v', 0);
        }
        self.out.push(b')');
        self.erroring = outer;
    }

    /// Writes a value under a verb, `depth` levels below the operand.
    fn value(&mut self, v: &Value, verb: char, depth: usize) {
        if verb == 'v' && self.flags == Flags::default() && write_scalar(self.out, v) {
            return;
        }
        let known = match v {
            Value::Invalid | Value::Nil => {
                // An interface within a list or map: Go heeds neither verb nor width.
                let text: &[u8] = if self.flags.sharp_v { b"interface {}(nil)" } else { b"<nil>" };
                self.out.extend_from_slice(text);
                true
            }
            Value::Bool(b) => match verb {
                't' | 'v' => {
                    self.pad(if *b { b"true" } else { b"false" });
                    true
                }
                _ => false,
            },
            Value::Int(kind, n) => match name(*kind, *n) {
                Some(_) if verb == 'w' && !self.erroring => false,
                Some(text) if self.calls_string(verb) => self.text_verb(text.as_bytes(), verb),
                _ => self.integer_verb(Integer::signed(*n), verb),
            },
            Value::Uint(_, n) => self.integer_verb(Integer::unsigned(*n), verb),
            Value::Float(f) => self.float_verb(*f, verb),
            Value::Str(s) => self.text_verb(s, verb),
            Value::List(_) | Value::Map(_) | Value::Object(_) if verb == 'w' && !self.erroring => {
                false
            }
            Value::Bytes(b) => {
                let type_name = if depth == 0 { "[]byte" } else { "[]uint8" };
                self.bytes(b, verb, type_name, v.is_nil_slice());
                true
            }
            Value::List(_) | Value::Map(_) | Value::Object(_) => {
                return stack::at_depth(depth, || match depth {
                    ..CYCLES_FROM => self.container(v, verb, depth),
                    _ => self.deep_container(v, verb, depth),
                });
            }
        };
        if !known {
            self.bad_verb(v, verb);
        }
    }

    fn container(&mut self, v: &Value, verb: char, depth: usize) {
        match v {
            Value::List(l) => self.list(&v.type_name(), l.is_nil(), l.iter(), verb, depth),
            Value::Map(_) => self.map(&v.type_name(), v, verb, depth),
            Value::Object(o) => self.object(v, &**o, verb, depth),
            _ => {}
        }
    }

    /// Writes a container that stands where only an odd value comes to.
    #[cold]
    #[inline(never)]
    fn deep_container(&mut self, v: &Value, verb: char, depth: usize) {
        let address = match v {
            Value::List(l) => l.as_ptr() as usize,
            Value::Map(m) => std::ptr::from_ref(&*m.borrow()) as usize,
            Value::Object(o) => std::ptr::from_ref(&**o).cast::<u8>() as usize,
            _ => 0,
        };
        if let Err(endless) = self.walk.enter(v, depth, (address, 0)) {
            self.stopped = Some(endless.into());
            return;
        }
        self.container(v, verb, depth);
        self.walk.leave(depth, (address, 0));
    }

    /// Returns whether Go asks a value for its own text under this verb.
    fn calls_string(&self, verb: char) -> bool {
        !self.erroring && !self.flags.sharp_v && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
    }

    /// Returns a string under any verb; false if the verb is not one of strings.
    fn text_verb(&mut self, text: &[u8], verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => self.plain_text(text),
            'x' | 'X' => self.hex_text(text, verb == 'X'),
            'q' => self.quoted(text),
            _ => return false,
        }
        true
    }

    fn bytes(&mut self, bytes: &Arc<[u8]>, verb: char, type_name: &str, nil: bool) {
        match verb {
            's' => self.plain_text(bytes),
            'x' | 'X' => self.hex_text(bytes, verb == 'X'),
            'q' => self.quoted(bytes),
            'v' if self.flags == Flags::default() => {
                let text = &*self.out;
                if !self.later.as_mut().is_some_and(|later| later.add(text, bytes)) {
                    decimals(self.out, bytes);
                }
            }
            _ => {
                let items: Vec<Value> = bytes
                    .iter()
                    .map(|&b| Value::Uint(crate::value::UintKind::Uint8, b.into()))
                    .collect();
                self.list(type_name, nil, items.iter(), verb, 0);
            }
        }
    }

    fn list<'v>(
        &mut self,
        type_name: &str,
        nil: bool,
        items: impl Iterator<Item = &'v Value>,
        verb: char,
        depth: usize,
    ) {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.out.extend_from_slice(type_name.as_bytes());
            if nil {
                self.out.extend_from_slice(b"(nil)");
                return;
            }
        }
        self.out.push(if sharp { b'{' } else { b'[' });
        for (i, item) in items.enumerate() {
            if self.is_full() {
                return;
            }
            self.separator(i);
            self.value(item, verb, depth + 1);
        }
        self.out.push(if sharp { b'}' } else { b']' });
    }

    fn separator(&mut self, i: usize) {
        if i > 0 {
            let text: &[u8] = if self.flags.sharp_v { b", " } else { b" " };
            self.out.extend_from_slice(text);
        }
    }

    fn map(&mut self, type_name: &str, v: &Value, verb: char, depth: usize) {
        let Some(map) = v.as_map() else { return };
        let sharp = self.flags.sharp_v;
        if sharp {
            self.out.extend_from_slice(type_name.as_bytes());
            if map.is_nil() {
                self.out.extend_from_slice(b"(nil)");
                return;
            }
            self.out.push(b'{');
        } else {
            self.out.extend_from_slice(b"map[");
        }
        for (i, (key, item)) in map.borrow().iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.separator(i);
            if !self.text_verb(key, verb) {
                self.bad_verb(&Value::Str(key.clone()), verb);
            }
            self.out.push(b':');
            self.value(item, verb, depth + 1);
        }
        self.out.push(if sharp { b'}' } else { b']' });
    }

    /// Writes `(1+2i)`: the verb and its flags hold for each part.
    fn complex(&mut self, v: &Value, real: f64, imaginary: f64, verb: char) {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return self.bad_verb(v, verb);
        }
        self.out.push(b'(');
        self.float_verb(real, verb);
        let plus = std::mem::replace(&mut self.flags.plus, true);
        self.float_verb(imaginary, verb);
        self.flags.plus = plus;
        self.out.extend_from_slice(b"i)");
    }

    fn object(&mut self, v: &Value, o: &dyn Object, verb: char, depth: usize) {
        if let Some((real, imaginary)) = o.complex() {
            return self.complex(v, real, imaginary, verb);
        }
        if self.calls_string(verb) {
            if is_pointer(o) && o.is_nil() {
                // Go's method panics on the nil pointer, and fmt shows that as <nil>; a nil pointer
                // without methods prints the same.
                if o.string().is_some() {
                    self.out.extend_from_slice(b"<nil>");
                    return;
                }
            } else if let Some(text) = o.string() {
                self.text_verb(&text, verb);
                return;
            }
        }
        // The one type here with a GoString method.
        if self.flags.sharp_v
            && let Some(time) = time_of(v)
        {
            self.out.extend_from_slice(&time.go_string());
            return;
        }
        match o.kind() {
            Kind::Struct => self.fields(&o.type_name(), o, verb, depth),
            Kind::Ptr if depth == 0 && !o.is_nil() => {
                self.out.push(b'&');
                let type_name = o.type_name();
                let pointee = type_name.strip_prefix('*').unwrap_or(&type_name);
                match o.as_map() {
                    Some(map) => self.map(pointee, &Value::Map(map), verb, depth + 1),
                    None => self.fields(pointee, o, verb, depth + 1),
                }
            }
            Kind::Ptr | Kind::Func => self.pointer(v, verb, o.is_nil()),
            Kind::Map => self.map(&o.type_name(), v, verb, depth),
            // A named type of another kind: its JSON is its value.
            _ => match o.json_value() {
                Value::List(l) => {
                    self.list(&o.type_name(), l.is_nil(), l.iter(), verb, depth);
                }
                Value::Nil | Value::Invalid | Value::Object(_) => {
                    self.out.push(b'?');
                    self.out.extend_from_slice(o.type_name().as_bytes());
                    self.out.push(b'?');
                }
                plain => self.value(&plain, verb, depth),
            },
        }
    }

    /// Writes the fields of a struct.
    pub(super) fn fields(&mut self, type_name: &str, o: &dyn Object, verb: char, depth: usize) {
        if self.flags.sharp_v {
            self.out.extend_from_slice(type_name.as_bytes());
        }
        self.out.push(b'{');
        for (i, (name, field)) in o.fields().iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.separator(i);
            if self.flags.plus_v || self.flags.sharp_v {
                self.out.extend_from_slice(name.as_bytes());
                self.out.push(b':');
            }
            self.value(field, verb, depth + 1);
        }
        self.out.push(b'}');
    }

    /// Writes a pointer that is not followed.
    fn pointer(&mut self, v: &Value, verb: char, nil: bool) {
        let address = match v {
            _ if nil => 0,
            Value::Object(o) => o.address(),
            Value::List(l) if l.is_empty() => ZERO_BASE,
            Value::Bytes(b) if b.is_empty() => ZERO_BASE,
            _ => ADDRESS,
        };
        match verb {
            'v' if self.flags.sharp_v => {
                self.out.push(b'(');
                self.out.extend_from_slice(v.type_name().as_bytes());
                self.out.extend_from_slice(b")(");
                if nil {
                    self.out.extend_from_slice(b"nil");
                } else {
                    self.hex(address, true);
                }
                self.out.push(b')');
            }
            'v' if nil => self.pad(b"<nil>"),
            'v' | 'p' => self.hex(address, !self.flags.sharp),
            'b' | 'o' | 'd' | 'x' | 'X' => {
                self.integer_verb(Integer::unsigned(address), verb);
            }
            _ => self.bad_verb(v, verb),
        }
    }
}

fn is_pointer(o: &dyn Object) -> bool {
    matches!(o.kind(), Kind::Ptr | Kind::Func)
}

/// Returns what the `String` method of one of package `time`'s integer types returns.
fn name(kind: IntKind, n: i64) -> Option<String> {
    match kind {
        IntKind::Duration => Some(format_duration(n)),
        IntKind::Month => Some(month_name(n)),
        IntKind::Weekday => Some(weekday_name(n)),
        _ => None,
    }
}
