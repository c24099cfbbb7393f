//! What people hear, in memory.

use std::collections::BTreeMap;

use crate::compatibility::Basis;
use crate::model::{TasteProfile, UserId};
use crate::taste::{self, PlayMatrix};

/// Plays and profiles of everybody.
#[derive(Debug, Clone, Default)]
pub struct Ears {
    /// Which build of the profiles this is.
    pub version: Vec<u8>,
    /// Who plays whom.
    pub matrix: PlayMatrix,
    /// Profiles by person.
    pub profiles: BTreeMap<UserId, TasteProfile>,
}

impl Ears {
    /// How alike two people's tastes are, and what that was computed from: trained vectors of one model where there
    /// are any, else shared artists, else shared genres.
    pub fn similarity(&self, a: UserId, b: UserId) -> Option<(f64, Basis)> {
        let profiles = self.profiles.get(&a).zip(self.profiles.get(&b));
        let trained = profiles.filter(|(a, b)| a.trained && b.trained);
        let vectors = trained.and_then(|(a, b)| taste::cosine(a, b)).map(|s| (s, Basis::Vectors));
        let artists = || taste::similarity(&self.matrix, a, b).map(|s| (s, Basis::Artists));
        vectors.or_else(artists).or_else(|| self.genre_overlap(a, b).map(|s| (s, Basis::Genres)))
    }

    /// Σ min / Σ max of genre confidences.
    pub fn genre_overlap(&self, a: UserId, b: UserId) -> Option<f64> {
        taste::overlap(&self.profiles.get(&a)?.genres, &self.profiles.get(&b)?.genres)
    }
}
