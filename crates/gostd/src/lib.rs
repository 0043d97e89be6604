#![doc = include_str!("../README.md")]

use std::cell::Cell;

/// A release of Go, as far as what is reproduced differs from one to the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Go {
    /// Go 1.23
    #[default]
    V1_23,
    /// Go 1.24: `range` takes whole numbers.
    V1_24,
    /// Go 1.25: a comparison of different types names them; regular expressions know more names of classes.
    V1_25,
    /// Go 1.26: a URL's host has one colon, and no bracket behind its start.
    V1_26,
    /// Go 1.27: `encoding/json` in other words; Unicode 17.
    V1_27,
}

thread_local! {
    static CURRENT: Cell<Go> = const { Cell::new(Go::V1_23) };
}

impl Go {
    /// Returns the release whose tables of characters this thread reads: Unicode's, and the names that regular
    /// expressions have for classes. It is the first one where none was chosen.
    pub fn current() -> Go {
        CURRENT.get()
    }

    /// Chooses the release whose tables this thread reads from now on.
    pub fn choose(self) {
        CURRENT.set(self);
    }

    /// Calls `f` with the tables of this release.
    ///
    /// ```
    /// use gostd::{Go, unicode};
    /// // A letter since Unicode 16.
    /// assert!(!unicode::is_letter('\u{1c8a}'));
    /// assert!(Go::V1_27.scope(|| unicode::is_letter('\u{1c8a}')));
    /// ```
    pub fn scope<T>(self, f: impl FnOnce() -> T) -> T {
        struct Restore(Go);
        impl Drop for Restore {
            fn drop(&mut self) {
                self.0.choose();
            }
        }
        let _restore = Restore(CURRENT.replace(self));
        f()
    }
}

pub mod decimal;
pub mod fmt;
pub mod http;
pub mod json;
pub mod mail;
pub mod netip;
pub mod os;
pub mod path;
pub mod regexp;
pub mod stack;
pub mod strconv;
pub mod time;
pub mod unicode;
pub mod url;
pub mod value;
