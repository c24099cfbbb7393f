//! What people hear, in memory.

use crate::compatibility::{Basis, Ear, Evidence};
use crate::model::UserId;
use crate::policy::GenreOverlap;
use crate::taste::{PlayMatrix, ProfileRow, Profiles};

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
    /// What is known of one person. Takes O(log people).
    pub fn of(&self, user: UserId) -> Ear<'_> {
        Ear { profile: self.profiles.row(user), plays: self.matrix.row(user) }
    }

    /// As much of a person as a comparison with `ours` looks at: plays only where vectors do not decide.
    pub fn beside<'a>(&'a self, ours: &Ear<'_>, user: UserId, profile: Option<ProfileRow<'a>>) -> Ear<'a> {
        let decided = ours.profile.zip(profile).is_some_and(|(a, b)| a.compares(&b));
        Ear { profile, plays: if decided { &[] } else { self.matrix.row(user) } }
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
