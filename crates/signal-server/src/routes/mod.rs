//! The routes. Each file has those of one tag, and the router puts them together.

mod drops;
mod ledger;
mod me;
mod server;
mod users;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router, middleware};
use signal_core::model::{UserId, Viewer};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::openapi::Description;
use crate::{AppState, BODY_BYTES_MAX, Kind, PAGE_DEFAULT, PAGE_MAX, Problem, guard};

/// Every route that is described in `/openapi.json`.
pub(crate) fn documented() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(server::health))
        .routes(routes!(server::ready))
        .routes(routes!(server::explain_problem))
        .routes(routes!(users::list_users, users::register_user))
        .routes(routes!(users::show_user))
        .routes(routes!(me::compatibility))
        .routes(routes!(me::feed))
        .routes(routes!(me::mark_seen))
        .routes(routes!(me::recommendations))
        .routes(routes!(me::neighbours))
        .routes(routes!(drops::make_drop))
        .routes(routes!(drops::show_drop))
        .routes(routes!(drops::rate_drop))
        .routes(routes!(ledger::checkpoint))
}

/// The whole server: every route, the documentation at `/docs`, and a problem for everything else.
pub fn router(state: AppState) -> Router {
    let (described, spec) = documented().split_for_parts();
    let spec = Arc::new(spec);
    let timeout = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, state.timeout());
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    described
        .route("/openapi.json", get(move || async move { Json(Arc::clone(&spec)) }))
        .merge(SwaggerUi::new("/docs").config(Config::from("/openapi.json")))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(timeout)
        .layer(middleware::from_fn(guard::only_this_machine))
        .layer(middleware::map_response(guard::as_problem))
        .layer(trace)
        .with_state(state)
}

/// The route as written, never the path as asked: paths name people, and logs are read by others.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route)
}

/// How long a page is.
fn page_size(limit: Option<usize>) -> Result<usize, Problem> {
    match limit {
        None => Ok(PAGE_DEFAULT),
        Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(limit) => {
            Err(Problem::new(Kind::Invalid, format!("limit: {limit} is not a number from 1 to {PAGE_MAX}")))
        }
    }
}

/// The user that a path names, as the user who asks would say it.
async fn named_user(state: &AppState, name: &str, viewer: Viewer) -> Result<UserId, Problem> {
    Ok(state.engine().find_user(viewer, name).await?)
}
