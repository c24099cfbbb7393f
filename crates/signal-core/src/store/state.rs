//! Profiles, the state of jobs and snapshots, and the vault for tokens.

use async_trait::async_trait;

use super::{Page, Result};
use crate::model::{TasteProfile, Timestamp, UserId};

/// Taste profiles.
#[async_trait]
pub trait ProfileStore: Send + Sync {
    /// Puts profiles, replacing those of the same users. All or none are written, but for those of people who were
    /// erased since they were built.
    async fn put_profiles(&self, profiles: &[TasteProfile]) -> Result<()>;

    /// One profile.
    async fn profile(&self, user: UserId) -> Result<Option<TasteProfile>>;

    /// All profiles, sorted by user.
    async fn profiles(&self, page: Page<UserId>) -> Result<Vec<TasteProfile>>;
}

/// A job that one process holds for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub job: String,
    /// Who holds it.
    pub holder: String,
    /// Until when, unless renewed.
    pub until: Timestamp,
}

/// Small named values: cursors of jobs, snapshots, leases.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// A value.
    async fn state(&self, name: &str) -> Result<Option<Vec<u8>>>;

    /// Sets a value.
    async fn put_state(&self, name: &str, value: &[u8]) -> Result<()>;

    /// Removes a value; one that is not there is no error.
    async fn remove_state(&self, name: &str) -> Result<()>;

    /// Takes or renews a lease. Gives whether the holder has it now: it was free, expired before `now`, or theirs.
    async fn acquire(&self, lease: &Lease, now: Timestamp) -> Result<bool>;

    /// Moves the end of a lease that its holder still has, and gives whether they have it. One that has run out can be prolonged
    /// as long as nobody else took it; one that somebody took stays lost, also where they gave it back since.
    async fn prolong(&self, lease: &Lease) -> Result<bool>;

    /// Gives a lease back; one that is not the holder's is no error.
    async fn release(&self, job: &str, holder: &str) -> Result<()>;
}

/// Encrypted tokens. The store sees ciphertext only.
#[async_trait]
pub trait VaultStore: Send + Sync {
    /// A ciphertext.
    async fn secret(&self, user: UserId, platform: &str, field: &str) -> Result<Option<Vec<u8>>>;

    /// Sets a ciphertext; for a person who was erased nothing is kept.
    async fn put_secret(&self, user: UserId, platform: &str, field: &str, value: &[u8]) -> Result<()>;

    /// Removes all ciphertexts of a user and platform.
    async fn remove_secrets(&self, user: UserId, platform: &str) -> Result<()>;
}
