use bstr::ByteSlice;
use gostd::strconv::{quote_ascii, unquote};
use gostd::value::{Map, Value};

use super::Path;

/// What helm-unittest finds in a document, Go's types first, or why it refuses document or path.
fn answer(document: &[u8], path: &[u8]) -> Vec<u8> {
    let read = goyaml::Stream::read(document).and_then(|stream| {
        let mut typed = goyaml::Typed::default();
        let map = stream.roots().next().map(|root| typed.any_map(root, "map[string]interface {}"));
        typed.finish().map(|()| map.flatten().unwrap_or_else(Map::new))
    });
    let document = match read {
        Ok(map) => Value::Map(map),
        Err(why) => return format!("document: {why}").into_bytes(),
    };
    let found = match path {
        b"" => Ok(vec![document]),
        _ => find(&document, path),
    };
    match found {
        Ok(found) => {
            let types =
                found.iter().map(|v| gostd::fmt::sprintf(b"%T ", std::slice::from_ref(v)).unwrap());
            let mut answer = types.collect::<Vec<_>>().concat();
            answer.push(b'\n');
            answer.extend(goyaml::marshal_pretty(&Value::list(found)).unwrap());
            answer
        }
        Err(why) => [b"error: ", &why[..]].concat(),
    }
}

fn find(document: &Value, path: &[u8]) -> Result<Vec<Value>, Vec<u8>> {
    let document = goyaml::read_back(document).map_err(String::into_bytes)?;
    let path = Path::parse(path).map_err(|error| error.as_bytes().to_vec())?;
    path.find(&document).map_err(|error| error.as_bytes().to_vec())
}

#[test]
fn paths_find_what_helm_unittest_finds() {
    let mut wrong = Vec::new();
    let table = include_bytes!("cases.tsv");
    for row in table.lines() {
        let cells: Vec<&[u8]> = row.split_str("\t").collect();
        let text = |cell: usize| unquote(cells[cell]).unwrap();
        let got = quote_ascii(&answer(&text(0), &text(1)));
        if got != cells[2] {
            wrong.push(format!("{}\n  got {}", row.to_str_lossy(), got.to_str_lossy()));
        }
    }
    let few: Vec<String> = wrong.iter().take(20).cloned().collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.lines().count(), few.join("\n"));
}

#[test]
fn a_search_without_end_in_reach_is_given_up() {
    let text = [b"[".repeat(40), b"1".to_vec(), b"]".repeat(40)].concat();
    let document = goyaml::unmarshal(&text).unwrap();
    let path = [&b"$"[..], &b"..*".repeat(12)].concat();
    let error = Path::parse(&path).unwrap().find(&document).unwrap_err();
    assert_eq!(error.to_string(), "the path visits more than 5000000 nodes");
}

#[test]
fn conditions_side_by_side_are_no_depth() {
    let data = goyaml::unmarshal(b"l: [{a: 1}, {b: 2}]").unwrap();
    for (joined, wanted) in [("@.a && ", 1), ("@.b || ", 2), ("@.a && @.b || ", 1)] {
        let path = format!("l[?({}@.a)]", joined.repeat(100_000));
        let found = Path::parse(path.as_bytes()).unwrap().find(&data).unwrap();
        assert_eq!(found.len(), wanted, "{joined}");
    }
}

#[test]
fn filters_nest_to_a_depth() {
    let nested = |deep: usize| {
        [b"$[?(".to_vec(), b"(".repeat(deep), b"@.a".to_vec(), b")".repeat(deep), b")]".to_vec()]
            .concat()
    };
    assert!(Path::parse(&nested(900)).is_ok());
    let error = Path::parse(&nested(100_000)).unwrap_err();
    assert_eq!(error.to_string(), "filters nest more than 1000 levels deep");
    let negated = [&b"$[?("[..], &b"!".repeat(100_000), b"@.a)]"].concat();
    assert_eq!(Path::parse(&negated).unwrap_err(), error);
    let paths = [&b".a[?(@".repeat(300)[..], &b")]".repeat(300)].concat();
    assert!(Path::parse(&paths).is_ok());
}
