//! What people hear, in memory.

use super::profiles::{ProfileRow, Profiles};
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

/// One person's ears, found once for many comparisons.
#[derive(Debug, Clone, Copy)]
pub struct Listener<'a> {
    ears: &'a Ears,
    user: UserId,
    profile: Option<ProfileRow<'a>>,
}

impl Ears {
    /// A person's ears. Takes O(log people).
    pub fn of(&self, user: UserId) -> Listener<'_> {
        self.with(user, self.profiles.row(user))
    }

    /// A person's ears, whose profile is at hand.
    pub fn with<'a>(&'a self, user: UserId, profile: Option<ProfileRow<'a>>) -> Listener<'a> {
        Listener { ears: self, user, profile }
    }

    /// How alike two people's tastes are, and what that was computed from.
    pub fn similarity(&self, a: UserId, b: UserId) -> Option<(f64, Basis)> {
        self.of(a).similarity(&self.of(b))
    }
}

impl Listener<'_> {
    /// How alike two people's tastes are, and what that was computed from: trained vectors of one model where there
    /// are any, else shared artists, else shared genres.
    pub fn similarity(&self, other: &Listener<'_>) -> Option<(f64, Basis)> {
        let profiles = self.profile.as_ref().zip(other.profile.as_ref());
        let vectors = profiles.and_then(|(a, b)| a.cosine(b)).map(|cosine| (cosine, Basis::Vectors));
        let artists =
            || taste::similarity(&self.ears.matrix, self.user, other.user).map(|near| (near, Basis::Artists));
        vectors.or_else(artists).or_else(|| self.genre_overlap(other).map(|near| (near, Basis::Genres)))
    }

    /// Σ min / Σ max of genre confidences.
    pub fn genre_overlap(&self, other: &Listener<'_>) -> Option<f64> {
        self.profile.as_ref()?.genre_overlap(other.profile.as_ref()?)
    }
}
