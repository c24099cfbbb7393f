//! A circle has 150 members at most, however many join at once through however many engines on one file.
#![cfg(feature = "sqlite")]

use std::sync::Arc;

use signal_adapters::SystemHost;
use signal_adapters::sqlite::SqliteStore;
use signal_core::decide::Refusal;
use signal_core::engine::{Engine, EngineError};
use signal_core::model::{CircleId, UserId, Viewer};

const MEMBERS: usize = 150;
/// People who want to join beside those for whom there is a seat.
const TOO_MANY: usize = 6;
/// Tasks that join at once, each with an engine and a connection of its own.
const TASKS: usize = 6;

/// Gives how many joined and how many were refused a seat.
async fn join(engine: Engine, circle: CircleId, people: Vec<UserId>) -> (usize, usize) {
    let (mut joined, mut refused) = (0, 0);
    for person in people {
        // Whoever loses a race too often is told to try again, and does.
        loop {
            match engine.join(person, circle).await {
                Ok(()) => joined += 1,
                Err(EngineError::Refused(Refusal::CircleFull { limit })) => {
                    assert_eq!(limit, MEMBERS);
                    refused += 1;
                }
                Err(error) if error.may_retry() => continue,
                Err(error) => panic!("{error}"),
            }
            break;
        }
    }
    (joined, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn many_join_at_once_and_the_last_seat_is_given_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("circle.db");
    let open = async || {
        let store = SqliteStore::open(&path).await.expect("opens");
        Engine::new(Arc::new(store), Arc::new(SystemHost::new()))
    };
    let engine = open().await;
    let mut people = Vec::new();
    for number in 0..MEMBERS + TOO_MANY {
        let handle = format!("person{number}").parse().expect("a handle");
        people.push(engine.register(&handle).await.expect("registers"));
    }
    let creator = people.pop().expect("a creator");
    let circle = engine.create_circle(creator, "The Cellar", &[], false).await.expect("a circle");
    let mut tasks = Vec::new();
    for part in people.chunks(people.len().div_ceil(TASKS)) {
        tasks.push(tokio::spawn(join(open().await, circle, part.to_vec())));
    }
    let (mut joined, mut refused) = (0, 0);
    for task in tasks {
        let done = task.await.expect("no panic");
        (joined, refused) = (joined + done.0, refused + done.1);
    }
    assert_eq!((joined, refused), (MEMBERS - 1, TOO_MANY));
    let answer = open().await.circle(Viewer::Operator, circle).await.expect("a circle");
    assert_eq!((answer.size, answer.members.len()), (MEMBERS, MEMBERS));
    let replay = engine.replay_ledger(&|_| {}).await.expect("replays");
    assert!(replay.equal, "{:?}", replay.differences);
}
