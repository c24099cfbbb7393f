//! A person's taste as 384 numbers of a model that was fitted to what a community plays.
//!
//! ```text
//! vector = unit( [ unit(spectrum) | unit(factors) | unit(genres) ] )        64 + 128 + 192 numbers
//! spectrum   Σ over artists i  preference_i · idf_i · v_i         v_i: row i of the 64 leading right singular
//!            vectors of the community's tf-idf rows ([`PlayMatrix`])
//! factors    the person's factors beside the community's artists ([`FactorModel`], 128 of them, each artist with
//!            weight min(1, effective plays))
//! genres     z_g = (√share_g − mean_g) / deviation_g over the 192 genres that most people play; share: the person's
//!            genre masses scaled to sum 1; mean and deviation of √share over everybody who has genres
//! ```
//!
//! The square root is the embedding of Hellinger's distance, in which spreads of shares are comparable; the two blocks of
//! plays see what is near (the spectrum, which many plays weigh) and what would be liked (the factors, which are drawn
//! to 0). A block of which nothing is known is zero. Trust is no part of it: it is a part of the score of its own.
//!
//! A model holds all that a new person needs: [`TasteModel::fold_in`] gives their vector from their plays and genres
//! without fitting anything. Vectors of two models are never compared; the model's id is a hash of its content.
//! Formulas, golden vectors and figures: `docs/algorithms.md`, "Taste".

mod bytes;
mod distinct;
mod genre_scale;
mod selection;
mod spectrum;

use std::collections::BTreeMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

pub use self::bytes::ModelBytesError;
pub use self::distinct::distinct_overlap;
use self::genre_scale::GenreScale;
use self::selection::Selection;
use super::factors::{Cells, FactorModel, FactorSettings, FactorsError};
use super::genre_masses::{ArtistGenres, with_parents};
use super::genre_profile::expertise;
use super::heard::ArtistHeard;
use super::plays::PlayMatrix;
use crate::model::{ArtistId, ModelId, TasteProfile, Timestamp, UserId, VECTOR_DIMENSIONS};
use crate::policy::TastePolicy;

/// Numbers of the block of singular vectors.
pub const SPECTRUM: usize = 64;
/// Numbers of the block of factors.
pub const FACTORS: usize = 128;
/// Numbers of the block of genres.
pub const GENRES: usize = VECTOR_DIMENSIONS - SPECTRUM - FACTORS;

/// Artists that a model holds, those with the most listeners first: 150 MB of them.
pub const MODEL_ARTISTS_MAX: usize = 200_000;

/// What is fitted to a community's plays, and turns plays into comparable vectors.
///
/// Takes 784 bytes an artist.
#[derive(Debug, Clone)]
pub struct TasteModel {
    id: ModelId,
    /// Sorted; their places are the rows of `spectrum` and `factors`.
    artists: Vec<ArtistId>,
    /// idf · v, [`SPECTRUM`] numbers an artist.
    spectrum: Vec<f32>,
    factors: FactorModel,
    genres: GenreScale,
}

impl TasteModel {
    /// Fits a model to what everybody plays. The same plays, genres and seed give the same bits on any number of threads.
    ///
    /// Runs on the current rayon pool; costs what [`FactorModel::fit`] does for 128 factors, and about as much again.
    ///
    /// ```
    /// use signal_core::model::{ArtistId, Timestamp, UserId};
    /// use signal_core::policy::TastePolicy;
    /// use signal_core::taste::{ArtistGenres, PlayMatrix, TasteModel, cosine};
    ///
    /// let user = |n| UserId::new(Timestamp::from_seconds(n), [0; 10]);
    /// let artist = |n| ArtistId::new(Timestamp::from_seconds(n), [1; 10]);
    /// // Two scenes of ten people each, who play eight of their scene's ten artists.
    /// let plays = (0..20).flat_map(|u| {
    ///     (0..10).filter(move |i| (u + i) % 5 != 0).map(move |i| (user(u), artist(u / 10 * 10 + i), 20))
    /// });
    /// let (matrix, genres, policy) = (PlayMatrix::build(plays), ArtistGenres::new(), TastePolicy::default());
    /// let model = TasteModel::fit(&matrix, &genres, &policy, 1)?;
    /// let of = |u| model.profile(user(u), &matrix.heard(user(u)), &genres, &policy, Timestamp::MAX);
    /// let [ann, ben, cleo] = [0, 1, 10].map(of);
    /// assert!(cosine(&ann, &ben) > cosine(&ann, &cleo));
    /// # Ok::<(), signal_core::taste::factors::FactorsError>(())
    /// ```
    pub fn fit(
        matrix: &PlayMatrix,
        artist_genres: &ArtistGenres,
        policy: &TastePolicy,
        seed: u64,
    ) -> Result<Self, FactorsError> {
        let selection = Selection::of(matrix, MODEL_ARTISTS_MAX);
        let liked = selection.interactions(matrix, |cell| sureness(cell.effective))?;
        let settings = FactorSettings { factors: FACTORS, seed, ..FactorSettings::default() };
        let factors = FactorModel::fit(&liked, &settings)?.without_people();
        drop(liked);
        #[expect(clippy::cast_possible_truncation, reason = "singular vectors are single-precision")]
        let weighted = selection.interactions(matrix, |cell| cell.weight as f32)?;
        let mut spectrum = spectrum::right_singular(&weighted, SPECTRUM, seed)?;
        for (row, idf) in spectrum.chunks_exact_mut(SPECTRUM).zip(selection.idf(matrix)) {
            for number in row.iter_mut() {
                *number *= idf;
            }
        }
        let people: Vec<UserId> = matrix.people().collect();
        let shares: Vec<_> =
            people.into_par_iter().map(|user| roots(&matrix.heard(user), artist_genres, policy)).collect();
        let genres = GenreScale::fit(&shares, GENRES);
        Ok(Self::of_parts(selection.into_artists(), spectrum, factors, genres))
    }

    /// A model from its parts, named by what is in them.
    fn of_parts(
        artists: Vec<ArtistId>,
        spectrum: Vec<f32>,
        factors: FactorModel,
        genres: GenreScale,
    ) -> Self {
        let mut model = Self { id: ModelId::new(""), artists, spectrum, factors, genres };
        let hash = Sha256::digest(model.to_bytes());
        model.id = ModelId::new(format!("composed-1:{}", hex::encode(hash.get(..8).unwrap_or_default())));
        model
    }

    /// The model's name: its kind, and a hash of its content.
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// How many artists it knows.
    pub fn artists(&self) -> usize {
        self.artists.len()
    }

    /// The artist at a place below [`Self::artists`].
    pub fn artist(&self, place: u32) -> Option<ArtistId> {
        self.artists.get(place as usize).copied()
    }

    /// The factors of its artists, by place, without people.
    pub fn factors(&self) -> &FactorModel {
        &self.factors
    }

    /// A person's vector from their whole history: what they heard by artist in any order, and the genres of artists.
    /// Length 1, or all zero where the model knows none of the artists and no genre. The policy is that of the fit.
    ///
    /// Artists whom the model does not know count for their genres alone; what is said of one artist adds up. Costs
    /// O(artists played · (192 + 128 · steps) + genres), a tenth of a millisecond for 50 artists.
    pub fn fold_in(
        &self,
        heard: &[ArtistHeard],
        artist_genres: &ArtistGenres,
        policy: &TastePolicy,
    ) -> Vec<f32> {
        let known = self.known(heard);
        let mut spectrum = [0.0; SPECTRUM];
        for (place, effective) in &known {
            let start = *place as usize * SPECTRUM;
            let row = self.spectrum.get(start..start + SPECTRUM).unwrap_or(&[]);
            let tf = libm::log1p(f64::from(*effective));
            spectrum.iter_mut().zip(row).for_each(|(sum, number)| *sum += tf * f64::from(*number));
        }
        let ids: Vec<u32> = known.keys().copied().collect();
        let factors = if ids.is_empty() {
            vec![0.0; FACTORS]
        } else {
            let weights: Vec<f32> = known.values().map(|effective| sureness(*effective)).collect();
            self.factors.fold_in(Cells::new(&ids, &weights))
        };
        let genres = self.genres.standardised(&roots(heard, artist_genres, policy));
        let blocks = unit(spectrum.into_iter())
            .chain(unit(factors.into_iter().map(f64::from)))
            .chain(unit(genres.into_iter().chain(std::iter::repeat(0.0)).take(GENRES)));
        let blocks: Vec<f64> = blocks.collect();
        #[expect(clippy::cast_possible_truncation, reason = "a stored vector keeps seven digits")]
        let vector = unit(blocks.into_iter()).map(|number| number as f32).collect();
        vector
    }

    /// A person's trained profile from what they heard by artist; the policy is that of the fit.
    pub fn profile(
        &self,
        user: UserId,
        heard: &[ArtistHeard],
        artist_genres: &ArtistGenres,
        policy: &TastePolicy,
        now: Timestamp,
    ) -> TasteProfile {
        TasteProfile {
            user,
            model: self.id.clone(),
            trained: true,
            vector: self.fold_in(heard, artist_genres, policy),
            genres: expertise(heard, artist_genres, policy),
            hours: ArtistHeard::hours(heard),
            plays: ArtistHeard::plays(heard),
            built_at: now,
        }
    }

    /// Effective plays by place in the model, ascending; artists it does not know are left out.
    fn known(&self, heard: &[ArtistHeard]) -> BTreeMap<u32, f32> {
        let mut known: BTreeMap<u32, f32> = BTreeMap::new();
        for one in heard.iter().filter(|one| one.plays > 0) {
            let place = self.artists.binary_search(&one.artist).ok();
            if let Some(place) = place.and_then(|place| u32::try_from(place).ok()) {
                #[expect(clippy::cast_possible_truncation, reason = "as in the matrix of the fit")]
                let effective = one.effective as f32;
                *known.entry(place).or_default() += effective;
            }
        }
        known
    }
}

/// How surely somebody likes an artist, beside 1 for one whom they played in full: a skip or an old play says less.
fn sureness(effective: f32) -> f32 {
    effective.min(1.0)
}

/// The square roots of a person's genre shares.
fn roots(heard: &[ArtistHeard], artist_genres: &ArtistGenres, policy: &TastePolicy) -> genre_scale::Roots {
    genre_scale::roots(with_parents(heard, artist_genres, policy, ArtistHeard::preference))
}

/// The numbers scaled to length 1, or zeros where they have no direction.
fn unit(numbers: impl Iterator<Item = f64> + Clone) -> impl Iterator<Item = f64> {
    let length = numbers.clone().map(|x| x * x).sum::<f64>().sqrt();
    let directed = length.is_finite() && length > 0.0;
    numbers.map(move |x| if directed { x / length } else { 0.0 })
}

#[cfg(test)]
mod tests;
