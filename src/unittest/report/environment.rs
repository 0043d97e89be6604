//! Holds what reports tell of the machine and the time.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bstr::{BString, ByteSlice};
use gostd::time::Time;

/// What a report tells of the machine that ran the tests, and when it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `2006-01-02`
    pub date: String,
    /// `15:04:05`
    pub time: String,
    /// The program's Go, its system and its processor, as helm-unittest's own binary names them.
    pub platform: String,
    /// The working directory.
    pub folder: BString,
    /// The machine's name.
    pub host: BString,
    /// The user's name.
    pub user: BString,
    /// What stands before a backslash in the user's name.
    pub domain: BString,
    /// The language of the locale: `en`
    pub culture: BString,
    /// Language and territory: `en-US`
    pub ui_culture: BString,
}

/// The Go that helm-unittest 1.1.2 was built with.
const GO: &str = "go1.26.8";

impl Environment {
    /// Finds out what can be found out; what cannot is empty. `variable` reads a variable of the environment.
    pub fn new(
        now: &Time,
        folder: &Path,
        variable: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Environment {
        let stamp = |layout: &[u8]| now.format(layout).to_str_lossy().into_owned();
        let of = |name: &str| variable(name).filter(|value| !value.is_empty());
        let locale = of("LC_ALL").or_else(|| of("LANG")).unwrap_or_default();
        let (culture, ui_culture) = cultures(&locale);
        let name = user_name().or_else(|| of("USER")).unwrap_or_default();
        let (domain, user) = match name.split_once_str("\\") {
            Some((domain, user)) if !user.contains(&b'\\') => (domain, user),
            Some((first, _)) => (&b""[..], first),
            None => (&b""[..], &name[..]),
        };
        Environment {
            date: stamp(b"2006-01-02"),
            time: stamp(b"15:04:05"),
            platform: platform(),
            folder: folder.as_os_str().as_bytes().into(),
            host: host_name().into(),
            user: user.into(),
            domain: domain.into(),
            culture: culture.into(),
            ui_culture: ui_culture.into(),
        }
    }
}

fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{GO}.{system}-{processor}")
}

/// Returns language, and language with territory, of `en_US.UTF-8`.
fn cultures(locale: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let locale = locale.split_str(".").next().unwrap_or_default().replace("-", "_");
    let mut pieces = locale.split_str("_");
    let language = pieces.next().unwrap_or_default().to_vec();
    let both = match pieces.next() {
        Some(territory) if !territory.is_empty() => [&language[..], b"-", territory].concat(),
        _ => language.clone(),
    };
    (language, both)
}

fn host_name() -> Vec<u8> {
    rustix::system::uname().nodename().to_bytes().to_vec()
}

/// Returns the user's name by the list of users.
fn user_name() -> Option<Vec<u8>> {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = gostd::os::read_regular_file(Path::new("/etc/passwd")).ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split_str(":");
        let name = fields.next()?;
        (fields.nth(1)? == id.as_bytes()).then(|| name.to_vec())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_a_language_and_a_territory() {
        for (locale, language, both) in [
            ("en_US.UTF-8", "en", "en-US"),
            ("de-CH", "de", "de-CH"),
            ("C.UTF-8", "C", "C"),
            ("pt_BR_x.y", "pt", "pt-BR"),
            ("fr_", "fr", "fr"),
            ("", "", ""),
        ] {
            let want = (language.as_bytes().to_vec(), both.as_bytes().to_vec());
            assert_eq!(cultures(locale.as_bytes()), want, "{locale}");
        }
    }
}
