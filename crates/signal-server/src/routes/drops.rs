//! Drops. A client that repeats a request whose answer it lost gets that answer.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use signal_core::decide::Refusal;
use signal_core::engine::{DropAnswer, EngineError};
use signal_core::model::{DropId, Points, Stars, Text, TrackRef, UserId, Viewer};

use crate::extract::{Asker, Body, Me, Named};
use crate::openapi::Problems;
use crate::wire::{Answer, Drop, NewDrop, NewRating};
use crate::{AppState, Kind, Problem};

/// Where a drop is shown, and the drop.
type Made = (StatusCode, [(HeaderName, String); 1], Json<Answer<Drop>>);

/// Make a drop
///
/// Give it an `id` of your own and the request can be repeated safely: the second time answers 200 with the drop that
/// the first one made.
#[utoipa::path(
    post,
    path = "/v1/drops",
    tag = "drops",
    request_body = NewDrop,
    responses(
        (
            status = 201,
            body = Answer<Drop>,
            description = "Made",
            headers(("Location" = String, description = "Where the drop is shown"))
        ),
        (
            status = 200,
            body = Answer<Drop>,
            description = "Made before by the same request",
            headers(("Location" = String, description = "Where the drop is shown"))
        ),
        Problems
    ),
    security(("signal_as" = []))
)]
pub(super) async fn make_drop(
    State(state): State<AppState>,
    Me(me): Me,
    Body(new): Body<NewDrop>,
) -> Result<Made, Problem> {
    let engine = state.engine();
    let track: TrackRef =
        new.track.parse().map_err(|error| Problem::new(Kind::Invalid, format!("track: {error}")))?;
    let staked = new.stake_millipoints.map(Points::from_milli);
    let circle = match &new.circle {
        Some(name) => Some(engine.find_circle(name).await?),
        None => None,
    };
    match engine.make_drop(me, &track, &new.words, staked, circle, new.id).await {
        Ok(drop) => Ok(made(StatusCode::CREATED, shown(&state, me, drop).await?)),
        Err(EngineError::Refused(refusal @ Refusal::Exists { .. })) => {
            let before = made_before(&state, me, &new).await?;
            let track = engine.find_track(&track).await?;
            let same =
                before.filter(|drop| drop.circle == circle && drop.track.as_ref().map(|t| t.id) == track);
            same.map(|drop| made(StatusCode::OK, drop)).ok_or_else(|| Problem::from(&refusal))
        }
        Err(error) => Err(error.into()),
    }
}

/// The drop under the request's own id, where author, words and stake are the same as well.
async fn made_before(state: &AppState, me: UserId, new: &NewDrop) -> Result<Option<DropAnswer>, Problem> {
    let Some(id) = new.id else {
        return Ok(None);
    };
    let drop = match state.engine().drop(Viewer::User(me), id).await {
        Ok(drop) => drop,
        // Somebody else's, where this person may not look.
        Err(EngineError::Refused(Refusal::NotFound { .. })) => return Ok(None),
        Err(failed) => return Err(failed.into()),
    };
    let words = Text::new(&new.words, usize::MAX).ok();
    let same_words = drop.words.as_deref() == words.as_ref().map(Text::as_str);
    let same_stake = new.stake_millipoints.is_none_or(|stake| stake == drop.stake_millipoints.milli());
    Ok(Some(drop).filter(|drop| drop.author.id == me && same_words && same_stake))
}

fn made(status: StatusCode, drop: DropAnswer) -> Made {
    let location = [(header::LOCATION, format!("/v1/drops/{}", drop.id))];
    (status, location, Answer::json(drop.into()))
}

/// Show a drop
#[utoipa::path(
    get,
    path = "/v1/drops/{drop}",
    tag = "drops",
    params(("drop" = String, Path, description = "UUID, or its last eight digits", example = "5f0c9a1e")),
    responses((status = 200, body = Answer<Drop>, description = "As far as the user who asks may know"), Problems),
    security((), ("signal_as" = []))
)]
pub(super) async fn show_drop(
    State(state): State<AppState>,
    asker: Asker,
    Named(name): Named,
) -> Result<Json<Answer<Drop>>, Problem> {
    let drop = state.engine().find_drop(&name).await?;
    let shown = state.engine().drop(asker.viewer(), drop).await?;
    Ok(Answer::json(shown.into()))
}

/// Rate a drop
///
/// A rating is final: the same one again changes nothing, another one is refused.
#[utoipa::path(
    put,
    path = "/v1/drops/{drop}/rating",
    tag = "drops",
    params(("drop" = String, Path, description = "UUID, or its last eight digits", example = "5f0c9a1e")),
    request_body = NewRating,
    responses((status = 200, body = Answer<Drop>, description = "The drop, with the rating as `my_stars`"), Problems),
    security(("signal_as" = []))
)]
pub(super) async fn rate_drop(
    State(state): State<AppState>,
    Me(me): Me,
    Named(name): Named,
    Body(new): Body<NewRating>,
) -> Result<Json<Answer<Drop>>, Problem> {
    let stars: Stars = new
        .stars
        .to_string()
        .parse()
        .map_err(|error| Problem::new(Kind::Invalid, format!("stars: {error}")))?;
    let drop = state.engine().find_drop(&name).await?;
    let rated = state.engine().rate(me, drop, stars).await;
    if let Err(error @ EngineError::Refused(Refusal::Exists { .. } | Refusal::Taken { .. })) = rated {
        let answer = shown(&state, me, drop).await?;
        let same = answer.my_stars == Some(stars);
        return if same { Ok(Answer::json(answer.into())) } else { Err(error.into()) };
    }
    rated?;
    Ok(Answer::json(shown(&state, me, drop).await?.into()))
}

async fn shown(state: &AppState, me: UserId, drop: DropId) -> Result<DropAnswer, Problem> {
    Ok(state.engine().drop(Viewer::User(me), drop).await?)
}
