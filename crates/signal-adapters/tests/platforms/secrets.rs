//! No secret that a service issued is ever shown.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use fake_platforms::{Fault, Service, State, songs};
use signal_core::platform::HistoryFrom;
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

/// Does all that can be done with a service, well and badly, and shows all that comes of it.
async fn show_all(world: &World, name: &str, service: Service, shown: &mut String) {
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
        world.fakes.with(State::forget_faults);
        world.fakes.advance(100_000);
    }
}

#[tokio::test]
async fn no_secret_is_in_any_log_error_or_debug_output() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
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
    let mut shown = String::new();
    for (name, service) in [
        ("spotify", Service::Spotify),
        ("tidal", Service::Tidal),
        ("lastfm", Service::LastFm),
        ("listenbrainz", Service::ListenBrainz),
        ("apple", Service::Apple),
    ] {
        show_all(&world, name, service, &mut shown).await;
    }
    let log = String::from_utf8(log.0.lock().expect("a log").clone()).expect("text");
    assert!(log.contains("listenbrainz") && shown.contains("Authorization"), "there is something to look at");
    let secrets: Vec<String> = world.fakes.with(|state| state.secrets().map(str::to_owned).collect());
    assert!(secrets.len() > 20, "{}", secrets.len());
    for secret in secrets {
        assert!(!log.contains(&secret), "a log shows {}…", &secret[..8]);
        assert!(!shown.contains(&secret), "an output shows {}…", &secret[..8]);
    }
}
