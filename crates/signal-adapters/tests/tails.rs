//! Engines in two processes over one store: what one writes, the other knows within a second, without being asked.
#![cfg(all(feature = "sqlite", feature = "postgres", unix))]

#[path = "postgres/server.rs"]
mod server;

use std::env;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use signal_adapters::SystemHost;
use signal_core::engine::Engine;
use signal_core::model::{TrustWeight, Viewer};

const URL: &str = "SIGNAL_TEST_TAILED";
const PEOPLE: usize = 12;

async fn engine(url: &str) -> Engine {
    let store = signal_adapters::open(url).await.expect("the store opens");
    Engine::new(store, Arc::new(SystemHost::new()))
}

/// What the tests below start: people come, each trusts the one before, with pauses.
#[tokio::test]
#[ignore = "the other process of the tests below"]
async fn one_writer_with_pauses() {
    let engine = engine(&env::var(URL).expect("the other half starts this one")).await;
    let mut before = None;
    for n in 0..PEOPLE {
        let name = format!("person{n}").parse().expect("a handle");
        let user = engine.register(&name).await.expect("registers");
        if let Some(other) = before {
            engine.set_trust(user, other, Some(TrustWeight::FULL)).await.expect("trusts");
        }
        before = Some(user);
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

/// Looks how long what another process writes stays unknown to an engine that nobody asks.
async fn follows(url: &str) {
    let reader = engine(url).await;
    let following = tokio::spawn({
        let reader = reader.clone();
        async move { reader.keep_up().await.map(drop) }
    });
    let store = signal_adapters::open(url).await.expect("the store opens");
    let program = env::current_exe().expect("this program");
    let mut writer = Command::new(program)
        .args(["--exact", "one_writer_with_pauses", "--ignored"])
        .env(URL, url)
        .stdout(Stdio::null())
        .spawn()
        .expect("a writer starts");
    let all = (PEOPLE * 2 - 1) as u64;
    let (mut since, mut slowest, mut steps) = (None, Duration::ZERO, 0);
    let deadline = Instant::now() + Duration::from_secs(30);
    while reader.followed() < all {
        assert!(Instant::now() < deadline, "it knows {} of {all} entries", reader.followed());
        let (there, known) = (store.head().await.expect("head").size, reader.followed());
        match since {
            None if known < there => since = Some((there, Instant::now())),
            Some((wanted, began)) if known >= wanted => {
                slowest = slowest.max(began.elapsed());
                steps += 1;
                since = None;
            }
            Some((_, began)) => assert!(began.elapsed() < Duration::from_secs(1), "not known after a second"),
            None => {}
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(writer.wait().expect("it ends").success());
    println!("{steps} looks behind, the slowest for {slowest:?}");
    let find = async |n: usize| {
        let found = reader.find_user(Viewer::Operator, &format!("person{n}")).await;
        found.expect("a person")
    };
    let (first, last) = (find(1).await, find(0).await);
    let path = reader.trust_path(Viewer::Operator, first, last).await.expect("an answer");
    assert_eq!((path.strength, path.hops), (1.0, 1), "{path:?}");
    assert!(!following.is_finished(), "{:?}", following.await);
    following.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_followed() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("signal.db");
    follows(path.to_str().expect("UTF-8")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_followed() {
    if !server::is_there() {
        return;
    }
    let database = server::Database::empty().await;
    follows(&database.url).await;
}
