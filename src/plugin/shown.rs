//! Shows a plugin as Go's `%q` prints Helm 4's struct of one, which errors do, and as its YAML is signed.

use std::fmt::Write;

use gostd::strconv::quoted;
use gostd::value::{Elem, List, Map, Value};

use super::{Downloader, Platform, Plugin, Type};

impl Plugin {
    /// Returns the plugin as `%q` prints it.
    pub(super) fn shown(&self) -> String {
        let config = match self.kind {
            Type::Getter => {
                format!("*schema.ConfigGetterV1=&{{[{}]}}", self.protocols.join(" "))
            }
            Type::Cli => {
                let (usage, long) = (&self.usage, &self.description);
                let flags = self.ignore_flags;
                format!("*schema.ConfigCLIV1=&{{{} {usage} {long} {flags}}}", self.call)
            }
            Type::PostRenderer => "*schema.ConfigPostRendererV1=&{}".to_owned(),
            Type::Test => "*schema.ConfigTestV1=&{}".to_owned(),
        };
        let plain = self.runtime(&str::to_owned);
        let quoted_runtime = self.runtime(&|text| quoted(text));
        let expands = self.expands_hooks;
        format!(
            "&{{{{{} {} {} \"subprocess\" {} {} %!q({config}) %!q(*plugin.RuntimeConfigSubprocess=&{{{plain} {expands}}})}} {} {{{quoted_runtime} %!q(bool={expands})}} map[]}}",
            quoted(self.api_version),
            quoted(&self.name),
            quoted(self.kind.name()),
            quoted(&self.version),
            quoted(&self.source_url),
            quoted(&self.folder),
        )
    }

    /// Returns Helm 4's struct of a plugin, by the names of its fields in Go.
    pub fn metadata(&self) -> Value {
        let map = |fields: Vec<(&str, Value)>| {
            let map = Map::new();
            fields.into_iter().for_each(|(name, value)| map.insert(name, value));
            Value::Map(map)
        };
        let text = |text: &str| Value::from(text);
        let list = |items: Vec<Value>| match items.is_empty() {
            true => Value::Nil,
            false => Value::List(List::new(Elem::Any, items)),
        };
        let texts = |all: &[String]| list(all.iter().map(|t| text(t)).collect());
        let platforms = |all: &[Platform]| {
            let one = |p: &Platform| {
                map(vec![
                    ("OperatingSystem", text(&p.os)),
                    ("Architecture", text(&p.arch)),
                    ("Command", text(&p.command)),
                    ("Args", texts(&p.args)),
                ])
            };
            list(all.iter().map(one).collect())
        };
        let config = match self.kind {
            Type::Cli => vec![
                ("Usage", text(&self.call)),
                ("ShortHelp", text(&self.usage)),
                ("LongHelp", text(&self.description)),
                ("IgnoreFlags", Value::Bool(self.ignore_flags)),
            ],
            Type::Getter => vec![("Protocols", texts(&self.protocols))],
            Type::PostRenderer | Type::Test => Vec::new(),
        };
        let hooks = match self.platform_hooks.is_empty() {
            true => Value::Nil,
            false => {
                let hooks = self.platform_hooks.iter();
                map(hooks.map(|(name, all)| (&**name, platforms(all))).collect())
            }
        };
        let commands = list(
            self.downloaders
                .iter()
                .map(|d| {
                    let protocols = ("Protocols", texts(&d.protocols));
                    map(vec![protocols, ("PlatformCommand", platforms(&d.platforms))])
                })
                .collect(),
        );
        let runtime = vec![
            ("PlatformCommand", platforms(&self.platforms)),
            ("PlatformHooks", hooks),
            ("ProtocolCommands", commands),
        ];
        map(vec![
            ("APIVersion", text(self.api_version)),
            ("Name", text(&self.name)),
            ("Type", text(self.kind.name())),
            ("Runtime", text(if self.is_wasm { "extism/v1" } else { "subprocess" })),
            ("Version", text(&self.version)),
            ("SourceURL", text(&self.source_url)),
            ("Config", map(config)),
            ("RuntimeConfig", map(runtime)),
        ])
    }

    /// Returns what belongs to the runtime, each text as `text` shows it.
    fn runtime(&self, text: &dyn Fn(&str) -> String) -> String {
        let mut hooks: Vec<_> = self.platform_hooks.iter().collect();
        hooks.sort_by_key(|(name, _)| name);
        let hooks =
            hooks.iter().map(|(name, all)| format!("{}:{}", text(name), platforms(all, text)));
        let hooks = hooks.collect::<Vec<_>>().join(" ");
        let mut out = format!("{} map[{hooks}] [", platforms(&self.platforms, text));
        for (at, Downloader { protocols, platforms: all, .. }) in
            self.downloaders.iter().enumerate()
        {
            let space = if at > 0 { " " } else { "" };
            let _ = write!(out, "{space}{{{} {}}}", list(protocols, text), platforms(all, text));
        }
        out.push(']');
        out
    }
}

fn list(texts: &[String], text: &dyn Fn(&str) -> String) -> String {
    format!("[{}]", texts.iter().map(|t| text(t)).collect::<Vec<_>>().join(" "))
}

fn platforms(all: &[Platform], text: &dyn Fn(&str) -> String) -> String {
    let one = |Platform { os, arch, command, args }: &Platform| {
        format!("{{{} {} {} {}}}", text(os), text(arch), text(command), list(args, text))
    };
    format!("[{}]", all.iter().map(one).collect::<Vec<_>>().join(" "))
}
