//! The writing process is killed, and the database server is, at random moments: what was acknowledged is there, once.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use signal_adapters::SystemHost;
use signal_adapters::postgres::PostgresStore;
use signal_core::decide::Refusal;
use signal_core::engine::{Engine, EngineError};
use signal_core::ledger::{Event, Verifier};
use signal_core::model::{TrustWeight, UserId, Viewer};
use signal_core::store::{LedgerStore, Store, StoreError};

use crate::server::{self, Database, Mortal};

/// The first number and the URL.
const TOLD: &str = "SIGNAL_TEST_KILLED_WRITER";
/// More rounds than usual.
const ROUNDS: &str = "SIGNAL_TEST_KILL_ROUNDS";

fn rounds() -> u32 {
    env::var(ROUNDS).ok().and_then(|number| number.parse().ok()).unwrap_or(30)
}

fn handle(n: u64) -> String {
    format!("person{n}")
}

/// Tries until it is done, looking first where nobody could tell what became of it.
async fn until_done<T>(mut attempt: impl AsyncFnMut() -> Result<T, EngineError>) -> Option<T> {
    loop {
        match attempt().await {
            Ok(done) => return Some(done),
            Err(EngineError::Refused(Refusal::Taken { .. } | Refusal::Exists { .. })) => return None,
            // The server is away, or was when we asked.
            Err(
                EngineError::Store(StoreError::Failed { .. } | StoreError::Unknown { .. })
                | EngineError::Busy { .. },
            ) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

async fn register(engine: &Engine, n: u64) -> UserId {
    let name = handle(n).parse().expect("a handle");
    if let Some(user) = until_done(async || engine.register(&name).await).await {
        return user;
    }
    let found = until_done(async || engine.find_user(Viewer::Operator, &handle(n)).await);
    found.await.expect("the name was taken")
}

/// What the tests below start: people come, each trusts the one before, and each step is told when it is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the victim of the tests below"]
async fn one_writer_without_end() {
    let told = env::var(TOLD).expect("the other half starts this one");
    let (first, url) = told.split_once(' ').expect("a number and a URL");
    let store = PostgresStore::open(url).await.expect("the store opens");
    let engine = Engine::new(Arc::new(store), Arc::new(SystemHost::new()));
    let mut before = None;
    for n in first.parse::<u64>().expect("a number").. {
        let user = register(&engine, n).await;
        println!("done {n} came");
        if let Some(other) = before {
            until_done(async || engine.set_trust(user, other, Some(TrustWeight::FULL)).await).await;
            println!("done {n} trusts");
        }
        before = Some(user);
    }
}

/// A process that does not outlive its test.
struct Victim(Child);

/// A writer, and what it tells.
struct Writer {
    process: Victim,
    lines: Receiver<String>,
}

impl Writer {
    fn start(first: u64, url: &str) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", "kills::one_writer_without_end", "--ignored", "--nocapture"]);
        command.env(TOLD, format!("{first} {url}")).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a writer starts");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let (told, lines) = mpsc::channel();
        std::thread::spawn(move || {
            // The end of the writer is the end of its lines, and perhaps in the middle of one.
            for line in output.split(b'\n').map_while(Result::ok) {
                if told.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        });
        Self { process: Victim(process), lines }
    }

    /// Waits until it has done something more.
    fn has_begun(&self, told: &mut BTreeSet<(u64, bool)>) {
        while !told.hear(&self.lines.recv_timeout(Duration::from_secs(30)).expect("it writes")) {}
    }

    /// Kills it, and gives everything it told.
    fn kill(mut self, told: &mut BTreeSet<(u64, bool)>) {
        self.process.0.kill().expect("it is killed");
        self.process.0.wait().expect("it ends");
        while let Ok(line) = self.lines.recv() {
            told.hear(&line);
        }
    }
}

/// A test that fails leaves nobody behind.
impl Drop for Victim {
    fn drop(&mut self) {
        // It may be dead already, which is all we want.
        drop(self.0.kill());
    }
}

trait Hear {
    fn hear(&mut self, line: &str) -> bool;
}

impl Hear for BTreeSet<(u64, bool)> {
    /// Takes `done 7 came` and `done 7 trusts`; gives whether it was one of them.
    fn hear(&mut self, line: &str) -> bool {
        let line = line.trim_start_matches("test kills::one_writer_without_end ... ");
        let mut words = line.split(' ');
        let (Some("done"), Some(n), Some(what)) = (words.next(), words.next(), words.next()) else {
            return false;
        };
        let Ok(n) = n.parse() else { return false };
        match what {
            "came" => self.insert((n, false)),
            "trusts" => self.insert((n, true)),
            _ => return false,
        };
        true
    }
}

/// Looks whether all that was told is there, and nothing twice.
async fn holds(url: &str, told: &BTreeSet<(u64, bool)>) {
    let store = PostgresStore::open(url).await.expect("the store opens");
    let engine = Engine::new(Arc::new(store.clone()), Arc::new(SystemHost::new()));
    let mut verifier = Verifier::new();
    let (mut people, mut there) = (BTreeMap::new(), BTreeSet::new());
    for (place, entry) in store.entries(0, u32::MAX).await.expect("entries").into_iter().enumerate() {
        assert_eq!(entry.position, place as u64, "positions have no gaps");
        verifier.push(&entry).expect("the entry verifies");
        let seen = match entry.read().expect("it can be read").body.expect("a body").event {
            Event::UserRegistered { user, handle: Some(handle), .. } => {
                let n = handle.as_str().strip_prefix("person").and_then(|n| n.parse().ok());
                (*people.entry(user).or_insert(n.expect("a number")), false)
            }
            Event::TrustSet { from, .. } => (people[&from], true),
            other => panic!("nobody did {other:?}"),
        };
        assert!(there.insert(seen), "{seen:?} is there twice");
    }
    verifier.finish(&store.head().await.expect("head")).expect("the ledger verifies");
    let lost: Vec<_> = told.difference(&there).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let replay = engine.replay_ledger(&|_| {}).await.expect("replays");
    assert!(replay.equal, "{:?}", replay.differences);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_is_killed_loses_nothing_it_told() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let mut random = ChaCha8Rng::seed_from_u64(20_261_128);
    let mut told = BTreeSet::new();
    for round in 0..u64::from(rounds()) {
        let writer = Writer::start(round * 10_000, &database.url);
        writer.has_begun(&mut told);
        std::thread::sleep(Duration::from_millis(random.random_range(0..150)));
        writer.kill(&mut told);
        if round % 5 == 4 {
            holds(&database.url, &told).await;
        }
    }
    holds(&database.url, &told).await;
    assert!(told.len() as u64 > u64::from(rounds()) * 2, "{} acknowledged", told.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_nothing_that_was_told() {
    let Some(mut server) = Mortal::start() else {
        println!("left out: the server is not ours to kill");
        return;
    };
    let url = server.url();
    PostgresStore::open(&url).await.expect("the store opens").close().await;
    let mut random = ChaCha8Rng::seed_from_u64(20_261_129);
    let mut told = BTreeSet::new();
    let writer = Writer::start(0, &url);
    for _ in 0..rounds() {
        // It goes on each time, once the server is back.
        writer.has_begun(&mut told);
        std::thread::sleep(Duration::from_millis(random.random_range(0..100)));
        server.kill();
        while let Ok(line) = writer.lines.try_recv() {
            told.hear(&line);
        }
    }
    writer.has_begun(&mut told);
    writer.kill(&mut told);
    holds(&url, &told).await;
}
