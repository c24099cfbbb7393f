//! The public record behind every reputation.

use axum::Json;
use axum::extract::State;

use crate::openapi::Problems;
use crate::wire::{Answer, Checkpoint};
use crate::{AppState, Problem};

/// Show the newest checkpoint
///
/// Whoever keeps one can later prove that nothing before it was changed.
#[utoipa::path(
    get,
    path = "/v1/ledger/checkpoint",
    tag = "ledger",
    responses((status = 200, body = Answer<Checkpoint>, description = "Entries and the root over them"), Problems)
)]
pub(super) async fn checkpoint(State(state): State<AppState>) -> Result<Json<Answer<Checkpoint>>, Problem> {
    Ok(Answer::json(state.engine().checkpoint().await?.into()))
}
