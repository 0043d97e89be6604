//! Finds the keywords of a schema, all of them in one walk over its members.

use gostd::decimal::Decimal;
use gostd::json::tree::{Json, Object};

macro_rules! keywords {
    ($($keyword:ident $name:literal,)*) => {
        /// A keyword that says what values must be, or that names a schema.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Keyword {
            $($keyword,)*
        }

        const COUNT: usize = [$(Keyword::$keyword,)*].len();

        impl Keyword {
            fn named(name: &[u8]) -> Option<Keyword> {
                match name {
                    $($name => Some(Keyword::$keyword),)*
                    _ => None,
                }
            }

            /// Returns the name of the member.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Keyword::$keyword => const { text($name) },)*
                }
            }
        }
    };
}

const fn text(name: &'static [u8]) -> &'static str {
    match std::str::from_utf8(name) {
        Ok(name) => name,
        Err(_) => panic!("a keyword is ASCII"),
    }
}

keywords! {
    AdditionalItems b"additionalItems",
    AdditionalProperties b"additionalProperties",
    AllOf b"allOf",
    AnyOf b"anyOf",
    Const b"const",
    Contains b"contains",
    Dependencies b"dependencies",
    DependentRequired b"dependentRequired",
    DependentSchemas b"dependentSchemas",
    DynamicAnchor b"$dynamicAnchor",
    DynamicRef b"$dynamicRef",
    Else b"else",
    Enum b"enum",
    ExclusiveMaximum b"exclusiveMaximum",
    ExclusiveMinimum b"exclusiveMinimum",
    Format b"format",
    Id b"$id",
    IdOfDraft4 b"id",
    If b"if",
    Items b"items",
    MaxContains b"maxContains",
    MaxItems b"maxItems",
    MaxLength b"maxLength",
    MaxProperties b"maxProperties",
    Maximum b"maximum",
    MinContains b"minContains",
    MinItems b"minItems",
    MinLength b"minLength",
    MinProperties b"minProperties",
    Minimum b"minimum",
    MultipleOf b"multipleOf",
    Not b"not",
    OneOf b"oneOf",
    Pattern b"pattern",
    PatternProperties b"patternProperties",
    PrefixItems b"prefixItems",
    Properties b"properties",
    PropertyNames b"propertyNames",
    RecursiveAnchor b"$recursiveAnchor",
    RecursiveRef b"$recursiveRef",
    Ref b"$ref",
    Required b"required",
    Then b"then",
    Type b"type",
    UnevaluatedItems b"unevaluatedItems",
    UnevaluatedProperties b"unevaluatedProperties",
    UniqueItems b"uniqueItems",
}

/// Some keywords: a bit for each.
#[derive(Clone, Copy)]
pub(super) struct Set(u64);

impl Set {
    pub(super) const fn of(keywords: &[Keyword]) -> Set {
        let mut bits = 0;
        let mut at = 0;
        while at < keywords.len() {
            bits |= 1 << keywords[at] as u32;
            at += 1;
        }
        Set(bits)
    }
}

/// The keywords that a schema has, with their values.
pub(super) struct Keywords<'s> {
    found: Set,
    values: [Option<&'s Json>; COUNT],
}

impl<'s> Keywords<'s> {
    pub(super) fn of(members: &'s Object) -> Keywords<'s> {
        let mut keywords = Keywords { found: Set(0), values: [None; COUNT] };
        for (name, value) in members.iter() {
            if let Some(keyword) = Keyword::named(name) {
                keywords.found.0 |= 1 << keyword as u32;
                keywords.values[keyword as usize] = Some(value);
            }
        }
        keywords
    }

    /// Returns whether there is one of several.
    pub(super) fn has_any(&self, of: Set) -> bool {
        self.found.0 & of.0 != 0
    }

    pub(super) fn get(&self, keyword: Keyword) -> Option<&'s Json> {
        self.values[keyword as usize]
    }

    pub(super) fn text(&self, keyword: Keyword) -> Option<String> {
        match self.get(keyword) {
            Some(Json::String(text)) => Some(text.to_string_lossy().into_owned()),
            _ => None,
        }
    }

    pub(super) fn array(&self, keyword: Keyword) -> Option<&'s [Json]> {
        match self.get(keyword) {
            Some(Json::Array(items)) => Some(items),
            _ => None,
        }
    }

    pub(super) fn object(&self, keyword: Keyword) -> Option<&'s Object> {
        match self.get(keyword) {
            Some(Json::Object(members)) => Some(members),
            _ => None,
        }
    }

    pub(super) fn boolean(&self, keyword: Keyword) -> Option<bool> {
        match self.get(keyword) {
            Some(Json::Bool(b)) => Some(*b),
            _ => None,
        }
    }

    pub(super) fn decimal(&self, keyword: Keyword) -> Option<Decimal> {
        match self.get(keyword) {
            Some(Json::Number(text)) => Decimal::parse(text),
            _ => None,
        }
    }

    pub(super) fn integer(&self, keyword: Keyword) -> Option<i64> {
        self.decimal(keyword).filter(Decimal::is_integer).map(|number| number.low_bits())
    }
}
