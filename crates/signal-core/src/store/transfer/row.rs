//! The rows of a store, in a form that no database knows. Backups hold them, so their format is versioned.

use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use uuid::Uuid;

use crate::ledger::{Doc, StoredEntry, StreamId, StreamRow};
use crate::model::{
    ArtistId, CircleId, Claim, DropId, Hash, Listen, Merge, PlayCount, PrivacyDials, Role, TasteProfile,
    Timestamp, TrustWeight, UserId,
};

/// Version of the format that this code writes. It reads all up to it.
pub const ROW_VERSION: u32 = 1;

/// Kinds of rows, in the order of a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Entries of the ledger, by position.
    Entries,
    /// Streams with their folded states, by the stream's text.
    Streams,
    /// The tables of epochs, by digest.
    Tables,
    /// Names and owners, by name.
    Keys,
    /// Documents, by the kind's text, then id.
    Docs,
    /// Trust edges, by both ends.
    Edges,
    /// Seats in circles, by circle and person.
    Seats,
    /// Privacy dials, by person.
    Dials,
    /// Artists and tracks, by id.
    Items,
    /// Claims of artists and tracks, by claim.
    Claims,
    /// Genres of artists, by artist and genre.
    Genres,
    /// Merges of tracks, by the track that is read as another.
    Merges,
    /// Listens, by person, track and start.
    Listens,
    /// Play counts, by person, kind of item (artists first), item, source, and span (those without one first).
    Counts,
    /// Drops that people were shown, by person and drop.
    Seen,
    /// Whom people mute, by both.
    Mutes,
    /// Taste profiles, by person.
    Profiles,
    /// Named values of jobs and caches, by name.
    States,
    /// Ciphertexts of tokens, by person, platform and field.
    Secrets,
}

impl Table {
    /// All of them, in order.
    pub const ALL: [Self; 19] = [
        Self::Entries,
        Self::Streams,
        Self::Tables,
        Self::Keys,
        Self::Docs,
        Self::Edges,
        Self::Seats,
        Self::Dials,
        Self::Items,
        Self::Claims,
        Self::Genres,
        Self::Merges,
        Self::Listens,
        Self::Counts,
        Self::Seen,
        Self::Mutes,
        Self::Profiles,
        Self::States,
        Self::Secrets,
    ];
}

/// One row of a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// An entry of the ledger in its exact bytes. Body and salt are missing where they were erased.
    Entry {
        /// Its place.
        position: u64,
        /// The leaf's bytes.
        #[serde(with = "text")]
        leaf: Vec<u8>,
        /// The body's bytes and salt.
        body: Option<RowBody>,
    },
    /// A stream and its state.
    Stream {
        /// Which.
        stream: StreamId,
        /// Its version.
        version: u64,
        /// Its state's bytes.
        #[serde(with = "text")]
        state: Vec<u8>,
    },
    /// The tables of an epoch.
    Tables {
        /// Their digest.
        hash: Hash,
        /// Their bytes.
        #[serde(with = "binary")]
        bytes: Vec<u8>,
    },
    /// A name.
    Key {
        /// As stores spell it.
        key: String,
        /// Whose it is.
        owner: Uuid,
    },
    /// A document.
    Doc(Doc),
    /// A trust edge.
    Edge {
        /// Who trusts.
        from: UserId,
        /// Whom.
        to: UserId,
        /// How much.
        weight: TrustWeight,
    },
    /// A seat in a circle.
    Seat {
        /// The circle.
        circle: CircleId,
        /// Who sits.
        user: UserId,
        /// As what.
        role: Role,
    },
    /// A person's privacy dials.
    Dials {
        /// Whose.
        user: UserId,
        /// How they stand.
        dials: PrivacyDials,
    },
    /// An artist, or a track of one.
    Item {
        /// Its id.
        id: Uuid,
        /// Of a track, who plays it.
        artist: Option<ArtistId>,
        /// Name or title.
        name: String,
    },
    /// A claim of an artist or track.
    Claim {
        /// The claim.
        claim: Claim,
        /// What it finds.
        item: Uuid,
    },
    /// A genre of an artist.
    Genre {
        /// The artist.
        artist: ArtistId,
        /// The genre.
        genre: String,
        /// How often it was said.
        weight: f64,
    },
    /// A merge of two tracks.
    Merge(Merge),
    /// A listen.
    Listen(Listen),
    /// A play count.
    Count(PlayCount),
    /// A drop that a person was shown.
    Seen {
        /// Who.
        user: UserId,
        /// Which drop.
        drop: DropId,
        /// When, the first time.
        at: Timestamp,
    },
    /// A person whom another does not want to hear of.
    Mute {
        /// Who mutes.
        user: UserId,
        /// Whom.
        target: UserId,
    },
    /// A taste profile.
    Profile(TasteProfile),
    /// A named value.
    State {
        /// Its name.
        name: String,
        /// Its bytes.
        #[serde(with = "binary")]
        value: Vec<u8>,
    },
    /// A ciphertext of a person's token.
    Secret {
        /// Whose.
        user: UserId,
        /// For which platform.
        platform: String,
        /// Which part of the token.
        field: String,
        /// The ciphertext.
        #[serde(with = "binary")]
        value: Vec<u8>,
    },
}

/// The erasable part of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowBody {
    #[serde(with = "text")]
    bytes: Vec<u8>,
    #[serde(with = "hex")]
    salt: [u8; 16],
}

impl Row {
    /// What kind of row it is.
    pub const fn table(&self) -> Table {
        match self {
            Self::Entry { .. } => Table::Entries,
            Self::Stream { .. } => Table::Streams,
            Self::Tables { .. } => Table::Tables,
            Self::Key { .. } => Table::Keys,
            Self::Doc(_) => Table::Docs,
            Self::Edge { .. } => Table::Edges,
            Self::Seat { .. } => Table::Seats,
            Self::Dials { .. } => Table::Dials,
            Self::Item { .. } => Table::Items,
            Self::Claim { .. } => Table::Claims,
            Self::Genre { .. } => Table::Genres,
            Self::Merge(_) => Table::Merges,
            Self::Listen(_) => Table::Listens,
            Self::Count(_) => Table::Counts,
            Self::Seen { .. } => Table::Seen,
            Self::Mute { .. } => Table::Mutes,
            Self::Profile(_) => Table::Profiles,
            Self::State { .. } => Table::States,
            Self::Secret { .. } => Table::Secrets,
        }
    }
}

impl From<StoredEntry> for Row {
    fn from(entry: StoredEntry) -> Self {
        let body = entry.body.map(|(bytes, salt)| RowBody { bytes, salt });
        Self::Entry { position: entry.position, leaf: entry.leaf, body }
    }
}

impl From<(StreamId, StreamRow)> for Row {
    fn from((stream, row): (StreamId, StreamRow)) -> Self {
        Self::Stream { stream, version: row.version, state: row.state }
    }
}

/// The entry that a row was made of.
pub(super) fn stored(position: u64, leaf: Vec<u8>, body: Option<RowBody>) -> StoredEntry {
    StoredEntry { position, leaf, body: body.map(|body| (body.bytes, body.salt)) }
}

/// Bytes that are text, and must come back to the bit.
mod text {
    use super::{Deserialize, Deserializer, Serializer, ser};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| ser::Error::custom(format_args!("its bytes are damaged: {error}")))?;
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        String::deserialize(from).map(String::into_bytes)
    }
}

/// Any bytes, as base 64.
mod binary {
    use base64::Engine as _;

    use super::{BASE64_STANDARD, Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD.decode(String::deserialize(from)?).map_err(de::Error::custom)
    }
}
