//! Everybody's profile at once.

use rayon::prelude::*;

use super::factors::FactorsError;
use super::genre_masses::ArtistGenres;
use super::model::TasteModel;
use super::plays::PlayMatrix;
use super::vector;
use crate::model::{TasteProfile, Timestamp, UserId};

/// Profiles of everybody who plays anything, by id, and the model that made them: one that is fitted to them where at
/// least `trained_from` people play, none where fewer do; then the vectors are not trained.
///
/// Runs on the current rayon pool, with the same bits on any number of threads.
pub fn profiles(
    matrix: &PlayMatrix,
    artist_genres: &ArtistGenres,
    trained_from: usize,
    seed: u64,
    now: Timestamp,
) -> Result<(Option<TasteModel>, Vec<TasteProfile>), FactorsError> {
    let people: Vec<UserId> = matrix.people().collect();
    let enough = !people.is_empty() && people.len() >= trained_from;
    let model = enough.then(|| TasteModel::fit(matrix, artist_genres, seed)).transpose()?;
    let of = |user| match &model {
        Some(model) => model.profile_of(user, matrix, artist_genres, None, now),
        None => vector::profile(user, matrix, artist_genres, None, now),
    };
    let profiles = people.into_par_iter().map(of).collect();
    Ok((model, profiles))
}
