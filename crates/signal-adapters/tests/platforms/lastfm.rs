//! Last.fm's quirks.

use fake_platforms::{Fault, Service, Song, songs};
use signal_core::model::{Exactness, Timestamp};
use signal_core::platform::{ConsentAnswer, HistoryFrom, PlatformError};

use crate::world::{World, starts, told};

/// Adds plays of three minutes each, the last one ten minutes ago.
fn scrobble(world: &World, count: u32) -> Timestamp {
    let begin = world.now().plus_seconds(-600 - i64::from(count) * 180);
    world.fakes.with(|state| {
        for song in songs(0..count) {
            let at = begin.plus_seconds(i64::from(song.number) * 180);
            state.lastfm.scrobble(song, at);
        }
    });
    begin
}

#[tokio::test]
async fn lastfm_times_are_the_start_to_the_second() {
    let world = World::start().await;
    let begin = scrobble(&world, 2);
    let authorization = world.connect("lastfm").await;
    let (plays, _) = world.all("lastfm", &authorization, None).await;
    let row = |title: &str, at: Timestamp| (title.to_owned(), at.to_string(), Exactness::Exact);
    assert_eq!(told(&plays), [row("Song No. 0", begin), row("Song No. 1", begin.plus_seconds(180))]);
}

#[tokio::test]
async fn lastfm_pages_are_read_from_the_last_one_down_and_lose_nothing_while_the_person_listens() {
    let world = World::start().await;
    scrobble(&world, 1_050);
    let authorization = world.connect("lastfm").await;
    let (mut plays, mut cursor) = (Vec::new(), None);
    let mut number = 5_000;
    loop {
        let from = cursor.as_ref().map_or(HistoryFrom::Beginning, HistoryFrom::Cursor);
        let history = world.ask("lastfm", &authorization, from).await.expect("an answer");
        plays.extend(history.plays);
        cursor = Some(history.cursor);
        // A play goes on and ends between any two pages.
        world.fakes.advance(200);
        let (now, song) = (world.now().plus_seconds(-190), Song::new(number));
        world.fakes.with(|state| state.lastfm.scrobble(song, now));
        number += 1;
        if !history.more {
            break;
        }
    }
    assert!(starts(&plays).is_sorted());
    plays.extend(world.all("lastfm", &authorization, cursor).await.0);
    let expected = world.fakes.with(|state| state.lastfm.scrobbles.len());
    let mut titles: Vec<_> = told(&plays).into_iter().map(|(title, ..)| title).collect();
    titles.sort();
    titles.dedup();
    assert_eq!((plays.len(), titles.len()), (expected, expected));
    let pages: Vec<_> = world
        .fakes
        .calls(Service::LastFm)
        .iter()
        .filter_map(|call| {
            let (_, rest) = call.query.split_once("&page=")?;
            rest.split('&').next()?.parse::<u32>().ok()
        })
        .take(7)
        .collect();
    assert_eq!(pages, [1, 6, 5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn lastfm_plays_that_come_late_shift_the_pages_and_are_not_lost() {
    let world = World::start().await;
    let begin = scrobble(&world, 650);
    let authorization = world.connect("lastfm").await;
    let first = world.ask("lastfm", &authorization, HistoryFrom::Beginning).await.expect("an answer");
    let mut titles: Vec<_> = told(&first.plays).into_iter().map(|(title, ..)| title).collect();
    // A device that was offline submits what was played in the middle of the span.
    world.fakes.with(|state| {
        for song in songs(2_000..2_030) {
            let at = begin.plus_seconds(180 * 500 + i64::from(song.number));
            state.lastfm.scrobble(song, at);
        }
    });
    let (rest, _) = world.all("lastfm", &authorization, Some(first.cursor)).await;
    titles.extend(told(&rest).into_iter().map(|(title, ..)| title));
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 680);
}

#[tokio::test]
async fn lastfm_plays_that_come_days_late_are_looked_for_once_a_day() {
    let world = World::start().await;
    let begin = scrobble(&world, 40);
    let authorization = world.connect("lastfm").await;
    let (_, cursor) = world.all("lastfm", &authorization, None).await;
    world.fakes.with(|state| state.lastfm.scrobble(Song::new(900), begin.plus_seconds(7)));
    let (now, cursor) = world.all("lastfm", &authorization, Some(cursor)).await;
    assert!(now.is_empty());
    world.fakes.advance(86_401);
    let (late, cursor) = world.all("lastfm", &authorization, Some(cursor)).await;
    assert!(told(&late).iter().any(|(title, ..)| title == "Song No. 900"));
    assert!(world.all("lastfm", &authorization, Some(cursor)).await.0.is_empty());
}

#[tokio::test]
async fn lastfm_an_empty_answer_in_mid_reading_is_a_fault() {
    let world = World::start().await;
    scrobble(&world, 650);
    let authorization = world.connect("lastfm").await;
    let first = world.ask("lastfm", &authorization, HistoryFrom::Beginning).await.expect("an answer");
    world.fakes.fail_next(Service::LastFm, Fault::json(400, r#"{"error":6,"message":"no such page"}"#));
    let lost = world.ask("lastfm", &authorization, HistoryFrom::Cursor(&first.cursor)).await;
    assert!(matches!(lost, Err(PlatformError::Failed { retry: true, .. })), "{lost:?}");
    let (rest, _) = world.all("lastfm", &authorization, Some(first.cursor)).await;
    assert_eq!(first.plays.len() + rest.len(), 650);
}

#[tokio::test]
async fn lastfm_bounds_may_include_or_exclude_and_a_second_may_hold_two_plays() {
    for excluded in [false, true] {
        let world = World::start().await;
        world.fakes.with(|state| state.lastfm.bound_excluded = excluded);
        scrobble(&world, 3);
        let authorization = world.connect("lastfm").await;
        let (plays, cursor) = world.all("lastfm", &authorization, None).await;
        let last = plays.last().expect("three plays").start;
        world.fakes.with(|state| state.lastfm.scrobble(Song::new(77), last));
        let (late, cursor) = world.all("lastfm", &authorization, Some(cursor)).await;
        assert_eq!(told(&late).len(), 1, "excluded: {excluded}");
        assert!(world.all("lastfm", &authorization, Some(cursor)).await.0.is_empty());
    }
}

#[tokio::test]
async fn lastfm_what_plays_now_comes_on_top_of_every_page_and_has_no_time() {
    let world = World::start().await;
    scrobble(&world, 450);
    world.fakes.with(|state| state.lastfm.playing = Some(Song::new(9_999)));
    let authorization = world.connect("lastfm").await;
    let (plays, _) = world.all("lastfm", &authorization, None).await;
    assert_eq!(plays.len(), 450);
    assert!(told(&plays).iter().all(|(title, ..)| title != "Song No. 9999"));
}

#[tokio::test]
async fn lastfm_a_single_track_stands_without_a_list() {
    let world = World::start().await;
    scrobble(&world, 1);
    let authorization = world.connect("lastfm").await;
    assert_eq!(world.all("lastfm", &authorization, None).await.0.len(), 1);
}

#[tokio::test]
async fn lastfm_numbers_are_texts_or_numbers_and_unset_clocks_are_no_time() {
    let world = World::start().await;
    let authorization = world.connect("lastfm").await;
    let track =
        |uts: &str| format!(r#"{{"name":"Song {uts}","artist":{{"name":"Ada"}},"date":{{"uts":{uts}}}}}"#);
    let body = format!(
        r#"{{"recenttracks":{{"track":[{},{},{}],"@attr":{{"user":"ana","totalPages":1,"total":"3"}}}}}}"#,
        track("1603188238"),
        track("1603188300"),
        track("0")
    );
    world.fakes.fail_next(Service::LastFm, Fault::json(200, &body));
    let (plays, _) = world.all("lastfm", &authorization, None).await;
    assert_eq!(starts(&plays), [1_603_188_238, 1_603_188_300]);
}

#[tokio::test]
async fn lastfm_an_empty_account_may_be_an_error_or_an_empty_page() {
    let world = World::start().await;
    let authorization = world.connect("lastfm").await;
    assert!(world.all("lastfm", &authorization, None).await.0.is_empty());
    for error in [6, 7] {
        let body = format!(r#"{{"error":{error},"message":"Invalid resource specified"}}"#);
        world.fakes.fail_next(Service::LastFm, Fault::json(404, &body));
        assert!(world.all("lastfm", &authorization, None).await.0.is_empty());
    }
}

#[tokio::test]
async fn lastfm_whoever_was_known_is_not_taken_for_an_empty_account() {
    let world = World::start().await;
    scrobble(&world, 3);
    let authorization = world.connect("lastfm").await;
    let (plays, cursor) = world.all("lastfm", &authorization, None).await;
    assert_eq!(plays.len(), 3);
    // The person has another name there by now, or is gone.
    world.fakes.with(|state| state.lastfm.name = "Anna".to_owned());
    for days in [0, 2] {
        world.fakes.advance(days * 86_400);
        let gone = world.ask("lastfm", &authorization, HistoryFrom::Cursor(&cursor)).await;
        let gone = gone.expect_err("is refused");
        assert!(matches!(gone, PlatformError::Failed { retry: false, .. }), "{gone:?}");
        assert!(gone.to_string().ends_with("it does not know this account any more"), "{gone}");
    }
    world.fakes.with(|state| state.lastfm.name = "Ana".to_owned());
    assert!(world.ask("lastfm", &authorization, HistoryFrom::Cursor(&cursor)).await.is_ok());
}

#[tokio::test]
async fn lastfm_a_token_holds_an_hour_and_is_changed_for_one_session() {
    let world = World::start().await;
    let platform = world.platform("lastfm");
    let consent = platform.authorize(world.request()).await.expect("a way");
    let answer = world.agree("lastfm", &consent).await;
    world.fakes.advance(3_590);
    let complete = || platform.complete(&consent.attempt, ConsentAnswer(&answer), world.now());
    assert!(complete().await.is_ok());
    assert_eq!(complete().await, Err(PlatformError::NeedsConsent { platform: "lastfm" }), "a second time");
    let late = platform.authorize(world.request()).await.expect("a way");
    let answer = world.agree("lastfm", &late).await;
    world.fakes.advance(3_601);
    let before = world.asked(Service::LastFm);
    let refused = platform.complete(&late.attempt, ConsentAnswer(&answer), world.now()).await;
    assert!(refused.expect_err("is refused").to_string().ends_with("the attempt is too old: begin again"));
    assert_eq!(world.asked(Service::LastFm), before, "nobody has to be asked");
    for error in [4, 14, 15] {
        let fresh = platform.authorize(world.request()).await.expect("a way");
        let body = format!(r#"{{"error":{error},"message":"x"}}"#);
        world.fakes.fail_next(Service::LastFm, Fault::json(403, &body));
        let refused = platform.complete(&fresh.attempt, ConsentAnswer(""), world.now()).await;
        assert_eq!(refused, Err(PlatformError::NeedsConsent { platform: "lastfm" }), "error {error}");
    }
}

#[tokio::test]
async fn lastfm_a_session_is_asked_for_once_and_other_signed_questions_again_after_a_fault() {
    let world = World::start().await;
    scrobble(&world, 3);
    world.fakes.with(|state| state.lastfm.private = true);
    let platform = world.platform("lastfm");
    world.fakes.fail_next(Service::LastFm, Fault::html(502));
    let consent = platform.authorize(world.request()).await.expect("a way");
    let answer = world.agree("lastfm", &consent).await;
    let before = world.asked(Service::LastFm);
    world.fakes.fail_next(Service::LastFm, Fault::html(502));
    let refused = platform.complete(&consent.attempt, ConsentAnswer(&answer), world.now()).await;
    assert!(matches!(refused, Err(PlatformError::Failed { retry: true, .. })), "{refused:?}");
    assert_eq!(world.asked(Service::LastFm), before + 1);
    let completed = platform.complete(&consent.attempt, ConsentAnswer(&answer), world.now()).await;
    let authorization = completed.expect("a permission");
    let (_, cursor) = world.all("lastfm", &authorization, None).await;
    world.fakes.fail_next(Service::LastFm, Fault::html(502));
    assert!(world.ask("lastfm", &authorization, HistoryFrom::Cursor(&cursor)).await.is_ok());
}

#[tokio::test]
async fn lastfm_private_plays_may_be_refused_with_either_status() {
    for status in [200, 400, 403] {
        let world = World::start().await;
        scrobble(&world, 3);
        let authorization = world.connect("lastfm").await;
        world.fakes.with(|state| state.lastfm.private = true);
        let body = r#"{"error":17,"message":"Login: User required to be logged in"}"#;
        world.fakes.fail_next(Service::LastFm, Fault::json(status, body));
        let (plays, _) = world.all("lastfm", &authorization, None).await;
        assert_eq!(plays.len(), 3, "status {status}");
    }
}

#[tokio::test]
async fn lastfm_private_plays_are_asked_for_with_the_session_and_others_without() {
    let world = World::start().await;
    scrobble(&world, 250);
    let authorization = world.connect("lastfm").await;
    let signed = || world.fakes.calls(Service::LastFm).iter().filter(|call| call.method == "POST").count();
    assert_eq!(signed(), 2, "a token and a session");
    let (plays, _) = world.all("lastfm", &authorization, None).await;
    assert_eq!((plays.len(), signed()), (250, 2));
    world.fakes.with(|state| state.lastfm.private = true);
    let before = world.asked(Service::LastFm);
    let (plays, cursor) = world.all("lastfm", &authorization, None).await;
    assert_eq!(plays.len(), 250);
    assert_eq!(world.asked(Service::LastFm) - before, 4, "one refusal, and three pages");
    let before = world.asked(Service::LastFm);
    world.all("lastfm", &authorization, Some(cursor)).await;
    assert_eq!(world.asked(Service::LastFm) - before, 1, "it is remembered");
    assert_eq!(signed(), 6);
    // No address holds a session, a token or a signature: it may be written down on its way.
    for call in world.fakes.calls(Service::LastFm).iter().filter(|call| call.path == "/2.0/") {
        let parts = ["sk=", "token=", "api_sig="].iter().filter(|part| call.query.contains(**part)).count();
        assert_eq!((parts, call.method == "POST"), (0, call.query.is_empty()), "{}", call.query);
    }
}

#[tokio::test]
async fn lastfm_the_answer_about_another_person_is_refused() {
    let world = World::start().await;
    scrobble(&world, 3);
    let authorization = world.connect("lastfm").await;
    world.fakes.with(|state| state.lastfm.mistaken = true);
    let outcome = world.ask("lastfm", &authorization, HistoryFrom::Beginning).await;
    assert!(matches!(outcome, Err(PlatformError::Failed { retry: true, .. })), "{outcome:?}");
}

#[tokio::test]
async fn lastfm_errors_are_numbers_in_a_body_whatever_the_status() {
    let world = World::start().await;
    let authorization = world.connect("lastfm").await;
    for status in [200, 400, 403] {
        for (error, expected) in [
            (8, "retry"),
            (11, "retry"),
            (16, "retry"),
            (4, "consent"),
            (9, "consent"),
            (14, "consent"),
            (15, "consent"),
            (10, "give up"),
            (13, "give up"),
            (26, "give up"),
        ] {
            let body = format!(r#"{{"error":{error},"message":"x","links":[]}}"#);
            world.fakes.fail_next(Service::LastFm, Fault::json(status, &body));
            let outcome = world.ask("lastfm", &authorization, HistoryFrom::Beginning).await;
            let told = match outcome {
                Err(PlatformError::Failed { retry: true, .. }) => "retry",
                Err(PlatformError::Failed { retry: false, .. }) => "give up",
                Err(PlatformError::NeedsConsent { .. }) => "consent",
                other => panic!("{other:?}"),
            };
            assert_eq!(told, expected, "error {error} with status {status}");
        }
    }
}

#[tokio::test]
async fn lastfm_says_in_a_good_answer_that_it_was_asked_too_often() {
    let world = World::start().await;
    let authorization = world.connect("lastfm").await;
    world
        .fakes
        .fail_next(Service::LastFm, Fault::json(200, r#"{"error":29,"message":"Rate Limit Exceeded"}"#));
    let until = world.now().plus_seconds(60);
    let outcome = world.ask("lastfm", &authorization, HistoryFrom::Beginning).await;
    let Err(PlatformError::RateLimited { until: told, .. }) = outcome else { panic!("{outcome:?}") };
    assert!(told >= until);
    let calls = world.asked(Service::LastFm);
    assert!(world.ask("lastfm", &authorization, HistoryFrom::Beginning).await.is_err());
    assert_eq!(world.asked(Service::LastFm), calls);
    world.fakes.set_now(told);
    assert!(world.ask("lastfm", &authorization, HistoryFrom::Beginning).await.is_ok());
}
