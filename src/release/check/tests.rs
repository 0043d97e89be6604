use super::*;

/// Returns the last layer of what Helm says.
fn cause(refused: &Refused) -> String {
    refused.layers().pop().unwrap_or_default()
}

#[test]
fn objects_that_a_cluster_serves_need_a_name() {
    const UNNAMED: &str = "resource name may not be empty";
    let rows = [
        ("{apiVersion: v1, kind: Pod, metadata: {name: a}}", "", ""),
        ("{apiVersion: v1, kind: Pod}", r#"Pod "" in namespace "rel""#, UNNAMED),
        (
            "{apiVersion: v1, kind: Pod, metadata: {namespace: own}}",
            r#"Pod "" in namespace "own""#,
            UNNAMED,
        ),
        ("{apiVersion: v1, kind: namespace}", r#"namespace "" in namespace """#, UNNAMED),
        ("{apiVersion: own.io/v1, kind: Own}", "", ""),
        ("{apiVersion: v1, kind: List, items: []}", "", ""),
        ("{apiVersion: v1, kind: PodList, items: [{}]}", r#"Pod "" in namespace "rel""#, UNNAMED),
        (
            "{apiVersion: v1, kind: Pod, metadata: {name: a/b%}}",
            r#"Pod "a/b%" in namespace "rel""#,
            r#"invalid resource name "a/b%": [may not contain '/' may not contain '%']"#,
        ),
    ];
    for (document, object, cause) in rows {
        let want = match object {
            "" => Vec::new(),
            object => vec![
                "Unable to continue with install".to_owned(),
                format!("could not get information about the resource {object}"),
                cause.to_owned(),
            ],
        };
        let got = check([document.as_bytes()], true, "rel").err();
        assert_eq!(got.map(|e| e.layers()).unwrap_or_default(), want, "{document}");
    }
}

#[test]
fn documents_have_to_say_what_they_are() {
    const INVALID: &str = "error validating \"\": error validating data: ";
    let rows = [
        ("# nothing", true, ""),
        ("{apiVersion: own.io/v1, kind: Foo}", true, ""),
        ("a: b", true, "[apiVersion not set, kind not set]"),
        ("kind: Foo", true, "apiVersion not set"),
        ("{apiVersion: v1, kind: 3}", true, "kind isn't string type"),
        (
            "{apiVersion: a/b/c, kind: 3}",
            true,
            "[unexpected GroupVersion string: a/b/c, kind isn't string type]",
        ),
        ("- a", true, "invalid object to validate"),
        (
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1}, 3]}",
            true,
            "[kind not set, invalid object to validate]",
        ),
        ("{apiVersion: own.io/v1, kind: Foo}", false, ""),
        ("a: b", false, "unable to decode \"\": Object 'Kind' is missing in '{\"a\":\"b\"}'"),
        (
            "{apiVersion: a/b/c, kind: A}",
            false,
            "unable to decode \"\": Object 'Kind' is missing in '{\"apiVersion\":\"a/b/c\",\"kind\":\"A\"}'",
        ),
    ];
    for (document, validate, want) in rows {
        let got = check([document.as_bytes()], validate, "rel").err();
        let got = got.map(|e| cause(&e)).unwrap_or_default();
        assert_eq!(got.strip_prefix(INVALID).unwrap_or(&got), want, "{document}");
    }
}

#[test]
fn all_that_is_wrong_is_said_once() {
    let pod = b"{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {a: 1}}}".as_slice();
    let one = "unable to decode \"\": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string";
    assert_eq!(cause(&check([pod, pod], true, "").unwrap_err()), one);
    let two = format!("[{one}, error validating \"\": error validating data: kind not set]");
    let got = check([pod, b"apiVersion: v1", pod], true, "").unwrap_err();
    assert_eq!(cause(&got), two);
}
