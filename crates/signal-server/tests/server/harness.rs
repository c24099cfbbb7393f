//! A server over an empty community in memory, spoken to without a network.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use signal_adapters::SystemHost;
use signal_core::engine::Engine;
use signal_core::ledger::SigningKey;
use signal_core::model::{Timestamp, TrustWeight, UserId};
use signal_core::store::MemoryStore;
use signal_server::{AppState, router};
use tower::ServiceExt;

/// The server, and the engine behind it for what has no route.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) state: AppState,
    router: Router,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn with(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// Asserts that this is a whole problem with this status and code, and gives it.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("/problems/{code}"));
        for field in ["title", "detail"] {
            assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field} in {body}");
        }
        body
    }
}

impl Server {
    /// An empty community at noon of a day.
    pub(crate) fn new() -> Self {
        let noon: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let engine = Engine::new(Arc::new(MemoryStore::new()), Arc::new(SystemHost::fixed(noon)));
        let state = AppState::new(engine, Duration::from_secs(30));
        Self { router: router(state.clone()), state }
    }

    /// The same, with a key for the ledger.
    pub(crate) fn signing(key: SigningKey) -> Self {
        let state = Self::new().state.signing(key);
        Self { router: router(state.clone()), state }
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.state.engine()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// A request in somebody's name, or in nobody's when it is empty.
    pub(crate) async fn call(&self, method: Method, path: &str, name: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !name.is_empty() {
            request = request.header("Signal-As", name);
        }
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, name: &str) -> Answer {
        self.call(Method::GET, path, name, None).await
    }

    pub(crate) async fn post(&self, path: &str, name: &str, body: Value) -> Answer {
        self.call(Method::POST, path, name, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, name: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, name, Some(body)).await
    }

    /// Registers somebody over HTTP.
    pub(crate) async fn person(&self, handle: &str) -> UserId {
        let made = self.post("/v1/users", "", json!({ "handle": handle })).await.with(201);
        made["user"]["id"].as_str().unwrap().parse().unwrap()
    }

    /// Ana trusts Ben, and Ben has dropped a track: its id.
    pub(crate) async fn ana_trusts_ben_who_drops(&self) -> String {
        let (ana, ben) = (self.person("ana").await, self.person("ben").await);
        self.engine().set_trust(ana, ben, Some(TrustWeight::FULL)).await.unwrap();
        let made = self.post("/v1/drops", "ben", sinnerman()).await.with(201);
        made["id"].as_str().unwrap().to_owned()
    }
}

/// A drop that can be made.
pub(crate) fn sinnerman() -> Value {
    json!({ "track": "Nina Simone - Sinnerman", "words": "ten minutes, and none too many" })
}
