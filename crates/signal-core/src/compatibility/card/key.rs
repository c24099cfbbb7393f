//! The key that signs cards.

use std::fmt;

use ed25519_dalek::SigningKey;

/// A person's key. The door makes it from the host's entropy and keeps it where only they can read; it is wiped from
/// memory when it is dropped, and `Debug` shows its public half alone.
#[derive(Clone)]
pub struct CardKey(SigningKey);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("reading the key of a taste card: it is not 64 hex digits")]
pub struct InvalidKey;

impl CardKey {
    /// The key of 32 unpredictable bytes.
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&secret))
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, InvalidKey> {
        let bytes = hex::decode(text.trim()).map_err(|_| InvalidKey)?;
        Ok(Self::from_bytes(bytes.try_into().map_err(|_| InvalidKey)?))
    }

    /// The secret itself as text, for the one file that keeps it.
    pub fn to_text(&self) -> String {
        hex::encode(self.0.to_bytes()) + "\n"
    }

    pub(super) fn signing(&self) -> &SigningKey {
        &self.0
    }
}

impl fmt::Debug for CardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CardKey").field(&hex::encode(self.0.verifying_key().as_bytes())).finish()
    }
}
