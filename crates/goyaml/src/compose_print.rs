//! Prints Go's `%#v` of what go-yaml decoded, for the errors that show a key or a value.

use std::fmt::Write;

use super::tree::Tree;
use gostd::stack;
use gostd::strconv::{self, quoted};

/// Returns the Go type of a key, as `%s` prints its `reflect.Type`.
pub(super) fn type_name(tree: &Tree) -> &'static str {
    match tree {
        Tree::Nil => "%!s(<nil>)",
        Tree::Bool(_) => "bool",
        Tree::Int(_) => "int",
        Tree::Uint(_) => "uint64",
        Tree::Float(_) => "float64",
        Tree::Str(_) => "string",
        Tree::List(_) => "[]interface {}",
        Tree::Map(_) => "map[interface {}]interface {}",
    }
}

/// Returns the value in Go's syntax, e.g. `map[interface {}]interface {}{"a":1}`.
pub(super) fn go_syntax(tree: &Tree) -> String {
    let mut out = String::new();
    print(&mut out, tree, 0);
    out
}

fn print(out: &mut String, tree: &Tree, depth: usize) {
    stack::at_depth(depth, || print_here(out, tree, depth + 1));
}

fn print_here(out: &mut String, tree: &Tree, depth: usize) {
    // Writing to a `String` cannot fail.
    let _ = match tree {
        Tree::Nil => write!(out, "interface {{}}(nil)"),
        Tree::Bool(b) => write!(out, "{b}"),
        Tree::Int(n) => write!(out, "{n}"),
        Tree::Uint(n) => write!(out, "{n:#x}"),
        Tree::Float(f) => {
            out.push_str(&strconv::format_float(*f, b'g', -1));
            Ok(())
        }
        Tree::Str(s) => {
            out.push_str(&quoted(s));
            Ok(())
        }
        Tree::List(items) => {
            out.push_str("[]interface {}{");
            for (i, item) in items.0.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                print(out, item, depth);
            }
            out.push('}');
            Ok(())
        }
        Tree::Map(entries) => {
            out.push_str("map[interface {}]interface {}{");
            for (i, (key, value)) in entries.0.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                print(out, &key.clone().into(), depth);
                out.push(':');
                print(out, value, depth);
            }
            out.push('}');
            Ok(())
        }
    };
}
