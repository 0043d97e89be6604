//! Runs `values where`, which Helm does not have.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// A chart with one below it, which is there twice, and a user's files.
fn shop() -> TempDir {
    let folder = TempDir::new().unwrap();
    write(
        folder.path(),
        &[
            (
                "shop/Chart.yaml",
                "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n\
                 - {name: db, version: 1.0.0, import-values: [{child: conn, parent: database}]}\n\
                 - {name: db, version: 1.0.0, alias: replica, condition: replica.enabled}\n",
            ),
            (
                "shop/values.yaml",
                "image:\n  repository: shop\n  # The version.\n  tag: latest\nargs: [--a, --b]\n\
                 global:\n  zone: eu\ndb:\n  size: 2\nreplica: {enabled: true}\nlabels: &l\n  a: x\nmore:\n  <<: *l\n",
            ),
            ("shop/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
            ("shop/charts/db/values.yaml", "size: 1\nconn:\n  port: 5432\nglobal: {zone: us}\n"),
            ("bool.yaml", "image: {on: 1}\n"),
            ("prod.yaml", "image: {tag: \"2.0\"}\nlabels: null\n"),
        ],
    );
    folder
}

/// What a run prints: the exit status, standard output, standard error.
fn run_as(name: &str, folder: &Path, args: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_statefulchart"));
    command.arg0(name).args(args).current_dir(folder).env_clear().env("HOME", folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may not be read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn whence(folder: &TempDir, args: &str) -> (i32, String, String) {
    let args: Vec<&str> = ["values", "where"].into_iter().chain(args.split(' ')).collect();
    run_as("statefulchart", folder.path(), &args, "")
}

#[test]
fn the_setting_in_force_comes_first() {
    let shop = shop();
    let rows = [
        (
            "shop image.tag -f prod.yaml --set image.tag=v3,x=1",
            "--set image.tag=v3,x=1  image.tag: \"v3\"\n\
             prod.yaml:1:9           image.tag: \"2.0\"     overridden\n\
             shop/values.yaml:4:3    image.tag: \"latest\"  overridden\n",
        ),
        ("./shop/ image.repository", "./shop/values.yaml:2:3  image.repository: \"shop\"\n"),
        (
            "shop db.size",
            "shop/values.yaml:9:3            db.size: 2\n\
             shop/charts/db/values.yaml:1:1  size: 1     overridden\n",
        ),
        (
            "shop replica.global",
            "shop/values.yaml:7:3             global.zone: \"eu\"  passed on to replica.global.zone\n\
             shop/charts/db/values.yaml:4:10  global.zone: \"us\"  overridden\n",
        ),
        (
            "shop database",
            "shop/charts/db/values.yaml:3:3  conn.port: 5432  imported as database.port by shop\n",
        ),
        (
            "shop labels.a -f prod.yaml",
            "prod.yaml:2:1          labels: null   removes the key\n\
             shop/values.yaml:12:3  labels.a: \"x\"  removed\n",
        ),
        (
            "shop image.tag --set image=x",
            "--set image=x         image: \"x\"           takes the place\n\
             shop/values.yaml:4:3  image.tag: \"latest\"  removed\n",
        ),
        ("shop .Values.more", "shop/values.yaml:12:3  more.a: \"x\"  by the alias at 14:7\n"),
        ("shop args", "shop/values.yaml:5:1  args: [\"--a\",\"--b\"]\n"),
        ("shop args[1]", "shop/values.yaml:5:13  args[1]: \"--b\"\n"),
        (
            "shop args --set args[1]=c --set args[0]=d",
            "--set args[0]=d        args[0]: \"d\"\n\
             --set args[1]=c        args[0]: null   overridden\n\
             shop/values.yaml:5:8   args[0]: \"--a\"  overridden\n\
             --set args[1]=c        args[1]: \"c\"\n\
             --set args[0]=d        args: [\"d\"]     overridden\n\
             shop/values.yaml:5:13  args[1]: \"--b\"  overridden\n",
        ),
    ];
    for (args, printed) in rows {
        let (status, out, err) = whence(&shop, args);
        assert_eq!((status, &out[..], &err[..]), (0, printed, ""), "{args}");
    }
}

#[test]
fn without_a_key_all_values_are_listed() {
    let shop = shop();
    let (status, out, _) = whence(&shop, "shop -f prod.yaml");
    assert_eq!(status, 0);
    let keys: Vec<&str> = out.lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    let want = "args: db.size: size: conn.port: global.zone: global.zone: conn.port: global.zone: image.repository: \
                image.tag: image.tag: more.a: conn.port: global.zone: global.zone: replica.enabled: size:";
    let mut sorted = (keys.clone(), want.split_whitespace().collect::<Vec<_>>());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    assert_eq!(sorted.0, sorted.1, "{out}");
}

#[test]
fn nothing_sets_a_value_and_what_may_have_been_meant() {
    let shop = shop();
    let rows = [
        ("shop image.tga", "Error: nothing sets image.tga\nDid you mean image.tag?\n"),
        ("shop imag.tag", "Error: nothing sets imag.tag\nDid you mean image.tag?\n"),
        ("shop repository", "Error: nothing sets repository\nDid you mean image.repository?\n"),
        ("shop image.tag.x", "Error: nothing sets image.tag.x\n"),
        ("shop zzz", "Error: nothing sets zzz\n"),
        (
            "shop image.on -f bool.yaml",
            "Error: nothing sets image.on\nYAML reads the key on as true: ask for image.true\n",
        ),
        ("shop a..b", "Error: \"a..b\" is no key: a key is missing at byte 3\n"),
        ("shop a b", "Error: a chart and one key are taken, not more\n"),
        (
            "shop image.tag --set image=1,image.tag=2",
            "Error: failed parsing --set data: unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}\n",
        ),
        (
            "shop image.tag -f prd.yaml",
            "Error: open prd.yaml: no such file or directory\nDid you mean prod.yaml?\n",
        ),
    ];
    for (args, told) in rows {
        let (status, out, err) = whence(&shop, args);
        assert_eq!((status, &out[..], &err[..]), (1, "", told), "{args}");
    }
}

#[test]
fn data_has_the_places() {
    let shop = shop();
    let (status, out, _) = whence(&shop, "shop replica.global.zone -o json --set global.zone=x");
    assert_eq!(status, 0);
    let data: serde_json::Value = serde_json::from_str(&out).unwrap();
    let hop = serde_json::json!([{
        "by": "global", "from": "global.zone", "to": "replica.global.zone"
    }]);
    let want = serde_json::json!([{
        "key": "replica.global.zone",
        "value": "x",
        "settings": [
            {
                "state": "in_force", "source": "flag", "flag": "--set", "argument": "global.zone=x",
                "key": "global.zone", "value": "x", "hops": hop,
            },
            {
                "state": "overridden", "source": "chart", "chart": [], "file": "shop/values.yaml", "line": 7, "column": 3,
                "key_at": [7, 3], "value_at": [7, 9], "key": "global.zone", "value": "eu", "hops": hop,
            },
            {
                "state": "overridden", "source": "chart", "chart": ["db"], "file": "shop/charts/db/values.yaml",
                "line": 4, "column": 10, "key_at": [4, 10], "value_at": [4, 16], "key": "global.zone", "value": "us",
            },
        ],
    }]);
    assert_eq!(data, want);
}

#[test]
fn archives_standard_input_and_other_releases() {
    let shop = shop();
    let package = ["package", "shop"];
    assert_eq!(run_as("statefulchart", shop.path(), &package, "").0, 0);
    let (_, out, err) = whence(&shop, "shop-1.0.0.tgz conn.port --set x=1");
    assert_eq!(
        (&out[..], &err[..]),
        ("", "Error: nothing sets conn.port\nDid you mean db.conn.port?\n")
    );
    let (_, out, _) = whence(&shop, "shop-1.0.0.tgz db.conn.port");
    assert_eq!(out, "shop-1.0.0.tgz/charts/db/values.yaml:3:3  conn.port: 5432\n");
    // Helm 4 reads all documents of a file.
    for (helm, printed) in
        [("3.17.3", "-:1:1  b: 1\n"), ("4.3.1", "-:3:1  b: 2\n-:1:1  b: 1  overridden\n")]
    {
        let args = ["values", "where", "shop", "b", "-f", "-", "--helm", helm];
        let (status, out, err) = run_as("statefulchart", shop.path(), &args, "b: 1\n---\nb: 2\n");
        assert_eq!((status, &out[..], &err[..]), (0, printed, ""), "{helm}");
    }
}

#[test]
fn keys_are_completed() {
    let shop = shop();
    let rows = [
        ("im", "image\n:6\n"),
        ("image.", "image.repository\nimage.tag\n:4\n"),
        ("image.t", "image.tag\n:4\n"),
        ("zzz", ":4\n"),
        ("a..", ":4\n"),
    ];
    for (typed, want) in rows {
        let args = ["__completeNoDesc", "values", "where", "shop", typed];
        let (status, out, _) = run_as("statefulchart", shop.path(), &args, "");
        assert_eq!((status, &out[..]), (0, want), "{typed}");
    }
    let args = ["__completeNoDesc", "values", "where", "shop", "image.tag", ""];
    assert_eq!(run_as("statefulchart", shop.path(), &args, "").1, ":4\n");
}

#[test]
fn helm_does_not_know_it() {
    let shop = shop();
    let (status, _, err) = run_as("helm", shop.path(), &["values", "where", "shop", "a"], "");
    assert_eq!(status, 1);
    assert!(err.starts_with("Error: unknown command \"values\" for \"helm\"\n"), "{err}");
    let (_, out, _) = run_as("helm", shop.path(), &["--help"], "");
    assert!(!out.contains("\n  values "), "{out}");
}
