//! What readers hold, kept between runs, so that the next engine need not read the whole ledger.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::{Engine, EngineError, Inner, Result, locked};
use crate::host::{Host, SnapshotPlace, offload};
use crate::ledger::leaf_hash;
use crate::live::{Live, Snapshot};
use crate::model::Hash;
use crate::store::Store;

/// Entries that must have come since the last snapshot before another one is worth its while: so many, and a sixteenth of
/// what it holds.
const LEAST_NEW: u64 = 100_000;
const GROWN_SHARE: u64 = 16;
/// Entries that must have come since one had to go.
const AFTER_REMOVAL: u64 = 10_000;
/// Entries that are read faster than a snapshot is.
const FEW: u64 = 1_000;
/// How long one waits for whoever reads the snapshot, before one looks again.
const LOOK_MICROS: u64 = 20_000;

/// Whether the snapshot was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Looked {
    #[default]
    No,
    Now,
    Yes,
}

/// What an engine knows of its snapshot. Other programs may write and remove the same.
#[derive(Debug)]
pub(super) struct Kept {
    looked: Looked,
    /// How many entries the one holds that this engine read or wrote last.
    held: Option<u64>,
    /// How many entries there must be before another is written.
    next: u64,
    /// No snapshot from before this position is left, as far as this engine can tell: somebody left there.
    clean: u64,
    /// Whether one is being written.
    writing: bool,
}

impl Default for Kept {
    fn default() -> Self {
        Self { looked: Looked::No, held: None, next: LEAST_NEW, clean: 0, writing: false }
    }
}

impl Kept {
    fn hold(&mut self, position: u64) {
        self.held = Some(position);
        self.next = position + LEAST_NEW.max(position / GROWN_SHARE);
    }
}

/// Undoes a mark when the work is done, dropped, or lost.
struct Marked<F: Fn(&mut Kept)>(Arc<Inner>, F);

impl<F: Fn(&mut Kept)> Drop for Marked<F> {
    fn drop(&mut self) {
        (self.1)(&mut locked(&self.0.kept));
    }
}

impl Engine {
    /// Like [`Engine::new`], and keeps what it follows of the ledger at a place between runs: the first question reads the
    /// snapshot that lies there and follows the ledger from its position. Another is written when a sixteenth of what it
    /// holds came on top, 100,000 entries at least. Once an erasure was followed, what lies there is removed.
    pub fn resuming(store: Arc<dyn Store>, host: Arc<dyn Host>, place: Arc<dyn SnapshotPlace>) -> Self {
        Self::build(store, host, Some(place))
    }

    /// Takes over what the snapshot holds, where there is one of this ledger; once. Whoever comes meanwhile waits.
    pub(super) async fn resume(&self) -> Result<()> {
        let Some(place) = self.inner.place.clone() else { return Ok(()) };
        loop {
            let looked = locked(&self.inner.kept).looked;
            match looked {
                Looked::Yes => return Ok(()),
                Looked::Now => self.host().sleep(LOOK_MICROS).await,
                Looked::No if self.begin_to_look() => break,
                Looked::No => {}
            }
        }
        let _turn = Marked(Arc::clone(&self.inner), |kept| {
            if kept.looked == Looked::Now {
                kept.looked = Looked::No;
            }
        });
        let from = Arc::clone(&place);
        let read = move || from.read().map(|bytes| Snapshot::from_bytes(&bytes));
        let snapshot = offload(self.host(), read).await.ok_or(lost())?;
        let live = match snapshot {
            Some(Ok(snapshot)) if self.leaf_before(snapshot.position()).await? == Some(snapshot.last()) => {
                offload(self.host(), move || snapshot.into_live().ok()).await.ok_or(lost())?
            }
            _ => None,
        };
        match live {
            Some(live) => self.take_over(live),
            // Of another version, of another ledger, or of one that was set back, it may know somebody who left.
            None => self.remove_snapshot(0).await?,
        }
        locked(&self.inner.kept).looked = Looked::Yes;
        Ok(())
    }

    fn begin_to_look(&self) -> bool {
        let mut kept = locked(&self.inner.kept);
        let first = kept.looked == Looked::No;
        if first {
            kept.looked = Looked::Now;
        }
        first
    }

    fn take_over(&self, resumed: Live) {
        let position = resumed.position;
        {
            let mut live = self.inner.live.write().unwrap_or_else(PoisonError::into_inner);
            if resumed.position > live.position {
                *live = resumed;
                self.inner.graph.publish(live.graph.clone());
            }
        }
        let mut kept = locked(&self.inner.kept);
        kept.hold(position);
        kept.clean = position;
    }

    /// The hash of the leaf before a position; none where the ledger has not so many.
    async fn leaf_before(&self, position: u64) -> Result<Option<Hash>> {
        let Some(last) = position.checked_sub(1) else { return Ok(None) };
        let entries = self.store().entries(last, 1).await?;
        Ok(entries.first().map(|entry| leaf_hash(&entry.leaf)))
    }

    /// Removes what lies there once somebody left, whoever wrote it, and writes another where enough has come.
    pub(super) async fn tend_snapshot(&self) -> Result<()> {
        if self.inner.place.is_none() {
            return Ok(());
        }
        let (position, left_by) = self.live(|live| (live.position, live.left_by));
        let clean = locked(&self.inner.kept).clean;
        if left_by > clean {
            self.remove_snapshot(left_by).await?;
        }
        let next = locked(&self.inner.kept).next;
        if position >= next { self.write_snapshot().await } else { Ok(()) }
    }

    /// Follows the ledger and writes what is held then to the place for it, where there is one and it holds less; for a server
    /// that stops.
    pub async fn keep_snapshot(&self) -> Result<()> {
        if self.inner.place.is_none() {
            return Ok(());
        }
        self.catch_up().await?;
        let held = locked(&self.inner.kept).held.unwrap_or(0);
        if self.followed().saturating_sub(held) < FEW { Ok(()) } else { self.write_snapshot().await }
    }

    /// Nobody can follow the ledger while it is gathered, which for ten million entries is about a second. It is finished also
    /// where nobody waits for it any more.
    async fn write_snapshot(&self) -> Result<()> {
        let Some(place) = self.inner.place.clone() else { return Ok(()) };
        if std::mem::replace(&mut locked(&self.inner.kept).writing, true) {
            return Ok(());
        }
        let turn = Marked(Arc::clone(&self.inner), |kept| kept.writing = false);
        // Where it is lost, the next try is not the next question.
        locked(&self.inner.kept).hold(self.followed());
        let engine = self.clone();
        let write = move || {
            let _writing = turn;
            let _alone = engine.at_the_place();
            let snapshot = engine.live(Snapshot::of);
            place.write(&snapshot.to_bytes());
            locked(&engine.inner.kept).hold(snapshot.position());
        };
        offload(self.host(), write).await.ok_or(lost())
    }

    /// Removes what lies there: somebody left before a position.
    async fn remove_snapshot(&self, left_by: u64) -> Result<()> {
        let Some(place) = self.inner.place.clone() else { return Ok(()) };
        let engine = self.clone();
        let remove = move || {
            let _alone = engine.at_the_place();
            place.remove();
            let followed = engine.followed();
            let mut kept = locked(&engine.inner.kept);
            if kept.held.take().is_some() {
                kept.next = LEAST_NEW.max(followed + AFTER_REMOVAL);
            }
            kept.clean = kept.clean.max(left_by);
        };
        offload(self.host(), remove).await.ok_or(lost())
    }

    /// One at a time: what is gathered before somebody leaves must not be written after it was removed.
    fn at_the_place(&self) -> MutexGuard<'_, ()> {
        locked(&self.inner.at_place)
    }
}

const fn lost() -> EngineError {
    EngineError::Lost { what: "the snapshot of what readers hold" }
}
