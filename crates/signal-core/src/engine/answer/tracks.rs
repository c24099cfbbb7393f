//! Which tracks are one.

use serde::{Deserialize, Serialize};

use crate::model::{Same, Timestamp, TrackId};

/// A track of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedTrack {
    /// Its identifier.
    pub id: TrackId,
    /// Artist and title; nothing where the catalogue has none.
    pub name: Option<String>,
}

/// A record that two tracks are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeAnswer {
    /// The track that is read as the other.
    pub from: MergedTrack,
    /// The track that it is read as.
    pub into: MergedTrack,
    /// Why.
    pub why: Same,
    /// Since when.
    pub at: Timestamp,
}
