//! Taste vectors for the index of nearest ones.

use signal_core::model::{ModelId, TasteProfile, UserId, VECTOR_DIMENSIONS};
use surrealdb_types::{RecordId, SurrealValue, object};

use super::error::Read;
use super::link::{Asks, Work};
use super::row::{self, delete, list, record_of, uuid_of, write};

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct NearRow {
    id: RecordId,
    distance: f64,
}

fn direction(user: UserId) -> RecordId {
    record_of("direction", user.uuid())
}

/// Whether a vector has a place in the index: one of all zeros has no direction, and untrained ones are never compared.
fn points_somewhere(profile: &TasteProfile) -> bool {
    let vector = &profile.vector;
    profile.trained && vector.len() == VECTOR_DIMENSIONS && vector.iter().any(|number| *number != 0.0)
}

/// Puts the vectors of profiles in place of those that are there.
pub(super) async fn put(work: &Work, profiles: impl Iterator<Item = &TasteProfile>) -> Read<()> {
    const DIRECTIONS: &str = "INSERT INTO direction $rows ON DUPLICATE KEY UPDATE model = $input.model, \
                              numbers = $input.numbers RETURN NONE";
    let (there, gone): (Vec<_>, Vec<_>) = profiles.partition(|profile| points_somewhere(profile));
    delete(work, gone.into_iter().map(|profile| direction(profile.user))).await?;
    let rows = there.into_iter().map(|profile| {
        let numbers = list(profile.vector.iter().map(|number| f64::from(*number)));
        object! { id: direction(profile.user), model: profile.model.as_str(), numbers: numbers }
    });
    write(work, DIRECTIONS, rows.collect()).await
}

/// The people whose vectors of a model point most nearly where a vector does, nearest first, with the cosine.
pub(super) async fn nearest(
    asks: &dyn Asks,
    model: &ModelId,
    vector: &[f32],
    most: u32,
) -> Read<Vec<(UserId, f64)>> {
    // How many are asked for, and how many candidates the index looks at, can only be written out.
    const STEPS: [(u32, &str); 4] = [
        (
            20,
            "SELECT id, vector::distance::knn() AS distance FROM direction \
              WHERE model = $model AND numbers <|20,100|> $vector ORDER BY distance LIMIT $most",
        ),
        (
            100,
            "SELECT id, vector::distance::knn() AS distance FROM direction \
               WHERE model = $model AND numbers <|100,400|> $vector ORDER BY distance LIMIT $most",
        ),
        (
            400,
            "SELECT id, vector::distance::knn() AS distance FROM direction \
               WHERE model = $model AND numbers <|400,1000|> $vector ORDER BY distance LIMIT $most",
        ),
        (
            1_000,
            "SELECT id, vector::distance::knn() AS distance FROM direction \
                 WHERE model = $model AND numbers <|1000,1000|> $vector ORDER BY distance LIMIT $most",
        ),
    ];
    let step = STEPS.iter().find(|(count, _)| most <= *count).unwrap_or(&STEPS[STEPS.len() - 1]);
    let numbers = list(vector.iter().map(|number| f64::from(*number)));
    let with = object! { model: model.as_str(), vector: numbers, most: i64::from(most) };
    let near = |row: NearRow| Ok((UserId::from_uuid(uuid_of(&row.id)?), 1.0 - row.distance));
    row::rows::<NearRow>(asks.ask(step.1, with).await?)?.into_iter().map(near).collect()
}
