//! What bindings of roles name.

use bstr::ByteSlice;

use super::made::Release;
use super::{Need, Target, Wanted};
use crate::diff::Object;
use crate::validate::node::Node;
use crate::validate::{Findings, Level, Rule};

pub(super) const ROLE: Rule = Rule {
    code: "SC823",
    level: Level::Warning,
    title: "A role that is bound should be made by the release, or be one of Kubernetes'",
    source: "pkg/registry/rbac/validation: DefaultRuleResolver",
};

/// The ClusterRoles of every cluster, besides those that begin with `system:`.
const CLUSTER_ROLES: &[&str] = &["admin", "cluster-admin", "edit", "view"];

pub(super) fn check(
    object: &Object,
    root: &Node<'_>,
    release: &Release<'_>,
    wanted: &mut Wanted,
    found: &mut Findings,
) {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let is_binding = matches!(&*object.id.kind, b"RoleBinding" | b"ClusterRoleBinding");
    if *object.id.group != *RBAC.as_bytes() || !is_binding {
        return;
    }
    let role = root.at("roleRef");
    let (kind, name) = (role.at("kind"), role.at("name"));
    let text = name.text_or_empty();
    let own = &object.id.namespace;
    let is_there = match &*kind.text_or_empty() {
        b"ClusterRole" => {
            text.starts_with(b"system:")
                || name.is_any(CLUSTER_ROLES)
                || release.find(RBAC, "ClusterRole", b"", &text).next().is_some()
        }
        b"Role" => !release.is_own(own) || release.find(RBAC, "Role", own, &text).next().is_some(),
        _ => true,
    };
    if !is_there && !text.is_empty() && !release.is_mentioned(&text) {
        let kind = kind.text_or_empty();
        let message =
            format!("nothing in the release makes {}/{}", kind.to_str_lossy(), text.to_str_lossy());
        found.add(&ROLE, &name, message);
    }
    for subject in root.at("subjects").items() {
        if subject.at("kind").is("ServiceAccount") {
            let need = Need::new(Target::ServiceAccount, &subject.at("name"));
            let namespace = subject.at("namespace").text_or_empty();
            release.check(object, Need { namespace, ..need }, false, wanted, found);
        }
    }
}
