//! New RSA keys, as fast as the machine gives them.
//!
//! How long the search for two primes takes is a matter of luck, so several threads search at once
//! and the first key found is taken. The others go on: their keys serve the calls that follow.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};

use super::keys::{PrivateKey, parse_rsa, read_pkcs8};

/// Threads that search for one size of key at most; more than that only compete for the cores.
const MOST_SEARCHERS: usize = 4;

/// The sizes of key that sprig makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::funcs) enum RsaSize {
    /// For certificates
    Bits2048,
    /// For `genPrivateKey`
    Bits4096,
}

/// The searches under way for one size, and the keys found that nobody has asked for yet.
#[derive(Default)]
struct Found {
    searching: usize,
    /// PKCS#1 encodings
    keys: Vec<Vec<u8>>,
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

    /// The lock. Its holders only change counts and lists, so one that panicked left them whole.
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

/// A new RSA key with the exponent 65537.
pub(in crate::funcs) fn generate_rsa(size: RsaSize) -> Result<PrivateKey, String> {
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
                    running.0.lock().keys.push(key);
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
        if let Some(key) = found.keys.pop() {
            return parse_rsa(&key);
        }
        if found.searching == 0 {
            drop(found);
            return parse_rsa(&generate_pkcs1(size)?);
        }
        found = search.changed.wait(found).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Searches for a key on this thread.
fn generate_pkcs1(size: RsaSize) -> Result<Vec<u8>, String> {
    if let Some(key) = fast(size) {
        return Ok(key);
    }
    let size = match size {
        RsaSize::Bits2048 => KeySize::Rsa2048,
        RsaSize::Bits4096 => KeySize::Rsa4096,
    };
    let pair = KeyPair::generate(size).map_err(|e| e.to_string())?;
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|e| e.to_string())?;
    match read_pkcs8(pkcs8.as_ref()) {
        Some((_, _, key)) => Ok(key.to_vec()),
        None => Err("the new key is not in PKCS#8".to_owned()),
    }
}

/// A key from the faster library, on processors that have the instructions it relies on.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn fast(size: RsaSize) -> Option<Vec<u8>> {
    use graviola::signing::rsa::{KeySize, SigningKey};

    #[cfg(target_arch = "x86_64")]
    let supported = is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("pclmulqdq")
        && is_x86_feature_detected!("avx")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("adx")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2");
    #[cfg(target_arch = "aarch64")]
    let supported = std::arch::is_aarch64_feature_detected!("neon")
        && std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull")
        && std::arch::is_aarch64_feature_detected!("sha2");
    if !supported {
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

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn fast(_: RsaSize) -> Option<Vec<u8>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_callers_at_once_get_different_keys() {
        let callers: Vec<_> =
            (0..3).map(|_| thread::spawn(|| generate_rsa(RsaSize::Bits2048).unwrap())).collect();
        let mut keys: Vec<_> = callers.into_iter().map(|c| c.join().unwrap().to_pem()).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 3);
    }

    #[test]
    fn keys_have_the_size_asked_for() {
        let PrivateKey::Rsa { public, .. } = generate_rsa(RsaSize::Bits2048).unwrap() else {
            panic!("not RSA")
        };
        assert_eq!(public.len(), 270);
    }
}
