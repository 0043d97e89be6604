//! `cases.tsv` was printed by gobwas/glob (with the separator `/`) and Go's `path.Match`: a line of
//! names, then patterns with a digit for each name, or `error`; `E` is an error of `path.Match`.
//! `tests/tables.py` prints it anew.

use super::*;
use gostd::strconv::unquote;

fn check(table: &str) {
    let (names, rows) = table.split_once('\n').unwrap();
    let names: Vec<&[u8]> = names.split('\t').map(str::as_bytes).collect();
    let mut wrong = String::new();
    for row in rows.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let pattern = unquote(cells[0].as_bytes()).unwrap();
        let digit = |b: bool| if b { '1' } else { '0' };
        let got: String = match Glob::new(&pattern, &['/']) {
            Ok(glob) => names.iter().map(|n| digit(glob.matches(n))).collect(),
            Err(_) => "error".to_owned(),
        };
        let std: String =
            names.iter().map(|n| gostd::path::matches(&pattern, n).map_or('E', digit)).collect();
        // Where gobwas/glob panics (`P`), nothing matches here.
        if [&got, &std] != [&cells[1].replace('P', "0"), cells[2]] {
            wrong += &format!("{row}\n  got {got} {std}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn patterns_match_what_they_match_in_go() {
    check(include_str!("cases.tsv"));
}

#[test]
fn hostile_patterns_end() {
    let name = vec![b'a'; 300];
    let glob = Glob::new("*?a".repeat(30).as_bytes(), &['/']).unwrap();
    glob.matches(&name);
    assert!(Glob::new("{".repeat(5000).as_bytes(), &['/']).is_err());
    assert!(Glob::new("?[a]".repeat(100).as_bytes(), &['/']).is_ok());
}
