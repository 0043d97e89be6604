//! Charts from a world of one's own: what the library fetches through a `Getter`, and what it tells.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use statefulchart::action::{ChartSource, Dependency, Pull, SupplyError};
use statefulchart::downloader;
use statefulchart::getter::{Error, Getter, Options, Settings};
use statefulchart::http::Response;
use statefulchart::package;
use statefulchart::profile::Profile;
use statefulchart::report::{Event, Notice, Record, Reporter, Silent};

/// Documents by their URLs.
struct Memory(HashMap<String, Vec<u8>>);

impl Getter for Memory {
    fn get(&self, url: &str, _: &Options, limit: u64, _: &dyn Reporter) -> Result<Vec<u8>, Error> {
        let found = self.0.get(url).filter(|data| data.len() as u64 <= limit);
        found.cloned().ok_or_else(|| Error::Other(format!("nothing at {url}").into()))
    }

    fn ask(
        &self,
        url: &str,
        _: &[(&str, &str)],
        _: u64,
        _: Duration,
        _: &dyn Reporter,
    ) -> Result<Response, Error> {
        Err(Error::Other(format!("nothing answers at {url}").into()))
    }

    fn knows(&self, scheme: &str) -> bool {
        scheme == "memory"
    }

    fn media_type(&self, _: &str, _: &dyn Reporter) -> Option<String> {
        None
    }

    fn tags(&self, _: &str, _: &dyn Reporter) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    fn resolve(&self, reference: &str, _: &str, _: &dyn Reporter) -> Result<String, Error> {
        Ok(reference.to_owned())
    }
}

/// A repository at `memory://r` that holds version 1.2.3 of `below`.
fn repository(folder: &Path) -> Memory {
    let source = folder.join("below");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("Chart.yaml"), "apiVersion: v2\nname: below\nversion: 1.2.3\n").unwrap();
    let chart = statefulchart::chart::load(&source, &Silent).unwrap();
    let index = "apiVersion: v1\nentries:\n  below:\n  - name: below\n    version: 1.2.3\n    urls: [below-1.2.3.tgz]\n";
    Memory(HashMap::from([
        ("memory://r/index.yaml".to_owned(), index.into()),
        (
            "memory://r/below-1.2.3.tgz".to_owned(),
            package::pack(&chart, 0, Profile::DEFAULT).unwrap(),
        ),
    ]))
}

fn settings(folder: &Path) -> Settings {
    Settings {
        repository_config: folder.join("repositories.yaml"),
        repository_cache: folder.join("cache"),
        temporary: folder.to_owned(),
        ..Settings::default()
    }
}

/// A chart that depends on a version of `below`.
fn parent(folder: &Path, version: &str) -> Dependency {
    let chart = folder.join("parent");
    fs::create_dir(&chart).unwrap();
    let text = format!(
        "apiVersion: v2\nname: parent\nversion: 0.1.0\ndependencies:\n- name: below\n  version: {version}\n  repository: memory://r\n"
    );
    fs::write(chart.join("Chart.yaml"), text).unwrap();
    Dependency { folder: chart, ..Dependency::default() }
}

fn notices(record: &Record) -> Vec<Notice> {
    let notice = |event| match event {
        Event::Notice(notice) => Some(notice),
        _ => None,
    };
    record.take().into_iter().filter_map(notice).collect()
}

#[test]
fn dependencies_come_through_the_getter_and_are_told_as_data() {
    let folder = tempfile::tempdir().unwrap();
    let getter = repository(folder.path());
    let dependency = parent(folder.path(), "^1.0.0");
    let record = Record::default();
    dependency.update(&settings(folder.path()), &getter, &record).unwrap();
    let repository = || "memory://r".to_owned();
    let want = [
        Notice::UpdatingUnmanaged,
        Notice::RepositoryUpdated { repository: repository() },
        Notice::SavingCharts { count: 1 },
        Notice::Downloading { name: "below".into(), repository: repository() },
        Notice::DeletingOutdated,
    ];
    assert_eq!(notices(&record), want);
    let mut left: Vec<String> = fs::read_dir(&dependency.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["Chart.lock", "Chart.yaml", "charts"]);
    assert!(dependency.folder.join("charts/below-1.2.3.tgz").is_file());
}

#[test]
fn a_version_that_is_not_there_is_an_error_with_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let getter = repository(folder.path());
    let dependency = parent(folder.path(), "^2.0.0");
    let error = dependency.update(&settings(folder.path()), &getter, &Silent).unwrap_err();
    let SupplyError::Download(downloader::Error::NoVersions(missing)) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(missing[..], ["\"below\" (repository \"memory://r\", version \"^2.0.0\")"]);
}

#[test]
fn a_package_is_pulled_from_a_repository_that_nobody_added() {
    let folder = tempfile::tempdir().unwrap();
    let getter = repository(folder.path());
    let destination = folder.path().join("out").display().to_string();
    let source = ChartSource { repository: "memory://r".into(), ..ChartSource::default() };
    let pull = Pull { source, destination, untar: true, ..Pull::default() };
    let settings = settings(folder.path());
    pull.run("below", &settings, &getter, &Silent).unwrap();
    assert!(folder.path().join("out/below/Chart.yaml").is_file());
    let error = pull.run("beside", &settings, &getter, &Silent).unwrap_err();
    assert_eq!(error.layers(), ["chart \"beside\" not found in memory://r repository"]);
}

#[test]
fn what_helm_wraps_is_a_layer_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let source = ChartSource { repository: "memory://no".into(), ..ChartSource::default() };
    let (settings, getter) = (settings(folder.path()), Memory(HashMap::new()));
    let error = source.locate("below", &settings, &getter, &Silent).unwrap_err();
    let want = [
        "looks like \"memory://no\" is not a valid chart repository or cannot be reached",
        "nothing at memory://no/index.yaml",
    ];
    assert_eq!(error.layers(), want);
}
