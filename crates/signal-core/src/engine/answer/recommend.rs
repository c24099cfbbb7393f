//! Artists for a person, and people whose taste is near.

use serde::Serialize;

use super::compat::Reason;
use super::people::Person;
use crate::compatibility::Basis;

/// Artists a person may like next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecommendAnswer {
    /// For whom.
    pub user: Person,
    /// What they are chosen from.
    pub basis: RecommendBasis,
    /// Best first; none whom the person plays.
    pub artists: Vec<RecommendedArtist>,
}

/// What artists are chosen from: the first of these that is known of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecommendBasis {
    /// What they play themselves.
    Listening,
    /// What people they trust play, and show them.
    Friends,
    /// Their genres, or those of people they trust who show them.
    Genres,
    /// What most people play.
    Popularity,
}

/// An artist, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecommendedArtist {
    /// Its name.
    pub artist: String,
    /// At least one, the strongest first.
    pub reasons: Vec<RecommendReason>,
}

/// Why an artist is recommended. Each is true of the plays and the trust as of the last build of the profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecommendReason {
    /// People they trust, who show them what they play, play it.
    Trusted {
        /// How many do.
        people: u64,
    },
    /// Listeners of an artist they play also play it, more than others do: at least as many as may be told of.
    AlsoPlayed {
        /// The artist they play.
        of: String,
    },
    /// It is of a genre that they are at home in.
    Genre {
        /// Which.
        genre: String,
    },
    /// It is of a genre that people they trust are at home in, who show them their taste.
    TrustedGenre {
        /// Which.
        genre: String,
        /// How many are.
        people: u64,
    },
    /// It is one of the 100 artists that most people play.
    Popular,
}

/// The people whose taste is nearest to a person's, of those who show it to them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeighboursAnswer {
    /// Whose neighbours.
    pub user: Person,
    /// Nearest first.
    pub people: Vec<NeighbourAnswer>,
}

/// Somebody whose taste is near.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeighbourAnswer {
    /// Who.
    pub user: Person,
    /// How alike the tastes are, in [0, 1], in steps of the policy's `coarse_step`.
    pub similarity: f64,
    /// What that was computed from.
    pub basis: Basis,
    /// Artists, then genres that the two share, with plays of the other only where their history is visible; else that the
    /// taste is similar.
    pub reasons: Vec<Reason>,
}
