//! The ledger side of the reference store.

use async_trait::async_trait;

use super::MemoryStore;
use crate::ledger::{Batch, Head, NodeId, StoredEntry, StreamId, StreamRow};
use crate::model::{Hash, Timestamp, UserId};
use crate::store::{Appended, LedgerStore, Result};

fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

#[async_trait]
impl LedgerStore for MemoryStore {
    async fn head(&self) -> Result<Head> {
        Ok(self.lock().head.clone())
    }

    async fn append(&self, batches: &[Batch]) -> Result<Vec<Appended>> {
        Ok(self.lock().append(batches))
    }

    async fn beyond(&self, _size: u64) -> Result<u64> {
        Ok(self.lock().head.size)
    }

    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>> {
        Ok(self.lock().entries.iter().skip(index(from)).take(limit as usize).cloned().collect())
    }

    async fn stream_entries(
        &self,
        stream: StreamId,
        after_version: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>> {
        let shelf = self.lock();
        let range = (stream, after_version.saturating_add(1))..=(stream, u64::MAX);
        let positions = shelf.by_stream.range(range).map(|(_, position)| index(*position));
        Ok(positions.filter_map(|i| shelf.entries.get(i)).take(limit as usize).cloned().collect())
    }

    async fn entries_naming(&self, user: UserId) -> Result<Vec<u64>> {
        Ok(self.lock().naming(user))
    }

    async fn position_at(&self, at: Timestamp) -> Result<u64> {
        Ok(self.lock().times.partition_point(|time| *time < at) as u64)
    }

    async fn streams(&self, streams: &[StreamId]) -> Result<Vec<Option<StreamRow>>> {
        let shelf = self.lock();
        Ok(streams.iter().map(|stream| shelf.rows.get(stream).cloned()).collect())
    }

    async fn all_streams(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, StreamRow)>> {
        let shelf = self.lock();
        let rows = shelf.rows.iter().filter(|(stream, _)| after.is_none_or(|after| **stream > after));
        Ok(rows.take(limit as usize).map(|(stream, row)| (*stream, row.clone())).collect())
    }

    async fn nodes(&self, ids: &[NodeId]) -> Result<Vec<Option<Hash>>> {
        let shelf = self.lock();
        Ok(ids.iter().map(|id| shelf.nodes.get(id).copied()).collect())
    }

    async fn tables(&self, hash: Hash) -> Result<Option<Vec<u8>>> {
        Ok(self.lock().tables.get(&hash).cloned())
    }
}
