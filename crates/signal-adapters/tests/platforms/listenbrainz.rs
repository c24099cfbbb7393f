//! ListenBrainz' quirks.

use std::sync::Arc;

use fake_platforms::{Fault, ListenRow, PinRow, Service, Song, songs};
use signal_adapters::listenbrainz::{ListenBrainz, ListenBrainzConfig, Submitted};
use signal_core::host::Host;
use signal_core::model::{Exactness, Timestamp, TrackRef};
use signal_core::platform::{
    ConsentAnswer, HistoryFrom, ImportRecord, PlatformError, PlatformTrack, PlayedTrack,
};

use crate::world::{World, starts, told};

#[tokio::test]
async fn listenbrainz_times_are_the_start_to_the_second() {
    let world = World::start().await;
    let start = world.now().plus_seconds(-1_000);
    world.fakes.with(|state| state.listenbrainz.listen(Song::new(7), start));
    let authorization = world.connect("listenbrainz").await;
    let (plays, _) = world.all("listenbrainz", &authorization, None).await;
    assert_eq!(told(&plays), [("Song No. 7".to_owned(), start.to_string(), Exactness::Exact)]);
    assert_eq!(plays[0].track.length_ms, Some(127_000));
}

#[tokio::test]
async fn listenbrainz_a_long_history_is_paged_forward_from_its_beginning() {
    let world = World::start().await;
    let begin = world.now().plus_seconds(-3_000_000);
    world.fakes.with(|state| {
        for song in songs(0..1_234) {
            let at = begin.plus_seconds(i64::from(song.number) * 200);
            state.listenbrainz.listen(song, at);
        }
    });
    let authorization = world.connect("listenbrainz").await;
    let (plays, cursor) = world.all("listenbrainz", &authorization, None).await;
    assert_eq!(plays.len(), 1_234);
    assert!(starts(&plays).is_sorted());
    let (again, _) = world.all("listenbrainz", &authorization, Some(cursor)).await;
    assert!(again.is_empty());
    let half = HistoryFrom::Since(begin.plus_seconds(1_000 * 200));
    let since = world.ask("listenbrainz", &authorization, half).await.expect("an answer");
    assert_eq!((since.plays.len(), since.coverage.complete_since), (234, Some(begin.plus_seconds(200_000))));
}

#[tokio::test]
async fn listenbrainz_may_give_fewer_listens_than_were_asked_for() {
    let world = World::start().await;
    let begin = world.now().plus_seconds(-30_000);
    world.fakes.with(|state| {
        state.listenbrainz.page_max = 25;
        for song in songs(0..130) {
            let at = begin.plus_seconds(i64::from(song.number) * 200);
            state.listenbrainz.listen(song, at);
        }
    });
    let authorization = world.connect("listenbrainz").await;
    let (plays, _) = world.all("listenbrainz", &authorization, None).await;
    assert_eq!(plays.len(), 130);
}

#[tokio::test]
async fn listenbrainz_several_listens_may_share_a_second_also_where_a_page_ends() {
    let world = World::start().await;
    let begin = world.now().plus_seconds(-100_000);
    world.fakes.with(|state| {
        // Three at each second: a page of 500 ends within one.
        for song in songs(0..900) {
            let at = begin.plus_seconds(i64::from(song.number / 3));
            state.listenbrainz.listen(song, at);
        }
    });
    let authorization = world.connect("listenbrainz").await;
    let (plays, cursor) = world.all("listenbrainz", &authorization, None).await;
    let mut titles: Vec<_> = told(&plays).into_iter().map(|(title, ..)| title).collect();
    titles.sort();
    titles.dedup();
    assert_eq!((plays.len(), titles.len()), (900, 900), "none lost and none doubled");
    world.fakes.with(|state| state.listenbrainz.listen(Song::new(950), begin.plus_seconds(299)));
    let (late, _) = world.all("listenbrainz", &authorization, Some(cursor)).await;
    assert_eq!(told(&late)[0].0, "Song No. 950", "in the second that was told already");
}

#[tokio::test]
async fn listenbrainz_listens_that_come_days_late_are_looked_for_once_a_day() {
    let world = World::start().await;
    let begin = world.now().plus_seconds(-100_000);
    world.fakes.with(|state| {
        for song in songs(0..40) {
            let at = begin.plus_seconds(i64::from(song.number) * 200);
            state.listenbrainz.listen(song, at);
        }
    });
    let authorization = world.connect("listenbrainz").await;
    let (_, cursor) = world.all("listenbrainz", &authorization, None).await;
    world.fakes.with(|state| state.listenbrainz.listen(Song::new(950), begin.plus_seconds(7)));
    let (now, cursor) = world.all("listenbrainz", &authorization, Some(cursor)).await;
    assert!(now.is_empty());
    world.fakes.advance(86_401);
    let (late, cursor) = world.all("listenbrainz", &authorization, Some(cursor)).await;
    assert!(told(&late).iter().any(|(title, ..)| title == "Song No. 950"));
    assert!(world.all("listenbrainz", &authorization, Some(cursor)).await.0.is_empty());
}

#[tokio::test]
async fn listenbrainz_more_listens_in_a_second_than_a_page_holds_are_a_gap_and_no_endless_loop() {
    let world = World::start().await;
    let begin = world.now().plus_seconds(-100_000);
    world.fakes.with(|state| {
        for song in songs(0..700) {
            state.listenbrainz.listen(song, begin);
        }
        state.listenbrainz.listen(Song::new(800), begin.plus_seconds(1));
    });
    let authorization = world.connect("listenbrainz").await;
    let first = world.ask("listenbrainz", &authorization, HistoryFrom::Beginning).await.expect("an answer");
    assert_eq!((first.plays.len(), first.more), (500, true));
    let second = world
        .ask("listenbrainz", &authorization, HistoryFrom::Cursor(&first.cursor))
        .await
        .expect("an answer");
    assert!(second.coverage.gap_suspected && second.plays.is_empty() && second.more);
    let third = world
        .ask("listenbrainz", &authorization, HistoryFrom::Cursor(&second.cursor))
        .await
        .expect("an answer");
    assert_eq!((third.plays.len(), third.more), (1, false));
}

#[tokio::test]
async fn listenbrainz_a_clock_that_runs_ahead_hides_nothing() {
    let world = World::start().await;
    let now = world.now();
    world.fakes.with(|state| state.listenbrainz.listen(Song::new(1), now.plus_seconds(3_000)));
    let authorization = world.connect("listenbrainz").await;
    let (plays, cursor) = world.all("listenbrainz", &authorization, None).await;
    assert_eq!(plays.len(), 1);
    world.fakes.advance(100);
    world.fakes.with(|state| state.listenbrainz.listen(Song::new(2), now.plus_seconds(50)));
    let (plays, _) = world.all("listenbrainz", &authorization, Some(cursor)).await;
    assert!(told(&plays).iter().any(|(title, ..)| title == "Song No. 2"), "{plays:?}");
}

#[tokio::test]
async fn listenbrainz_only_the_mapped_recording_counts_and_no_identifier_of_clients() {
    let world = World::start().await;
    let now = world.now();
    world.fakes.with(|state| {
        state.listenbrainz.listens.push(ListenRow {
            at: now.plus_seconds(-20),
            song: Song::new(1),
            mapped: true,
        });
        state.listenbrainz.listens.push(ListenRow {
            at: now.plus_seconds(-10),
            song: Song::new(2),
            mapped: false,
        });
    });
    let authorization = world.connect("listenbrainz").await;
    let (plays, _) = world.all("listenbrainz", &authorization, None).await;
    let claims: Vec<_> = plays.iter().map(|play| play.track.track.claim().as_str().to_owned()).collect();
    assert_eq!(claims, ["mbid:00000000-0000-4000-8000-000000000001", "name:celik|song no 2"]);
    assert!(plays.iter().all(|play| play.track.isrc.is_none()));
}

#[tokio::test]
async fn listenbrainz_says_in_a_good_answer_that_a_token_is_wrong() {
    let world = World::start().await;
    let platform = world.platform("listenbrainz");
    let consent = platform.authorize(world.request()).await.expect("a way");
    let invalid = r#"{"code":200,"message":"Token invalid.","valid":false}"#;
    let nobody = r#"{"code":200,"message":"Token valid.","valid":true}"#;
    for body in [invalid, nobody] {
        world.fakes.fail_next(Service::ListenBrainz, Fault::json(200, body));
        let refused = platform.complete(&consent.attempt, ConsentAnswer("wrong"), world.now()).await;
        assert_eq!(refused, Err(PlatformError::NeedsConsent { platform: "listenbrainz" }), "{body}");
    }
    let authorization = world.connect("listenbrainz").await;
    assert_eq!(authorization.account.expect("an account").id, "ana");
    assert_eq!((authorization.refresh, authorization.expires_at), (None, None));
}

#[tokio::test]
async fn listenbrainz_tokens_of_musicbrainz_are_sent_as_others_are_and_run_out() {
    let world = World::start().await;
    let now = world.now();
    world.fakes.with(|state| {
        state.listenbrainz.token = "meba_0123456789".to_owned();
        state.listenbrainz.listen(Song::new(1), now.plus_seconds(-900));
    });
    let authorization = world.connect("listenbrainz").await;
    assert_eq!(authorization.access.reveal(), "meba_0123456789");
    let (plays, cursor) = world.all("listenbrainz", &authorization, None).await;
    assert_eq!(plays.len(), 1);
    // They are tokens of OAuth, which the person may take back.
    world.fakes.with(|state| state.listenbrainz.token = "meba_another".to_owned());
    let over = world.ask("listenbrainz", &authorization, HistoryFrom::Cursor(&cursor)).await;
    assert_eq!(over, Err(PlatformError::NeedsConsent { platform: "listenbrainz" }));
}

#[tokio::test]
async fn listenbrainz_suggests_followed_people_then_followers_then_similar_ones_each_once() {
    let world = World::start().await;
    world.fakes.with(|state| {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        state.listenbrainz.following = names(&["ben", "cem"]);
        state.listenbrainz.followers = names(&["cem", "dia", "ana"]);
        state.listenbrainz.similar = vec![("eve".to_owned(), 0.9), ("ben".to_owned(), 0.8)];
    });
    let authorization = world.connect("listenbrainz").await;
    let suggested = world.platform("listenbrainz").follows(&authorization).await.expect("suggestions");
    let others: Vec<_> = suggested
        .iter()
        .map(|record| match record {
            ImportRecord::Trust { from, to, weight: None, mutual: false } if from == "ana" => to.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(others, ["ben", "cem", "dia", "eve"]);
}

#[tokio::test]
async fn listenbrainz_pins_are_what_is_saved_there_with_what_was_said_of_them() {
    let world = World::start().await;
    let authorization = world.connect("listenbrainz").await;
    world.fakes.with(|state| {
        let now = state.now();
        state.listenbrainz.pins = songs(0..230)
            .into_iter()
            .map(|song| {
                let words = (song.number % 2 == 1).then(|| format!("No. {}", song.number));
                PinRow { at: now.plus_seconds(i64::from(song.number)), song, words }
            })
            .collect();
    });
    let (mut saved, mut pages, mut page) = (Vec::new(), Vec::new(), None);
    loop {
        let some = world.platform("listenbrainz").saved(&authorization, page.as_ref()).await;
        let some = some.expect("an answer");
        pages.push(some.tracks.len());
        saved.extend(some.tracks);
        page = some.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(pages, [100, 100, 30]);
    let (newest, song) = (&saved[0], Song::new(229));
    assert_eq!(newest.track.track.claim().as_str(), format!("mbid:{}", song.mbid()));
    assert_eq!(newest.track.track.names(), Some((song.artist.as_str(), song.title.as_str())));
    assert_eq!(newest.saved_at, Some(world.now().plus_seconds(229)));
    assert_eq!((newest.words.as_deref(), saved[1].words.as_deref()), (Some("No. 229"), None));
    assert!(saved.is_sorted_by(|a, b| a.saved_at > b.saved_at));
}

#[tokio::test]
async fn listenbrainz_one_odd_pin_takes_no_other_along() {
    let world = World::start().await;
    let authorization = world.connect("listenbrainz").await;
    let body = r#"{"pinned_recordings":[null, {"created":"then"}, {"recording_mbid":null,"track_metadata":null},
        {"recording_mbid":null,"track_metadata":{"artist_name":"A","track_name":"T","mbid_mapping":
            {"recording_mbid":"22222222-2222-4222-8222-222222222222"}}},
        {"recording_mbid":"11111111-1111-4111-8111-111111111111","blurb_content":"mine","created":1}]}"#;
    world.fakes.fail_next(Service::ListenBrainz, Fault::json(200, body));
    let some = world.platform("listenbrainz").saved(&authorization, None).await.expect("an answer");
    let claims: Vec<_> = some.tracks.iter().map(|saved| saved.track.track.claim().as_str()).collect();
    assert_eq!(
        claims,
        ["mbid:22222222-2222-4222-8222-222222222222", "mbid:11111111-1111-4111-8111-111111111111"]
    );
    // Where nothing says how many there are, the end is where there is no more.
    assert!(some.next.is_some());
    let end = world.platform("listenbrainz").saved(&authorization, some.next.as_ref()).await;
    assert!(end.is_ok_and(|end| end.tracks.is_empty() && end.next.is_none()));
}

#[tokio::test]
async fn listenbrainz_takes_listens_that_are_whole_and_exact() {
    let world = World::start().await;
    let authorization = world.connect("listenbrainz").await;
    let config = ListenBrainzConfig {
        api_url: world.fakes.url(Service::ListenBrainz),
        ..ListenBrainzConfig::default()
    };
    let adapter = ListenBrainz::new(&config, Arc::clone(&world.host) as Arc<dyn Host>).expect("an adapter");
    let play = |seconds: i64, exactness, played_ms| PlayedTrack {
        track: PlatformTrack {
            track: TrackRef::named("Ada Quartet", "Seven").expect("names"),
            isrc: None,
            length_ms: Some(200_000),
            genres: Vec::new(),
        },
        start: world.now().plus_seconds(seconds),
        exactness,
        played_ms,
    };
    let mut plays: Vec<_> =
        (0..1_500).map(|ago| play(-300 * (ago + 1), Exactness::Exact, Some(200_000))).collect();
    plays.push(play(-10, Exactness::Exact, Some(99_000))); // less than half
    plays.push(play(-20, Exactness::Estimated, None));
    plays.push(play(7_200, Exactness::Exact, None)); // in the future
    plays.push(PlayedTrack {
        start: Timestamp::from_seconds(1_000_000_000),
        ..play(0, Exactness::Exact, None)
    });
    // A length that is no length gets a whole submission refused, so it is not said.
    plays[7].track.length_ms = Some(25 * 86_400_000);
    plays[7].played_ms = Some(240_000);
    let before = world.asked(Service::ListenBrainz);
    let submitted = adapter.submit(&authorization, &plays, world.now()).await.expect("taken");
    assert_eq!(submitted, Submitted { taken: 1_500, left_out: 4 });
    assert_eq!(world.asked(Service::ListenBrainz) - before, 2);
    let rows = world.fakes.with(|state| state.listenbrainz.submitted.clone());
    assert_eq!(rows.len(), 1_500);
    let length = |row: &serde_json::Value| row["track_metadata"]["additional_info"]["duration_ms"].as_u64();
    assert_eq!((length(&rows[6]), length(&rows[7])), (Some(200_000), None));
}
