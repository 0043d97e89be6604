//! Checks what Chart.yaml has to hold, and in which form.

use std::fmt::Display;

use super::place::Place;
use super::{Check, Problem, Report, Severity, web};
use crate::chart::{self, API_V1, API_V2, Metadata};
use crate::profile::{Profile, Rule};
use gostd::value::{Map, Value};
use gostd::{path, strconv};

const FILE: &str = "Chart.yaml";

pub(super) fn check(place: &Place, profile: Profile, report: &mut Report) {
    use Severity::{Error, Info, Warning};
    let is_new = profile.has(Rule::LintOfHelm4);
    let is_file = match place.is_directory(FILE) {
        true => Err("should be a file, not a directory".into()),
        false => Ok(()),
    };
    report.rule(Error, FILE, is_file);
    let (metadata, data) = match read(place, profile) {
        Ok(read) => read,
        Err(problem) => {
            report.rule(Error, FILE, Err(problem));
            return;
        }
    };
    let typed = goyaml::unmarshal_map(&data).unwrap_or_default();
    let mut rule = |severity, result: Check| report.rule(severity, FILE, result);
    if is_new {
        rule(Warning, strictly(&data, profile));
    }
    rule(Error, name(&metadata));
    rule(Error, api_version(&metadata));
    rule(Error, is_string(&typed, "version"));
    rule(Error, version(&metadata, profile));
    rule(Error, is_string(&typed, "appVersion"));
    rule(Error, maintainers(&metadata));
    rule(Error, sources(&metadata));
    rule(Info, icon_presence(&metadata));
    rule(Error, icon_url(&metadata));
    rule(Error, kind(&metadata));
    rule(Error, dependencies(&metadata));
    if is_new {
        rule(Warning, strict_version(&metadata, profile));
    }
}

fn read(place: &Place, profile: Profile) -> Result<(Metadata, Vec<u8>), Problem> {
    let failed = |why: &dyn Display| Problem::from(format!("unable to parse YAML\n\t{why}"));
    let data = place.read(FILE).map_err(|e| failed(&e))?;
    let metadata = chart::read_metadata_as(&data, profile).map_err(|e| failed(&e))?;
    Ok((metadata, data))
}

fn strictly(data: &[u8], profile: Profile) -> Check {
    chart::check_metadata_strictly(data, profile).map_err(|why| {
        Problem::from(format!("failed to strictly parse chart metadata file\n\t{why}"))
    })
}

fn strict_version(metadata: &Metadata, profile: Profile) -> Check {
    let given = &metadata.version;
    match given.to_str().is_some_and(|v| profile.semver().strict_version(v).is_ok()) {
        true => Ok(()),
        false => Err(format!("version '{given}' is not a valid SemVerV2").into()),
    }
}

fn name(metadata: &Metadata) -> Check {
    if metadata.name.is_empty() {
        return Err("name is required".into());
    }
    if path::base(&metadata.name) != &metadata.name[..] {
        let quoted = strconv::quote(&metadata.name);
        return Err(format!("chart name {} is invalid", String::from_utf8_lossy(&quoted)).into());
    }
    Ok(())
}

fn api_version(metadata: &Metadata) -> Check {
    let given = &metadata.api_version;
    if given.is_empty() {
        return Err("apiVersion is required. The value must be either \"v1\" or \"v2\"".into());
    }
    if *given != API_V1 && *given != API_V2 {
        return Err(format!(
            "apiVersion '{given}' is not valid. The value must be either \"v1\" or \"v2\""
        )
        .into());
    }
    Ok(())
}

/// Checks that a field which Helm would read as a text whatever it is was written as one.
fn is_string(fields: &Map, key: &str) -> Check {
    match fields.get(key.as_bytes()) {
        None | Some(Value::Str(_)) => Ok(()),
        Some(Value::Nil) => {
            Err(format!("{key} should be of type string but it's of type <nil>").into())
        }
        Some(other) => {
            Err(format!("{key} should be of type string but it's of type {}", other.type_name())
                .into())
        }
    }
}

fn version(metadata: &Metadata, profile: Profile) -> Check {
    let given = &metadata.version;
    if given.is_empty() {
        return Err("version is required".into());
    }
    let Some(version) = given.to_str().and_then(|v| profile.semver().version(v).ok()) else {
        return Err(format!("version '{given}' is not a valid SemVer").into());
    };
    const LEAST: &str = "0.0.0-0";
    match profile.semver().constraint(&format!(">{LEAST}")) {
        Ok(above) if !above.matches(&version) => Err(match profile.has(Rule::Semver35) {
            true => format!("version \"{version}\" is less than or equal to \"{LEAST}\""),
            false => format!("version {version} is less than or equal to {LEAST}"),
        }
        .into()),
        _ => Ok(()),
    }
}

fn maintainers(metadata: &Metadata) -> Check {
    for who in metadata.maintainers.iter().flatten() {
        if who.name.is_empty() {
            return Err("each maintainer requires a name".into());
        }
        if !who.email.is_empty() && !web::is_email(&who.email) {
            return Err(
                format!("invalid email '{}' for maintainer '{}'", who.email, who.name).into()
            );
        }
        if !who.url.is_empty() && !web::is_url(&who.url) {
            return Err(format!("invalid url '{}' for maintainer '{}'", who.url, who.name).into());
        }
    }
    Ok(())
}

fn sources(metadata: &Metadata) -> Check {
    for source in metadata.sources.iter().flatten() {
        if source.is_empty() || !web::is_request_url(source) {
            return Err(format!("invalid source URL '{source}'").into());
        }
    }
    Ok(())
}

fn icon_presence(metadata: &Metadata) -> Check {
    if metadata.icon.is_empty() { Err("icon is recommended".into()) } else { Ok(()) }
}

fn icon_url(metadata: &Metadata) -> Check {
    let icon = &metadata.icon;
    if !icon.is_empty() && !web::is_request_url(icon) {
        return Err(format!("invalid icon URL '{icon}'").into());
    }
    Ok(())
}

fn kind(metadata: &Metadata) -> Check {
    let given = &metadata.api_version;
    if !metadata.kind.is_empty() && *given != API_V2 {
        return Err(format!(
            "chart type is not valid in apiVersion '{given}'. It is valid in apiVersion '{API_V2}'"
        )
        .into());
    }
    Ok(())
}

fn dependencies(metadata: &Metadata) -> Check {
    let given = &metadata.api_version;
    if metadata.dependencies.as_ref().is_some_and(|d| !d.is_empty()) && *given != API_V2 {
        return Err(format!(
            "dependencies are not valid in the Chart file with apiVersion '{given}'. They are valid \
             in apiVersion '{API_V2}'"
        ).into());
    }
    Ok(())
}
