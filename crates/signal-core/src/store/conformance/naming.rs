//! Entries that name a person, and batches that rely on which they are.

use super::fixtures::{accept, at, batch, content, drop_id, leave, make_drop, register, trust, user, weight};
use crate::ledger::{AppendError, Batch, Checkpoint, Event, Naming, Read, StreamId, StreamState};
use crate::store::Store;

fn conflict(n: u32) -> AppendError {
    AppendError::Conflict { stream: StreamId::User(user(n)) }
}

/// A batch that does nothing but rely on which entries name person `n`.
fn relying(n: u32, positions: &[u64]) -> Batch {
    Batch { naming: vec![Naming { user: user(n), positions: positions.to_vec() }], ..content(vec![]) }
}

/// Person `from`, whose stream has the version, is said to trust others, at whose streams nobody looked.
fn import(from: u32, version: u64, to: &[u32], seconds: i64) -> Batch {
    let edges = to.iter().map(|n| (user(*n), weight(1))).collect();
    let event = Event::TrustImported { from: user(from), edges };
    batch(at(seconds), &[(StreamId::User(user(from)), version)], event)
}

async fn bodies(store: &dyn Store) -> Vec<u64> {
    let entries = store.entries(0, 99).await.expect("entries");
    entries.iter().filter(|entry| entry.body.is_some()).map(|entry| entry.position).collect()
}

pub(super) async fn an_entry_that_slips_in_conflicts(store: &dyn Store) {
    accept(store, &[register(1, 0), register(2, 0), register(3, 0), trust(2, 1, 1, 1)]).await;
    let stale = leave(store, 1, 3).await;
    accept(store, &[trust(3, 1, 1, 2)]).await;
    let results = store.append(&[stale, register(4, 3)]).await.expect("the group is appended");
    assert_eq!(results, [Err(conflict(1)), Ok(5)]);
    assert_eq!(bodies(store).await, [0, 1, 2, 3, 4, 5], "nothing was erased");
    assert_eq!(store.key("handle:user-1").await.expect("a name"), Some(user(1).uuid()));
    assert_eq!(store.edges_to(user(1)).await.expect("edges").len(), 2);
    let row = store.streams(&[StreamId::User(user(1))]).await.expect("streams").remove(0);
    assert_eq!(row.map(|row| (row.version, row.is_erased().ok())), Some((1, Some(false))));
    let anew = leave(store, 1, 4).await;
    assert_eq!(accept(store, &[anew]).await, [6]);
    assert_eq!(bodies(store).await, [1, 2, 5, 6], "whatever named them is gone");
    assert_eq!(store.entries_naming(user(1)).await.expect("entries naming"), Vec::<u64>::new());
}

pub(super) async fn exactly_these_entries_must_name_a_person(store: &dyn Store) {
    accept(store, &[register(1, 0), register(2, 0), trust(1, 2, 1, 1)]).await;
    let wrong: [&[u64]; 6] = [&[], &[0], &[2], &[0, 1], &[2, 0], &[0, 2, 3]];
    for positions in wrong {
        let results = store.append(&[relying(1, positions)]).await.expect("the group is appended");
        assert_eq!(results, [Err(conflict(1))], "{positions:?}");
    }
    accept(store, &[relying(1, &[0, 2]), relying(2, &[1, 2]), relying(7, &[])]).await;
    let both = Batch {
        naming: vec![relying(1, &[0, 2]).naming[0].clone(), relying(2, &[1]).naming[0].clone()],
        ..content(vec![])
    };
    assert_eq!(
        store.append(&[both]).await.expect("the group is appended"),
        [Err(conflict(2))],
        "all of them"
    );
}

pub(super) async fn entries_of_the_same_group_count(store: &dyn Store) {
    accept(store, &[register(1, 0), register(2, 0), register(3, 0)]).await;
    let results = store
        .append(&[relying(1, &[0]), trust(2, 1, 1, 1), relying(1, &[0]), relying(1, &[0, 3])])
        .await
        .expect("the group is appended");
    assert_eq!(results, [Ok(3), Ok(3), Err(conflict(1)), Ok(4)]);
    // What was refused counts for nothing.
    let results =
        store.append(&[trust(3, 1, 9, 2), relying(1, &[0, 3])]).await.expect("the group is appended");
    assert_eq!(results, [Err(conflict(3)), Ok(4)]);
    // An erasure takes entries away from others, too.
    let group = [
        leave(store, 1, 3).await,
        relying(2, &[1, 3]),
        relying(2, &[1]),
        trust(2, 3, 2, 4),
        relying(2, &[1, 5]),
    ];
    let results = store.append(&group).await.expect("the group is appended");
    assert_eq!(results, [Ok(4), Err(conflict(2)), Ok(5), Ok(5), Ok(6)]);
}

pub(super) async fn whoever_was_erased_is_not_named_again(store: &dyn Store) {
    accept(store, &[register(1, 0), register(2, 0), register(3, 0), make_drop(1, 1, 1, "words", 1)]).await;
    let drop = StreamId::Drop(drop_id(1));
    let row = store.streams(&[drop]).await.expect("streams").remove(0).expect("a state row");
    let gone = leave(store, 1, 2).await;
    // Within the group, and afterwards.
    let results = store.append(&[gone, import(2, 1, &[3, 1], 3)]).await.expect("the group is appended");
    assert_eq!(results, [Ok(4), Err(conflict(1))]);
    let mut acting = import(2, 1, &[3], 4);
    acting.events[0].actor = Some(user(1));
    let results = store.append(&[import(2, 1, &[1], 4), acting]).await.expect("the group is appended");
    assert_eq!(results, [Err(conflict(1)), Err(conflict(1))]);
    assert_eq!(store.edges_from(user(2)).await.expect("edges"), []);
    assert_eq!(store.entries_naming(user(1)).await.expect("entries naming"), Vec::<u64>::new());
    // People without a stream, and those who are still there, may be named without a look at them.
    accept(store, &[import(2, 1, &[3, 9], 5)]).await;
    // What somebody's erasure fixes may speak of a person whose drops stayed.
    let state = StreamState::from_bytes(&row.state).expect("a state");
    let mut other = leave(store, 3, 6).await;
    other.reads.push(Read { stream: drop, version: row.version });
    let Event::UserErased { checkpoints, .. } = &mut other.events[0].event else {
        panic!("it is an erasure")
    };
    checkpoints.push(Checkpoint { stream: drop, state });
    accept(store, &[other]).await;
}
