//! Holds values that are neither scalars, lists nor plain maps: structs and pointers to structs.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use super::{Elem, List, Map, Str, Value};

/// Go's `reflect.Kind`, as far as templates can meet it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // the names are Go's
pub enum Kind {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Float64,
    Complex128,
    String,
    Slice,
    Map,
    Struct,
    Ptr,
    Func,
}

impl Kind {
    /// Returns the name that `kindOf` prints.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Invalid => "invalid",
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Int8 => "int8",
            Kind::Int16 => "int16",
            Kind::Int32 => "int32",
            Kind::Int64 => "int64",
            Kind::Uint => "uint",
            Kind::Uint8 => "uint8",
            Kind::Uint16 => "uint16",
            Kind::Uint32 => "uint32",
            Kind::Uint64 => "uint64",
            Kind::Float64 => "float64",
            Kind::Complex128 => "complex128",
            Kind::String => "string",
            Kind::Slice => "slice",
            Kind::Map => "map",
            Kind::Struct => "struct",
            Kind::Ptr => "ptr",
            Kind::Func => "func",
        }
    }
}

/// A method's result: a value, or an error's text.
pub type MethodResult = Result<Value, Str>;

/// A Go struct, a pointer to one, or a map that is only made when its entries are read.
pub trait Object: fmt::Debug + 'static {
    /// Returns the Go type as `%T` prints it, e.g. `*chartutil.Capabilities`.
    fn type_name(&self) -> Cow<'static, str>;

    /// Returns the Go kind: [`Kind::Struct`], [`Kind::Ptr`], [`Kind::Map`] …
    fn kind(&self) -> Kind;

    /// Returns an exported field, promoted ones included.
    fn field(&self, name: &str) -> Option<Value> {
        if !is_exported(name) {
            return None;
        }
        self.fields().into_iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// Returns all fields in declaration order, as `%v` prints them.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// Returns the fields that other packages than the type's own see, such as those that encode
    /// values.
    fn exported_fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = self.fields();
        fields.retain(|(name, _)| is_exported(name));
        fields
    }

    /// Returns the name of the field whose own fields are promoted, of a struct that embeds another.
    fn embedded(&self) -> Option<&'static str> {
        None
    }

    /// Returns whether Go's `==` holds for this pointer and another of the same type that is another
    /// object here.
    fn is_same(&self, other: &dyn Object) -> bool {
        let _ = other;
        false
    }

    /// Returns the address that a pointer prints as. Those that Go allocates differ from run to run.
    fn address(&self) -> u64 {
        0xc0_0001_4000
    }

    /// Returns a deep copy where it differs: fields that are not exported are not copied.
    fn deep_copied(&self) -> Option<Value> {
        None
    }

    /// Returns what a pointer points to, where that has methods of its own.
    fn pointee(&self) -> Option<Value> {
        None
    }

    /// Returns the parameter types of a method, or `None` where there is no such method.
    fn method(&self, name: &str) -> Option<Signature> {
        let _ = name;
        None
    }

    /// Calls a method that [`Object::method`] knows, with arguments of the types it named.
    fn call(&self, name: &str, args: &[Value]) -> MethodResult {
        let _ = args;
        Err(Str::from(format!("no method {name}")))
    }

    /// Returns the map this object stands for.
    fn as_map(&self) -> Option<Map> {
        None
    }

    /// Returns whether this is a nil pointer.
    fn is_nil(&self) -> bool {
        false
    }

    /// Returns the real and the imaginary part of a complex number.
    fn complex(&self) -> Option<(f64, f64)> {
        None
    }

    /// Returns what Go's `String()` or `Error()` method returns, where the type has one.
    fn string(&self) -> Option<Str> {
        None
    }

    /// Returns what a `String()` method with a pointer receiver returns: an action that prints the
    /// value itself calls it, `printf` and the functions, which get a copy, do not.
    fn pointer_string(&self) -> Option<Str> {
        None
    }

    /// Returns what a function's parameter of type `interface {}` gets in its place, where a copy
    /// differs: it has no address, hence not the methods of the pointer.
    fn copied(&self) -> Option<Value> {
        None
    }

    /// Returns what `encoding/json` makes of it: the fields by their JSON names in declaration
    /// order, `omitempty` applied. `None`: marshal [`Object::json_value`] instead.
    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        None
    }

    /// Returns what `encoding/json` makes of an object that is not written field by field.
    fn json_value(&self) -> Value {
        self.string().map(Value::Str).unwrap_or_default()
    }

    /// Gives the object for downcasts.
    fn as_any(&self) -> &dyn Any;
}

/// Returns whether Go exports a field or method of this name. All names here are ASCII.
fn is_exported(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// The types of a method's or function's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// One entry a parameter; of a variadic function the last is the element type.
    pub params: &'static [Type],
    /// Whether the last parameter takes any number of arguments.
    pub variadic: bool,
}

/// A parameter's Go type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// `interface {}`: anything, nil included
    Any,
    /// `reflect.Value`: anything, no value included
    Reflect,
    /// `string`
    String,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `uint32`
    Uint32,
    /// `float64`
    Float,
    /// `[]interface {}`
    List,
    /// `map[string]interface {}`
    Map,
    /// `[]string`
    Strings,
    /// `[]byte`
    Bytes,
    /// An [`Object`] of exactly this Go type name, e.g. `time.Time`
    Named(&'static str),
}

impl Type {
    /// Returns the Go name, as error messages print it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Any => "interface {}",
            Type::Reflect => "reflect.Value",
            Type::String => "string",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Int64 => "int64",
            Type::Uint32 => "uint32",
            Type::Float => "float64",
            Type::List => "[]interface {}",
            Type::Map => "map[string]interface {}",
            Type::Strings => "[]string",
            Type::Bytes => "[]uint8",
            Type::Named(n) => n,
        }
    }

    /// Returns what a parameter of this type gets for a nil, where Go takes one.
    pub fn nil(self) -> Option<Value> {
        Some(match self {
            Type::Any => Value::Nil,
            Type::Reflect => Value::Invalid,
            Type::List => Value::List(List::nil(Elem::Any)),
            Type::Strings => Value::List(List::nil(Elem::String)),
            Type::Bytes => Value::nil_bytes(),
            Type::Map => Value::Map(Map::nil(&super::ANY_MAP)),
            // A nil pointer, or a nil interface.
            Type::Named(name) if name.starts_with('*') || name == "io.Writer" => Value::Nil,
            _ => return None,
        })
    }
}
