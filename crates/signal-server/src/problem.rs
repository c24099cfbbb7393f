//! Every error as RFC 9457 `application/problem+json`.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use signal_core::decide::Refusal;
use signal_core::engine::EngineError;
use signal_core::model::Timestamp;
use utoipa::ToSchema;

/// One table for the enum, the list of its values and what each says.
macro_rules! kinds {
    ($($kind:ident = $status:ident, $code:literal, $title:literal;)*) => {
        /// What went wrong, as a stable word that programs can compare.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $title] $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$kind),*];

            /// Status, code and title.
            const fn row(self) -> (StatusCode, &'static str, &'static str) {
                match self {
                    $(Self::$kind => (StatusCode::$status, $code, $title),)*
                }
            }
        }
    };
}

kinds! {
    BadRequest = BAD_REQUEST, "bad-request", "The request cannot be read";
    BadJson = BAD_REQUEST, "bad-json", "The body is not JSON";
    ViewerMissing = UNAUTHORIZED, "viewer-missing", "The request names no user";
    ViewerUnknown = UNAUTHORIZED, "viewer-unknown", "The user who asks is not known";
    Unclaimed = FORBIDDEN, "unclaimed", "The account is not claimed yet";
    Frozen = FORBIDDEN, "frozen", "The account is frozen";
    NotMember = FORBIDDEN, "not-member", "Only members of the circle may do this";
    NotInvited = FORBIDDEN, "not-invited", "The circle is by invitation";
    NotAllowed = FORBIDDEN, "not-allowed", "Others may do this";
    NotFound = NOT_FOUND, "not-found", "There is no such thing";
    NoSuchRoute = NOT_FOUND, "no-such-route", "There is nothing at this path";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "This path takes other methods";
    Exists = CONFLICT, "exists", "It exists already";
    Taken = CONFLICT, "taken", "The name is taken";
    WrongMoment = CONFLICT, "wrong-moment", "It does not take this now";
    CircleFull = CONFLICT, "circle-full", "No seat is free in the circle";
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The body is too large";
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body must be JSON";
    WrongHost = MISDIRECTED_REQUEST, "wrong-host", "The request was meant for another";
    Invalid = UNPROCESSABLE_ENTITY, "invalid", "A value cannot be used";
    Oneself = UNPROCESSABLE_ENTITY, "oneself", "Nobody can do this to themselves";
    Stake = UNPROCESSABLE_ENTITY, "stake", "The stake cannot be taken";
    Limit = UNPROCESSABLE_ENTITY, "limit", "A limit is reached";
    TooManyDrops = TOO_MANY_REQUESTS, "too-many-drops", "Too many drops in a day";
    TooManyToday = TOO_MANY_REQUESTS, "too-many-today", "Too much of it in a day";
    Internal = INTERNAL_SERVER_ERROR, "internal", "The server failed";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Not possible at the moment";
    Timeout = SERVICE_UNAVAILABLE, "timeout", "The answer took too long";
    NotReady = SERVICE_UNAVAILABLE, "not-ready", "The server takes no requests";
}

impl Kind {
    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        self.row().0
    }

    /// The stable word.
    pub const fn code(self) -> &'static str {
        self.row().1
    }

    /// The same for people.
    pub const fn title(self) -> &'static str {
        self.row().2
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// What went wrong this time.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    detail: String,
    hint: Option<String>,
    retry_at: Option<Timestamp>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem, with what happened in this case as a lower-case fragment.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let mut problem =
            Self { kind, detail: detail.into(), hint: None, retry_at: None, headers: Vec::new() };
        match kind {
            Kind::ViewerMissing | Kind::ViewerUnknown => {
                problem.headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static("Signal-As")));
            }
            Kind::Unavailable | Kind::Timeout | Kind::NotReady => {
                problem.headers.push((header::RETRY_AFTER, HeaderValue::from_static("1")));
            }
            _ => {}
        }
        problem
    }

    /// Which kind of problem it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    fn retry_after(mut self, until: Timestamp) -> Self {
        let micros = u64::try_from(until.micros()).unwrap_or(0);
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_micros(micros));
        self.headers.extend(HeaderValue::try_from(date).ok().map(|date| (header::RETRY_AFTER, date)));
        self
    }
}

impl From<EngineError> for Problem {
    /// What the asker did wrong is told; why the world failed is logged.
    fn from(error: EngineError) -> Self {
        let hint = error.hint();
        let mut problem = match &error {
            EngineError::Refused(refusal) => Self::from(refusal),
            EngineError::Invalid { .. } => Self::new(Kind::Invalid, error.to_string()),
            EngineError::Verification(check) if !check.is_world() => {
                let mut problem = Self::new(Kind::Invalid, error.to_string());
                problem.retry_at = check.retry_at();
                problem
            }
            _ if error.may_retry() => {
                tracing::warn!(%error, "the request failed for now");
                return Self::new(Kind::Unavailable, "nothing was changed; try again in a moment");
            }
            _ => {
                tracing::error!(%error, "the request failed");
                return Self::new(Kind::Internal, "the reason is in the log of the server");
            }
        };
        problem.hint = hint;
        problem
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let kind = match refusal {
            Refusal::NotFound { .. } => Kind::NotFound,
            Refusal::Unclaimed => Kind::Unclaimed,
            Refusal::Frozen => Kind::Frozen,
            Refusal::Exists { .. } => Kind::Exists,
            Refusal::Taken { .. } => Kind::Taken,
            Refusal::Oneself { .. } => Kind::Oneself,
            Refusal::StakeTooSmall { .. }
            | Refusal::StakeTooLarge { .. }
            | Refusal::NotEnoughPoints { .. } => Kind::Stake,
            Refusal::TooManyDrops { .. } => Kind::TooManyDrops,
            Refusal::TooManyToday { .. } => Kind::TooManyToday,
            Refusal::DropIs { .. }
            | Refusal::NotDue { .. }
            | Refusal::CircleIs { .. }
            | Refusal::NotReversible { .. } => Kind::WrongMoment,
            Refusal::CircleFull { .. } => Kind::CircleFull,
            Refusal::NotMember => Kind::NotMember,
            Refusal::NotInvited => Kind::NotInvited,
            Refusal::NotAllowed { .. } => Kind::NotAllowed,
            Refusal::Limit { .. } => Kind::Limit,
            Refusal::Policy { .. } => Kind::Invalid,
        };
        let mut problem = Self::new(kind, refusal.to_string());
        problem.retry_at = refusal.retry_at();
        match refusal {
            Refusal::TooManyDrops { until, .. }
            | Refusal::TooManyToday { until, .. }
            | Refusal::NotDue { until } => problem.retry_after(*until),
            _ => problem,
        }
    }
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Where this kind of problem is explained, relative to the server.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/problems/not-found")]
    kind: String,
    /// The kind of problem, for people.
    #[schema(example = "There is no such thing")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    status: u16,
    /// What happened in this case; says nothing about the inside of the server.
    #[schema(example = "no such user")]
    detail: String,
    /// The kind of problem, for programs.
    #[schema(example = "not-found")]
    code: &'static str,
    /// What to do about it, where there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// From when on the same request can succeed, where time is all it takes; the hint says what else it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    retry_at: Option<String>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, title) = self.kind.row();
        let body = ProblemBody {
            kind: format!("/problems/{code}"),
            title,
            status: status.as_u16(),
            detail: self.detail,
            code,
            hint: self.hint,
            retry_at: self.retry_at.map(|at| at.to_string()),
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.extend(self.headers.into_iter().map(|(name, value)| (Some(name), value)).collect::<Vec<_>>());
        response
    }
}

/// The media type of every error.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

#[cfg(test)]
mod tests {
    use signal_core::store::StoreError;

    use super::*;

    #[test]
    fn what_the_world_did_wrong_is_not_told() {
        for (retry, kind) in [(false, Kind::Internal), (true, Kind::Unavailable)] {
            let (doing, reason) = ("read /srv/secret".to_owned(), "password rejected".to_owned());
            let problem = Problem::from(EngineError::Store(StoreError::Failed { doing, reason, retry }));
            assert_eq!(problem.kind(), kind);
            let told = format!("{problem:?}");
            assert!(!told.contains("secret") && !told.contains("password"), "{told}");
            assert_eq!(problem.into_response().headers().contains_key(header::RETRY_AFTER), retry);
        }
    }

    #[test]
    fn no_two_kinds_have_one_code() {
        let codes: std::collections::BTreeSet<_> = Kind::ALL.map(Kind::code).into();
        assert_eq!(codes.len(), Kind::ALL.len());
    }
}
