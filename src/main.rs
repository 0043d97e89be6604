//! The `statefulchart` command.

fn main() {}
