//! Spotify in development mode, as it is since mid-2026.

use axum::Router;
use axum::extract::{Path, RawForm, RawQuery, State as Extract};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use signal_core::model::Timestamp;

use crate::Song;
use crate::oauth::{Fields, OAuth, fields};
use crate::reply::{self, json as answer};
use crate::server::{Shared, locked};
use crate::state::State;

/// How many plays exist: older ones are gone.
const HORIZON: usize = 50;

/// A play. Spotify mostly tells when it ended.
#[derive(Debug, Clone)]
pub struct SpotifyPlay {
    /// What; `None` for a row without a track, which is seen at times.
    pub song: Option<Song>,
    /// When it ended.
    pub ended_at: Timestamp,
}

/// One account at Spotify.
#[derive(Debug)]
pub struct Spotify {
    /// Who may ask.
    pub oauth: OAuth,
    /// All plays, oldest first; the newest 50 are told.
    pub plays: Vec<SpotifyPlay>,
    /// Saved songs, newest first, with the time of saving.
    pub saved: Vec<(Song, Timestamp)>,
    /// Whether the account is on the program's list of at most five; others may log in, and no more.
    pub listed: bool,
    /// Whether tracks and their albums carry the fields that development mode lost.
    pub extended: bool,
    /// Whether tracks say their codes.
    pub codes: bool,
}

impl Spotify {
    pub(crate) fn new() -> Self {
        Self {
            oauth: OAuth::new("fake-spotify-client", 3_600),
            plays: Vec::new(),
            saved: Vec::new(),
            listed: true,
            extended: false,
            codes: true,
        }
    }

    /// Adds a play that ended then.
    pub fn play(&mut self, song: Song, ended_at: Timestamp) {
        self.plays.push(SpotifyPlay { song: Some(song), ended_at });
        self.plays.sort_by_key(|play| play.ended_at);
    }

    fn track(&self, song: &Song) -> Value {
        let id = song.spotify();
        let artist = json!({
            "id": format!("artist{}", song.number % 7), "name": song.artist, "type": "artist",
            "uri": format!("spotify:artist:artist{}", song.number % 7), "href": "", "external_urls": {},
        });
        let mut track = json!({
            "id": id, "name": song.title, "uri": format!("spotify:track:{id}"), "type": "track",
            "href": format!("https://api.spotify.com/v1/tracks/{id}"), "duration_ms": song.length_ms,
            "explicit": false, "disc_number": 1, "track_number": 1, "is_local": false, "external_urls": {},
            "external_ids": if self.codes { json!({"isrc": song.isrc}) } else { json!({}) },
            "artists": [artist],
            "album": {
                "id": "album", "name": song.album, "album_type": "album", "total_tracks": 10, "release_date": "2026",
                "release_date_precision": "year", "images": [], "artists": [], "uri": "", "href": "", "type": "album",
                "external_urls": {},
            },
        });
        if self.extended {
            track["popularity"] = json!(50);
            track["available_markets"] = json!(["GB"]);
            track["album"]["available_markets"] = json!(["GB"]);
        }
        track
    }
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/authorize", get(page))
        .route("/api/token", post(token))
        .route("/v1/me", get(me))
        .route("/v1/me/player/recently-played", get(recent))
        .route("/v1/me/tracks", get(saved))
        .route("/v1/tracks/{id}", get(track))
        .route("/v1/search", get(search))
}

async fn page(shared: Extract<Shared>, RawQuery(query): RawQuery) -> Response {
    let mut state = locked(&shared);
    let State { spotify, mint, .. } = &mut *state;
    spotify.oauth.page(mint, &fields(query.as_deref().unwrap_or_default()))
}

async fn token(shared: Extract<Shared>, RawForm(form): RawForm) -> Response {
    let mut state = locked(&shared);
    let now = state.now();
    let State { spotify, mint, .. } = &mut *state;
    let form = fields(&String::from_utf8_lossy(&form));
    let refused = |error: &str, words: &str| json!({"error": error, "error_description": words});
    spotify.oauth.token(
        mint,
        now,
        &form,
        &json!({"scope": "user-read-recently-played user-library-read"}),
        &refused,
    )
}

/// Why a call is not let in.
fn refused(state: &State, headers: &HeaderMap) -> Option<Response> {
    if !state.spotify.oauth.lets_in(headers, state.now()) {
        let error = json!({"error": {"status": 401, "message": "The access token expired"}});
        return Some(answer(401, &error));
    }
    if !state.spotify.listed {
        return Some(reply::of_kind(403, "text/plain", "User not registered in the Developer Dashboard"));
    }
    None
}

async fn me(shared: Extract<Shared>, headers: HeaderMap) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers) {
        return no;
    }
    let me = json!({
        "account_id": "ana-for-ever", "id": "ana", "display_name": "Ana", "uri": "spotify:user:ana", "href": "",
        "type": "user", "images": [], "external_urls": {},
    });
    answer(200, &me)
}

/// RFC 3339 with milliseconds, or without a fraction where there is none.
fn time(at: Timestamp) -> String {
    at.to_string()
}

fn millis(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000)
}

/// What a song was played from: every other one from a list, and the rest from nothing that is told.
fn context(song: &Song) -> Option<Value> {
    let uri = "spotify:playlist:5potify000000000000000";
    (song.number % 2 == 1).then(|| json!({"type": "playlist", "href": "", "external_urls": {}, "uri": uri}))
}

async fn recent(shared: Extract<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers) {
        return no;
    }
    let query = fields(query.as_deref().unwrap_or_default());
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok());
    let (limit, after, before) = (number("limit").unwrap_or(20), number("after"), number("before"));
    if !(1..=50).contains(&limit) || (after.is_some() && before.is_some()) {
        return answer(400, &json!({"error": {"status": 400, "message": "Invalid limit"}}));
    }
    let kept = state.spotify.plays.iter().rev().take(HORIZON);
    let rows: Vec<_> = kept
        .filter(|play| after.is_none_or(|after| millis(play.ended_at) > after))
        .filter(|play| before.is_none_or(|before| millis(play.ended_at) < before))
        .take(usize::try_from(limit).unwrap_or(0))
        .collect();
    let items: Vec<_> = rows
        .iter()
        .map(|play| {
            let track = play.song.as_ref().map(|song| state.spotify.track(song));
            let context = play.song.as_ref().and_then(context);
            json!({"track": track, "played_at": time(play.ended_at), "context": context})
        })
        .collect();
    let ends = rows.first().zip(rows.last());
    let cursors = ends.map(|(newest, oldest)| {
        json!({"after": millis(newest.ended_at).to_string(), "before": millis(oldest.ended_at).to_string()})
    });
    let href = "https://api.spotify.com/v1/me/player/recently-played";
    let next = ends.map(|(_, oldest)| format!("{href}?before={}&limit={limit}", millis(oldest.ended_at)));
    answer(200, &json!({"href": href, "limit": limit, "next": next, "cursors": cursors, "items": items}))
}

async fn saved(shared: Extract<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers) {
        return no;
    }
    let query = fields(query.as_deref().unwrap_or_default());
    let number =
        |name: &str, default: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (limit, offset) = (number("limit", 20), number("offset", 0));
    let all = &state.spotify.saved;
    let row =
        |(song, at): &(Song, Timestamp)| json!({"added_at": time(*at), "track": state.spotify.track(song)});
    let mut items: Vec<_> = all.iter().skip(offset).take(limit).map(row).collect();
    if offset == 0 && !items.is_empty() {
        items.push(Value::Null); // seen in real pages
    }
    let href = "https://api.spotify.com/v1/me/tracks";
    let next =
        (offset + limit < all.len()).then(|| format!("{href}?offset={}&limit={limit}", offset + limit));
    let page = json!({
        "href": href, "items": items, "limit": limit, "next": next, "offset": offset, "previous": null, "total": all.len(),
    });
    answer(200, &page)
}

async fn track(shared: Extract<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers) {
        return no;
    }
    let number = id.strip_prefix("5potify").and_then(|number| number.parse::<u32>().ok());
    match number.map(Song::new).filter(|song| song.spotify() == id) {
        Some(song) => answer(200, &state.spotify.track(&song)),
        None if id.len() == 22 => {
            answer(404, &json!({"error": {"status": 404, "message": "Resource not found"}}))
        }
        None => answer(400, &json!({"error": {"status": 400, "message": "Invalid base62 id"}})),
    }
}

async fn search(shared: Extract<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers) {
        return no;
    }
    let query: Fields = fields(query.as_deref().unwrap_or_default());
    let limit = query.get("limit").map_or(Ok(5), |text| text.parse::<u32>()).unwrap_or(0);
    if !(1..=10).contains(&limit) || query.get("type").is_none_or(|kind| kind != "track") {
        return answer(400, &json!({"error": {"status": 400, "message": "Invalid limit"}}));
    }
    let isrc = query.get("q").and_then(|text| text.strip_prefix("isrc:"));
    let items: Vec<_> = isrc.and_then(Song::by_isrc).iter().map(|song| state.spotify.track(song)).collect();
    let tracks = json!({
        "href": "", "items": items, "limit": limit, "next": null, "offset": 0, "previous": null, "total": items.len(),
    });
    answer(200, &json!({"tracks": tracks}))
}
