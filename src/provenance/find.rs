//! Finds resources and their fields among printed documents.

use std::fmt;
use std::ops::Range;

use bstr::ByteSlice;
use gostd::value::Str;
use gostd::value::Value;
use goyaml::{Outline, Part, outline};

use super::{Condition, Printed};

/// What left something out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The rendered file.
    pub file: Str,
    /// The conditions, the outermost first; the last one did not hold.
    pub conditions: Vec<Condition>,
}

/// Short names of kinds, as kubectl has them.
const SHORT: &[(&str, &str)] = &[
    ("cm", "ConfigMap"),
    ("crd", "CustomResourceDefinition"),
    ("cj", "CronJob"),
    ("deploy", "Deployment"),
    ("ds", "DaemonSet"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("ing", "Ingress"),
    ("netpol", "NetworkPolicy"),
    ("ns", "Namespace"),
    ("pdb", "PodDisruptionBudget"),
    ("po", "Pod"),
    ("pvc", "PersistentVolumeClaim"),
    ("rs", "ReplicaSet"),
    ("sa", "ServiceAccount"),
    ("sts", "StatefulSet"),
    ("svc", "Service"),
];

/// Returns the kind that a word of kubectl's stands for: `sts` and `statefulsets` are `StatefulSet`.
pub fn kind_of(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    if let Some((_, kind)) = SHORT.iter().find(|(short, _)| *short == lower) {
        return (*kind).to_owned();
    }
    word.to_owned()
}

/// Returns the documents that `KIND/NAME`, or a kind or name alone, stands for. Upper and lower case are the same in
/// kinds, and so are singular and plural. Of a name the release's part may be left out, where that leaves no choice.
pub fn matches(printed: &[Printed<'_>], wanted: &str, release: &str) -> Vec<usize> {
    let (kind, name) = match wanted.split_once('/') {
        Some((kind, name)) => (Some(kind_of(kind)), Some(name)),
        None => (Some(kind_of(wanted)), None),
    };
    let is_kind = |document: &Printed<'_>, kind: &str| {
        let own = document.kind.to_str_lossy().to_ascii_lowercase();
        let kind = kind.to_ascii_lowercase();
        !own.is_empty() && (own == kind || format!("{own}s") == kind || format!("{own}es") == kind)
    };
    let all = || printed.iter().enumerate();
    let of_kind: Vec<usize> = match &kind {
        Some(kind) => all().filter(|(_, d)| is_kind(d, kind)).map(|(i, _)| i).collect(),
        None => all().map(|(i, _)| i).collect(),
    };
    let Some(name) = name else {
        if of_kind.is_empty() {
            return all().filter(|(_, d)| d.name == wanted.as_bytes()).map(|(i, _)| i).collect();
        }
        return of_kind;
    };
    let named = |is_it: &dyn Fn(&[u8]) -> bool| -> Vec<usize> {
        of_kind.iter().copied().filter(|i| is_it(printed[*i].name)).collect()
    };
    let exact = named(&|own| own == name.as_bytes());
    if !exact.is_empty() {
        return exact;
    }
    let longer = format!("{release}-{name}");
    let with_release = named(&|own| own == longer.as_bytes());
    if !with_release.is_empty() {
        return with_release;
    }
    let ending = format!("-{name}");
    named(&|own| own.ends_with(ending.as_bytes()))
}

/// Why a field is not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// The document is no YAML.
    Yaml,
    /// A step of the path leads nowhere.
    Missing {
        /// The path up to it.
        found: String,
        /// The step.
        step: String,
        /// What is there instead.
        there: Vec<String>,
    },
    /// The path breaks the grammar.
    Grammar {
        /// Where, in bytes.
        at: usize,
    },
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldError::Yaml => f.write_str("the document is no valid YAML"),
            FieldError::Missing { found, step, .. } if found.is_empty() => {
                write!(f, "there is no field {step}")
            }
            FieldError::Missing { found, step, .. } => {
                write!(f, "there is no {step} in {found}")
            }
            FieldError::Grammar { at } => {
                write!(
                    f,
                    "a field is a path such as spec.containers[0].image or spec.containers[web].image: byte {at} breaks it"
                )
            }
        }
    }
}

impl std::error::Error for FieldError {}

/// A step of a field's path.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    /// An index, or the name of an item.
    Item(String),
}

/// Reads `spec.containers[web].ports[0]`; a point in a name is written `\.`, or the name in brackets and quotes.
fn steps(path: &str) -> Result<Vec<Step>, FieldError> {
    let mut steps = Vec::new();
    let mut rest = path;
    let at = |rest: &str| path.len() - rest.len();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').ok_or(FieldError::Grammar { at: at(rest) })?;
            let text = &inner[..end];
            let quoted = text.len() >= 2
                && (text.starts_with('"') && text.ends_with('"')
                    || text.starts_with('\'') && text.ends_with('\''));
            steps.push(match quoted {
                true => Step::Name(text[1..text.len() - 1].to_owned()),
                false => Step::Item(text.to_owned()),
            });
            rest = &inner[end + 1..];
            continue;
        }
        let own = rest.strip_prefix('.').unwrap_or(rest);
        if own.len() == rest.len() && !steps.is_empty() || own.is_empty() || own.starts_with('.') {
            return Err(FieldError::Grammar { at: at(rest) });
        }
        if own.starts_with('[') {
            rest = own;
            continue;
        }
        let mut name = String::new();
        let mut chars = own.char_indices();
        let mut end = own.len();
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' => name.extend(chars.next().map(|(_, c)| c)),
                '.' | '[' => {
                    end = i;
                    break;
                }
                c => name.push(c),
            }
        }
        steps.push(Step::Name(name));
        rest = &own[end..];
    }
    Ok(steps)
}

/// Returns the lines of a document, from 0, on which a field stands.
///
/// # Errors
/// A path that leads nowhere.
pub fn fields(content: &[u8], path: &str) -> Result<Range<usize>, FieldError> {
    let steps = steps(path)?;
    let value = goyaml::unmarshal(content).map_err(|_| FieldError::Yaml)?;
    let whole = outline(content).map_err(|_| FieldError::Yaml)?.ok_or(FieldError::Yaml)?;
    let count = content.trim_ascii_end().lines().count();
    let (mut at, mut value, mut lines) = (&whole, value, 0..count);
    let mut found = String::new();
    for step in &steps {
        let missing = |step: &str, there: Vec<String>| FieldError::Missing {
            found: found.clone(),
            step: step.to_owned(),
            there,
        };
        match (step, &at.part) {
            (Step::Name(name), Part::Map(entries)) => {
                let position = entries.iter().position(|entry| entry.key == name.as_bytes());
                let Some(position) = position else {
                    let there = entries.iter().map(|entry| entry.key.to_str_lossy().into_owned());
                    return Err(missing(name, there.collect()));
                };
                let entry = &entries[position];
                let end = entries.get(position + 1).map_or(lines.end, |next| next.line);
                lines = entry.line..end.max(entry.line + 1);
                value = value.as_map().and_then(|map| map.get(name.as_bytes())).unwrap_or_default();
                at = &entry.value;
                if !found.is_empty() {
                    found.push('.');
                }
                found.push_str(name);
            }
            (Step::Item(item), Part::List(items)) => {
                let names = item_names(&value);
                let by_name = || names.iter().position(|name| name.as_deref() == Some(&**item));
                let position = item.parse().ok().or_else(by_name).filter(|n| *n < items.len());
                let Some(position) = position else {
                    return Err(missing(item, names.into_iter().flatten().collect()));
                };
                let end = items.get(position + 1).map_or(lines.end, |next| next.line);
                lines = start(&items[position])..end.max(items[position].line + 1);
                if let Value::List(list) = &value {
                    value = list.get(position).cloned().unwrap_or_default();
                }
                at = &items[position];
                found.push_str(&format!("[{item}]"));
            }
            (Step::Name(name) | Step::Item(name), _) => return Err(missing(name, Vec::new())),
        }
    }
    Ok(lines)
}

fn start(outline: &Outline) -> usize {
    outline.line
}

/// Returns the names of a list's items.
fn item_names(value: &Value) -> Vec<Option<String>> {
    let Value::List(list) = value else { return Vec::new() };
    let name = |item: &Value| {
        let name = item.as_map()?.get(b"name")?;
        Some(name.as_str()?.to_string())
    };
    list.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &[u8] = b"kind: Pod\nspec:\n  containers:\n    - name: web\n      image: a\n    - name: log\n      image: b\n  labels: {\"a.b/c\": x}\nend: 1";

    #[test]
    fn fields_are_found_by_their_paths() {
        let of = |path: &str| fields(DOCUMENT, path);
        assert_eq!(of("kind"), Ok(0..1));
        assert_eq!(of("spec.containers"), Ok(2..7));
        assert_eq!(of("spec.containers[1].image"), Ok(6..7));
        assert_eq!(of("spec.containers[log].image"), Ok(6..7));
        assert_eq!(of(r#"spec.labels["a.b/c"]"#), Ok(7..8));
        assert_eq!(of(r"spec.labels.a\.b/c"), Ok(7..8));
        assert_eq!(of(".end"), Ok(8..9));
        let FieldError::Missing { found, step, there } = of("spec.container").unwrap_err() else {
            panic!("no missing step")
        };
        assert_eq!((&*found, &*step), ("spec", "container"));
        assert_eq!(there, ["containers", "labels"]);
        assert!(matches!(of("spec.containers[x]"), Err(FieldError::Missing { .. })));
        assert_eq!(of("spec..x"), Err(FieldError::Grammar { at: 4 }));
    }
}
