//! The whole store as rows.

use std::sync::Arc;

use async_trait::async_trait;

use super::agree::agree;
use super::fixtures::{accept, artist, at, drop_id, leave, make_drop, put_track, register, track, trust};
use super::plays::{count, listen};
use super::random::Dice;
use super::state::profile;
use super::story::Story;
use crate::ledger::Head;
use crate::model::{Listen, Merge, PlayCount, PlayedItem, Same, Span, TasteProfile};
use crate::store::transfer::{Dump, MARK, Row, Table, TransferError, TransferStore, copy, is_unfinished};
use crate::store::{
    ArtistGenre, HistoryStore, Lease, LedgerStore, MemoryStore, ProfileStore, Result, SeenMark, StateStore,
    Store, StoreError, VaultStore,
};

/// Every row of a store.
pub(super) async fn dumped(store: &dyn Store) -> Vec<Row> {
    let mut dump = store.dump().await.expect("a dump");
    let mut all = Vec::new();
    loop {
        let rows = dump.next().await.expect("rows");
        if rows.is_empty() {
            assert_eq!(dump.rows(), all.len() as u64, "as many as it said");
            return all;
        }
        all.extend(rows);
    }
}

/// A store with rows of every kind, after months of a community whose members come and go.
async fn lived() -> MemoryStore {
    let store = MemoryStore::new();
    let mut story = Story::new(Arc::new(store.clone()), 7);
    let mut dice = Dice::new(7);
    for _ in 0..500 {
        let mut byte = || u8::try_from(dice.below(256)).expect("below 256");
        let (kind, a, b) = (byte(), byte(), byte());
        story.step((kind, a, b, u16::try_from(dice.below(65_536)).expect("below 65,536"))).await;
    }
    let leaver = *story.users.iter().rev().nth(2).expect("a person");
    story.engine.erase(leaver).await.expect("they leave");
    let [one, other] = [0, 1].map(|n| *story.users.iter().rev().nth(n).expect("a person"));
    for n in [1, 2] {
        put_track(&store, n).await;
        let merge = Merge { from: track(n), into: track(3), why: Same::Isrc, at: at(1) };
        store.put_merges(&[merge]).await.expect("merges");
        let genre = ArtistGenre { artist: artist(n), genre: "dub".to_owned(), weight: 1.0 / 3.0 };
        store.put_artist_genres(&[genre]).await.expect("genres");
        for span in [None, Some(Span { from: at(-9), to: at(0) })] {
            let counted = count(n, PlayedItem::Track(track(n)), "elsewhere", 3);
            store.add_play_counts(&[PlayCount { user: one, span, ..counted }]).await.expect("counts");
        }
        store.add_listens(&[Listen { user: one, ..listen(n, n, 0) }]).await.expect("listens");
        store.mark_seen(&[SeenMark { user: one, drop: drop_id(n), at: at(0) }]).await.expect("marks");
    }
    assert!(store.mute(one, other, 9).await.expect("mutes"), "both are there");
    store.put_profiles(&[TasteProfile { user: one, ..profile(1) }]).await.expect("profiles");
    store.put_state("cursor", &[0, 255, 10]).await.expect("a value");
    store.put_secret(one, "spotify", "refresh", &[1, 0, 2]).await.expect("a ciphertext");
    let lease = Lease { job: "settle".to_owned(), holder: "us".to_owned(), until: at(9) };
    assert!(store.acquire(&lease, at(0)).await.expect("a lease"));
    let erased = store.entries(0, u32::MAX).await.expect("entries");
    assert!(erased.iter().any(|entry| entry.body.is_none()), "somebody left");
    store
}

pub(super) async fn a_dump_is_of_one_moment(store: &dyn Store) {
    assert_eq!(dumped(store).await, [], "nothing in an empty store");
    put_track(store, 1).await;
    accept(store, &[register(1, 0), register(2, 0), trust(1, 2, 1, 1), make_drop(1, 1, 2, "words", 2)]).await;
    store.add_listens(&[listen(1, 1, 0)]).await.expect("listens");
    let before = dumped(store).await;
    let mut dump = store.dump().await.expect("a dump");
    accept(store, &[leave(store, 1, 5).await, register(3, 6)]).await;
    store.add_listens(&[listen(2, 1, 0)]).await.expect("listens");
    assert_eq!((dump.head().size, store.head().await.expect("head").size), (4, 6));
    let mut then = Vec::new();
    loop {
        let rows = dump.next().await.expect("rows");
        if rows.is_empty() {
            break;
        }
        then.extend(rows);
    }
    assert_eq!(then, before);
    assert_ne!(dumped(store).await, before);
}

pub(super) async fn a_copy_is_the_same_and_goes_on(store: &dyn Store) {
    let source = lived().await;
    let rows = dumped(&source).await;
    for table in Table::ALL {
        assert!(rows.iter().any(|row| row.table() == table), "no row of {table:?}");
    }
    let mut dump = source.dump().await.expect("a dump");
    let head = dump.head().clone();
    let moved = copy(&mut *dump, store, &|_| {}).await.expect("it is moved");
    assert_eq!((moved.head, moved.tally.total()), (head.clone(), rows.len() as u64));
    assert_eq!(store.head().await.expect("head"), head);
    agree(store, &source).await;
    assert!(!is_unfinished(store).await.expect("a value"));
    let lease = Lease { job: "settle".to_owned(), holder: "other".to_owned(), until: at(9) };
    assert!(store.acquire(&lease, at(0)).await.expect("a lease"), "leases stay behind");
    for each in [store, &source] {
        accept(each, &[register(40, 50_000_000)]).await;
        each.add_listens(&[listen(40, 1, 0)]).await.expect("listens");
    }
    agree(store, &source).await;
}

/// A dump that comes in small pieces, and breaks after some of them.
struct Breaking {
    inner: Box<dyn Dump>,
    waiting: std::collections::VecDeque<Row>,
    pieces: usize,
}

#[async_trait]
impl Dump for Breaking {
    fn head(&self) -> &Head {
        self.inner.head()
    }

    fn rows(&self) -> u64 {
        self.inner.rows()
    }

    async fn next(&mut self) -> Result<Vec<Row>> {
        self.pieces = self.pieces.checked_sub(1).ok_or_else(|| StoreError::Failed {
            doing: "read on".to_owned(),
            reason: "the cable was pulled".to_owned(),
            retry: true,
        })?;
        if self.waiting.is_empty() {
            self.waiting.extend(self.inner.next().await?);
        }
        let piece = self.waiting.len().min(13);
        Ok(self.waiting.drain(..piece).collect())
    }
}

pub(super) async fn an_interrupted_copy_goes_on(store: &dyn Store) {
    let source = lived().await;
    let mut pieces = 0;
    let mut broken = 0;
    loop {
        let inner = source.dump().await.expect("a dump");
        let mut dump = Breaking { inner, waiting: [].into(), pieces };
        match copy(&mut dump, store, &|_| {}).await {
            Ok(_) => break,
            Err(error) => assert!(error.to_string().contains("the cable was pulled"), "{error}"),
        }
        assert!(is_unfinished(store).await.expect("a value"));
        let mut onwards = store.dump().await.expect("a dump");
        if dumped(store).await.len() > 1 && broken % 5 == 0 {
            let error = copy(&mut *onwards, &MemoryStore::new(), &|_| {}).await.expect_err("half a store");
            assert!(matches!(error, TransferError::Unfinished), "{error}");
        }
        (pieces, broken) = (pieces + 4, broken + 1);
    }
    assert!(broken > 5, "it broke {broken} times");
    agree(store, &source).await;
}

pub(super) async fn only_an_empty_store_takes_a_copy(store: &dyn Store) {
    let source = lived().await;
    store.put_state("something", b"else").await.expect("a value");
    let mut dump = source.dump().await.expect("a dump");
    let error = copy(&mut *dump, store, &|_| {}).await.expect_err("it is not empty");
    assert!(matches!(error, TransferError::NotEmpty { rows: 1 }), "{error}");
    store.remove_state("something").await.expect("a value");
    let inner = source.dump().await.expect("a dump");
    let mut dump = Breaking { inner, waiting: [].into(), pieces: 3 };
    copy(&mut dump, store, &|_| {}).await.expect_err("it breaks");
    let other = MemoryStore::new();
    accept(&other, &[register(1, 0)]).await;
    let mut dump = other.dump().await.expect("a dump");
    let error = copy(&mut *dump, store, &|_| {}).await.expect_err("another source");
    assert!(matches!(error, TransferError::OtherSource { .. }), "{error}");
    // What somebody else changed meanwhile is found in the end.
    source.put_state("cursor", b"moved on").await.expect("a value");
    store.put_state("a stranger", b"was here").await.expect("a value");
    let mut dump = source.dump().await.expect("a dump");
    let error = copy(&mut *dump, store, &|_| {}).await.expect_err("it is not the same");
    assert!(matches!(error, TransferError::Differs { table: Table::States }), "{error}");
    assert!(store.state(MARK).await.expect("a value").is_some(), "it stays unfinished");
}
