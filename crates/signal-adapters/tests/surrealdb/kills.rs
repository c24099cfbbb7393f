//! A process that is killed while it writes: what was acknowledged is there, and the ledger verifies.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use signal_core::ledger::Verifier;
use signal_core::store::{ContentStore, LedgerStore, Store};
use tempfile::TempDir;

use crate::contract::open;
use crate::fixtures::{content, doc, register};

const ROUNDS: u32 = 30;
/// The folder, told to the process that is killed.
const TOLD: &str = "SIGNAL_TEST_SURREALKV";

/// What the test below starts and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "half of a_killed_writer_loses_nothing_that_was_acknowledged"]
async fn a_writer_that_never_stops() {
    let folder = PathBuf::from(env::var(TOLD).expect("the other half starts this one"));
    let store = open(&folder).await;
    loop {
        let n = store.head().await.expect("head").size;
        let batches = [register(u128::from(n)), content(vec![doc(u128::from(n), "words")])];
        for done in store.append(&batches).await.expect("an append") {
            done.expect("it is accepted");
        }
        println!("done {n}");
    }
}

/// Starts a writer, kills it some time after its first word, and gives the last position it acknowledged.
fn killed(folder: &Path, after: Duration) -> u64 {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", "kills::a_writer_that_never_stops", "--ignored", "--nocapture"]);
    let mut child = command.env(TOLD, folder).stdout(Stdio::piped()).spawn().expect("a writer starts");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut positions = lines.filter_map(|line| line.ok()?.split_once("done ")?.1.parse().ok());
    let first = positions.next().expect("it writes something");
    std::thread::sleep(after);
    child.kill().expect("it is killed");
    let last = positions.last().unwrap_or(first);
    child.wait().expect("it has ended");
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_writer_loses_nothing_that_was_acknowledged() {
    let folder = TempDir::new().expect("a folder");
    for round in 0..ROUNDS {
        let acknowledged = killed(folder.path(), Duration::from_millis(u64::from(round * 37 % 101)));
        let store = open(folder.path()).await;
        let head = store.head().await.expect("head");
        assert!(head.size > acknowledged, "round {round}: {acknowledged} was acknowledged of {}", head.size);
        let mut verifier = Verifier::new();
        for (n, entry) in (0..).zip(store.entries(0, u32::MAX).await.expect("entries")) {
            assert_eq!(entry.position, n, "positions have no gaps");
            verifier.push(&entry).expect("the entry verifies");
        }
        verifier.finish(&head).expect("the ledger verifies");
        let names = store.all_keys(signal_core::store::Page { after: None, limit: u32::MAX }).await;
        let handles = names.expect("names").into_iter().filter(|(name, _)| name.starts_with("handle:"));
        assert_eq!(handles.count() as u64, head.size, "a name for each entry");
        store.close().await;
    }
}
