use std::collections::HashMap;

use super::{Answer, Key, Origins, Setting, Source, Way, parse_path, path_text};
use crate::chart::{self, Chart, File};
use crate::profile::Profile;
use crate::report::Silent;
use crate::values::coalesce::coalesce_values;
use crate::values::layers::Layers;
use crate::values::prepare;
use gostd::json;
use gostd::value::{Map, Value};

fn chart_of(files: &[(String, String)], profile: Profile) -> Chart {
    let file = |(name, text): &(String, String)| File {
        name: name.as_str().into(),
        data: text.as_bytes().into(),
    };
    chart::from_files_as(files.iter().map(file).collect(), profile, &Silent).unwrap()
}

fn shown_value(value: &Value) -> String {
    String::from_utf8(json::marshal(value, false).unwrap()).unwrap()
}

/// `values.yaml:2:3 image.tag=1`
fn shown(setting: &Setting) -> String {
    let source = match &setting.source {
        Source::Flag { flag, line, .. } => {
            format!("--{} {}", flag.name(), String::from_utf8_lossy(line))
        }
        Source::File { name, .. } => String::from_utf8_lossy(name).into_owned(),
        Source::Chart { file, .. } => file.clone(),
    };
    let place = setting.place.and_then(|place| place.first());
    let place = place.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    let mut text =
        format!("{source}{place} {}={}", path_text(&setting.path), shown_value(&setting.value));
    for hop in &setting.hops {
        let way = match &hop.way {
            Way::Global => "global".to_owned(),
            Way::Import { chart } => format!("import by {chart:?}"),
        };
        text.push_str(&format!(" [{way}: {} -> {}]", path_text(&hop.from), path_text(&hop.to)));
    }
    text
}

fn all(answer: &Answer) -> Vec<String> {
    let removed = answer.removed_by.iter().map(|s| format!("removed by {}", shown(s)));
    let in_force = answer.in_force.iter().map(shown);
    in_force.chain(removed).chain(answer.overridden.iter().map(shown)).collect()
}

/// A chart in memory, its user's files and flags.
struct Case {
    files: Vec<(String, String)>,
    user: HashMap<Vec<u8>, Vec<u8>>,
    layers: Layers,
}

impl Case {
    fn new(files: &[(&str, &str)], user: &[(&str, &str)], sets: &[&str], helm: &str) -> Case {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let bytes = |text: &str| text.as_bytes().to_vec();
        let layers = Layers {
            files: user.iter().map(|(name, _)| bytes(name)).collect(),
            set: sets.iter().map(|line| bytes(line)).collect(),
            profile: Profile::parse(helm).unwrap(),
            ..Layers::default()
        };
        Case {
            files: files.iter().map(owned).collect(),
            user: user.iter().map(|(name, text)| (bytes(name), bytes(text))).collect(),
            layers,
        }
    }

    fn read(&self, name: &[u8]) -> Result<Vec<u8>, super::super::ReadError> {
        self.user.get(name).cloned().ok_or_else(|| "no such file".into())
    }

    fn chart(&self) -> Chart {
        chart_of(&self.files, self.layers.profile)
    }

    fn origins(&self) -> Result<Origins, String> {
        let origins = Origins::of(&self.chart(), &self.layers, &mut |name| self.read(name));
        origins.map_err(|e| e.to_string())
    }

    /// The final values, as a render gets them.
    fn values(&self) -> Result<Map, String> {
        let mut chart = self.chart();
        let user = self.layers.merge(&mut |name| self.read(name)).map_err(|e| e.to_string())?;
        let profile = self.layers.profile;
        prepare(&mut chart, &user, profile, &Silent).map_err(|e| e.to_string())?;
        coalesce_values(&chart, &user, profile, &Silent).map_err(|e| e.to_string())
    }
}

const WEB: (&str, &str) = ("Chart.yaml", "{apiVersion: v2, name: web, version: 1.0.0}");
const DB: (&str, &str) = ("charts/db/Chart.yaml", "{apiVersion: v2, name: db, version: 1.0.0}");

#[test]
fn settings_are_told_in_the_order_in_which_they_override() {
    let files = [
        WEB,
        DB,
        (
            "values.yaml",
            "image:\n  repo: x\n  tag: latest\nargs: [a, b]\nnone: {}\ngone: 1\ndb:\n  size: 2\nglobal:\n  zone: eu\n  deep: {k: 1}\n",
        ),
        (
            "charts/db/values.yaml",
            "size: 1\nglobal: {zone: own, deep: {k: 9, l: 8}}\nlist:\n- a: 1\n  b: 2\n",
        ),
    ];
    let user = [
        ("one.yaml", "image: {tag: \"1\"}\ngone: null\n"),
        ("two.yaml", "# x\nimage:\n  tag: '2'\ndb: {global: {zone: mine}}\n"),
    ];
    let sets = ["image.tag=3,x=y", "args[1]=c", "db.list[0].a=5"];
    let case = Case::new(&files, &user, &sets, "3.17.3");
    let origins = case.origins().unwrap();
    let rows: &[(&str, &[&str])] = &[
        (
            "image.tag",
            &[
                "--set image.tag=3,x=y image.tag=3",
                "two.yaml:3:3 image.tag=\"2\"",
                "one.yaml:1:9 image.tag=\"1\"",
                "values.yaml:3:3 image.tag=\"latest\"",
            ],
        ),
        ("image.repo", &["values.yaml:2:3 image.repo=\"x\""]),
        ("x", &["--set image.tag=3,x=y x=\"y\""]),
        ("none", &["values.yaml:5:1 none={}"]),
        ("gone", &["removed by one.yaml:2:1 gone=null", "values.yaml:6:1 gone=1"]),
        ("db.size", &["values.yaml:8:3 db.size=2", "charts/db/values.yaml:1:1 size=1"]),
        ("args", &["--set args[1]=c args=[null,\"c\"]", "values.yaml:4:1 args=[\"a\",\"b\"]"]),
        ("args[0]", &["--set args[1]=c args[0]=null", "values.yaml:4:8 args[0]=\"a\""]),
        (
            "db.global.zone",
            &[
                "values.yaml:10:3 global.zone=\"eu\" [global: global.zone -> db.global.zone]",
                "two.yaml:4:15 db.global.zone=\"mine\"",
                "charts/db/values.yaml:2:10 global.zone=\"own\"",
            ],
        ),
        ("db.global.deep.l", &["charts/db/values.yaml:2:34 global.deep.l=8"]),
        (
            "db.list[0].a",
            &["--set db.list[0].a=5 db.list[0].a=5", "charts/db/values.yaml:4:3 list[0].a=1"],
        ),
        ("nothing", &[]),
        ("image.tag.more", &[]),
    ];
    for (path, want) in rows {
        let answer = origins.answer(&parse_path(path).unwrap());
        assert_eq!(all(&answer), *want, "{path}");
        let setting = origins.setting(&parse_path(path).unwrap());
        assert_eq!(setting.as_ref().map(shown), answer.in_force.as_ref().map(shown), "{path}");
    }
}

fn check(case: &Case, rows: &[(&str, &[&str])]) {
    let origins = case.origins().unwrap();
    for (path, want) in rows {
        let answer = origins.answer(&parse_path(path).unwrap());
        assert_eq!(all(&answer), *want, "{path}");
    }
    // The same of all at once.
    let paths: Vec<_> = rows.iter().map(|(path, _)| parse_path(path).unwrap()).collect();
    let answers: Vec<_> = origins.answers(&paths).iter().map(all).collect();
    let want: Vec<_> = rows.iter().map(|(_, want)| want.to_vec()).collect();
    assert_eq!(answers, want);
}

#[test]
fn imports_and_aliases_are_followed() {
    let web = "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n\
        - {name: db, version: 1.0.0, alias: main, import-values: [data, {child: conf.in, parent: settings.db}]}\n\
        - {name: db, version: 1.0.0, alias: spare, condition: spare.enabled}\n\
        - {name: db, version: 1.0.0, alias: third, condition: third.enabled}\n";
    let files = [
        ("Chart.yaml", web),
        DB,
        (
            "values.yaml",
            "settings: {db: {port: 1}}\nspare: {conf: {in: {port: 3}}}\nthird: {enabled: false}\n",
        ),
        (
            "charts/db/values.yaml",
            "exports: {data: {user: root}}\nconf: {in: {port: 2, host: h}}\n",
        ),
    ];
    let case =
        Case::new(&files, &[("my.yaml", "{main: {conf: {in: {host: mine}}}}")], &[], "3.17.3");
    check(
        &case,
        &[
            (
                "user",
                &[
                    "charts/db/values.yaml:1:18 exports.data.user=\"root\" [import by []: main.exports.data.user -> user]",
                ],
            ),
            (
                "settings.db.port",
                &[
                    "values.yaml:1:17 settings.db.port=1",
                    "charts/db/values.yaml:2:13 conf.in.port=2 [import by []: main.conf.in.port -> settings.db.port]",
                ],
            ),
            // Imports are taken before the user's values come in.
            (
                "settings.db.host",
                &[
                    "charts/db/values.yaml:2:22 conf.in.host=\"h\" [import by []: main.conf.in.host -> settings.db.host]",
                ],
            ),
            (
                "main.conf.in.host",
                &[
                    "my.yaml:1:21 main.conf.in.host=\"mine\"",
                    "charts/db/values.yaml:2:22 conf.in.host=\"h\"",
                ],
            ),
            (
                "spare.conf.in.port",
                &[
                    "values.yaml:2:21 spare.conf.in.port=3",
                    "charts/db/values.yaml:2:13 conf.in.port=2",
                ],
            ),
            // A chart that takes no part sets nothing.
            ("third.conf.in.port", &[]),
            ("third.enabled", &["values.yaml:3:9 third.enabled=false"]),
        ],
    );
}

#[test]
fn documents_anchors_and_flags_of_every_kind() {
    let files = [
        WEB,
        (
            "values.yaml",
            "base: &b\n  x: 1\n  z: 2\nuse:\n  <<: *b\n  z: 3\nlast: *b\na: 1\r\n---\r\na: 2\r\nb: 2\n",
        ),
    ];
    let mut case =
        Case::new(&files, &[("my.json", "---\n{\"b\": null}\n---\n{\n\"c\": [0]}")], &[], "4.3.1");
    case.layers.set_json = vec![b"{\"d\": {\"e\": [{}]}}".to_vec(), b"f=[1,{\"g\":2}]".to_vec()];
    case.layers.set_string = vec![b"s=1".to_vec(), b"s=2".to_vec()];
    case.layers.set_literal = vec![b"t=a,b".to_vec()];
    case.layers.set_file = vec![b"u=file".to_vec()];
    case.user.insert(b"file".to_vec(), b"text".to_vec());
    check(
        &case,
        &[
            ("a", &["values.yaml:10:1 a=2", "values.yaml:8:1 a=1"]),
            ("b", &["removed by my.json:2:2 b=null", "values.yaml:11:1 b=2"]),
            ("c[0]", &["my.json:5:7 c[0]=0"]),
            ("use.x", &["values.yaml:2:3 use.x=1"]),
            ("use.z", &["values.yaml:6:3 use.z=3"]),
            ("last.x", &["values.yaml:2:3 last.x=1"]),
            ("last", &["values.yaml:7:1 last={\"x\":1,\"z\":2}"]),
            ("d.e[0]", &["--set-json {\"d\": {\"e\": [{}]}} d.e[0]={}"]),
            ("f[1].g", &["--set-json f=[1,{\"g\":2}] f[1].g=2"]),
            ("f", &["--set-json f=[1,{\"g\":2}] f=[1,{\"g\":2}]"]),
            ("s", &["--set-string s=2 s=\"2\"", "--set-string s=1 s=\"1\""]),
            ("t", &["--set-literal t=a,b t=\"a,b\""]),
            ("u", &["--set-file u=file u=\"text\""]),
        ],
    );
    let origins = case.origins().unwrap();
    let through = |path: &str| {
        let place = origins.setting(&parse_path(path).unwrap()).unwrap().place.unwrap();
        place.through.map(|span| (span.line, span.column))
    };
    assert_eq!(through("use.x"), Some((5, 7)));
    assert_eq!(through("last.x"), Some((7, 7)));
    assert_eq!((through("last"), through("base.x")), (None, None));
}

#[test]
fn several_nulls_and_nulls_that_stay() {
    let files = [WEB, ("values.yaml", "a: 1\nb: {c: {d: 1}}\nm: null\n")];
    let user = [("one.yaml", "a: null\n"), ("two.yaml", "a: ~\nb:\n  c:\n")];
    let case = Case::new(&files, &user, &[], "3.17.3");
    check(
        &case,
        &[
            (
                "a",
                &["removed by two.yaml:1:1 a=null", "one.yaml:1:1 a=null", "values.yaml:1:1 a=1"],
            ),
            ("b.c.d", &["removed by two.yaml:3:3 b.c=null", "values.yaml:2:9 b.c.d=1"]),
        ],
    );
    // With no values of the user's, defaults are taken as they are, nulls among them.
    let case = Case::new(&files, &[], &[], "3.17.3");
    check(&case, &[("m", &["values.yaml:3:1 m=null"])]);
    let case = Case::new(&files, &[], &["a=null"], "3.17.3");
    check(&case, &[("a", &["removed by --set a=null a=null", "values.yaml:1:1 a=1"])]);
}

#[test]
fn leaves_say_where_they_are_in_force() {
    let files = [
        WEB,
        DB,
        ("values.yaml", "a: 1\nglobal: {z: 2}\ne: []\n"),
        ("charts/db/values.yaml", "b: 1\n"),
    ];
    let case =
        Case::new(&files, &[("my.yaml", "a: 2\nx: {}\nm: null\n")], &["db.b=null"], "3.17.3");
    let origins = case.origins().unwrap();
    let rows: Vec<String> = origins
        .leaves()
        .iter()
        .map(|leaf| {
            let paths: Vec<String> = leaf.in_force.iter().map(|path| path_text(path)).collect();
            format!("{} -> {}", shown(&leaf.setting), paths.join(" "))
        })
        .collect();
    assert_eq!(
        rows,
        [
            "--set db.b=null db.b=null -> ",
            "my.yaml:1:1 a=2 -> a",
            "my.yaml:3:1 m=null -> ",
            "my.yaml:2:1 x={} -> x",
            "values.yaml:1:1 a=1 -> ",
            "values.yaml:3:1 e=[] -> e",
            "values.yaml:2:10 global.z=2 -> db.global.z global.z",
            "charts/db/values.yaml:1:1 b=1 -> ",
        ]
    );
    assert_eq!(
        shown_value(&origins.value(&[]).unwrap()),
        r#"{"a":2,"db":{"global":{"z":2}},"e":[],"global":{"z":2},"m":null,"x":{}}"#
    );
}

#[test]
fn values_that_cannot_be_made_fail_in_the_words_of_the_values_themselves() {
    let files = [WEB, DB, ("values.yaml", "db: text\n")];
    let case = Case::new(&files, &[], &[], "3.17.3");
    assert_eq!(case.origins().err(), case.values().err());
    assert!(case.values().is_err());
    let case = Case::new(&files, &[], &["a[x]=1"], "3.17.3");
    assert_eq!(case.origins().err(), case.values().err());
}

/// Random numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const NAMES: &[&str] = &["a", "b", "c", "global", "db", "two", "deep", "exports", "data"];

/// A value as JSON, which YAML reads as well.
fn value_of(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 4 } else { 12 }) {
        0 => format!("{}", random.below(100)),
        1 => format!("\"t{}\"", random.below(100)),
        2 => "true".to_owned(),
        3 => "null".to_owned(),
        4 => "[]".to_owned(),
        5 => {
            let items: Vec<String> =
                (0..1 + random.below(3)).map(|_| value_of(random, depth - 1)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => map_of(random, depth - 1),
    }
}

fn map_of(random: &mut Random, depth: usize) -> String {
    let mut entries = Vec::new();
    for _ in 0..random.below(5) {
        let name = random.of(NAMES);
        // Charts fail where their values are no map.
        let is_table = matches!(name, "db" | "two" | "deep" | "global") && random.below(40) > 0;
        let value = if is_table {
            map_of(random, depth.saturating_sub(1))
        } else {
            value_of(random, depth)
        };
        entries.push(format!("\"{name}\": {value}"));
    }
    format!("{{{}}}", entries.join(", "))
}

fn flag_of(random: &mut Random) -> String {
    let mut path = random.of(NAMES).to_owned();
    for _ in 0..random.below(3) {
        match random.below(3) {
            0 => path.push_str(&format!("[{}]", random.below(3))),
            _ => path.push_str(&format!(".{}", random.of(NAMES))),
        }
    }
    format!("{path}={}", random.of(&["1", "x", "null", "{p,q}", "true", ""]))
}

fn random_case(seed: u64) -> Case {
    let random = &mut Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let helm = random.of(&["3.17.3", "3.22.0", "4.3.1"]);
    let dependencies = "dependencies:\n\
        - {name: db, version: 1.0.0, import-values: [data, {child: a, parent: b.c}, {child: b, parent: b.c}, {child: a.b, parent: .}]}\n\
        - {name: db, version: 1.0.0, alias: two, import-values: [{child: exports, parent: a}]}\n";
    let web =
        format!("apiVersion: v2\nname: web\nversion: 1.0.0\n{}", random.of(&["", dependencies]));
    let inner = "apiVersion: v2\nname: db\nversion: 1.0.0\ndependencies:\n- {name: deep, version: 1.0.0, import-values: [data, {child: a, parent: exports.data}]}\n";
    let values: Vec<String> = (0..3)
        .map(|_| match random.below(8) {
            0 => String::new(),
            1 => format!("{}\n---\n{}", map_of(random, 3), map_of(random, 3)),
            _ => map_of(random, 4),
        })
        .collect();
    let files = [
        ("Chart.yaml", &web[..]),
        ("charts/db/Chart.yaml", inner),
        ("charts/db/charts/deep/Chart.yaml", "{apiVersion: v2, name: deep, version: 1.0.0}"),
        ("values.yaml", &values[0]),
        ("charts/db/values.yaml", &values[1]),
        ("charts/db/charts/deep/values.yaml", &values[2]),
    ];
    let user: Vec<String> = (0..random.below(3)).map(|_| map_of(random, 3)).collect();
    let names = ["one.yaml", "two.yaml"];
    let user: Vec<(&str, &str)> = names.into_iter().zip(user.iter().map(String::as_str)).collect();
    let sets: Vec<String> = (0..random.below(3)).map(|_| flag_of(random)).collect();
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let mut case = Case::new(&files, &user, &sets, helm);
    case.layers.set_json = (0..random.below(2)).map(|_| map_of(random, 2).into_bytes()).collect();
    case
}

/// The paths of the scalars of a value.
fn scalars(value: &Value) -> Vec<(Vec<Key>, Value)> {
    let mut found = Vec::new();
    super::tag::walk(value, &mut Vec::new(), &mut |value, path| {
        if !matches!(value, Value::Map(_) | Value::List(_) | Value::Nil) {
            found.push((path.to_vec(), value.clone()));
        }
    });
    found
}

/// The same case with another text where a setting stands.
fn with_text(case: &Case, setting: &Setting, text: &str) -> Option<Case> {
    let at = setting.place?.value?;
    let replaced = |old: &str| {
        let mut lines: Vec<String> = old.split('\n').map(str::to_owned).collect();
        let line = &mut lines[at.line - 1];
        line.replace_range(at.column - 1..at.column - 1 + at.width, text);
        lines.join("\n")
    };
    let mut user = case.user.clone();
    let mut files = case.files.clone();
    match &setting.source {
        Source::File { name, .. } => {
            let old = user.get_mut(name)?;
            *old = replaced(std::str::from_utf8(old).unwrap()).into_bytes();
        }
        Source::Chart { file, .. } => {
            let (_, old) = files.iter_mut().find(|(name, _)| name == file)?;
            *old = replaced(old);
        }
        Source::Flag { .. } => return None,
    }
    Some(Case { files, user, layers: case.layers.clone() })
}

#[test]
fn tagged_values_are_those_that_a_render_gets_and_each_setting_makes_its_value() {
    let (mut failed, mut checked, mut changed, mut lost) = (0, 0, 0, 0);
    for seed in 1..=120 {
        let case = random_case(seed);
        let (values, origins) = match (case.values(), case.origins()) {
            (Err(values), Err(origins)) => {
                assert_eq!(values, origins, "seed {seed}");
                failed += 1;
                continue;
            }
            (values, origins) => (Value::Map(values.unwrap()), origins.unwrap()),
        };
        let tagged = origins.value(&[]).unwrap();
        assert_eq!(shown_value(&tagged), shown_value(&values), "seed {seed}");
        if seed % 20 == 0 {
            let paths: Vec<_> = scalars(&values).into_iter().map(|(path, _)| path).collect();
            let each: Vec<_> = paths.iter().map(|path| all(&origins.answer(path))).collect();
            let answers: Vec<_> = origins.answers(&paths).iter().map(all).collect();
            assert_eq!(answers, each, "seed {seed}");
        }
        for (at, (path, value)) in scalars(&values).into_iter().enumerate() {
            let setting = origins.setting(&path);
            let setting = setting.unwrap_or_else(|| panic!("seed {seed}: {}", path_text(&path)));
            assert_eq!(shown_value(&setting.value), shown_value(&value), "seed {seed}");
            match (setting.hops.first(), setting.hops.last()) {
                (Some(first), Some(last)) => {
                    assert!(first.from.ends_with(&setting.path) && last.to == path, "seed {seed}");
                }
                _ => lost += usize::from(!path.ends_with(&setting.path)),
            }
            checked += 1;
            // A text in its place comes out at the same path.
            if at % 4 == 0
                && let Some(other) = with_text(&case, &setting, "\"mark\"")
            {
                let values = other.values().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
                let found = super::at(&values, &path);
                let found = found.as_ref().map(shown_value);
                assert_eq!(found.as_deref(), Some("\"mark\""), "seed {seed}: {}", path_text(&path));
                changed += 1;
            }
        }
    }
    assert!(failed < 70 && checked > 2000 && changed > 500, "{failed} {checked} {changed}");
    // A chart that imports twice from one that imports puts values where no way of hops leads.
    assert!(lost * 100 < checked, "{lost} of {checked}");
}
