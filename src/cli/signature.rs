//! Checking and making the signatures of packages.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::Path;

use gostd::os::io_reason;
use statefulchart::chart::metadata_view;
use statefulchart::signature;

use super::flags::Given;
use super::render::load_any;
use super::{Failure, locate, output};

/// Checks a package against the `.prov` file beside it with the keys of a keyring; returns what Helm
/// prints of the signature.
///
/// # Errors
/// Helm's texts.
pub(super) fn verify(package: &Path, keyring: &str) -> Result<String, String> {
    let verified = signature::verify(package, Path::new(keyring))?;
    let mut text = String::new();
    for name in &verified.signed_by {
        text.push_str(&format!("Signed by: {}\n", String::from_utf8_lossy(name)));
    }
    text.push_str(&format!("Using Key With Fingerprint: {}\n", verified.fingerprint));
    text.push_str(&format!("Chart Hash Verified: {}\n", verified.hash));
    Ok(text)
}

/// Writes a package's provenance file beside it, signed by the key that the flags name.
pub(super) fn sign(given: &Given, package: &Path) -> Result<(), Failure> {
    let ring = signature::load_keyring(Path::new(&locate::keyring(given)))?;
    let signer = ring.find(given.key.as_deref().unwrap_or_default()).map_err(|e| e.to_string())?;
    let from_file = match given.passphrase_file.as_deref().unwrap_or_default() {
        "" => None,
        path => Some(first_line(path)?),
    };
    let signer = signer.ok_or("private key not found")?;
    let passphrase = match (signature::locked(&signer)?, from_file) {
        (None, _) => Vec::new(),
        (Some(_), Some(given)) => given,
        (Some(name), None) => ask(name)?,
    };
    let fail = |op: &str, path: &Path, e: std::io::Error| {
        format!("{op} {}: {}", path.display(), io_reason(&e))
    };
    let data = std::fs::read(package).map_err(|e| fail("open", package, e))?;
    let metadata =
        goyaml::marshal(&metadata_view(&load_any(package)?.metadata)).map_err(|e| e.to_string())?;
    let name = package.file_name().unwrap_or_default().to_string_lossy();
    let time = u32::try_from(output::clock().now().seconds).unwrap_or_default();
    let text = signature::sign(&signer, &passphrase, &metadata, &name, &data, time)?;
    let beside = format!("{}.prov", package.display());
    let beside = Path::new(&beside);
    Ok(std::fs::write(beside, text).map_err(|e| fail("open", beside, e))?)
}

/// The first line of a file, or of standard input.
fn first_line(path: &str) -> Result<Vec<u8>, String> {
    /// How long a line Go's reader returns at once, in bytes.
    const LONGEST: usize = 4096;
    let mut line = Vec::new();
    if path == "-" {
        if !is_pipe() {
            return Err("specified reading passphrase from stdin, without input on stdin".into());
        }
        let read = std::io::stdin().lock().read_until(b'\n', &mut line);
        read.map_err(|e| format!("read /dev/stdin: {}", io_reason(&e)))?;
    } else {
        let file = File::open(path).map_err(|e| format!("open {path}: {}", io_reason(&e)))?;
        let read = BufReader::new(file).read_until(b'\n', &mut line);
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

/// Whether standard input is a pipe.
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
