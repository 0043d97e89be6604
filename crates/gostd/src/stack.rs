//! Grows the stack, so that no template and no value in one can overflow it.

/// How deep recursions over values go. Each level takes up to half a kilobyte of stack, so that all of
/// them take a quarter of the 512 MB that a render may need; Go's stack ends at a gigabyte.
pub const MAX_DEPTH: usize = 250_000;

/// How many containers one walk over a value may meet that are deeper than any real one. What holds others
/// in several places, level by level, has no end in reach.
pub const MAX_DEEP: usize = 2_000_000;

/// Levels for which any thread's stack suffices: at most 8 kB each, and a thread has 2 MB. Only deeper
/// ones ask how much is left, since the first question reads the process's memory map.
const SHALLOW: usize = 48;

/// Stack kept free at each deeper level, and the size of the piece added when it runs short, in bytes.
const RED_ZONE: usize = 128 * 1024;
const PIECE: usize = 4 * 1024 * 1024;

/// Calls `f`, on a new piece of stack if the one at hand runs short. `depth` is how many such calls are
/// around this one.
#[inline]
pub fn at_depth<T>(depth: usize, f: impl FnOnce() -> T) -> T {
    if depth < SHALLOW { f() } else { stacker::maybe_grow(RED_ZONE, PIECE, f) }
}

/// Calls `f` where the depth is not counted: for what is done once, when a render has failed.
#[cold]
pub fn uncounted<T>(f: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, PIECE, f)
}
