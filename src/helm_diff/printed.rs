//! Takes manifests out of what Helm prints.

use bstr::ByteSlice;

/// Returns what `helm template` printed, without the lines that tell of a chart's way from a registry.
///
/// ```
/// use statefulchart::helm_diff::without_progress;
/// assert_eq!(without_progress(b"Pulled: a/b:1\nDigest: sha256:0\n---\nkind: Pod\n"), b"---\nkind: Pod\n");
/// ```
pub fn without_progress(printed: &[u8]) -> Vec<u8> {
    let is_progress = |line: &[u8]| {
        ["Pulled:", "Digest:", "Pulling:"].iter().any(|word| line.starts_with(word.as_bytes()))
    };
    let lines = printed.lines_with_terminator();
    lines.filter(|line| !is_progress(line)).flatten().copied().collect()
}

/// Returns the manifests and then the hooks in a report of `helm upgrade --dry-run`.
///
/// ```
/// use statefulchart::helm_diff::of_dry_run;
/// let report = b"NAME: a\nHOOKS:\n---\nkind: Job\nMANIFEST:\n---\nkind: Pod\n\nNOTES:\nhello";
/// assert_eq!(of_dry_run(report, false), b"---\nkind: Pod\n\n---\nkind: Job\n");
/// assert_eq!(of_dry_run(report, true), b"---\nkind: Pod\n\n");
/// ```
pub fn of_dry_run(report: &[u8], no_hooks: bool) -> Vec<u8> {
    fn from<'t>(text: &'t [u8], mark: &str) -> Option<&'t [u8]> {
        text.find(mark).map(|at| &text[at..])
    }
    let hooks = from(report, "HOOKS:").unwrap_or_default();
    let (hooks, manifest) = hooks.split_at(hooks.find("MANIFEST:").unwrap_or(hooks.len()));
    let end = manifest.find("\nNOTES:").map_or(manifest.len(), |at| at + 1);
    let manifest = &manifest[..end];
    let manifest = from(manifest, "---").unwrap_or(manifest);
    let hooks = from(hooks, "---").filter(|_| !no_hooks).unwrap_or_default();
    [manifest, hooks].concat()
}
