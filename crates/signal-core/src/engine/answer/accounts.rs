//! Accounts of platforms, and what reading them gave.

use serde::Serialize;

use super::super::shown;
use crate::model::Timestamp;

/// How a connected account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// It can be read.
    Connected,
    /// It can be read, and within 30 days the person has to agree again.
    ConsentEndsSoon,
    /// The person has to agree again first.
    NeedsConsent,
    /// The service asked to wait.
    Waiting,
    /// What is kept of it cannot be opened.
    Unreadable,
}

/// A connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountAnswer {
    /// Of which service.
    pub platform: String,
    /// How it stands.
    pub status: AccountStatus,
    /// The service's own id of the person.
    pub account: Option<String>,
    /// What the service calls them.
    pub name: Option<String>,
    /// When the person agreed.
    #[serde(with = "shown::some_time")]
    pub consented_at: Option<Timestamp>,
    /// When they have to agree again, where the service has such an end.
    #[serde(with = "shown::some_time")]
    pub consent_ends_at: Option<Timestamp>,
    /// When the history was last read to its end.
    #[serde(with = "shown::some_time")]
    pub synced_at: Option<Timestamp>,
    /// Since when every play was told, as far as the service says.
    #[serde(with = "shown::some_time")]
    pub complete_since: Option<Timestamp>,
    /// When plays last went missing between two readings, as far as one can tell.
    #[serde(with = "shown::some_time")]
    pub gap_at: Option<Timestamp>,
    /// Until when the service asked to wait.
    #[serde(with = "shown::some_time")]
    pub waiting_until: Option<Timestamp>,
    /// Why it is unreadable.
    pub reason: Option<String>,
}

impl AccountAnswer {
    /// An account of which nothing can be opened.
    pub(in crate::engine) fn unreadable(platform: &str, reason: String) -> Self {
        Self {
            platform: platform.to_owned(),
            status: AccountStatus::Unreadable,
            account: None,
            name: None,
            consented_at: None,
            consent_ends_at: None,
            synced_at: None,
            complete_since: None,
            gap_at: None,
            waiting_until: None,
            reason: Some(reason),
        }
    }
}

/// How a reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncOutcome {
    /// The history was read to its end.
    Synced,
    /// There is more, and it may be asked for at once.
    More,
    /// The service asked to wait.
    Waiting,
    /// The person has to agree again first.
    NeedsConsent,
    /// Another program is at the account.
    Busy,
    /// The service tells no history.
    Unsupported,
    /// The service could not be asked, or answered nonsense.
    Failed,
}

/// What reading an account gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncAnswer {
    /// Of which service.
    pub platform: String,
    /// How it ended.
    pub outcome: SyncOutcome,
    /// Plays read.
    pub read: u64,
    /// Of those, new.
    pub new: u64,
    /// Of those, known before, from here or from elsewhere.
    pub known: u64,
    /// Pages read.
    pub pages: u64,
    /// Since when every play was told, as far as the service says.
    #[serde(with = "shown::some_time")]
    pub complete_since: Option<Timestamp>,
    /// Whether plays since the last reading may be missing.
    pub gap_suspected: bool,
    /// Until when the service asked to wait.
    #[serde(with = "shown::some_time")]
    pub until: Option<Timestamp>,
    /// Why it failed.
    pub reason: Option<String>,
    /// Whether it failed in a way that asking again may help: else something has to be done first. False where nothing failed.
    pub may_retry: bool,
}

impl SyncAnswer {
    /// Nothing read yet.
    pub(in crate::engine) fn new(platform: &str) -> Self {
        Self {
            platform: platform.to_owned(),
            outcome: SyncOutcome::Failed,
            read: 0,
            new: 0,
            known: 0,
            pages: 0,
            complete_since: None,
            gap_suspected: false,
            until: None,
            reason: None,
            may_retry: false,
        }
    }

    /// The same, ended so.
    pub(in crate::engine) fn ending(self, outcome: SyncOutcome) -> Self {
        Self { outcome, ..self }
    }
}
