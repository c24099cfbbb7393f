//! What readers hold, kept between runs, so that the next engine need not read the whole ledger.

use std::sync::{Arc, PoisonError};

use super::{Engine, EngineError, Result, locked};
use crate::host::{Host, SnapshotPlace, offload};
use crate::ledger::leaf_hash;
use crate::live::{Live, Snapshot};
use crate::model::Hash;
use crate::store::Store;

/// Entries that must have come since the last snapshot before another one is worth its while: so many, and a sixteenth of
/// what it holds.
const LEAST_NEW: u64 = 100_000;
const GROWN_SHARE: u64 = 16;
/// Entries that are read faster than a snapshot is.
const FEW: u64 = 1_000;

/// What an engine knows of its snapshot.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Whether it was looked for.
    looked: bool,
    /// Whether there is one.
    there: bool,
    /// How many entries it holds, or were followed when it went.
    position: u64,
    /// Whether somebody writes one.
    writing: bool,
}

impl Engine {
    /// Like [`Engine::new`], and keeps what it follows of the ledger at a place between runs: the first question reads the
    /// snapshot that lies there and follows the ledger from its position. Another is written when a sixteenth of what it
    /// holds came on top, 100,000 entries at least. Once an erasure was followed, an older snapshot is removed.
    pub fn resuming(store: Arc<dyn Store>, host: Arc<dyn Host>, place: Arc<dyn SnapshotPlace>) -> Self {
        Self::build(store, host, Some(place))
    }

    /// Takes over what the snapshot holds, where there is one of this ledger; once.
    pub(super) async fn resume(&self) -> Result<()> {
        let Some(place) = self.inner.place.clone() else { return Ok(()) };
        if std::mem::replace(&mut locked(&self.inner.kept).looked, true) {
            return Ok(());
        }
        let from = Arc::clone(&place);
        let Some(bytes) = offload(self.host(), move || from.read()).await.ok_or(lost())? else {
            return Ok(());
        };
        let read = offload(self.host(), move || Snapshot::from_bytes(&bytes)).await.ok_or(lost())?;
        let snapshot = match read {
            Ok(snapshot) if self.leaf_before(snapshot.position()).await? == Some(snapshot.last()) => snapshot,
            // Of another version, of another ledger, or of one that was set back: it may know somebody who left.
            _ => return self.remove_snapshot().await,
        };
        let position = snapshot.position();
        let Ok(live) = offload(self.host(), move || snapshot.into_live()).await.ok_or(lost())? else {
            return self.remove_snapshot().await;
        };
        self.take_over(live);
        let mut kept = locked(&self.inner.kept);
        (kept.there, kept.position) = (true, position);
        Ok(())
    }

    fn take_over(&self, resumed: Live) {
        let mut live = self.inner.live.write().unwrap_or_else(PoisonError::into_inner);
        // Others may have followed the ledger further meanwhile.
        if resumed.position > live.position {
            *live = resumed;
            self.inner.graph.publish(live.graph.clone());
        }
    }

    /// The hash of the leaf before a position; none where the ledger has not so many.
    async fn leaf_before(&self, position: u64) -> Result<Option<Hash>> {
        let Some(last) = position.checked_sub(1) else { return Ok(None) };
        let entries = self.store().entries(last, 1).await?;
        Ok(entries.first().map(|entry| leaf_hash(&entry.leaf)))
    }

    /// Removes a snapshot that knows somebody who left, and writes one where enough has come since the last.
    pub(super) async fn tend_snapshot(&self) -> Result<()> {
        if self.inner.place.is_none() {
            return Ok(());
        }
        let (position, left_by) = self.live(|live| (live.position, live.left_by));
        let stale = {
            let kept = locked(&self.inner.kept);
            kept.there && left_by > kept.position
        };
        if stale {
            self.remove_snapshot().await?;
        }
        let due = {
            let kept = locked(&self.inner.kept);
            position.saturating_sub(kept.position) >= LEAST_NEW.max(kept.position / GROWN_SHARE)
        };
        if due { self.write_snapshot().await } else { Ok(()) }
    }

    /// Follows the ledger and writes what is held then to the place for it, where there is one and it holds less; for a server
    /// that stops.
    pub async fn keep_snapshot(&self) -> Result<()> {
        self.catch_up().await?;
        self.write_snapshot().await
    }

    /// Whoever follows the ledger waits while it is gathered: about a second for ten million entries.
    async fn write_snapshot(&self) -> Result<()> {
        let Some(place) = self.inner.place.clone() else { return Ok(()) };
        let position = self.followed();
        {
            let mut kept = locked(&self.inner.kept);
            let held = if kept.there { kept.position } else { 0 };
            if kept.writing || position.saturating_sub(held) < FEW {
                return Ok(());
            }
            kept.writing = true;
        }
        let engine = self.clone();
        let write = move || {
            let snapshot = engine.live(Snapshot::of);
            place.write(&snapshot.to_bytes());
            snapshot.position()
        };
        let written = offload(self.host(), write).await;
        let mut kept = locked(&self.inner.kept);
        kept.writing = false;
        (kept.there, kept.position) = (true, written.ok_or(lost())?);
        Ok(())
    }

    /// Removes the snapshot: somebody leaves. The next is written when enough has come.
    pub(super) async fn remove_snapshot(&self) -> Result<()> {
        let Some(place) = self.inner.place.clone() else { return Ok(()) };
        offload(self.host(), move || place.remove()).await.ok_or(lost())?;
        let position = self.followed();
        let mut kept = locked(&self.inner.kept);
        (kept.there, kept.position) = (false, position);
        Ok(())
    }
}

const fn lost() -> EngineError {
    EngineError::Lost { what: "the snapshot of what readers hold" }
}
