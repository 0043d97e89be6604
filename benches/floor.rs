//! The least that rendering a chart can cost: read every file once, write the finished output.
//!
//! usage: floor OUTPUT PATH...
//!
//! PATH is a chart's directory, with all that lies below it, or a file (a packed chart, a file of values). OUTPUT is
//! the file that holds what rendering has to print; it goes to stdout in one write. Between the two there is no work.
//! benches/speed.py compiles this with `rustc -O`, without the package.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// Most files of a chart fit, and then take one read and the one that finds the end.
const BLOCK: usize = 64 << 10;

/// Reads a file, or every file below a directory; links are followed, as Helm does. Ends with the bytes read.
fn read(path: &Path, is_directory: bool, block: &mut [u8]) -> io::Result<u64> {
    let mut total = 0;
    if !is_directory {
        let mut file = File::open(path)?;
        loop {
            match file.read(block)? {
                0 => return Ok(total),
                n => total += n as u64,
            }
        }
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let kind = if kind.is_symlink() { fs::metadata(&path)?.file_type() } else { kind };
        if kind.is_dir() || kind.is_file() {
            total += read(&path, kind.is_dir(), block)?;
        }
    }
    Ok(total)
}

fn run() -> io::Result<()> {
    let mut args = std::env::args_os().skip(1);
    let output = args.next().ok_or(io::ErrorKind::InvalidInput)?;
    let mut block = vec![0; BLOCK];
    for path in args {
        let path = Path::new(&path);
        read(path, fs::metadata(path)?.is_dir(), &mut block)?;
    }
    io::stdout().lock().write_all(&fs::read(output)?)
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: {error}");
            ExitCode::FAILURE
        }
    }
}
