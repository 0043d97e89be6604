//! Compares two files as `dyff between` does, with its flags:
//! `cargo run --example between -- --omit-header --output github from.yml to.yml`.
//!
//! Beyond dyff's, the output `paths` lists a line for each difference: its sign, its document and its path.

use std::fs;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use godyff::{
    Brief, Change, Colors, DiffSyntax, Flavor, Human, Input, Options, Place, Report, Styles,
    compare,
};

type Failed = Box<dyn std::error::Error>;

/// What flags say, beside the options of comparison and layout.
#[derive(Default)]
struct Flags {
    places: Vec<String>,
    output: String,
    swap: bool,
    roots: [String; 2],
    list_to_documents: bool,
    filter: Vec<String>,
    exclude: Vec<String>,
    filter_regexp: Vec<String>,
    exclude_regexp: Vec<String>,
    ignore_value_changes: bool,
    exit_code: bool,
    color: bool,
    true_color: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(255)
        }
    }
}

fn run() -> Result<ExitCode, Failed> {
    let mut flags = Flags { output: "human".to_owned(), ..Flags::default() };
    let mut options = Options { detect_renames: true, format_strings: true, ..Options::default() };
    let mut human = Human::default();
    parse(&mut flags, &mut options, &mut human)?;
    let [from, to] = &flags.places[..] else { return Err("two files are expected".into()) };
    let (from, to) = if flags.swap { (to, from) } else { (from, to) };
    human.colors = match (flags.color, flags.true_color) {
        (false, _) => Colors::Off,
        (true, false) => Colors::Basic,
        (true, true) => Colors::Full,
    };
    let (mut from, mut to) = (read(from)?, read(to)?);
    let styles = Styles::new(human.colors).with_go_patch(human.go_patch);
    for (input, root) in [&mut from, &mut to].into_iter().zip(&flags.roots) {
        if !root.is_empty() {
            input.change_root(root, flags.list_to_documents, &styles)?;
        }
    }
    let mut report = compare(from, to, &options)?;
    if !flags.filter.is_empty() {
        report.filter(&flags.filter);
    }
    if !flags.filter_regexp.is_empty() {
        report.filter_regexp(&flags.filter_regexp)?;
    }
    report.exclude(&flags.exclude);
    report.exclude_regexp(&flags.exclude_regexp)?;
    if flags.ignore_value_changes {
        report.ignore_value_changes();
    }
    let text = match &flags.output[..] {
        "human" => human.write(&report)?,
        "brief" => Brief { colors: human.colors, width: human.width }.write(&report),
        "github" => DiffSyntax::new(Flavor::GitHub, &human).write(&report)?,
        "gitlab" => DiffSyntax::new(Flavor::GitLab, &human).write(&report)?,
        "gitea" => DiffSyntax::new(Flavor::Gitea, &human).write(&report)?,
        "paths" => paths(&report),
        other => return Err(format!("unknown output style {other}").into()),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::from(u8::from(flags.exit_code && !report.is_empty())))
}

fn parse(flags: &mut Flags, options: &mut Options, human: &mut Human) -> Result<(), Failed> {
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let Some(flag) = arg.strip_prefix("--") else {
            flags.places.push(arg);
            continue;
        };
        let (name, given) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        let on = given.as_deref() != Some("false");
        let mut value = || given.clone().or_else(|| args.next()).ok_or("a value is missing");
        let mut values = || value().map(|v| v.split(',').map(str::to_owned).collect::<Vec<_>>());
        match name {
            "swap" => flags.swap = on,
            "chroot-list-to-documents" => flags.list_to_documents = on,
            "use-indent-lines" => human.indent_lines = on,
            "ignore-order-changes" => options.ignore_order_changes = on,
            "ignore-whitespace-changes" => options.ignore_whitespace_changes = on,
            "ignore-value-changes" => flags.ignore_value_changes = on,
            "detect-renames" => options.detect_renames = on,
            "format-strings" => options.format_strings = on,
            "detect-kubernetes" => options.detect_kubernetes = on,
            "no-table-style" => human.no_table = on,
            "no-cert-inspection" => human.no_certificates = on,
            "use-go-patch-style" => human.go_patch = on,
            "omit-header" => human.omit_header = on,
            "set-exit-code" => flags.exit_code = on,
            "filter" => flags.filter.extend(values()?),
            "exclude" => flags.exclude.extend(values()?),
            "filter-regexp" => flags.filter_regexp.extend(values()?),
            "exclude-regexp" => flags.exclude_regexp.extend(values()?),
            "output" => flags.output = value()?,
            "color" => flags.color = value()? == "on",
            "truecolor" => flags.true_color = value()? == "on",
            "fixed-width" => human.width = value()?.parse()?,
            "minor-change-threshold" => human.minor_change_threshold = value()?.parse()?,
            "multi-line-context-lines" => human.context_lines = value()?.parse()?,
            "additional-identifier" => options.additional_identifiers.push(value()?),
            "chroot" => {
                let root = value()?;
                flags.roots = [root.clone(), root];
            }
            "chroot-of-from" => flags.roots[0] = value()?,
            "chroot-of-to" => flags.roots[1] = value()?,
            // No option of dyff's: the indentation that callers of its library choose.
            "indent" => human.indent = value()?.parse()?,
            _ => return Err(format!("unknown flag: --{name}").into()),
        }
    }
    Ok(())
}

fn read(place: &str) -> Result<Input, Failed> {
    if place.trim() == "-" {
        let mut text = Vec::new();
        io::stdin().read_to_end(&mut text)?;
        return Ok(Input::read(Place::Stdin, &text)?);
    }
    let from = Place::File(place.to_owned());
    if !fs::metadata(place)?.is_dir() {
        return Ok(Input::read(from, &fs::read(place)?)?);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        files.push((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?));
    }
    files.sort();
    Ok(Input::read_files(from, files.iter().map(|(name, text)| (&name[..], &text[..])))?)
}

fn paths(report: &Report) -> String {
    let mut lines = String::new();
    for diff in &report.diffs {
        for detail in &diff.details {
            let sign = detail.change.sign();
            let Some(path) = &report.path(diff) else {
                lines.push_str(&format!("{sign}\t\t\n"));
                continue;
            };
            let document = report.document_name(path);
            let keys = report.keys(detail);
            if keys.is_empty() || !matches!(detail.change, Change::Addition | Change::Removal) {
                lines.push_str(&format!("{sign}\t{document}\t{path}\n"));
            }
            for key in keys {
                let slash = if path.elements.is_empty() { "" } else { "/" };
                lines.push_str(&format!("{sign}\t{document}\t{path}{slash}{key}\n"));
            }
        }
    }
    lines
}
