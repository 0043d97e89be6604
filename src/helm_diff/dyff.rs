//! Writes reports as dyff does.

use godyff::{Colors, Human, Input, Place};

/// How dyff's report is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dyff {
    /// Whether it has colors.
    pub color: bool,
    /// How wide the terminal is; 80 where there is none.
    pub width: usize,
}

/// Compares documents and returns the report. What cannot be read has no differences, as in helm-diff.
pub(super) fn print(dyff: Dyff, old: &[u8], new: &[u8], finds_renames: bool) -> Vec<u8> {
    let options = godyff::Options {
        ignore_whitespace_changes: true,
        detect_kubernetes: true,
        detect_renames: finds_renames,
        ..godyff::Options::default()
    };
    let human = Human {
        indent: 0,
        indent_lines: false,
        context_lines: 0,
        omit_header: true,
        colors: if dyff.color { Colors::Full } else { Colors::Off },
        width: dyff.width,
        ..Human::default()
    };
    let read = |text| Input::read(Place::Text(String::new()), text);
    let written = || human.write(&godyff::compare(read(old)?, read(new)?, &options)?);
    written().unwrap_or_else(|_: godyff::Error| "\n".to_owned()).into_bytes()
}
