//! A music streaming service behind one trait.

use std::fmt;

use async_trait::async_trait;

use super::ImportRecord;
use crate::model::{Exactness, Isrc, Timestamp, TrackRef};

/// What a service can do. Callers ask here first; nobody guesses from a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct PlatformCapabilities {
    /// It can be asked for what a person played.
    pub history: bool,
    /// It can look a track up by its own id.
    pub track: bool,
    /// It can look a track up by ISRC.
    pub isrc: bool,
    /// It knows whom a person follows.
    pub follows: bool,
}

/// A person's permission, as the service gave it. Shows nothing when printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// What calls carry.
    pub access: String,
    /// What renews `access`, where the service has such a thing.
    pub refresh: Option<String>,
    /// Until when `access` holds, where the service says.
    pub expires_at: Option<Timestamp>,
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// One play that a service reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayedTrack {
    /// What.
    pub track: PlatformTrack,
    /// When it began.
    pub start: Timestamp,
    /// How exact that is.
    pub exactness: Exactness,
    /// How long it played, in milliseconds.
    pub played_ms: Option<u32>,
}

/// A track as a service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformTrack {
    /// How Signal finds it.
    pub track: TrackRef,
    /// Its recording code, where known.
    pub isrc: Option<Isrc>,
    /// Its length in milliseconds, where known.
    pub length_ms: Option<u32>,
}

/// How much of the past an answer covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Everything since then is in the answer; `None` when the service cannot say.
    pub complete_since: Option<Timestamp>,
    /// Whether plays between the last call and this one may be missing.
    pub gap_suspected: bool,
}

/// Plays and how much of the past they cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The plays, oldest first.
    pub plays: Vec<PlayedTrack>,
    /// What they cover.
    pub coverage: Coverage,
}

/// Why a service gave no answer. "Not found" is not here: it is `Ok(None)`.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The service has no such thing; asking again is useless.
    #[error("{platform} cannot {what}")]
    Unsupported {
        /// Which service.
        platform: &'static str,
        /// What was asked of it.
        what: &'static str,
    },
    /// Too many questions.
    #[error("{platform} asks to wait until {until}")]
    RateLimited {
        /// Which service.
        platform: &'static str,
        /// When to ask again.
        until: Timestamp,
    },
    /// The person has to agree (again).
    #[error("{platform} needs the person's consent")]
    NeedsConsent {
        /// Which service.
        platform: &'static str,
    },
    /// The service could not be asked, or answered nonsense.
    #[error("asking {platform} to {what} failed: {reason}")]
    Failed {
        /// Which service.
        platform: &'static str,
        /// What was asked of it.
        what: &'static str,
        /// What happened, without secrets.
        reason: String,
        /// Whether the same question may be asked again.
        retry: bool,
    },
}

/// A music streaming service. Implementations live in `signal-adapters`.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The service's name in claims: lower case, such as `spotify`.
    fn name(&self) -> &'static str;

    /// What it can do.
    fn capabilities(&self) -> PlatformCapabilities;

    /// The page where a person gives permission. `state` comes back with them.
    async fn authorize(&self, redirect: &str, state: &str) -> Result<String, PlatformError>;

    /// Turns what came back from that page into a permission.
    async fn complete(&self, redirect: &str, answer: &str) -> Result<Authorization, PlatformError>;

    /// Renews a permission.
    async fn refresh(&self, authorization: &Authorization) -> Result<Authorization, PlatformError>;

    /// What the person played since then. What cannot be known is `Unsupported`, never an empty list.
    async fn history(
        &self,
        authorization: &Authorization,
        since: Option<Timestamp>,
    ) -> Result<History, PlatformError>;

    /// A track by the service's own id.
    async fn track(&self, id: &str) -> Result<Option<PlatformTrack>, PlatformError>;

    /// Whom the person follows, as suggestions of trust.
    async fn follows(&self, authorization: &Authorization) -> Result<Vec<ImportRecord>, PlatformError>;
}
