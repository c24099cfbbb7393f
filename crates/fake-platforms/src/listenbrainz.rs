//! ListenBrainz.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use signal_core::model::Timestamp;

use crate::Song;
use crate::oauth::fields;
use crate::reply::json as answer;
use crate::server::{Shared, locked};
use crate::state::{Mint, State};

/// The most pins in one answer.
const PINS_MAX: usize = 100;
/// The most listens in one submission.
const SUBMITTED_MAX: usize = 1_000;

/// A listen.
#[derive(Debug, Clone)]
pub struct ListenRow {
    /// When it began.
    pub at: Timestamp,
    /// What.
    pub song: Song,
    /// Whether the server found its recording.
    pub mapped: bool,
}

/// A pinned recording.
#[derive(Debug, Clone)]
pub struct PinRow {
    /// When it was pinned.
    pub at: Timestamp,
    /// What.
    pub song: Song,
    /// What was said of it.
    pub words: Option<String>,
}

/// One account at ListenBrainz.
#[derive(Debug)]
pub struct ListenBrainz {
    /// The account's name.
    pub name: String,
    /// Its token.
    pub token: String,
    /// Listens, oldest first.
    pub listens: Vec<ListenRow>,
    /// What was pinned, oldest first.
    pub pins: Vec<PinRow>,
    /// Who follows the account.
    pub followers: Vec<String>,
    /// Whom it follows.
    pub following: Vec<String>,
    /// Who is like it, and how much.
    pub similar: Vec<(String, f64)>,
    /// The most listens in one answer: 1,000 in the real one.
    pub page_max: usize,
    /// What was submitted.
    pub submitted: Vec<Value>,
}

impl ListenBrainz {
    pub(crate) fn new(mint: &mut Mint) -> Self {
        Self {
            name: "ana".to_owned(),
            token: mint.token("lb-"),
            listens: Vec::new(),
            pins: Vec::new(),
            followers: Vec::new(),
            following: Vec::new(),
            similar: Vec::new(),
            page_max: SUBMITTED_MAX,
            submitted: Vec::new(),
        }
    }

    /// Adds a listen.
    pub fn listen(&mut self, song: Song, at: Timestamp) {
        self.listens.push(ListenRow { at, song, mapped: true });
        self.listens.sort_by_key(|row| row.at);
    }

    fn row(&self, row: &ListenRow) -> Value {
        let song = &row.song;
        let info = json!({"isrc": song.isrc, "duration_ms": song.length_ms, "media_player": "fake"});
        let mut metadata = json!({
            "artist_name": song.artist, "track_name": song.title, "release_name": song.album, "additional_info": info,
        });
        if row.mapped {
            metadata["mbid_mapping"] = json!({
                "recording_mbid": song.mbid(), "recording_name": song.title, "artist_mbids": [], "artists": [],
            });
        }
        json!({
            "inserted_at": row.at.seconds() + 1, "listened_at": row.at.seconds(),
            "recording_msid": format!("11111111-1111-4111-8111-{:012}", song.number),
            "user_name": self.name, "track_metadata": metadata,
        })
    }
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/1/validate-token", get(validate))
        .route("/1/user/{name}/listens", get(listens))
        .route("/1/user/{name}/followers", get(followers))
        .route("/1/user/{name}/following", get(following))
        .route("/1/user/{name}/similar-users", get(similar))
        .route("/1/{name}/pins", get(pins))
        .route("/1/submit-listens", post(submit))
}

fn no(code: u16, error: &str) -> Response {
    answer(code, &json!({"code": code, "error": error}))
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Token ")
}

/// Why a call is not let in.
fn refused(state: &State, headers: &HeaderMap, name: Option<&str>) -> Option<Response> {
    match token(headers) {
        None => Some(no(401, "You need to provide an Authorization header.")),
        Some(token) if token != state.listenbrainz.token => Some(no(401, "Invalid authorization token.")),
        Some(_) if name.is_some_and(|name| name != state.listenbrainz.name) => {
            Some(no(404, "Cannot find user"))
        }
        Some(_) => None,
    }
}

async fn validate(shared: Extract<Shared>, headers: HeaderMap) -> Response {
    let state = locked(&shared);
    match token(&headers) {
        None => no(400, "You need to provide an Authorization token."),
        Some(token) if token == state.listenbrainz.token => {
            let name = &state.listenbrainz.name;
            answer(200, &json!({"code": 200, "message": "Token valid.", "valid": true, "user_name": name}))
        }
        Some(_) => answer(200, &json!({"code": 200, "message": "Token invalid.", "valid": false})),
    }
}

async fn listens(
    shared: Extract<Shared>,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers, Some(&name)) {
        return no;
    }
    let query = fields(query.as_deref().unwrap_or_default());
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok());
    let (min, max) = (number("min_ts"), number("max_ts"));
    if min.zip(max).is_some_and(|(min, max)| max <= min) {
        return no(400, "max_ts should be greater than min_ts");
    }
    let count = usize::try_from(number("count").unwrap_or(25)).unwrap_or(0);
    let count = count.min(state.listenbrainz.page_max);
    let all = &state.listenbrainz.listens;
    let mut rows: Vec<_> = all
        .iter()
        .filter(|row| min.is_none_or(|min| row.at.seconds() > min))
        .filter(|row| max.is_none_or(|max| row.at.seconds() < max))
        .collect();
    // With a lower bound alone, the oldest above it; else the newest. Newest first either way.
    if min.is_none() || max.is_some() {
        rows.drain(..rows.len().saturating_sub(count));
    }
    rows.truncate(count);
    rows.reverse();
    let listens: Vec<_> = rows.iter().map(|row| state.listenbrainz.row(row)).collect();
    let edge = |row: Option<&ListenRow>| row.map_or(0, |row| row.at.seconds());
    let payload = json!({
        "count": listens.len(), "user_id": name, "listens": listens,
        "latest_listen_ts": edge(all.last()), "oldest_listen_ts": edge(all.first()),
    });
    answer(200, &json!({"payload": payload}))
}

async fn followers(shared: Extract<Shared>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    let state = locked(&shared);
    match refused(&state, &headers, Some(&name)) {
        Some(no) => no,
        None => answer(200, &json!({"followers": state.listenbrainz.followers, "user": name})),
    }
}

async fn following(shared: Extract<Shared>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    let state = locked(&shared);
    match refused(&state, &headers, Some(&name)) {
        Some(no) => no,
        None => answer(200, &json!({"following": state.listenbrainz.following, "user": name})),
    }
}

async fn similar(shared: Extract<Shared>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers, Some(&name)) {
        return no;
    }
    let like = |(name, similarity): &(String, f64)| json!({"user_name": name, "similarity": similarity});
    let payload: Vec<_> = state.listenbrainz.similar.iter().map(like).collect();
    answer(200, &json!({"payload": payload}))
}

async fn pins(
    shared: Extract<Shared>,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers, Some(&name)) {
        return no;
    }
    let query = fields(query.as_deref().unwrap_or_default());
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (count, offset) = (number("count").unwrap_or(25).min(PINS_MAX), number("offset").unwrap_or(0));
    let all = &state.listenbrainz.pins;
    let row = |(number, pin): (usize, &PinRow)| {
        let song = &pin.song;
        json!({
            "row_id": number + 1, "created": pin.at.seconds(), "pinned_until": pin.at.seconds() + 604_800,
            "recording_msid": format!("11111111-1111-4111-8111-{:012}", song.number),
            "recording_mbid": song.mbid(), "blurb_content": pin.words,
            "track_metadata": {"artist_name": song.artist, "track_name": song.title},
        })
    };
    let rows: Vec<_> = all.iter().enumerate().rev().skip(offset).take(count).map(row).collect();
    answer(
        200,
        &json!({
            "count": rows.len(), "offset": offset, "total_count": all.len(), "user_name": name, "pinned_recordings": rows,
        }),
    )
}

async fn submit(shared: Extract<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut state = locked(&shared);
    if let Some(no) = refused(&state, &headers, None) {
        return no;
    }
    let Ok(told) = serde_json::from_slice::<Value>(&body) else {
        return no(400, "Cannot parse JSON document");
    };
    let rows = told["payload"].as_array().cloned().unwrap_or_default();
    if rows.is_empty() || rows.len() > SUBMITTED_MAX {
        return no(400, "JSON document must contain 1 to 1000 listens");
    }
    let now = state.now().seconds();
    for row in &rows {
        let at = row["listened_at"].as_i64();
        if at.is_none_or(|at| at < 1_033_410_600 || at > now + 3_600) {
            return no(400, "Value for key listened_at is too low or too high");
        }
        let named = |field: &str| row["track_metadata"][field].as_str().is_some_and(|text| !text.is_empty());
        if !named("artist_name") || !named("track_name") || row.to_string().len() > 10_240 {
            return no(400, "JSON document does not contain required track_metadata");
        }
    }
    state.listenbrainz.submitted.extend(rows);
    answer(200, &json!({"status": "ok"}))
}
