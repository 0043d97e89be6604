//! Makes RSA keys as fast as the machine allows, checks given ones, and signs.
//!
//! How long the search for two primes takes is random, so several threads search at once
//! and the first key found is taken. The others go on: their keys serve the calls that follow.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPrivateKey};
use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest, Sha256};

use super::der::{self, Reader, syntax};
use super::error::Error;

/// Threads that search for one size of key at most; more than that only compete for the cores.
const MOST_SEARCHERS: usize = 4;

/// The PKCS#1 encodings of a private and of its public key.
#[derive(Clone, Debug)]
pub(crate) struct RsaKey {
    pub(super) private: Vec<u8>,
    pub(super) public: Vec<u8>,
}

impl RsaKey {
    /// Makes a key from the numbers of a PKCS#1 private key, encoded in the shortest form.
    pub(super) fn new(numbers: &[&[u8]; 8]) -> RsaKey {
        let mut parts = der::unsigned(&[]);
        for number in numbers {
            parts.extend_from_slice(&der::unsigned(number));
        }
        let public = der::sequence(&[&der::unsigned(numbers[0]), &der::unsigned(numbers[1])]);
        RsaKey { private: der::sequence(&[&parts]), public }
    }

    /// Takes over a PKCS#1 private key that a library has just made.
    fn of_library(data: &[u8]) -> Result<RsaKey, Error> {
        let (_, numbers) = read_rsa(data).ok_or_else(|| Error::Asn1(syntax(data)))?;
        Ok(RsaKey::new(&numbers))
    }
}

/// Returns the version of a PKCS#1 private key and the eight numbers after it.
pub(super) fn read_rsa(data: &[u8]) -> Option<(u32, [&[u8]; 8])> {
    let mut outer = Reader(data);
    let mut reader = outer.sequence()?;
    if !outer.is_empty() {
        return None;
    }
    let version = reader.small()?;
    let mut numbers: [&[u8]; 8] = [&[]; 8];
    for number in &mut numbers {
        *number = reader.integer()?;
    }
    Some((version, numbers))
}

/// The sizes of key that sprig makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RsaSize {
    /// For certificates
    Bits2048,
    /// For `genPrivateKey`
    Bits4096,
}

/// The searches under way for one size, and the keys found that were not asked for yet.
#[derive(Default)]
struct Found {
    searching: usize,
    /// PKCS#1 encodings, and how long each took to be found.
    keys: Vec<(Vec<u8>, Duration)>,
}

struct Search {
    found: Mutex<Found>,
    changed: Condvar,
}

static SEARCH_2048: Search = Search::new();
static SEARCH_4096: Search = Search::new();

impl Search {
    const fn new() -> Search {
        let found = Found { searching: 0, keys: Vec::new() };
        Search { found: Mutex::new(found), changed: Condvar::new() }
    }

    /// Returns the lock. Its holders only change counts and lists, so one that panicked left them
    /// whole.
    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reports the end of a search, whatever way it ends.
struct Searching(&'static Search);

impl Drop for Searching {
    fn drop(&mut self) {
        self.0.lock().searching -= 1;
        self.0.changed.notify_all();
    }
}

/// Returns a new RSA key with the exponent 65537, and the processor's time that another thread took for it.
pub(super) fn generate(size: RsaSize) -> Result<(RsaKey, Duration), Error> {
    let search = match size {
        RsaSize::Bits2048 => &SEARCH_2048,
        RsaSize::Bits4096 => &SEARCH_4096,
    };
    let mut found = search.lock();
    if found.keys.is_empty() {
        let searchers = thread::available_parallelism().map_or(1, |n| n.get().min(MOST_SEARCHERS));
        while found.searching < searchers {
            found.searching += 1;
            let running = Searching(search);
            let run = move || {
                let running = running;
                if let Ok(key) = generate_pkcs1(size) {
                    // The thread has done nothing else.
                    let taken = Duration::try_from(clock_gettime(ClockId::ThreadCPUTime));
                    running.0.lock().keys.push((key, taken.unwrap_or_default()));
                }
            };
            // Where no thread can be had, dropping `run` takes the count back, for which it needs
            // the lock.
            drop(found);
            let spawned = thread::Builder::new().name("rsa".to_owned()).spawn(run).is_ok();
            found = search.lock();
            if !spawned {
                break;
            }
        }
    }
    loop {
        if let Some((key, taken)) = found.keys.pop() {
            return Ok((RsaKey::of_library(&key)?, taken));
        }
        if found.searching == 0 {
            drop(found);
            return Ok((RsaKey::of_library(&generate_pkcs1(size)?)?, Duration::ZERO));
        }
        found = search.changed.wait(found).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Searches for a key on this thread.
fn generate_pkcs1(size: RsaSize) -> Result<Vec<u8>, Error> {
    if let Some(key) = fast::generate(size) {
        return Ok(key);
    }
    portable_key(match size {
        RsaSize::Bits2048 => 2048,
        RsaSize::Bits4096 => 4096,
    })
}

/// Searches for a key with the library that runs everywhere.
fn portable_key(bits: usize) -> Result<Vec<u8>, Error> {
    // Where the system has no randomness, this is the place to say so: below it would panic.
    let generating = |text: String| Error::Generate(text.into());
    getrandom::fill(&mut [0; 8]).map_err(|e| generating(e.to_string()))?;
    let key =
        RsaPrivateKey::new(&mut UnwrapErr(SysRng), bits).map_err(|e| generating(e.to_string()))?;
    let missing = || generating("the new key lacks a part".to_owned());
    let [p, q] = key.primes() else { return Err(missing()) };
    let parts = [
        key.n().to_be_bytes(),
        key.e().to_be_bytes(),
        key.d().to_be_bytes(),
        p.to_be_bytes(),
        q.to_be_bytes(),
        key.dp().ok_or_else(missing)?.to_be_bytes(),
        key.dq().ok_or_else(missing)?.to_be_bytes(),
        key.crt_coefficient().ok_or_else(missing)?.to_be_bytes(),
    ];
    let mut numbers = der::unsigned(&[]);
    for part in &parts {
        numbers.extend_from_slice(&der::unsigned(part));
    }
    Ok(der::sequence(&[&numbers]))
}

/// Returns a key from the numbers of a PKCS#1 private key.
fn key_of(numbers: &[&[u8]; 8]) -> rsa::Result<RsaPrivateKey> {
    let [n, e, d, p, q, ..] = numbers.map(BoxedUint::from_be_slice_vartime);
    RsaPrivateKey::from_components(n, e, d, vec![p, q])
}

/// Checks that the numbers of a PKCS#1 private key belong together.
///
/// # Errors
/// Go's, e.g. `crypto/rsa: invalid modulus`.
pub(super) fn check(numbers: &[&[u8]; 8]) -> Result<(), Error> {
    let what = match key_of(numbers) {
        // The library's limit is lower than Go's.
        Ok(_) | Err(rsa::Error::ModulusTooLarge) => return Ok(()),
        Err(rsa::Error::InvalidPrime) => "invalid prime value".into(),
        Err(rsa::Error::InvalidModulus) => "invalid modulus".into(),
        Err(rsa::Error::InvalidExponent) => "invalid exponents".into(),
        Err(rsa::Error::PublicExponentTooSmall) => "public exponent too small".into(),
        Err(rsa::Error::PublicExponentTooLarge) => "public exponent too large".into(),
        Err(other) => other.to_string().into(),
    };
    Err(Error::Rsa(what))
}

/// Returns a PKCS#1 v1.5 signature of the message's SHA-256 by a PKCS#1 private key.
///
/// # Errors
/// Where the key is too small for a signature.
pub(super) fn sign(private: &[u8], message: &[u8]) -> Result<Vec<u8>, Error> {
    match fast::sign(private, message) {
        Some(signature) => Ok(signature),
        None => portable_signature(private, message),
    }
}

fn portable_signature(private: &[u8], message: &[u8]) -> Result<Vec<u8>, Error> {
    let (_, numbers) = read_rsa(private).ok_or(Error::Malformed("private key"))?;
    let key = key_of(&numbers).map_err(|e| Error::Rsa(e.to_string().into()))?;
    key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).map_err(|e| {
        Error::Rsa(match e {
            rsa::Error::MessageTooLong => "message too long for RSA key size".into(),
            other => other.to_string().into(),
        })
    })
}

/// The faster library, on processors that have the instructions it relies on.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod fast {
    use graviola::signing::rsa::{KeySize, SigningKey};

    use super::RsaSize;

    /// Without these instructions the library panics.
    #[cfg(target_arch = "x86_64")]
    fn supported() -> bool {
        is_x86_feature_detected!("aes")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("avx")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("adx")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
    }

    #[cfg(target_arch = "aarch64")]
    fn supported() -> bool {
        use std::arch::is_aarch64_feature_detected;
        is_aarch64_feature_detected!("neon")
            && is_aarch64_feature_detected!("aes")
            && is_aarch64_feature_detected!("pmull")
            && is_aarch64_feature_detected!("sha2")
    }

    /// Returns a new key in PKCS#1.
    pub(super) fn generate(size: RsaSize) -> Option<Vec<u8>> {
        if !supported() {
            return None;
        }
        let size = match size {
            RsaSize::Bits2048 => KeySize::Rsa2048,
            RsaSize::Bits4096 => KeySize::Rsa4096,
        };
        let key = SigningKey::generate(size).ok()?;
        let mut buffer = [0; 4096];
        key.to_pkcs1_der(&mut buffer).ok().map(<[u8]>::to_vec)
    }

    /// Returns a signature, unless the key has a size that the library does not take.
    pub(super) fn sign(private: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        if !supported() {
            return None;
        }
        let key = SigningKey::from_pkcs1_der(private).ok()?;
        let mut signature = vec![0; key.modulus_len_bytes()];
        let len = key.sign_pkcs1_sha256(&mut signature, message).ok()?.len();
        signature.truncate(len);
        Some(signature)
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod fast {
    use super::RsaSize;

    pub(super) fn generate(_: RsaSize) -> Option<Vec<u8>> {
        None
    }

    pub(super) fn sign(_: &[u8], _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_callers_at_once_get_different_keys() {
        let callers: Vec<_> =
            (0..3).map(|_| thread::spawn(|| generate(RsaSize::Bits2048).unwrap().0)).collect();
        let mut keys: Vec<_> = callers.into_iter().map(|c| c.join().unwrap().private).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 3);
    }

    #[test]
    fn keys_have_the_size_asked_for() {
        let (RsaKey { public, .. }, _) = generate(RsaSize::Bits2048).unwrap();
        assert_eq!(public.len(), 270);
    }

    #[test]
    fn the_time_of_the_threads_that_search_is_told() {
        // A caller whose key others took searches itself.
        let tells = |_| generate(RsaSize::Bits2048).unwrap().1 > Duration::ZERO;
        assert!((0..16).any(tells));
    }

    #[test]
    fn both_libraries_give_the_same_signature() {
        let (RsaKey { private, .. }, _) = generate(RsaSize::Bits2048).unwrap();
        let portable = portable_signature(&private, b"message").unwrap();
        assert_eq!(portable.len(), 256);
        assert_eq!(sign(&private, b"message").unwrap(), portable);
        let (_, numbers) = read_rsa(&private).unwrap();
        assert_eq!(check(&numbers), Ok(()));
    }

    #[test]
    fn small_keys_work_without_the_faster_library() {
        let key = portable_key(1024).unwrap();
        assert_eq!(sign(&key, b"message").unwrap().len(), 128);
        let (version, numbers) = read_rsa(&key).unwrap();
        assert_eq!((version, check(&numbers)), (0, Ok(())));
        let mut wrong = numbers;
        wrong.swap(3, 2);
        assert!(check(&wrong).is_err());
    }
}
