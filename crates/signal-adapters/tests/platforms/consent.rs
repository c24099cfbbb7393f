//! Permissions: how they are given, renewed and lost.

use fake_platforms::{Fault, Service};
use signal_core::platform::{
    Attempt, Authorization, ConsentAnswer, ConsentRequest, ConsentStep, HistoryFrom, PlatformError,
};

use crate::world::{REDIRECT, World, visit};

#[tokio::test]
async fn a_permission_says_who_the_person_is_and_when_they_agreed() {
    let world = World::start().await;
    for (name, account) in [
        ("spotify", Some("ana-for-ever")),
        ("tidal", Some("4711")),
        ("listenbrainz", Some("ana")),
        ("lastfm", Some("Ana")),
        ("apple", None),
    ] {
        let now = world.now();
        let authorization = world.connect(name).await;
        assert_eq!(authorization.account.as_ref().map(|account| account.id.as_str()), account, "{name}");
        assert!(authorization.consented_at >= now, "{name}");
        let kept = Authorization::from_bytes(&authorization.to_bytes()).expect("comes back");
        assert_eq!(kept, authorization, "{name}");
    }
    let region = |authorization: Authorization| authorization.region;
    assert_eq!(region(world.connect("apple").await).as_deref(), Some("gb"));
    assert_eq!(region(world.connect("tidal").await).as_deref(), Some("GB"));
}

#[tokio::test]
async fn an_attempt_can_be_kept_and_completed_later_and_is_bound_to_its_service() {
    let world = World::start().await;
    for name in ["spotify", "tidal", "lastfm", "listenbrainz", "apple"] {
        let platform = world.platform(name);
        let consent = platform.authorize(world.request()).await.expect("a way");
        let kept = serde_json::to_string(&consent.attempt).expect("can be kept");
        let attempt: Attempt = serde_json::from_str(&kept).expect("comes back");
        let answer = world.agree(name, &consent).await;
        for (other, platform) in world.platforms.iter().filter(|(other, _)| **other != name) {
            let refused = platform.complete(&attempt, ConsentAnswer(&answer), world.now()).await;
            assert!(
                matches!(refused, Err(PlatformError::Failed { .. })),
                "{other} took an attempt of {name}"
            );
        }
        let completed = platform.complete(&attempt, ConsentAnswer(&answer), world.now()).await;
        assert!(completed.is_ok(), "{name}: {completed:?}");
    }
}

#[tokio::test]
async fn an_answer_to_another_attempt_or_one_that_comes_too_late_is_refused() {
    let world = World::start().await;
    for name in ["spotify", "tidal", "apple"] {
        let platform = world.platform(name);
        let mine = platform.authorize(world.request()).await.expect("a way");
        let other = platform.authorize(world.request()).await.expect("a way");
        let answer = world.agree(name, &other).await;
        let refused = platform.complete(&mine.attempt, ConsentAnswer(&answer), world.now()).await;
        let told = refused.expect_err("is refused").to_string();
        assert!(told.ends_with("the answer belongs to another attempt"), "{name}: {told}");
        let late = world.now().plus_seconds(Attempt::VALID_SECONDS + 1);
        let refused = platform.complete(&other.attempt, ConsentAnswer(&answer), late).await;
        assert!(refused.expect_err("is refused").to_string().contains("too old"), "{name}");
    }
}

#[tokio::test]
async fn the_page_of_consent_gets_a_challenge_and_a_state_but_no_verifier() {
    let world = World::start().await;
    for name in ["spotify", "tidal"] {
        let consent = world.platform(name).authorize(world.request()).await.expect("a way");
        let ConsentStep::Visit { url } = &consent.step else { panic!("{name} asks to visit") };
        let url: url::Url = url.parse().expect("an address");
        let part =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        assert_eq!(part("response_type").as_deref(), Some("code"));
        assert_eq!(part("code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(part("redirect_uri").as_deref(), Some(REDIRECT));
        assert!(part("state").is_some_and(|state| state.len() == 43));
        let memory: serde_json::Value = serde_json::from_str(consent.attempt.memory.reveal()).expect("JSON");
        let verifier = memory["verifier"].as_str().expect("a verifier");
        assert!((43..=128).contains(&verifier.len()) && !url.as_str().contains(verifier));
    }
}

#[tokio::test]
async fn who_says_no_gives_no_permission() {
    let world = World::start().await;
    world.fakes.with(|state| (state.spotify.oauth.denies, state.tidal.oauth.denies) = (true, true));
    for name in ["spotify", "tidal"] {
        let platform = world.platform(name);
        let consent = platform.authorize(world.request()).await.expect("a way");
        let answer = world.agree(name, &consent).await;
        assert!(answer.contains("error=access_denied"));
        let refused = platform.complete(&consent.attempt, ConsentAnswer(&answer), world.now()).await;
        assert!(matches!(refused, Err(PlatformError::NeedsConsent { .. })), "{refused:?}");
    }
    // At Last.fm nobody went to the page; at ListenBrainz and Apple the token is a wrong one.
    for (name, answer) in [("lastfm", ""), ("listenbrainz", "nonsense")] {
        let platform = world.platform(name);
        let consent = platform.authorize(world.request()).await.expect("a way");
        let refused = platform.complete(&consent.attempt, ConsentAnswer(answer), world.now()).await;
        assert!(matches!(refused, Err(PlatformError::NeedsConsent { .. })), "{name}: {refused:?}");
    }
    let request = ConsentRequest { redirect: None, ..world.request() };
    let apple = world.platform("apple");
    let consent = apple.authorize(request).await.expect("a way");
    assert!(matches!(consent.step, ConsentStep::Paste { .. }));
    let refused = apple.complete(&consent.attempt, ConsentAnswer("nonsense"), world.now()).await;
    assert!(matches!(refused, Err(PlatformError::NeedsConsent { .. })), "{refused:?}");
    let token = world.fakes.with(|state| state.apple.user_token.clone());
    assert!(apple.complete(&consent.attempt, ConsentAnswer(&token), world.now()).await.is_ok(), "pasted");
}

#[tokio::test]
async fn spotify_takes_a_loopback_literal_with_any_port_and_refuses_localhost() {
    let world = World::start().await;
    for (redirect, taken) in
        [("http://127.0.0.1:1/x", true), ("http://[::1]:9/x", true), ("http://localhost:9/x", false)]
    {
        let request = ConsentRequest { redirect: Some(redirect), ..world.request() };
        let consent = world.platform("spotify").authorize(request).await.expect("a way");
        let ConsentStep::Visit { url } = &consent.step else { panic!("a page") };
        assert_eq!(visit(url).await.is_some(), taken, "{redirect}");
    }
}

#[tokio::test]
async fn a_renewal_without_a_refresh_token_keeps_the_old_one_and_one_with_it_replaces_it() {
    let world = World::start().await;
    for name in ["spotify", "tidal"] {
        let platform = world.platform(name);
        let first = world.connect(name).await;
        world.fakes.advance(10);
        let kept = platform.refresh(&first, world.now()).await.expect("renewed");
        assert_ne!(kept.access, first.access, "{name}");
        assert_eq!(kept.refresh, first.refresh, "{name}: not sent again since mid-2026");
        assert_eq!((kept.consented_at, &kept.account), (first.consented_at, &first.account), "{name}");
        world.fakes.with(|state| (state.spotify.oauth.rotates, state.tidal.oauth.rotates) = (true, true));
        let rotated = platform.refresh(&kept, world.now()).await.expect("renewed");
        assert_ne!(rotated.refresh, kept.refresh, "{name}: as it was before");
        let dead = platform.refresh(&kept, world.now()).await;
        assert!(matches!(dead, Err(PlatformError::NeedsConsent { .. })), "{name}: {dead:?}");
        assert!(platform.refresh(&rotated, world.now()).await.is_ok(), "{name}");
        world.fakes.with(|state| (state.spotify.oauth.rotates, state.tidal.oauth.rotates) = (false, false));
    }
}

#[tokio::test]
async fn a_dead_refresh_token_asks_for_consent_and_is_not_tried_again() {
    let world = World::start().await;
    for (name, service) in [("spotify", Service::Spotify), ("tidal", Service::Tidal)] {
        let authorization = world.connect(name).await;
        world.fakes.with(|state| {
            state.spotify.oauth.revoke();
            state.tidal.oauth.revoke();
        });
        let before = world.asked(service);
        let dead = world.platform(name).refresh(&authorization, world.now()).await;
        assert!(matches!(dead, Err(PlatformError::NeedsConsent { .. })), "{name}: {dead:?}");
        assert_eq!(world.asked(service), before + 1, "{name}");
        let without = Authorization { refresh: None, ..authorization };
        let none = world.platform(name).refresh(&without, world.now()).await;
        assert!(matches!(none, Err(PlatformError::NeedsConsent { .. })), "{name}");
        assert_eq!(world.asked(service), before + 1, "{name}: there was nothing to ask with");
    }
}

#[tokio::test]
async fn a_dead_refresh_token_is_known_by_its_code_whatever_words_come_with_it() {
    let world = World::start().await;
    for (name, service) in [("spotify", Service::Spotify), ("tidal", Service::Tidal)] {
        let authorization = world.connect(name).await;
        for rest in [
            "",
            r#","error_description":"Refresh token revoked""#,
            r#","error_description":"Refresh token expired""#,
            r#","error_description":null"#,
            r#","status":400,"sub_status":11101,"error_description":"Token could not be verified""#,
        ] {
            let body = format!(r#"{{"error":"invalid_grant"{rest}}}"#);
            world.fakes.fail_next(service, Fault::json(400, &body));
            let dead = world.platform(name).refresh(&authorization, world.now()).await;
            assert!(matches!(dead, Err(PlatformError::NeedsConsent { .. })), "{name}, {body}: {dead:?}");
        }
        // Other refusals are no end of the permission.
        for code in ["invalid_client", "invalid_request", "server_error"] {
            let body = format!(r#"{{"error":"{code}","error_description":"invalid_grant"}}"#);
            world.fakes.fail_next(service, Fault::json(400, &body));
            let refused = world.platform(name).refresh(&authorization, world.now()).await;
            assert!(matches!(refused, Err(PlatformError::Failed { .. })), "{name}, {code}: {refused:?}");
        }
        assert!(world.platform(name).refresh(&authorization, world.now()).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn an_access_token_that_ran_out_is_expired_and_the_adapter_renews_nothing_by_itself() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    world.fakes.advance(3_601);
    assert!(authorization.is_expired(world.now()));
    let before = world.asked(Service::Spotify);
    let outcome = world.ask("spotify", &authorization, HistoryFrom::Beginning).await;
    assert_eq!(outcome, Err(PlatformError::Expired { platform: "spotify" }));
    assert_eq!(world.asked(Service::Spotify), before + 1);
    let renewed = world.platform("spotify").refresh(&authorization, world.now()).await.expect("renewed");
    assert!(world.ask("spotify", &renewed, HistoryFrom::Beginning).await.is_ok());
}

#[tokio::test]
async fn spotify_permissions_end_six_months_after_the_person_agreed_whatever_is_renewed() {
    let world = World::start().await;
    let first = world.connect("spotify").await;
    world.fakes.advance(30 * 86_400);
    let renewed = world.platform("spotify").refresh(&first, world.now()).await.expect("renewed");
    assert_eq!(renewed.consent_ends_at, first.consent_ends_at);
    let end = first.consent_ends_at.expect("an end");
    assert!((150..=184).contains(&end.whole_days_since(first.consented_at)));
}

#[tokio::test]
async fn permissions_without_renewal_ask_for_consent_when_they_are_dead() {
    let world = World::start().await;
    for name in ["lastfm", "listenbrainz", "apple"] {
        let authorization = world.connect(name).await;
        world.fakes.with(|state| {
            state.lastfm.revoke();
            state.lastfm.private = true;
            state.listenbrainz.token = "another".to_owned();
            state.apple.consented = false;
        });
        let dead = world.ask(name, &authorization, HistoryFrom::Beginning).await;
        assert!(matches!(dead, Err(PlatformError::NeedsConsent { .. })), "{name}: {dead:?}");
        world.fakes.with(|state| {
            state.lastfm.private = false;
            state.listenbrainz.token = authorization.access.reveal().to_owned();
            state.apple.consented = true;
        });
    }
}

#[tokio::test]
async fn a_call_for_tokens_is_made_once_and_follows_no_redirect() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    for fault in [Fault::html(502), Fault::text(429, "Too many requests"), Fault::Broken] {
        let before = world.asked(Service::Spotify);
        world.fakes.fail_next(Service::Spotify, fault.clone());
        let outcome = world.platform("spotify").refresh(&authorization, world.now()).await;
        assert!(outcome.is_err(), "{fault:?}");
        assert_eq!(world.asked(Service::Spotify), before + 1, "{fault:?}");
        world.fakes.advance(60);
    }
    let elsewhere = Fault::text(307, "").with("location", world.fakes.url(Service::Tidal));
    world.fakes.fail_next(Service::Spotify, elsewhere);
    let outcome = world.platform("spotify").refresh(&authorization, world.now()).await;
    assert!(matches!(outcome, Err(PlatformError::Failed { retry: false, .. })), "{outcome:?}");
    assert_eq!(world.asked(Service::Tidal), 0);
}

#[tokio::test]
async fn an_answer_about_tokens_that_cannot_be_read_is_an_error_without_its_text() {
    let world = World::start().await;
    let authorization = world.connect("spotify").await;
    for body in [r#"{"access_token":"s3cret"}"#, r#"{"access_token":"s3cret","#, "s3cret"] {
        world.fakes.fail_next(Service::Spotify, Fault::json(200, body));
        let outcome = world.platform("spotify").refresh(&authorization, world.now()).await;
        let error = outcome.expect_err("is refused");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_refused_before_it_is_sent() {
    let world = World::start().await;
    let platform = world.platform("listenbrainz");
    let consent = platform.authorize(world.request()).await.expect("a way");
    let refused = platform.complete(&consent.attempt, ConsentAnswer("a\nb"), world.now()).await;
    assert!(matches!(refused, Err(PlatformError::Failed { retry: false, .. })), "{refused:?}");
    assert_eq!(world.asked(Service::ListenBrainz), 0);
}
