//! What a file or a service says about people and music, before Signal knows who and what is meant.

use crate::model::{Exactness, Timestamp, TrackRef, TrustWeight};

/// An artist as a source names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportedArtist {
    /// The source's own id, where it has one.
    pub id: Option<String>,
    /// The name.
    pub name: String,
}

/// One fact of a source. `person` is the source's own id; `None` means the person who imports.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportRecord {
    /// Somebody exists.
    Person {
        /// Who.
        person: String,
    },
    /// Somebody trusts somebody.
    Trust {
        /// Who trusts.
        from: String,
        /// Whom.
        to: String,
        /// How much; `None` takes the policy's `imported_trust`.
        weight: Option<TrustWeight>,
        /// Whether it holds both ways, as a friendship does.
        mutual: bool,
    },
    /// Somebody played an artist so often.
    ArtistPlays {
        /// Who.
        person: Option<String>,
        /// Whom they played.
        artist: ImportedArtist,
        /// How often.
        plays: u64,
    },
    /// Somebody thinks a tag fits an artist.
    ArtistTag {
        /// Which artist.
        artist: ImportedArtist,
        /// The tag as written.
        tag: String,
    },
    /// Somebody played a track.
    Listen {
        /// Who.
        person: Option<String>,
        /// What.
        track: TrackRef,
        /// When the play began.
        start: Timestamp,
        /// How exact that is.
        exactness: Exactness,
        /// How long it played, in milliseconds.
        played_ms: Option<u32>,
    },
    /// The person who imports pinned a track where others see it. It is no play, and no drop either: that has a stake.
    Pin {
        /// Which.
        track: TrackRef,
        /// What they said of it.
        words: Option<String>,
        /// When.
        at: Timestamp,
    },
}
