//! Everybody's profile at once.

use rayon::prelude::*;

use super::factors::FactorsError;
use super::genre_masses::ArtistGenres;
use super::model::TasteModel;
use super::plays::PlayMatrix;
use super::vector;
use crate::model::{TasteProfile, Timestamp, UserId};
use crate::policy::Policy;

/// Profiles of everybody who plays anything, by id, and the model that made them: one that is fitted to them where at
/// least `trained_from` people of the policy play, none where fewer do; then the vectors are not trained.
///
/// Runs on the current rayon pool, with the same bits on any number of threads.
pub fn profiles(
    matrix: &PlayMatrix,
    artist_genres: &ArtistGenres,
    policy: &Policy,
    seed: u64,
    now: Timestamp,
) -> Result<(Option<TasteModel>, Vec<TasteProfile>), FactorsError> {
    let people: Vec<UserId> = matrix.people().collect();
    let enough = !people.is_empty() && people.len() >= policy.compatibility.trained_from;
    let model = enough.then(|| TasteModel::fit(matrix, artist_genres, &policy.taste, seed)).transpose()?;
    let of = |user| match &model {
        Some(model) => model.profile(user, &matrix.heard(user), artist_genres, &policy.taste, now),
        None => vector::profile(user, matrix, artist_genres, &policy.taste, now),
    };
    let profiles = people.into_par_iter().map(of).collect();
    Ok((model, profiles))
}
