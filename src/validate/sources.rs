//! What the sources of volumes hold, of a pod's and of a PersistentVolume's.

use std::net::SocketAddr;

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Rule, csi};
use crate::kubernetes::names;

/// The disks of Azure, and where their addresses begin.
const DISKS: &[(&str, &str)] =
    &[("Dedicated", "https://"), ("Managed", "/subscriptions/"), ("Shared", "https://")];

/// What a path of the host may be; with an empty text nothing is looked at.
const HOST_PATHS: &[&str] = &[
    "DirectoryOrCreate",
    "Directory",
    "FileOrCreate",
    "File",
    "Socket",
    "CharDevice",
    "BlockDevice",
];

/// Checks the sources among the members of a volume, but for what each has to have.
pub(super) fn check(rule: &'static Rule, of: &Node<'_>, found: &mut Findings) {
    let (host, nfs) = (of.at("hostPath"), of.at("nfs"));
    found.inner_path(rule, &host.at("path"), false);
    found.one_of(rule, &host.at("type"), HOST_PATHS);
    let path = nfs.at("path");
    if !path.is_empty() && !path.text_or_empty().starts_with(b"/") {
        found.add(rule, &path, "the path has to begin with /");
    }
    if let Some(iscsi) = of.get("iscsi") {
        initiators(rule, &iscsi, found);
    }
    if let Some(fc) = of.get("fc") {
        channels(rule, &fc, found);
    }
    if let Some(disk) = of.get("azureDisk") {
        let (kind, address) = (disk.at("kind"), disk.at("diskURI"));
        found.exactly(rule, &disk.at("cachingMode"), &["None", "ReadOnly", "ReadWrite"]);
        match DISKS.iter().find(|(name, _)| kind.is(name)) {
            Some((_, start)) if !address.text_or_empty().starts_with(start.as_bytes()) => {
                found.add(rule, &address, format!("it has to begin with {start}"));
            }
            Some(_) => {}
            None => found.exactly(rule, &kind, &["Dedicated", "Managed", "Shared"]),
        }
    }
    for name in ["awsElasticBlockStore", "gcePersistentDisk"] {
        found.within(rule, &of.at(name).at("partition"), 0, 255);
    }
    for name in ["cinder", "storageos"] {
        if let Some(secret) = of.at(name).get("secretRef") {
            found.required(rule, &secret.at("name"), "the name of the Secret");
        }
    }
    if let Some(flocker) = of.get("flocker") {
        let (name, uuid) = (flocker.at("datasetName"), flocker.at("datasetUUID"));
        if name.is_empty() == uuid.is_empty() {
            found.add(rule, &flocker, "it has to have one of datasetName and datasetUUID");
        }
        if name.text_or_empty().contains(&b'/') {
            found.add(rule, &name, "it must not hold /");
        }
    }
    for (key, option) in of.at("flexVolume").at("options").members() {
        let start = key.split_str("/").next().unwrap_or_default().to_ascii_lowercase();
        let start = [&b"."[..], &start].concat();
        if start.ends_with(b".kubernetes.io") || start.ends_with(b".k8s.io") {
            found.add(rule, &option, "options of kubernetes.io and k8s.io are Kubernetes' own");
        }
    }
    if let Some(quobyte) = of.get("quobyte") {
        let (registry, tenant) = (quobyte.at("registry"), quobyte.at("tenant"));
        let text = registry.text_or_empty();
        let is_pair = |pair: &[u8]| {
            let name = pair.rsplit_once_str(":").map(|(host, _)| host);
            name.is_some_and(|host| !host.contains(&b':'))
                || pair.to_str().is_ok_and(|pair| pair.parse::<SocketAddr>().is_ok())
        };
        if !text.is_empty() && !text.split_str(",").all(is_pair) {
            found.add(rule, &registry, "it has to be HOST:PORT, or several divided by commas");
        }
        if tenant.text_or_empty().len() > 64 {
            found.add(rule, &tenant, "it must be no more than 64 characters");
        }
    }
    if let Some(csi) = of.get("csi").filter(|csi| !csi.at("driver").is_empty()) {
        csi::driver_name(rule, &csi.at("driver"), found);
    }
    found.inner_path(rule, &of.at("gitRepo").at("directory"), true);
    for name in ["volumeName", "volumeNamespace"] {
        let storageos = of.at("storageos");
        let node = storageos.at(name);
        if !node.is_empty() {
            found.named(rule, &node, names::label(&node.text_or_empty(), false));
        }
    }
}

fn initiators(rule: &'static Rule, iscsi: &Node<'_>, found: &mut Findings) {
    for key in ["iqn", "initiatorName"] {
        let name = iscsi.at(key);
        let is_missing = if key == "iqn" { name.is_empty() } else { !name.is_set() };
        if !is_missing && !is_initiator(&name.text_or_empty()) {
            let words =
                format!("{} is no name of iSCSI: iqn., eui. or naa. and more", name.shown());
            found.add(rule, &name, words);
        }
    }
    found.within(rule, &iscsi.at("lun"), 0, 255);
    let asks = ["chapAuthDiscovery", "chapAuthSession"].iter().any(|key| iscsi.at(key).is_true());
    if asks && !iscsi.at("secretRef").is_set() {
        found.add(rule, &iscsi.at("secretRef"), "it is required where chapAuth is true");
    }
}

/// Tells whether a text is a name of iSCSI: `iqn.YEAR-MONTH.DOMAIN:NAME`, `eui.` and 16 letters or digits, or `naa.` and 32.
fn is_initiator(text: &[u8]) -> bool {
    let is_plain =
        |text: &[u8], count| text.len() == count && text.iter().all(u8::is_ascii_alphanumeric);
    if let Some(rest) = text.strip_prefix(b"iqn") {
        let is_date = |date: &[u8]| {
            date.len() == 7
                && date
                    .iter()
                    .enumerate()
                    .all(|(at, b)| if at == 4 { *b == b'-' } else { b.is_ascii_digit() })
        };
        let Some((date, rest)) = rest.strip_prefix(b".").and_then(|rest| rest.split_once_str("."))
        else {
            return false;
        };
        let Some((domain, name)) = rest.split_once_str(":") else { return false };
        let is_name = |b: &u8| !b",;*&$|".contains(b) && !b.is_ascii_whitespace();
        return is_date(date)
            && !domain.is_empty()
            && domain.iter().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(b))
            && !name.is_empty()
            && name.iter().all(is_name);
    }
    // Any character may stand behind these.
    match text.get(..3) {
        Some(b"eui") => text.get(4..).is_some_and(|rest| is_plain(rest, 16)),
        Some(b"naa") => text.get(4..).is_some_and(|rest| is_plain(rest, 32)),
        _ => false,
    }
}

fn channels(rule: &'static Rule, fc: &Node<'_>, found: &mut Findings) {
    let (names, ids, lun) = (fc.at("targetWWNs"), fc.at("wwids"), fc.at("lun"));
    if names.is_empty() == ids.is_empty() {
        found.add(rule, &names, "it has to have one of targetWWNs and wwids");
    }
    if !names.is_empty() {
        if !lun.is_set() {
            found.add(rule, &lun, "lun is required beside targetWWNs");
        }
        found.within(rule, &lun, 0, 255);
    }
}

#[cfg(test)]
mod tests {
    use super::is_initiator;

    #[test]
    fn initiators() {
        for right in ["iqn.2001-04.com.example:storage", "eui.0123456789abcdef"] {
            assert!(is_initiator(right.as_bytes()), "{right}");
        }
        for wrong in [
            "foo",
            "iqn.2001.com.example:a",
            "iqn.2001-04.a:",
            "eui.01",
            "naa",
            "iqn.2001-04.a:b c",
        ] {
            assert!(!is_initiator(wrong.as_bytes()), "{wrong}");
        }
    }
}
