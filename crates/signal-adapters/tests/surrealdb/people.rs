//! What an erasure leaves, and what comes beside it.

use std::path::Path;

use signal_adapters::surrealdb::SurrealStore;
use signal_core::ledger::{Checkpoint, DocKind, Event, Naming, StreamId, StreamState, UserStatus};
use signal_core::model::{Exactness, Listen, Timestamp, TrackId};
use signal_core::store::transfer::{Table, TransferStore, copy};
use signal_core::store::{ContentStore, HistoryStore, LedgerStore, MemoryStore, Store};
use surrealdb_types::ToSql;
use tempfile::TempDir;
use uuid::Uuid;

use crate::contract::open;
use crate::fixtures::{batch, content, doc, erase, register, trust, user};
use crate::raw::Raw;

/// Bytes of every file below a folder.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("a file").path());
    entries
        .flat_map(
            |path| {
                if path.is_dir() { bytes_below(&path) } else { std::fs::read(path).expect("its bytes") }
            },
        )
        .collect()
}

fn holds(folder: &Path, word: &str) -> bool {
    bytes_below(folder).windows(word.len()).any(|bytes| bytes.eq_ignore_ascii_case(word.as_bytes()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_word_is_in_no_table_and_after_compacting_in_no_file() {
    let all = TempDir::new().expect("a folder");
    let folder = all.path().join("community");
    let store = open(&folder).await;
    store.append(&[register(1), register(2)]).await.expect("an append");
    store.append(&[trust(1, 2, 1), trust(2, 1, 1)]).await.expect("an append");
    let mut docs = vec![doc(1, "Zanzibarian quokkas whisper"), doc(2, "Zanzibarian echoes")];
    docs.extend((10..200).map(|n| doc(n, &format!("filler words number {n} and {}", n * n))));
    store.append(&[content(docs)]).await.expect("an append");
    store.close().await;
    let raw = Raw::open(&folder).await;
    let before = raw.dump().await;
    raw.close().await;
    assert!(before.contains("quokkas") && before.contains("handle:user-1"), "they are there at first");
    let store = open(&folder).await;
    store.append(&[erase(1, vec![0, 2, 3])]).await.expect("an append");
    assert_eq!(store.search("zanz", &[DocKind::Drop], 9).await.expect("search").len(), 1);
    assert_eq!(store.edges_to(user(2)).await.expect("edges"), []);
    assert_eq!(store.entries(0, 1).await.expect("entries")[0].body, None);
    store.compact().await.expect("it is to be compacted");
    store.close().await;
    let raw = Raw::open(&folder).await;
    let after = raw.dump().await;
    raw.close().await;
    let person = user(1).to_string();
    for word in [
        "quokka",
        "whisper",
        "handle:user-1",
        "test:1\"",
        "user-1\"",
        "person:u'00000000-0000-0000-0000-000000000002",
    ] {
        assert!(!after.contains(word), "{word} is still there");
        assert!(!holds(&folder, word), "{word} is still in the folder");
    }
    assert!(after.contains(&format!("user:{person}")), "that somebody left is known");
    for word in ["zanzibarian", "echoes", "handle:user-2"] {
        assert!(after.contains(word), "{word} belongs to somebody else");
    }
    let names: Vec<_> = std::fs::read_dir(all.path()).expect("the folder").collect();
    assert_eq!(names.len(), 1, "nothing is left beside the folder: {names:?}");
}

fn listens(n: u128, count: i64) -> Vec<Listen> {
    let listen = |i| Listen {
        user: user(n),
        track: TrackId::from_uuid(Uuid::from_u128(5)),
        start: Timestamp::from_seconds(1_767_225_600 + i),
        exactness: Exactness::Exact,
        played_ms: None,
        source: "test".to_owned(),
    };
    (0..count).map(listen).collect()
}

/// Plays that are being added while their person is erased come before the erasure, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_slips_in_beside_an_erasure() {
    let store = SurrealStore::open("surreal-mem:").await.expect("the store opens");
    let mut added = 0;
    for n in 0..12 {
        store.append(&[register(n)]).await.expect("an append");
        let (adding, plays) = (store.clone(), listens(n, 50));
        let adder = tokio::spawn(async move {
            let mut new = 0;
            for chunk in plays.chunks(5) {
                new += adding.add_listens(chunk).await.expect("listens are added");
            }
            new
        });
        tokio::time::sleep(std::time::Duration::from_millis(5 * u64::try_from(n).expect("few"))).await;
        let positions = store.entries_naming(user(n)).await.expect("entries naming");
        let gone = Event::UserErased {
            user: user(n),
            redacted: positions.clone(),
            keep_drops: false,
            checkpoints: vec![checkpoint(&store, n).await],
            earlier: vec![],
        };
        let mut batch = batch(Timestamp::from_seconds(1_767_225_700), StreamId::User(user(n)), 1, gone);
        batch.naming = vec![Naming { user: user(n), positions }];
        store.append(&[batch]).await.expect("an append").remove(0).expect("the person is erased");
        added += adder.await.expect("the adder ends");
        let left = store.listens(user(n), Timestamp::MAX, 99).await.expect("listens");
        assert_eq!(left, [], "person {n}");
        assert_eq!(store.history_totals().await.expect("totals").listens, 0, "person {n}");
    }
    assert!(added > 0, "some plays came before the erasure");
}

/// The state that an erasure fixes, with the person gone.
async fn checkpoint(store: &impl LedgerStore, n: u128) -> Checkpoint {
    let stream = StreamId::User(user(n));
    let row = store.streams(&[stream]).await.expect("streams").remove(0).expect("a row");
    let mut state = StreamState::from_bytes(&row.state).expect("a state");
    if let StreamState::User(user) = &mut state {
        user.status = UserStatus::Erased;
    }
    Checkpoint { stream, state }
}

/// A dump asks for so many records at a time; those of one person lie in another order than a dump's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_listens_are_moved_in_order() {
    let store = SurrealStore::open("surreal-mem:").await.expect("the store opens");
    for n in [1, 2] {
        let plays = listens(n, 1_300).into_iter().zip(0u128..);
        let plays: Vec<_> = plays
            .map(|(listen, i)| Listen { track: TrackId::from_uuid(Uuid::from_u128(i * 7 % 13)), ..listen })
            .collect();
        assert_eq!(store.add_listens(&plays).await.expect("listens are added"), 1_300);
    }
    let memory = MemoryStore::new();
    let mut dump = store.dump().await.expect("a dump");
    let moved = copy(&mut *dump, &memory, &|_| {}).await.expect("it is moved");
    assert_eq!(moved.tally.rows(Table::Listens), 2_600);
    let back = SurrealStore::open("surreal-mem:").await.expect("the store opens");
    let mut dump = memory.dump().await.expect("a dump");
    let moved = copy(&mut *dump, &back, &|_| {}).await.expect("it is moved");
    assert_eq!(moved.tally.rows(Table::Listens), 2_600);
}

/// What is added while its month is folded is counted, or left out: nothing stays beside a count of its month.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_slips_in_beside_a_fold() {
    let store = SurrealStore::open("surreal-mem:").await.expect("the store opens");
    store.add_listens(&listens(0, 5)).await.expect("listens are added");
    let (adding, plays) = (store.clone(), listens(0, 200));
    let adder = tokio::spawn(async move {
        let mut new = 0;
        for chunk in plays.chunks(5) {
            new += adding.add_listens(chunk).await.expect("listens are added");
        }
        new
    });
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    let folded = store.fold_listens(Timestamp::from_seconds(1_800_000_000), 0).await.expect("it folds");
    let added = adder.await.expect("the adder ends");
    let counts = store.play_counts(user(0)).await.expect("counts");
    assert_eq!(counts.iter().map(|count| count.plays).sum::<u64>(), folded);
    assert_eq!(added + 5, folded, "what came before the fold is counted");
    assert_eq!(store.history_totals().await.expect("totals").listens, 0);
}

/// Two mutes at once stay within the limit together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutes_at_once_stay_within_the_limit() {
    let store = SurrealStore::open("surreal-mem:").await.expect("the store opens");
    let tasks: Vec<_> = (1..=12)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.mute(user(0), user(n), 5).await.expect("an answer") })
        })
        .collect();
    let mut muted = 0;
    for task in tasks {
        muted += usize::from(task.await.expect("it ends"));
    }
    assert_eq!((muted, store.muted_by(user(0)).await.expect("mutes").len()), (5, 5));
}

/// Whatever is looked up beside its key has an index: nothing reads a whole table of people.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn look_ups_use_their_indexes() {
    const ID: &str = "u'00000000-0000-0000-0000-000000000002'";
    let folder = TempDir::new().expect("a folder");
    open(folder.path()).await.close().await;
    let raw = Raw::open(folder.path()).await;
    for (statement, index) in [
        (format!("SELECT VALUE id FROM name WHERE owner = {ID}"), "name_owner"),
        (format!("SELECT * FROM doc WHERE owner = {ID} ORDER BY kind, item"), "doc_owner"),
        (
            format!("SELECT * FROM doc WHERE parent = {ID} AND kind = 'drop' ORDER BY at, item LIMIT 5"),
            "doc_parent",
        ),
        (format!("SELECT VALUE id FROM item_claim WHERE item = {ID}"), "item_claim_item"),
        (format!("SELECT * FROM merge WHERE into IN [{ID}]"), "merge_into"),
        (format!("SELECT VALUE id FROM listen WHERE user = {ID} AND track = {ID} LIMIT 1"), "listen_track"),
        (
            format!(
                "SELECT VALUE id FROM listen WHERE user = {ID} AND track = {ID} AND start >= 1 AND start < 2 LIMIT 1"
            ),
            "listen_track",
        ),
        ("SELECT VALUE start FROM listen WHERE start < 5 ORDER BY start LIMIT 1".to_owned(), "listen_start"),
        ("SELECT id, source FROM listen WHERE start >= 1 AND start < 5".to_owned(), "listen_start"),
        (format!("SELECT id, at FROM seen WHERE item IN [{ID}]"), "seen_item"),
        (format!("SELECT VALUE id FROM mute WHERE target = {ID}"), "mute_target"),
    ] {
        let plan = raw.ask(&format!("EXPLAIN {statement}")).await.to_sql();
        assert!(plan.contains(index), "{statement}: {plan}");
    }
    raw.close().await;
}
