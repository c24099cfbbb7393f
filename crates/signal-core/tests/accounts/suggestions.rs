//! What a service knows that its person might act upon.

use pollster::block_on;
use signal_core::engine::{AccountError, ImportOptions, Imported, SuggestionsAnswer};
use signal_core::model::{TrackRef, TrustWeight, UserId, Viewer};
use signal_core::platform::{ImportRecord, PlatformError};

use super::service::PAGE;
use super::world::World;
use super::{DAY, GOOD};

fn track(title: &str) -> TrackRef {
    TrackRef::named("Some Band", title).expect("a track")
}

fn titles(answer: &SuggestionsAnswer) -> Vec<&str> {
    answer.tracks.iter().map(|track| track.title.as_deref().expect("a title")).collect()
}

/// Ana, connected, with a hundred points to stake.
async fn world() -> World {
    let world = World::new(GOOD, 1).await;
    world.connect(&world.process(), world.ana).await.expect("connects");
    world
}

async fn suggestions(world: &World) -> SuggestionsAnswer {
    world.process().suggestions(world.ana, "fake").await.expect("suggestions")
}

#[test]
fn what_was_saved_is_suggested_until_it_is_vouched_for() {
    block_on(async {
        let world = world().await;
        let saved: Vec<_> = (0..PAGE + 2).map(|n| (track(&format!("Song {n}")), None)).collect();
        world.service.state(|state| {
            state.saved = saved;
            state.saved[1].1 = Some("  Listen\u{1b} to the end. ");
            // The same track by another spelling.
            state.saved.push((track("song 3"), None));
        });
        let answer = suggestions(&world).await;
        let all: Vec<_> = (0..PAGE + 2).map(|n| format!("Song {n}")).collect();
        assert_eq!(titles(&answer), all);
        assert_eq!(answer.tracks[1].words.as_deref(), Some("Listen to the end."));
        assert_eq!((answer.platform.as_str(), answer.people.len()), ("fake", 0));
        // Of two ids, one without a name: the same track all the same.
        let link: TrackRef = "spotify:track:1".parse().expect("a track");
        let others = [link.clone(), track("Song 1")];
        let ben = world.engine.register(&"ben".parse().expect("a handle")).await.expect("joins");
        world.engine.make_drop(ben, &link, "Hers, too.", None, None, None).await.expect("drops");
        for (n, dropped) in others.iter().enumerate() {
            world.service.state(|state| state.saved[1].0 = link.clone().with_names("Some Band", "Song 1"));
            if n > 0 {
                world.engine.make_drop(world.ana, dropped, "Mine.", None, None, None).await.expect("drops");
            }
            let left = if n > 0 { [&all[..1], &all[2..]].concat() } else { all.clone() };
            assert_eq!(titles(&suggestions(&world).await), left);
        }
        assert_eq!(world.starts().await.len(), 0, "nothing of it is a play");
    });
}

#[test]
fn the_number_of_tracks_has_a_limit() {
    block_on(async {
        let world = world().await;
        let many: Vec<_> = (0..500).map(|n| (track(&format!("Song {n}")), None)).collect();
        world.service.state(|state| state.saved = many);
        assert_eq!(suggestions(&world).await.tracks.len(), 10 * PAGE, "of ten pages");
    });
}

#[test]
fn people_are_suggested_and_nobody_learns_who_stands_behind_an_account() {
    block_on(async {
        let world = world().await;
        let options = ImportOptions { source: "fake".to_owned(), person: None };
        let person = |name: &str| Imported::Record(ImportRecord::Person { person: name.to_owned() });
        let mut rows = ["ben", "cem", "dia", "eve"].map(person).into_iter();
        world.engine.import(&mut rows, &options, &|_| ()).await.expect("imports");
        let find = async |name: &str| -> UserId {
            world.engine.find_user(Viewer::Operator, &format!("fake:{name}")).await.expect("is there")
        };
        let (ana, eve) = (world.ana, find("eve").await);
        world.engine.mute(Viewer::User(ana), ana, eve, true).await.expect("mutes");
        let (ben, cem, dia) = (find("ben").await, find("cem").await, find("dia").await);
        let whole = TrustWeight::from_fraction(1.0).expect("a weight");
        for trusted in [cem, dia] {
            world.engine.set_trust(world.ana, trusted, Some(whole)).await.expect("trusts");
        }
        // Dia is somebody now.
        world.engine.claim(dia, Some("diana".parse().expect("a handle")), Vec::new()).await.expect("claims");
        world
            .service
            .state(|state| state.follows = vec!["ben", "cem", "dia", "eve", "nobody here", "ana-there"]);
        let answer = suggestions(&world).await;
        let told: Vec<_> = answer
            .people
            .iter()
            .map(|person| (person.name.as_str(), person.user.as_ref().map(|user| user.id)))
            .collect();
        assert_eq!(told, [("ben", Some(ben)), ("dia", None), ("nobody here", None), ("ana-there", None)]);
    });
}

#[test]
fn a_permission_that_ran_out_is_renewed_once_and_a_refusal_is_kept() {
    block_on(async {
        let world = world().await;
        world.service.state(|state| state.follows = vec!["ben"]);
        world.pass(DAY);
        assert_eq!(suggestions(&world).await.people.len(), 1);
        // It dies before its time.
        world.service.state(|state| state.refuses = Some(PlatformError::Expired { platform: "fake" }));
        assert_eq!(suggestions(&world).await.people.len(), 1);
        assert_eq!(world.service.state(|state| (state.refreshes, state.asked)), (2, 3));
        let until = world.host_now().plus_seconds(DAY);
        world.service.state(|state| {
            state.refuses = Some(PlatformError::RateLimited { platform: "fake", until });
        });
        for _ in 0..2 {
            let refused = world.process().suggestions(world.ana, "fake").await.expect_err("has to wait");
            let AccountError::Platform(PlatformError::RateLimited { until: told, .. }) = refused else {
                panic!("{refused}");
            };
            assert_eq!(told, until);
        }
        assert_eq!(world.service.state(|state| state.asked), 4, "the second time nobody was asked");
        world.pass(DAY);
        world.service.state(|state| state.refuses = Some(super::service::CONSENT));
        for _ in 0..2 {
            let refused = world.process().suggestions(world.ana, "fake").await.expect_err("has to agree");
            assert!(
                matches!(refused, AccountError::Platform(PlatformError::NeedsConsent { .. })),
                "{refused}"
            );
        }
        assert_eq!(world.service.state(|state| state.asked), 5);
        world.process().disconnect(world.ana, "fake").await.expect("lets go");
        let refused = world.process().suggestions(world.ana, "fake").await.expect_err("is gone");
        assert!(matches!(refused, AccountError::NotConnected { .. }), "{refused}");
    });
}

#[test]
fn pins_of_an_export_are_offered_and_no_plays() {
    block_on(async {
        let world = world().await;
        let pin = |track: &str, seconds: i64, words: Option<&str>| {
            Imported::Record(ImportRecord::Pin {
                track: track.parse().expect("a track"),
                words: words.map(str::to_owned),
                at: world.host_now().plus_seconds(seconds),
            })
        };
        let mbid = "mbid:0f9d5a3e-6c2b-4a1d-8e7f-1234567890ab";
        let named: TrackRef = mbid.parse::<TrackRef>().expect("a track").with_names("Some Band", "Song");
        let listen = Imported::Record(ImportRecord::Listen {
            person: None,
            track: named,
            start: world.host_now(),
            exactness: signal_core::model::Exactness::Exact,
            played_ms: None,
        });
        let rows = || {
            let pins = [pin(mbid, 10, Some("Loud.")), pin("Another - Song", 20, None), pin(mbid, 5, None)];
            pins.into_iter().chain([listen.clone()])
        };
        let options = ImportOptions { source: "fake".to_owned(), person: Some(world.ana) };
        let answer = world.engine.import(&mut rows(), &options, &|_| ()).await.expect("imports");
        assert_eq!((answer.pins, answer.plays, answer.rows), (3, 1, 4));
        // The export names a pinned recording by its id alone; a listen in it says what that is.
        let told: Vec<_> = answer
            .suggested
            .iter()
            .map(|track| (track.title.as_deref().unwrap_or_default(), track.words.as_deref()))
            .collect();
        assert_eq!(told, [("Song", None), ("Song", Some("Loud."))]);
        assert_eq!(answer.suggested[0].artist.as_deref(), Some("Another"));
        world.engine.make_drop(world.ana, &track("Song"), "Mine.", None, None, None).await.expect("drops");
        let again = world.engine.import(&mut rows(), &options, &|_| ()).await.expect("imports");
        assert_eq!((again.suggested.len(), again.listens_new), (1, 0));
        let nobody = ImportOptions { person: None, ..options };
        world.engine.import(&mut rows(), &nobody, &|_| ()).await.expect_err("pins are somebody's");
    });
}
