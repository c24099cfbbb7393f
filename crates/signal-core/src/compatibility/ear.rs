//! What two people's ears say of each other, trust aside.

use super::parts::{Basis, Evidence};
use crate::policy::GenreOverlap;
use crate::taste::{PlayCell, ProfileRow, row_similarity};

/// What is known of one person's ears.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ear<'a> {
    /// Their profile.
    pub profile: Option<ProfileRow<'a>>,
    /// Their row of the community's plays.
    pub plays: &'a [PlayCell],
}

impl Ear<'_> {
    /// How alike the tastes are, in [−1, 1], and what that was computed from: trained vectors of one model where both
    /// have them, else the artists of one matrix, else genres.
    pub fn taste(&self, other: &Ear<'_>) -> Option<(f64, Basis)> {
        let vectors = || {
            let (a, b) = self.profiles(other)?;
            a.cosine(&b).map(|likeness| (likeness, Basis::Vectors))
        };
        let artists = || row_similarity(self.plays, other.plays).map(|likeness| (likeness, Basis::Artists));
        let genres =
            || self.genre_overlap(other, GenreOverlap::Jaccard).map(|shared| (shared, Basis::Genres));
        vectors().or_else(artists).or_else(genres)
    }

    /// How much the genres overlap, in [0, 1], measured as policy says; where no model knows what people play, the
    /// confidences are measured.
    pub fn genre_overlap(&self, other: &Ear<'_>, measure: GenreOverlap) -> Option<f64> {
        let (a, b) = self.profiles(other)?;
        let distinct = match measure {
            GenreOverlap::Jaccard => None,
            GenreOverlap::Distinct => a.distinct_overlap(&b),
        };
        distinct.or_else(|| a.genre_overlap(&b))
    }

    /// All evidence, with the strength of the trust path where the caller knows it.
    pub fn evidence(&self, other: &Ear<'_>, trust_path: Option<f64>, measure: GenreOverlap) -> Evidence {
        Evidence { trust_path, taste: self.taste(other), genre_overlap: self.genre_overlap(other, measure) }
    }

    fn profiles<'b>(&self, other: &Ear<'b>) -> Option<(ProfileRow<'_>, ProfileRow<'b>)> {
        self.profile.zip(other.profile)
    }
}
