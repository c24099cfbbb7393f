//! What people hear, in memory.

use std::collections::BTreeMap;

use crate::compatibility::{Basis, Ear, Evidence};
use crate::model::{TasteProfile, UserId};
use crate::policy::GenreOverlap;
use crate::taste::PlayMatrix;

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
    /// What is known of one person.
    pub fn of(&self, user: UserId) -> Ear<'_> {
        Ear { profile: self.profiles.get(&user), plays: self.matrix.row(user) }
    }

    /// How alike two people's tastes are, and what that was computed from: see [`Ear::taste`].
    pub fn similarity(&self, a: UserId, b: UserId) -> Option<(f64, Basis)> {
        self.of(a).taste(&self.of(b))
    }

    /// All evidence on two people, with the strength of the trust path between them.
    pub fn evidence(&self, a: UserId, b: UserId, trust_path: Option<f64>, measure: GenreOverlap) -> Evidence {
        self.of(a).evidence(&self.of(b), trust_path, measure)
    }
}
