//! What a person played, as a service tells it page by page.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PlatformTrack;
use crate::model::{Exactness, Timestamp};

/// The most plays in one answer.
pub const PLAYS_PER_ANSWER_MAX: usize = 1_000;

/// One play that a service reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayedTrack {
    /// What.
    pub track: PlatformTrack,
    /// When it began.
    pub start: Timestamp,
    /// How exact that is.
    pub exactness: Exactness,
    /// How long it played, in milliseconds, where known.
    pub played_ms: Option<u32>,
}

/// Where to go on reading a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryFrom<'a> {
    /// The first time: everything the service still has.
    Beginning,
    /// The first time: what began then or later.
    Since(Timestamp),
    /// After an earlier answer.
    Cursor(&'a HistoryCursor),
}

/// What an adapter wants to remember of one account between two calls: how far it got, the list it saw last. What is in it is
/// the adapter's own affair; it holds no token, but what somebody listens to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HistoryCursor(String);

impl HistoryCursor {
    /// The largest one, in bytes.
    pub const BYTES_MAX: usize = 65_536;

    /// Hands over what an adapter wrote.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What the adapter wrote.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HistoryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoryCursor({} bytes)", self.0.len())
    }
}

/// How much of the past the answers up to here cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Everything from then up to the newest play told was told, as far as the service has it; `None` when it cannot say.
    pub complete_since: Option<Timestamp>,
    /// Whether plays between the last call and this one may be missing for ever.
    pub gap_suspected: bool,
}

/// Some plays, and how to get the next ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The plays, oldest first; at most [`PLAYS_PER_ANSWER_MAX`]. A play of an exact time may be told again, at the same
    /// start, where an adapter looks for others that came late.
    pub plays: Vec<PlayedTrack>,
    /// What they cover.
    pub coverage: Coverage,
    /// What the next call is given. Keep it together with the plays: asked for again they may have other starts, except
    /// where the service has [exact times](super::PlatformCapabilities::exact_times).
    pub cursor: HistoryCursor,
    /// Whether the next call may be made at once and would have more.
    pub more: bool,
}
