//! Defines sprig's random strings, numbers and UUIDs.

use std::cell::RefCell;

use gostd::value::{Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

/// The rows of this subject.
pub(super) const TABLE: &[FuncDef] = &[
    def("randAlpha", &[Type::Int], |_, a| characters(&a[0], ALPHA)).nonhermetic(),
    def("randAlphaNum", &[Type::Int], |_, a| characters(&a[0], ALPHA_NUM)).nonhermetic(),
    def("randAscii", &[Type::Int], |_, a| ascii(&a[0])).nonhermetic(),
    def("randInt", &[Type::Int, Type::Int], rand_int).nonhermetic(),
    def("randNumeric", &[Type::Int], |_, a| characters(&a[0], b"0123456789")).nonhermetic(),
    def("uuidv4", &[], uuidv4).nonhermetic(),
];

const ALPHA_NUM: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHA: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The most random bytes or characters one call may ask for. Helm has no limit but the memory.
pub(super) const MOST: i64 = 64 << 20;

/// Random bytes that were not given out yet, the last ones first: templates ask for a few at a time, hundreds of
/// times, and each question to the system takes a microsecond.
struct Pool {
    bytes: [u8; 512],
    left: usize,
}

/// What a thread's random functions give while a [`Fixed`] is alive.
struct Course {
    seed: u64,
    /// What the values of the file at hand begin with.
    of_file: u64,
    /// For each number of bytes that were asked for the state of a generator of its own, which is splitmix64: one more
    /// password does not change those of another length.
    states: Vec<(usize, u64)>,
    /// Whether anything was drawn, for any file.
    has_drawn: bool,
    /// How many keys were made for the file.
    #[cfg(feature = "crypto")]
    keys: usize,
}

impl Course {
    fn new(seed: u64) -> Course {
        Course {
            seed,
            of_file: seed,
            states: Vec::new(),
            has_drawn: false,
            #[cfg(feature = "crypto")]
            keys: 0,
        }
    }

    fn begin_file(&mut self, name: &[u8]) {
        let mut state = self.seed;
        for byte in name {
            state ^= u64::from(*byte);
            next(&mut state);
            state = state.rotate_left(7);
        }
        let has_drawn = self.has_drawn;
        *self = Course { of_file: state, has_drawn, ..Course::new(self.seed) };
    }

    fn fill(&mut self, buffer: &mut [u8]) {
        self.has_drawn = true;
        let length = buffer.len();
        let at = self.states.iter().position(|(known, _)| *known == length);
        let at = at.unwrap_or_else(|| {
            self.states.push((length, self.of_file ^ (length as u64).rotate_right(16)));
            self.states.len() - 1
        });
        let state = &mut self.states[at].1;
        for chunk in buffer.chunks_mut(8) {
            let bytes = next(state).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

thread_local! {
    static COURSE: RefCell<Option<Course>> = const { RefCell::new(None) };
}

/// Makes the random functions of this thread give the same each time, as long as it is alive: for comparisons of two
/// renders, never for secrets that are used.
///
/// ```
/// let draw = || {
///     let _fixed = sprig::Fixed::new(1);
///     sprig::random_text(20).unwrap()
/// };
/// assert_eq!(draw(), draw());
/// assert_ne!(sprig::random_text(20).unwrap(), sprig::random_text(20).unwrap());
/// ```
#[derive(Debug)]
pub struct Fixed {
    // It belongs to its thread.
    _thread: std::marker::PhantomData<*const ()>,
}

impl Fixed {
    /// Begins a course of values that depends on the seed, and on the file that [`begin_file`] names. Keys, which take
    /// long to make, are those that the process made first for these.
    pub fn new(seed: u64) -> Fixed {
        COURSE.set(Some(Course::new(seed)));
        Fixed { _thread: std::marker::PhantomData }
    }

    /// Tells whether anything random was drawn since.
    pub fn has_drawn(&self) -> bool {
        COURSE.with_borrow(|course| course.as_ref().is_some_and(|course| course.has_drawn))
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        COURSE.set(None);
    }
}

/// Says which file is executed from now on: while a [`Fixed`] is alive, what is random in a file does not depend on the
/// files before it.
///
/// ```
/// let draw = |name: &str, before: u16| {
///     let _fixed = sprig::Fixed::new(1);
///     sprig::random_text(before).unwrap();
///     sprig::begin_file(name.as_bytes());
///     sprig::random_text(20).unwrap()
/// };
/// assert_eq!(draw("a.yaml", 1), draw("a.yaml", 30));
/// assert_ne!(draw("a.yaml", 1), draw("b.yaml", 1));
/// ```
pub fn begin_file(name: &[u8]) {
    COURSE.with_borrow_mut(|course| {
        if let Some(course) = course {
            course.begin_file(name);
        }
    });
}

/// Returns that many random letters and digits, as `randAlphaNum` does.
///
/// # Errors
/// Where the system has no randomness to give.
pub fn random_text(count: u16) -> Result<String, FuncError> {
    let text = characters(&Value::int(count.into()), ALPHA_NUM)?;
    Ok(text.as_str().map(ToString::to_string).unwrap_or_default())
}

/// Returns a new key: while a [`Fixed`] is alive, one that `kept` holds for its seed, the file at hand and the number of
/// keys before it.
#[cfg(feature = "crypto")]
pub(crate) fn key<K: Clone, E>(
    kept: &std::sync::Mutex<std::collections::BTreeMap<(u64, usize), K>>,
    make: impl FnOnce() -> Result<K, E>,
) -> Result<K, E> {
    let place = COURSE.with_borrow_mut(|course| {
        let course = course.as_mut()?;
        course.has_drawn = true;
        course.keys += 1;
        Some((course.of_file, course.keys))
    });
    let Some(place) = place else { return make() };
    let mut kept = kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(key) = kept.get(&place) {
        return Ok(key.clone());
    }
    let key = make()?;
    kept.insert(place, key.clone());
    Ok(key)
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; 512], left: 0 }) };
}

impl Pool {
    fn give(&mut self, buffer: &mut [u8]) -> Result<(), getrandom::Error> {
        if buffer.len() > self.bytes.len() {
            return getrandom::fill(buffer);
        }
        if buffer.len() > self.left {
            self.left = 0;
            getrandom::fill(&mut self.bytes)?;
            self.left = self.bytes.len();
        }
        let given = &mut self.bytes[self.left - buffer.len()..self.left];
        buffer.copy_from_slice(given);
        given.fill(0);
        self.left -= buffer.len();
        Ok(())
    }
}

/// Fills a buffer with what the system's generator gave.
///
/// # Errors
/// Where the system has no randomness to give.
pub(super) fn fill(buffer: &mut [u8]) -> Result<(), FuncError> {
    let is_fixed = COURSE.with_borrow_mut(|course| {
        let Some(course) = course else { return false };
        course.fill(buffer);
        true
    });
    if is_fixed {
        return Ok(());
    }
    POOL.with_borrow_mut(|pool| pool.give(buffer))
        .map_err(|e| FuncError::text(format!("reading the system's random numbers: {e}")))
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Int(_, n) => *n,
        _ => 0,
    }
}

/// Returns that many characters of the set, each as likely as the others: `{{ randAlphaNum 5 }}` gives
/// `x7RkQ`. A negative number gives none, as in sprig.
fn characters(count: &Value, set: &[u8]) -> FuncResult {
    let count = number(count).max(0);
    if count > MOST {
        return Err(FuncError::text(format!("{count} random characters are more than {MOST}")));
    }
    let count = count as usize;
    let mut out = Vec::with_capacity(count);
    // Bytes past the last whole multiple of the set's size would favour its first characters.
    let limit = 256 - 256 % set.len();
    let mut pool = [0; 256];
    while out.len() < count {
        let wanted = (count - out.len()) * 256 / limit + 8;
        let pool = &mut pool[..wanted.min(256)];
        fill(pool)?;
        let drawn = pool.iter().map(|b| usize::from(*b)).filter(|b| *b < limit);
        out.extend(drawn.map(|b| set[b % set.len()]).take(count - out.len()));
    }
    Ok(Value::from(out))
}

/// Returns that many printable ASCII characters: `{{ randAscii 5 }}` gives `z~4 Q`.
fn ascii(count: &Value) -> FuncResult {
    let set: [u8; 95] = std::array::from_fn(|i| b' ' + i as u8);
    characters(count, &set)
}

/// Returns a number from the first to just below the second: `{{ randInt 12 30 }}` gives `27`.
fn rand_int(_: &mut dyn Host, args: &[Value]) -> FuncResult {
    let (min, max) = (number(&args[0]), number(&args[1]));
    let span = max.wrapping_sub(min);
    if span <= 0 {
        return Err(FuncError::text("invalid argument to Intn"));
    }
    let span = span as u64;
    let limit = u64::MAX - u64::MAX % span;
    loop {
        let mut bytes = [0; 8];
        fill(&mut bytes)?;
        let n = u64::from_le_bytes(bytes);
        if n < limit {
            return Ok(Value::int(min.wrapping_add((n % span) as i64)));
        }
    }
}

/// Returns a random UUID: `{{ uuidv4 }}` gives `3f0c463e-53f5-4f05-a2ec-3c083aa8f937`.
fn uuidv4(_: &mut dyn Host, _: &[Value]) -> FuncResult {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut out = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{byte:02x}"));
    }
    Ok(Value::from(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_host::call;

    #[test]
    fn random_strings_have_their_length_and_their_characters() {
        type Allowed = fn(&u8) -> bool;
        let table: [(&str, Allowed); 4] = [
            ("randAlpha", u8::is_ascii_alphabetic),
            ("randAlphaNum", u8::is_ascii_alphanumeric),
            ("randNumeric", u8::is_ascii_digit),
            ("randAscii", |b| (b' '..=b'~').contains(b)),
        ];
        for (name, allowed) in table {
            for count in [-1, 0, 1, 10, 5000] {
                let got = call(TABLE, name, &[Value::int(count)]).unwrap();
                let got = got.as_str().unwrap();
                assert_eq!(got.len() as i64, count.max(0), "{name}");
                assert!(got.iter().all(allowed), "{name}: {got}");
            }
            assert!(call(TABLE, name, &[Value::int(i64::MAX)]).is_err());
        }
    }

    #[test]
    fn no_byte_is_given_twice() {
        let mut all = Vec::new();
        for length in (0..600).step_by(7).chain([512, 511, 1, 0, 513]) {
            let mut bytes = vec![0; length];
            fill(&mut bytes).unwrap();
            all.extend(bytes);
        }
        let mut runs: Vec<&[u8]> = all.windows(8).collect();
        runs.sort_unstable();
        assert!(runs.windows(2).all(|two| two[0] != two[1]));
        assert!(runs.iter().all(|run| **run != [0; 8]));
    }

    #[test]
    fn every_character_turns_up() {
        let got = call(TABLE, "randAlphaNum", &[Value::int(5000)]).unwrap();
        let got = got.as_str().unwrap();
        assert!(ALPHA_NUM.iter().all(|b| got.contains(b)));
    }

    #[test]
    fn random_numbers_lie_below_the_upper_bound() {
        for _ in 0..200 {
            let got = call(TABLE, "randInt", &[Value::int(-1), Value::int(2)]).unwrap();
            assert!(matches!(got, Value::Int(_, -1..=1)));
        }
        for (min, max) in [(5, 5), (5, 3), (i64::MIN, i64::MAX)] {
            let got = call(TABLE, "randInt", &[Value::int(min), Value::int(max)]);
            assert_eq!(got.unwrap_err(), "invalid argument to Intn");
        }
    }

    #[test]
    fn uuids_are_of_version_4() {
        let got = call(TABLE, "uuidv4", &[]).unwrap().as_str().unwrap().to_string();
        assert_eq!((got.len(), &got[8..9], &got[14..15]), (36, "-", "4"));
        assert!("89ab".contains(&got[19..20]));
    }
}
