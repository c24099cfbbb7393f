//! What is between the user who asks and others.

use axum::Json;
use axum::extract::State;
use signal_core::model::Viewer;

use super::{named_user, page_size};
use crate::extract::{Asked, Body, Me, Named};
use crate::openapi::Problems;
use crate::wire::{Answer, Compatibility, Feed, NewlySeen, Page, SeenDrops};
use crate::{AppState, Kind, PAGE_MAX, Problem};

/// How well do another's ears serve me?
///
/// The answer is about one direction: the other may differ.
#[utoipa::path(
    get,
    path = "/v1/me/compatibility/{user}",
    tag = "me",
    params(("user" = String, Path, description = "Handle, claim, UUID or `me`", example = "ben")),
    responses(
        (status = 200, body = Answer<Compatibility>, description = "With parts and reasons as far as privacy allows"),
        Problems
    ),
    security(("signal_as" = []))
)]
pub(super) async fn compatibility(
    State(state): State<AppState>,
    Me(me): Me,
    Named(name): Named,
) -> Result<Json<Answer<Compatibility>>, Problem> {
    let other = named_user(&state, &name, Viewer::User(me)).await?;
    let found = state.engine().compatibility(Viewer::User(me), me, other).await?;
    Ok(Answer::json(found.into()))
}

/// Read my feed
///
/// Reading changes nothing; what was shown is reported to `/v1/me/seen`.
#[utoipa::path(
    get,
    path = "/v1/me/feed",
    tag = "me",
    params(Page),
    responses((status = 200, body = Answer<Feed>, description = "A page, best first"), Problems),
    security(("signal_as" = []))
)]
pub(super) async fn feed(
    State(state): State<AppState>,
    Me(me): Me,
    Asked(page): Asked<Page>,
) -> Result<Json<Answer<Feed>>, Problem> {
    let size = page_size(page.limit)?;
    let found = state.engine().feed(me, page.cursor.as_deref(), Some(size)).await?;
    Ok(Answer::json(found.into()))
}

/// Report drops that were shown to me
///
/// Reporting a drop again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/me/seen",
    tag = "me",
    request_body = SeenDrops,
    responses((status = 200, body = Answer<NewlySeen>, description = "Noted"), Problems),
    security(("signal_as" = []))
)]
pub(super) async fn mark_seen(
    State(state): State<AppState>,
    Me(me): Me,
    Body(seen): Body<SeenDrops>,
) -> Result<Json<Answer<NewlySeen>>, Problem> {
    if seen.drops.len() > PAGE_MAX {
        return Err(Problem::new(Kind::Invalid, format!("drops: {PAGE_MAX} is the limit")));
    }
    let new = state.engine().seen(me, &seen.drops).await?;
    Ok(Answer::json(NewlySeen { new }))
}
