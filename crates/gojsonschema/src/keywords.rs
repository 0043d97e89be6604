//! Sorts the keywords of a schema object, all at once: compiling asks for each of them.

use super::json::{Json, Object};

macro_rules! keywords {
    ($($variant:ident $name:literal,)*) => {
        /// A keyword that gojsonschema knows.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Key { $($variant,)* }

        const COUNT: usize = [$(Key::$variant,)*].len();

        impl Key {
            fn of(name: &str) -> Option<Key> {
                match name {
                    $($name => Some(Key::$variant),)*
                    _ => None,
                }
            }

            /// Returns the keyword as schemas spell it.
            pub(super) fn name(self) -> &'static str {
                match self { $(Key::$variant => $name,)* }
            }
        }
    };
}

keywords! {
    Id "id",
    NewId "$id",
    Ref "$ref",
    Title "title",
    Description "description",
    Type "type",
    Items "items",
    AdditionalItems "additionalItems",
    Properties "properties",
    PatternProperties "patternProperties",
    AdditionalProperties "additionalProperties",
    PropertyNames "propertyNames",
    Definitions "definitions",
    MultipleOf "multipleOf",
    Minimum "minimum",
    Maximum "maximum",
    ExclusiveMinimum "exclusiveMinimum",
    ExclusiveMaximum "exclusiveMaximum",
    MinLength "minLength",
    MaxLength "maxLength",
    Pattern "pattern",
    Format "format",
    MinProperties "minProperties",
    MaxProperties "maxProperties",
    Dependencies "dependencies",
    Required "required",
    MinItems "minItems",
    MaxItems "maxItems",
    UniqueItems "uniqueItems",
    Contains "contains",
    Const "const",
    Enum "enum",
    OneOf "oneOf",
    AnyOf "anyOf",
    AllOf "allOf",
    Not "not",
    If "if",
    Then "then",
    Else "else",
}

/// A schema object's members by keyword.
pub(super) struct Keywords<'a> {
    members: [Option<&'a Json>; COUNT],
    /// What tells the object from every other one; see [`Object::identity`].
    pub(super) identity: usize,
}

impl<'a> Keywords<'a> {
    pub(super) fn new(object: &'a Object) -> Keywords<'a> {
        let mut members = [None; COUNT];
        for (name, value) in object.iter() {
            if let Some(key) = name.to_str().and_then(Key::of) {
                // There are COUNT keys, numbered from 0.
                members[key as usize] = Some(value);
            }
        }
        Keywords { members, identity: object.identity() }
    }

    pub(super) fn get(&self, key: Key) -> Option<&'a Json> {
        self.members[key as usize]
    }
}
