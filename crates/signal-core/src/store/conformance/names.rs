//! Names that batches take and release.

use super::fixtures::{accept, claim, content, trust, user};
use crate::ledger::{AppendError, Batch, Key, KeyChange};
use crate::store::Store;

fn take(name: &str, owner: u32) -> KeyChange {
    KeyChange::Take { key: Key::Claim(claim(name)), owner: user(owner).uuid() }
}

fn release(name: &str) -> KeyChange {
    KeyChange::Release { key: Key::Claim(claim(name)) }
}

fn names(changes: Vec<KeyChange>) -> Batch {
    Batch { keys: changes, ..content(vec![]) }
}

pub(super) async fn names_are_taken_and_released(store: &dyn Store) {
    accept(store, &[names(vec![take("a:1", 1), take("a:2", 1)])]).await;
    let results = store.append(&[names(vec![take("a:1", 2)]), names(vec![release("a:3")])]).await;
    let taken = AppendError::KeyTaken { key: "claim:a:1".to_owned() };
    let missing = AppendError::KeyMissing { key: "claim:a:3".to_owned() };
    assert_eq!(results.expect("the group is appended"), [Err(taken), Err(missing)]);
    // Within a batch, and from batch to batch of a group, names change hands in order.
    accept(store, &[names(vec![release("a:1"), take("a:1", 2)]), names(vec![release("a:2")])]).await;
    assert_eq!(store.key("claim:a:1").await.expect("a name"), Some(user(2).uuid()));
    assert_eq!(store.key("claim:a:2").await.expect("a name"), None);
    accept(store, &[names(vec![take("a:2", 3)])]).await;
    let asked = ["claim:a:2", "claim:none", "claim:a:1", "claim:a:2"].map(str::to_owned);
    let owners = store.keys(&asked).await.expect("names");
    assert_eq!(owners, [Some(user(3).uuid()), None, Some(user(2).uuid()), Some(user(3).uuid())]);
}

pub(super) async fn a_refused_batch_gives_its_names_back(store: &dyn Store) {
    accept(store, &[names(vec![take("a:1", 1)])]).await;
    let half = names(vec![release("a:1"), take("a:2", 2), take("a:2", 3)]);
    // This one has its names, but no decision makes its event: the person was never registered.
    let mut misfit = trust(8, 9, 0, 0);
    misfit.keys = vec![release("a:1"), take("a:4", 8)];
    let results =
        store.append(&[half, misfit, names(vec![take("a:2", 4)])]).await.expect("the group is appended");
    assert_eq!(results[0], Err(AppendError::KeyTaken { key: "claim:a:2".to_owned() }));
    assert!(matches!(results[1], Err(AppendError::Malformed { .. })), "{:?}", results[1]);
    assert_eq!(results[2], Ok(0));
    let asked = ["claim:a:1", "claim:a:2", "claim:a:4"].map(str::to_owned);
    let owners = store.keys(&asked).await.expect("names");
    assert_eq!(owners, [Some(user(1).uuid()), Some(user(4).uuid()), None]);
}
