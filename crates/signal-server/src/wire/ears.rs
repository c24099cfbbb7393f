//! Artists for a user, and people whose taste is near.

use serde::Serialize;
use signal_core::compatibility::Basis;
use signal_core::engine::{
    NeighbourAnswer, NeighboursAnswer, RecommendAnswer, RecommendBasis, RecommendReason as CoreReason,
    RecommendedArtist as CoreArtist,
};
use utoipa::ToSchema;

use super::Versioned;
use super::compat::Reason;
use super::user::Person;

/// Artists a user may like next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recommendations {
    /// For whom.
    user: Person,
    /// What they are chosen from: `listening`, `friends`, `genres` or `popularity`.
    #[schema(value_type = String, example = "listening")]
    basis: RecommendBasis,
    /// Best first; none whom the user plays.
    artists: Vec<RecommendedArtist>,
}

impl Versioned for Recommendations {
    const SCHEMA: &'static str = "signal.recommend/1";
}

impl From<RecommendAnswer> for Recommendations {
    fn from(answer: RecommendAnswer) -> Self {
        let artists = answer.artists.into_iter().map(RecommendedArtist::from).collect();
        Self { user: answer.user.into(), basis: answer.basis, artists }
    }
}

/// An artist, and why.
#[derive(Debug, Serialize, ToSchema)]
struct RecommendedArtist {
    artist: String,
    /// At least one, the strongest first.
    reasons: Vec<RecommendReason>,
}

impl From<CoreArtist> for RecommendedArtist {
    fn from(one: CoreArtist) -> Self {
        Self { artist: one.artist, reasons: one.reasons.into_iter().map(RecommendReason::from).collect() }
    }
}

/// Why an artist is recommended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum RecommendReason {
    /// People the user trusts, who show them what they play, play it.
    Trusted {
        /// How many do.
        people: u64,
    },
    /// Enough listeners of an artist that the user plays also play it.
    AlsoPlayed {
        /// The artist the user plays.
        of: String,
    },
    /// It is of a genre that the user is at home in.
    Genre { genre: String },
    /// It is of a genre that people the user trusts are at home in, who show it.
    TrustedGenre {
        genre: String,
        /// How many are.
        people: u64,
    },
    /// It is one of the 100 artists that most people play.
    Popular,
}

impl From<CoreReason> for RecommendReason {
    fn from(reason: CoreReason) -> Self {
        match reason {
            CoreReason::Trusted { people } => Self::Trusted { people },
            CoreReason::AlsoPlayed { of } => Self::AlsoPlayed { of },
            CoreReason::Genre { genre } => Self::Genre { genre },
            CoreReason::TrustedGenre { genre, people } => Self::TrustedGenre { genre, people },
            CoreReason::Popular => Self::Popular,
        }
    }
}

/// The people whose taste is nearest to a user's, of those who show it to them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TasteNeighbours {
    /// Whose neighbours.
    user: Person,
    /// Nearest first.
    people: Vec<TasteNeighbour>,
}

impl Versioned for TasteNeighbours {
    const SCHEMA: &'static str = "signal.taste.neighbours/1";
}

impl From<NeighboursAnswer> for TasteNeighbours {
    fn from(answer: NeighboursAnswer) -> Self {
        let people = answer.people.into_iter().map(TasteNeighbour::from).collect();
        Self { user: answer.user.into(), people }
    }
}

/// Somebody whose taste is near.
#[derive(Debug, Serialize, ToSchema)]
struct TasteNeighbour {
    user: Person,
    /// How alike the tastes are, in steps of 0.05.
    #[schema(minimum = 0, maximum = 1)]
    similarity: f64,
    /// What that was computed from: `vectors`, `artists` or `genres`.
    #[schema(value_type = String, example = "artists")]
    basis: Basis,
    /// Artists and genres that the two share.
    reasons: Vec<Reason>,
}

impl From<NeighbourAnswer> for TasteNeighbour {
    fn from(near: NeighbourAnswer) -> Self {
        Self {
            user: near.user.into(),
            similarity: near.similarity,
            basis: near.basis,
            reasons: near.reasons.into_iter().map(Reason::from).collect(),
        }
    }
}
