//! Reads and writes `repositories.yaml`: the repositories that the user has added.

use std::path::Path;

use super::Error;
use crate::http::{Options, Tls};
use crate::store::{make_folders, read, write_whole};
use gostd::value::{Map, Str, Value};
use goyaml::Decoder;

/// A repository that the user has added, Helm's `repo.Entry`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What the user calls it.
    pub name: String,
    /// Where its `index.yaml` lies.
    pub url: String,
    /// For basic authentication.
    pub username: String,
    /// For basic authentication.
    pub password: String,
    /// Certificates.
    pub tls: Tls,
    /// Whether credentials go to other hosts, too.
    pub pass_credentials: bool,
}

impl Entry {
    /// Returns how things of this repository are fetched.
    pub fn options(&self) -> Options {
        Options {
            url: self.url.clone(),
            tls: self.tls.clone(),
            username: self.username.clone(),
            password: self.password.clone(),
            pass_credentials: self.pass_credentials,
            accept: "",
        }
    }

    fn to_value(&self) -> Value {
        let map = Map::new();
        map.insert("name", self.name.as_str().into());
        map.insert("url", self.url.as_str().into());
        map.insert("username", self.username.as_str().into());
        map.insert("password", self.password.as_str().into());
        map.insert("certFile", self.tls.cert_file.as_str().into());
        map.insert("keyFile", self.tls.key_file.as_str().into());
        map.insert("caFile", self.tls.ca_file.as_str().into());
        map.insert("insecure_skip_tls_verify", Value::Bool(self.tls.insecure));
        map.insert("pass_credentials_all", Value::Bool(self.pass_credentials));
        Value::Map(map)
    }
}

/// The file's contents, Helm's `repo.File`.
#[derive(Clone, Debug, Default)]
pub struct RepositoryFile {
    api_version: Str,
    generated: Str,
    /// In the order in which they were added.
    pub entries: Vec<Entry>,
}

const FILE: &[&str] = &["apiVersion", "generated", "repositories"];
const ENTRY: &[&str] = &[
    "name",
    "url",
    "username",
    "password",
    "certFile",
    "keyFile",
    "caFile",
    "insecure_skip_tls_verify",
    "pass_credentials_all",
];

#[derive(Default)]
struct Read {
    texts: [Str; 7],
    insecure: bool,
    pass: bool,
}

impl RepositoryFile {
    /// Reads the file.
    ///
    /// # Errors
    /// `couldn't load repositories file (PATH): open PATH: no such file or directory`, or what YAML
    /// says.
    pub fn load(path: &Path) -> Result<RepositoryFile, Error> {
        let (file, wrong) = RepositoryFile::load_partly(path);
        wrong.map_or(Ok(file), Err)
    }

    /// As [`RepositoryFile::load`], with what could be read of a file in which something is wrong:
    /// some of Helm's commands go on with that.
    pub fn load_partly(path: &Path) -> (RepositoryFile, Option<Error>) {
        match read(path) {
            Ok(data) => RepositoryFile::parse_partly(&data),
            Err(source) => (RepositoryFile::default(), Some(Error::NoFile { source })),
        }
    }

    /// Reads the file where there is one; without one there are no repositories.
    ///
    /// # Errors
    /// As [`RepositoryFile::load`].
    pub fn load_or_empty(path: &Path) -> Result<RepositoryFile, Error> {
        match RepositoryFile::load(path) {
            Err(e) if e.is_missing_file() => Ok(RepositoryFile::default()),
            loaded => loaded,
        }
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// What YAML says.
    pub fn parse(data: &[u8]) -> Result<RepositoryFile, Error> {
        let (file, wrong) = RepositoryFile::parse_partly(data);
        wrong.map_or(Ok(file), Err)
    }

    fn parse_partly(data: &[u8]) -> (RepositoryFile, Option<Error>) {
        let mut file = RepositoryFile::default();
        let tree = match goyaml::decode(data) {
            Ok(tree) => tree,
            Err(e) => return (file, Some(Error::BrokenFile(e))),
        };
        let mut read: Option<Vec<Read>> = None;
        let mut d = Decoder::default();
        if d.top(&tree, "repo.File") {
            d.fields(&tree, "File", FILE, |d, name, v| match name {
                "apiVersion" => d.text(v, &mut file.api_version),
                "generated" => d.time(v, &mut file.generated),
                _ => d.structs(v, &mut read, "repo.Entry", |d, entry: &mut Read, v| {
                    d.fields(v, "Entry", ENTRY, |d, name, v| match name {
                        "insecure_skip_tls_verify" => d.boolean(v, &mut entry.insecure),
                        "pass_credentials_all" => d.boolean(v, &mut entry.pass),
                        name => {
                            let at = ENTRY.iter().position(|n| *n == name).unwrap_or_default();
                            if let Some(text) = entry.texts.get_mut(at) {
                                d.text(v, text);
                            }
                        }
                    });
                }),
            });
        }
        file.entries = read.unwrap_or_default().into_iter().map(Read::entry).collect();
        (file, d.finish().err().map(Error::FileShape))
    }

    /// Returns the repository of that name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.name == name)
    }

    /// Puts a repository in the place of the one of its name, or behind all others.
    pub fn update(&mut self, entry: Entry) {
        match self.entries.iter_mut().find(|e| e.name == entry.name) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }

    /// Removes a repository; whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|e| e.name != name);
        self.entries.len() < before
    }

    /// Writes the file, for the user's eyes only: it may hold passwords.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let map = Map::new();
        map.insert("apiVersion", Value::Str(self.api_version.clone()));
        let generated: &[u8] =
            if self.generated.is_empty() { b"0001-01-01T00:00:00Z" } else { &self.generated };
        map.insert("generated", Value::Str(Str::from_bytes(generated)));
        let entries = self.entries.iter().map(Entry::to_value).collect();
        map.insert("repositories", Value::list(entries));
        let text = goyaml::marshal(&Value::Map(map)).map_err(Error::Yaml)?;
        if let Some(parent) = path.parent() {
            make_folders(parent)?;
        }
        Ok(write_whole(path, &text, 0o600)?)
    }
}

impl Read {
    fn entry(self) -> Entry {
        let [name, url, username, password, cert_file, key_file, ca_file] =
            self.texts.map(|t| t.to_string_lossy().into_owned());
        let tls = Tls { cert_file, key_file, ca_file, insecure: self.insecure };
        Entry { name, url, username, password, tls, pass_credentials: self.pass }
    }
}
