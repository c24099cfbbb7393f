//! A person's taste as 384 numbers of a model that was fitted to what a community plays.
//!
//! ```text
//! vector = unit( [ unit(spectrum) | unit(factors) | unit(genres) ] )        64 + 128 + 192 numbers
//! spectrum   Σ over artists i  ln(1 + plays_i) · idf_i · v_i      v_i: row i of the 64 leading right singular
//!            vectors of the community's tf-idf rows ([`PlayMatrix`])
//! factors    the person's factors beside the community's artists ([`FactorModel`], 128 of them, each played
//!            artist once)
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
use super::genre_profile::{MINUTES_PER_PLAY, expertise};
use super::plays::PlayMatrix;
use super::preference::preference_of_count;
use crate::model::{ArtistId, GenreExpertise, ModelId, TasteProfile, Timestamp, UserId, VECTOR_DIMENSIONS};
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
    /// use signal_core::taste::{ArtistGenres, PlayMatrix, TasteModel, cosine};
    ///
    /// let user = |n| UserId::new(Timestamp::from_seconds(n), [0; 10]);
    /// let artist = |n| ArtistId::new(Timestamp::from_seconds(n), [1; 10]);
    /// // Two scenes of ten people each, who play eight of their scene's ten artists.
    /// let plays = (0..20).flat_map(|u| {
    ///     (0..10).filter(move |i| (u + i) % 5 != 0).map(move |i| (user(u), artist(u / 10 * 10 + i), 20))
    /// });
    /// let (matrix, genres) = (PlayMatrix::build(plays), ArtistGenres::new());
    /// let model = TasteModel::fit(&matrix, &genres, 1)?;
    /// let [ann, ben, cleo] = [0, 1, 10].map(|u| model.profile_of(user(u), &matrix, &genres, None, Timestamp::MAX));
    /// assert!(cosine(&ann, &ben) > cosine(&ann, &cleo));
    /// # Ok::<(), signal_core::taste::factors::FactorsError>(())
    /// ```
    pub fn fit(matrix: &PlayMatrix, artist_genres: &ArtistGenres, seed: u64) -> Result<Self, FactorsError> {
        let selection = Selection::of(matrix, MODEL_ARTISTS_MAX);
        let liked = selection.interactions(matrix, |_| 1.0)?;
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
        let heard: Vec<_> =
            people.into_par_iter().map(|user| roots(&played(user, matrix), artist_genres)).collect();
        let genres = GenreScale::fit(&heard, GENRES);
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

    /// A person's vector from their whole history: plays by artist in any order, and the genres of artists. Length 1,
    /// or all zero where the model knows none of the artists and no genre.
    ///
    /// Artists whom the model does not know count for their genres alone; counts of one artist add up. Costs
    /// O(artists played · (192 + 128 · steps) + genres), a tenth of a millisecond for 50 artists.
    pub fn fold_in(&self, plays: &[(ArtistId, u64)], artist_genres: &ArtistGenres) -> Vec<f32> {
        let known = self.known(plays);
        let mut spectrum = [0.0; SPECTRUM];
        for (place, plays) in &known {
            let start = *place as usize * SPECTRUM;
            let row = self.spectrum.get(start..start + SPECTRUM).unwrap_or(&[]);
            let tf = libm::log1p(*plays as f64);
            spectrum.iter_mut().zip(row).for_each(|(sum, number)| *sum += tf * f64::from(*number));
        }
        let ids: Vec<u32> = known.keys().copied().collect();
        let factors = if ids.is_empty() {
            vec![0.0; FACTORS]
        } else {
            self.factors.fold_in(Cells::new(&ids, &vec![1.0; ids.len()]))
        };
        let genres = self.genres.standardised(&roots(plays, artist_genres));
        let blocks = unit(spectrum.into_iter())
            .chain(unit(factors.into_iter().map(f64::from)))
            .chain(unit(genres.into_iter().chain(std::iter::repeat(0.0)).take(GENRES)));
        let blocks: Vec<f64> = blocks.collect();
        #[expect(clippy::cast_possible_truncation, reason = "a stored vector keeps seven digits")]
        let vector = unit(blocks.into_iter()).map(|number| number as f32).collect();
        vector
    }

    /// A person's trained profile from their plays by artist.
    ///
    /// `hours` are hours listened where they are known; without them each play counts [`MINUTES_PER_PLAY`].
    pub fn profile(
        &self,
        user: UserId,
        plays: &[(ArtistId, u64)],
        artist_genres: &ArtistGenres,
        hours: Option<f64>,
        now: Timestamp,
    ) -> TasteProfile {
        let genres: BTreeMap<String, GenreExpertise> = expertise(plays, artist_genres);
        let count = plays.iter().fold(0u64, |sum, (_, plays)| sum.saturating_add(*plays));
        TasteProfile {
            user,
            model: self.id.clone(),
            trained: true,
            vector: self.fold_in(plays, artist_genres),
            genres,
            hours: hours.unwrap_or(count as f64 * MINUTES_PER_PLAY / 60.0),
            plays: count,
            built_at: now,
        }
    }

    /// [`Self::profile`] of a person of a matrix.
    pub fn profile_of(
        &self,
        user: UserId,
        matrix: &PlayMatrix,
        artist_genres: &ArtistGenres,
        hours: Option<f64>,
        now: Timestamp,
    ) -> TasteProfile {
        self.profile(user, &played(user, matrix), artist_genres, hours, now)
    }

    /// Plays by place in the model, ascending; artists it does not know are left out.
    fn known(&self, plays: &[(ArtistId, u64)]) -> BTreeMap<u32, u64> {
        let mut known: BTreeMap<u32, u64> = BTreeMap::new();
        for (artist, plays) in plays.iter().filter(|(_, plays)| *plays > 0) {
            let place = self.artists.binary_search(artist).ok().and_then(|place| u32::try_from(place).ok());
            if let Some(place) = place {
                let sum = known.entry(place).or_default();
                *sum = sum.saturating_add(*plays);
            }
        }
        known
    }
}

/// The square roots of a person's genre shares.
fn roots(plays: &[(ArtistId, u64)], artist_genres: &ArtistGenres) -> genre_scale::Roots {
    let policy = TastePolicy::default();
    genre_scale::roots(with_parents(plays, artist_genres, &policy, |plays| {
        preference_of_count(plays, &policy)
    }))
}

/// What a person of a matrix plays.
fn played(user: UserId, matrix: &PlayMatrix) -> Vec<(ArtistId, u64)> {
    let cells = matrix.row(user).iter();
    cells.filter_map(|cell| Some((matrix.artist(cell.artist)?, cell.plays))).collect()
}

/// The numbers scaled to length 1, or zeros where they have no direction.
fn unit(numbers: impl Iterator<Item = f64> + Clone) -> impl Iterator<Item = f64> {
    let length = numbers.clone().map(|x| x * x).sum::<f64>().sqrt();
    let directed = length.is_finite() && length > 0.0;
    numbers.map(move |x| if directed { x / length } else { 0.0 })
}

#[cfg(test)]
mod tests;
