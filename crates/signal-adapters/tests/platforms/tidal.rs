//! Tidal's quirks.

use fake_platforms::{Fault, Service, Song, songs};
use signal_core::model::Isrc;
use signal_core::platform::{HistoryFrom, PlatformError};

use crate::world::World;

#[tokio::test]
async fn tidal_tells_nobody_what_was_played() {
    let world = World::start().await;
    let authorization = world.connect("tidal").await;
    assert!(!world.platform("tidal").capabilities().history);
    let before = world.asked(Service::Tidal);
    let outcome = world.ask("tidal", &authorization, HistoryFrom::Beginning).await;
    assert_eq!(outcome, Err(PlatformError::Unsupported { platform: "tidal", what: "list what was played" }));
    assert_eq!(world.asked(Service::Tidal), before);
}

#[tokio::test]
async fn tidal_saved_tracks_are_followed_to_the_last_page_with_their_times() {
    let world = World::start().await;
    let authorization = world.connect("tidal").await;
    world.fakes.with(|state| {
        let now = state.now();
        state.tidal.saved = songs(0..45)
            .into_iter()
            .map(|song| {
                let at = now.plus_seconds(-i64::from(song.number));
                (song, at)
            })
            .collect();
    });
    let (mut saved, mut page) = (Vec::new(), None);
    loop {
        let some = world.platform("tidal").saved(&authorization, page.as_ref()).await.expect("an answer");
        saved.extend(some.tracks);
        page = some.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(saved.len(), 45);
    assert!(saved.is_sorted_by(|a, b| a.saved_at >= b.saved_at));
    let (song, first) = (Song::new(0), &saved[0].track);
    assert_eq!(first.track.claim().as_str(), "tidal:100000");
    assert_eq!(first.track.names(), Some((song.artist.as_str(), song.title.as_str())));
    assert_eq!(first.length_ms, Some(song.length_ms));
    assert_eq!(first.isrc.as_ref().map(Isrc::as_str), Some(song.isrc.as_str()));
}

#[tokio::test]
async fn tidal_fields_are_left_out_without_a_word_and_enums_grow() {
    let world = World::start().await;
    let authorization = world.connect("tidal").await;
    let body = r#"{"data":[
        {"id":"1","type":"tracks","meta":{"addedAt":"2026-01-01T00:00:00Z"}},
        {"id":"2","type":"tracks"},
        {"id":"3","type":"videos","meta":{"addedAt":"2026-01-01T00:00:00Z"}}],
        "included":[{"id":"1","type":"tracks","attributes":{"title":"One","copyright":"a text","accessType":"NEW"},
                     "relationships":{"artists":{"links":{"self":"/x"}}}}],
        "links":{"self":"/x"}}"#;
    world.fakes.fail_next(Service::Tidal, Fault::json(200, body));
    let saved = world.platform("tidal").saved(&authorization, None).await.expect("an answer");
    let claims: Vec<_> =
        saved.tracks.iter().map(|saved| saved.track.track.claim().as_str().to_owned()).collect();
    assert_eq!(claims, ["tidal:1", "tidal:2"]);
    assert!(saved.next.is_none() && saved.tracks[1].saved_at.is_none());
}

#[tokio::test]
async fn tidal_one_odd_resource_takes_no_other_along() {
    let world = World::start().await;
    let authorization = world.connect("tidal").await;
    let body = r#"{"data":[
        {"id":"1","type":"tracks","meta":{"addedAt":"2026-01-01T00:00:00Z"}},
        {"id":2,"type":"tracks"}, null, {"type":"tracks"}, {"id":"5","type":"tracks","meta":"none"},
        {"id":"6","type":"tracks"}],
        "included":[{"id":"1","type":"tracks","attributes":{"title":"One","duration":178}}, 7,
                    {"id":"6","type":"tracks","attributes":{"title":"Six"},"relationships":{"artists":{"data":[{"id":"9","type":"artists"}]}}},
                    {"id":"9","type":"artists","attributes":{"name":"Ada"}}],
        "links":{"self":"/x","next":"/x?page%5Bcursor%5D=c-6"}}"#;
    world.fakes.fail_next(Service::Tidal, Fault::json(200, body));
    let saved = world.platform("tidal").saved(&authorization, None).await.expect("an answer");
    let claims: Vec<_> =
        saved.tracks.iter().map(|saved| saved.track.track.claim().as_str().to_owned()).collect();
    assert_eq!(claims, ["tidal:1", "tidal:6"]);
    assert_eq!(saved.tracks[1].track.track.names(), Some(("Ada", "Six")));
    assert!(saved.next.is_some(), "the next page is still there");
}

#[tokio::test]
async fn tidal_says_with_a_number_of_its_own_that_a_token_ran_out() {
    let world = World::start().await;
    let authorization = world.connect("tidal").await;
    for number in [11_001, 11_002, 11_003, 11_101, 6_001] {
        let body =
            format!(r#"{{"status":401,"sub_status":{number},"userMessage":"The token has expired."}}"#);
        world.fakes.fail_next(Service::Tidal, Fault::json(401, &body));
        let outcome = world.platform("tidal").saved(&authorization, None).await;
        assert!(
            matches!(outcome, Err(PlatformError::Expired { platform: "tidal" })),
            "{number}: {outcome:?}"
        );
    }
    world.fakes.advance(86_401);
    let outcome = world.platform("tidal").saved(&authorization, None).await;
    assert!(matches!(outcome, Err(PlatformError::Expired { .. })), "{outcome:?}");
    let renewed = world.platform("tidal").refresh(&authorization, world.now()).await.expect("renewed");
    assert!(world.platform("tidal").saved(&renewed, None).await.is_ok());
}

#[tokio::test]
async fn tidal_a_code_may_have_several_tracks_and_a_track_several_artists() {
    let world = World::start().await;
    let authorization = world.connect("tidal").await;
    let track = |id: &str| {
        let artists = r#"{"data":[{"id":"2","type":"artists"},{"id":"1","type":"artists"}]}"#;
        format!(
            r#"{{"id":"{id}","type":"tracks","attributes":{{"title":"Seven","isrc":"GBFKE2600007"}},"relationships":{{"artists":{artists}}}}}"#
        )
    };
    let body = format!(
        r#"{{"data":[{},{}],"included":[{{"id":"1","type":"artists","attributes":{{"name":"Fu"}}}},{{"id":"2","type":"artists","attributes":{{"name":"Ada Quartet"}}}}],"links":{{"self":"/tracks","next":"/tracks?page%5Bcursor%5D=b"}}}}"#,
        track("71"),
        track("72")
    );
    world.fakes.fail_next(Service::Tidal, Fault::json(200, &body));
    let before = world.asked(Service::Tidal);
    let code = "GBFKE2600007".parse().expect("a code");
    let found = world.platform("tidal").track_by_isrc(Some(&authorization), &code).await;
    let found = found.expect("asked").expect("found");
    assert_eq!(found.track.claim().as_str(), "tidal:71", "they are one recording");
    assert_eq!(found.track.names(), Some(("Ada Quartet", "Seven")), "the first artist");
    assert_eq!(world.asked(Service::Tidal) - before, 1);
}

#[tokio::test]
async fn tidal_tracks_are_found_by_id_and_by_code() {
    let world = World::start().await;
    let (platform, authorization) = (world.platform("tidal"), world.connect("tidal").await);
    let song = Song::new(12);
    let by_id = platform.track(Some(&authorization), &song.id()).await.expect("asked").expect("found");
    let code = song.isrc.parse().expect("a code");
    let by_code = platform.track_by_isrc(Some(&authorization), &code).await.expect("asked").expect("found");
    assert_eq!(by_id, by_code);
    assert!(world.fakes.calls(Service::Tidal).iter().any(|call| call.query.contains("countryCode=GB")));
}
