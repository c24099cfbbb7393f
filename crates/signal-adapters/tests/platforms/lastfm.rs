//! Last.fm's quirks.

use fake_platforms::{Fault, Service, Song, songs};
use signal_core::model::{Exactness, Timestamp};
use signal_core::platform::{HistoryFrom, PlatformError};

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
async fn lastfm_private_plays_are_asked_for_with_the_session_and_others_without() {
    let world = World::start().await;
    scrobble(&world, 250);
    let authorization = world.connect("lastfm").await;
    let with_session =
        || world.fakes.calls(Service::LastFm).iter().filter(|call| call.query.contains("sk=")).count();
    let (plays, _) = world.all("lastfm", &authorization, None).await;
    assert_eq!((plays.len(), with_session()), (250, 0));
    world.fakes.with(|state| state.lastfm.private = true);
    let before = world.asked(Service::LastFm);
    let (plays, cursor) = world.all("lastfm", &authorization, None).await;
    assert_eq!(plays.len(), 250);
    assert_eq!(world.asked(Service::LastFm) - before, 4, "one refusal, and three pages");
    let before = world.asked(Service::LastFm);
    world.all("lastfm", &authorization, Some(cursor)).await;
    assert_eq!(world.asked(Service::LastFm) - before, 1, "it is remembered");
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
            (9, "consent"),
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
