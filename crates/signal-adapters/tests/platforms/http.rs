//! The client that all share: retries, gates, caps.

use std::sync::Arc;
use std::time::Duration;

use fake_platforms::{Fault, Quota, Service, Song};
use signal_adapters::http::Limits;
use signal_adapters::listenbrainz::{ListenBrainz, ListenBrainzConfig};
use signal_core::host::Host;
use signal_core::platform::{HistoryFrom, Platform, PlatformError};

use crate::world::World;

/// The longest wait that a call may sit through, in microseconds.
const WAIT_MAX: u64 = 10_000_000;

#[tokio::test]
async fn a_question_is_asked_again_after_what_may_pass_and_no_more_than_three_times() {
    let world = World::start().await;
    let authorization = world.connect("listenbrainz").await;
    for fault in [Fault::html(502), Fault::text(503, ""), Fault::Broken, Fault::text(500, "")] {
        for (faults, calls, well) in [(1, 2, true), (2, 3, true), (3, 3, false)] {
            for _ in 0..faults {
                world.fakes.fail_next(Service::ListenBrainz, fault.clone());
            }
            let before = world.asked(Service::ListenBrainz);
            let outcome = world.ask("listenbrainz", &authorization, HistoryFrom::Beginning).await;
            assert_eq!(world.asked(Service::ListenBrainz) - before, calls, "{fault:?}");
            match outcome {
                Ok(_) => assert!(well, "{fault:?}"),
                Err(PlatformError::Failed { retry, .. }) => assert!(retry && !well, "{fault:?}"),
                Err(error) => panic!("{fault:?}: {error}"),
            }
        }
    }
}

#[tokio::test]
async fn a_cut_answer_is_an_error_and_no_empty_history() {
    let world = World::start().await;
    world.fakes.with(|state| {
        let now = state.now();
        state.listenbrainz.listen(Song::new(1), now.plus_seconds(-500));
        state.lastfm.scrobble(Song::new(1), now.plus_seconds(-500));
        state.spotify.play(Song::new(1), now.plus_seconds(-500));
        state.apple.play(Song::new(1));
        state.tidal.saved.push((Song::new(1), now));
    });
    for (name, service) in [
        ("listenbrainz", Service::ListenBrainz),
        ("lastfm", Service::LastFm),
        ("spotify", Service::Spotify),
        ("apple", Service::Apple),
    ] {
        let authorization = world.connect(name).await;
        world.fakes.fail_next(service, Fault::Cut);
        let outcome = world.ask(name, &authorization, HistoryFrom::Beginning).await;
        assert!(matches!(outcome, Err(PlatformError::Failed { retry: true, .. })), "{name}: {outcome:?}");
        world
            .fakes
            .fail_next(service, Fault::json(200, r#"{"data":7,"items":7,"payload":7,"recenttracks":7}"#));
        let outcome = world.ask(name, &authorization, HistoryFrom::Beginning).await;
        assert!(matches!(outcome, Err(PlatformError::Failed { .. })), "{name}: {outcome:?}");
    }
    let authorization = world.connect("tidal").await;
    world.fakes.fail_next(Service::Tidal, Fault::Cut);
    assert!(world.platform("tidal").saved(&authorization, None).await.is_err());
}

#[tokio::test]
async fn a_wait_that_is_longer_than_the_cap_is_told_and_not_slept() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    // Almost a day is normal; the body is plain text, or has one of two forms.
    for (seconds, fault) in [
        (74_214, Fault::text(429, "Too many requests")),
        (86_400, Fault::json(429, r#"{"error":{"status":429,"message":"API rate limit exceeded"}}"#)),
        (
            19_056,
            Fault::json(
                429,
                r#"{"error":{"status":429,"message":"Too many requests","reason":"QUOTA_EXCEEDED"}}"#,
            ),
        ),
    ] {
        world.fakes.fail_next(Service::Spotify, fault.with("retry-after", seconds));
        let (began, slept) = (world.now(), world.host.sleeps().len());
        let outcome = world.ask("spotify", &authorization, HistoryFrom::Beginning).await;
        let until = began.plus_seconds(seconds);
        assert_eq!(outcome, Err(PlatformError::RateLimited { platform: "spotify", until }));
        let calls = world.asked(Service::Spotify);
        world.fakes.advance(seconds / 2);
        let again = world.ask("spotify", &authorization, HistoryFrom::Beginning).await;
        assert_eq!(again, Err(PlatformError::RateLimited { platform: "spotify", until }));
        assert_eq!(world.asked(Service::Spotify), calls, "nothing is asked before the gate opens");
        assert_eq!(world.host.sleeps().len(), slept);
        world.fakes.set_now(until);
        assert!(
            world.platform("spotify").refresh(&authorization, world.now()).await.is_ok(),
            "it opens then"
        );
    }
}

#[tokio::test]
async fn a_short_wait_is_sat_through() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    world.fakes.fail_next(Service::Spotify, Fault::text(429, "Too many requests").with("retry-after", 4));
    let began = world.now();
    assert!(world.ask("spotify", &authorization, HistoryFrom::Beginning).await.is_ok());
    let waited = world.now().micros_since(began);
    assert!((4_000_000..5_000_000).contains(&waited), "{waited}");
}

#[tokio::test]
async fn no_call_is_made_before_its_gate_opens_under_any_quota() {
    for (service, name, calls, seconds, penalty) in [
        (Service::ListenBrainz, "listenbrainz", 3, 10, None),
        (Service::ListenBrainz, "listenbrainz", 2, 10, Some(60)),
        (Service::Spotify, "spotify", 2, 30, Some(3_600)),
        (Service::Spotify, "spotify", 2, 30, None),
        (Service::LastFm, "lastfm", 3, 5, Some(60)),
        (Service::Apple, "apple", 2, 20, Some(25)),
    ] {
        let world = World::start().await;
        let authorization = world.connect(name).await;
        let mut quota = Quota::new(calls, seconds);
        quota.penalty_seconds = penalty;
        world.fakes.with(|state| state.quotas.insert(service, quota));
        let mut answered = 0;
        for _ in 0..40 {
            match world.ask(name, &authorization, HistoryFrom::Beginning).await {
                Ok(_) => answered += 1,
                Err(PlatformError::RateLimited { until, .. }) => {
                    assert!(until > world.now());
                    world.fakes.set_now(until);
                }
                // Spotify's token runs out meanwhile.
                Err(PlatformError::Expired { .. }) => break,
                Err(error) => panic!("{name}: {error}"),
            }
        }
        assert!(answered > 1, "{name}");
        let early = world.fakes.with(|state| state.quotas[&service].early());
        assert_eq!(early, 0, "{name}: calls within a penalty");
        assert!(world.host.sleeps().iter().all(|wait| *wait <= WAIT_MAX), "{name}");
    }
}

#[tokio::test]
async fn tidals_bucket_of_calls_never_runs_dry() {
    let world = World::start().await;
    world.fakes.with(|state| state.tidal.bucket = true);
    let authorization = world.connect("tidal").await;
    for _ in 0..20 {
        let saved = world.platform("tidal").saved(&authorization, None).await;
        assert!(saved.is_ok(), "{saved:?}");
    }
    let refused = world.fakes.with(|state| state.calls.len());
    assert_eq!(refused, 23, "consent, token, account and twenty pages: none was refused and repeated");
}

#[tokio::test]
async fn a_steady_rate_is_kept_where_a_service_says_nothing() {
    let world = World::start().await;
    let authorization = world.connect("lastfm").await;
    for _ in 0..40 {
        assert!(world.ask("lastfm", &authorization, HistoryFrom::Beginning).await.is_ok());
    }
    let calls = world.fakes.calls(Service::LastFm);
    for window in calls.windows(20) {
        let seconds = window[19].at.micros_since(window[0].at) / 1_000_000;
        assert!(seconds >= 3, "20 calls within {seconds} seconds");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_or_never_comes_is_given_up() {
    let world = World::start().await;
    let limits = Limits { call: Duration::from_millis(300), answer_bytes: 10_000, ..Limits::default() };
    let config = ListenBrainzConfig { api_url: world.fakes.url(Service::ListenBrainz), limits };
    let adapter = ListenBrainz::new(&config, Arc::clone(&world.host) as Arc<dyn Host>).expect("an adapter");
    let authorization = world.connect("listenbrainz").await;
    world.fakes.fail_next(Service::ListenBrainz, Fault::Long(10_001));
    let before = world.asked(Service::ListenBrainz);
    let long = adapter.history(&authorization, HistoryFrom::Beginning, world.now()).await;
    assert!(matches!(long, Err(PlatformError::Failed { retry: false, .. })), "{long:?}");
    assert_eq!(world.asked(Service::ListenBrainz), before + 1, "it would be as long again");
    for _ in 0..3 {
        world.fakes.fail_next(Service::ListenBrainz, Fault::Silent);
    }
    let silent = adapter.history(&authorization, HistoryFrom::Beginning, world.now()).await;
    assert!(matches!(silent, Err(PlatformError::Failed { retry: true, .. })), "{silent:?}");
    assert!(adapter.history(&authorization, HistoryFrom::Beginning, world.now()).await.is_ok());
}

#[tokio::test]
async fn no_redirect_is_followed_with_a_token() {
    let world = World::start().await;
    let authorization = world.connect("listenbrainz").await;
    for status in [301, 302, 307, 308] {
        let elsewhere = Fault::text(status, "").with("location", world.fakes.url(Service::Tidal));
        world.fakes.fail_next(Service::ListenBrainz, elsewhere);
        let outcome = world.ask("listenbrainz", &authorization, HistoryFrom::Beginning).await;
        assert!(matches!(outcome, Err(PlatformError::Failed { retry: false, .. })), "{outcome:?}");
    }
    assert_eq!(world.asked(Service::Tidal), 0);
}

#[tokio::test]
async fn every_call_says_who_we_are() {
    let world = World::start().await;
    for name in world.platforms.keys() {
        world.connect(name).await;
    }
    // The pages of consent are visited by a browser.
    let ours = |call: &&fake_platforms::Recorded| !call.path.starts_with("/auth");
    for call in world.fakes.with(|state| state.calls.clone()).iter().filter(ours) {
        assert!(call.agent.starts_with("signal-music/"), "{call:?}");
    }
}
