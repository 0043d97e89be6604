//! Asking for what nobody writes into options.

/// Why a secret was not told.
type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// Somebody who can be asked for secrets, when it turns out that one is needed.
pub trait Secrets {
    /// The password of a repository's user.
    ///
    /// # Errors
    /// Why nobody tells it.
    fn password(&self) -> Result<String, Refusal>;

    /// A passphrase for the key that signs that is there without asking, such as a file's first line.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn prepared_passphrase(&self) -> Result<Option<Vec<u8>>, Refusal>;

    /// The passphrase of the key of that owner.
    ///
    /// # Errors
    /// Why nobody tells it.
    fn passphrase(&self, owner: &[u8]) -> Result<Vec<u8>, Refusal>;
}

/// Nobody: secrets that are needed are empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn password(&self) -> Result<String, Refusal> {
        Ok(String::new())
    }

    fn prepared_passphrase(&self) -> Result<Option<Vec<u8>>, Refusal> {
        Ok(None)
    }

    fn passphrase(&self, _: &[u8]) -> Result<Vec<u8>, Refusal> {
        Ok(Vec::new())
    }
}
