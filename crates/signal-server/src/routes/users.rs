//! People.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use signal_core::model::{UserId, Viewer};

use super::{named_user, page_size};
use crate::extract::{Asked, Asker, Body, Named};
use crate::openapi::Problems;
use crate::wire::{Answer, NewUser, Page, User, Users};
use crate::{AppState, Kind, Problem};

/// List users
///
/// In the order of their ids.
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "users",
    params(Page),
    responses((status = 200, body = Answer<Users>, description = "A page of users"), Problems),
    security((), ("signal_as" = []))
)]
pub(super) async fn list_users(
    State(state): State<AppState>,
    asker: Asker,
    Asked(page): Asked<Page>,
) -> Result<Json<Answer<Users>>, Problem> {
    let limit = page_size(page.limit)?;
    let invalid = || Problem::new(Kind::Invalid, "cursor: not a place in this list");
    let after = page.cursor.map(|cursor| cursor.parse::<UserId>().map_err(|_| invalid())).transpose()?;
    let found = state.engine().users(asker.viewer(), after, limit).await?;
    let next = found.last().filter(|_| found.len() == limit).map(|last| last.user.id.to_string());
    Ok(Answer::json(Users { items: found.into_iter().map(User::from).collect(), next }))
}

/// Register a user
#[utoipa::path(
    post,
    path = "/v1/users",
    tag = "users",
    request_body = NewUser,
    responses(
        (
            status = 201,
            body = Answer<User>,
            description = "Registered",
            headers(("Location" = String, description = "Where the user is shown"))
        ),
        Problems
    )
)]
pub(super) async fn register_user(
    State(state): State<AppState>,
    Body(new): Body<NewUser>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Answer<User>>), Problem> {
    let user = state.engine().register(&new.handle).await?;
    let registered = state.engine().user(Viewer::User(user), user).await?;
    let location = [(header::LOCATION, format!("/v1/users/{user}"))];
    Ok((StatusCode::CREATED, location, Answer::json(registered.into())))
}

/// Show a user
#[utoipa::path(
    get,
    path = "/v1/users/{user}",
    tag = "users",
    params(("user" = String, Path, description = "Handle, claim, UUID or `me`", example = "ana")),
    responses((status = 200, body = Answer<User>, description = "As far as the user who asks may know"), Problems),
    security((), ("signal_as" = []))
)]
pub(super) async fn show_user(
    State(state): State<AppState>,
    asker: Asker,
    Named(name): Named,
) -> Result<Json<Answer<User>>, Problem> {
    let user = named_user(&state, &name, asker.viewer()).await?;
    let shown = state.engine().user(asker.viewer(), user).await?;
    Ok(Answer::json(shown.into()))
}
