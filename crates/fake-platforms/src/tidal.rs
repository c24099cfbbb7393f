//! Tidal: JSON:API.

use axum::Router;
use axum::extract::{Path, RawForm, RawQuery, State as Extract};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use signal_core::model::Timestamp;

use crate::Song;
use crate::oauth::{OAuth, fields};
use crate::reply;
use crate::server::{Shared, locked};
use crate::state::State;

/// The kind of all its documents.
pub(crate) const KIND: &str = "application/vnd.api+json";

/// Saved tracks on a page.
const PAGE: usize = 20;

/// What the bucket of calls holds, what a call takes out of it, and what comes back in a second.
const BUCKET: (i64, i64, i64) = (10, 5, 1);

/// One account at Tidal.
#[derive(Debug)]
pub struct Tidal {
    /// Who may ask.
    pub oauth: OAuth,
    /// Saved songs, newest first, with the time of saving.
    pub saved: Vec<(Song, Timestamp)>,
    /// Whether the bucket of calls counts.
    pub bucket: bool,
    level: i64,
    filled_at: Timestamp,
}

impl Tidal {
    pub(crate) fn new() -> Self {
        Self {
            oauth: OAuth::new("fake-tidal-client", 86_400),
            saved: Vec::new(),
            bucket: false,
            level: BUCKET.0,
            filled_at: Timestamp::MIN,
        }
    }

    /// Takes a call out of the bucket; whether it was there, and what is left.
    fn take(&mut self, now: Timestamp) -> (bool, i64) {
        let (capacity, cost, rate) = BUCKET;
        let passed = now.micros_since(self.filled_at) / 1_000_000;
        self.level = (self.level.saturating_add(passed.saturating_mul(rate))).min(capacity);
        self.filled_at = now;
        let there = self.level >= cost;
        self.level -= if there { cost } else { 0 };
        (there, self.level)
    }
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/authorize", get(page))
        .route("/v1/oauth2/token", post(token))
        .route("/v2/users/me", get(me))
        .route("/v2/userCollectionTracks/me/relationships/items", get(saved))
        .route("/v2/tracks", get(by_isrc))
        .route("/v2/tracks/{id}", get(track))
}

async fn page(shared: Extract<Shared>, RawQuery(query): RawQuery) -> Response {
    let mut state = locked(&shared);
    let State { tidal, mint, .. } = &mut *state;
    tidal.oauth.page(mint, &fields(query.as_deref().unwrap_or_default()))
}

async fn token(shared: Extract<Shared>, RawForm(form): RawForm) -> Response {
    let mut state = locked(&shared);
    let now = state.now();
    let State { tidal, mint, .. } = &mut *state;
    let form = fields(&String::from_utf8_lossy(&form));
    let refused = |error: &str, words: &str| json!({"status": 400, "error": error, "sub_status": 11_101, "error_description": words});
    let extra = json!({"scope": "user.read collection.read", "user_id": 4_711, "clientName": "fake"});
    tidal.oauth.token(mint, now, &form, &extra, &refused)
}

fn document(status: u16, body: &Value) -> Response {
    reply::of_kind(status, KIND, body.to_string())
}

fn no(status: u16, detail: &str) -> Response {
    document(status, &json!({"errors": [{"status": status.to_string(), "code": "X", "detail": detail}]}))
}

/// Lets in, or says why not; then adds what is left in the bucket.
fn within(
    shared: &Extract<Shared>,
    headers: &HeaderMap,
    answer: impl FnOnce(&State) -> Response,
) -> Response {
    let mut state = locked(shared);
    let now = state.now();
    if !state.tidal.oauth.lets_in(headers, now) {
        let body = json!({"status": 401, "sub_status": 11_003, "userMessage": "The token has expired."});
        return document(401, &body);
    }
    let kind = headers.get(header::ACCEPT).and_then(|kind| kind.to_str().ok());
    if kind != Some(KIND) {
        return no(406, "Not acceptable");
    }
    if !state.tidal.bucket {
        return answer(&state);
    }
    let (there, left) = state.tidal.take(now);
    let response = if there { answer(&state) } else { no(429, "Rate limit exceeded") };
    let (capacity, cost, rate) = BUCKET;
    [
        ("x-ratelimit-remaining", left),
        ("x-ratelimit-requested-tokens", cost),
        ("x-ratelimit-burst-capacity", capacity),
        ("x-ratelimit-replenish-rate", rate),
    ]
    .into_iter()
    .fold(response, |response, (name, value)| reply::with(response, name, &value.to_string()))
}

async fn me(shared: Extract<Shared>, headers: HeaderMap) -> Response {
    within(&shared, &headers, |_| {
        let attributes = json!({"username": "ana", "country": "GB", "developerAccessTier": "THIRD_PARTY"});
        document(
            200,
            &json!({"data": {"id": "4711", "type": "users", "attributes": attributes}, "links": {"self": "/users/me"}}),
        )
    })
}

fn resource(song: &Song) -> Value {
    let seconds = song.length_ms / 1_000;
    let attributes = json!({
        "title": song.title, "isrc": song.isrc, "duration": format!("PT{}M{}S", seconds / 60, seconds % 60),
        "explicit": false, "popularity": 0.5, "key": "C", "keyScale": "MAJOR", "mediaTags": ["LOSSLESS"],
        "copyright": {"text": "℗ fake"},
    });
    let artist = format!("{}", song.number % 7 + 1);
    let artists = json!({"data": [{"id": artist, "type": "artists"}], "links": {"self": "/x"}});
    json!({"id": song.id(), "type": "tracks", "attributes": attributes, "relationships": {"artists": artists}})
}

fn artist(song: &Song) -> Value {
    json!({
        "id": format!("{}", song.number % 7 + 1), "type": "artists", "attributes": {"name": song.artist, "popularity": 0.5},
    })
}

async fn saved(shared: Extract<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let query = fields(query.as_deref().unwrap_or_default());
    within(&shared, &headers, |state| {
        let begin = query
            .get("page[cursor]")
            .map_or(Some(0), |cursor| cursor.strip_prefix("c-")?.parse::<usize>().ok());
        let Some(begin) = begin else { return no(400, "Invalid cursor") };
        let all = &state.tidal.saved;
        let page: Vec<_> = all.iter().skip(begin).take(PAGE).collect();
        let data: Vec<_> = page
            .iter()
            .map(|(song, at)| json!({"id": song.id(), "type": "tracks", "meta": {"addedAt": at.to_string()}}))
            .collect();
        let asked = query.get("include").map_or("", String::as_str);
        let mut included: Vec<Value> = Vec::new();
        if asked.contains("items") {
            included.extend(page.iter().map(|(song, _)| resource(song)));
        }
        if asked.contains("items.artists") {
            included.extend(page.iter().map(|(song, _)| artist(song)));
        }
        let mut links = json!({"self": "/userCollectionTracks/me/relationships/items"});
        if begin + PAGE < all.len() {
            let cursor = format!("c-{}", begin + PAGE);
            links["next"] = json!(format!(
                "/userCollectionTracks/me/relationships/items?page%5Bcursor%5D={cursor}&include={asked}&sort=-addedAt"
            ));
            links["meta"] = json!({"nextCursor": cursor});
        }
        document(200, &json!({"data": data, "included": included, "links": links}))
    })
}

async fn by_isrc(shared: Extract<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let query = fields(query.as_deref().unwrap_or_default());
    within(&shared, &headers, |_| {
        let Some(isrc) = query.get("filter[isrc]") else { return no(400, "A filter is required") };
        let song = Song::by_isrc(isrc);
        let data: Vec<_> = song.iter().map(resource).collect();
        let included: Vec<_> = song.iter().map(artist).collect();
        document(200, &json!({"data": data, "included": included, "links": {"self": "/tracks"}}))
    })
}

async fn track(shared: Extract<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    within(&shared, &headers, |_| match Song::by_id(&id) {
        Some(song) => document(
            200,
            &json!({"data": resource(&song), "included": [artist(&song)], "links": {"self": "/x"}}),
        ),
        None => no(404, "Resource not found"),
    })
}
