//! What each fuzz target does with its input: it calls the public functions that read what strangers
//! wrote, and panics where they break a promise. `tests/fuzz.sh` runs the targets.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use goopenpgp::{Keyring, Message};
use gostd::json;
use gostd::time::LocalZone;
use gostd::value::{List, Str, Value};
use gotemplate::func::{FuncDef, FuncError, Host, Instant};
use gotemplate::{Environment, Exec, Go, Limits, NoMeter, Templates};
use statefulchart::chart::{self, File};
use statefulchart::diff;
use statefulchart::repo::Index;
use statefulchart::report::{Event, Reporter};
use statefulchart::{Profile, unittest};
use statefulchart::values::layers::Layers;
use statefulchart::values::origins::Origins;
use statefulchart::values::{coalesce, strvals};

struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event) {}
}

/// Whether both are the same value; YAML does not keep the sign of zero.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Map(a), Value::Map(b)) => {
            let (a, b) = (a.entries(), b.entries());
            a.len() == b.len() && a.iter().zip(&b).all(|((k, v), (l, w))| k == l && same(v, w))
        }
        (Value::List(a), Value::List(b)) => {
            a.iter().count() == b.iter().count()
                && a.iter().zip(b.iter()).all(|(v, w)| same(&v, &w))
        }
        (Value::Float(a), Value::Float(b)) => a == b,
        _ => json::marshal(a, false) == json::marshal(b, false),
    }
}

/// Follows a path, the first line, through a document, the rest: that ends, and comes to the same a second time; the root is
/// found whole.
pub fn path(data: &[u8]) {
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let (path, document) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let Ok(document) = goyaml::unmarshal(document) else { return };
    let _ = goyaml::read_back(&document);
    let root = goyamlpath::Path::parse(b"$").and_then(|root| root.find(&document));
    assert!(matches!(root.as_deref(), Ok([root]) if same(root, &document)));
    let Ok(path) = goyamlpath::Path::parse(path) else { return };
    let (first, second) = (path.find(&document), path.find(&document));
    match (first, second) {
        (Ok(a), Ok(b)) => assert!(a.len() == b.len() && a.iter().zip(&b).all(|(v, w)| same(v, w))),
        (a, b) => assert_eq!(a.err(), b.err()),
    }
}

/// Evaluates an expression in CEL: that ends within its steps, comes to the same a second time with as many steps as it
/// took, and to nothing with one less.
pub fn cel(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else { return };
    let Ok(program) = gocel::Program::parse(source) else { return };
    let items = ["a", "b-1", "é"].map(gocel::Val::str).to_vec();
    let own = gocel::Val::map([(gocel::Key::Str("a".into()), gocel::Val::list(items))].into());
    let run = |steps: u64| {
        let mut budget = gocel::Budget::new(steps);
        let made = program.run(&[("self", own.clone())], &(), &mut budget);
        (made, steps - budget.left(), budget.cost())
    };
    let before = gostd::regexp::compiled();
    let (made, steps, cost) = run(100_000);
    if gostd::regexp::compiled() != before {
        // What was compiled is kept, and counts no second time.
        return;
    }
    // A step costs no more than a list that is made counts.
    assert!(steps > 0 && cost <= 12 * steps, "{steps} steps cost {cost}");
    let (again, same, _) = run(steps);
    assert_eq!((format!("{made:?}"), steps), (format!("{again:?}"), same));
    if made.is_ok() {
        let (less, ..) = run(steps - 1);
        assert!(less.is_err_and(|error| error.reason == gocel::Reason::Budget));
    }
}

/// Reads YAML; what is written of it reads back, and is written the same again.
pub fn yaml(data: &[u8]) {
    let _ = goyaml::decode(data);
    let _ = goyaml::unmarshal_strict(data);
    let Ok(value) = goyaml::unmarshal(data) else { return };
    let spans = goyaml::Spans::read(data).unwrap_or_else(|e| panic!("no spans: {e}"));
    assert!(spans.root().map_or(value.is_nil(), |root| is_shape(root, &value, 0)), "{value:?}");
    let _ = goyaml::marshal_pretty(&value);
    let Ok(text) = goyaml::marshal(&value) else { return };
    // go-yaml itself writes breaks and control characters beyond ASCII so that they do not read back.
    let plain = |json: Vec<u8>| json.iter().all(|b| matches!(b, b' '..=b'~'));
    if !json::marshal(&value, false).is_ok_and(plain) {
        return;
    }
    let again =
        goyaml::unmarshal(&text).unwrap_or_else(|e| panic!("{e} in {}", Str::from(&text[..])));
    assert!(same(&value, &again), "{value:?}\n{again:?}\n{}", Str::from(&text[..]));
    assert_eq!(goyaml::marshal(&again).map(Str::from), Ok(Str::from(text)));
}

/// Tells whether all that a value holds has a place.
fn is_shape(spot: goyaml::Spot<'_>, value: &Value, depth: usize) -> bool {
    let is_there = |spot: Option<_>, value| spot.is_some_and(|spot| is_shape(spot, value, depth + 1));
    match value {
        // The rest is as the beginning.
        _ if depth > 500 => true,
        Value::Map(map) => map.borrow().iter().all(|(k, v)| is_there(spot.member(k), v)),
        Value::List(list) => list.iter().enumerate().all(|(i, v)| is_there(spot.item(i), v)),
        _ => true,
    }
}

/// Functions that take long by nature.
const COSTLY: &[&str] = &[
    "bcrypt",
    "derivePassword",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
];

fn lookup(name: &[u8]) -> Option<&'static FuncDef> {
    let name = std::str::from_utf8(name).ok()?;
    if COSTLY.contains(&name) { None } else { sprig::lookup(name) }
}

/// Parses and executes a template with the functions of sprig.
pub fn template(data: &[u8]) {
    let env = Environment {
        functions: &lookup,
        now: &|| Instant { seconds: 1_700_000_000, nanos: 5 },
        local_zone: &|| LocalZone::UTC,
        dns: false,
        go: Go::default(),
        lenient: None,
        cluster: None,
        values_method: |_, _, _| Err(Str::from("no methods here")),
        limits: Limits {
            memory: Some(16 << 20),
            output: Some(4 << 20),
            time: Some(Duration::from_millis(100)),
        },
        meter: &NoMeter,
    };
    let name = Str::from("t");
    let templates = Templates::new();
    if templates.parse(&[(&name, &Arc::from(data))], &env).is_ok() {
        let dot = goyaml::unmarshal(
            b"{m: {a: 1, b: {c: [x, 2.5, null]}}, l: [1, two], s: text, f: 1.5, n: null, t: true}",
        );
        let _ = Exec::new(&templates, &env).execute(&name, &dot.unwrap());
    }
}

fn file(name: &str, data: &[u8]) -> File {
    File { name: Str::from(name), data: data.into() }
}

fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    const MARK: &[u8] = b"\n---\n";
    match data.windows(MARK.len()).position(|w| w == MARK) {
        Some(at) => (&data[..at], &data[at + MARK.len()..]),
        None => (data, b""),
    }
}

/// Reads a line of the `--set` family, or coalesces a chart's values with a user's, by the first byte.
pub fn values(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let base = || {
        goyaml::unmarshal_map(b"{s: str, m: {k: v, q: [1]}, l: [x, {k: 1}, null], n: null}")
            .unwrap()
    };
    let parse = match kind {
        b's' => strvals::parse_into,
        b't' => strvals::parse_into_string,
        b'j' => strvals::parse_json_into,
        b'l' => strvals::parse_literal_into,
        _ => {
            let (defaults, user) = halves(rest);
            let files = vec![
                file("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n"),
                file("values.yaml", defaults),
                file("charts/d/Chart.yaml", b"apiVersion: v2\nname: d\nversion: 1.0.0\n"),
                file("charts/d/values.yaml", b"a: {b: 1}\nglobal: {g: [1]}\n"),
            ];
            if let (Ok(chart), Ok(user)) =
                (chart::from_files(files, &Silent), goyaml::unmarshal_map(user))
            {
                let values = coalesce::coalesce_values(&chart, &user, Profile::default(), &Silent);
                let layers = Layers { files: vec![b"user".to_vec()], ..Layers::default() };
                let origins = Origins::of(&chart, &layers, &mut |_| Ok(halves(rest).1.to_vec()));
                assert_eq!(values.is_ok(), origins.is_ok(), "{origins:?}");
                if let (Ok(values), Ok(origins)) = (values, origins) {
                    let text = json::marshal(&Value::Map(values), false).unwrap();
                    let tagged = json::marshal(&origins.value(&[]).unwrap(), false).unwrap();
                    assert_eq!(Str::from(tagged), Str::from(text));
                    origins.leaves();
                }
            }
            return;
        }
    };
    let values = base();
    if parse(rest, &values).is_ok() {
        let _ = json::marshal(&Value::Map(values), false);
    }
}

/// Reads a packaged chart; what is no gzip is taken for the tar file inside it.
pub fn archive(data: &[u8]) {
    let packed = if data.starts_with(b"\x1f\x8b") {
        data.to_vec()
    } else {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(data).unwrap();
        out.finish().unwrap()
    };
    if let Ok(files) = chart::unpack(&packed) {
        if let Ok(chart) = chart::from_files(files, &Silent) {
            let _ = json::marshal(&chart.view(Profile::default()), true);
        }
    }
}

/// Reads a repository's index, sorts and writes it.
pub fn index(data: &[u8]) {
    let mut index = Index::default();
    let mut entries = Vec::new();
    let read = index
        .read(data, "index.yaml", &Silent, &mut |name, versions| entries.push((name, versions)));
    if read.is_err() {
        return;
    }
    index.entries.extend(entries);
    index.sort();
    let _ = index.to_json();
    let _ = index.to_yaml();
}

struct Still;

impl Host for Still {
    fn now(&self) -> Instant {
        Instant { seconds: 1_700_000_000, nanos: 5 }
    }

    fn dns_enabled(&self) -> bool {
        false
    }

    fn include(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
        Err(FuncError::text("no templates here"))
    }

    fn tpl(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
        Err(FuncError::text("no templates here"))
    }
}

fn call(name: &str, args: &[Value]) -> Result<Value, FuncError> {
    (sprig::lookup(name).expect(name).call)(&mut Still, args)
}

/// Hands PEM to the functions that read certificates and keys; the first byte names the kind of a block
/// that is made of the rest, other bytes take it as it is.
pub fn der(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let label = match kind {
        b'c' => "CERTIFICATE",
        b'e' => "EC PRIVATE KEY",
        b'r' => "RSA PRIVATE KEY",
        b'p' => "PRIVATE KEY",
        b'd' => "DSA PRIVATE KEY",
        _ => "",
    };
    let pem = if label.is_empty() {
        rest.to_vec()
    } else {
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            BASE64_STANDARD.encode(rest)
        )
        .into_bytes()
    };
    let (first, second) = halves(&pem);
    let (first, second) = (first, if second.is_empty() { first } else { second });
    let encoded = |text: &[u8]| Value::from(BASE64_STANDARD.encode(text));
    let none = || Value::List(List::strings(Vec::<&str>::new()));
    if let Ok(ca) = call("buildCustomCert", &[encoded(first), encoded(second)]) {
        let _ = call(
            "genSignedCertWithKey",
            &["name".into(), none(), none(), Value::int(1), ca, Value::from(second.to_vec())],
        );
    }
    let _ = call("genCAWithKey", &["name".into(), Value::int(1), Value::from(second.to_vec())]);
}

/// Reads a keyring and a message signed in the clear, and verifies it; the message begins where its head
/// does.
pub fn openpgp(data: &[u8]) {
    const HEAD: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
    let at = data.windows(HEAD.len()).position(|w| w == HEAD).unwrap_or(0);
    let message = Message::find(&data[at..]);
    let Ok(ring) = Keyring::parse(&data[..at]) else { return };
    if let Some(message) = message {
        let _ = ring.verify(&message);
    }
    let _ = ring.find("a");
}

/// Splits an input into flags, the first byte, and two texts between which a line `====` stands; without one both are the
/// same.
fn sides(data: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [flags, texts @ ..] = data else { return None };
    let middle = texts.windows(6).position(|part| part == b"\n====\n");
    Some(match middle {
        Some(at) => (*flags, &texts[..at + 1], &texts[at + 6..]),
        None => (*flags, texts, texts),
    })
}

/// Compares two texts of manifests, by the options that the first byte names, both ways, and writes each form of report.
pub fn diff(data: &[u8]) {
    let Some((flags, old, new)) = sides(data) else { return };
    let has = |bit: u8| flags >> bit & 1 == 1;
    let options = diff::Options { show_secrets: has(0), find_renames: !has(1) };
    let namespace = if has(2) { "prod" } else { "" };
    let read = |text: &[u8]| diff::read(&Str::from(text), namespace, Profile::DEFAULT).ok();
    let (Some(old), Some(new)) = (read(old), read(new)) else { return };
    for side in [&old, &new] {
        let _ = diff::compare(side, side, options);
    }
    let fold = if has(3) { diff::Fold::None } else { diff::Fold::Same };
    let cluster = diff::effects::Cluster { server_side: has(4), ..Default::default() };
    let shown = |old: &[diff::Object], new: &[diff::Object]| {
        let comparison = diff::compare(old, new, options).ok()?;
        let effects = diff::effects::effects(&comparison, new, cluster);
        let report = diff::show::Report {
            chart: String::new(),
            scenarios: Vec::new(),
            only: Vec::new(),
            failed: [None, None],
            names: ["old", "new"],
            comparison: &comparison,
            most_same: 0,
            reasons: &[],
            causes: &|_, _| Vec::new(),
            effects: &effects,
            fold,
            context: 3,
        };
        let reports = [report];
        Some([
            diff::show::text(&reports, has(5)),
            diff::show::unified(&reports, has(5)),
            diff::show::markdown(&reports, 1000),
            diff::show::html(&reports),
            diff::show::json(&reports),
        ])
    };
    let _ = (shown(&old, &new), shown(&new, &old));
}

/// Compares two texts, between which a line `====` stands, by the options that the first byte names. What they have
/// is written in every form. (A document with a key twice differs from itself, in dyff, too.)
pub fn dyff(data: &[u8]) {
    let Some((flags, old, new)) = sides(data) else { return };
    let has = |bit: u8| flags >> bit & 1 == 1;
    let options = godyff::Options {
        ignore_order_changes: has(0),
        ignore_whitespace_changes: has(1),
        detect_kubernetes: has(2),
        detect_renames: has(3),
        format_strings: has(4),
        ..godyff::Options::default()
    };
    let read = |text: &[u8]| godyff::Input::read(godyff::Place::Stdin, text).ok();
    let compare = |old, new| godyff::compare(read(old)?, read(new)?, &options).ok();
    for (old, new) in [(old, new), (new, old)] {
        let Some(report) = compare(old, new) else { return };
        let colors = if has(5) { godyff::Colors::Full } else { godyff::Colors::Off };
        let human = godyff::Human { colors, ..godyff::Human::default() };
        let _ = human.write(&report);
        for flavor in [godyff::Flavor::GitHub, godyff::Flavor::GitLab, godyff::Flavor::Gitea] {
            let _ = godyff::DiffSyntax::new(flavor, &human).write(&report);
        }
    }
}

/// The chart that suites are run on: its values in a template, a partial, a subchart, two documents, `fail` and `lookup`.
const CHART: &[(&str, &str)] = &[
    ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n"),
    ("values.yaml", "size: 1\nlist: [{name: a, port: 80}, {name: b, port: 81}]\nglobal: {g: 1}\n"),
    ("templates/_p.tpl", "{{ define \"p\" }}app: {{ .Release.Name }}{{ end }}\n"),
    (
        "templates/a.yaml",
        "kind: A\nmetadata:\n  name: a\n  labels:\n    {{- include \"p\" . | nindent 4 }}\nspec:\n  {{- toYaml .Values | nindent 2 }}\n\
         ---\nkind: B\nsize: {{ .Values.size }}\nfound: {{ lookup \"v1\" \"Pod\" \"\" \"a\" | toJson }}\n{{ if .Values.more }}more: true\n{{ end }}",
    ),
    ("templates/fail.yaml", "{{ if .Values.fail }}{{ fail .Values.fail }}{{ end }}"),
    ("charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 0.1.0\n"),
    ("charts/db/templates/c.yaml", "port: {{ .Values.port }}\nkube: {{ .Capabilities.KubeVersion }}\n"),
];

/// Returns the folder with the chart, which a process makes once.
fn chart_of_suites() -> &'static std::path::Path {
    static FOLDER: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("statefulchart-fuzz-{}", std::process::id()));
        for (name, text) in CHART {
            let path = folder.join("app").join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
            std::fs::write(path, text).expect("a file is written");
        }
        std::fs::create_dir_all(folder.join("app/tests/__snapshot__")).expect("a folder is made");
        std::env::set_current_dir(&folder).expect("the folder is there");
        folder
    })
}

/// Runs suites on a small chart, with the snapshots behind a line `====`, by the options that the first byte names: that
/// comes to the same a second time, and snapshots that were taken hold.
pub fn suite(data: &[u8]) {
    let Some((flags, rest)) = data.split_first() else { return };
    let at = rest.windows(6).position(|six| six == b"\n====\n");
    let (suite, snapshots) = at.map_or((rest, None), |at| (&rest[..at + 1], Some(&rest[at + 6..])));
    // Nothing outside of the folder is read or written.
    if ["/", "..", "\\"].iter().any(|way| {
        ["values", "lookup", "snapshotId"].iter().any(|key| has(suite, key)) && has(suite, way)
    }) {
        return;
    }
    let is_set = |bit: u8| flags >> bit & 1 == 1;
    let folder = chart_of_suites();
    std::fs::write(folder.join("app/tests/a_test.yaml"), suite).expect("a file is written");
    let kept = folder.join("app/tests/__snapshot__");
    for entry in std::fs::read_dir(&kept).expect("the folder is there").flatten() {
        let _ = std::fs::remove_file(entry.path());
    }
    if let Some(snapshots) = snapshots {
        std::fs::write(kept.join("a_test.yaml.snap"), snapshots).expect("a file is written");
    }
    let run = |updates: bool| {
        let clock = statefulchart::clock::Clock::default();
        let options = unittest::Options {
            charts: &["app".to_owned()],
            folder: folder.to_owned(),
            test_files: &["tests/*_test.yaml".to_owned()],
            values_files: &[],
            objects: None,
            chart_tests_path: "",
            with_subcharts: is_set(0),
            strict: is_set(1),
            fail_fast: is_set(2),
            update_snapshots: updates,
            skip_schema_validation: true,
            written_to: None,
            threads: 1,
            clock: &clock,
            schemas: &|| Box::new(gojsonschema::NoLoader),
            find_program: &|name| Err(format!("{name} is not run")),
            limits: Limits { time: Some(Duration::from_secs(5)), ..Limits::default() },
            explains: is_set(4),
            coverage: is_set(5),
            lists_files: false,
            changed: None,
        };
        let mut told = Vec::new();
        let outcome = options.run(&mut |event| {
            let mut event = event;
            if let unittest::Event::Suite(suite) = &mut event {
                suite.tests.iter_mut().for_each(|test| test.duration = Duration::ZERO);
            }
            told.push(format!("{event:?}"));
        });
        (outcome.passed, told)
    };
    let _ = run(is_set(3));
    let (second, third) = (run(false), run(false));
    assert!(second == third, "{second:?}\n{third:?}");
}

fn has(text: &[u8], part: &str) -> bool {
    text.windows(part.len()).any(|window| window == part.as_bytes())
}
