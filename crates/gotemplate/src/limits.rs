//! Bounds what templates may take: memory, output, time.

use std::fmt;
use std::time::{Duration, Instant};

use gostd::os::size;
use gostd::value::Value;

/// How much an execution may take. `None` is as much as there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Memory that the process holds while templates run, in bytes.
    pub memory: Option<u64>,
    /// The texts that templates print, all together, in bytes.
    pub output: Option<u64>,
    /// The processor's time that templates take, all together.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory: Some(1 << 30),
            output: Some(512 << 20),
            time: Some(Duration::from_secs(60)),
        }
    }
}

impl Limits {
    /// No limits.
    pub const NONE: Limits = Limits { memory: None, output: None, time: None };
}

/// The limit that an execution has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// [`Limits::memory`]
    Memory(u64),
    /// [`Limits::output`]
    Output(u64),
    /// [`Limits::time`]
    Time(Duration),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Exceeded::Memory(limit) => {
                write!(f, "the render needs more memory than its limit, {}", size(limit))
            }
            Exceeded::Output(limit) => {
                write!(f, "the output is larger than its limit, {}", size(limit))
            }
            Exceeded::Time(limit) => {
                write!(
                    f,
                    "the render takes longer than its limit, {limit:?} of the processor's time"
                )
            }
        }
    }
}

impl std::error::Error for Exceeded {}

/// Which limit was reached: small, since nearly every call is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Memory,
    Output,
    Time,
}

/// Tells what the process has taken so far. It is asked seldom: an answer may take a microsecond.
pub trait Meter {
    /// Returns the memory that the process holds, in bytes; `None` where the system does not tell. What templates
    /// have made is counted then, though most of it may be free again.
    fn memory(&self) -> Option<u64>;

    /// Returns the time that the processor has spent on this thread; `None` where the system does not tell. The
    /// time that passes is counted then.
    fn time(&self) -> Option<Duration>;
}

/// Tells nothing: the time that passes is counted, and all memory that templates have ever asked for.
#[derive(Clone, Copy, Debug)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn memory(&self) -> Option<u64> {
        None
    }

    fn time(&self) -> Option<Duration> {
        None
    }
}

/// What a call costs beside the bytes of its result.
const CALL: usize = 128;
/// What an entry of a list takes, and of a map: the text of its key may be on the heap.
pub(super) const ITEM: usize = size_of::<Value>();
const ENTRY: usize = 4 * ITEM;
/// From this size on arguments are looked at before a call.
const LARGE: usize = 1 << 20;
/// The least that is made between two measurements of the memory.
const LEAST: u64 = 1 << 20;
/// How far a text may grow before it is accounted for.
const CHUNK: usize = 16 << 10;
/// Steps before the first look at the clock, and the most between two looks.
const FIRST_STEPS: u32 = 8;
const MOST_STEPS: u32 = 1 << 16;
/// How far apart looks at the clock should be.
const PAUSE: Duration = Duration::from_millis(20);

/// Returns the bytes that a list or map takes that a function with these arguments has returned.
#[inline(never)]
fn collection(result: &Value, args: &[Value]) -> usize {
    match (result, args.first()) {
        // `set` and its like return what they are given.
        (Value::Map(map), Some(Value::Map(given))) if given.same(map) => 0,
        (Value::Map(map), _) => ENTRY * map.len(),
        (other, _) => weight(other),
    }
}

/// Returns the bytes on the heap that a value brings with it, but for what its elements refer to.
fn weight(value: &Value) -> usize {
    match value {
        Value::Str(s) => s.heap(),
        Value::List(l) => ITEM * l.len(),
        Value::Bytes(b) => b.len(),
        _ => 0,
    }
}

/// What an execution has taken, and may still take.
pub(super) struct Ledger<'e> {
    limits: Limits,
    meter: &'e dyn Meter,
    /// Bytes that may be made before memory is measured.
    left: usize,
    /// What `left` was after the last measurement.
    granted: usize,
    /// Bytes made before that.
    made: u64,
    /// Whether a value was made whose size matters to the functions that get it.
    is_large: bool,
    /// Bytes of output, but for the text at hand, and where that begins.
    written: u64,
    start: usize,
    /// Up to which length the text at hand may grow without a question.
    pub(super) room: usize,
    timer: Timer<'e>,
}

impl<'e> Ledger<'e> {
    pub(super) fn new(limits: Limits, meter: &'e dyn Meter) -> Ledger<'e> {
        // What the process held before is not known, and takes no question for most renders.
        let half = |limit| usize::try_from(limit / 2).unwrap_or(usize::MAX);
        let granted = limits.memory.map_or(usize::MAX, half);
        Ledger {
            limits,
            meter,
            left: granted,
            granted,
            made: 0,
            is_large: false,
            written: 0,
            start: 0,
            room: 0,
            timer: Timer::new(limits.time, meter),
        }
    }

    // ---- memory

    /// Accounts for the result of a call.
    #[inline]
    pub(super) fn called(&mut self, result: &Value, args: &[Value]) -> Result<(), Which> {
        let size = match result {
            Value::Str(s) => s.heap(),
            Value::List(_) | Value::Map(_) | Value::Bytes(_) => collection(result, args),
            _ => 0,
        };
        self.is_large |= size >= LARGE;
        self.spend(CALL + size)
    }

    /// Accounts for bytes that are there by now.
    #[inline]
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Which> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => self.measure(bytes).map(drop),
        }
    }

    /// Accounts for bytes before they are asked of the system.
    #[inline]
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), Which> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.fit(bytes)?;
                self.left = self.left.saturating_sub(bytes);
                Ok(())
            }
        }
    }

    /// Refuses a call whose result may not fit: of `times` the size of its arguments. Only what templates have made
    /// is of any size.
    #[inline]
    pub(super) fn before_call(&mut self, args: &[Value], times: u8) -> Result<(), Which> {
        match self.is_large && times > 0 {
            true => self.before_large_call(args, times),
            false => Ok(()),
        }
    }

    #[cold]
    fn before_large_call(&mut self, args: &[Value], times: u8) -> Result<(), Which> {
        let size: usize = args.iter().map(weight).sum();
        // The call itself accounts for what becomes of it.
        if size < LARGE { Ok(()) } else { self.fit(size.saturating_mul(times.into())) }
    }

    /// Refuses what there is no room for.
    #[cold]
    fn fit(&mut self, bytes: usize) -> Result<(), Which> {
        if self.limits.memory.is_none() || bytes <= self.left || bytes as u64 <= self.measure(0)? {
            return Ok(());
        }
        Err(Which::Memory)
    }

    /// Measures the memory, and returns how much more there may be.
    #[cold]
    fn measure(&mut self, spent: usize) -> Result<u64, Which> {
        self.made += (self.granted - self.left) as u64 + spent as u64;
        let Some(limit) = self.limits.memory else {
            (self.granted, self.left) = (usize::MAX, usize::MAX);
            return Ok(u64::MAX);
        };
        let room = limit.checked_sub(self.meter.memory().unwrap_or(self.made));
        let room = room.ok_or(Which::Memory)?;
        let granted = (room / 2).max(LEAST);
        self.granted = usize::try_from(granted).unwrap_or(usize::MAX);
        self.left = self.granted;
        Ok(room)
    }

    /// Returns how many bytes a function may make at once: a part of what there may be, since a text is copied on
    /// its way to the output.
    #[cold]
    pub(super) fn most(&mut self) -> Result<usize, Which> {
        Ok(match self.measure(0)? {
            u64::MAX => usize::MAX,
            room => usize::try_from(room / 4).unwrap_or(usize::MAX),
        })
    }

    /// Returns the limit that was reached, with its size.
    #[cold]
    pub(super) fn exceeded(&self, which: Which) -> Exceeded {
        match which {
            Which::Memory => Exceeded::Memory(self.limits.memory.unwrap_or(u64::MAX)),
            Which::Output => Exceeded::Output(self.limits.output.unwrap_or(u64::MAX)),
            Which::Time => self.timer.exceeded(),
        }
    }

    // ---- output

    /// Begins a text behind `length` bytes, an `inner` one within another; the answer is for [`Ledger::end`].
    pub(super) fn begin(&mut self, length: usize, inner: bool) -> usize {
        let mut room = CHUNK;
        if !inner {
            self.start = length;
            room = room.min(self.output_left());
        }
        std::mem::replace(&mut self.room, length + room)
    }

    /// Ends a text; `output` is how much was added, where it is no text within another.
    pub(super) fn end(&mut self, room: usize, output: Option<usize>) {
        self.room = room;
        self.written += output.unwrap_or(0) as u64;
    }

    /// Returns how much the text at hand may print that is no text within another.
    fn output_left(&self) -> usize {
        let left = self.limits.output.map(|limit| limit.saturating_sub(self.written));
        left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX))
    }

    /// Makes room for more text, which is output unless it is `inner`: within another.
    #[cold]
    pub(super) fn make_room(
        &mut self,
        out: &mut Vec<u8>,
        more: usize,
        inner: bool,
    ) -> Result<(), Which> {
        let mut chunk = more.max(out.len() / 2).max(CHUNK);
        if !inner {
            let printed = out.len() - self.start;
            match self.output_left().checked_sub(printed) {
                Some(left) if more <= left => chunk = chunk.min(left),
                _ => return Err(Which::Output),
            }
        }
        self.reserve(chunk)?;
        out.reserve(chunk);
        self.room = out.len() + chunk;
        Ok(())
    }

    // ---- time

    /// Counts a step; some of them look at the clock.
    #[inline]
    pub(super) fn step(&mut self) -> Result<(), Which> {
        if self.timer.step() { Ok(()) } else { Err(Which::Time) }
    }

    /// Counts what other threads took, and looks at the clock in the next step.
    pub(super) fn spent(&mut self, time: Duration) {
        self.timer.spent(time);
    }
}

/// Tells when the processor's time is over that something may take. It looks at the clock seldom.
pub struct Timer<'m> {
    limit: Option<Duration>,
    meter: &'m dyn Meter,
    /// Steps to the next look at the clock, and how many there are between two looks.
    steps: u32,
    stride: u32,
    /// When it began, and when the clock was looked at last.
    began: Instant,
    looked: Instant,
    /// The processor's time soon after the beginning.
    before: Option<Duration>,
    /// What other threads took.
    elsewhere: Duration,
}

impl fmt::Debug for Timer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("limit", &self.limit).field("began", &self.began).finish()
    }
}

impl<'m> Timer<'m> {
    /// Begins; without a limit there is always time.
    pub fn new(limit: Option<Duration>, meter: &'m dyn Meter) -> Timer<'m> {
        let steps = if limit.is_some() { FIRST_STEPS } else { u32::MAX };
        let began = Instant::now();
        Timer {
            limit,
            meter,
            steps,
            stride: steps,
            began,
            looked: began,
            before: None,
            elsewhere: Duration::ZERO,
        }
    }

    /// Counts a step, and tells whether there is time left. A step takes from nanoseconds to milliseconds.
    #[inline]
    pub fn step(&mut self) -> bool {
        self.steps -= 1;
        self.steps > 0 || self.look()
    }

    /// Counts several steps at once.
    pub fn steps(&mut self, count: u64) -> bool {
        match u32::try_from(count) {
            Ok(count) if count < self.steps => {
                self.steps -= count;
                true
            }
            _ => self.look(),
        }
    }

    /// Returns the limit, as what was reached.
    pub fn exceeded(&self) -> Exceeded {
        Exceeded::Time(self.limit.unwrap_or(Duration::MAX))
    }

    /// Counts what other threads took, and looks at the clock in the next step.
    fn spent(&mut self, time: Duration) {
        self.elsewhere += time;
        self.steps = 1;
    }

    #[cold]
    fn look(&mut self) -> bool {
        self.steps = self.stride;
        let Some(limit) = self.limit else { return true };
        let now = Instant::now();
        // Steps differ by far in what they take: a few may be as many keys of RSA.
        self.stride = match now - self.looked > PAUSE {
            true => (self.stride / 2).max(1),
            false => (self.stride * 2).min(MOST_STEPS),
        };
        self.looked = now;
        self.steps = self.stride;
        // The processor's time takes longer to ask for. On one thread it is less than what passes.
        let passed = now - self.began;
        if passed > PAUSE && self.before.is_none() {
            self.before = self.meter.time();
        }
        if passed + self.elsewhere <= limit {
            return true;
        }
        let taken = match (self.before, self.meter.time()) {
            (Some(before), Some(now)) => now.saturating_sub(before) + self.elsewhere,
            _ => passed.max(self.elsewhere),
        };
        taken <= limit
    }
}
