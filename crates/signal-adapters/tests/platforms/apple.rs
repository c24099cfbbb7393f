//! Apple Music's quirks. How two lists are compared is tested beside the comparison.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fake_platforms::{Apple, Fault, Service, Song, songs};
use signal_core::model::Exactness;
use signal_core::platform::{Authorization, ConsentStep, History, HistoryCursor, HistoryFrom, PlatformError};

use crate::world::{World, told};

/// A look at the list after a minute.
async fn look(world: &World, cursor: &mut Option<HistoryCursor>) -> History {
    let authorization = world.connect("apple").await;
    look_with(world, &authorization, cursor).await
}

/// The same with a permission that is there: nothing else is asked.
async fn look_with(
    world: &World,
    authorization: &Authorization,
    cursor: &mut Option<HistoryCursor>,
) -> History {
    world.fakes.advance(60);
    let from = cursor.as_ref().map_or(HistoryFrom::Beginning, HistoryFrom::Cursor);
    let history = world.ask("apple", authorization, from).await.expect("an answer");
    *cursor = Some(history.cursor.clone());
    history
}

/// A page of the list with songs of these numbers, as Apple would give it.
fn page(numbers: impl IntoIterator<Item = u32>, more: bool) -> Fault {
    let row = |song: Song| {
        let attributes = format!(r#"{{"name":"{}","artistName":"{}"}}"#, song.title, song.artist);
        format!(r#"{{"id":"{}","type":"songs","attributes":{attributes}}}"#, song.id())
    };
    let rows: Vec<_> = songs(numbers).into_iter().map(row).collect();
    let next = if more { r#","next":"/v1/me/recent/played/tracks?offset=30""# } else { "" };
    Fault::json(200, &format!(r#"{{"data":[{}]{next}}}"#, rows.join(",")))
}

/// How often the list was asked for.
fn asked(world: &World) -> usize {
    world.fakes.calls(Service::Apple).iter().filter(|call| call.path.ends_with("/played/tracks")).count()
}

fn play(world: &World, numbers: &[u32]) {
    world
        .fakes
        .with(|state| songs(numbers.iter().copied()).into_iter().for_each(|song| state.apple.play(song)));
}

fn titles(history: &History) -> Vec<String> {
    told(&history.plays).into_iter().map(|(title, ..)| title.replace("Song No. ", "")).collect()
}

#[tokio::test]
async fn apple_the_first_look_is_a_baseline_and_no_play() {
    let world = World::start().await;
    play(&world, &[1, 2, 3]);
    let mut cursor = None;
    let first = look(&world, &mut cursor).await;
    assert!(first.plays.is_empty() && !first.coverage.gap_suspected && !first.more);
    assert!(look(&world, &mut cursor).await.plays.is_empty());
}

#[tokio::test]
async fn apple_new_songs_and_one_that_is_played_again_are_plays_with_estimated_times() {
    let world = World::start().await;
    play(&world, &[1, 2, 3]);
    let mut cursor = None;
    look(&world, &mut cursor).await;
    play(&world, &[4, 5]);
    let new = look(&world, &mut cursor).await;
    assert_eq!(titles(&new), ["4", "5"]);
    assert!(new.plays.iter().all(|play| play.exactness == Exactness::Estimated));
    let apart = new.plays[1].start.micros_since(new.plays[0].start) / 1_000;
    assert_eq!(apart, i64::from(Song::new(4).length_ms), "the older one began its own length earlier");
    assert_eq!(new.plays[1].start, world.now());
    play(&world, &[2]);
    assert_eq!(titles(&look(&world, &mut cursor).await), ["2"]);
    // The song on top is heard again after a new one.
    play(&world, &[9, 2]);
    assert_eq!(titles(&look(&world, &mut cursor).await), ["9", "2"]);
}

#[tokio::test]
async fn apple_plays_since_a_look_long_ago_are_known_to_the_day_alone() {
    let world = World::start().await;
    play(&world, &[1, 2, 3]);
    let mut cursor = None;
    look(&world, &mut cursor).await;
    for (seconds, exactness) in
        [(600, Exactness::Estimated), (700, Exactness::Day), (60, Exactness::Estimated)]
    {
        world.fakes.advance(seconds);
        play(&world, &[100 + u32::try_from(seconds).expect("a number")]);
        let new = look(&world, &mut cursor).await;
        assert_eq!(new.plays.iter().map(|play| play.exactness).collect::<Vec<_>>(), [exactness]);
    }
}

#[tokio::test]
async fn apple_lists_that_are_old_or_flip_back_are_no_plays() {
    let world = World::start().await;
    play(&world, &[1, 2, 3]);
    let mut cursor = None;
    look(&world, &mut cursor).await;
    let old = world.fakes.with(|state| state.apple.played.clone());
    play(&world, &[4]);
    assert_eq!(titles(&look(&world, &mut cursor).await), ["4"]);
    world.fakes.with(|state| state.apple.stale = Some(old));
    let stale = look(&world, &mut cursor).await;
    assert!(stale.plays.is_empty() && !stale.coverage.gap_suspected);
    // Songs are played while the list is old, and song 4 is not played twice.
    play(&world, &[5]);
    world.fakes.with(|state| state.apple.stale = None);
    assert_eq!(titles(&look(&world, &mut cursor).await), ["5"]);
    play(&world, &[6]);
    assert_eq!(titles(&look(&world, &mut cursor).await), ["6"]);
}

/// Only a new consent may thaw it; until then nobody can tell it from somebody who plays nothing.
#[tokio::test]
async fn apple_a_list_that_is_frozen_for_weeks_tells_nothing_and_goes_on_after_a_new_consent() {
    let world = World::start().await;
    play(&world, &[1, 2, 3]);
    let mut cursor = None;
    look(&world, &mut cursor).await;
    let frozen = world.fakes.with(|state| state.apple.played.clone());
    world.fakes.with(|state| state.apple.stale = Some(frozen));
    for day in 0..21 {
        play(&world, &[100 + day]);
        world.fakes.advance(86_400);
        let history = look(&world, &mut cursor).await;
        assert!(history.plays.is_empty() && !history.coverage.gap_suspected, "day {day}");
    }
    world.fakes.with(|state| state.apple.stale = None);
    let mut anew = None;
    assert!(look(&world, &mut anew).await.plays.is_empty(), "a new consent begins with a baseline");
    play(&world, &[7]);
    assert_eq!(titles(&look(&world, &mut anew).await), ["7"]);
}

/// `albumName` ends in ` - Single` and ` - EP` where other services have the bare name.
#[tokio::test]
async fn apple_albums_are_not_read_so_what_is_appended_to_their_names_parts_no_tracks() {
    let world = World::start().await;
    play(&world, &[1]);
    let mut cursor = None;
    look(&world, &mut cursor).await;
    play(&world, &[7]);
    let history = look(&world, &mut cursor).await;
    let song = Song::new(7);
    assert_eq!(history.plays[0].track.track.names(), Some((song.artist.as_str(), song.title.as_str())));
    assert!(!format!("{history:?}").contains("Single"), "the fake appends it to every album");
}

#[tokio::test]
async fn apple_reordered_lists_make_a_new_baseline_and_no_plays() {
    let world = World::start().await;
    play(&world, &[1, 2, 3, 4, 5]);
    let mut cursor = None;
    look(&world, &mut cursor).await;
    world.fakes.with(|state| state.apple.stale = Some(songs([3, 5, 1, 4, 2])));
    let shuffled = look(&world, &mut cursor).await;
    assert!(shuffled.plays.is_empty() && shuffled.coverage.gap_suspected);
    world.fakes.with(|state| state.apple.stale = Some(songs([6, 3, 5, 1, 4, 2])));
    assert_eq!(titles(&look(&world, &mut cursor).await), ["6"]);
}

#[tokio::test]
async fn apple_pages_say_their_offset_alone_so_the_rest_is_said_again() {
    let world = World::start().await;
    play(&world, &(0..50).collect::<Vec<_>>());
    look(&world, &mut None).await;
    let calls = world.fakes.calls(Service::Apple);
    let queries: Vec<_> =
        calls.iter().filter(|call| call.path.ends_with("/tracks")).map(|call| call.query.as_str()).collect();
    assert_eq!(
        queries,
        ["types=songs%2Clibrary-songs&limit=30&offset=0", "types=songs%2Clibrary-songs&limit=30&offset=29"]
    );
}

#[tokio::test]
async fn apple_of_a_list_of_two_hundred_songs_the_newest_are_read() {
    let world = World::start().await;
    let authorization = world.connect("apple").await;
    world.fakes.with(|state| state.apple.stale = Some(songs(0..200)));
    let mut cursor = None;
    look_with(&world, &authorization, &mut cursor).await;
    assert_eq!(asked(&world), 2, "sixty are enough");
    world.fakes.with(|state| state.apple.stale = Some(songs([777].into_iter().chain(0..199))));
    let history = look_with(&world, &authorization, &mut cursor).await;
    assert_eq!((titles(&history), history.coverage.gap_suspected), (vec!["777".to_owned()], false));
}

#[tokio::test]
async fn apple_an_empty_page_is_the_end_whatever_it_says_comes_next_and_no_play() {
    let world = World::start().await;
    let authorization = world.connect("apple").await;
    play(&world, &[1, 2, 3]);
    let mut cursor = None;
    look_with(&world, &authorization, &mut cursor).await;
    let before = asked(&world);
    world.fakes.fail_next(Service::Apple, page([], true));
    let empty = look_with(&world, &authorization, &mut cursor).await;
    assert!(empty.plays.is_empty() && !empty.coverage.gap_suspected);
    assert_eq!(asked(&world) - before, 1);
    assert!(look_with(&world, &authorization, &mut cursor).await.plays.is_empty());
    play(&world, &[4]);
    let history = look_with(&world, &authorization, &mut cursor).await;
    assert_eq!((titles(&history), history.coverage.gap_suspected), (vec!["4".to_owned()], false));
}

#[tokio::test]
async fn apple_one_odd_row_takes_no_other_along() {
    let world = World::start().await;
    let authorization = world.connect("apple").await;
    let body = |ids: &str| {
        let row = |id: &str| match id {
            "?" => r#"{"id":7,"type":"stations"}"#.to_owned(),
            id => format!(
                r#"{{"id":"{id}","type":"songs","attributes":{{"name":"Song No. {id}","artistName":"Ada"}}}}"#
            ),
        };
        let rows: Vec<_> = ids.split(' ').map(row).collect();
        Fault::json(200, &format!(r#"{{"data":[{}]}}"#, rows.join(",")))
    };
    let mut cursor = None;
    world.fakes.fail_next(Service::Apple, body("2 1"));
    look_with(&world, &authorization, &mut cursor).await;
    world.fakes.fail_next(Service::Apple, body("3 ? 2 1"));
    assert_eq!(titles(&look_with(&world, &authorization, &mut cursor).await), ["3"]);
}

#[tokio::test]
async fn apple_songs_that_are_played_while_the_list_is_read_are_not_lost() {
    let world = World::start().await;
    play(&world, &(0..50).collect::<Vec<_>>());
    let mut cursor = None;
    look(&world, &mut cursor).await;
    play(&world, &[90]);
    world.fakes.with(|state| state.apple.meanwhile = songs([92, 91]));
    assert_eq!(titles(&look(&world, &mut cursor).await), ["90", "91", "92"]);
    // It moves all the time: nothing is told, and nothing is lost.
    world.fakes.with(|state| state.apple.meanwhile = songs((60..66).rev()));
    let authorization = world.connect("apple").await;
    let from = HistoryFrom::Cursor(cursor.as_ref().expect("a place"));
    let moved = world.ask("apple", &authorization, from).await.expect_err("is given up");
    assert!(matches!(moved, PlatformError::Failed { retry: true, .. }), "{moved}");
    world.fakes.with(|state| state.apple.meanwhile.clear());
    assert_eq!(titles(&look(&world, &mut cursor).await), ["60", "61", "62", "63", "64", "65"]);
}

#[tokio::test]
async fn apple_an_answer_without_a_list_is_an_error_and_no_empty_list() {
    let world = World::start().await;
    play(&world, &[1, 2, 3]);
    let mut cursor = None;
    look(&world, &mut cursor).await;
    play(&world, &[4]);
    let authorization = world.connect("apple").await;
    world.fakes.fail_next(Service::Apple, Fault::json(200, r#"{"message":"try again"}"#));
    let from = HistoryFrom::Cursor(cursor.as_ref().expect("a place"));
    let outcome = world.ask("apple", &authorization, from).await;
    assert!(matches!(outcome, Err(PlatformError::Failed { .. })), "{outcome:?}");
    assert_eq!(titles(&look(&world, &mut cursor).await), ["4"]);
}

#[tokio::test]
async fn apple_pages_may_hold_thirty_songs_or_only_ten() {
    let world = World::start().await;
    world.fakes.with(|state| state.apple.page_max = 10);
    play(&world, &(0..45).collect::<Vec<_>>());
    let mut cursor = None;
    look(&world, &mut cursor).await;
    play(&world, &[99]);
    assert_eq!(titles(&look(&world, &mut cursor).await), ["99"]);
}

#[tokio::test]
async fn apple_songs_of_the_library_have_the_catalogues_id_beside_their_own_and_no_code() {
    let world = World::start().await;
    world.fakes.with(|state| state.apple.library = true);
    play(&world, &[1]);
    let mut cursor = None;
    look(&world, &mut cursor).await;
    play(&world, &[7]);
    let history = look(&world, &mut cursor).await;
    let track = &history.plays[0].track;
    assert_eq!((track.track.claim().as_str(), &track.isrc), ("apple:100007", &None));
    assert_eq!(track.genres, ["Alternative"], "all music is music");
}

#[tokio::test]
async fn apple_errors_tell_a_missing_subscription_a_dead_token_and_a_refused_key_apart() {
    let world = World::start().await;
    let authorization = world.connect("apple").await;
    let told = |change: fn(&mut Apple)| {
        world.fakes.with(|state| change(&mut state.apple));
        world.ask("apple", &authorization, HistoryFrom::Beginning)
    };
    let refused = told(|apple| apple.subscribed = false).await.expect_err("is refused");
    assert!(refused.to_string().ends_with("the account has no subscription"), "{refused}");
    let refused = told(|apple| apple.consented = false).await.expect_err("is refused");
    assert_eq!(refused, PlatformError::NeedsConsent { platform: "apple" });
    let refused = told(|apple| apple.team_id = "OTHERTEAM1".to_owned()).await.expect_err("is refused");
    assert!(refused.to_string().ends_with("it does not take the developer's key"), "{refused}");
    world
        .fakes
        .fail_next(Service::Apple, Fault::json(400, r#"{"errors":[{"status":"400","code":"40099"}]}"#));
    let refused = world.ask("apple", &authorization, HistoryFrom::Beginning).await.expect_err("is refused");
    assert!(refused.to_string().ends_with("it answered 400"), "{refused}");
}

#[tokio::test]
async fn apple_faults_may_be_pages_in_html() {
    let world = World::start().await;
    let authorization = world.connect("apple").await;
    play(&world, &[1, 2, 3]);
    let mut cursor = None;
    look_with(&world, &authorization, &mut cursor).await;
    play(&world, &[4]);
    for status in [500, 502, 504] {
        for _ in 0..3 {
            world.fakes.fail_next(Service::Apple, Fault::html(status));
        }
        let from = cursor.as_ref().map_or(HistoryFrom::Beginning, HistoryFrom::Cursor);
        let refused = world.ask("apple", &authorization, from).await.expect_err("is a fault");
        assert!(matches!(refused, PlatformError::Failed { retry: true, .. }), "{refused:?}");
        assert!(refused.to_string().ends_with(&format!("it answered {status}")), "{refused}");
    }
    world.fakes.fail_next(Service::Apple, Fault::html(504));
    assert_eq!(titles(&look_with(&world, &authorization, &mut cursor).await), ["4"], "one is passed over");
}

#[tokio::test]
async fn apple_the_token_of_the_page_names_its_origin_and_no_other_does() {
    let world = World::start().await;
    let consent = world.platform("apple").authorize(world.request()).await.expect("a way");
    let ConsentStep::Serve { page } = consent.step else { panic!("a page") };
    let (_, rest) = page.split_once("developerToken: \"").expect("a token");
    let (token, _) = rest.split_once('"').expect("a token");
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("claims")).expect("base64");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["origin"], serde_json::json!(["http://127.0.0.1:43117"]));
}

#[tokio::test]
async fn apple_a_code_may_have_several_songs_and_artists_come_as_one_text() {
    let world = World::start().await;
    let body = r#"{"data":[
        {"id":"11","type":"songs"},
        {"id":"12","type":"songs","attributes":{"name":"Seven","artistName":"Ada Quartet, Fu & Gil Noor","isrc":"GBFKE2600007","albumName":"One - Single"}},
        {"id":"13","type":"songs","attributes":{"name":"Seven","artistName":"Ada Quartet, Fu & Gil Noor","isrc":"GBFKE2600007","albumName":"Best Of"}}],
        "meta":{"filters":{"isrc":{"GBFKE2600007":[{"id":"11","type":"songs"},{"id":"12","type":"songs"},{"id":"13","type":"songs"}]}}}}"#;
    world.fakes.fail_next(Service::Apple, Fault::json(200, body));
    let code = "GBFKE2600007".parse().expect("a code");
    let found = world.platform("apple").track_by_isrc(None, &code).await.expect("asked").expect("found");
    assert_eq!(found.track.claim().as_str(), "apple:12", "the first that says what it is");
    assert_eq!(found.track.names(), Some(("Ada Quartet, Fu & Gil Noor", "Seven")));
}

#[tokio::test]
async fn apple_says_too_many_without_saying_how_long() {
    let world = World::start().await;
    let authorization = world.connect("apple").await;
    world.fakes.fail_next(Service::Apple, Fault::json(429, r#"{"errors":[{"status":"429"}]}"#));
    let until = world.now().plus_seconds(30);
    let outcome = world.ask("apple", &authorization, HistoryFrom::Beginning).await;
    assert_eq!(outcome, Err(PlatformError::RateLimited { platform: "apple", until }));
}

#[tokio::test]
async fn apple_songs_are_found_by_id_and_by_code_without_a_person() {
    let world = World::start().await;
    let song = Song::new(12);
    let by_id = world.platform("apple").track(None, &song.id()).await.expect("asked").expect("found");
    let code = song.isrc.parse().expect("a code");
    let by_code = world.platform("apple").track_by_isrc(None, &code).await.expect("asked").expect("found");
    assert_eq!(by_id, by_code);
    assert_eq!(by_id.isrc.map(|isrc| isrc.as_str().to_owned()), Some(song.isrc));
}
