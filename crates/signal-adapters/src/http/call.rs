//! One call and its answer.

use std::fmt;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::de::DeserializeOwned;
use signal_core::platform::PlatformError;
use url::Url;

/// One call to a service. Printing it shows neither address nor headers nor body: each may hold a token.
#[derive(Clone)]
pub(crate) struct Call {
    pub(super) platform: &'static str,
    pub(super) what: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Whether it changes nothing and may be made again.
    pub(super) safe: bool,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("platform", &self.platform)
            .field("what", &self.what)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Call {
    pub(super) fn new(platform: &'static str, what: &'static str, method: Method, url: Url) -> Self {
        let safe = method == Method::GET;
        Self { platform, what, method, url, headers: HeaderMap::new(), body: Vec::new(), safe }
    }

    /// Adds a part of the query.
    #[must_use]
    pub(crate) fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.url.query_pairs_mut().append_pair(name, &value.to_string());
        self
    }

    /// Says that the call is a question, though it is made as a change is: it may be made again.
    #[must_use]
    pub(crate) fn safe(mut self) -> Self {
        self.safe = true;
        self
    }

    /// Asks for a kind of answer.
    #[must_use]
    pub(crate) fn accept(mut self, kind: &'static str) -> Self {
        self.headers.insert(ACCEPT, HeaderValue::from_static(kind));
        self
    }

    /// Adds a body.
    #[must_use]
    pub(crate) fn body(mut self, kind: &'static str, body: Vec<u8>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        self.body = body;
        self
    }

    /// Adds `Authorization: SCHEME TOKEN`.
    pub(crate) fn authorization(self, scheme: &str, token: &str) -> Result<Self, PlatformError> {
        self.secret(AUTHORIZATION, &format!("{scheme} {token}"))
    }

    /// Adds a header that no log may show.
    pub(crate) fn secret(mut self, name: HeaderName, value: &str) -> Result<Self, PlatformError> {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| self.failed("a token has characters that no header can carry", false))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    pub(crate) fn failed(&self, reason: impl Into<String>, retry: bool) -> PlatformError {
        PlatformError::Failed { platform: self.platform, what: self.what, reason: reason.into(), retry }
    }
}

/// What a service answered, other than "later" and "broken". Its body is not shown when printed.
pub(crate) struct Answer {
    pub(super) platform: &'static str,
    pub(super) what: &'static str,
    pub(crate) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("what", &self.what)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// Reads the body. What cannot be read is told by its place alone: a piece of it might be a token.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, PlatformError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let kind = match error.classify() {
                serde_json::error::Category::Data => "has not the form that is known",
                serde_json::error::Category::Eof => "ends too early",
                _ => "is no JSON",
            };
            let place = format!("line {}, column {}", error.line(), error.column());
            self.failed(format!("the answer {kind} ({place})"), !error.is_data())
        })
    }

    /// Reads the body where it can be read.
    pub(crate) fn maybe<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The error for an answer that says no for a reason the adapter does not know.
    pub(crate) fn refused(&self) -> PlatformError {
        self.failed(format!("it answered {}", self.status.as_u16()), false)
    }

    pub(crate) fn failed(&self, reason: impl Into<String>, retry: bool) -> PlatformError {
        PlatformError::Failed { platform: self.platform, what: self.what, reason: reason.into(), retry }
    }
}
