//! The fakes answer with all fields that the real services always send.

use fake_platforms::required::{
    APPLE_RECENT, LASTFM_RECENT, LISTENBRAINZ_LISTENS, LISTENBRAINZ_PINS, SPOTIFY_RECENT, TIDAL_SAVED, TOKEN,
    missing,
};
use fake_platforms::{PinRow, Service, songs};
use serde_json::Value;

use crate::world::World;

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
    serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn the_fakes_answer_with_every_required_field() {
    let world = World::start().await;
    world.fakes.with(|state| {
        let now = state.now();
        for song in songs(0..3) {
            state.listenbrainz.listen(song.clone(), now);
            state.listenbrainz.pins.push(PinRow { at: now, song: song.clone(), words: None });
            state.lastfm.scrobble(song.clone(), now);
            state.spotify.play(song.clone(), now);
            state.apple.play(song.clone());
            state.tidal.saved.push((song, now));
        }
    });
    let client = reqwest::Client::new();
    let get = |service: Service, path: &str| client.get(format!("{}{path}", world.fakes.url(service)));
    let spotify = world.connect("spotify").await;
    let recent = get(Service::Spotify, "/v1/me/player/recently-played").bearer_auth(spotify.access.reveal());
    assert_eq!(missing(&answer(recent).await, SPOTIFY_RECENT), [""; 0]);
    for (service, path, client_id, refresh) in [
        (Service::Spotify, "/api/token", "fake-spotify-client", spotify.refresh),
        (Service::Tidal, "/v1/oauth2/token", "fake-tidal-client", world.connect("tidal").await.refresh),
    ] {
        let refresh = refresh.expect("a refresh token");
        let form =
            format!("grant_type=refresh_token&client_id={client_id}&refresh_token={}", refresh.reveal());
        let url = format!("{}{path}", world.fakes.url(service));
        let asked = client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        assert_eq!(missing(&answer(asked).await, TOKEN), [""; 0]);
    }
    let listenbrainz = world.connect("listenbrainz").await;
    let listens = get(Service::ListenBrainz, "/1/user/ana/listens")
        .header("authorization", format!("Token {}", listenbrainz.access.reveal()));
    assert_eq!(missing(&answer(listens).await, LISTENBRAINZ_LISTENS), [""; 0]);
    let pins = get(Service::ListenBrainz, "/1/ana/pins")
        .header("authorization", format!("Token {}", listenbrainz.access.reveal()));
    assert_eq!(missing(&answer(pins).await, LISTENBRAINZ_PINS), [""; 0]);
    let recent = "/2.0/?method=user.getRecentTracks&user=ana&api_key=fake-lastfm-key&format=json";
    assert_eq!(missing(&answer(get(Service::LastFm, recent)).await, LASTFM_RECENT), [""; 0]);
    let tidal = world.connect("tidal").await;
    let saved = "/v2/userCollectionTracks/me/relationships/items?include=items,items.artists";
    let saved = get(Service::Tidal, saved)
        .bearer_auth(tidal.access.reveal())
        .header("accept", "application/vnd.api+json");
    assert_eq!(missing(&answer(saved).await, TIDAL_SAVED), [""; 0]);
}

#[tokio::test]
async fn apples_fake_answers_with_every_required_field_to_a_signed_token() {
    let world = World::start().await;
    let authorization = world.connect("apple").await;
    world.fakes.with(|state| songs(0..3).into_iter().for_each(|song| state.apple.play(song)));
    // The token of the page is the developer's, too.
    let consent = world.platform("apple").authorize(world.request()).await.expect("a way");
    let signal_core::platform::ConsentStep::Serve { page } = consent.step else { panic!("a page") };
    let (_, rest) = page.split_once("developerToken: \"").expect("a token");
    let (token, _) = rest.split_once('"').expect("a token");
    let recent = reqwest::Client::new()
        .get(format!("{}/v1/me/recent/played/tracks", world.fakes.url(Service::Apple)))
        .bearer_auth(token)
        .header("music-user-token", authorization.access.reveal());
    assert_eq!(missing(&answer(recent).await, APPLE_RECENT), [""; 0]);
    let unsigned = reqwest::Client::new()
        .get(format!("{}/v1/catalog/gb/songs/100001", world.fakes.url(Service::Apple)))
        .bearer_auth(format!("{}x", &token[..token.len() - 1]));
    assert_eq!(unsigned.send().await.expect("an answer").status(), 401);
}
