//! Spotify's quirks.

use fake_platforms::{Fault, Service, Song, SpotifyPlay, songs};
use signal_core::model::{Exactness, Timestamp};
use signal_core::platform::{ConsentAnswer, HistoryFrom, PlatformError};

use crate::world::{World, told};

#[tokio::test]
async fn spotify_times_are_the_end_so_starts_are_estimates() {
    let world = World::start().await;
    let end: Timestamp = "2026-11-28T11:50:00.123Z".parse().expect("a time");
    world.fakes.with(|state| state.spotify.play(Song::new(30), end));
    let authorization = world.connect("spotify").await;
    let (plays, _) = world.all("spotify", &authorization, None).await;
    let expected = ("Song No. 30".to_owned(), "2026-11-28T11:47:30.123Z".to_owned(), Exactness::Estimated);
    assert_eq!(told(&plays), [expected], "150 seconds before its end");
    let track = &plays[0].track;
    assert_eq!(track.track.claim().as_str(), "spotify:5potify000000000000030");
    assert_eq!(track.isrc.as_ref().map(|isrc| isrc.as_str().to_owned()).as_deref(), Some("GBFKE2600030"));
    assert_eq!((track.length_ms, plays[0].played_ms), (Some(150_000), None));
}

#[tokio::test]
async fn spotify_long_mixes_are_known_to_the_day_for_nobody_says_how_much_was_played() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    let row = |minutes: u32| {
        let length = minutes * 60_000;
        format!(
            r#"{{"items":[{{"track":{{"id":"5potify000000000000001","name":"Mix","artists":[{{"name":"A"}}],"duration_ms":{length}}},"played_at":"2026-11-28T11:00:00Z"}}]}}"#
        )
    };
    for (minutes, exactness) in [(12, Exactness::Estimated), (60, Exactness::Day)] {
        world.fakes.fail_next(Service::Spotify, Fault::json(200, &row(minutes)));
        let (plays, _) = world.all("spotify", &authorization, None).await;
        assert_eq!(plays[0].exactness, exactness, "{minutes}");
    }
}

#[tokio::test]
async fn spotify_times_may_have_no_fraction() {
    let world = World::start().await;
    world.fakes.with(|state| {
        let now = state.now();
        state.spotify.play(Song::new(0), now);
    });
    let authorization = world.connect("spotify").await;
    let (plays, cursor) = world.all("spotify", &authorization, None).await;
    assert_eq!(told(&plays)[0].1, "2026-11-28T11:58:00Z");
    assert!(world.all("spotify", &authorization, Some(cursor)).await.0.is_empty(), "it is told once");
}

#[tokio::test]
async fn spotify_is_asked_for_all_that_it_keeps_and_never_with_a_bound() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    world.fakes.with(|state| {
        let now = state.now();
        state.spotify.play(Song::new(0), now);
    });
    let (_, cursor) = world.all("spotify", &authorization, None).await;
    world.ask("spotify", &authorization, HistoryFrom::Cursor(&cursor)).await.expect("an answer");
    world.ask("spotify", &authorization, HistoryFrom::Since(world.now())).await.expect("an answer");
    let calls = world.fakes.calls(Service::Spotify);
    let asked = calls.iter().filter(|call| call.path.ends_with("/recently-played"));
    assert_eq!(asked.map(|call| call.query.as_str()).collect::<Vec<_>>(), ["limit=50"; 3]);
}

#[tokio::test]
async fn spotify_accounts_are_known_by_the_id_that_stays_and_else_by_the_other() {
    let world = World::start().await;
    let token = r#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r"}"#;
    for (me, expected) in [
        (r#"{"account_id":"for-ever","id":"ana","display_name":"Ana"}"#, "for-ever"),
        (r#"{"account_id":null,"id":"ana","display_name":null}"#, "ana"),
        (r#"{"id":"ana"}"#, "ana"),
    ] {
        let platform = world.platform("spotify");
        let consent = platform.authorize(world.request()).await.expect("a way");
        let answer = world.agree("spotify", &consent).await;
        world.fakes.fail_next(Service::Spotify, Fault::json(200, token));
        world.fakes.fail_next(Service::Spotify, Fault::json(200, me));
        let completed = platform.complete(&consent.attempt, ConsentAnswer(&answer), world.now()).await;
        let account = completed.expect("a permission").account.expect("an account");
        assert_eq!(account.id, expected, "{me}");
    }
}

#[tokio::test]
async fn spotify_tells_only_what_is_new_since_the_last_answer() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    let mut cursor = None;
    let mut seen = Vec::new();
    for round in 0..6 {
        for song in songs(round * 10..round * 10 + round) {
            world.fakes.advance(200);
            world.fakes.with(|state| {
                let now = state.now();
                state.spotify.play(song, now);
            });
        }
        let (plays, next) = world.all("spotify", &authorization, cursor).await;
        assert_eq!(plays.len(), round as usize);
        seen.extend(told(&plays));
        cursor = Some(next);
    }
    assert_eq!(seen.len(), 15);
    assert!(seen.is_sorted_by_key(|(_, start, _)| start.clone()));
}

#[tokio::test]
async fn spotify_plays_that_a_device_brings_late_are_told() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    world.fakes.with(|state| {
        let now = state.now();
        state.spotify.play(Song::new(1), now.plus_seconds(-600));
    });
    let (plays, cursor) = world.all("spotify", &authorization, None).await;
    assert_eq!(plays.len(), 1);
    world.fakes.with(|state| {
        let now = state.now();
        state.spotify.play(Song::new(2), now.plus_seconds(-1_200));
    });
    let (late, cursor) = world.all("spotify", &authorization, Some(cursor)).await;
    assert_eq!(told(&late)[0].0, "Song No. 2");
    assert!(world.all("spotify", &authorization, Some(cursor)).await.0.is_empty());
}

#[tokio::test]
async fn spotify_keeps_fifty_plays_and_a_full_answer_that_misses_the_last_one_is_a_gap() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    let play = |count: u32| {
        for song in songs(0..count) {
            world.fakes.advance(200);
            world.fakes.with(|state| {
                let now = state.now();
                state.spotify.play(song, now);
            });
        }
    };
    play(40);
    let renew =
        || async { world.platform("spotify").refresh(&authorization, world.now()).await.expect("renewed") };
    let first = world.ask("spotify", &renew().await, HistoryFrom::Beginning).await.expect("an answer");
    assert!(!first.coverage.gap_suspected && first.plays.len() == 40 && !first.more);
    let since = first.coverage.complete_since.expect("a time");
    play(49);
    let second =
        world.ask("spotify", &renew().await, HistoryFrom::Cursor(&first.cursor)).await.expect("an answer");
    assert!(!second.coverage.gap_suspected && second.plays.len() == 49);
    assert_eq!(second.coverage.complete_since, Some(since));
    play(51);
    let third =
        world.ask("spotify", &renew().await, HistoryFrom::Cursor(&second.cursor)).await.expect("an answer");
    assert!(third.coverage.gap_suspected && third.plays.len() == 50);
    assert!(third.coverage.complete_since > Some(since), "what was before may be missing");
    play(1);
    let fourth =
        world.ask("spotify", &renew().await, HistoryFrom::Cursor(&third.cursor)).await.expect("an answer");
    assert!(!fourth.coverage.gap_suspected && fourth.plays.len() == 1);
}

#[tokio::test]
async fn spotify_beyond_the_horizon_there_is_an_empty_answer_without_cursors() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    let since = HistoryFrom::Since(world.now());
    let answer = world.ask("spotify", &authorization, since).await.expect("an answer");
    assert!(answer.plays.is_empty() && !answer.more && !answer.coverage.gap_suspected);
    assert_eq!(answer.coverage.complete_since, Some(world.now()));
    // The same where something was told before: nothing is missing, and nothing is told again after it.
    world.fakes.with(|state| {
        let now = state.now();
        state.spotify.play(Song::new(1), now.plus_seconds(600));
    });
    world.fakes.advance(900);
    let first = world.ask("spotify", &authorization, since).await.expect("an answer");
    assert_eq!(first.plays.len(), 1);
    world.fakes.fail_next(
        Service::Spotify,
        Fault::json(200, r#"{"items":[],"cursors":null,"next":null,"limit":50}"#),
    );
    let from = HistoryFrom::Cursor(&first.cursor);
    let empty = world.ask("spotify", &authorization, from).await.expect("an answer");
    assert!(empty.plays.is_empty() && !empty.more && !empty.coverage.gap_suspected);
    assert_eq!(empty.coverage, first.coverage);
    let from = HistoryFrom::Cursor(&empty.cursor);
    let again = world.ask("spotify", &authorization, from).await.expect("an answer");
    assert!(again.plays.is_empty() && !again.coverage.gap_suspected);
}

#[tokio::test]
async fn spotify_rows_without_a_track_are_passed_over_and_do_not_hold_the_place_back() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    world.fakes.with(|state| {
        let now = state.now();
        state.spotify.play(Song::new(1), now.plus_seconds(-600));
        state.spotify.plays.push(SpotifyPlay { song: None, ended_at: now });
    });
    let (plays, cursor) = world.all("spotify", &authorization, None).await;
    assert_eq!(plays.len(), 1);
    assert!(world.all("spotify", &authorization, Some(cursor)).await.0.is_empty());
}

#[tokio::test]
async fn spotify_fields_come_and_go_with_the_mode_of_the_app() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    world.fakes.with(|state| {
        let now = state.now();
        state.spotify.play(Song::new(1), now);
    });
    for (extended, codes) in [(false, true), (true, true), (true, false)] {
        world.fakes.with(|state| {
            (state.spotify.extended, state.spotify.codes) = (extended, codes);
        });
        let (plays, _) = world.all("spotify", &authorization, None).await;
        assert_eq!(plays[0].track.isrc.is_some(), codes);
    }
    // Fields that are null; no `external_ids` at all, or without a code; an empty name after a takedown; a file of the person's own.
    let rows = [
        r#"{"track":{"id":"5potify000000000000006","name":null,"artists":null,"duration_ms":null},"played_at":"2026-11-28T09:53:00Z"}"#,
        r#"{"track":{"id":"5potify000000000000005","name":"Five","artists":[null]},"played_at":"2026-11-28T09:54:00Z"}"#,
        r#"{"track":{"id":"5potify000000000000007","name":"Seven","artists":[{"name":"Ada"}],"external_ids":{}},"played_at":"2026-11-28T09:55:00Z"}"#,
        r#"{"track":{"id":"5potify000000000000008","name":"Eight","artists":[{"name":"Ada"}],"external_ids":null},"played_at":"2026-11-28T09:56:00Z"}"#,
        r#"{"track":{"id":"5potify000000000000001","name":"","artists":[]},"played_at":"2026-11-28T10:00:00Z"}"#,
        r#"{"track":{"id":null,"name":"Mine","artists":[{"name":"Me"}],"uri":"spotify:local:x"},"played_at":"2026-11-28T10:05:00Z"}"#,
        r#"{"track":{"id":null,"name":"","artists":[]},"played_at":"2026-11-28T10:06:00Z"}"#,
        "null",
    ];
    world
        .fakes
        .fail_next(Service::Spotify, Fault::json(200, &format!(r#"{{"items":[{}]}}"#, rows.join(","))));
    let (plays, _) = world.all("spotify", &authorization, None).await;
    let claims: Vec<_> = plays.iter().map(|play| play.track.track.claim().as_str().to_owned()).collect();
    let [six, five, seven, eight, one] = [6, 5, 7, 8, 1].map(|number| format!("spotify:5potify{number:015}"));
    assert_eq!(claims, [six, five, seven, eight, one, "name:me|mine".to_owned()]);
    assert!(plays.iter().all(|play| play.track.isrc.is_none()));
}

#[tokio::test]
async fn spotify_says_in_plain_text_that_an_account_is_not_on_the_list() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    world.fakes.with(|state| state.spotify.listed = false);
    let refused = world.ask("spotify", &authorization, HistoryFrom::Beginning).await.expect_err("is refused");
    assert!(refused.to_string().contains("listed in Spotify's dashboard"), "{refused}");
    assert!(matches!(refused, PlatformError::Failed { retry: false, .. }));
    world.fakes.with(|state| state.spotify.listed = true);
    for (body, words) in [
        ("Active premium subscription required for the owner of the app.", "premium"),
        (r#"{"error":{"status":403,"message":"Forbidden"}}"#, "forbids"),
    ] {
        world.fakes.fail_next(Service::Spotify, Fault::text(403, body));
        let refused =
            world.ask("spotify", &authorization, HistoryFrom::Beginning).await.expect_err("is refused");
        assert!(refused.to_string().contains(words), "{refused}");
    }
}

#[tokio::test]
async fn spotify_a_limit_is_no_missing_track() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    world.fakes.fail_next(Service::Spotify, Fault::text(429, "Too many requests").with("retry-after", 3_600));
    let unasked = world.platform("spotify").track(Some(&authorization), &Song::new(1).spotify()).await;
    assert!(matches!(unasked, Err(PlatformError::RateLimited { .. })), "{unasked:?}");
}

#[tokio::test]
async fn spotify_tracks_are_found_by_id_and_by_code_with_somebodys_permission() {
    let world = World::start().await;
    let (platform, authorization) = (world.platform("spotify"), world.connect("spotify").await);
    let song = Song::new(12);
    let by_id = platform.track(Some(&authorization), &song.spotify()).await.expect("asked").expect("found");
    let code = song.isrc.parse().expect("a code");
    let by_code = platform.track_by_isrc(Some(&authorization), &code).await.expect("asked").expect("found");
    assert_eq!(by_id, by_code);
    assert_eq!(by_id.track.names(), Some((song.artist.as_str(), song.title.as_str())));
    let searches: Vec<_> = world
        .fakes
        .calls(Service::Spotify)
        .into_iter()
        .filter(|call| call.path.ends_with("/search"))
        .map(|call| call.query)
        .collect();
    assert_eq!(
        searches,
        [format!("q=isrc%3A{}&type=track&limit=10", song.isrc)],
        "more than ten are refused"
    );
    let nobody = platform.track(None, &song.spotify()).await;
    assert_eq!(nobody, Err(PlatformError::NeedsConsent { platform: "spotify" }));
}

#[tokio::test]
async fn spotify_saved_tracks_come_in_pages_with_empty_rows_among_them() {
    let world = World::start().await;
    let (platform, authorization) = (world.platform("spotify"), world.connect("spotify").await);
    world.fakes.with(|state| {
        let now = state.now();
        state.spotify.saved = songs(0..120).into_iter().map(|song| (song, now)).collect();
    });
    let (mut saved, mut page) = (Vec::new(), None);
    loop {
        let some = platform.saved(&authorization, page.as_ref()).await.expect("an answer");
        assert!(some.tracks.len() <= signal_core::platform::SAVED_PER_ANSWER_MAX);
        saved.extend(some.tracks);
        page = some.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(saved.len(), 120);
    assert_eq!(saved[0].saved_at, Some(world.now()));
}
