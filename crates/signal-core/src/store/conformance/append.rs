//! What an append accepts, refuses and leaves behind.

use super::fixtures::{accept, at, batch, claim, content, make_drop, register, sealed, trust, user, words};
use crate::ledger::{
    AppendError, Batch, ContentChange, Doc, DocKind, DraftEvent, Event, Key, KeyChange, Read, StreamId,
};
use crate::model::{Account, Move, Points};
use crate::store::{Appended, Store};

pub(super) async fn accepted_entries_read_back_byte_for_byte(store: &dyn Store) {
    let batches = [
        register(1, 0),
        register(2, 1),
        trust(1, 2, 1, 2),
        make_drop(1, 1, 2, "Écoute ça, \"vraiment\" 🎧", 3),
    ];
    let expected = sealed(&batches);
    assert_eq!(accept(store, &batches).await, [0, 1, 2, 3], "positions");
    let stored: Vec<_> = expected.entries.iter().map(|entry| entry.stored.clone()).collect();
    assert_eq!(store.entries(0, 100).await.expect("entries"), stored, "the exact bytes");
    assert_eq!(store.head().await.expect("head"), expected.head);
    let (ids, hashes): (Vec<_>, Vec<_>) = expected.nodes.into_iter().unzip();
    let nodes = store.nodes(&ids).await.expect("nodes");
    assert_eq!(nodes, hashes.into_iter().map(Some).collect::<Vec<_>>(), "finished nodes");
    assert_eq!(store.all_streams(None, 100).await.expect("streams"), expected.rows, "state rows");
    for entry in expected.entries {
        for (stream, version) in entry.streams {
            let found = store.stream_entries(stream, version - 1, 1).await.expect("entries of the stream");
            assert_eq!(found, std::slice::from_ref(&entry.stored), "version {version} of {stream}");
        }
        for person in entry.people {
            let found = store.entries_naming(person).await.expect("entries naming");
            assert!(found.contains(&entry.stored.position), "{person} is named at {}", entry.stored.position);
        }
    }
}

pub(super) async fn stale_batches_conflict(store: &dyn Store) {
    accept(store, &[register(1, 0), register(2, 0)]).await;
    accept(store, &[trust(1, 2, 1, 1)]).await;
    let results = store.append(&[trust(1, 2, 1, 2), trust(1, 2, 3, 2)]).await.expect("the group is appended");
    let conflict = Err(AppendError::Conflict { stream: StreamId::User(user(1)) });
    assert_eq!(
        results,
        [conflict.clone(), conflict],
        "both an older and a newer version than the stored one"
    );
    // A stream that is only read conflicts as one that is written.
    let mut looked = trust(2, 1, 1, 2);
    looked.reads.push(Read { stream: StreamId::User(user(1)), version: 1 });
    let results = store.append(&[looked]).await.expect("the group is appended");
    assert_eq!(results, [Err(AppendError::Conflict { stream: StreamId::User(user(1)) })]);
    assert_eq!(store.head().await.expect("head").size, 3);
}

pub(super) async fn a_refused_batch_leaves_no_trace(store: &dyn Store) {
    accept(store, &[register(1, 0)]).await;
    let before = store.head().await.expect("head");
    let stale = make_drop(1, 1, 0, "stale words", 1);
    let mut taken = register(3, 1);
    taken.keys.push(KeyChange::Take { key: Key::Claim(claim("test:1")), owner: user(3).uuid() });
    let results = store.append(&[stale, taken, register(2, 1)]).await.expect("the group is appended");
    let expected: [Appended; 3] = [
        Err(AppendError::Conflict { stream: StreamId::User(user(1)) }),
        Err(AppendError::KeyTaken { key: "claim:test:1".to_owned() }),
        Ok(before.size),
    ];
    assert_eq!(results, expected, "only the last one is accepted");
    assert_eq!(store.head().await.expect("head").size, before.size + 1);
    assert_eq!(
        store.all_docs(DocKind::Drop, crate::store::Page { after: None, limit: 9 }).await.expect("docs"),
        []
    );
    assert_eq!(store.docs_of(user(3)).await.expect("docs"), []);
    assert_eq!(store.keys_of(user(3).uuid()).await.expect("names"), Vec::<String>::new());
    assert_eq!(store.streams(&[StreamId::User(user(3))]).await.expect("streams"), [None]);
    assert_eq!(store.entries_naming(user(3)).await.expect("entries naming"), Vec::<u64>::new());
    assert_eq!(store.search("stale", &[DocKind::Drop], 9).await.expect("search"), []);
}

pub(super) async fn one_group_may_raise_a_stream_twice(store: &dyn Store) {
    let group = [register(1, 0), register(2, 0), trust(1, 2, 1, 1), trust(1, 2, 2, 2), trust(1, 2, 2, 3)];
    let results = store.append(&group).await.expect("the group is appended");
    let conflict = AppendError::Conflict { stream: StreamId::User(user(1)) };
    assert_eq!(results, [Ok(0), Ok(1), Ok(2), Ok(3), Err(conflict)]);
    let row = store.streams(&[StreamId::User(user(1))]).await.expect("streams").remove(0);
    assert_eq!(row.expect("a state row").version, 3);
    let entries = store.stream_entries(StreamId::User(user(1)), 0, 10).await.expect("entries of the stream");
    assert_eq!(entries.iter().map(|entry| entry.position).collect::<Vec<_>>(), [0, 2, 3]);
}

pub(super) async fn time_never_runs_backwards(store: &dyn Store) {
    accept(store, &[register(1, 1_000)]).await;
    accept(store, &[register(2, 1_000 - 600), register(3, 500), register(4, 1_001)]).await;
    let entries = store.entries(0, 10).await.expect("entries");
    let times: Vec<_> = entries.iter().map(|entry| entry.leaf().expect("a leaf").at).collect();
    assert_eq!(times, [at(1_000), at(1_000), at(1_000), at(1_001)]);
    assert_eq!(store.head().await.expect("head").last_at, Some(at(1_001)));
}

pub(super) async fn a_clock_far_behind_is_refused(store: &dyn Store) {
    accept(store, &[register(1, 1_000)]).await;
    let results = store.append(&[register(2, 399), register(3, 1_000)]).await.expect("the group is appended");
    assert_eq!(results, [Err(AppendError::ClockBehind { now: at(399), last: at(1_000) }), Ok(1)]);
}

pub(super) async fn a_batch_without_events_writes_content(store: &dyn Store) {
    accept(store, &[register(1, 0)]).await;
    let before = store.head().await.expect("head");
    let doc = Doc {
        kind: DocKind::Circle,
        id: user(5).uuid(),
        owner: None,
        parent: None,
        at: at(0),
        text: "Quiet Hours".to_owned(),
    };
    let put = content(vec![ContentChange::PutDoc(doc.clone())]);
    assert_eq!(accept(store, &[put, register(2, 1)]).await, [1, 1], "the position of the next entry");
    assert_eq!(store.docs(DocKind::Circle, &[doc.id]).await.expect("docs"), [Some(doc)]);
    assert_eq!(store.head().await.expect("head").size, before.size + 1);
    // Content waits for no clock, but for the versions it looked at.
    let late = Batch { at: at(-10_000), ..content(vec![]) };
    let stale =
        Batch { reads: vec![Read { stream: StreamId::User(user(1)), version: 0 }], ..content(vec![]) };
    let results = store.append(&[late, stale]).await.expect("the group is appended");
    assert_eq!(results, [Ok(2), Err(AppendError::Conflict { stream: StreamId::User(user(1)) })]);
}

pub(super) async fn a_batch_that_no_decision_makes_is_refused(store: &dyn Store) {
    accept(store, &[register(1, 0), register(2, 0)]).await;
    let before = store.head().await.expect("head");
    let unread = Batch { reads: vec![], ..trust(1, 2, 1, 1) };
    let mut unbalanced = trust(1, 2, 1, 1);
    unbalanced.events[0].moves = vec![Move(Account::Mint, Points::whole(1))];
    // The first event of this one can be sealed, the second cannot: neither may stay.
    let mut half = trust(2, 1, 1, 1);
    half.reads.push(Read { stream: StreamId::User(user(7)), version: 0 });
    let misfit = Event::UserFrozen { user: user(7), frozen: true };
    half.events.push(DraftEvent { actor: None, event: misfit, moves: vec![], salt: [1; 16] });
    // This one begins a stream before it fails on the next: the stream must not be there afterwards.
    let begun = make_drop(4, 8, 0, "nobody made this", 1);
    let results = store.append(&[unread, unbalanced, half, begun]).await.expect("the group is appended");
    for result in results {
        assert!(matches!(result, Err(AppendError::Malformed { .. })), "{result:?}");
    }
    assert_eq!(store.head().await.expect("head"), before);
    assert_eq!(store.all_streams(None, 9).await.expect("streams").len(), 2);
    assert_eq!(store.edges_from(user(2)).await.expect("edges"), []);
    accept(store, &[trust(2, 1, 1, 1)]).await;
}

pub(super) async fn an_empty_group_changes_nothing(store: &dyn Store) {
    assert_eq!(store.append(&[]).await.expect("nothing is appended"), []);
    let event = Event::CircleCreated {
        circle: super::fixtures::circle(1),
        creator: user(1),
        name: words("Late Trains"),
        focus: vec!["dub".to_owned()],
        invite_only: false,
    };
    let reads = [(StreamId::Circle(super::fixtures::circle(1)), 0), (StreamId::User(user(1)), 1)];
    accept(store, &[register(1, 0), batch(at(1), &reads, event)]).await;
    let before = store.head().await.expect("head");
    assert_eq!(store.append(&[]).await.expect("nothing is appended"), []);
    assert_eq!(store.head().await.expect("head"), before);
}
