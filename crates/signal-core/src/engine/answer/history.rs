//! Histories that come in, and everything that goes out with a person.

use serde::Serialize;

use super::super::shown;
use super::circles::CircleAnswer;
use super::drops::DropAnswer;
use super::ledger::ExplainAnswer;
use super::people::{Person, TasteAnswer, UserAnswer};
use super::suggestions::SuggestedTrack;
use crate::model::{DropId, Exactness, Stars, Timestamp};

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportAnswer {
    /// Rows of the source, those left out included.
    pub rows: u64,
    /// People the source names.
    pub users: u64,
    /// Of them, unknown before.
    pub users_new: u64,
    /// Artists the source names.
    pub artists: u64,
    /// Of them, unknown before.
    pub artists_new: u64,
    /// Tracks the source names.
    pub tracks: u64,
    /// Of them, unknown before.
    pub tracks_new: u64,
    /// Rows of plays by artist.
    pub play_counts: u64,
    /// Of them, unknown before.
    pub play_counts_new: u64,
    /// Plays in them and in listens.
    pub plays: u64,
    /// Of them, unknown before.
    pub plays_new: u64,
    /// Single listens.
    pub listens: u64,
    /// Of them, unknown before.
    pub listens_new: u64,
    /// Listens that are known already, from the same source or from another one.
    pub duplicates: u64,
    /// Trust edges, each direction counted.
    pub trust_edges: u64,
    /// Of them, unknown before or of another weight.
    pub trust_edges_new: u64,
    /// Tags that name a genre we know.
    pub tags: u64,
    /// Tracks that the person pinned elsewhere.
    pub pins: u64,
    /// Of the newest [`PINS_MAX`](super::super::PINS_MAX) of them, those that the person has not vouched for here, newest first.
    pub suggested: Vec<SuggestedTrack>,
    /// Rows left out, by reason.
    pub skipped: std::collections::BTreeMap<String, u64>,
}

/// Everything Signal holds about a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportAnswer {
    /// Names and standing.
    pub user: UserAnswer,
    /// The account behind the numbers.
    pub account: ExplainAnswer,
    /// Trust from them.
    pub trusts: Vec<(Person, f64)>,
    /// Circles they are in.
    pub circles: Vec<CircleAnswer>,
    /// Everything they wrote, as stored.
    pub words: Vec<WordsAnswer>,
    /// Their drops.
    pub drops: Vec<DropAnswer>,
    /// Stars they gave.
    pub ratings: Vec<RatingAnswer>,
    /// Their taste.
    pub taste: TasteAnswer,
    /// The vector behind it.
    pub vector: Vec<f32>,
    /// Single listens, newest first.
    pub listens: Vec<ListenAnswer>,
    /// Play counts, as each source gave them.
    pub play_counts: Vec<PlayCountAnswer>,
    /// Drops they were shown.
    pub seen: Vec<SeenAnswer>,
    /// Whom they muted.
    pub mutes: Vec<Person>,
    /// Whom they block.
    pub blocks: Vec<Person>,
}

/// Plays of one artist or track, as one source counted them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlayCountAnswer {
    /// The artist, where no more is known.
    pub artist: Option<String>,
    /// The track.
    pub track: Option<String>,
    /// How often.
    pub plays: u64,
    /// Over which days, where known.
    pub span: Option<SpanAnswer>,
    /// Who counted.
    pub source: String,
}

/// The days that a count covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpanAnswer {
    /// First instant covered.
    #[serde(with = "shown::time")]
    pub from: Timestamp,
    /// First instant no longer covered.
    #[serde(with = "shown::time")]
    pub to: Timestamp,
}

/// Stars a person gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatingAnswer {
    /// For which drop.
    pub drop: DropId,
    /// How many.
    #[serde(with = "shown::stars")]
    pub stars: Option<Stars>,
    /// When.
    #[serde(with = "shown::time")]
    pub at: Timestamp,
}

/// A drop a person was shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeenAnswer {
    /// Which.
    pub drop: DropId,
    /// When, the first time.
    #[serde(with = "shown::time")]
    pub at: Timestamp,
}

/// A piece of personal text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordsAnswer {
    /// What it is.
    pub kind: crate::ledger::DocKind,
    /// The drop that it speaks for, or is said under.
    pub drop: Option<DropId>,
    /// When it was written.
    #[serde(with = "shown::time")]
    pub at: Timestamp,
    /// The words.
    pub text: String,
}

/// A listen with its names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListenAnswer {
    /// What was played.
    pub track: String,
    /// When it began.
    #[serde(with = "shown::time")]
    pub start: Timestamp,
    /// How well that is known.
    pub exactness: Exactness,
    /// How long it played, in milliseconds, where known.
    pub played_ms: Option<u32>,
    /// Where it was read from.
    pub source: String,
}
