//! How well two people match.

use serde::Serialize;
use signal_core::compatibility::Basis;
use signal_core::engine::{
    CompatibilityAnswer, Introduction as CoreIntroduction, PartAnswer, Reason as CoreReason,
};
use utoipa::ToSchema;

use super::Versioned;
use super::user::Person;

/// How well b's ears serve a.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Compatibility {
    /// Who asks.
    a: Person,
    /// About whom.
    b: Person,
    /// In steps of 0.05 where b's taste is not visible to a.
    #[schema(minimum = 0, maximum = 1)]
    score: f64,
    /// How far a's trust carries to b, in steps where someone on the path keeps their trust to themselves; null where b's
    /// taste is not visible to a.
    #[schema(minimum = 0, maximum = 1)]
    trust_path: Option<f64>,
    /// How alike their tastes are; null likewise.
    #[schema(minimum = 0, maximum = 1)]
    taste: Option<f64>,
    /// How much their genres overlap; null likewise.
    #[schema(minimum = 0, maximum = 1)]
    genre_overlap: Option<f64>,
    /// The same parts with their weights; null likewise.
    parts: Option<Parts>,
    /// What taste was computed from: `vectors`, `artists`, `genres` or `none`.
    #[schema(value_type = String, example = "artists")]
    basis: Basis,
    /// Share of a sample of people who match a no better than b does.
    #[schema(minimum = 0, maximum = 1)]
    percentile: Option<f64>,
    /// Strongest first.
    reasons: Vec<Reason>,
    /// The track, where b's history is visible to a, or else the artist that joins them.
    bridge: Option<String>,
    /// What b could introduce a to; empty where b's history is not visible to a.
    b_introduces: Vec<Introduction>,
    /// What a could introduce b to.
    a_introduces: Vec<Introduction>,
    /// Whether b's taste is visible to a.
    detailed: bool,
}

impl Versioned for Compatibility {
    const SCHEMA: &'static str = "signal.compat/1";
}

impl From<CompatibilityAnswer> for Compatibility {
    fn from(answer: CompatibilityAnswer) -> Self {
        let introductions = |all: Vec<CoreIntroduction>| all.into_iter().map(Introduction::from).collect();
        Self {
            a: answer.a.into(),
            b: answer.b.into(),
            score: answer.score,
            trust_path: answer.trust_path,
            taste: answer.taste,
            genre_overlap: answer.genre_overlap,
            parts: answer.parts.map(|parts| Parts {
                trust_path: parts.trust_path.into(),
                taste: parts.taste.into(),
                genre_overlap: parts.genre_overlap.into(),
            }),
            basis: answer.basis,
            percentile: answer.percentile,
            reasons: answer.reasons.into_iter().map(Reason::from).collect(),
            bridge: answer.bridge,
            b_introduces: introductions(answer.b_introduces),
            a_introduces: introductions(answer.a_introduces),
            detailed: answer.detailed,
        }
    }
}

/// The parts of a score.
#[derive(Debug, Serialize, ToSchema)]
struct Parts {
    /// How far trust carries.
    trust_path: Part,
    /// How alike the tastes are.
    taste: Part,
    /// How much the genres overlap.
    genre_overlap: Part,
}

/// One part of a score.
#[derive(Debug, Serialize, ToSchema)]
struct Part {
    /// The part itself; 0 where it is not known.
    #[schema(minimum = 0, maximum = 1)]
    value: f64,
    /// What it is multiplied with.
    #[schema(minimum = 0, maximum = 1)]
    weight: f64,
    /// Whether it could be computed.
    known: bool,
}

impl From<PartAnswer> for Part {
    fn from(part: PartAnswer) -> Self {
        Self { value: part.value, weight: part.weight, known: part.known }
    }
}

/// Why two people match.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Reason {
    /// Both play an artist.
    SharedArtist {
        artist: String,
        /// Plays of who asks.
        plays_a: u64,
        /// Plays of the other; null where their history is not visible to a.
        plays_b: Option<u64>,
    },
    /// Both are at home in a genre.
    SharedGenre {
        genre: String,
        /// The smaller of the two confidences.
        confidence: f64,
    },
    /// A path of trust leads there.
    TrustedPath {
        /// Edges on it.
        hops: usize,
        /// The product of their weights.
        strength: f64,
        /// People on it, as far as privacy allows.
        through: Vec<String>,
    },
    /// All that is said where the other's taste is not visible.
    SimilarTaste,
}

impl From<CoreReason> for Reason {
    fn from(reason: CoreReason) -> Self {
        match reason {
            CoreReason::SharedArtist { artist, plays_a, plays_b } => {
                Self::SharedArtist { artist, plays_a, plays_b }
            }
            CoreReason::SharedGenre { genre, confidence } => Self::SharedGenre { genre, confidence },
            CoreReason::TrustedPath { hops, strength, through } => {
                Self::TrustedPath { hops, strength, through }
            }
            CoreReason::SimilarTaste => Self::SimilarTaste,
        }
    }
}

/// An artist that one knows and the other does not.
#[derive(Debug, Serialize, ToSchema)]
struct Introduction {
    artist: String,
    /// Plays of the one who knows it.
    plays: u64,
}

impl From<CoreIntroduction> for Introduction {
    fn from(introduction: CoreIntroduction) -> Self {
        Self { artist: introduction.artist, plays: introduction.plays }
    }
}
