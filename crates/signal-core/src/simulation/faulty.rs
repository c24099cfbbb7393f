//! A store that fails now and then, as databases and networks do: before it does anything, instead of committing, and after
//! it has committed, when nobody hears of it.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use uuid::Uuid;

use super::dice::Dice;
use crate::ledger::{Batch, Doc, DocKind, Head, NodeId, StoredEntry, StreamId, StreamRow};
use crate::model::{
    Artist, ArtistId, CircleId, Claim, Correction, DropId, Hash, Listen, Merge, PlayAfter, PlayCount,
    PrivacyDials, TasteProfile, Timestamp, Track, TrackId, UserId,
};
use crate::store::transfer::{Dump, Intake, TransferStore};
use crate::store::{
    Appended, ArtistGenre, ArtistPlays, ArtistPlaysKey, Capabilities, ContentStore, Edge, HistoryStore,
    HistoryTotals, Lease, LedgerStore, NewItem, Page, PlayedTrackRow, ProfileStore, Result, SearchHit, Seat,
    SeenMark, StateStore, Store, StoreError, VaultStore,
};
use crate::trust::{PathLimits, Reach};

/// The stream of chance that faults are drawn from.
const FAULTS: u64 = 0xfa17;

/// How often what happens to a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultPlan {
    /// Another seed, other faults.
    pub seed: u64,
    /// Probability that nothing is done, and the same may be tried again.
    pub before: f64,
    /// Probability that a write is not committed, for a reason that trying again does not mend.
    pub instead: f64,
    /// Probability that a write is committed and the answer is lost.
    pub after: f64,
    /// Most turns that a call lets others have before it begins.
    pub turns: usize,
}

/// What happened to calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultCounts {
    /// Calls in all.
    pub calls: u64,
    /// Those that did nothing and may be tried again.
    pub before: u64,
    /// Writes that were not committed.
    pub instead: u64,
    /// Writes that were committed, and nobody heard of it.
    pub after: u64,
}

/// What a call meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Before,
    Instead,
    After,
}

struct Luck {
    dice: Dice,
    counts: FaultCounts,
}

/// Another store, with faults. Clones share their luck.
#[derive(Clone)]
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    plan: FaultPlan,
    luck: Arc<Mutex<Luck>>,
}

impl FaultyStore {
    /// Faults between the caller and a store.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use signal_core::simulation::{FaultPlan, FaultyStore};
    /// use signal_core::store::{MemoryStore, StateStore};
    /// let memory = MemoryStore::new();
    /// let plan = FaultPlan { seed: 1, before: 0.0, instead: 0.0, after: 1.0, turns: 0 };
    /// let store = FaultyStore::new(Arc::new(memory.clone()), plan);
    /// pollster::block_on(async {
    ///     assert!(store.put_state("cursor", b"7").await.is_err());
    ///     assert_eq!(memory.state("cursor").await.unwrap().as_deref(), Some(&b"7"[..]));
    /// });
    /// assert_eq!(store.counts().after, 1);
    /// ```
    pub fn new(inner: Arc<dyn Store>, plan: FaultPlan) -> Self {
        let luck = Luck { dice: Dice::new(plan.seed, FAULTS), counts: FaultCounts::default() };
        Self { inner, plan, luck: Arc::new(Mutex::new(luck)) }
    }

    /// What happened so far.
    pub fn counts(&self) -> FaultCounts {
        self.luck().counts
    }

    fn luck(&self) -> MutexGuard<'_, Luck> {
        self.luck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets others have their turns, then tells what the call meets.
    async fn meet(&self, writes: bool) -> Option<Fault> {
        let (fault, mut turns) = self.draw(writes);
        poll_fn(|context| {
            if turns == 0 {
                return Poll::Ready(());
            }
            turns -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        fault
    }

    fn draw(&self, writes: bool) -> (Option<Fault>, usize) {
        let FaultPlan { before, instead, after, turns, .. } = self.plan;
        let Luck { dice, counts } = &mut *self.luck();
        counts.calls += 1;
        let turns = dice.whole(0, turns);
        let fall = dice.unit();
        let (fault, count) = if fall < before {
            (Fault::Before, &mut counts.before)
        } else if writes && fall < before + instead {
            (Fault::Instead, &mut counts.instead)
        } else if writes && fall < before + instead + after {
            (Fault::After, &mut counts.after)
        } else {
            return (None, turns);
        };
        *count += 1;
        (Some(fault), turns)
    }
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore")
            .field("plan", &self.plan)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

fn failed(doing: &str, reason: &str, retry: bool) -> StoreError {
    StoreError::Failed { doing: doing.to_owned(), reason: reason.to_owned(), retry }
}

/// One of the store's traits: reads may fail, writes may also fail halfway.
macro_rules! faulty {
    ($trait:ident {
        $(read $read:ident($($ask:ident: $asked:ty),*) -> $answer:ty;)*
        $(write $write:ident($($arg:ident: $type:ty),*) -> $out:ty;)*
    }) => {
        #[async_trait]
        impl $trait for FaultyStore {
            $(async fn $read(&self, $($ask: $asked),*) -> Result<$answer> {
                match self.meet(false).await {
                    Some(_) => Err(failed(stringify!($read), "the connection broke", true)),
                    None => self.inner.$read($($ask),*).await,
                }
            })*
            $(async fn $write(&self, $($arg: $type),*) -> Result<$out> {
                match self.meet(true).await {
                    Some(Fault::Before) => Err(failed(stringify!($write), "the connection broke", true)),
                    Some(Fault::Instead) => Err(failed(stringify!($write), "the disk is full", false)),
                    Some(Fault::After) => {
                        self.inner.$write($($arg),*).await?;
                        let (doing, reason) = (stringify!($write).to_owned(), "the answer was lost".to_owned());
                        Err(StoreError::Unknown { doing, reason })
                    }
                    None => self.inner.$write($($arg),*).await,
                }
            })*
        }
    };
}

faulty!(LedgerStore {
    read head() -> Head;
    read beyond(size: u64) -> u64;
    read entries(from: u64, limit: u32) -> Vec<StoredEntry>;
    read stream_entries(stream: StreamId, after_version: u64, limit: u32) -> Vec<StoredEntry>;
    read entries_naming(user: UserId) -> Vec<u64>;
    read position_at(at: Timestamp) -> u64;
    read streams(streams: &[StreamId]) -> Vec<Option<StreamRow>>;
    read all_streams(after: Option<StreamId>, limit: u32) -> Vec<(StreamId, StreamRow)>;
    read nodes(ids: &[NodeId]) -> Vec<Option<Hash>>;
    read tables(hash: Hash) -> Option<Vec<u8>>;
    write append(batches: &[Batch]) -> Vec<Appended>;
});

faulty!(ContentStore {
    read key(key: &str) -> Option<Uuid>;
    read keys(keys: &[String]) -> Vec<Option<Uuid>>;
    read keys_of(owner: Uuid) -> Vec<String>;
    read all_keys(page: Page<String>) -> Vec<(String, Uuid)>;
    read docs(kind: DocKind, ids: &[Uuid]) -> Vec<Option<Doc>>;
    read all_docs(kind: DocKind, page: Page<Uuid>) -> Vec<Doc>;
    read docs_under(kind: DocKind, parent: Uuid, limit: u32) -> Vec<Doc>;
    read docs_of(owner: UserId) -> Vec<Doc>;
    read search(words: &str, kinds: &[DocKind], limit: u32) -> Vec<SearchHit>;
    read edges_from(user: UserId) -> Vec<Edge>;
    read edges_to(user: UserId) -> Vec<Edge>;
    read all_edges(page: Page<(UserId, UserId)>) -> Vec<Edge>;
    read reach(user: UserId, limits: PathLimits, most: u32) -> Reach;
    read seats_of(user: UserId) -> Vec<Seat>;
    read all_seats(page: Page<(CircleId, UserId)>) -> Vec<Seat>;
    read dials(user: UserId) -> Option<PrivacyDials>;
});

faulty!(HistoryStore {
    read find_items(claims: &[Claim]) -> Vec<Option<Uuid>>;
    read item_claims(item: Uuid) -> Vec<Claim>;
    read artists(ids: &[ArtistId]) -> Vec<Option<Artist>>;
    read tracks(ids: &[TrackId]) -> Vec<Option<Track>>;
    read merges(page: Page<TrackId>) -> Vec<Merge>;
    read artist_genres(page: Page<(ArtistId, String)>) -> Vec<ArtistGenre>;
    read listens(user: UserId, before: Timestamp, limit: u32) -> Vec<PlayedTrackRow>;
    read play_counts(user: UserId) -> Vec<PlayCount>;
    read artist_plays(page: Page<ArtistPlaysKey>, short_ms: u32) -> Vec<ArtistPlays>;
    read artist_plays_of(user: UserId, short_ms: u32) -> Vec<ArtistPlays>;
    read played(user: UserId, tracks: &[TrackId]) -> Vec<bool>;
    read history_totals() -> HistoryTotals;
    read seen(user: UserId, drops: &[DropId]) -> Vec<bool>;
    read seen_of(user: UserId) -> Vec<SeenMark>;
    read shown_to(drop: DropId, before: Timestamp) -> u64;
    read shown_counts(drops: &[DropId]) -> Vec<u64>;
    read plays_after(drops: &[(DropId, TrackId)], days: i64) -> Vec<PlayAfter>;
    read muted_by(user: UserId) -> Vec<UserId>;
    write put_items(items: &[NewItem]) -> Vec<Uuid>;
    write put_merges(merges: &[Merge]) -> u64;
    write remove_merge(from: TrackId) -> bool;
    write put_artist_genres(rows: &[ArtistGenre]) -> u64;
    write add_listens(listens: &[Listen]) -> u64;
    write correct_listens(corrections: &[Correction]) -> u64;
    write add_play_counts(counts: &[PlayCount]) -> u64;
    write fold_listens(before: Timestamp, short_ms: u32) -> u64;
    write mark_seen(marks: &[SeenMark]) -> u64;
    write mute(user: UserId, target: UserId, most: u32) -> bool;
    write unmute(user: UserId, target: UserId) -> ();
});

faulty!(ProfileStore {
    read profile(user: UserId) -> Option<TasteProfile>;
    read profiles(page: Page<UserId>) -> Vec<TasteProfile>;
    write put_profiles(profiles: &[TasteProfile]) -> ();
});

faulty!(StateStore {
    read state(name: &str) -> Option<Vec<u8>>;
    write put_state(name: &str, value: &[u8]) -> ();
    write remove_state(name: &str) -> ();
    write acquire(lease: &Lease, now: Timestamp) -> bool;
    write prolong(lease: &Lease) -> bool;
    write release(job: &str, holder: &str) -> ();
});

faulty!(VaultStore {
    read secret(user: UserId, platform: &str, field: &str) -> Option<Vec<u8>>;
    write put_secret(user: UserId, platform: &str, field: &str, value: &[u8]) -> ();
    write remove_secrets(user: UserId, platform: &str) -> ();
});

faulty!(TransferStore {
    read dump() -> Box<dyn Dump>;
    write take(intake: &Intake) -> ();
});

/// What a store can do does not change with its luck, and its end is no question.
#[async_trait]
impl Store for FaultyStore {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn upkeep(&self, now: Timestamp) -> Result<()> {
        self.inner.upkeep(now).await
    }

    async fn compact(&self) -> Result<()> {
        self.inner.compact().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
