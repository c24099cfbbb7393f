//! How well two people match.

use serde::Serialize;

use super::people::Person;
use crate::compatibility::Basis;

/// One part of a compatibility.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartAnswer {
    /// In [0, 1].
    pub value: f64,
    /// What it weighs.
    pub weight: f64,
    /// Whether it could be computed.
    pub known: bool,
}

/// The parts of a compatibility, with what they weigh.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartsAnswer {
    /// How far trust carries.
    pub trust_path: PartAnswer,
    /// How alike the tastes are.
    pub taste: PartAnswer,
    /// How much the genres overlap.
    pub genre_overlap: PartAnswer,
}

/// Why two people match.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// Both play an artist.
    SharedArtist {
        /// Its name.
        artist: String,
        /// Plays of the one who asks.
        plays_a: u64,
        /// Plays of the other; `None` where their history is not visible.
        plays_b: Option<u64>,
    },
    /// Both are at home in a genre.
    SharedGenre {
        /// Its name.
        genre: String,
        /// The smaller of the two confidences.
        confidence: f64,
    },
    /// A path of trust leads there.
    TrustedPath {
        /// Edges on it; 0 where someone on it keeps their edges to themselves, and `strength` is coarse then.
        hops: usize,
        /// Best product of weights.
        strength: f64,
        /// Names on it, both ends included, as far as privacy allows; empty when it does not.
        through: Vec<String>,
    },
    /// Their taste is not visible; all that is said.
    SimilarTaste,
}

impl Reason {
    /// The same without what the other's history tells.
    pub(in super::super) fn without_plays_of_b(&mut self) {
        if let Self::SharedArtist { plays_b, .. } = self {
            *plays_b = None;
        }
    }
}

/// What one could introduce the other to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Introduction {
    /// An artist.
    pub artist: String,
    /// Plays of the one who knows it.
    pub plays: u64,
}

/// How well b's ears serve a (§5.2).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompatibilityAnswer {
    /// Who asks.
    pub a: Person,
    /// About whom.
    pub b: Person,
    /// In [0, 1]; in steps where b's taste is not visible.
    pub score: f64,
    /// How far trust carries, in [0, 1]; in steps where someone on the path keeps their edges to themselves; `None`, like
    /// the other parts, where b's taste is not visible to a.
    pub trust_path: Option<f64>,
    /// How alike the tastes are, in [0, 1].
    pub taste: Option<f64>,
    /// How much the genres overlap, in [0, 1].
    pub genre_overlap: Option<f64>,
    /// The same parts, each with its weight and whether it could be computed.
    pub parts: Option<PartsAnswer>,
    /// What taste was computed from.
    pub basis: Basis,
    /// Share of a sample that matches a no better than b does.
    pub percentile: Option<f64>,
    /// Strongest first.
    pub reasons: Vec<Reason>,
    /// The track, where b's history is visible, or else the artist that joins them.
    pub bridge: Option<String>,
    /// What b could introduce a to; empty where b's history is not visible.
    pub b_introduces: Vec<Introduction>,
    /// What a could introduce b to.
    pub a_introduces: Vec<Introduction>,
    /// Whether b's taste is visible to a.
    pub detailed: bool,
}
