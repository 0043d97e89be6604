//! Names the two emitters that Helm writes YAML with.

/// Which of go-yaml's emitters to follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialect {
    /// goyaml.v2: long scalars are folded, sequences in mappings are not indented
    V2,
    /// goyaml.v3: nothing is folded
    V3,
}
