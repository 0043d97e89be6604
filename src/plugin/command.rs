//! Chooses a program and its arguments from `command` and `platformCommand`.

use super::{Error, Platform, Plugin, in_path};
use crate::profile::Rule;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The program's name or path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
}

impl Prepared {
    /// Returns the command line as Go shows it: with the program's full path, if it has one.
    pub fn shown(&self, path: &str) -> String {
        let program = in_path(&self.program, path.as_ref());
        let program = program.map_or_else(|| self.program.clone(), |p| p.display().to_string());
        let words = std::iter::once(&program).chain(&self.args);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl Plugin {
    /// Returns what is run for a command line, Helm's `PrepareCommand`; `variable` answers for the
    /// environment.
    ///
    /// # Errors
    /// `no plugin command is applicable`
    pub fn prepare(
        &self,
        given: Vec<String>,
        variable: &dyn Fn(&str) -> String,
    ) -> Result<Prepared, Error> {
        self.prepare_on(go_os(), go_arch(), given, variable)
    }

    fn prepare_on(
        &self,
        os: &str,
        arch: &str,
        given: Vec<String>,
        variable: &dyn Fn(&str) -> String,
    ) -> Result<Prepared, Error> {
        let given = if self.ignore_flags { Vec::new() } else { given };
        if self.profile.has(Rule::PluginsOfCommands) {
            let command = Platform { command: self.command.clone(), ..Platform::default() };
            let platforms = match self.platforms.is_empty() && !self.command.is_empty() {
                true => std::slice::from_ref(&command),
                false => &self.platforms,
            };
            let mut prepared = prepared_on(platforms, os, arch, true, given, variable)?;
            if !self.profile.has(Rule::PluginsOfHelm4) {
                prepared.program = expand(&prepared.program, variable);
            }
            return Ok(prepared);
        }
        let here = |p: &&Platform| p.os.eq_ignore_ascii_case(os);
        let exact = { self.platforms.iter() }
            .filter(here)
            .find(|p| p.arch.eq_ignore_ascii_case(arch))
            .or_else(|| self.platforms.iter().rfind(here));
        let line = exact.map_or(&self.command, |p| &p.command);
        let mut parts = line.split(' ');
        let program = parts.next().filter(|p| !p.is_empty());
        let program = program.ok_or(Error::NoCommand)?;
        let mut args: Vec<String> = parts.map(|part| expand(part, variable)).collect();
        args.extend(given);
        // Helm expands the program's name once more when it starts it.
        Ok(Prepared { program: expand(&expand(program, variable), variable), args })
    }
}

/// Returns what is run of commands by platform, Helm's `PrepareCommands`; with `expands` variables in arguments are
/// replaced.
///
/// # Errors
/// `no plugin command is applicable`
pub(super) fn prepared(
    platforms: &[Platform],
    expands: bool,
    given: Vec<String>,
    variable: &dyn Fn(&str) -> String,
) -> Result<Prepared, Error> {
    prepared_on(platforms, go_os(), go_arch(), expands, given, variable)
}

fn prepared_on(
    platforms: &[Platform],
    os: &str,
    arch: &str,
    expands: bool,
    given: Vec<String>,
    variable: &dyn Fn(&str) -> String,
) -> Result<Prepared, Error> {
    let here = |p: &&Platform| p.os.eq_ignore_ascii_case(os);
    let exact = platforms.iter().filter(here).find(|p| p.arch.eq_ignore_ascii_case(arch));
    let any_arch = || platforms.iter().filter(|p| p.arch.is_empty());
    let chosen = exact
        .or_else(|| any_arch().find(here))
        .or_else(|| any_arch().find(|p| p.os.is_empty()))
        .ok_or(Error::NoCommand)?;
    let mut parts = chosen.command.split(' ');
    let program = parts.next().filter(|p| !p.is_empty()).ok_or(Error::NoCommand)?;
    let own = parts.chain(chosen.args.iter().map(String::as_str));
    let own = own.map(|arg| if expands { expand(arg, variable) } else { arg.to_owned() });
    Ok(Prepared { program: expand(program, variable), args: own.chain(given).collect() })
}

fn go_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

fn go_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    }
}

/// Replaces `$name` and `${name}`, Go's `os.Expand`: what is no name between braces is dropped, a
/// dollar before anything else stays.
pub fn expand(text: &str, variable: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let Some(first) = after.chars().next() else {
            out.push('$');
            return out;
        };
        let special = |c: char| "*#$@!?-0123456789".contains(c);
        let (name, length) = if first == '{' {
            match after.find('}') {
                Some(1) => ("", 2),
                Some(end) => (after.get(1..end).unwrap_or_default(), end + 1),
                None => ("", 1),
            }
        } else if special(first) {
            (after.get(..1).unwrap_or_default(), 1)
        } else {
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            let name = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
            (name, name.len())
        };
        if !name.is_empty() {
            out.push_str(&variable(name));
        } else if length == 0 {
            out.push('$');
        }
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Plugin, Profile, parse};
    use super::expand;

    fn environment(name: &str) -> String {
        match name {
            "A" => "one two".into(),
            "DIR" => "/p".into(),
            "?" => "status".into(),
            _ => String::new(),
        }
    }

    #[test]
    fn variables_are_expanded_as_go_does() {
        for (text, want) in [
            ("$A", "one two"),
            ("${A}!", "one two!"),
            ("$DIR/x$", "/p/x$"),
            ("a$.b", "a$.b"),
            ("${}x", "x"),
            ("${A", "A"),
            ("$?${?}", "statusstatus"),
            ("$NONE|", "|"),
            ("$é", "$é"),
            ("$1a", "a"),
        ] {
            assert_eq!(expand(text, &environment), want, "{text}");
        }
    }

    fn plugin(yaml: &str) -> Plugin {
        parse(yaml.as_bytes(), Profile::DEFAULT).unwrap()
    }

    #[test]
    fn the_platform_decides() {
        let some = "name: a\ncommand: c $DIR\nplatformCommand:\n\
                    - {os: linux, arch: arm64, command: la}\n- {os: Linux, command: l1}\n\
                    - {os: linux, command: l2}\n- {os: darwin, arch: amd64, command: d}\n";
        for (os, arch, want) in [
            ("linux", "ARM64", "la"),
            ("linux", "amd64", "l2"),
            ("darwin", "amd64", "d"),
            ("darwin", "arm64", "d"),
            ("windows", "amd64", "c"),
        ] {
            let got = plugin(some).prepare_on(os, arch, Vec::new(), &environment).unwrap();
            assert_eq!(got.program, want, "{os} {arch}");
        }
    }

    #[test]
    fn arguments_follow_unless_they_are_ignored() {
        let given = || vec!["-x".to_owned()];
        let run = |yaml: &str| plugin(yaml).prepare_on("linux", "amd64", given(), &environment);
        assert_eq!(run("command: $DIR/r $A b").unwrap().args, ["one two", "b", "-x"]);
        assert_eq!(run("command: $DIR/r b\nignoreFlags: true").unwrap().args, ["b"]);
        assert_eq!(run("name: a").unwrap_err().to_string(), "no plugin command is applicable");
    }
}
