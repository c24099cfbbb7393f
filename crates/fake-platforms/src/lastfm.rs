//! Last.fm.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{RawForm, RawQuery, State as Extract};
use axum::response::Response;
use axum::routing::get;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use signal_core::model::Timestamp;

use crate::Song;
use crate::oauth::{Fields, fields};
use crate::reply::{self, json as answer};
use crate::server::{Shared, locked};
use crate::state::{Mint, State};

/// How long a token for signing in holds.
const TOKEN_SECONDS: i64 = 3_600;

/// A play.
#[derive(Debug, Clone)]
pub struct Scrobble {
    /// When it began.
    pub at: Timestamp,
    /// What.
    pub song: Song,
}

/// One account at Last.fm.
#[derive(Debug)]
pub struct LastFm {
    /// The program's key.
    pub api_key: String,
    /// The program's secret.
    pub secret: String,
    /// The account's name.
    pub name: String,
    /// Plays, oldest first.
    pub scrobbles: Vec<Scrobble>,
    /// What is playing now.
    pub playing: Option<Song>,
    /// Whether only a session may read the plays.
    pub private: bool,
    /// Whether the lower bound of what is asked for is left out itself; nobody documents it.
    pub bound_excluded: bool,
    /// Whether the next pages are those of somebody else.
    pub mistaken: bool,
    tokens: BTreeMap<String, (Timestamp, bool)>,
    sessions: Vec<String>,
}

impl LastFm {
    pub(crate) fn new(mint: &mut Mint) -> Self {
        Self {
            api_key: "fake-lastfm-key".to_owned(),
            secret: mint.token("lfm-secret-"),
            name: "Ana".to_owned(),
            scrobbles: Vec::new(),
            playing: None,
            private: false,
            bound_excluded: false,
            mistaken: false,
            tokens: BTreeMap::new(),
            sessions: Vec::new(),
        }
    }

    /// Adds a play.
    pub fn scrobble(&mut self, song: Song, at: Timestamp) {
        self.scrobbles.push(Scrobble { at, song });
        self.scrobbles.sort_by_key(|row| row.at);
    }

    /// The person takes back what they agreed to.
    pub fn revoke(&mut self) {
        self.sessions.clear();
    }

    fn track(song: &Song) -> Value {
        json!({
            "name": song.title, "url": "https://www.last.fm/music/x", "mbid": "", "streamable": "0",
            "artist": {"#text": song.artist, "mbid": ""}, "album": {"#text": song.album, "mbid": ""},
            "image": [{"size": "small", "#text": ""}],
        })
    }
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/2.0/", get(asked).post(posted)).route("/auth/", get(page))
}

fn no(status: u16, error: u32, message: &str) -> Response {
    answer(status, &json!({"error": error, "message": message}))
}

/// The page of consent: whoever comes has agreed.
async fn page(shared: Extract<Shared>, RawQuery(query): RawQuery) -> Response {
    let mut state = locked(&shared);
    let query = fields(query.as_deref().unwrap_or_default());
    let token = query.get("token").and_then(|token| state.lastfm.tokens.get_mut(token));
    match token {
        Some((_, agreed)) => {
            *agreed = true;
            reply::of_kind(200, "text/html", "<p>You have granted permission.</p>")
        }
        None => reply::of_kind(403, "text/html", "<p>Invalid token.</p>"),
    }
}

async fn asked(shared: Extract<Shared>, RawQuery(query): RawQuery) -> Response {
    respond(&shared, &fields(query.as_deref().unwrap_or_default()))
}

async fn posted(shared: Extract<Shared>, RawForm(form): RawForm) -> Response {
    respond(&shared, &fields(&String::from_utf8_lossy(&form)))
}

/// The signature of a call: everything but format and callback, sorted by name, then the secret.
fn signature(call: &Fields, secret: &str) -> String {
    let named = call.iter().filter(|(name, _)| !["format", "callback", "api_sig"].contains(&name.as_str()));
    let text: String = named.flat_map(|(name, value)| [name.as_str(), value]).collect();
    hex::encode(Md5::digest(text + secret))
}

fn respond(shared: &Extract<Shared>, call: &Fields) -> Response {
    let mut state = locked(shared);
    let field = |name: &str| call.get(name).map_or("", String::as_str);
    if field("format") != "json" {
        return reply::of_kind(400, "text/xml", "<lfm status=\"failed\"><error code=\"6\"/></lfm>");
    }
    if field("api_key") != state.lastfm.api_key {
        return no(403, 10, "Invalid API key - You must be granted a valid key by last.fm");
    }
    let signed = call.get("api_sig").map(|told| *told == signature(call, &state.lastfm.secret));
    if signed == Some(false) {
        return no(403, 13, "Invalid method signature supplied");
    }
    let signed = signed == Some(true);
    match field("method") {
        "auth.getToken" if signed => {
            let until = state.now().plus_seconds(TOKEN_SECONDS);
            let State { lastfm, mint, .. } = &mut *state;
            let token = mint.token("lfm-token-");
            lastfm.tokens.insert(token.clone(), (until, false));
            answer(200, &json!({"token": token}))
        }
        "auth.getSession" if signed => session(&mut state, field("token")),
        "auth.getToken" | "auth.getSession" => no(403, 13, "Invalid method signature supplied"),
        "user.getRecentTracks" => {
            let session = call.get("sk").filter(|_| signed);
            recent(&state, call, session)
        }
        _ => no(400, 3, "Invalid Method - No method with that name in this package"),
    }
}

fn session(state: &mut State, token: &str) -> Response {
    let now = state.now();
    let State { lastfm, mint, .. } = state;
    match lastfm.tokens.get(token) {
        Some((until, true)) if now < *until => {
            lastfm.tokens.remove(token);
            let key = mint.token("lfm-sk-");
            lastfm.sessions.push(key.clone());
            answer(200, &json!({"session": {"name": lastfm.name, "key": key, "subscriber": 0}}))
        }
        Some((until, _)) if now < *until => {
            no(403, 14, "Unauthorized Token - This token has not been authorized")
        }
        Some(_) => no(403, 15, "This token has expired"),
        None => no(403, 4, "Invalid authentication token supplied"),
    }
}

fn recent(state: &State, call: &Fields, session: Option<&String>) -> Response {
    let lastfm = &state.lastfm;
    let field = |name: &str| call.get(name).map_or("", String::as_str);
    if field("user").to_lowercase() != lastfm.name.to_lowercase() {
        return no(404, 6, "User not found");
    }
    if session.is_some_and(|session| !lastfm.sessions.contains(session)) {
        return no(403, 9, "Invalid session key - Please re-authenticate");
    }
    if lastfm.private && session.is_none() {
        return no(403, 17, "Login: User required to be logged in");
    }
    let number = |name: &str| field(name).parse::<i64>().ok();
    let limit = usize::try_from(number("limit").unwrap_or(50).clamp(1, 200)).unwrap_or(50);
    let page = usize::try_from(number("page").unwrap_or(1).max(1)).unwrap_or(1);
    let newest_first = lastfm.scrobbles.iter().rev();
    let fits: Vec<_> = newest_first
        .filter(|row| {
            number("from").is_none_or(|from| row.at.seconds() >= from + i64::from(lastfm.bound_excluded))
        })
        .filter(|row| number("to").is_none_or(|to| row.at.seconds() < to))
        .collect();
    let mut rows: Vec<_> = fits
        .iter()
        .skip((page - 1) * limit)
        .take(limit)
        .map(|row| {
            let mut track = LastFm::track(&row.song);
            track["date"] = json!({"uts": row.at.seconds().to_string(), "#text": "20 Oct 2020, 10:03"});
            track
        })
        .collect();
    if let Some(song) = &lastfm.playing {
        let mut track = LastFm::track(song);
        track["@attr"] = json!({"nowplaying": "true"});
        rows.insert(0, track);
    }
    let pages = fits.len().div_ceil(limit);
    let who = if lastfm.mistaken { "somebody-else" } else { lastfm.name.as_str() };
    let attributes = json!({
        "user": who, "page": page.to_string(), "perPage": limit.to_string(), "total": fits.len().to_string(),
        "totalPages": pages.to_string(),
    });
    // A single row stands without a list.
    let track = match rows.len() {
        1 => rows.remove(0),
        _ => Value::Array(rows),
    };
    answer(200, &json!({"recenttracks": {"track": track, "@attr": attributes}}))
}
