//! Declares template functions and how they are called.

use std::fmt;
use std::time::Duration;

use gostd::fmt::PrintError;
use gostd::time::LocalZone;
use gostd::value::{Signature, Str, Type, Value};

use super::error::Frame;
use super::limits::{Exceeded, Limits};
use super::trace::{Call, Tag};

/// A point in time, as the host tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// Seconds since 1970-01-01T00:00:00Z
    pub seconds: i64,
    /// Nanoseconds within the second
    pub nanos: u32,
}

/// Takes what a function would have failed with: a word of the function's own, and the message.
pub type Notice<'n> = dyn Fn(&'static str, &[u8]) + 'n;

/// Answers for a cluster: gets the arguments of a function that asks it.
pub type Cluster<'c> = dyn Fn(&[Value]) -> FuncResult + Sync + 'c;

/// What a function may ask of the render it runs in.
pub trait Host {
    /// Returns the Go release whose templates are reproduced.
    fn go(&self) -> Go {
        Go::default()
    }

    /// Returns the current time.
    fn now(&self) -> Instant;

    /// Returns the zone that Go calls `Local`; UTC unless the host knows better.
    fn local_zone(&self) -> LocalZone {
        LocalZone::UTC
    }

    /// Returns nanoseconds since the program started, which `now` shows as `m=+…`.
    fn monotonic(&self) -> i64 {
        0
    }

    /// Returns whether functions may resolve names over the network (`--enable-dns`).
    fn dns_enabled(&self) -> bool;

    /// Returns where `required` and `fail` say what they miss instead of failing; `None` where they
    /// fail.
    fn lenient(&self) -> Option<&Notice<'_>> {
        None
    }

    /// Returns what answers for a cluster, where there is one.
    fn cluster(&self) -> Option<&Cluster<'_>> {
        None
    }

    /// Executes a named template on `data` and returns its text.
    fn include(&mut self, name: &Str, data: &Value) -> Result<Str, FuncError>;

    /// Parses and executes a template's text on `data`.
    fn tpl(&mut self, text: &Str, data: &Value) -> Result<Str, FuncError>;

    /// Accounts for memory that a function is about to take, in bytes: one that makes much out of little asks before
    /// it does.
    ///
    /// # Errors
    /// Where the render may not take so much: of a host that counts nothing, more than the usual limit at once.
    fn reserve(&mut self, bytes: usize) -> Result<(), FuncError> {
        match Limits::default().memory {
            Some(limit) if bytes as u64 > limit => Err(Exceeded::Memory(limit).into()),
            _ => Ok(()),
        }
    }

    /// Accounts for the processor's time that other threads have taken for a function.
    fn spent(&mut self, time: Duration) {
        let _ = time;
    }

    /// Returns how many bytes a function may make at once; 0 where nothing is counted, so that what is usual is the
    /// most.
    ///
    /// # Errors
    /// Where the render has taken more than it may.
    fn most(&mut self) -> Result<usize, FuncError> {
        Ok(0)
    }

    /// Returns the error of a function that would make more than [`Host::most`] bytes.
    fn too_much(&self) -> FuncError {
        FuncError::Exceeded(Exceeded::Memory(Limits::default().memory.unwrap_or(u64::MAX)))
    }
}

pub use gostd::Go;

/// What a text is parsed by.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'r> {
    /// The functions that are not Go's own.
    pub(crate) functions: Lookup<'r>,
    /// The release whose parser is reproduced.
    pub(crate) go: Go,
}

/// Why a function failed, without a place: the executor adds it.
#[derive(Debug)]
pub enum FuncError {
    /// The text of a Go error (or of a recovered panic), ready to follow `error calling NAME: `.
    Text(Str),
    /// The error of a library the function rests on, or one of the function's own; its display is
    /// ready to follow `error calling NAME: `.
    Cause(Box<dyn std::error::Error + Send + Sync>),
    /// `required` and `fail`: the user's own message, which Helm shows without the chain of calls.
    Message(Str),
    /// A failed inner execution (`include`, `tpl`); its display is the whole inner chain.
    Inner(Box<dyn InnerError>),
    /// The render has reached one of its limits.
    Exceeded(Exceeded),
}

/// An execution error carried through `include` and `tpl`.
pub trait InnerError: Send + Sync + fmt::Debug {
    /// Returns the whole error text as Go prints it.
    fn text(&self) -> Vec<u8>;
    /// Returns that text with the marks by which Helm finds a message of the user.
    fn marked(&self) -> Vec<u8>;
    /// Returns the user's own message (`required`, `fail`) at the bottom of the chain.
    fn message(&self) -> Option<&Str>;
    /// Returns the limit that was reached at the bottom of the chain.
    fn exceeded(&self) -> Option<Exceeded>;
    /// Shows the text of each error of the chain that Go's `errors.Unwrap` goes down, until it is not wanted any more.
    fn unwrap(&self, show: &mut dyn FnMut(&[u8]) -> bool);
    /// Shows the templates that were at work, the outermost first.
    fn frames<'e>(&'e self, show: &mut dyn FnMut(Frame<'e>));
}

impl From<Exceeded> for FuncError {
    fn from(exceeded: Exceeded) -> FuncError {
        FuncError::Exceeded(exceeded)
    }
}

impl FuncError {
    /// Returns an error with this text.
    pub fn text(text: impl Into<Str>) -> FuncError {
        FuncError::Text(text.into())
    }

    /// Returns an error that goes on as it is.
    pub fn cause(error: impl std::error::Error + Send + Sync + 'static) -> FuncError {
        FuncError::Cause(Box::new(error))
    }
}

/// Makes a text of values, which may stand for one that no memory holds: first of `usual` bytes at most, of which
/// nobody is asked; then, where that is too long, of as many as the render has room for.
///
/// # Errors
/// Where that is too long as well.
pub fn bounded<T, E>(
    host: &mut dyn Host,
    usual: usize,
    is_too_long: fn(&E) -> bool,
    make: impl Fn(usize) -> Result<T, E>,
) -> Result<Result<T, E>, FuncError> {
    match make(usual) {
        Err(error) if is_too_long(&error) => with_room(host, usual, is_too_long, &make),
        made => Ok(made),
    }
}

#[cold]
fn with_room<T, E>(
    host: &mut dyn Host,
    usual: usize,
    is_too_long: fn(&E) -> bool,
    make: &dyn Fn(usize) -> Result<T, E>,
) -> Result<Result<T, E>, FuncError> {
    let most = host.most()?;
    if most <= usual {
        return Err(host.too_much());
    }
    match make(most) {
        Err(error) if is_too_long(&error) && most < usize::MAX => Err(host.too_much()),
        made => Ok(made),
    }
}

/// Makes a text as `print` and its like do: [`bounded`] for the errors of Go's `fmt`.
///
/// # Errors
/// As [`bounded`]; a value that cannot be printed.
pub fn printed<T>(
    host: &mut dyn Host,
    print: impl Fn(usize) -> Result<T, PrintError>,
) -> Result<T, FuncError> {
    Ok(bounded(host, gostd::fmt::USUAL, PrintError::is_too_long, print)??)
}

impl From<PrintError> for FuncError {
    fn from(error: PrintError) -> FuncError {
        FuncError::cause(error)
    }
}

/// The result of a template function.
pub type FuncResult = Result<Value, FuncError>;

/// How a function's result came from its arguments.
#[derive(Clone, Copy, Debug)]
pub enum Flow {
    /// All of it from all that they hold.
    Joins,
    /// As this function tells.
    Moves(fn(&mut Call<'_>) -> Tag),
    /// As this function tells; the function changes the map that is its first argument.
    Changes(fn(&mut Call<'_>) -> Tag),
    /// It is what a template has written.
    Executes,
}

/// A template function: one row of the table.
#[derive(Clone, Copy)]
pub struct FuncDef {
    /// The name templates call it by.
    pub name: &'static str,
    /// Its Go parameter types; the executor converts and checks arguments by them before the call.
    pub signature: Signature,
    /// Whether equal arguments always give equal results.
    pub hermetic: bool,
    /// How many times the size of its arguments the result may have, or what the function makes on the way. One
    /// that makes much out of little asks [`Host::reserve`] besides.
    pub growth: u8,
    /// How the result came from the arguments.
    pub flow: Flow,
    /// The function. `args` has passed the signature's check: `Type::String` is `Value::Str`,
    /// `Type::Int` is `Value::Int`, `Type::Map` is `Value::Map` (perhaps a nil one), `Type::List` is
    /// `Value::List` (perhaps a nil one), `Type::Any` is anything but `Value::Invalid`.
    pub call: fn(&mut dyn Host, &[Value]) -> FuncResult,
}

impl fmt::Debug for FuncDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FuncDef({})", self.name)
    }
}

/// How templates find the functions that are not Go's own; Go's are there even if it does not know
/// them.
pub type Lookup<'l> = &'l (dyn Fn(&[u8]) -> Option<&'static FuncDef> + Sync);

/// Makes a [`FuncDef`]: `def("trunc", &[Type::Int, Type::String], |_, a| …)`.
pub const fn def(
    name: &'static str,
    params: &'static [Type],
    call: fn(&mut dyn Host, &[Value]) -> FuncResult,
) -> FuncDef {
    FuncDef {
        name,
        signature: Signature { params, variadic: false },
        hermetic: true,
        growth: 1,
        flow: Flow::Joins,
        call,
    }
}

impl FuncDef {
    /// Returns the same function, its last parameter variadic.
    pub const fn variadic(mut self) -> FuncDef {
        self.signature.variadic = true;
        self
    }

    /// Returns the same function, whose results may be so many times as large as its arguments.
    pub const fn growing(mut self, times: u8) -> FuncDef {
        self.growth = times;
        self
    }

    /// Returns the same function, of whose result is known how it came from the arguments.
    pub const fn flowing(mut self, flow: Flow) -> FuncDef {
        self.flow = flow;
        self
    }

    /// Returns the same function, marked as depending on clock, chance or network.
    pub const fn nonhermetic(mut self) -> FuncDef {
        self.hermetic = false;
        self
    }
}

/// Slots of an [`Index`]; far more than functions, so that chains stay short.
const SLOTS: usize = 1024;

/// Functions by name, arranged when the program is compiled.
pub struct Index {
    /// By hash of the name, collisions in the next free slot.
    slots: [Option<&'static FuncDef>; SLOTS],
}

impl Index {
    /// No functions.
    pub const EMPTY: Index = Index { slots: [None; SLOTS] };

    /// Returns these functions and those of the tables; of two with one name the first counts.
    pub const fn with(mut self, tables: &[&'static [FuncDef]]) -> Index {
        let mut i = 0;
        while i < tables.len() {
            let mut j = 0;
            while j < tables[i].len() {
                let def: &'static FuncDef = &tables[i][j];
                let mut at = slot(def.name.as_bytes());
                while self.slots[at].is_some() {
                    at = (at + 1) % SLOTS;
                }
                self.slots[at] = Some(def);
                j += 1;
            }
            i += 1;
        }
        self
    }

    /// Returns the function of a name.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<&'static FuncDef> {
        let start = slot(name);
        (0..SLOTS)
            .map_while(|i| self.slots[(start + i) % SLOTS])
            .find(|def| def.name.as_bytes() == name)
    }
}

/// Returns where a name belongs: a mix of its length and four of its bytes.
const fn slot(name: &[u8]) -> usize {
    let n = name.len();
    if n == 0 {
        return 0;
    }
    let mix = (n as u32) << 24
        ^ (name[0] as u32)
        ^ (name[n / 3] as u32) << 7
        ^ (name[n / 2] as u32) << 13
        ^ (name[n - 1] as u32) << 19;
    (mix.wrapping_mul(0x9e37_79b1) >> 22) as usize
}
