//! No secret that a service issued is ever shown.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use fake_platforms::{Fault, Service, State, songs};
use signal_core::platform::{Consent, HistoryFrom};
use tracing_subscriber::fmt::MakeWriter;

use crate::world::World;

/// All that is written to a log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What an attempt remembers that nobody may know.
fn remembered(consent: &Consent) -> Vec<String> {
    let memory = consent.attempt.memory.reveal();
    match serde_json::from_str::<serde_json::Value>(memory) {
        Ok(parts) => {
            let texts = ["verifier", "state"].map(|part| parts[part].as_str().map(str::to_owned));
            texts.into_iter().flatten().collect()
        }
        Err(_) => Vec::from_iter((!memory.is_empty()).then(|| memory.to_owned())),
    }
}

/// Does all that can be done with a service, well and badly, and shows all that comes of it. Gives the secrets of our own.
async fn show_all(world: &World, name: &str, service: Service, shown: &mut String) -> Vec<String> {
    let mut secrets = Vec::new();
    let platform = world.platform(name);
    let consent = platform.authorize(world.request()).await;
    write!(shown, "{consent:?} {:?}", world.request()).expect("text");
    let authorization = world.connect(name).await;
    write!(shown, "{authorization:?} {:?}", world.platforms.keys()).expect("text");
    let faults = [
        None,
        Some(Fault::html(502)),
        Some(Fault::Cut),
        Some(Fault::Broken),
        Some(Fault::text(400, "no")),
        Some(Fault::text(401, "no")),
        Some(Fault::text(403, "no")),
        Some(Fault::json(200, r#"{"error":29}"#)),
        Some(Fault::text(429, "no").with("retry-after", 90_000)),
    ];
    for fault in faults {
        let fail = || {
            for _ in 0..3 {
                if let Some(fault) = &fault {
                    world.fakes.fail_next(service, fault.clone());
                }
            }
        };
        fail();
        write!(shown, "{:?}", world.ask(name, &authorization, HistoryFrom::Beginning).await).expect("text");
        fail();
        write!(shown, "{:?}", platform.refresh(&authorization, world.now()).await).expect("text");
        fail();
        write!(shown, "{:?}", platform.saved(&authorization, None).await).expect("text");
        fail();
        write!(shown, "{:?}", platform.follows(&authorization).await).expect("text");
        fail();
        write!(shown, "{:?}", platform.track(Some(&authorization), "100001").await).expect("text");
        let consent = platform.authorize(world.request()).await;
        write!(shown, "{consent:?}").expect("text");
        secrets.extend(consent.iter().flat_map(remembered));
        world.fakes.with(State::forget_faults);
        world.fakes.advance(100_000);
    }
    secrets
}

#[tokio::test]
async fn no_secret_is_in_any_log_error_or_debug_output() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // For all threads: what other tests log meanwhile is looked through as well.
    tracing::subscriber::set_global_default(subscriber).expect("the only one");
    let world = World::start().await;
    world.fakes.with(|state| {
        let now = state.now();
        for song in songs(0..5) {
            state.listenbrainz.listen(song.clone(), now.plus_seconds(-900));
            state.lastfm.scrobble(song.clone(), now.plus_seconds(-900));
            state.spotify.play(song.clone(), now.plus_seconds(-900));
            state.apple.play(song.clone());
            state.tidal.saved.push((song, now));
        }
        state.lastfm.private = true;
    });
    let (mut shown, mut ours) = (String::new(), Vec::new());
    for (name, service) in [
        ("spotify", Service::Spotify),
        ("tidal", Service::Tidal),
        ("lastfm", Service::LastFm),
        ("listenbrainz", Service::ListenBrainz),
        ("apple", Service::Apple),
    ] {
        ours.extend(show_all(&world, name, service, &mut shown).await);
    }
    let log = String::from_utf8(log.0.lock().expect("a log").clone()).expect("text");
    assert!(log.contains("listenbrainz") && shown.contains("Authorization"), "there is something to look at");
    let theirs: Vec<String> = world.fakes.with(|state| state.secrets().map(str::to_owned).collect());
    assert!(theirs.len() > 20 && ours.len() > 20, "{} and {}", theirs.len(), ours.len());
    for secret in theirs.into_iter().chain(ours) {
        assert!(!log.contains(&secret), "a log shows {}…", &secret[..8]);
        assert!(!shown.contains(&secret), "an output shows {}…", &secret[..8]);
    }
}
