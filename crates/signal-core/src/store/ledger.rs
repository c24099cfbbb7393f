//! The ledger side of a store.

use async_trait::async_trait;

use super::Result;
use crate::ledger::{AppendError, Batch, Head, NodeId, StoredEntry, StreamId, StreamRow};
use crate::model::{Hash, Timestamp, UserId};

/// What became of one batch: the position of its first entry (for a batch without events, of the next one), or
/// why it was refused.
pub type Appended = std::result::Result<u64, AppendError>;

/// Entries, streams and the tree.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// The newest state of the ledger. An empty one has size 0.
    async fn head(&self) -> Result<Head>;

    /// The only write of events and of content that belongs to them.
    ///
    /// # Behaviour
    /// - All under one lock, with [`crate::ledger::Sealer`]; batches are judged in order, each against what the ones
    ///   before it wrote and erased, as if it came alone; a refused batch leaves no trace and does not stop the others.
    /// - Streams: a batch is refused with `Conflict` where one is not as it was looked at, where other entries than
    ///   [`Batch::naming`] says name a person, and where an entry names somebody who was erased meanwhile.
    /// - Names: a `Take` of a taken key refuses the batch with `KeyTaken`, a `Release` of a free one with
    ///   `KeyMissing`.
    /// - When the call returns `Ok`, every accepted batch is durable; on `Err` none is.
    async fn append(&self, batches: &[Batch]) -> Result<Vec<Appended>>;

    /// Waits until it hears that the ledger has more than `size` entries, whichever process writes them, and gives how many it
    /// has heard of. May wait for ever. A store without the capability `notifications` hears of nothing: it looks how many
    /// there are and answers at once, and whoever waits asks again after a while.
    async fn beyond(&self, size: u64) -> Result<u64>;

    /// Entries from a position on, at most `limit`, in order.
    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>>;

    /// Entries of one stream after a version, at most `limit`, in order. Entries whose body was erased are left out.
    async fn stream_entries(
        &self,
        stream: StreamId,
        after_version: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>>;

    /// Positions of all entries whose body names the person, in order.
    async fn entries_naming(&self, user: UserId) -> Result<Vec<u64>>;

    /// How many entries there are before the instant: the position of the first one at or after it.
    async fn position_at(&self, at: Timestamp) -> Result<u64>;

    /// The state rows of streams, in the order asked for; `None` where a stream has no entry.
    async fn streams(&self, streams: &[StreamId]) -> Result<Vec<Option<StreamRow>>>;

    /// State rows in the order of [`StreamId`]'s text, after the given one, at most `limit`.
    async fn all_streams(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, StreamRow)>>;

    /// Stored tree nodes, in the order asked for.
    async fn nodes(&self, ids: &[NodeId]) -> Result<Vec<Option<Hash>>>;

    /// The tables of an epoch.
    async fn tables(&self, hash: Hash) -> Result<Option<Vec<u8>>>;
}
