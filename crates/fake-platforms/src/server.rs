//! The server: what all services have in common stands before them.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Extract};
use axum::http::header::{self, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use futures_util::stream;
use serde_json::json;
use signal_core::model::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::state::{Answered, Recorded, Service, State};
use crate::{FakeHost, Fault, apple, lastfm, listenbrainz, reply, spotify, tidal};

/// The server's memory, shared with its handlers.
pub(crate) type Shared = Arc<Mutex<State>>;

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct FakePlatforms {
    address: SocketAddr,
    clock: Arc<AtomicI64>,
    state: Shared,
    task: JoinHandle<io::Result<()>>,
}

impl FakePlatforms {
    /// Starts on a free port of loopback, at an instant.
    pub async fn start(now: Timestamp) -> io::Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), now).await
    }

    /// Starts on an address.
    pub async fn start_at(address: SocketAddr, now: Timestamp) -> io::Result<Self> {
        let clock = Arc::new(AtomicI64::new(now.micros()));
        let state = Arc::new(Mutex::new(State::new(Arc::clone(&clock))));
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let router = router(&state);
        let task = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, clock, state, task })
    }

    /// The address of a service.
    pub fn url(&self, service: Service) -> String {
        format!("http://{}/{}", self.address, service.path())
    }

    /// A host on the same clock.
    pub fn host(&self) -> Arc<FakeHost> {
        Arc::new(FakeHost::new(Arc::clone(&self.clock)))
    }

    /// Sets the clock.
    pub fn set_now(&self, now: Timestamp) {
        self.clock.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Looks at, or changes, what the server remembers.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets something happen to the next call of a service.
    pub fn fail_next(&self, service: Service, fault: Fault) {
        self.with(|state| state.fail_next(service, fault));
    }

    /// The calls of a service so far.
    pub fn calls(&self, service: Service) -> Vec<Recorded> {
        self.with(|state| state.calls.iter().filter(|call| call.service == service).cloned().collect())
    }
}

impl Drop for FakePlatforms {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn router(state: &Shared) -> Router {
    let mut router = Router::new();
    for (service, routes) in [
        (Service::Spotify, spotify::routes()),
        (Service::Apple, apple::routes()),
        (Service::Tidal, tidal::routes()),
        (Service::ListenBrainz, listenbrainz::routes()),
        (Service::LastFm, lastfm::routes()),
    ] {
        let shared = Arc::clone(state);
        let routes = routes.layer(middleware::from_fn(move |request: Request, next: Next| {
            let shared = Arc::clone(&shared);
            async move { receive(service, shared, request, next).await }
        }));
        router = router.nest(&format!("/{}", service.path()), routes);
    }
    router.with_state(Arc::clone(state))
}

/// Takes a handler's lock on the memory.
pub(crate) fn locked(Extract(shared): &Extract<Shared>) -> std::sync::MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn receive(service: Service, shared: Shared, request: Request, next: Next) -> Response {
    let (call, fault, refused) = note(service, &shared, &request);
    if let Some(seconds) = refused {
        return kept(&shared, call, too_many(service, seconds)).await;
    }
    match fault {
        None | Some(Fault::Spared) => {
            kept(&shared, call, quota_headers(service, &shared, next.run(request).await)).await
        }
        Some(Fault::Answer { status, kind, headers, body }) => {
            headers.iter().fold(reply::of_kind(status, kind, body), |answer, (name, value)| {
                reply::with(answer, name, value)
            })
        }
        Some(Fault::Cut) => halved(next.run(request).await, false).await,
        Some(Fault::Broken) => halved(next.run(request).await, true).await,
        Some(Fault::Silent) => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            reply::of_kind(504, "text/plain", "")
        }
        Some(Fault::Long(bytes)) => reply::of_kind(200, "application/json", vec![b' '; bytes]),
    }
}

/// Writes the call down; what is to happen to it, and how long it should have waited.
fn note(service: Service, shared: &Shared, request: &Request) -> (Recorded, Option<Fault>, Option<i64>) {
    let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let now = state.now();
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let call = Recorded {
        at: now,
        service,
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        agent: agent.unwrap_or_default().to_owned(),
    };
    state.calls.push(call.clone());
    if let Some(Err(seconds)) = state.quotas.get_mut(&service).map(|quota| quota.take(now)) {
        return (call, None, Some(seconds));
    }
    let fault = state.faults.get_mut(&service).and_then(std::collections::VecDeque::pop_front);
    (call, fault, None)
}

/// Writes the answer down, where answers are kept.
async fn kept(shared: &Shared, call: Recorded, answer: Response) -> Response {
    let keeps = shared.lock().unwrap_or_else(PoisonError::into_inner).answers.is_some();
    if !keeps {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(Ok(""), HeaderValue::to_str);
    let answered = Answered {
        call,
        status: parts.status.as_u16(),
        kind: kind.unwrap_or_default().to_owned(),
        body: body.to_vec(),
    };
    let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
    state.answers.get_or_insert_default().push(answered);
    drop(state);
    Response::from_parts(parts, Body::from(body))
}

/// "Too many", as each service says it.
fn too_many(service: Service, seconds: i64) -> Response {
    let seconds = seconds.to_string();
    match service {
        Service::Spotify => {
            reply::with(reply::of_kind(429, "text/plain", "Too many requests"), "retry-after", &seconds)
        }
        Service::Apple => reply::json(
            429,
            &json!({"errors": [{"status": "429", "code": "42900", "title": "Too Many Requests"}]}),
        ),
        Service::Tidal => {
            let body = json!({"errors": [{"status": "429", "detail": "Rate limit exceeded"}]});
            reply::with(reply::of_kind(429, tidal::KIND, body.to_string()), "retry-after", &seconds)
        }
        Service::ListenBrainz => {
            let answer =
                reply::json(429, &json!({"code": 429, "error": "You have exceeded your rate limit."}));
            reply::with(reply::with(answer, "x-ratelimit-reset-in", &seconds), "x-ratelimit-remaining", "0")
        }
        // It says so in a body, and in no header.
        Service::LastFm => reply::json(200, &json!({"error": 29, "message": "Rate Limit Exceeded"})),
    }
}

/// What ListenBrainz says with every answer.
fn quota_headers(service: Service, shared: &Shared, response: Response) -> Response {
    let state = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(quota) = state.quotas.get(&service).filter(|_| service == Service::ListenBrainz) else {
        return response;
    };
    let (left, frees) = quota.left(state.now());
    let response = reply::with(response, "x-ratelimit-limit", &quota.calls.to_string());
    let response = reply::with(response, "x-ratelimit-remaining", &left.to_string());
    reply::with(response, "x-ratelimit-reset-in", &frees.to_string())
}

async fn halved(response: Response, broken: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    bytes.truncate(bytes.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = if broken {
        Body::from_stream(stream::iter([Ok(bytes), Err(io::Error::other("the connection broke"))]))
    } else {
        Body::from(bytes)
    };
    Response::from_parts(parts, body)
}
