//! What people hear, in memory.

use super::profiles::Profiles;
use crate::compatibility::Basis;
use crate::model::UserId;
use crate::taste::{self, PlayMatrix};

/// Plays and profiles of everybody.
#[derive(Debug, Clone, Default)]
pub struct Ears {
    /// Which build of the profiles this is.
    pub version: Vec<u8>,
    /// Who plays whom.
    pub matrix: PlayMatrix,
    /// What their profiles say.
    pub profiles: Profiles,
}

impl Ears {
    /// How alike two people's tastes are, and what that was computed from: trained vectors of one model where there
    /// are any, else shared artists, else shared genres.
    pub fn similarity(&self, a: UserId, b: UserId) -> Option<(f64, Basis)> {
        let vectors = self.profiles.cosine(a, b).map(|cosine| (cosine, Basis::Vectors));
        let artists = || taste::similarity(&self.matrix, a, b).map(|s| (s, Basis::Artists));
        vectors.or_else(artists).or_else(|| self.genre_overlap(a, b).map(|s| (s, Basis::Genres)))
    }

    /// Σ min / Σ max of genre confidences.
    pub fn genre_overlap(&self, a: UserId, b: UserId) -> Option<f64> {
        self.profiles.genre_overlap(a, b)
    }
}
