//! The SQLite adapter: the public suite, several handles on one file, bulk, and what an erasure leaves.
#![cfg(feature = "sqlite")]

use std::path::Path;
use std::time::{Duration, Instant};

use signal_adapters::sqlite::SqliteStore;
use signal_core::ledger::{
    Batch, ContentChange, Doc, DocKind, DraftEvent, Event, Read, StreamId, Verifier, content_of, keys_of,
};
use signal_core::model::{ArtistId, PlayCount, PlayedItem, Pseudonym, Timestamp, TrustWeight, UserId};
use signal_core::store::{
    ContentStore, HistoryStore, ItemKind, LedgerStore, NewItem, Page, Store, StoreError, conformance,
};
use sqlx::Connection;
use tempfile::TempDir;
use uuid::Uuid;

async fn open(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(folder.path().join("signal.db")).await.expect("the store opens")
}

fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n + 1))
}

fn batch(at: Timestamp, stream: StreamId, version: u64, event: Event) -> Batch {
    Batch {
        at,
        reads: vec![Read { stream, version }],
        naming: vec![],
        keys: keys_of(&event),
        content: content_of(&event, at),
        events: vec![DraftEvent { actor: None, event, moves: vec![], salt: [3; 16] }],
    }
}

fn register(n: u128) -> Batch {
    let event = Event::UserRegistered {
        user: user(n),
        pseudonym: Pseudonym::from_bytes(user(n).uuid().into_bytes()),
        handle: Some(format!("user-{n}").parse().expect("a handle")),
        claims: vec![format!("test:{n}").parse().expect("a claim")],
        claimed: true,
    };
    batch(Timestamp::from_seconds(1_767_225_600), StreamId::User(user(n)), 0, event)
}

fn trust(from: u128, to: u128, version: u64) -> Batch {
    let event = Event::TrustSet { from: user(from), to: user(to), weight: TrustWeight::FULL };
    batch(Timestamp::from_seconds(1_767_225_601), StreamId::User(user(from)), version, event)
}

#[tokio::test]
async fn the_public_suite_passes() {
    let folder = TempDir::new().expect("a folder");
    let next = std::sync::atomic::AtomicU32::new(0);
    let fresh = || async {
        let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        SqliteStore::open(folder.path().join(format!("{n}.db"))).await.expect("the store opens")
    };
    let report = conformance::all(fresh).await;
    print!("{}", report.lines("SQLite"));
    assert_eq!(report.skipped, [], "SQLite can do all of it");
}

#[tokio::test]
async fn random_calls_agree_with_memory() {
    for seed in 100..106 {
        let folder = TempDir::new().expect("a folder");
        conformance::against_memory(&open(&folder).await, seed, 160).await;
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let folder = TempDir::new().expect("a folder");
    let store = open(&folder).await;
    store.append(&[register(1), register(2)]).await.expect("an append");
    store.append(&[trust(1, 2, 1)]).await.expect("an append");
    let again = open(&folder).await;
    conformance::agree(&store, &again).await;
    store.close().await;
    again.close().await;
    let later = open(&folder).await;
    assert_eq!(later.head().await.expect("head").size, 3);
    assert_eq!(later.key("handle:user-2").await.expect("a name"), Some(user(2).uuid()));
    let mut verifier = Verifier::new();
    for entry in later.entries(0, 10).await.expect("entries") {
        verifier.push(&entry).expect("the entry verifies");
    }
    verifier.finish(&later.head().await.expect("head")).expect("the ledger verifies");
}

#[tokio::test]
async fn missing_folders_are_made() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("a/b c/ü?#%.db");
    let store = SqliteStore::open(&path).await.expect("the store opens");
    store.append(&[register(1)]).await.expect("an append");
    assert!(path.is_file(), "the file has exactly the name that was asked for");
    assert_eq!(store.path(), path);
}

/// Tasks with handles of their own raise one stream: each conflict is retried, and no entry is lost or doubled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn handles_on_one_file_append_side_by_side() {
    const WRITERS: u128 = 4;
    const EACH: u64 = 25;
    let folder = TempDir::new().expect("a folder");
    open(&folder).await.append(&[register(0)]).await.expect("an append");
    let mut tasks = Vec::new();
    for writer in 1..=WRITERS {
        let store = open(&folder).await;
        tasks.push(tokio::spawn(async move {
            let mut conflicts = 0;
            for n in 0..EACH {
                loop {
                    let rows = store.streams(&[StreamId::User(user(0))]).await.expect("streams");
                    let version = rows[0].as_ref().expect("a row").version;
                    let target = writer * 1_000 + u128::from(n);
                    match store.append(&[trust(0, target, version)]).await.expect("an append").remove(0) {
                        Ok(_) => break,
                        Err(_) => conflicts += 1,
                    }
                }
            }
            conflicts
        }));
    }
    let mut conflicts = 0;
    for task in tasks {
        conflicts += task.await.expect("the writer ends");
    }
    let store = open(&folder).await;
    let accepted = u64::try_from(WRITERS).expect("few") * EACH;
    assert_eq!(store.head().await.expect("head").size, accepted + 1, "after {conflicts} conflicts");
    assert_eq!(store.edges_from(user(0)).await.expect("edges").len() as u64, accepted);
    let rows = store.streams(&[StreamId::User(user(0))]).await.expect("streams");
    assert_eq!(rows[0].as_ref().expect("a row").version, accepted + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_may_make_the_same_file_at_once() {
    for _ in 0..5 {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("signal.db");
        let tasks: Vec<_> = (0..6u128)
            .map(|n| {
                let path = path.clone();
                tokio::spawn(async move {
                    let store = SqliteStore::open(path).await.expect("the store opens");
                    store.append(&[register(n)]).await.expect("an append").remove(0).expect("it is accepted")
                })
            })
            .collect();
        let mut positions = Vec::new();
        for task in tasks {
            positions.push(task.await.expect("the task ends"));
        }
        positions.sort_unstable();
        assert_eq!(positions, [0, 1, 2, 3, 4, 5]);
    }
}

/// A caller that gives up leaves neither half an append nor a lock behind.
#[tokio::test]
async fn a_dropped_append_leaves_no_lock() {
    let folder = TempDir::new().expect("a folder");
    let store = open(&folder).await;
    for micros in (0..2_000).step_by(50) {
        let group: Vec<_> = (0..50).map(|n| register(micros * 1_000 + n)).collect();
        let size = store.head().await.expect("head").size;
        let limit = Duration::from_micros(u64::try_from(micros).expect("few"));
        let _ = tokio::time::timeout(limit, store.append(&group)).await;
        // Another handle may write at once, and sees the group whole or not at all.
        let other = open(&folder).await;
        other
            .append(&[register(micros * 1_000 + 999)])
            .await
            .expect("an append")
            .remove(0)
            .expect("it is accepted");
        let now = other.head().await.expect("head").size;
        assert!(now == size + 1 || now == size + 51, "{size} became {now}");
    }
}

/// Bytes of every file in the folder.
fn raw(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path());
    files.flat_map(|path| std::fs::read(path).expect("its bytes")).collect()
}

fn holds(folder: &Path, word: &str) -> bool {
    raw(folder).windows(word.len()).any(|bytes| bytes.eq_ignore_ascii_case(word.as_bytes()))
}

#[tokio::test]
async fn an_erased_word_is_nowhere_in_the_folder() {
    let folder = TempDir::new().expect("a folder");
    let store = open(&folder).await;
    let doc = |n: u128, text: &str| {
        let id = Uuid::from_u128(n);
        let (parent, at) = (None, Timestamp::from_micros(0));
        ContentChange::PutDoc(Doc {
            kind: DocKind::Drop,
            id,
            owner: Some(user(n)),
            parent,
            at,
            text: text.to_owned(),
        })
    };
    store.append(&[register(1), register(2)]).await.expect("an append");
    let mut put = Batch { reads: vec![], keys: vec![], events: vec![], ..register(1) };
    put.content = vec![doc(1, "Zanzibarian quokkas whisper"), doc(2, "Zanzibarian echoes")];
    // Many more words, so that the index has segments to merge.
    put.content.extend((10..2_000).map(|n| doc(n, &format!("filler words number {n} and {}", n * n))));
    store.append(std::slice::from_ref(&put)).await.expect("an append");
    assert!(holds(folder.path(), "quokkas"), "the word is there at first");
    let erase = ContentChange::Erase { user: user(1), redacted: vec![0], keep_drops: false };
    store.append(&[Batch { content: vec![erase], ..put }]).await.expect("an append");
    store.vacuum().await.expect("a vacuum");
    for word in ["quokka", "whisper", "user-1\"", "handle:user-1", "test:1\""] {
        assert!(!holds(folder.path(), word), "{word} is still in the folder");
    }
    for word in ["zanzibarian", "echoes", "handle:user-2"] {
        assert!(holds(folder.path(), word), "{word} belongs to somebody else");
    }
    let hits = store.search("zanz", &[DocKind::Drop], 9).await.expect("search");
    assert_eq!(hits.len(), 1);
    assert_eq!(store.entries(0, 1).await.expect("entries")[0].body, None);
}

/// Bulk of the size of a research data set. The limits are several times what one machine of ours needs.
#[tokio::test]
async fn bulk_is_quick() {
    let folder = TempDir::new().expect("a folder");
    let store = open(&folder).await;
    let artist = |n: u128| ArtistId::from_uuid(Uuid::from_u128(n + 1_000_000));
    let started = Instant::now();
    let items: Vec<_> = (0..17_632)
        .map(|n| NewItem {
            id: artist(n).uuid(),
            kind: ItemKind::Artist,
            name: format!("Artist number {n}"),
            claims: vec![
                format!("artist:hetrec:{n}").parse().expect("a claim"),
                format!("artist:name:artist number {n}").parse().expect("a claim"),
            ],
        })
        .collect();
    for chunk in items.chunks(10_000) {
        store.put_items(chunk).await.expect("items");
    }
    let items_took = started.elapsed();
    let started = Instant::now();
    let counts: Vec<_> = (0..92_834u128)
        .map(|n| PlayCount {
            user: user(n / 49),
            item: PlayedItem::Artist(artist(n * 7_919 % 17_632)),
            plays: u64::try_from(n).expect("few"),
            span: None,
            source: "hetrec".to_owned(),
        })
        .collect();
    let mut new = 0;
    for chunk in counts.chunks(10_000) {
        new += store.add_play_counts(chunk).await.expect("play counts");
    }
    let counts_took = started.elapsed();
    assert_eq!(new, 92_834);
    let started = Instant::now();
    let mut plays = 0;
    let mut after = None;
    loop {
        let page = store.artist_plays(Page { after, limit: 10_000 }, 30_000).await.expect("plays");
        plays += page.len();
        let Some(last) = page.last() else { break };
        after = Some(last.key());
    }
    let plays_took = started.elapsed();
    assert_eq!(plays, 92_834);
    let started = Instant::now();
    let group: Vec<_> = (0..500).map(register).collect();
    assert!(store.append(&group).await.expect("an append").iter().all(Result::is_ok));
    let registered = started.elapsed();
    let started = Instant::now();
    let group: Vec<_> = (0..500).flat_map(|n| [trust(n, n + 1, 1), trust(n, n + 2, 2)]).collect();
    assert!(store.append(&group).await.expect("an append").iter().all(Result::is_ok));
    let trusted = started.elapsed();
    println!(
        "items {items_took:?}, counts {counts_took:?}, plays {plays_took:?}, 500 people {registered:?}, \
         1000 edges {trusted:?}"
    );
    let all = items_took + counts_took + plays_took + registered + trusted;
    assert!(all < Duration::from_secs(30), "bulk took {all:?}");
}

#[tokio::test]
async fn the_registry_opens_files_by_path_and_url() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("by-path.db");
    let path = path.to_str().expect("a path");
    let store = signal_adapters::open(path).await.expect("a bare path");
    store.append(&[register(1)]).await.expect("an append");
    for url in [format!("sqlite:{path}"), format!("sqlite://{path}"), format!("SQLITE:{path}")] {
        let store = signal_adapters::open(&url).await.expect("a URL");
        assert_eq!(store.head().await.expect("head").size, 1, "{url}");
        assert!(store.capabilities().durable);
    }
    let memory = signal_adapters::open("mem:").await.expect("memory");
    assert_eq!(memory.head().await.expect("head").size, 0);
}

#[tokio::test]
async fn the_registry_says_what_is_missing() {
    let schemes =
        if cfg!(feature = "postgres") { "mem:, postgres:, postgresql:, sqlite:" } else { "mem:, sqlite:" };
    let unknown = format!("gopher: is no store (there are {schemes})");
    let cases = [
        ("rocksdb://ana:s3cret@db/signal?password=s3cret", "behind a SurrealDB server"),
        ("surrealkv:/x", "feature surrealdb"),
        ("ws://ana:s3cret@db", "feature surrealdb"),
        ("https://signal.example", "reserved"),
        ("gopher:x", unknown.as_str()),
        ("sqlite:", "names no file"),
        ("", "empty"),
    ];
    for (url, hint) in cases {
        let error = signal_adapters::open(url).await.err().unwrap_or_else(|| panic!("{url:?} was opened"));
        assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(hint), "{url:?}: {text}");
        assert!(!format!("{text}{error:?}").contains("s3cret"), "{text}");
    }
}

/// The file is an ordinary one: any SQLite shell reads leaves as text.
#[tokio::test]
async fn leaves_are_readable_text() {
    let folder = TempDir::new().expect("a folder");
    let store = open(&folder).await;
    store.append(&[register(1)]).await.expect("an append");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(store.path()).read_only(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("a connection");
    let text: String = sqlx::query_scalar("SELECT CAST(leaf AS TEXT) ->> '$.kind' FROM entries")
        .fetch_one(&mut connection)
        .await
        .expect("the leaf as JSON");
    assert_eq!(text, "user.registered");
}
