//! What a request carries, read once and in one way, with every mistake answered as a problem.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use signal_core::engine::EngineError;
use signal_core::model::{UserId, Viewer};

use crate::{AppState, BODY_BYTES_MAX, Kind, Problem};

/// The header that names the user who asks, until users can prove it.
pub(crate) const SIGNAL_AS: &str = "signal-as";

/// The longest excerpt of what a client sent that an answer repeats, in characters.
const EXCERPT_MAX: usize = 300;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Kind::UnsupportedMediaType, "send Content-Type: application/json"));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| unread(&error))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let kind = if error.classify() == Category::Data { Kind::Invalid } else { Kind::BadJson };
            Problem::new(kind, excerpt(&error.to_string()))
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn unread(error: &BytesRejection) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Kind::TooLarge, format!("{BODY_BYTES_MAX} bytes is the limit"))
    } else {
        Problem::new(Kind::BadRequest, "the body ended early")
    }
}

/// The query string.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Query(asked) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::new(Kind::BadRequest, excerpt(&error.body_text())))?;
        Ok(Self(asked))
    }
}

/// The variable part of the path.
pub(crate) struct Named(pub(crate) String);

impl FromRequestParts<AppState> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Path(name) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::new(Kind::BadRequest, excerpt(&error.body_text())))?;
        Ok(Self(name))
    }
}

/// Whoever asks must be a user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Me(pub(crate) UserId);

impl FromRequestParts<AppState> for Me {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let missing = || Problem::new(Kind::ViewerMissing, "name yourself in the header Signal-As");
        who(&parts.headers, state).await?.map(Self).ok_or_else(missing)
    }
}

/// Whoever asks may be a user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker(pub(crate) Option<UserId>);

impl Asker {
    pub(crate) fn viewer(self) -> Viewer {
        self.0.map_or(Viewer::Public, Viewer::User)
    }
}

impl FromRequestParts<AppState> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        who(&parts.headers, state).await.map(Self)
    }
}

/// The user in the header; `None` without the header.
async fn who(headers: &HeaderMap, state: &AppState) -> Result<Option<UserId>, Problem> {
    let mut values = headers.get_all(SIGNAL_AS).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Problem::new(Kind::BadRequest, "the header Signal-As is there more than once"));
    }
    let name = std::str::from_utf8(value.as_bytes())
        .map_err(|_| Problem::new(Kind::BadRequest, "the header Signal-As is not UTF-8"))?;
    match state.engine().find_user(Viewer::Operator, name).await {
        Ok(user) => Ok(Some(user)),
        Err(EngineError::Refused(_) | EngineError::Invalid { .. }) => {
            Err(Problem::new(Kind::ViewerUnknown, "the header Signal-As names no user of this server"))
        }
        Err(failed) => Err(failed.into()),
    }
}

/// The start of a message that may repeat what a client sent.
fn excerpt(message: &str) -> String {
    message.chars().take(EXCERPT_MAX).collect()
}
