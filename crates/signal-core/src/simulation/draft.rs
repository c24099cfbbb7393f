//! A store that answers from memory and hands everything written on to another store, in few large pieces.
//!
//! A community asks its store a million small questions. A database answers each in good time, but all of them only
//! after minutes; and nobody but the simulation could write in between.

use std::collections::BTreeMap;
use std::fmt;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use uuid::Uuid;

use crate::ledger::{Batch, Doc, DocKind, Head, NodeId, StoredEntry, StreamId, StreamRow};
use crate::model::{
    Artist, ArtistId, CircleId, Claim, Correction, DropId, Hash, Listen, Merge, PlayAfter, PlayCount,
    PrivacyDials, TasteProfile, Timestamp, Track, TrackId, UserId,
};
use crate::store::transfer::{Dump, Intake, TransferStore};
use crate::store::{
    Appended, ArtistGenre, ArtistPlays, ArtistPlaysKey, Capabilities, ContentStore, Edge, HistoryStore,
    HistoryTotals, Lease, LedgerStore, MemoryStore, NewItem, Page, PlayedTrackRow, ProfileStore, Result,
    SearchHit, Seat, SeenMark, StateStore, Store, VaultStore,
};
use crate::trust::{PathLimits, Reach};

/// Batches handed over at once.
const BATCHES: usize = 500;

/// What the other store does not have yet.
#[derive(Debug, Default)]
struct Waiting {
    batches: Vec<Batch>,
    items: Vec<NewItem>,
    genres: Vec<ArtistGenre>,
    listens: Vec<Listen>,
    counts: Vec<PlayCount>,
    marks: Vec<SeenMark>,
    merges: BTreeMap<TrackId, Option<Merge>>,
    mutes: BTreeMap<(UserId, UserId), bool>,
    profiles: BTreeMap<UserId, TasteProfile>,
    states: BTreeMap<String, Option<Vec<u8>>>,
    intakes: Vec<Intake>,
}

/// The two stores, and what is on its way from one to the other.
pub(super) struct Draft {
    memory: MemoryStore,
    to: Arc<dyn Store>,
    waiting: Mutex<Waiting>,
}

impl Draft {
    /// A draft of what `to` will hold, which must be empty.
    pub(super) fn new(to: Arc<dyn Store>) -> Self {
        Self { memory: MemoryStore::new(), to, waiting: Mutex::default() }
    }

    /// Hands over everything written since the last time.
    pub(super) async fn hand_over(&self) -> Result<()> {
        let waiting = take(&mut *self.waiting());
        let to = &self.to;
        for intake in waiting.intakes {
            to.take(&intake).await?;
        }
        to.put_items(&waiting.items).await?;
        to.put_artist_genres(&waiting.genres).await?;
        to.add_play_counts(&waiting.counts).await?;
        to.add_listens(&waiting.listens).await?;
        for (from, merge) in waiting.merges {
            to.remove_merge(from).await?;
            to.put_merges(merge.as_slice()).await?;
        }
        for batches in waiting.batches.chunks(BATCHES) {
            for appended in to.append(batches).await? {
                appended?;
            }
        }
        to.mark_seen(&waiting.marks).await?;
        for ((user, target), muted) in waiting.mutes {
            if muted {
                // Whether there is room was decided here already.
                to.mute(user, target, u32::MAX).await?;
            } else {
                to.unmute(user, target).await?;
            }
        }
        let profiles: Vec<_> = waiting.profiles.into_values().collect();
        to.put_profiles(&profiles).await?;
        for (name, value) in waiting.states {
            match value {
                Some(value) => to.put_state(&name, &value).await?,
                None => to.remove_state(&name).await?,
            }
        }
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the store's traits: questions go to memory as they are; what writes is spelled out.
macro_rules! through_memory {
    ($trait:ident {
        $(fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*
        $(#writes $($write:tt)*)?
    }) => {
        #[async_trait]
        impl $trait for Draft {
            $(async fn $name(&self, $($arg: $type),*) -> Result<$out> {
                self.memory.$name($($arg),*).await
            })*
            $($($write)*)?
        }
    };
}

through_memory!(LedgerStore {
    fn head() -> Head;
    fn beyond(size: u64) -> u64;
    fn entries(from: u64, limit: u32) -> Vec<StoredEntry>;
    fn stream_entries(stream: StreamId, after_version: u64, limit: u32) -> Vec<StoredEntry>;
    fn entries_naming(user: UserId) -> Vec<u64>;
    fn position_at(at: Timestamp) -> u64;
    fn streams(streams: &[StreamId]) -> Vec<Option<StreamRow>>;
    fn all_streams(after: Option<StreamId>, limit: u32) -> Vec<(StreamId, StreamRow)>;
    fn nodes(ids: &[NodeId]) -> Vec<Option<Hash>>;
    fn tables(hash: Hash) -> Option<Vec<u8>>;
    #writes
    async fn append(&self, batches: &[Batch]) -> Result<Vec<Appended>> {
        let appended = self.memory.append(batches).await?;
        let accepted = batches.iter().zip(&appended).filter(|(_, answer)| answer.is_ok());
        self.waiting().batches.extend(accepted.map(|(batch, _)| batch.clone()));
        Ok(appended)
    }
});

through_memory!(ContentStore {
    fn key(key: &str) -> Option<Uuid>;
    fn keys(keys: &[String]) -> Vec<Option<Uuid>>;
    fn keys_of(owner: Uuid) -> Vec<String>;
    fn all_keys(page: Page<String>) -> Vec<(String, Uuid)>;
    fn docs(kind: DocKind, ids: &[Uuid]) -> Vec<Option<Doc>>;
    fn all_docs(kind: DocKind, page: Page<Uuid>) -> Vec<Doc>;
    fn docs_under(kind: DocKind, parent: Uuid, limit: u32) -> Vec<Doc>;
    fn docs_of(owner: UserId) -> Vec<Doc>;
    fn search(words: &str, kinds: &[DocKind], limit: u32) -> Vec<SearchHit>;
    fn edges_from(user: UserId) -> Vec<Edge>;
    fn edges_to(user: UserId) -> Vec<Edge>;
    fn all_edges(page: Page<(UserId, UserId)>) -> Vec<Edge>;
    fn reach(user: UserId, limits: PathLimits, most: u32) -> Reach;
    fn seats_of(user: UserId) -> Vec<Seat>;
    fn all_seats(page: Page<(CircleId, UserId)>) -> Vec<Seat>;
    fn dials(user: UserId) -> Option<PrivacyDials>;
});

through_memory!(HistoryStore {
    fn find_items(claims: &[Claim]) -> Vec<Option<Uuid>>;
    fn item_claims(item: Uuid) -> Vec<Claim>;
    fn artists(ids: &[ArtistId]) -> Vec<Option<Artist>>;
    fn tracks(ids: &[TrackId]) -> Vec<Option<Track>>;
    fn merges(page: Page<TrackId>) -> Vec<Merge>;
    fn artist_genres(page: Page<(ArtistId, String)>) -> Vec<ArtistGenre>;
    fn listens(user: UserId, before: Timestamp, limit: u32) -> Vec<PlayedTrackRow>;
    fn play_counts(user: UserId) -> Vec<PlayCount>;
    fn artist_plays(page: Page<ArtistPlaysKey>, short_ms: u32) -> Vec<ArtistPlays>;
    fn artist_plays_of(user: UserId, short_ms: u32) -> Vec<ArtistPlays>;
    fn played(user: UserId, tracks: &[TrackId]) -> Vec<bool>;
    fn history_totals() -> HistoryTotals;
    fn seen(user: UserId, drops: &[DropId]) -> Vec<bool>;
    fn seen_of(user: UserId) -> Vec<SeenMark>;
    fn shown_to(drop: DropId, before: Timestamp) -> u64;
    fn shown_counts(drops: &[DropId]) -> Vec<u64>;
    fn plays_after(drops: &[(DropId, TrackId)], days: i64) -> Vec<PlayAfter>;
    fn muted_by(user: UserId) -> Vec<UserId>;
    #writes
    async fn put_items(&self, items: &[NewItem]) -> Result<Vec<Uuid>> {
        self.waiting().items.extend_from_slice(items);
        self.memory.put_items(items).await
    }

    async fn put_merges(&self, merges: &[Merge]) -> Result<u64> {
        let mut added = 0;
        for merge in merges {
            // One that is merged already stays as it is.
            let new = self.memory.put_merges(&[*merge]).await? > 0;
            if new {
                self.waiting().merges.insert(merge.from, Some(*merge));
                added += 1;
            }
        }
        Ok(added)
    }

    async fn remove_merge(&self, from: TrackId) -> Result<bool> {
        self.waiting().merges.insert(from, None);
        self.memory.remove_merge(from).await
    }

    async fn put_artist_genres(&self, rows: &[ArtistGenre]) -> Result<u64> {
        self.waiting().genres.extend_from_slice(rows);
        self.memory.put_artist_genres(rows).await
    }

    async fn add_listens(&self, listens: &[Listen]) -> Result<u64> {
        self.waiting().listens.extend_from_slice(listens);
        self.memory.add_listens(listens).await
    }

    /// What is corrected here is not on its way any more.
    async fn correct_listens(&self, corrections: &[Correction]) -> Result<u64> {
        self.hand_over().await?;
        self.to.correct_listens(corrections).await?;
        self.memory.correct_listens(corrections).await
    }

    /// Nothing in a simulation grows old enough; what is folded here is not on its way any more.
    async fn fold_listens(&self, before: Timestamp, short_ms: u32) -> Result<u64> {
        self.hand_over().await?;
        self.to.fold_listens(before, short_ms).await?;
        self.memory.fold_listens(before, short_ms).await
    }

    async fn add_play_counts(&self, counts: &[PlayCount]) -> Result<u64> {
        self.waiting().counts.extend_from_slice(counts);
        self.memory.add_play_counts(counts).await
    }

    async fn mark_seen(&self, marks: &[SeenMark]) -> Result<u64> {
        self.waiting().marks.extend_from_slice(marks);
        self.memory.mark_seen(marks).await
    }

    async fn mute(&self, user: UserId, target: UserId, most: u32) -> Result<bool> {
        let muted = self.memory.mute(user, target, most).await?;
        if muted {
            self.waiting().mutes.insert((user, target), true);
        }
        Ok(muted)
    }

    async fn unmute(&self, user: UserId, target: UserId) -> Result<()> {
        self.waiting().mutes.insert((user, target), false);
        self.memory.unmute(user, target).await
    }
});

through_memory!(ProfileStore {
    fn profile(user: UserId) -> Option<TasteProfile>;
    fn profiles(page: Page<UserId>) -> Vec<TasteProfile>;
    #writes
    async fn put_profiles(&self, profiles: &[TasteProfile]) -> Result<()> {
        self.waiting().profiles.extend(profiles.iter().map(|profile| (profile.user, profile.clone())));
        self.memory.put_profiles(profiles).await
    }
});

through_memory!(StateStore {
    fn state(name: &str) -> Option<Vec<u8>>;
    fn acquire(lease: &Lease, now: Timestamp) -> bool;
    fn prolong(lease: &Lease) -> bool;
    fn release(job: &str, holder: &str) -> ();
    #writes
    async fn put_state(&self, name: &str, value: &[u8]) -> Result<()> {
        self.waiting().states.insert(name.to_owned(), Some(value.to_owned()));
        self.memory.put_state(name, value).await
    }

    async fn remove_state(&self, name: &str) -> Result<()> {
        self.waiting().states.insert(name.to_owned(), None);
        self.memory.remove_state(name).await
    }
});

// Nothing in a simulation has a secret.
through_memory!(VaultStore {
    fn secret(user: UserId, platform: &str, field: &str) -> Option<Vec<u8>>;
    fn put_secret(user: UserId, platform: &str, field: &str, value: &[u8]) -> ();
    fn remove_secrets(user: UserId, platform: &str) -> ();
});

through_memory!(TransferStore {
    fn dump() -> Box<dyn Dump>;
    #writes
    async fn take(&self, intake: &Intake) -> Result<()> {
        self.waiting().intakes.push(intake.clone());
        self.memory.take(intake).await
    }
});

#[async_trait]
impl Store for Draft {
    fn capabilities(&self) -> Capabilities {
        self.memory.capabilities()
    }

    async fn upkeep(&self, now: Timestamp) -> Result<()> {
        self.memory.upkeep(now).await
    }

    async fn compact(&self) -> Result<()> {
        self.memory.compact().await
    }

    async fn close(&self) {
        self.memory.close().await;
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("waiting", &self.waiting().batches.len()).finish_non_exhaustive()
    }
}
