//! Provides `.Files`: the chart's files that are neither templates nor charts.

use std::any::Any;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine;
use bstr::ByteSlice;

use crate::chart::File;
use crate::profile::{Profile, Rule};
use goglob::Glob;
use gostd::path;
use gostd::value::{
    FILES_MAP, Kind, List, Map, MethodResult, Object, STRING_MAP, Signature, Str, Type, Value,
};

/// Helm's `engine.files`; the map itself is made only when a template looks at it as one.
#[derive(Debug)]
pub(super) struct Files {
    files: Arc<Vec<File>>,
    map: OnceCell<Map>,
    profile: Profile,
}

impl Files {
    pub(super) fn new(files: Arc<Vec<File>>, profile: Profile) -> Files {
        Files { files, map: OnceCell::new(), profile }
    }

    fn find(&self, name: &[u8]) -> Option<&Arc<[u8]>> {
        self.files.iter().rfind(|f| *f.name == *name).map(|f| f.data.shared())
    }

    fn glob(&self, pattern: &Str) -> Files {
        let everything = || Glob::new(b"**", &[]).ok();
        let glob = Glob::new(pattern, &['/']).ok().or_else(everything);
        let keep = |f: &&File| glob.as_ref().is_none_or(|g| g.matches(&f.name));
        let files = self.files.iter().filter(keep).cloned().collect();
        Files::new(Arc::new(files), self.profile)
    }

    /// Returns the files by their base names, each as `encode` writes it, in YAML.
    fn as_yaml(&self, encode: impl Fn(&[u8]) -> Str) -> Value {
        let map = Map::with_type(&STRING_MAP);
        let mut files: Vec<&File> = self.files.iter().collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        for f in files {
            map.insert(path::base(&f.name), Value::Str(encode(f.data.shared())));
        }
        let text = goyaml::marshal(&Value::Map(map)).unwrap_or_default();
        Value::from(text.strip_suffix(b"\n").unwrap_or(&text).to_vec())
    }

    fn lines(&self, name: &[u8]) -> MethodResult {
        let Some(data) = self.find(name) else {
            return Ok(Value::List(List::strings(Vec::<Str>::new())));
        };
        if data.is_empty() {
            if self.profile.has(Rule::LinesOfEmptyFile) {
                return Ok(Value::List(List::strings(Vec::<Str>::new())));
            }
            return Err(Str::from("runtime error: index out of range [-1]"));
        }
        let text = data.strip_suffix(b"\n").unwrap_or(data);
        Ok(Value::List(List::strings(text.split_str("\n"))))
    }
}

impl Object for Files {
    fn type_name(&self) -> Cow<'static, str> {
        "engine.files".into()
    }

    fn kind(&self) -> Kind {
        Kind::Map
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let params: &[Type] = match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => &[Type::String],
            "AsConfig" | "AsSecrets" => &[],
            _ => return None,
        };
        Some(Signature { params, variadic: false })
    }

    fn call(&self, name: &str, args: &[Value]) -> MethodResult {
        let arg = args.first().and_then(Value::as_str).cloned().unwrap_or_default();
        Ok(match name {
            "Get" => Value::Str(self.find(&arg).map(|d| Str::from(d.clone())).unwrap_or_default()),
            "GetBytes" => {
                Value::Bytes(self.find(&arg).cloned().unwrap_or_else(|| Arc::from(&b""[..])))
            }
            "Glob" => Value::Object(Rc::new(self.glob(&arg))),
            "Lines" => return self.lines(&arg),
            "AsConfig" => self.as_yaml(Str::from_bytes),
            _ => self.as_yaml(|d| Str::from(base64::engine::general_purpose::STANDARD.encode(d))),
        })
    }

    fn as_map(&self) -> Option<Map> {
        let make = || {
            let entry = |f: &File| (f.name.clone(), Value::Bytes(f.data.shared().clone()));
            Map::from_entries(&FILES_MAP, self.files.iter().map(entry))
        };
        Some(self.map.get_or_init(make).clone())
    }

    fn json_value(&self) -> Value {
        self.as_map().map(Value::Map).unwrap_or_default()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
