//! Reads passwords and passphrases: from files, from standard input, and from a terminal.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read};

use gostd::os::io_reason;
use statefulchart::action::Secrets;

use super::flags::Given;
use super::{Failure, output};

/// Asks for what the flags do not say.
pub(super) struct Asking<'g>(pub(super) &'g Given);

impl Secrets for Asking<'_> {
    fn password(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        read_password(self.0.password_stdin).map_err(boxed)
    }

    fn prepared_passphrase(&self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        match self.0.passphrase_file.as_deref().unwrap_or_default() {
            "" => Ok(None),
            path => Ok(Some(first_line(path)?)),
        }
    }

    fn passphrase(&self, owner: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        ask(owner).map_err(boxed)
    }
}

fn boxed(failure: Failure) -> Box<dyn Error + Send + Sync> {
    String::from_utf8_lossy(&failure.text(false)).into_owned().into()
}

/// Returns a password from standard input: all of it, or one line that a terminal does not show.
pub(super) fn read_password(all: bool) -> Result<String, Failure> {
    if all {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map_err(|e| e.to_string())?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        return Ok(text.strip_suffix('\r').unwrap_or(text).to_owned());
    }
    output::stdout(b"Password: ")?;
    if !std::io::stdin().is_terminal() {
        output::stdout(b"\n")?;
        return Err("inappropriate ioctl for device".into());
    }
    read_hidden()
}

/// Returns a line that a terminal does not show.
pub(super) fn read_hidden() -> Result<String, Failure> {
    let read = rpassword::read_password();
    output::stdout(b"\n")?;
    read.map_err(|e| Failure::from(io_reason(&e)))
}

/// Returns the first line of a file, or of standard input.
fn first_line(path: &str) -> Result<Vec<u8>, String> {
    /// How long a line Go's reader returns at once, in bytes.
    const LONGEST: usize = 4096;
    /// With its end.
    const MOST: u64 = LONGEST as u64 + 2;
    let mut line = Vec::new();
    if path == "-" {
        if !is_pipe() {
            return Err("specified reading passphrase from stdin, without input on stdin".into());
        }
        let read = std::io::stdin().lock().take(MOST).read_until(b'\n', &mut line);
        read.map_err(|e| format!("read /dev/stdin: {}", io_reason(&e)))?;
    } else {
        let file = File::open(path).map_err(|e| format!("open {path}: {}", io_reason(&e)))?;
        let read = BufReader::new(file.take(MOST)).read_until(b'\n', &mut line);
        read.map_err(|e| format!("read {path}: {}", io_reason(&e)))?;
    }
    if line.is_empty() {
        return Err("EOF".into());
    }
    if line.pop_if(|b| *b == b'\n').is_some() {
        line.pop_if(|b| *b == b'\r');
    }
    line.truncate(LONGEST);
    Ok(line)
}

/// Returns whether standard input is a pipe.
fn is_pipe() -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata("/dev/stdin").is_ok_and(|info| info.file_type().is_fifo())
}

/// Asks for a key's passphrase.
fn ask(name: &[u8]) -> Result<Vec<u8>, Failure> {
    let quoted = gostd::strconv::quote(name);
    let question = [b"Password for key ", &quoted[..], b" >  "].concat();
    output::stdout(&question)?;
    let answer = if std::io::stdin().is_terminal() {
        rpassword::read_password().map_err(|e| e.to_string())
    } else {
        Err("inappropriate ioctl for device".to_owned())
    };
    output::stdout(b"\n")?;
    Ok(answer?.into_bytes())
}
