//! Checks what lies under `crds/`, which Helm 4 does.

use super::object::{self, Object};
use super::place::{Loaded, Place};
use super::{Check, Problem, Report, Severity};
use crate::profile::Profile;
use crate::report::Reporter;

const FOLDER: &str = "crds/";

pub(super) fn check(
    place: &Place,
    loaded: &Loaded,
    profile: Profile,
    report: &mut Report,
    reporter: &dyn Reporter,
) {
    if !place.exists("crds") {
        return;
    }
    let is_folder = match place.is_directory("crds") {
        true => Ok(()),
        false => Err("not a directory".into()),
    };
    if !report.rule(Severity::Error, FOLDER, is_folder) {
        return;
    }
    loaded.told.iter().for_each(|event| reporter.report(event.clone()));
    let crds = loaded.chart.as_ref().map_err(Problem::of);
    let crds = match crds.and_then(|chart| chart.crds().map_err(Problem::of)) {
        Ok(crds) => crds,
        Err(problem) => {
            report.rule(Severity::Error, FOLDER, Err(problem));
            return;
        }
    };
    for crd in crds {
        for object in object::objects(&crd.data, profile) {
            let object = object.map_err(|why| format!("unable to parse YAML: {why}").into());
            match object {
                Ok(None) => {}
                Ok(Some(object)) => {
                    report.rule(Severity::Error, crd.name.clone(), has_api_version(&object));
                    report.rule(Severity::Error, crd.name.clone(), has_kind(&object));
                }
                Err(problem) => {
                    report.rule(Severity::Error, crd.name.clone(), Err(problem));
                    // Helm looks at no further file, either.
                    return;
                }
            }
        }
    }
}

fn has_api_version(object: &Object) -> Check {
    match object.api_version.starts_with(b"apiextensions.k8s.io") {
        true => Ok(()),
        false => Err("apiVersion is not in 'apiextensions.k8s.io'".into()),
    }
}

fn has_kind(object: &Object) -> Check {
    match object.kind == "CustomResourceDefinition" {
        true => Ok(()),
        false => Err("object kind is not 'CustomResourceDefinition'".into()),
    }
}
