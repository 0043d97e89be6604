//! Calls as templates write them, against what sprig 3.3.0 answers, as Helm
//! 3.17.3 calls it (`cases/*.tsv`).
//!
//! A line is a call, a tab, and the result: its Go type and its JSON, or `! ` and the error. Steps
//! of one case are separated by ` ;; `. `tests/tables.py` prints the answers anew.

use std::collections::{HashMap, HashSet};

use super::{all, lookup};
use gostd::value::{ANY_MAP, Map, Str, Type, Value};
use gostd::{json, strconv};
use gotemplate::func::{FuncError, FuncResult, Host, Instant};

struct TestHost;

impl Host for TestHost {
    fn now(&self) -> Instant {
        Instant { seconds: 0, nanos: 0 }
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

/// Just enough of the template language to call functions.
struct Evaluator<'a> {
    rest: &'a str,
    variables: HashMap<String, Value>,
}

impl Evaluator<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn word(&mut self) -> String {
        let end = self.rest.find([' ', ')', '(']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    /// Returns a call, or a lone operand.
    fn command(&mut self) -> FuncResult {
        self.skip_space();
        let named = self.rest.starts_with(|c: char| c.is_ascii_alphabetic());
        if !named || ["true", "false", "nil"].contains(&self.rest.split(' ').next().unwrap()) {
            return self.operand(true);
        }
        let name = self.word();
        let args = self.operands()?;
        if name == "len" {
            return Ok(Value::int(args[0].as_str().unwrap().len() as i64));
        }
        let def = lookup(&name).unwrap_or_else(|| panic!("no function {name}"));
        let params = def.signature.params;
        let convert = |(i, v): (usize, Value)| match (params[i.min(params.len() - 1)], v) {
            (Type::Float, Value::Int(_, n)) => Value::Float(n as f64),
            (Type::Map, Value::Nil) => Value::Map(Map::nil(&ANY_MAP)),
            (_, v) => v,
        };
        let args: Vec<Value> = args.into_iter().enumerate().map(convert).collect();
        (def.call)(&mut TestHost, &args)
    }

    fn operands(&mut self) -> Result<Vec<Value>, FuncError> {
        let mut args = Vec::new();
        loop {
            self.skip_space();
            if self.rest.is_empty() || self.rest.starts_with(')') {
                return Ok(args);
            }
            args.push(self.operand(false)?);
        }
    }

    /// Returns an operand; the first of a command may be a method with arguments.
    fn operand(&mut self, first: bool) -> FuncResult {
        match self.rest.as_bytes()[0] {
            b'(' => {
                self.rest = &self.rest[1..];
                let mut v = self.command()?;
                self.rest = self.rest.strip_prefix(')').expect("a closing parenthesis");
                while let Some(rest) = self.rest.strip_prefix('.') {
                    self.rest = rest;
                    let method = self.word();
                    let Value::Object(o) = &v else { panic!("no object before .{method}") };
                    let signature = o.method(&method).expect("a method");
                    let args = if first { self.operands()? } else { Vec::new() };
                    assert_eq!(args.len(), signature.params.len(), "{method}");
                    v = o.call(&method, &args).map_err(FuncError::Text)?;
                }
                Ok(v)
            }
            quote @ (b'"' | b'`') => {
                let mut end = 1;
                let bytes = self.rest.as_bytes();
                while bytes[end] != quote {
                    end += 1 + usize::from(quote == b'"' && bytes[end] == b'\\');
                }
                let (literal, rest) = self.rest.split_at(end + 1);
                self.rest = rest;
                Ok(Value::from(strconv::unquote(literal.as_bytes()).expect(literal)))
            }
            b'$' => {
                let name = self.word();
                Ok(self.variables[&name].clone())
            }
            _ => {
                let word = self.word();
                Ok(match word.as_str() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    "nil" => Value::Nil,
                    _ => match strconv::parse_int(word.as_bytes(), 0, 64) {
                        Ok(n) => Value::int(n),
                        Err(_) => Value::Float(strconv::parse_float(word.as_bytes()).expect(&word)),
                    },
                })
            }
        }
    }
}

fn evaluate(case: &str) -> FuncResult {
    let mut evaluator = Evaluator { rest: "", variables: HashMap::new() };
    let mut result = Value::Nil;
    for step in case.split(" ;; ") {
        let (name, call) = match step.split_once(" := ") {
            Some((name, call)) if name.starts_with('$') => (name, call),
            _ => ("", step),
        };
        evaluator.rest = call;
        result = evaluator.command()?;
        evaluator.variables.insert(name.to_owned(), result.clone());
    }
    Ok(result)
}

fn show(result: FuncResult) -> String {
    match result {
        Ok(v) => {
            let json = json::marshal(&v, true).unwrap_or_default();
            format!("{} {}", v.type_name(), String::from_utf8_lossy(&json))
        }
        Err(error @ (FuncError::Text(_) | FuncError::Cause(_))) => {
            let text = error.to_bytes();
            let mut out = String::from("! ");
            for chunk in text.utf8_chunks() {
                let valid = chunk.valid();
                out += &valid.replace('\\', r"\\").replace('\n', r"\n").replace('\t', r"\t");
                for b in chunk.invalid() {
                    out += &format!(r"\\x{b:02x}");
                }
            }
            out
        }
        Err(other) => format!("! {other:?}"),
    }
}

fn check(cases: &str) {
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let (case, want) = line.split_once('\t').expect(line);
        let got = show(evaluate(case));
        if got.trim_end() != want.trim_end() {
            wrong.push(format!("{case}\n  got  {got}\n  want {want}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

macro_rules! agree_with_helm {
    ($($name:ident: $file:literal,)*) => {$(
        #[test]
        fn $name() {
            check(include_str!(concat!("cases/", $file, ".tsv")));
        }
    )*};
}

agree_with_helm! {
    text_functions_agree_with_helm: "texts",
    number_functions_agree_with_helm: "numbers",
    collection_functions_agree_with_helm: "collections",
    merges_agree_with_helm: "merges",
    versions_agree_with_helm: "versions",
    urls_agree_with_helm: "urls",
    regular_expressions_agree_with_helm: "regular_expressions",
    odd_regular_expressions_agree_with_helm: "odd_regular_expressions",
    odd_urls_agree_with_helm: "odd_urls",
    odd_words_agree_with_helm: "odd_words",
    odd_texts_and_numbers_agree_with_helm: "odd_texts_and_numbers",
    odd_merges_agree_with_helm: "odd_merges",
    odd_ranges_agree_with_helm: "odd_ranges",
}

#[test]
fn names_are_unique_and_found() {
    let mut seen = HashSet::new();
    for def in all() {
        assert!(seen.insert(def.name), "{} is there twice", def.name);
        assert_eq!(lookup(def.name).map(|d| d.name), Some(def.name));
    }
    assert!(lookup("nosuch").is_none());
}

#[test]
fn absurd_sizes_are_refused() {
    for case in [
        r#"repeat 1000000000000 "a""#,
        r#"indent 1000000000000 "a""#,
        "until 1000000000000",
        "untilStep 0 1000000000000 1",
        "seq 1000000000000",
        r#"replace "" (repeat 100000 "a") (repeat 100000 "b")"#,
        r#"wrapWith 1 (repeat 100000 "a") (repeat 100000 "b")"#,
        r#"regexReplaceAll "b" (repeat 100000 "b") (repeat 100000 "a")"#,
        "$d := dict ;; $_ := set $d \"d\" $d ;; deepCopy $d",
        "$d := dict ;; $_ := set $d \"d\" $d ;; $e := dict ;; $_ := set $e \"d\" $e ;; merge $d $e",
    ] {
        assert!(evaluate(case).is_err(), "{case}");
    }
}
