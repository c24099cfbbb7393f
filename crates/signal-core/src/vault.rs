//! Encryption of what the store keeps for a person and nobody may read: permissions of platforms, attempts at them, and how far
//! each account was read.

use std::fmt;

use crate::model::UserId;

/// Bytes of randomness that one sealing takes.
pub const NONCE_BYTES: usize = 24;

/// Where a secret lies. A sealed text opens at its own place alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretPlace<'a> {
    /// Whose it is.
    pub user: UserId,
    /// Of which service.
    pub platform: &'a str,
    /// Which of their secrets there.
    pub field: &'a str,
}

/// Why a secret cannot be sealed or opened. No variant holds any part of it, or of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It was sealed with a key that is not here.
    #[error("a secret for {platform} was sealed with the key {key}, which this vault does not have")]
    UnknownKey {
        /// For which service.
        platform: String,
        /// The key's name, which tells nothing of the key.
        key: String,
    },
    /// It was changed, or belongs to another person, service or field.
    #[error("a secret for {platform} does not open: it was changed, or belongs elsewhere")]
    Damaged {
        /// For which service.
        platform: String,
    },
    /// It is no sealed text of this version or an earlier one.
    #[error("a secret for {platform} is in no form that this program knows")]
    Unreadable {
        /// For which service.
        platform: String,
    },
    /// It is more than the cipher takes.
    #[error("a secret for {platform} is too long")]
    TooLong {
        /// For which service.
        platform: String,
    },
}

/// Seals and opens secrets. Implementations live in `signal-adapters`.
///
/// # Contract
///
/// - A sealed text holds nothing readable, and opens only at the [`SecretPlace`] it was sealed for.
/// - Sealing uses the newest key, opening any that the vault has.
/// - Nothing of a key or a secret is shown when printed.
pub trait Vault: Send + Sync + fmt::Debug {
    /// Encrypts a secret for its place. `nonce` is used for this call alone, and comes from
    /// [`Host::entropy`](crate::host::Host::entropy).
    fn seal(
        &self,
        place: SecretPlace<'_>,
        secret: &[u8],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Vec<u8>, VaultError>;

    /// Decrypts what was sealed for the place.
    fn open(&self, place: SecretPlace<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError>;

    /// Whether the newest key sealed it.
    fn is_newest(&self, sealed: &[u8]) -> bool;
}
