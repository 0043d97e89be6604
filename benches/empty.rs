//! The least that a Rust program costs: it starts and ends. benches/speed.py compiles it with `rustc -O`.

fn main() {}
