//! The public suite, the comparison with memory, opening and opening again.

use std::path::Path;

use signal_adapters::surrealdb::SurrealStore;
use signal_core::ledger::{StreamId, Verifier};
use signal_core::store::{ContentStore, LedgerStore, MemoryStore, Store, StoreError, conformance};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::fixtures::{register, trust, user};
use crate::raw::Raw;

pub(crate) async fn open(folder: &Path) -> SurrealStore {
    SurrealStore::open(&format!("surrealkv:{}", folder.display())).await.expect("the store opens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_suite_passes() {
    let all = TempDir::new().expect("a folder");
    // Each engine runs until the next store is asked for.
    let last: Mutex<Option<SurrealStore>> = Mutex::new(None);
    let fresh = || async {
        let mut last = last.lock().await;
        if let Some(before) = last.take() {
            before.close().await;
        }
        let folder = TempDir::new_in(&all).expect("a folder").keep();
        let store = open(&folder).await;
        *last = Some(store.clone());
        store
    };
    let report = conformance::all(fresh).await;
    print!("{}", report.lines("SurrealDB"));
    assert_eq!(report.skipped, [], "SurrealDB can do all of it");
    let memory = conformance::all(|| async { MemoryStore::new() }).await;
    let (least, all) = (memory.ran.len(), report.ran.len());
    let row = format!("| cases passed | {least} | {all} | {all} | {all} |");
    assert!(include_str!("../../../../docs/stores.md").contains(&row), "docs/stores.md has no line {row}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_calls_agree_with_memory() {
    let folder = TempDir::new().expect("a folder");
    let store = open(folder.path()).await;
    conformance::against_memory(&store, 100, 120).await;
    store.close().await;
    let store = SurrealStore::open("surreal-mem:").await.expect("the store opens");
    conformance::against_memory(&store, 101, 120).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_is_there_after_opening_again() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("a/b c/ü#%");
    let store = open(&path).await;
    store.append(&[register(1), register(2)]).await.expect("an append");
    store.append(&[trust(1, 2, 1)]).await.expect("an append");
    let copy = MemoryStore::new();
    for batch in [register(1), register(2), trust(1, 2, 1)] {
        copy.append(&[batch]).await.expect("an append");
    }
    store.close().await;
    assert!(path.is_dir(), "the folder has exactly the name that was asked for");
    let later = open(&path).await;
    conformance::agree(&later, &copy).await;
    let mut verifier = Verifier::new();
    for entry in later.entries(0, 10).await.expect("entries") {
        verifier.push(&entry).expect("the entry verifies");
    }
    verifier.finish(&later.head().await.expect("head")).expect("the ledger verifies");
    assert_eq!(later.key("handle:user-2").await.expect("a name"), Some(user(2).uuid()));
    later.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_serves_one_at_a_time() {
    let folder = TempDir::new().expect("a folder");
    let store = open(folder.path()).await;
    let url = format!("surrealkv://{}", folder.path().display());
    let error = SurrealStore::open(&url).await.expect_err("it is taken");
    assert!(error.to_string().contains("another process has it open"), "{error}");
    drop(store);
    // The engine ends a moment after its last handle.
    for _ in 0..100 {
        if let Ok(again) = SurrealStore::open(&url).await {
            return again.close().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the folder is never free again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_registry_opens_it_by_url() {
    let folder = TempDir::new().expect("a folder");
    for url in
        [format!("surrealkv:{}", folder.path().display()), format!("surrealkv://{}", folder.path().display())]
    {
        let store = signal_adapters::open(&url).await.expect("a URL");
        let can = store.capabilities();
        assert!(can.durable && !can.several_processes, "{url}");
        let size = store.head().await.expect("head").size;
        store.append(&[register(u128::from(size))]).await.expect("an append");
        store.close().await;
    }
    let store = signal_adapters::open("surreal-mem:").await.expect("a URL");
    assert_eq!(store.streams(&[StreamId::User(user(1))]).await.expect("streams"), [None]);
    assert!(!store.capabilities().durable);
    for (wrong, hint) in [
        ("tikv://host:2379", "a SurrealDB server"),
        ("ws://ana:s3cret@127.0.0.1:1", "127.0.0.1:1"),
        ("surrealkv:", "names no folder"),
    ] {
        let error = signal_adapters::open(wrong).await.err().unwrap_or_else(|| panic!("{wrong} was opened"));
        assert!(matches!(error, StoreError::Unusable { .. }) && error.to_string().contains(hint), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_ours_is_refused_and_left_alone() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "words").expect("a file");
    for (path, hint) in [(file.as_path(), "it is a file"), (folder.path(), "holds something else")] {
        let url = format!("surrealkv:{}", path.display());
        let error = SurrealStore::open(&url).await.expect_err("it is refused");
        assert!(error.to_string().contains(hint), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "words");
    for (statement, hint) in [
        (
            "CREATE migration:900 SET name = 'later', checksum = <bytes> ''",
            "newer Signal wrote it (schema 900",
        ),
        ("UPDATE migration:1 SET checksum = <bytes> 'x'", "step 1 of its schema"),
    ] {
        let folder = TempDir::new().expect("a folder");
        open(folder.path()).await.close().await;
        let raw = Raw::open(folder.path()).await;
        raw.ask(statement).await;
        raw.close().await;
        let url = format!("surrealkv:{}", folder.path().display());
        let error = SurrealStore::open(&url).await.expect_err("it is refused");
        assert!(matches!(error, StoreError::Unusable { .. }) && !error.may_retry(), "{error:?}");
        assert!(error.to_string().contains(hint), "{error}");
    }
    let folder = TempDir::new().expect("a folder");
    let raw = Raw::open(folder.path()).await;
    raw.ask("CREATE contacts SET name = 'ana'").await;
    raw.close().await;
    let error = SurrealStore::open(&format!("surrealkv:{}", folder.path().display())).await;
    assert!(error.expect_err("it is somebody else's").to_string().contains("tables of another program"));
}
