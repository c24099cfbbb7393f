//! What is between the user who asks and others.

use axum::Json;
use axum::extract::State;
use signal_core::model::Viewer;

use super::{named_user, page_size};
use crate::extract::{Asked, Body, Me, Named};
use crate::openapi::Problems;
use crate::wire::{
    Answer, Compatibility, Feed, NewlySeen, Page, Recommendations, SeenDrops, TasteNeighbours, Top,
};
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

/// What artists may I like next?
///
/// Each has at least one reason. The first question after plays came in takes longer: it learns from them.
#[utoipa::path(
    get,
    path = "/v1/me/recommendations",
    tag = "me",
    params(Top),
    responses((status = 200, body = Answer<Recommendations>, description = "Best first"), Problems),
    security(("signal_as" = []))
)]
pub(super) async fn recommendations(
    State(state): State<AppState>,
    Me(me): Me,
    Asked(top): Asked<Top>,
) -> Result<Json<Answer<Recommendations>>, Problem> {
    let most = page_size(top.limit)?;
    let found = state.engine().recommend(Viewer::User(me), me, most).await?;
    Ok(Answer::json(found.into()))
}

/// Whose taste is nearest to mine?
///
/// Only people who show me their taste are named.
#[utoipa::path(
    get,
    path = "/v1/me/neighbours",
    tag = "me",
    params(Top),
    responses((status = 200, body = Answer<TasteNeighbours>, description = "Nearest first"), Problems),
    security(("signal_as" = []))
)]
pub(super) async fn neighbours(
    State(state): State<AppState>,
    Me(me): Me,
    Asked(top): Asked<Top>,
) -> Result<Json<Answer<TasteNeighbours>>, Problem> {
    let most = page_size(top.limit)?;
    let found = state.engine().taste_neighbours(Viewer::User(me), me, most).await?;
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
