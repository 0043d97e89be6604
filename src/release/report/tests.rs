use super::*;
use crate::chart::{File, from_files};
use gostd::time::LocalZone;
use gostd::value::Value;

fn release() -> Release {
    let file = |name: &str, text: &str| File { name: name.into(), data: text.as_bytes().into() };
    let files = vec![
        file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        file("values.yaml", "port: 80\n"),
        file("templates/a.yaml", "a: <b>\n"),
    ];
    let config = Map::new();
    config.insert("tls", Value::Bool(true));
    let time = Time::unix(1_742_163_084, &LocalZone::UTC);
    Release {
        name: "rel".into(),
        profile: crate::profile::Profile::DEFAULT,
        info: Info {
            first_deployed: time.clone(),
            last_deployed: time,
            description: DRY_RUN_COMPLETE.into(),
            status: Status::PendingInstall,
            notes: "\nHello\n\n".into(),
        },
        chart: from_files(files, &crate::report::Silent).unwrap(),
        config,
        manifest: "---\n# Source: web/templates/a.yaml\na: <b>\n".into(),
        hooks: Vec::new(),
        version: 1,
        namespace: "default".into(),
        server_side: true,
        zone: LocalZone::UTC,
        labels: vec![("team".into(), "x".into())],
    }
}

fn table(release: &Release, options: TableOptions) -> String {
    let mut out = Vec::new();
    release.write_table(&mut out, options, &crate::report::Silent).unwrap();
    String::from_utf8(out).unwrap()
}

const HEAD: &str = "NAME: rel\nLAST DEPLOYED: Sun Mar 16 22:11:24 2025\nNAMESPACE: default\nSTATUS: pending-install\nREVISION: 1\nTEST SUITE: None\n";
const VALUES: &str =
    "USER-SUPPLIED VALUES:\ntls: true\n\nCOMPUTED VALUES:\nport: 80\ntls: true\n\n";
const MANIFEST: &str = "HOOKS:\nMANIFEST:\n---\n# Source: web/templates/a.yaml\na: <b>\n\n";

#[test]
fn tables_show_what_is_asked_for() {
    let plain = TableOptions::default();
    let debug = TableOptions { debug: true, ..plain };
    let hide_notes = TableOptions { hide_notes: true, ..plain };
    for (options, want) in [
        (plain, [HEAD, "", MANIFEST, "NOTES:\nHello\n"]),
        (debug, [HEAD, VALUES, MANIFEST, "NOTES:\nHello\n"]),
        (hide_notes, [HEAD, "", MANIFEST, ""]),
    ] {
        assert_eq!(table(&release(), options), want.concat());
    }
}

#[test]
fn only_a_dry_run_shows_manifests() {
    let mut deployed = release();
    deployed.info.status = Status::Deployed;
    deployed.info.description = "Install complete".into();
    let text = table(&deployed, TableOptions::default());
    assert_eq!(text, HEAD.replace("pending-install", "deployed") + "NOTES:\nHello\n");
}

#[test]
fn json_has_the_fields_in_the_order_of_helm() {
    let want = concat!(
        r#"{"name":"rel","info":{"first_deployed":"2025-03-16T22:11:24Z","last_deployed":"2025-03-16T22:11:24Z","deleted":"","#,
        r#""description":"Dry run complete","status":"pending-install","notes":"\nHello\n\n"},"#,
        r#""chart":{"metadata":{"name":"web","version":"0.1.0","apiVersion":"v2"},"lock":null,"#,
        r#""templates":[{"name":"templates/a.yaml","data":"YTogPGI+Cg=="}],"values":{"port":80},"schema":null,"files":null},"#,
        r#""config":{"tls":true},"manifest":"---\n# Source: web/templates/a.yaml\na: \u003cb\u003e\n","version":1,"namespace":"default"}"#,
        "\n"
    );
    assert_eq!(String::from_utf8(release().to_json().unwrap()).unwrap(), want);
}

#[test]
fn yaml_is_sorted() {
    let text = String::from_utf8(release().to_yaml().unwrap()).unwrap();
    let top: Vec<&str> = text.lines().filter(|l| l.starts_with(char::is_alphabetic)).collect();
    let want = [
        "chart:",
        "config:",
        "info:",
        "manifest: |",
        "name: rel",
        "namespace: default",
        "version: 1",
    ];
    assert_eq!(top, want);
}
