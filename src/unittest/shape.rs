//! Lists what may stand where in a suite, to tell where one is wrong. What reads a suite is the module `suite`, with the
//! reference's words.

/// What may stand in a place of a suite; null may stand everywhere.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Any,
    Text,
    Bool,
    Int,
    /// A list of texts.
    Texts,
    /// Values by their paths.
    Set,
    /// A map with these fields.
    Fields(&'static [(&'static str, Shape)]),
    /// A map with any names.
    Named(&'static Shape),
    /// A list of maps.
    Maps,
    Selector,
    Tests,
    Assertions,
}

use Shape::{Any, Assertions, Bool, Fields, Int, Maps, Named, Selector, Set, Tests, Text, Texts};

const RELEASE: Shape =
    Fields(&[("name", Text), ("namespace", Text), ("revision", Int), ("upgrade", Bool)]);
const CHART: Shape = Fields(&[("version", Text), ("appVersion", Text)]);
const CAPABILITIES: Shape =
    Fields(&[("majorVersion", Text), ("minorVersion", Text), ("apiVersions", Texts)]);
const PROGRAM: Shape = Fields(&[("cmd", Text), ("args", Texts)]);
const RESOURCE: Shape = Fields(&[
    ("gvr", Fields(&[("group", Text), ("version", Text), ("resource", Text)])),
    ("namespaced", Bool),
    ("should_err", Any),
]);
const PROVIDER: Shape = Fields(&[("scheme", Named(&RESOURCE)), ("objects", Maps)]);

/// The fields of a `documentSelector`.
pub(super) const SELECTOR: &[(&str, Shape)] =
    &[("path", Text), ("value", Any), ("matchMany", Bool), ("skipEmptyTemplates", Bool)];

/// The fields of a suite.
pub(super) const SUITE: &[(&str, Shape)] = &[
    ("suite", Text),
    ("values", Texts),
    ("set", Set),
    ("templates", Texts),
    ("excludeTemplates", Texts),
    ("includeCrds", Bool),
    ("release", RELEASE),
    ("chart", CHART),
    ("capabilities", CAPABILITIES),
    ("kubernetesProvider", PROVIDER),
    ("postRenderer", PROGRAM),
    ("tests", Tests),
    ("snapshotId", Text),
    ("skip", Fields(&[("reason", Text), ("minimumVersion", Text)])),
    ("helm", Text),
    ("lookup", Texts),
];

/// The fields of a test.
pub(super) const TEST: &[(&str, Shape)] = &[
    ("it", Text),
    ("values", Texts),
    ("set", Set),
    ("template", Text),
    ("templates", Texts),
    ("documentIndex", Int),
    ("documentindices", Any),
    ("documentSelector", Selector),
    ("release", RELEASE),
    ("chart", CHART),
    ("capabilities", CAPABILITIES),
    ("asserts", Assertions),
    ("skip", Fields(&[("reason", Text)])),
    ("kubernetesProvider", PROVIDER),
    ("postRenderer", PROGRAM),
    ("lookup", Texts),
];

#[cfg(test)]
mod tests {
    use super::super::suite;

    #[test]
    fn fields_are_those_that_are_read() {
        let names = |shape: &[(&'static str, super::Shape)]| -> Vec<&str> {
            shape.iter().map(|(name, _)| *name).collect()
        };
        assert_eq!(names(super::SUITE), suite::SUITE);
        assert_eq!(names(super::TEST), suite::TEST);
    }
}
