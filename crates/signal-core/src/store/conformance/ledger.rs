//! Reads of entries, streams and the tree.

use super::fixtures::{accept, at, circle, content, drop_id, make_drop, register, trust, user};
use crate::ledger::{ContentChange, EpochTables, Head, NodeId, StreamId, Tree};
use crate::model::{Hash, Timestamp};
use crate::store::Store;

pub(super) async fn an_empty_ledger_answers(store: &dyn Store) {
    let head = store.head().await.expect("head");
    assert_eq!(head, Head::default());
    assert_eq!(head.root(), Tree::default().root());
    assert_eq!(store.entries(0, 10).await.expect("entries"), []);
    assert_eq!(store.entries(u64::MAX, 10).await.expect("entries"), []);
    assert_eq!(store.stream_entries(StreamId::Community, 0, 10).await.expect("entries of a stream"), []);
    assert_eq!(store.entries_naming(user(1)).await.expect("entries naming"), Vec::<u64>::new());
    assert_eq!(store.position_at(at(0)).await.expect("a position"), 0);
    assert_eq!(
        store.streams(&[StreamId::Community, StreamId::User(user(1))]).await.expect("streams"),
        [None, None]
    );
    assert_eq!(store.streams(&[]).await.expect("streams"), []);
    assert_eq!(store.all_streams(None, 10).await.expect("streams"), []);
    assert_eq!(store.nodes(&[NodeId { level: 0, index: 0 }]).await.expect("nodes"), [None]);
    assert_eq!(store.tables(Hash::from_bytes([1; 32])).await.expect("tables"), None);
}

pub(super) async fn entries_come_in_pages(store: &dyn Store) {
    accept(store, &[register(1, 0), register(2, 1), register(3, 2), register(4, 3), register(5, 4)]).await;
    let all = store.entries(0, 10).await.expect("entries");
    assert_eq!(all.len(), 5);
    assert_eq!(store.entries(0, 2).await.expect("entries"), all[..2]);
    assert_eq!(store.entries(2, 2).await.expect("entries"), all[2..4]);
    assert_eq!(store.entries(4, 2).await.expect("entries"), all[4..]);
    assert_eq!(store.entries(5, 2).await.expect("entries"), []);
    assert_eq!(store.entries(0, 0).await.expect("entries"), []);
}

pub(super) async fn stream_entries_come_in_pages(store: &dyn Store) {
    let group =
        [register(1, 0), register(2, 0), trust(1, 2, 1, 1), trust(2, 1, 1, 1), make_drop(1, 1, 2, "x", 2)];
    accept(store, &group).await;
    let stream = StreamId::User(user(1));
    let positions = async |after, limit| {
        let entries = store.stream_entries(stream, after, limit).await.expect("entries of the stream");
        entries.iter().map(|entry| entry.position).collect::<Vec<_>>()
    };
    assert_eq!(positions(0, 10).await, [0, 2, 4]);
    assert_eq!(positions(0, 2).await, [0, 2]);
    assert_eq!(positions(2, 2).await, [4]);
    assert_eq!(positions(3, 2).await, Vec::<u64>::new());
    assert_eq!(positions(u64::MAX, 2).await, Vec::<u64>::new());
    let of_drop =
        store.stream_entries(StreamId::Drop(drop_id(1)), 0, 10).await.expect("entries of the stream");
    assert_eq!(of_drop, store.entries(4, 1).await.expect("entries"));
}

pub(super) async fn entries_are_found_by_person(store: &dyn Store) {
    let mut acted = trust(2, 3, 1, 2);
    acted.events[0].actor = Some(user(4));
    accept(store, &[register(1, 0), register(2, 0), trust(1, 2, 1, 1), acted]).await;
    let naming = async |n| store.entries_naming(user(n)).await.expect("entries naming");
    assert_eq!(naming(1).await, [0, 2]);
    assert_eq!(naming(2).await, [1, 2, 3]);
    assert_eq!(naming(3).await, [3], "the other end of an edge");
    assert_eq!(naming(4).await, [3], "who acted");
}

pub(super) async fn positions_are_found_by_time(store: &dyn Store) {
    accept(store, &[register(1, 10), register(2, 20), register(3, 20), register(4, 20), register(5, 30)])
        .await;
    let position = async |when| store.position_at(when).await.expect("a position");
    assert_eq!(position(Timestamp::MIN).await, 0);
    assert_eq!(position(at(10)).await, 0);
    assert_eq!(position(at(11)).await, 1);
    assert_eq!(position(at(20)).await, 1, "the first of equal times");
    assert_eq!(position(at(21)).await, 4);
    assert_eq!(position(at(30)).await, 4);
    assert_eq!(position(at(31)).await, 5);
    assert_eq!(position(Timestamp::MAX).await, 5);
}

pub(super) async fn nodes_and_root_are_the_trees(store: &dyn Store) {
    let mut tree = Tree::default();
    let mut known = Vec::new();
    for group in 0..9u32 {
        // Groups of 1, 2 and 3 entries end at odd and even sizes.
        let people: Vec<_> = (0..=group % 3).map(|n| register(group * 10 + n, i64::from(group))).collect();
        let size = store.head().await.expect("head").size;
        accept(store, &people).await;
        for entry in store.entries(size, 10).await.expect("entries") {
            known.extend(tree.push(&entry.leaf));
        }
        let head = store.head().await.expect("head");
        assert_eq!(head, tree.head(head.last_at), "after group {group}");
        assert_eq!(head.root(), tree.root(), "after group {group}");
    }
    let (mut ids, mut hashes): (Vec<_>, Vec<_>) =
        known.into_iter().map(|(id, hash)| (id, Some(hash))).unzip();
    ids.reverse();
    hashes.reverse();
    ids.push(NodeId { level: 0, index: tree.size() });
    ids.push(NodeId { level: 63, index: 0 });
    hashes.extend([None, None]);
    assert_eq!(store.nodes(&ids).await.expect("nodes"), hashes, "in the order asked for");
}

pub(super) async fn streams_come_in_the_order_of_their_text(store: &dyn Store) {
    accept(store, &[register(2, 0), register(1, 0), make_drop(2, 1, 1, "b", 1), make_drop(1, 2, 1, "a", 1)])
        .await;
    let drops = [StreamId::Drop(drop_id(1)), StreamId::Drop(drop_id(2))];
    let people = [StreamId::User(user(1)), StreamId::User(user(2))];
    let expected = [drops[0], drops[1], people[0], people[1]];
    let all = store.all_streams(None, 10).await.expect("streams");
    assert_eq!(all.iter().map(|(stream, _)| *stream).collect::<Vec<_>>(), expected);
    assert_eq!(store.all_streams(None, 3).await.expect("streams"), all[..3]);
    assert_eq!(store.all_streams(Some(drops[1]), 3).await.expect("streams"), all[2..]);
    assert_eq!(store.all_streams(Some(StreamId::Community), 1).await.expect("streams"), all[..1]);
    assert_eq!(store.all_streams(Some(people[1]), 3).await.expect("streams"), []);
    let asked = [people[1], StreamId::Circle(circle(9)), drops[0], people[1]];
    let rows = [Some(all[3].1.clone()), None, Some(all[0].1.clone()), Some(all[3].1.clone())];
    assert_eq!(store.streams(&asked).await.expect("streams"), rows, "in the order asked for");
}

pub(super) async fn tables_are_kept_by_digest(store: &dyn Store) {
    let (standings, findings) = (Vec::new(), Vec::new());
    let tables = EpochTables {
        v: EpochTables::VERSION,
        position: 0,
        policy: 0,
        at: None,
        standings,
        findings,
        stances: Vec::new(),
    };
    let (bytes, hash) = tables.to_bytes();
    let put = ContentChange::PutTables { hash, bytes: bytes.clone() };
    accept(store, &[content(vec![put.clone(), put])]).await;
    assert_eq!(store.tables(hash).await.expect("tables"), Some(bytes));
    assert_eq!(store.tables(Hash::from_bytes([0; 32])).await.expect("tables"), None);
}
