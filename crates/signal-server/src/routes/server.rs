//! The state of the server, and what its problems mean.

use axum::Json;
use axum::extract::State;

use crate::extract::Named;
use crate::openapi::Problems;
use crate::wire::{Answer, Health, ProblemType, Readiness};
use crate::{AppState, Kind, Problem};

/// Is the process alive?
///
/// Asks nothing but the process itself.
#[utoipa::path(get, path = "/healthz", tag = "server", responses((status = 200, body = Answer<Health>, description = "It is")))]
pub(super) async fn health() -> Json<Answer<Health>> {
    Answer::json(Health { status: "ok" })
}

/// Does the server take requests?
///
/// Yes as soon as the store answers and its ledger has been read, no from the order to stop on.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "server",
    responses((status = 200, body = Answer<Readiness>, description = "It does"), Problems)
)]
pub(super) async fn ready(State(state): State<AppState>) -> Result<Json<Answer<Readiness>>, Problem> {
    if state.is_stopping() {
        return Err(Problem::new(Kind::NotReady, "the server is stopping"));
    }
    match state.engine().store().head().await {
        Ok(head) if state.is_starting() => {
            let told =
                format!("{} of {} entries of the ledger are read", state.engine().followed(), head.size);
            Err(Problem::new(Kind::NotReady, told))
        }
        Ok(head) => Ok(Answer::json(Readiness { status: "ready", entries: head.size })),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            Err(Problem::new(Kind::NotReady, "the store does not answer"))
        }
    }
}

/// What does a problem mean?
///
/// Where the `type` of every problem leads.
#[utoipa::path(
    get,
    path = "/problems/{code}",
    tag = "server",
    params(("code" = String, Path, description = "The `code` of a problem", example = "not-found")),
    responses((status = 200, body = Answer<ProblemType>, description = "This"), Problems)
)]
pub(super) async fn explain_problem(Named(code): Named) -> Result<Json<Answer<ProblemType>>, Problem> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.code() == code);
    let kind = kind.ok_or_else(|| Problem::new(Kind::NotFound, "no such problem"))?;
    Ok(Answer::json(kind.into()))
}
