//! Starts a Linux program without the standard library's preparations.
//!
//! Before `main` the standard library finds out where the main thread's stack ends, for a message when
//! it overflows: it reads and parses `/proc/self/maps` and sets up a second stack. That takes 0.08 ms,
//! a twentieth of what it takes to render a usual chart. [`main!`] defines the C library's `main`
//! instead. What else the standard library would have done is done here, but for one thing: SIGPIPE
//! keeps its meaning, so that a program whose reader went away ends, as one written in Go does.
//!
//! Only for Linux with glibc, where `std::env::args` does not depend on how the program was started.

use std::io::Write;
use std::os::fd::{BorrowedFd, IntoRawFd};
use std::panic::catch_unwind;

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, fcntl_getfd};
use rustix::stdio::{stderr, stdin, stdout};

/// The exit status after a panic, as the standard library has it.
const PANICKED: u8 = 101;

/// Defines the program's entry: a function without arguments that ends with the exit status.
#[macro_export]
macro_rules! main {
    ($run:path) => {
        // The C library looks for this name; nothing else here is out of the ordinary.
        #[unsafe(no_mangle)]
        extern "C" fn main(_: i32, _: *const *const std::ffi::c_char) -> i32 {
            $crate::start($run)
        }
    };
}

/// Runs the program; the exit status.
pub fn start(run: fn() -> u8) -> i32 {
    open_standard_streams();
    let status = catch_unwind(run).unwrap_or(PANICKED);
    let _ = std::io::stdout().flush();
    status.into()
}

/// Opens `/dev/null` for each of the three standard streams that is closed. Otherwise the next file to
/// be opened would take its number, and what is meant for the stream would go into that file.
fn open_standard_streams() {
    let streams: [fn() -> BorrowedFd<'static>; 3] = [stdin, stdout, stderr];
    for stream in streams {
        if fcntl_getfd(stream()) == Err(Errno::BADF)
            && let Ok(null) = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty())
        {
            // It stays open: the lowest free number is the stream's.
            let _ = null.into_raw_fd();
        }
    }
}
