//! Tracks as a service knows them, and those that a person saved.

use serde::{Deserialize, Serialize};

use crate::model::{Isrc, Timestamp, TrackRef};

/// The most saved tracks in one answer.
pub const SAVED_PER_ANSWER_MAX: usize = 100;

/// A track as a service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformTrack {
    /// How Signal finds it.
    pub track: TrackRef,
    /// Its recording code, where known.
    pub isrc: Option<Isrc>,
    /// Its length in milliseconds, where known.
    pub length_ms: Option<u32>,
    /// Its genres as the service writes them; empty where it tells none.
    pub genres: Vec<String>,
}

/// A track that a person put into their collection, or pinned to their page. It is no play: nobody knows whether or when it
/// was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedTrack {
    /// Which.
    pub track: PlatformTrack,
    /// When it was saved, where the service says.
    pub saved_at: Option<Timestamp>,
    /// What the person said of it there.
    pub words: Option<String>,
}

/// Where the next saved tracks begin. What is in it is the adapter's own affair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SavedPage(pub String);

/// Some saved tracks, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedTracks {
    /// The tracks; at most [`SAVED_PER_ANSWER_MAX`].
    pub tracks: Vec<SavedTrack>,
    /// Where the next ones begin; none at the end.
    pub next: Option<SavedPage>,
}
