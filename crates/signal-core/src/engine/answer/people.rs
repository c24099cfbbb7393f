//! People, their trust and their taste.

use serde::Serialize;

use super::super::shown;
use crate::compatibility::Basis;
use crate::model::{Points, PrivacyDials, Timestamp, UserId, Verification};

/// A person, by id and by the name people use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Person {
    /// The id.
    pub id: UserId,
    /// Handle, else first claim, else the last digits of the id.
    pub name: String,
}

/// A person with what others may see of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserAnswer {
    /// Who.
    pub user: Person,
    /// Whether a person stands behind it.
    pub claimed: bool,
    /// Whether the operator stopped them.
    pub frozen: bool,
    /// How far the identity was checked.
    pub verification: Verification,
    /// Other systems' names; for themselves and the operator.
    pub claims: Vec<String>,
    /// Since when.
    #[serde(with = "shown::time")]
    pub registered_at: Timestamp,
    /// The trust score.
    pub trust_score: f64,
    /// Points that may be staked; for themselves and the operator.
    pub available_millipoints: Option<Points>,
    /// Points locked on drops; for themselves and the operator.
    pub staked_millipoints: Option<Points>,
    /// Drops made.
    pub drops: u32,
    /// How many people they trust, where the viewer may know; for others than those who see the edges, as of the last
    /// epoch.
    pub trusts: Option<u64>,
    /// How many people trust them, where the viewer may know; for others than the operator, as of the last epoch.
    pub trusted_by: Option<u64>,
    /// Whether standing springs from them where nobody is verified; for themselves and the operator.
    pub seed: Option<bool>,
    /// Their dials; for themselves and the operator.
    pub dials: Option<PrivacyDials>,
}

/// A trust score with its terms (§5.1), which are for the person and the operator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrustScoreAnswer {
    /// Whose.
    pub user: Person,
    /// `max(0, (base + bonus − penalty) · decay)`.
    pub score: f64,
    /// From days of activity.
    pub base: Option<f64>,
    /// From settled drops.
    pub bonus: Option<f64>,
    /// From failed drops.
    pub penalty: Option<f64>,
    /// What time has left of it.
    pub decay: Option<f64>,
    /// Days with a deliberate act.
    pub active_days: Option<u32>,
    /// Fractional days since the last drop, or since registration.
    pub days_since_last_drop: Option<f64>,
    /// Entries the answer is based on.
    pub position: u64,
    /// The instant it was computed at.
    #[serde(with = "shown::time")]
    pub at: Timestamp,
}

/// The best path of trust between two people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrustPathAnswer {
    /// From whom.
    pub from: Person,
    /// To whom.
    pub to: Person,
    /// Best product of weights; 0 where there is no path.
    pub strength: f64,
    /// People on it, as far as privacy allows.
    pub people: Vec<Person>,
    /// Edges on it; 0 where there is none, or where someone on it keeps their edges to themselves.
    pub hops: usize,
    /// Whether everything was looked at that could be stronger. The policy's `limits.path_edges` bounds the work.
    pub complete: bool,
}

/// People by standing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrustRankAnswer {
    /// In whose eyes; `None` for the whole community.
    pub from: Option<Person>,
    /// Where standing springs from.
    pub restart: String,
    /// Highest first.
    pub people: Vec<RankedPerson>,
    /// What standings are too low by in sum, because not all was spread; 0 for the whole community.
    pub missing: f64,
}

/// A person and their standing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankedPerson {
    /// Who.
    pub user: Person,
    /// In [0, 1]; in a person's own eyes, what reaches along edges that they may know.
    pub standing: f64,
}

/// What weight a person would give another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrustPredictionAnswer {
    /// Who would trust.
    pub from: Person,
    /// Whom.
    pub to: Person,
    /// The predicted weight, in (0, 1]; `None` where the community has no trust edge to learn from. In steps of the
    /// policy's `coarse_step` unless the operator asks.
    pub weight: Option<f64>,
    /// The weight of the edge that there is; the prediction does not use it.
    pub given: Option<f64>,
    /// How it was predicted.
    pub method: String,
}

/// A genre a person is at home in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GenreAnswer {
    /// Its name.
    pub genre: String,
    /// In [0, 1].
    pub confidence: f64,
    /// Hours listened.
    pub hours: f64,
}

/// An artist a person plays.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArtistAnswer {
    /// Its name.
    pub artist: String,
    /// How often.
    pub plays: u64,
}

/// A person's taste.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TasteAnswer {
    /// Whose.
    pub user: Person,
    /// Strongest first.
    pub genres: Vec<GenreAnswer>,
    /// Most played first; only where the history is visible.
    pub artists: Vec<ArtistAnswer>,
    /// Hours listened.
    pub hours: f64,
    /// Plays in all; only where the history is visible.
    pub plays: Option<u64>,
    /// What others would be compared with it by: the best that is known of it.
    pub basis: Basis,
    /// Which model made the vector.
    pub model: String,
}
