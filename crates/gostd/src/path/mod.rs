//! Reproduces Go's `path`: slash-separated paths, cleaned lexically.

mod pattern;

pub use pattern::{BadPattern, matches};

/// Returns the shortest name of the same path (`path.Clean`): no doubled slashes, `.` and inner `..`
/// resolved; `.` for nothing.
///
/// ```
/// use gostd::path::clean;
/// assert_eq!(clean(b"/a/./b//../c/"), b"/a/c");
/// ```
pub fn clean(path: &[u8]) -> Vec<u8> {
    if is_clean(path) {
        return path.to_vec();
    }
    let rooted = is_abs(path);
    let mut out = Vec::with_capacity(path.len().max(1));
    if rooted {
        out.push(b'/');
    }
    // Up to here `..` takes nothing back.
    let mut floor = out.len();
    for part in path.split(|&b| b == b'/') {
        match part {
            b"" | b"." => continue,
            b".." if out.len() > floor => {
                let cut = out[floor..].iter().rposition(|&b| b == b'/').unwrap_or(0);
                out.truncate(floor + cut);
                continue;
            }
            b".." if rooted => continue,
            _ => {}
        }
        if out.last().is_some_and(|&b| b != b'/') {
            out.push(b'/');
        }
        out.extend_from_slice(part);
        if part == b".." {
            floor = out.len();
        }
    }
    if out.is_empty() {
        out.push(b'.');
    }
    out
}

/// Returns whether a path is plainly clean: it has elements, and none is empty, `.` or `..`.
fn is_clean(path: &[u8]) -> bool {
    let mut rest = path.strip_prefix(b"/").unwrap_or(path);
    loop {
        let end = memchr::memchr(b'/', rest);
        if matches!(&rest[..end.unwrap_or(rest.len())], b"" | b"." | b"..") {
            return false;
        }
        match end {
            Some(end) => rest = &rest[end + 1..],
            None => return true,
        }
    }
}

/// Returns the last element without trailing slashes (`path.Base`); `.` for an empty path, `/` for
/// slashes only.
pub fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|&b| b != b'/').map_or(0, |i| i + 1);
    if end == 0 {
        return b"/";
    }
    let start = path[..end].iter().rposition(|&b| b == b'/').map_or(0, |i| i + 1);
    &path[start..end]
}

/// Returns all but the last element, cleaned (`path.Dir`).
pub fn dir(path: &[u8]) -> Vec<u8> {
    let end = path.iter().rposition(|&b| b == b'/').map_or(0, |i| i + 1);
    clean(&path[..end])
}

/// Returns the file name's extension with its dot, or nothing (`path.Ext`).
pub fn ext(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|&b| b == b'.' || b == b'/') {
        Some(i) if path[i] == b'.' => &path[i..],
        _ => b"",
    }
}

/// Returns whether the path begins at the root (`path.IsAbs`).
pub fn is_abs(path: &[u8]) -> bool {
    path.first() == Some(&b'/')
}

/// Returns the elements that are not empty, joined by slashes and cleaned (`path.Join`); nothing
/// for none.
pub fn join<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts.into_iter().filter(|p| !p.is_empty()) {
        if !out.is_empty() {
            out.push(b'/');
        }
        out.extend_from_slice(part);
    }
    if out.is_empty() { out } else { clean(&out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_out_as_from_go() {
        // Printed by Go, anew by tests/tables.py: path, Clean, Base, Dir, Ext, IsAbs, Join(path, "../x")
        for row in include_str!("../paths.tsv").lines() {
            let cells: Vec<&[u8]> = row.split('\t').map(str::as_bytes).collect();
            let path = cells[0];
            let abs = is_abs(path).to_string();
            let joined = join([path, b"../x"]);
            let got: [&[u8]; 6] =
                [&clean(path), base(path), &dir(path), ext(path), abs.as_bytes(), &joined];
            assert_eq!(got, cells[1..], "{row}");
        }
        assert_eq!(join([]), b"");
        assert_eq!(join([&b""[..], b""]), b"");
        assert_eq!(join([&b""[..], b"a", b"", b"/b"]), b"a/b");
    }
}
