//! The public record behind every reputation.

use axum::Json;
use axum::extract::State;

use crate::openapi::Problems;
use crate::wire::{Answer, Checkpoint};
use crate::{AppState, Problem};

/// Show the newest checkpoint
///
/// Whoever keeps one can later prove that nothing before it was changed. Where the server has a key, `note` is the
/// checkpoint as c2sp.org/tlog-checkpoint has it, signed.
#[utoipa::path(
    get,
    path = "/v1/ledger/checkpoint",
    tag = "ledger",
    responses((status = 200, body = Answer<Checkpoint>, description = "Entries and the root over them"), Problems)
)]
pub(super) async fn checkpoint(State(state): State<AppState>) -> Result<Json<Answer<Checkpoint>>, Problem> {
    let (newest, now) = (state.engine().checkpoint().await?, state.engine().now());
    Ok(Answer::json(Checkpoint::new(newest, state.ledger_key(), now)))
}
