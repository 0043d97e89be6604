//! Merges the user's values: `-f` files first, then the `--set` family, each in its order.

use std::error::Error;
use std::fmt;

use super::strvals::{self, IndexError, SetError};
use crate::chart::{ValuesFileError, merge_maps, read_values};
use crate::profile::{Profile, Rule};
use gostd::os::text_of;
use gostd::value::{Map, Value};
use gostd::{json, unicode};

/// What the flags say, each kind in the order given.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// `-f`/`--values`: paths, URLs, or `-`.
    pub files: Vec<Vec<u8>>,
    /// `--set-json`
    pub set_json: Vec<Vec<u8>>,
    /// `--set`
    pub set: Vec<Vec<u8>>,
    /// `--set-string`
    pub set_string: Vec<Vec<u8>>,
    /// `--set-file`
    pub set_file: Vec<Vec<u8>>,
    /// `--set-literal`
    pub set_literal: Vec<Vec<u8>>,
    /// The Helm release that is reproduced.
    pub profile: Profile,
}

/// A flag of the `--set` family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetFlag {
    /// `--set-json`
    Json,
    /// `--set`
    Plain,
    /// `--set-string`
    String,
    /// `--set-file`
    File,
    /// `--set-literal`
    Literal,
}

impl SetFlag {
    /// The flags in the order in which they are applied.
    pub const ALL: [SetFlag; 5] =
        [SetFlag::Json, SetFlag::Plain, SetFlag::String, SetFlag::File, SetFlag::Literal];

    /// Returns the flag's name, without the dashes.
    pub fn name(self) -> &'static str {
        match self {
            SetFlag::Json => "set-json",
            SetFlag::Plain => "set",
            SetFlag::String => "set-string",
            SetFlag::File => "set-file",
            SetFlag::Literal => "set-literal",
        }
    }
}

/// What takes part in a merge of layers.
pub(super) trait Watch {
    /// Reads the values of a file, by its number among the `-f`.
    fn file(
        &mut self,
        number: usize,
        data: &[u8],
        profile: Profile,
    ) -> Result<Map, ValuesFileError>;

    /// Tells whether a line of a flag is to be applied, by its number among those of the flag.
    fn applies(&mut self, flag: SetFlag, number: usize, base: &Map) -> bool;

    /// Hears that a line of a flag has been applied.
    fn applied(&mut self, flag: SetFlag, number: usize, base: &Map);
}

/// Leaves a merge as it is.
struct Unwatched;

impl Watch for Unwatched {
    fn file(&mut self, _: usize, data: &[u8], profile: Profile) -> Result<Map, ValuesFileError> {
        read_values(data, profile)
    }

    fn applies(&mut self, _: SetFlag, _: usize, _: &Map) -> bool {
        true
    }

    fn applied(&mut self, _: SetFlag, _: usize, _: &Map) {}
}

/// Why a file could not be had: whatever the reader says.
pub type ReadError = Box<dyn Error + Send + Sync>;

/// Gives a file's contents by its name on the command line.
pub type Reader<'a> = dyn FnMut(&[u8]) -> Result<Vec<u8>, ReadError> + 'a;

/// Why the flags' values cannot be had.
#[derive(Debug)]
pub enum LayerError {
    /// A file cannot be read.
    Read(ReadError),
    /// A file is no YAML, or no table.
    Yaml {
        /// The file.
        path: Vec<u8>,
        /// Why.
        cause: ValuesFileError,
    },
    /// A line breaks the grammar of its flag.
    Set {
        /// The flag's name.
        flag: &'static str,
        /// The line.
        line: Box<[u8]>,
        /// Why.
        cause: SetError,
    },
    /// A line of `--set-json` begins as an object does, and is none.
    SetJsonObject {
        /// The line.
        line: Vec<u8>,
        /// Why.
        cause: json::DecodeError,
    },
    /// A line of `--set-json` breaks the grammar; of these Helm says the line, not the cause.
    SetJson {
        /// The line.
        line: Vec<u8>,
        /// Why.
        cause: SetError,
    },
}

impl LayerError {
    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        match self {
            LayerError::Read(cause) => vec![cause.to_string()],
            LayerError::Yaml { path, cause } => {
                vec![format!("failed to parse {}", text_of(path.clone())), cause.to_string()]
            }
            LayerError::Set { flag, cause, .. } => {
                let mut layers = vec![format!("failed parsing --{flag} data")];
                layers.extend(cause.layers());
                layers
            }
            LayerError::SetJsonObject { line, .. } => {
                let line = text_of(line.clone());
                vec!["failed parsing --set-json data JSON".to_owned(), line]
            }
            LayerError::SetJson { line, .. } => {
                vec![format!("failed parsing --set-json data {}", text_of(line.clone()))]
            }
        }
    }
}

impl fmt::Display for LayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.layers().join(": "))
    }
}

impl Error for LayerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LayerError::Read(cause) => Some(&**cause),
            LayerError::Yaml { cause, .. } => Some(cause),
            LayerError::SetJsonObject { cause, .. } => Some(cause),
            LayerError::Set { cause, .. } | LayerError::SetJson { cause, .. } => Some(cause),
        }
    }
}

impl Layers {
    /// Merges all layers, as Helm does: files, JSON, plain, strings, files' contents, literals.
    ///
    /// `read` gives a file's contents by the name on the command line; its error is shown as it is.
    ///
    /// # Errors
    /// The first file or flag that cannot be read or parsed.
    pub fn merge(&self, read: &mut Reader<'_>) -> Result<Map, LayerError> {
        self.merge_watched(read, &mut Unwatched)
    }

    /// Returns the lines of a flag.
    pub fn lines(&self, flag: SetFlag) -> &[Vec<u8>] {
        match flag {
            SetFlag::Json => &self.set_json,
            SetFlag::Plain => &self.set,
            SetFlag::String => &self.set_string,
            SetFlag::File => &self.set_file,
            SetFlag::Literal => &self.set_literal,
        }
    }

    pub(super) fn merge_watched(
        &self,
        read: &mut Reader<'_>,
        watch: &mut impl Watch,
    ) -> Result<Map, LayerError> {
        let mut base = Map::new();
        for (number, path) in self.files.iter().enumerate() {
            let data = read(path).map_err(LayerError::Read)?;
            let layer = watch
                .file(number, &data, self.profile)
                .map_err(|cause| LayerError::Yaml { path: path.clone(), cause })?;
            base = merge_maps(&base, &layer);
        }
        for flag in SetFlag::ALL {
            for (number, line) in self.lines(flag).iter().enumerate() {
                if watch.applies(flag, number, &base) {
                    self.apply(flag, line, &mut base, read)?;
                    watch.applied(flag, number, &base);
                }
            }
        }
        Ok(base)
    }

    /// Sets what a line of a flag says.
    fn apply(
        &self,
        flag: SetFlag,
        line: &[u8],
        base: &mut Map,
        read: &mut Reader<'_>,
    ) -> Result<(), LayerError> {
        let parsed = match flag {
            SetFlag::Json => match self.json_object(line)? {
                Some(object) => {
                    *base = merge_maps(base, &object);
                    return Ok(());
                }
                None => strvals::parse_json_into(line, base),
            },
            SetFlag::Plain => strvals::parse_into(line, base),
            SetFlag::String => strvals::parse_into_string(line, base),
            SetFlag::File => {
                let mut read = |path: &[u8]| read(path).map(Value::from);
                strvals::parse_file_into(line, base, &mut read)
            }
            SetFlag::Literal => strvals::parse_literal_into(line, base),
        };
        match (parsed, flag) {
            (Ok(()), _) => Ok(()),
            // Go sees the end of the line in the error about an index.
            (Err(SetError::Index(IndexError::Open)), _)
                if self.profile.has(Rule::OpenIndexesEnd) =>
            {
                Ok(())
            }
            (Err(cause), SetFlag::Json) => Err(LayerError::SetJson { line: line.to_vec(), cause }),
            (Err(cause), flag) => {
                Err(LayerError::Set { flag: flag.name(), line: line.into(), cause })
            }
        }
    }

    /// Returns the values of a line of `--set-json` that is an object, where the release takes one.
    fn json_object(&self, line: &[u8]) -> Result<Option<Map>, LayerError> {
        let text = unicode::trim_space(line);
        if !self.profile.has(Rule::SetJsonObjects) || !text.starts_with(b"{") {
            return Ok(None);
        }
        match json::unmarshal_map(text, self.profile.go()) {
            (map, None) => Ok(Some(map)),
            (_, Some(cause)) => Err(LayerError::SetJsonObject { line: line.to_vec(), cause }),
        }
    }
}
