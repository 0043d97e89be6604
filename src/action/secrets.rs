//! Asks for secrets, which are not written into options.

/// Why a secret could not be had.
type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// Asks the user for secrets, when it turns out that one is needed.
pub trait Secrets {
    /// Returns the password of a repository's user.
    ///
    /// # Errors
    /// Why it could not be had.
    fn password(&self) -> Result<String, Refusal>;

    /// Returns the passphrase of the signing key where it is known without asking, such as a file's
    /// first line.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn prepared_passphrase(&self) -> Result<Option<Vec<u8>>, Refusal>;

    /// Returns the passphrase of the key of that owner.
    ///
    /// # Errors
    /// Why it could not be had.
    fn passphrase(&self, owner: &[u8]) -> Result<Vec<u8>, Refusal>;
}

/// Asks no one: secrets that are needed are empty.
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
