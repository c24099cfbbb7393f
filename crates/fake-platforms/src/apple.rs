//! Apple Music. Its list of what was played holds no time, each song once, and is wrong at times.

use std::fmt;

use axum::Router;
use axum::extract::{Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};

use crate::Song;
use crate::oauth::fields;
use crate::reply::json as answer;
use crate::server::{Shared, locked};
use crate::state::{Mint, State};

/// How far back the list goes.
const DEPTH: usize = 50;
/// The longest life of a developer's token, in seconds: six months.
const TOKEN_SECONDS_MAX: i64 = 15_777_000;

/// One account at Apple Music.
pub struct Apple {
    /// The developer's team.
    pub team_id: String,
    /// The name of the developer's key.
    pub key_id: String,
    /// The developer's key, in PEM.
    pub key: String,
    /// The person's token.
    pub user_token: String,
    /// Whether the person's token holds.
    pub consented: bool,
    /// Whether the account has a subscription.
    pub subscribed: bool,
    /// What was played, newest first, each song once.
    pub played: Vec<Song>,
    /// A list that is served instead, as it happens for a while.
    pub stale: Option<Vec<Song>>,
    /// What is played while somebody reads the list: a song after each page, the last one first.
    pub meanwhile: Vec<Song>,
    /// The longest page: 30, or 10, depending on whom one asks.
    pub page_max: usize,
    /// Whether songs come from the person's library, without a code.
    pub library: bool,
    public: Vec<u8>,
}

impl fmt::Debug for Apple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apple").field("played", &self.played.len()).finish_non_exhaustive()
    }
}

impl Apple {
    /// # Panics
    /// Where the system gives no random bytes.
    pub(crate) fn new(mint: &mut Mint) -> Self {
        let random = SystemRandom::new();
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).and_then(|document| {
                let bytes = document.as_ref();
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes, &random)
                    .map_err(|_| ring::error::Unspecified)?;
                Ok((STANDARD.encode(bytes), pair.public_key().as_ref().to_vec()))
            });
        let Ok((key, public)) = made else { panic!("the system gives no random bytes for a key") };
        mint.know(&key);
        Self {
            team_id: "FAKETEAM01".to_owned(),
            key_id: "FAKEKEY001".to_owned(),
            key: format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n"),
            user_token: mint.token("mut-"),
            consented: true,
            subscribed: true,
            played: Vec::new(),
            stale: None,
            meanwhile: Vec::new(),
            page_max: 30,
            library: false,
            public,
        }
    }

    /// A song is played: it moves to the top, where it is alone.
    pub fn play(&mut self, song: Song) {
        self.played.retain(|played| *played != song);
        self.played.insert(0, song);
        self.played.truncate(DEPTH);
    }

    /// Whether a developer's token is signed with the key and in its time.
    fn lets_developer_in(&self, headers: &HeaderMap, now: i64) -> bool {
        let carried = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((signed, signature)) =
            carried.and_then(|value| value.strip_prefix("Bearer ")).and_then(|token| token.rsplit_once('.'))
        else {
            return false;
        };
        let part = |text: Option<&str>| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text?).ok()?).ok()
        };
        let mut parts = signed.split('.');
        let (Some(head), Some(claims), Ok(signature)) =
            (part(parts.next()), part(parts.next()), URL_SAFE_NO_PAD.decode(signature))
        else {
            return false;
        };
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public);
        let (begin, end) = (claims["iat"].as_i64().unwrap_or(i64::MAX), claims["exp"].as_i64().unwrap_or(0));
        key.verify(signed.as_bytes(), &signature).is_ok()
            && head["alg"] == "ES256"
            && head["kid"] == self.key_id.as_str()
            && claims["iss"] == self.team_id.as_str()
            && begin <= now
            && now < end
            && end - begin <= TOKEN_SECONDS_MAX
    }

    fn resource(&self, song: &Song) -> Value {
        let mut attributes = json!({
            "name": song.title, "artistName": song.artist, "albumName": format!("{} - Single", song.album),
            "durationInMillis": song.length_ms, "trackNumber": 1, "discNumber": 1,
            "genreNames": ["Alternative", "Music"], "releaseDate": "2026-01-01", "hasLyrics": false,
            "playParams": {"id": song.id(), "kind": "song"},
        });
        if self.library {
            attributes["playParams"] =
                json!({"id": format!("i.{}", song.number), "kind": "song", "catalogId": song.id()});
            return json!({"id": format!("i.{}", song.number), "type": "library-songs", "attributes": attributes});
        }
        attributes["isrc"] = json!(song.isrc);
        json!({"id": song.id(), "type": "songs", "href": format!("/v1/catalog/gb/songs/{}", song.id()), "attributes": attributes})
    }
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/me/recent/played/tracks", get(recent))
        .route("/v1/me/storefront", get(storefront))
        .route("/v1/catalog/{storefront}/songs", get(by_isrc))
        .route("/v1/catalog/{storefront}/songs/{id}", get(song))
}

fn no(status: u16, code: &str, title: &str) -> Response {
    let error = json!({
        "id": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "title": title, "detail": title, "status": status.to_string(), "code": code,
    });
    answer(status, &json!({"errors": [error]}))
}

fn refused(state: &State, headers: &HeaderMap, person: bool) -> Option<Response> {
    if !state.apple.lets_developer_in(headers, state.now().seconds()) {
        return Some(crate::reply::of_kind(401, "text/plain", ""));
    }
    let token = headers.get("music-user-token").and_then(|token| token.to_str().ok());
    if person && !(state.apple.consented && token == Some(state.apple.user_token.as_str())) {
        return Some(no(403, "40300", "Invalid authentication"));
    }
    if person && !state.apple.subscribed {
        return Some(no(400, "40015", "Insufficient Privileges"));
    }
    None
}

async fn recent(shared: Extract<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let mut state = locked(&shared);
    if let Some(no) = refused(&state, &headers, true) {
        return no;
    }
    let query = fields(query.as_deref().unwrap_or_default());
    let number = |name: &str, default: usize| query.get(name).map_or(Some(default), |text| text.parse().ok());
    let (Some(limit), Some(offset)) = (number("limit", 10), number("offset", 0)) else {
        return no(400, "40005", "Invalid Parameter Value");
    };
    if !(1..=state.apple.page_max).contains(&limit) {
        return no(400, "40005", "Invalid Parameter Value");
    }
    let all = state.apple.stale.as_ref().unwrap_or(&state.apple.played);
    let data: Vec<_> = all.iter().skip(offset).take(limit).map(|song| state.apple.resource(song)).collect();
    let mut page = json!({"data": data});
    if offset + limit < all.len() {
        // Only the offset: limit and types have to be said again.
        page["next"] = json!(format!("/v1/me/recent/played/tracks?offset={}", offset + limit));
    }
    if let Some(song) = state.apple.meanwhile.pop() {
        state.apple.play(song);
    }
    answer(200, &page)
}

async fn storefront(shared: Extract<Shared>, headers: HeaderMap) -> Response {
    let state = locked(&shared);
    match refused(&state, &headers, true) {
        Some(no) => no,
        None => answer(200, &json!({"data": [{"id": "gb", "type": "storefronts"}]})),
    }
}

async fn song(
    shared: Extract<Shared>,
    headers: HeaderMap,
    Path((_, id)): Path<(String, String)>,
) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers, false) {
        return no;
    }
    let catalogue = Apple::catalogue(&state.apple);
    match Song::by_id(&id) {
        Some(song) => answer(200, &json!({"data": [catalogue(&song)]})),
        None => no(404, "40400", "Resource Not Found"),
    }
}

async fn by_isrc(shared: Extract<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let state = locked(&shared);
    if let Some(no) = refused(&state, &headers, false) {
        return no;
    }
    let query = fields(query.as_deref().unwrap_or_default());
    let asked = query.get("filter[isrc]").map_or("", String::as_str);
    let found: Vec<_> = asked.split(',').filter_map(Song::by_isrc).collect();
    let data: Vec<_> = found.iter().map(|song| Apple::catalogue(&state.apple)(song)).collect();
    let mut by_code = serde_json::Map::new();
    for song in &found {
        by_code.insert(song.isrc.clone(), json!([{"id": song.id(), "type": "songs"}]));
    }
    answer(200, &json!({"data": data, "meta": {"filters": {"isrc": by_code}}}))
}

impl Apple {
    /// Songs as the catalogue has them, whatever the person's library says.
    fn catalogue(&self) -> impl Fn(&Song) -> Value + '_ {
        |song| {
            let mut resource = self.resource(song);
            resource["id"] = json!(song.id());
            resource["type"] = json!("songs");
            resource["attributes"]["isrc"] = json!(song.isrc);
            resource
        }
    }
}
