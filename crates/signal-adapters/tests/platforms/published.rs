//! The fakes answer as the published `OpenAPI` documents of the services allow. The documents are not ours to give on:
//! `SIGNAL_TEST_OPENAPI` names a folder that holds them, as `CONTRIBUTING.md` says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use fake_platforms::{Answered, ListenRow, PinRow, Quota, Service, Song, SpotifyPlay, songs};
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use signal_core::platform::{Authorization, HistoryFrom};

use crate::openapi::{Document, Finding};
use crate::world::World;

const FOLDER: &str = "SIGNAL_TEST_OPENAPI";

/// Stories, the documents that they are held against, and what must have been asked in each. Of Apple Music and Last.fm no document
/// is known that could be relied on.
const STORIES: [(&str, &str, &[&str]); 6] = [
    ("spotify development", "official-spotify-open-api.yml", SPOTIFY),
    ("spotify development", "fixed-spotify-open-api.yml", SPOTIFY),
    ("spotify extended", "official-spotify-open-api.yml", SPOTIFY),
    ("spotify extended", "fixed-spotify-open-api.yml", SPOTIFY),
    ("tidal", "tidal-api-oas.json", TIDAL),
    ("listenbrainz", "listenbrainz-openapi/lb.yaml", LISTENBRAINZ),
];
const SPOTIFY: &[&str] =
    &["GET /me", "GET /me/player/recently-played", "GET /me/tracks", "GET /search", "GET /tracks/{id}"];
const TIDAL: &[&str] = &[
    "GET /tracks",
    "GET /tracks/{id}",
    "GET /userCollectionTracks/{id}/relationships/items",
    "GET /users/{id}",
];
const LISTENBRAINZ: &[&str] = &[
    "GET /1/user/{user_name}/followers",
    "GET /1/user/{user_name}/following",
    "GET /1/user/{user_name}/listens",
    "GET /1/user/{user_name}/similar-users",
    "GET /1/validate-token",
    "GET /1/{user_name}/pins",
    "POST /1/submit-listens",
];

/// What the real services are known to do otherwise than their documents say.
struct Known {
    /// How the story's name begins. Each of these stories must show the difference, so that this list stays true.
    story: &'static str,
    /// How the finding's place ends.
    place: &'static str,
    what: &'static str,
    why: &'static str,
}

const fn known(story: &'static str, place: &'static str, what: &'static str, why: &'static str) -> Known {
    Known { story, place, what, why }
}

const UNDESCRIBED: &str = "is not described";
const ACCOUNTS: &str = "another server, of which the document gives the address alone";
const ERRORS: &str = "an error that the document leaves out";
const HORIZON: &str = "beyond the newest fifty plays there is neither a page nor a cursor";

const KNOWN: &[Known] = &[
    known("spotify", "GET /authorize", UNDESCRIBED, ACCOUNTS),
    known("spotify", "POST /api/token", UNDESCRIBED, ACCOUNTS),
    known(
        "spotify",
        "GET /me 403",
        "is text/plain",
        "accounts that are not listed are told so in plain text",
    ),
    known("spotify", "GET /me 429", "is text/plain", "so is who asks too often"),
    known("spotify", "GET /me/player/recently-played 400", UNDESCRIBED, ERRORS),
    known("spotify", "GET /search 400", UNDESCRIBED, ERRORS),
    known("spotify", "GET /tracks/{id} 400", UNDESCRIBED, ERRORS),
    known("spotify", "GET /tracks/{id} 404", UNDESCRIBED, ERRORS),
    known("spotify", "/recently-played 200 /cursors", r#"null is not of type "object""#, HORIZON),
    known("spotify", "/recently-played 200 /next", r#"null is not of type "string""#, HORIZON),
    known(
        "spotify",
        "/recently-played 200 /items/*/context",
        r#"null is not of type "object""#,
        "not every play has one",
    ),
    known(
        "spotify",
        "/recently-played 200 /items/*/track",
        r#"null is not of type "object""#,
        "rows without a track are seen",
    ),
    known(
        "spotify",
        "GET /me/tracks 200 /items/*",
        r#"null is not of type "object""#,
        "pages hold empty rows",
    ),
    known(
        "spotify development",
        "/album",
        r#""available_markets" is a required property"#,
        "development mode lost it in February 2026; the document calls it deprecated and still requires it",
    ),
    known("tidal", "GET /authorize", UNDESCRIBED, ACCOUNTS),
    known("tidal", "POST /v1/oauth2/token", UNDESCRIBED, ACCOUNTS),
    known("tidal", "GET /users/{id} 401", UNDESCRIBED, ERRORS),
    known("listenbrainz", "/listens 400", UNDESCRIBED, ERRORS),
    known("listenbrainz", "/listens 401", UNDESCRIBED, "the document is older than the need for a token"),
    known("listenbrainz", "/listens 429", UNDESCRIBED, ERRORS),
    known(
        "listenbrainz",
        "/similar-users 200 /payload/*/similarity",
        r#"is not of type "integer""#,
        "the server gives a fraction between 0 and 1",
    ),
];

#[tokio::test]
async fn the_fakes_answer_as_the_published_documents_allow() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        eprintln!("skipped: {FOLDER} names no folder with the published documents");
        return;
    };
    let mut wrong = Vec::new();
    for (story, file, operations) in STORIES {
        let answers = match story {
            "tidal" => tidal().await,
            "listenbrainz" => listenbrainz().await,
            _ => spotify(story == "spotify extended").await,
        };
        let document = Document::read(&folder.join(file));
        let registry = document.registry();
        let (mut asked, mut found) = (BTreeSet::new(), BTreeSet::new());
        for answered in &answers {
            let (operation, findings) = document.judge(&registry, answered);
            asked.extend(operation.filter(|_| answered.status == 200));
            found.extend(findings);
        }
        assert!(asked.iter().eq(operations), "{story}, {file}: {asked:?}");
        let known: Vec<_> = KNOWN.iter().filter(|known| story.starts_with(known.story)).collect();
        let unknown = found.iter().filter(|finding| !known.iter().any(|known| known.is(finding)));
        wrong.extend(unknown.map(|finding| format!("{story}, {file}: {}: {}", finding.place, finding.what)));
        let gone = known.iter().filter(|known| !found.iter().any(|finding| known.is(finding)));
        wrong.extend(gone.map(|known| {
            format!("{story}, {file}: no longer: {}: {} ({})", known.place, known.what, known.why)
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Known {
    fn is(&self, finding: &Finding) -> bool {
        finding.place.ends_with(self.place) && finding.what.contains(self.what)
    }
}

/// A world whose services keep their answers.
async fn world() -> World {
    let world = World::start().await;
    world.fakes.with(|state| state.answers = Some(Vec::new()));
    world
}

fn answers(world: &World, service: Service) -> Vec<Answered> {
    let answers = world.fakes.with(|state| state.answers.take()).expect("answers");
    answers.into_iter().filter(|answered| answered.call.service == service).collect()
}

/// Asks what no adapter asks, and looks at nothing: the service keeps the answer.
async fn send(request: RequestBuilder) {
    request.send().await.expect("an answer");
}

/// Reads a history, all saved tracks, and a track by id and by code that are there and that are not.
async fn read_all(world: &World, name: &str, authorization: &Authorization, ids: [&str; 3]) {
    let platform = world.platform(name);
    if platform.capabilities().history {
        world.ask(name, authorization, HistoryFrom::Beginning).await.expect("a history");
    }
    let mut page = None;
    loop {
        let some = platform.saved(authorization, page.as_ref()).await.expect("saved tracks");
        page = some.next;
        if page.is_none() {
            break;
        }
    }
    for (id, there) in ids.into_iter().zip([true, false, false]) {
        let track = platform.track(Some(authorization), id).await.expect("an answer");
        assert_eq!(track.is_some(), there, "{id}");
    }
    for code in ["GBFKE2600001", "GBXXX2600001"] {
        let code = code.parse().expect("a code");
        platform.track_by_isrc(Some(authorization), &code).await.expect("an answer");
    }
}

async fn spotify(extended: bool) -> Vec<Answered> {
    let world = world().await;
    world.fakes.with(|state| state.spotify.extended = extended);
    let authorization = world.connect("spotify").await;
    let song = Song::new(1).spotify();
    let ids = [song.as_str(), "0000000000000000000000", "short"];
    read_all(&world, "spotify", &authorization, ids).await;
    world.fakes.with(|state| {
        let now = state.now();
        for song in songs(0..60) {
            state.spotify.play(song.clone(), now.plus_seconds(-200 * i64::from(song.number)));
            state.spotify.saved.push((song, now));
        }
        state.spotify.plays.push(SpotifyPlay { song: None, ended_at: now.plus_seconds(1) });
    });
    for codes in [true, false] {
        world.fakes.with(|state| state.spotify.codes = codes);
        world.fakes.advance(1_000);
        read_all(&world, "spotify", &authorization, ids).await;
    }
    let api = format!("{}/v1", world.fakes.url(Service::Spotify));
    let get =
        |path: &str| Client::new().get(format!("{api}{path}")).bearer_auth(authorization.access.reveal());
    send(get("/me/player/recently-played?limit=51")).await;
    send(get("/me/player/recently-played?before=1")).await;
    send(get("/me/player/recently-played?limit=2&before=1790000000000")).await;
    send(get("/search?q=isrc:GBFKE2600001&type=track&limit=50")).await;
    send(Client::new().get(format!("{api}/me"))).await;
    world.fakes.with(|state| state.spotify.listed = false);
    send(get("/me")).await;
    world.fakes.with(|state| state.quotas.insert(Service::Spotify, Quota::new(0, 30)));
    send(get("/me")).await;
    answers(&world, Service::Spotify)
}

async fn tidal() -> Vec<Answered> {
    let world = world().await;
    let authorization = world.connect("tidal").await;
    let song = Song::new(1).id();
    let ids = [song.as_str(), "1", "x1"];
    read_all(&world, "tidal", &authorization, ids).await;
    world.fakes.with(|state| {
        let now = state.now();
        state.tidal.saved = songs(0..45).into_iter().map(|song| (song, now)).collect();
    });
    read_all(&world, "tidal", &authorization, ids).await;
    let api = format!("{}/v2", world.fakes.url(Service::Tidal));
    let bare =
        |path: &str| Client::new().get(format!("{api}{path}")).bearer_auth(authorization.access.reveal());
    let get = |path: &str| bare(path).header("accept", "application/vnd.api+json");
    let saved = "/userCollectionTracks/me/relationships/items";
    send(get(saved)).await;
    send(get(&format!("{saved}?include=items"))).await;
    send(get(&format!("{saved}?page[cursor]=none"))).await;
    send(get("/tracks")).await;
    send(bare("/tracks/100001")).await;
    send(Client::new().get(format!("{api}/users/me"))).await;
    world.fakes.with(|state| state.tidal.bucket = true);
    for _ in 0..3 {
        send(get("/users/me")).await;
    }
    world.fakes.with(|state| state.quotas.insert(Service::Tidal, Quota::new(0, 30)));
    send(get("/users/me")).await;
    answers(&world, Service::Tidal)
}

async fn listenbrainz() -> Vec<Answered> {
    let world = world().await;
    let authorization = world.connect("listenbrainz").await;
    let platform = world.platform("listenbrainz");
    world.ask("listenbrainz", &authorization, HistoryFrom::Beginning).await.expect("a history");
    platform.follows(&authorization).await.expect("people");
    world.fakes.with(|state| {
        let now = state.now();
        for song in songs(0..40) {
            let at = now.plus_seconds(-200 * i64::from(song.number) - 200);
            state.listenbrainz.listens.insert(0, ListenRow { at, mapped: song.number % 3 > 0, song });
        }
        state.listenbrainz.following.push("ben".to_owned());
        state.listenbrainz.followers.push("cem".to_owned());
        state.listenbrainz.similar.push(("eve".to_owned(), 0.9));
        let pin = |song| PinRow { at: now, song, words: Some("Loud.".to_owned()) };
        state.listenbrainz.pins.extend(songs(0..3).into_iter().map(pin));
    });
    world.ask("listenbrainz", &authorization, HistoryFrom::Beginning).await.expect("a history");
    platform.follows(&authorization).await.expect("people");
    platform.saved(&authorization, None).await.expect("pins");
    let api = world.fakes.url(Service::ListenBrainz);
    let token = format!("Token {}", authorization.access.reveal());
    let get = |path: &str| Client::new().get(format!("{api}/1{path}")).header("authorization", &token);
    for query in ["", "?count=5", "?max_ts=1000", "?min_ts=1000&max_ts=2000", "?min_ts=2000&max_ts=1000"] {
        send(get(&format!("/user/ana/listens{query}"))).await;
    }
    send(get("/user/nobody/listens")).await;
    for path in ["/validate-token", "/user/ana/listens"] {
        send(Client::new().get(format!("{api}/1{path}"))).await;
        send(Client::new().get(format!("{api}/1{path}")).header("authorization", "Token wrong")).await;
    }
    let at = world.now().seconds() - 300;
    let listen = json!({"listened_at": at, "track_metadata": {"artist_name": "Fu", "track_name": "One"}});
    let whole = json!({"listen_type": "import", "payload": [listen]}).to_string();
    for body in [whole.as_str(), r#"{"listen_type":"import","payload":[]}"#, "{"] {
        let post = || Client::new().post(format!("{api}/1/submit-listens")).body(body.to_owned());
        send(post().header("authorization", &token)).await;
        send(post()).await;
    }
    world.fakes.with(|state| state.quotas.insert(Service::ListenBrainz, Quota::new(0, 10)));
    send(get("/user/ana/listens")).await;
    answers(&world, Service::ListenBrainz)
}
