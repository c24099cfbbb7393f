//! A store in which somebody else acts right before one of its calls.

use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use signal_core::ledger::{Batch, Doc, DocKind, Head, NodeId, StoredEntry, StreamId, StreamRow};
use signal_core::model::{
    Artist, ArtistId, CircleId, Claim, Correction, DropId, Hash, Listen, Merge, PlayAfter, PlayCount,
    PrivacyDials, TasteProfile, Timestamp, Track, TrackId, UserId,
};
use signal_core::store::transfer::{Dump, Intake, TransferStore};
use signal_core::store::{
    Appended, ArtistGenre, ArtistPlays, ArtistPlaysKey, Capabilities, ContentStore, Edge, HistoryStore,
    HistoryTotals, Lease, LedgerStore, MemoryStore, NewItem, Page, PlayedTrackRow, ProfileStore, Result,
    SearchHit, Seat, SeenMark, StateStore, Store, VaultStore,
};
use signal_core::trust::{PathLimits, Reach};
use uuid::Uuid;

type Act = Box<dyn FnOnce() + Send>;

/// Right before which call something happens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The one after so many others.
    After(usize),
    /// The first one of this name.
    Before(&'static str),
}

/// Memory, and what shall happen when.
pub(crate) struct Slip {
    memory: MemoryStore,
    armed: Mutex<Option<(Moment, Act)>>,
}

impl Slip {
    pub(crate) fn new(memory: MemoryStore) -> Self {
        Self { memory, armed: Mutex::new(None) }
    }

    /// Waits for the moment, and acts.
    pub(crate) fn at(&self, moment: Moment, act: impl FnOnce() + Send + 'static) {
        *self.armed() = Some((moment, Box::new(act)));
    }

    /// Whether the moment is still to come.
    pub(crate) fn waits(&self) -> bool {
        self.armed().is_some()
    }

    fn armed(&self) -> MutexGuard<'_, Option<(Moment, Act)>> {
        self.armed.lock().expect("nobody panicked")
    }

    fn call(&self, name: &'static str) {
        let mut armed = self.armed();
        let Some((moment, act)) = armed.take() else { return };
        match moment {
            Moment::After(calls @ 1..) => *armed = Some((Moment::After(calls - 1), act)),
            Moment::Before(other) if other != name => *armed = Some((moment, act)),
            Moment::After(_) | Moment::Before(_) => {
                drop(armed);
                act();
            }
        }
    }
}

macro_rules! slipping {
    ($trait:ident { $(fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)* }) => {
        #[async_trait]
        impl $trait for Slip {
            $(async fn $name(&self, $($arg: $type),*) -> Result<$out> {
                self.call(stringify!($name));
                self.memory.$name($($arg),*).await
            })*
        }
    };
}

slipping!(LedgerStore {
    fn head() -> Head;
    fn beyond(size: u64) -> u64;
    fn append(batches: &[Batch]) -> Vec<Appended>;
    fn entries(from: u64, limit: u32) -> Vec<StoredEntry>;
    fn stream_entries(stream: StreamId, after_version: u64, limit: u32) -> Vec<StoredEntry>;
    fn entries_naming(user: UserId) -> Vec<u64>;
    fn position_at(at: Timestamp) -> u64;
    fn streams(streams: &[StreamId]) -> Vec<Option<StreamRow>>;
    fn all_streams(after: Option<StreamId>, limit: u32) -> Vec<(StreamId, StreamRow)>;
    fn nodes(ids: &[NodeId]) -> Vec<Option<Hash>>;
    fn tables(hash: Hash) -> Option<Vec<u8>>;
});

slipping!(ContentStore {
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

slipping!(HistoryStore {
    fn find_items(claims: &[Claim]) -> Vec<Option<Uuid>>;
    fn put_items(items: &[NewItem]) -> Vec<Uuid>;
    fn item_claims(item: Uuid) -> Vec<Claim>;
    fn artists(ids: &[ArtistId]) -> Vec<Option<Artist>>;
    fn tracks(ids: &[TrackId]) -> Vec<Option<Track>>;
    fn put_merges(merges: &[Merge]) -> u64;
    fn remove_merge(from: TrackId) -> bool;
    fn merges(page: Page<TrackId>) -> Vec<Merge>;
    fn put_artist_genres(rows: &[ArtistGenre]) -> u64;
    fn artist_genres(page: Page<(ArtistId, String)>) -> Vec<ArtistGenre>;
    fn add_listens(listens: &[Listen]) -> u64;
    fn correct_listens(corrections: &[Correction]) -> u64;
    fn add_play_counts(counts: &[PlayCount]) -> u64;
    fn fold_listens(before: Timestamp, short_ms: u32) -> u64;
    fn listens(user: UserId, before: Timestamp, limit: u32) -> Vec<PlayedTrackRow>;
    fn play_counts(user: UserId) -> Vec<PlayCount>;
    fn artist_plays(page: Page<ArtistPlaysKey>, short_ms: u32) -> Vec<ArtistPlays>;
    fn artist_plays_of(user: UserId, short_ms: u32) -> Vec<ArtistPlays>;
    fn played(user: UserId, tracks: &[TrackId]) -> Vec<bool>;
    fn history_totals() -> HistoryTotals;
    fn mark_seen(marks: &[SeenMark]) -> u64;
    fn seen(user: UserId, drops: &[DropId]) -> Vec<bool>;
    fn seen_of(user: UserId) -> Vec<SeenMark>;
    fn shown_to(drop: DropId, before: Timestamp) -> u64;
    fn shown_counts(drops: &[DropId]) -> Vec<u64>;
    fn plays_after(drops: &[(DropId, TrackId)], days: i64) -> Vec<PlayAfter>;
    fn mute(user: UserId, target: UserId, most: u32) -> bool;
    fn unmute(user: UserId, target: UserId) -> ();
    fn muted_by(user: UserId) -> Vec<UserId>;
});

slipping!(ProfileStore {
    fn put_profiles(profiles: &[TasteProfile]) -> ();
    fn profile(user: UserId) -> Option<TasteProfile>;
    fn profiles(page: Page<UserId>) -> Vec<TasteProfile>;
});

slipping!(StateStore {
    fn state(name: &str) -> Option<Vec<u8>>;
    fn put_state(name: &str, value: &[u8]) -> ();
    fn remove_state(name: &str) -> ();
    fn acquire(lease: &Lease, now: Timestamp) -> bool;
    fn prolong(lease: &Lease) -> bool;
    fn release(job: &str, holder: &str) -> ();
});

slipping!(VaultStore {
    fn secret(user: UserId, platform: &str, field: &str) -> Option<Vec<u8>>;
    fn put_secret(user: UserId, platform: &str, field: &str, value: &[u8]) -> ();
    fn remove_secrets(user: UserId, platform: &str) -> ();
});

slipping!(TransferStore {
    fn dump() -> Box<dyn Dump>;
    fn take(intake: &Intake) -> ();
});

#[async_trait]
impl Store for Slip {
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
