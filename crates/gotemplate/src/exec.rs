//! Executes templates: named ones, control flow, and functions that call templates again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use memchr::memmem::Finder;
use smallvec::SmallVec;

use super::cache::Cache;
use super::error::{Cause, ExecError, Location, ParseError, TplError};
use super::func::{Cluster, FuncError, Go, Host, Instant, Lookup, Notice, Rules};
use super::limits::{Ledger, Limits, Meter, Which};
use super::node::{Code, Command, Expr, List, Node, PipeId, Template};
use super::program::parse_files;
use super::record::{Off, Record};
use super::shown::of_error;
use gostd::strconv;
use gostd::time::LocalZone;
use gostd::value::{Map, MethodResult, Str, Value};

/// Helm's limit on `include`s of one name inside each other.
const MAX_INCLUDES: u32 = 1000;
/// A limit of ours on `include` and `tpl` calls inside each other; Go dies of a full stack there.
const MAX_EXECUTIONS: usize = 20_000;
/// The name of the template that Helm hangs all others on; `tpl` texts go by it.
const ROOT_NAME: Str = Str::from_static("gotpl");
/// From which size on a text keeps the buffer that it was written to, in bytes: a copy would be another one.
const LARGE: usize = 256 << 10;
/// What a byte of a template's text takes once it is parsed.
const PARSED: usize = 24;
/// How much of a `tpl` text an error quotes.
const QUOTED: usize = 1 << 20;
pub(super) const NO_VALUE: &[u8] = b"<no value>";

/// What the executor takes from outside.
pub struct Environment<'e> {
    /// The functions; Go's builtins are there even if it does not know them.
    pub functions: Lookup<'e>,
    /// The current time.
    pub now: &'e dyn Fn() -> Instant,
    /// The zone that Go calls `Local`, asked for when a template wants it.
    pub local_zone: &'e dyn Fn() -> LocalZone,
    /// Whether functions may resolve names (`--enable-dns`).
    pub dns: bool,
    /// Takes what functions would fail with, where they are not to stop the execution.
    pub lenient: Option<&'e Notice<'e>>,
    /// Answers for a cluster, where there is one.
    pub cluster: Option<&'e Cluster<'e>>,
    /// Calls a method of `chartutil.Values`: the map, the method's name, its arguments.
    pub values_method: fn(&Map, &str, &[Value]) -> MethodResult,
    /// The Go release whose templates are reproduced.
    pub go: Go,
    /// How much templates may take.
    pub limits: Limits,
    /// Tells how much the process has taken.
    pub meter: &'e dyn Meter,
}

impl<'e> Environment<'e> {
    fn rules(&self) -> Rules<'e> {
        Rules { functions: self.functions, go: self.go }
    }
}

/// A set of named templates; inner sets (made by `tpl`) see the outer ones' templates.
#[derive(Debug, Default)]
pub(super) struct Scope {
    outer: Option<Rc<Scope>>,
    own: RefCell<HashMap<Str, Arc<Template>, RandomState>>,
}

impl Scope {
    pub(super) fn find(&self, name: &[u8]) -> Option<Arc<Template>> {
        let mut scope = self;
        loop {
            if let Some(t) = scope.own.borrow().get(name) {
                return Some(t.clone());
            }
            scope = scope.outer.as_deref()?;
        }
    }

    /// An empty template never takes the place of one that is there; any other does.
    fn install(&self, t: &Arc<Template>) {
        if t.code().is_empty(t.root) && self.find(&t.name).is_some() {
            return;
        }
        self.own.borrow_mut().insert(t.name.clone(), t.clone());
    }
}

/// The parsed templates of a render.
#[derive(Debug, Default)]
pub struct Templates {
    scope: Rc<Scope>,
}

impl Templates {
    /// Makes an empty set.
    pub fn new() -> Templates {
        Templates::default()
    }

    /// Parses files and installs each, and what it defines, over earlier templates of the same
    /// names.
    ///
    /// # Errors
    /// The first file that does not parse; nothing is installed then.
    pub fn parse(
        &self,
        files: &[(&Str, &Arc<[u8]>)],
        env: &Environment<'_>,
    ) -> Result<(), ParseError> {
        for t in parse_files(files, env.rules())? {
            self.scope.install(&Arc::new(t));
        }
        Ok(())
    }

    /// Installs files as [`Templates::parse`] does, parsing only those that the cache does not know.
    ///
    /// # Errors
    /// The first file that is not known and does not parse; nothing is installed then.
    pub fn parse_cached(
        &self,
        files: &[(&Str, &Arc<[u8]>)],
        env: &Environment<'_>,
        cache: &Cache,
    ) -> Result<(), ParseError> {
        cache.parse(files, env.rules())?.iter().for_each(|t| self.scope.install(t));
        Ok(())
    }
}

/// One render's executor. What it records beside the text is up to `R`: nothing, by default.
pub struct Exec<'e, R: Record = Off> {
    pub(super) env: &'e Environment<'e>,
    pub(super) scope: Rc<Scope>,
    /// How many `include`s of each name are at work.
    includes: HashMap<Str, Rc<Cell<u32>>, RandomState>,
    pub(super) executions: usize,
    /// How many recursions are at work.
    pub(super) depth: usize,
    buffers: Vec<Vec<u8>>,
    parsed: HashMap<Str, Rc<[Arc<Template>]>, RandomState>,
    pub(super) panicked: Option<&'static str>,
    pub(super) ledger: Ledger<'e>,
    pub(super) record: R,
}

pub(super) type Res<T> = Result<T, Box<ExecError>>;

impl<'e> Exec<'e> {
    /// Makes an executor over the templates.
    pub fn new(templates: &Templates, env: &'e Environment<'e>) -> Exec<'e> {
        Exec::recording(templates, env, Off)
    }
}

impl<'e, R: Record> Exec<'e, R> {
    /// Makes an executor over the templates that records what `record` does.
    pub fn recording(templates: &Templates, env: &'e Environment<'e>, record: R) -> Exec<'e, R> {
        Exec {
            env,
            scope: templates.scope.clone(),
            includes: HashMap::default(),
            executions: 0,
            depth: 0,
            buffers: Vec::new(),
            parsed: HashMap::default(),
            panicked: None,
            ledger: Ledger::new(env.limits, env.meter),
            record,
        }
    }

    /// Returns the recorder.
    pub fn record(&mut self) -> &mut R {
        &mut self.record
    }

    /// Returns the recorder, at the end.
    pub fn into_record(self) -> R {
        self.record
    }

    /// Returns what Go's executor panics with where an execution has failed here; it is an error of
    /// whoever recovers.
    pub fn panicked(&self) -> Option<&'static str> {
        self.panicked
    }

    /// Returns a panic of the executor as the error of the function that has called it.
    #[cold]
    fn recovered(&mut self) -> Option<FuncError> {
        self.panicked.take().map(FuncError::text)
    }

    /// Executes a named template on `data`, `<no value>` included.
    pub fn execute(&mut self, name: &Str, data: &Value) -> Result<Str, FuncError> {
        let Some(t) = self.scope.find(name) else { return Err(missing(name)) };
        self.run(&t, data, R::Tag::default()).map_err(|e| FuncError::Inner(e))
    }

    /// Executes a template as [`Exec::execute`] does, to the end of a text. After an error that holds
    /// what was written before it.
    ///
    /// # Errors
    /// As [`Exec::execute`].
    pub fn execute_into(
        &mut self,
        name: &Str,
        data: &Value,
        out: &mut Vec<u8>,
    ) -> Result<(), FuncError> {
        let Some(t) = self.scope.find(name) else { return Err(missing(name)) };
        self.run_into(&t, data, R::Tag::default(), out).map_err(|e| FuncError::Inner(e))
    }

    /// Executes a template into a buffer that an earlier execution has left.
    fn run(&mut self, t: &Template, data: &Value, tag: R::Tag) -> Res<Str> {
        let mut out = self.buffers.pop().unwrap_or_default();
        let result = self.run_into(t, data, tag, &mut out).map(|()| match out.len() {
            ..LARGE => Str::from_bytes(&out),
            _ => Str::from(std::mem::take(&mut out)),
        });
        out.clear();
        self.buffers.push(out);
        result
    }

    fn run_into(&mut self, t: &Template, data: &Value, tag: R::Tag, out: &mut Vec<u8>) -> Res<()> {
        // A nil interface handed to Go's Execute is no value at all.
        let data = if data.is_nil() { Value::Invalid } else { data.clone() };
        let dot = Slot::tagged(data, tag);
        let mut state = State::new(self, t, dot.clone(), out, 0);
        if state.exec.executions >= MAX_EXECUTIONS {
            return Err(state.fail("exceeded maximum depth of nested include and tpl calls"));
        }
        state.exec.executions += 1;
        let before = state.out.len();
        let inner = state.exec.executions > 1;
        let room = state.exec.ledger.begin(before, inner);
        state.exec.record.begin(t, false);
        let result = state.deeper(|s| s.walk_list(&dot, t.root));
        self.record.end(false);
        self.executions -= 1;
        self.ledger.end(room, (self.executions == 0).then(|| out.len() - before));
        result.map(|_| ())
    }

    /// Executes a template that `include` names.
    fn included(&mut self, name: &Str, data: &Value) -> Result<Str, FuncError> {
        let Some(t) = self.scope.find(name) else { return Err(missing(name)) };
        let tag = self.record.hand_over(&t, false);
        let result = self.run(&t, data, tag).map_err(|e| FuncError::Inner(e));
        self.record.handed_over();
        result
    }

    /// Returns the text executed last as [`remove_no_value`] does.
    pub fn without_no_value(&mut self, text: Str) -> Str {
        if R::ON {
            self.record.without(&text, NO_VALUE);
        }
        remove_no_value(text)
    }

    fn parse_tpl(&mut self, text: &Str) -> Result<Rc<[Arc<Template>]>, FuncError> {
        if let Some(parsed) = self.parsed.get(text) {
            return Ok(parsed.clone());
        }
        self.reserve(text.len().saturating_mul(PARSED))?;
        let parsed =
            parse_files(&[(&ROOT_NAME, &text.to_shared())], self.env.rules()).map_err(|e| {
                let quoted = quote_start(text);
                FuncError::text([b"cannot parse template ", &quoted[..], b": ", &e.text()].concat())
            })?;
        let parsed: Rc<[Arc<Template>]> = parsed.into_iter().map(Arc::new).collect();
        self.parsed.insert(text.clone(), parsed.clone());
        Ok(parsed)
    }
}

impl<R: Record> Host for Exec<'_, R> {
    fn now(&self) -> Instant {
        (self.env.now)()
    }

    fn local_zone(&self) -> LocalZone {
        (self.env.local_zone)()
    }

    fn go(&self) -> Go {
        self.env.go
    }

    fn dns_enabled(&self) -> bool {
        self.env.dns
    }

    fn lenient(&self) -> Option<&Notice<'_>> {
        self.env.lenient
    }

    fn cluster(&self) -> Option<&Cluster<'_>> {
        self.env.cluster
    }

    fn spent(&mut self, time: Duration) {
        self.ledger.spent(time);
    }

    fn reserve(&mut self, bytes: usize) -> Result<(), FuncError> {
        self.ledger.reserve(bytes).map_err(|which| self.ledger.exceeded(which).into())
    }

    fn most(&mut self) -> Result<usize, FuncError> {
        self.ledger.most().map_err(|which| self.ledger.exceeded(which).into())
    }

    fn too_much(&self) -> FuncError {
        self.ledger.exceeded(Which::Memory).into()
    }

    fn include(&mut self, name: &Str, data: &Value) -> Result<Str, FuncError> {
        let count = match self.includes.get(name) {
            Some(count) => count.clone(),
            None => self.includes.entry(name.clone()).or_default().clone(),
        };
        if count.get() > MAX_INCLUDES {
            return Err(FuncError::text(
                [
                    b"rendering template has a nested reference name: ",
                    name.as_bytes(),
                    b": unable to execute template",
                ]
                .concat(),
            ));
        }
        count.update(|n| n + 1);
        let result = self.included(name, data);
        count.update(|n| n - 1);
        result.map_err(|error| self.recovered().unwrap_or(error))
    }

    fn tpl(&mut self, text: &Str, data: &Value) -> Result<Str, FuncError> {
        if text.find(b"{{").is_none() {
            self.record.unchanged(text);
            return Ok(self.without_no_value(text.clone()));
        }
        let parsed = self.parse_tpl(text)?;
        let inner = Rc::new(Scope { outer: Some(self.scope.clone()), own: RefCell::default() });
        for t in parsed.iter() {
            inner.install(t);
        }
        // The text itself is the template parsed last, whatever a definition inside it is called.
        let Some(main) = parsed.iter().rfind(|t| t.name == ROOT_NAME) else {
            return Ok(Str::EMPTY);
        };
        let outer = std::mem::replace(&mut self.scope, inner);
        let tag = self.record.hand_over(main, true);
        let result = self.run(main, data, tag);
        self.record.handed_over();
        self.scope = outer;
        match result {
            Ok(out) => Ok(self.without_no_value(out)),
            Err(inner) => {
                if let Some(error) = self.recovered() {
                    return Err(error);
                }
                let quoted = quote_start(text);
                let prefix = [b"error during tpl function execution for ", &quoted[..]].concat();
                Err(FuncError::Inner(Box::new(TplError { prefix, inner })))
            }
        }
    }
}

/// Returns the error of a template that is not there.
#[cold]
fn missing(name: &Str) -> FuncError {
    let mut text = b"template: no template ".to_vec();
    text.extend_from_slice(&strconv::quote(name));
    text.extend_from_slice(b" associated with template \"gotpl\"");
    FuncError::text(text)
}

/// Quotes a text for an error, which never carries more than the start of one that no human reads.
fn quote_start(text: &[u8]) -> Vec<u8> {
    strconv::quote(text.get(..QUOTED).unwrap_or(text))
}

/// Gives Helm's answer to `<no value>`, which Go prints for a missing value even under `missingkey=zero`:
/// it deletes the words wherever they stand.
pub fn remove_no_value(text: Str) -> Str {
    static NO_VALUES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(NO_VALUE));
    if NO_VALUES.find(&text).is_none() { text } else { Str::from(text.replace(NO_VALUE, b"")) }
}

/// A value, and whether it sits in an `interface {}`, which Go's errors name instead of its own type.
#[derive(Clone, Debug)]
pub struct Slot<T> {
    /// The value.
    pub value: Value,
    pub(super) iface: bool,
    /// What is recorded of the value.
    pub tag: T,
}

impl<T: Default> Slot<T> {
    pub(super) fn of(value: Value) -> Slot<T> {
        Slot::tagged(value, T::default())
    }
}

impl<T> Slot<T> {
    pub(super) fn tagged(value: Value, tag: T) -> Slot<T> {
        Slot { value, iface: false, tag }
    }

    /// Returns the name of the static type as `reflect` sees it.
    pub(super) fn type_name(&self) -> std::borrow::Cow<'static, str> {
        if self.iface || matches!(self.value, Value::Nil) {
            "interface {}".into()
        } else {
            self.value.type_name()
        }
    }
}

/// The node an error would name.
#[derive(Clone, Copy)]
pub(super) enum At<'t> {
    List(List),
    Node(Node),
    Pipe(PipeId),
    Command(&'t Command),
    Expr(Expr),
}

/// What comes after a node.
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

pub(super) struct Variable<'t, T> {
    pub(super) name: &'t [u8],
    pub(super) slot: Slot<T>,
}

/// The execution of one template.
pub(super) struct State<'t, 'x, 'e, R: Record> {
    pub(super) exec: &'x mut Exec<'e, R>,
    pub(super) template: &'t Template,
    pub(super) code: Code<'t>,
    pub(super) vars: SmallVec<[Variable<'t, R::Tag>; 3]>,
    at: At<'t>,
    pub(super) out: &'x mut Vec<u8>,
    pub(super) depth: usize,
}

impl<'t, 'x, 'e, R: Record> State<'t, 'x, 'e, R> {
    pub(super) fn new(
        exec: &'x mut Exec<'e, R>,
        template: &'t Template,
        dot: Slot<R::Tag>,
        out: &'x mut Vec<u8>,
        depth: usize,
    ) -> State<'t, 'x, 'e, R> {
        let mut vars = SmallVec::new();
        vars.push(Variable { name: b"$", slot: dot });
        let code = template.code();
        State { exec, template, code, vars, at: At::List(template.root), out, depth }
    }

    pub(super) fn env(&self) -> &'e Environment<'e> {
        self.exec.env
    }

    pub(super) fn at(&mut self, at: At<'t>) {
        self.at = at;
    }

    /// Returns the error of the node at hand.
    #[cold]
    pub(super) fn fail(&self, text: impl Into<Vec<u8>>) -> Box<ExecError> {
        self.fail_with(Cause::Text(Str::from(text.into())))
    }

    /// Returns the error of the node at hand: Go's format and what it formats.
    #[cold]
    pub(super) fn fail_args(&self, format: &str, args: &[Value]) -> Box<ExecError> {
        match !self.template.source.name.contains(&b'%') {
            true => match gostd::fmt::sprintf(format.as_bytes(), args) {
                Ok(text) => self.fail(text),
                Err(error) => self.fail(error.to_string()),
            },
            false => self.fail_whole(format, args),
        }
    }

    /// Returns an error in a file whose name holds a `%`: Go formats that too.
    fn fail_whole(&self, format: &str, args: &[Value]) -> Box<ExecError> {
        let doubled = |text: &[u8]| text.replace(b"%", b"%%");
        let mut failed = self.place(Cause::Whole(Str::EMPTY));
        let mut whole = b"template: ".to_vec();
        whole.extend_from_slice(&failed.location.text());
        whole.extend_from_slice(b": executing ");
        whole.extend_from_slice(&strconv::quote(&doubled(&self.template.name)));
        whole.extend_from_slice(b" at <");
        whole.extend_from_slice(&doubled(&failed.context));
        whole.extend_from_slice(b">: ");
        whole.extend_from_slice(format.as_bytes());
        let text = gostd::fmt::errorf(&whole, args);
        failed.cause = Cause::Whole(Str::from(text.unwrap_or_else(|e| e.to_string().into())));
        failed
    }

    #[cold]
    pub(super) fn fail_with(&self, cause: Cause) -> Box<ExecError> {
        if !self.template.source.name.contains(&b'%') {
            return self.place(cause);
        }
        match cause {
            Cause::Call { function, error } => {
                let error = of_error(&error.marked());
                self.fail_whole("error calling %s: %w", &[Value::Str(function), error])
            }
            // A format without arguments.
            Cause::Text(text) => self.fail_whole(&text.to_string_lossy(), &[]),
            whole => self.place(whole),
        }
    }

    /// Returns an error at the node at hand.
    fn place(&self, cause: Cause) -> Box<ExecError> {
        let source = &self.template.source;
        let code = self.code;
        let mut context = Vec::new();
        let pos = match self.at {
            At::List(list) => {
                code.write_list(list, &mut context);
                list.pos
            }
            At::Node(node) => {
                code.write_node(node, &mut context);
                code.node_pos(node)
            }
            At::Pipe(id) => {
                let pipe = code.pipe(id);
                code.write_pipe(pipe, &mut context);
                pipe.pos
            }
            At::Command(command) => {
                code.write_command(command, &mut context);
                command.pos
            }
            At::Expr(expr) => {
                code.write_expr(expr, &mut context);
                code.expr_pos(expr)
            }
        };
        let before = &code.text[..pos as usize];
        let column = before.len() - before.rfind_byte(b'\n').map_or(0, |n| n + 1);
        Box::new(ExecError {
            location: Location {
                name: source.name.clone(),
                line: 1 + before.find_iter(b"\n").count() as u32,
                column: column as u32,
            },
            template: self.template.name.clone(),
            context: Str::from(context),
            cause,
        })
    }

    // ---- variables

    pub(super) fn push_var(&mut self, name: &'t [u8], slot: Slot<R::Tag>) {
        self.vars.push(Variable { name, slot });
    }

    pub(super) fn set_var(&mut self, name: &[u8], slot: Slot<R::Tag>) -> Res<()> {
        match self.vars.iter_mut().rev().find(|v| v.name == name) {
            Some(v) => {
                v.slot = slot;
                Ok(())
            }
            None => Err(self.fail_args("undefined variable: %s", &[Value::from(name.to_vec())])),
        }
    }

    pub(super) fn var(&self, name: &[u8]) -> Res<&Slot<R::Tag>> {
        match self.vars.iter().rev().find(|v| v.name == name) {
            Some(v) => Ok(&v.slot),
            None => Err(self.fail_args("undefined variable: %s", &[Value::from(name.to_vec())])),
        }
    }

    pub(super) fn set_top_var(&mut self, n: usize, slot: Slot<R::Tag>) {
        let i = self.vars.len() - n;
        self.vars[i].slot = slot;
    }

    // ---- control flow
}
