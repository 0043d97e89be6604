//! Makes and checks provenance files.

use std::path::Path;

use goopenpgp::{Keyring, Message, Secret, Signer};
use gostd::os::{path_of, path_text, read_whole};
use gostd::value::{Map, Str, Value};
use goyaml::Decoder;
use sha2::{Digest, Sha256};

use super::{Error, Verified, load_keyring};
use crate::chart::read_metadata;
use crate::profile::Profile;
use crate::store::FileError;

fn open(path: &Path) -> Result<Vec<u8>, FileError> {
    let file = std::fs::File::open(path).map_err(|e| FileError::new("open", path, e))?;
    read_whole(file).map_err(|e| FileError::new("read", path, e))
}

fn stat(path: &Path) -> Result<std::fs::Metadata, FileError> {
    std::fs::metadata(path).map_err(|e| FileError::new("stat", path, e))
}

fn sha256(data: &[u8]) -> String {
    let digest: String = Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{digest}")
}

/// Returns a path's last part.
fn base(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Checks a package against the `.prov` file beside it with the keys of a keyring.
///
/// # Errors
/// Helm's texts, e.g. `openpgp: signature made by unknown entity`.
pub fn verify(package: &Path, keyring: &Path, profile: Profile) -> Result<Verified, Error> {
    if stat(package)?.is_dir() {
        return Err(Error::Unpacked);
    }
    if !package.extension().is_some_and(|e| e.eq_ignore_ascii_case("tgz")) {
        return Err(Error::NoPackage);
    }
    let beside = format!("{}.prov", path_text(package));
    let info = stat(&path_of(&beside))
        .map_err(|source| Error::NoProvenance { file: beside.clone(), source })?;
    let ring =
        load_keyring(keyring, profile).map_err(|e| Error::Keyring { source: Box::new(e) })?;
    if info.is_dir() {
        return Err(Error::ProvenanceFolder(beside));
    }
    let text = open(&path_of(&beside)).map_err(|source| Error::Provenance { source })?;
    check(&ring, &text, &base(package), || open(package))
}

/// Returns the hashes of a provenance file.
fn sums(text: &[u8]) -> Result<Map, Error> {
    const END: &[u8] = b"\n...\n";
    let first = memchr::memmem::find(text, END);
    let Some((head, rest)) =
        first.and_then(|at| Some((text.get(..at)?, text.get(at + END.len()..)?)))
    else {
        return Err(Error::OnePart);
    };
    read_metadata(head).map_err(Error::Metadata)?;
    let rest = memchr::memmem::find(rest, END).and_then(|at| rest.get(..at)).unwrap_or(rest);
    let tree = goyaml::decode(rest).map_err(Error::Sums)?;
    let (mut files, mut images) = (Map::new(), Map::new());
    let mut d = Decoder::default();
    if d.top(&tree, "provenance.SumCollection") {
        d.fields(&tree, "SumCollection", &["files", "images"], |d, name, v| match name {
            "files" => d.annotations(v, &mut files),
            _ => d.annotations(v, &mut images),
        });
    }
    d.finish().map_err(Error::SumsShape)?;
    Ok(files)
}

/// Checks a provenance file's signature, and the hash of the package of that name.
///
/// # Errors
/// As [`verify`], and those of reading the package.
pub fn check(
    ring: &Keyring,
    provenance: &[u8],
    name: &str,
    package: impl FnOnce() -> Result<Vec<u8>, FileError>,
) -> Result<Verified, Error> {
    let Some(signed) = Message::find(provenance) else {
        return Err(Error::NoBlock);
    };
    let owner = ring.verify(&signed).map_err(Error::OpenPgp)?;
    let hash = sha256(&package()?);
    let sums = sums(signed.text())?;
    match sums.get(&Str::from(name)) {
        None => {
            return Err(Error::NotListed(name.to_owned()));
        }
        Some(Value::Str(listed)) if listed == hash.as_str() => {}
        Some(other) => {
            let listed = other.as_str().map_or(String::new(), |s| s.to_string_lossy().into());
            return Err(Error::Sum { name: name.to_owned(), listed, found: hash });
        }
    }
    Ok(Verified { signed_by: owner.names, fingerprint: owner.fingerprint, hash })
}

/// Checks the signature of an archive of that name with the keys of a keyring.
///
/// # Errors
/// As [`verify`].
pub fn check_archive(
    keyring: &Path,
    provenance: &[u8],
    name: &str,
    archive: &[u8],
    profile: Profile,
) -> Result<Verified, Error> {
    check(&load_keyring(keyring, profile)?, provenance, name, || Ok(archive.to_vec()))
}

/// Tells whether a provenance file, whose signature is not looked at, has the hash of an archive; nothing where it is
/// none.
pub fn lists(provenance: &[u8], archive: &Path) -> Option<bool> {
    let signed = Message::find(provenance)?;
    let hash = open(archive).ok().map(|data| sha256(&data));
    let name = base(archive);
    let is_it = |(listed, sum): (Str, Value)| {
        listed.to_string_lossy().contains(&name)
            && sum.as_str().is_some_and(|sum| Some(&*sum.to_string_lossy()) == hash.as_deref())
    };
    Some(sums(signed.text()).is_ok_and(|sums| sums.entries().into_iter().any(is_it)))
}

/// Returns a name of the owner of a key that is to sign, if a passphrase is needed.
///
/// # Errors
/// Where the keyring has no secret key of that owner.
pub fn locked<'a>(signer: &Signer<'a>) -> Result<Option<&'a [u8]>, Error> {
    match signer.secret() {
        Secret::Missing => Err(Error::NoSecret),
        Secret::Open => Ok(None),
        Secret::Locked(name) => Ok(Some(name)),
    }
}

/// Makes a provenance file for a package of that file name, with the chart's metadata as YAML and the
/// time in seconds since 1970.
///
/// # Errors
/// Where the key cannot be used, e.g. `openpgp: invalid data: private key checksum failure`.
pub fn sign(
    signer: &Signer<'_>,
    passphrase: &[u8],
    metadata: &[u8],
    name: &str,
    package: &[u8],
    time: u32,
) -> Result<Vec<u8>, Error> {
    locked(signer)?;
    let files = Map::new();
    files.insert(name, Value::from(sha256(package)));
    let sums = Map::new();
    sums.insert("files", Value::Map(files));
    let sums = goyaml::marshal(&Value::Map(sums)).map_err(Error::Yaml)?;
    let text = [metadata, b"\n...\n", &sums].concat();
    signer.sign(passphrase, &text, time).map_err(Error::OpenPgp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_stand_behind_the_metadata() {
        let text =
            b"apiVersion: v2\nname: a\nversion: 1.0.0\n\n...\nfiles:\n  a-1.0.0.tgz: sha256:00\n";
        let sums = sums(text).unwrap();
        assert_eq!(sums.get(b"a-1.0.0.tgz").unwrap().as_str().unwrap(), &"sha256:00");
        assert_eq!(
            super::sums(b"name: a\n").unwrap_err().to_string(),
            "message block must have at least two parts"
        );
    }
}
