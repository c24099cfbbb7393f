//! What each service can do is what it says it can.

use signal_core::platform::{ConsentRequest, ConsentStep, HistoryFrom, PlatformError};

use crate::world::World;

const ALL: [&str; 5] = ["apple", "lastfm", "listenbrainz", "spotify", "tidal"];

#[tokio::test]
async fn all_five_are_configured_by_the_settings_that_the_fakes_name() {
    let world = World::start().await;
    assert!(world.platforms.keys().eq(ALL.iter()));
    for (name, platform) in &world.platforms {
        assert_eq!(platform.name(), *name);
    }
}

#[tokio::test]
async fn what_a_service_cannot_do_is_unsupported_and_its_capabilities_say_so_before() {
    let world = World::start().await;
    for name in ALL {
        let (platform, authorization) = (world.platform(name), world.connect(name).await);
        let can = platform.capabilities();
        let isrc = "GBFKE2600007".parse().expect("a code");
        let renewed = platform.refresh(&authorization, world.now()).await.map(|_| ());
        let authorization = if can.refresh { world.connect(name).await } else { authorization };
        for (what, can, outcome) in [
            ("refresh", can.refresh, renewed),
            (
                "history",
                can.history,
                world.ask(name, &authorization, HistoryFrom::Beginning).await.map(|_| ()),
            ),
            ("track", can.track, platform.track(Some(&authorization), "100007").await.map(|_| ())),
            ("isrc", can.isrc, platform.track_by_isrc(Some(&authorization), &isrc).await.map(|_| ())),
            ("saved", can.saved, platform.saved(&authorization, None).await.map(|_| ())),
            ("follows", can.follows, platform.follows(&authorization).await.map(|_| ())),
        ] {
            match outcome {
                Ok(()) => assert!(can, "{name} can {what}"),
                Err(PlatformError::Unsupported { platform, .. }) => {
                    assert!(!can, "{name} cannot {what}");
                    assert_eq!(platform, name);
                }
                Err(error) => panic!("{name}, {what}: {error}"),
            }
        }
    }
}

#[tokio::test]
async fn without_a_way_back_a_service_asks_for_a_token_or_says_that_it_needs_one() {
    let world = World::start().await;
    for name in ALL {
        let platform = world.platform(name);
        let can = platform.capabilities();
        let begun = platform.authorize(ConsentRequest { redirect: None, ..world.request() }).await;
        match begun.map(|consent| consent.step) {
            Ok(ConsentStep::Paste { .. }) => assert!(can.takes_token, "{name}"),
            Ok(step) => assert!(!can.takes_token && !can.needs_redirect, "{name}: {step:?}"),
            Err(PlatformError::Failed { retry: false, .. }) => {
                assert!(can.needs_redirect && !can.takes_token, "{name}");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[tokio::test]
async fn every_history_says_how_often_it_is_worth_asking_for() {
    let world = World::start().await;
    let polls: Vec<_> = ALL
        .iter()
        .map(|name| (*name, world.platform(name).capabilities()))
        .filter(|(_, can)| can.history)
        .map(|(name, can)| (name, can.poll_seconds))
        .collect();
    assert_eq!(polls, [("apple", 60), ("lastfm", 600), ("listenbrainz", 600), ("spotify", 600)]);
}

#[tokio::test]
async fn not_found_is_none_and_could_not_ask_is_an_error() {
    let world = World::start().await;
    for (name, unknown) in [("spotify", "0000000000000000000000"), ("tidal", "5"), ("apple", "5")] {
        let (platform, authorization) = (world.platform(name), world.connect(name).await);
        assert_eq!(platform.track(Some(&authorization), unknown).await, Ok(None), "{name}");
        assert_eq!(platform.track(Some(&authorization), "no/id?").await, Ok(None), "{name}");
        let nobody = "QZAAA2600007".parse().expect("a code");
        assert_eq!(platform.track_by_isrc(Some(&authorization), &nobody).await, Ok(None), "{name}");
        let service = match name {
            "spotify" => fake_platforms::Service::Spotify,
            "tidal" => fake_platforms::Service::Tidal,
            _ => fake_platforms::Service::Apple,
        };
        for _ in 0..3 {
            world.fakes.fail_next(service, fake_platforms::Fault::html(502));
        }
        let unasked = platform.track(Some(&authorization), unknown).await;
        assert!(matches!(unasked, Err(PlatformError::Failed { retry: true, .. })), "{name}: {unasked:?}");
    }
}

#[tokio::test]
async fn a_kept_place_that_no_adapter_wrote_is_an_error() {
    let world = World::start().await;
    for name in ["apple", "lastfm", "listenbrainz", "spotify"] {
        let authorization = world.connect(name).await;
        let cursor = signal_core::platform::HistoryCursor::new(r#"{"v":9}"#);
        let refused = world.ask(name, &authorization, HistoryFrom::Cursor(&cursor)).await;
        assert!(matches!(refused, Err(PlatformError::Failed { retry: false, .. })), "{name}: {refused:?}");
    }
}
