//! sprig's and Helm's template functions, and the one table of them.

mod certs;
mod crypto;
mod date;
mod random;
