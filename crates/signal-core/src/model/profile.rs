//! A person's taste as numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Millionths, Timestamp, UserId};

/// Length of every taste vector.
pub const VECTOR_DIMENSIONS: usize = 384;

/// Which model made a vector. Vectors of two models are never compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelId(String);

impl ModelId {
    /// Names a model, such as `hashed-1`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person knows of one genre.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GenreExpertise {
    /// How sure we are that this is a genre of theirs, in [0, 1].
    pub confidence: Millionths,
    /// Hours listened to it, estimated from plays where lengths are unknown.
    pub hours: f64,
}

/// A user's taste: vector, genres, hours, and the model that made the vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TasteProfile {
    /// Whose taste.
    pub user: UserId,
    /// Which model made `vector`.
    pub model: ModelId,
    /// Whether the model was fitted to data; an untrained vector is never used for a match.
    pub trained: bool,
    /// 384 numbers of length 1, or all zero where nothing is known.
    pub vector: Vec<f32>,
    /// Expertise by normalised genre name.
    pub genres: BTreeMap<String, GenreExpertise>,
    /// Hours listened in all.
    pub hours: f64,
    /// Plays in all.
    pub plays: u64,
    /// When the profile was made.
    pub built_at: Timestamp,
}
