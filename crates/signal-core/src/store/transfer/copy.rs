//! Moves a dump into an empty store, and compares both.

use serde::{Deserialize, Serialize};

use super::intake::LedgerRows;
use super::row::stored;
use super::{Dump, Intake, Row, Table, Tally};
use crate::ledger::{CorruptEntry, Head, Sealed, Verifier, VerifyError};
use crate::model::Hash;
use crate::store::{Store, StoreError};

/// The state value that a store has while something is being moved into it. Nobody else should use the store then.
pub const MARK: &str = "transfer";
/// Version of the mark's format.
const MARK_VERSION: u32 = 1;

/// Why a store could not be moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A store, or a backup, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is something in the store to move into.
    #[error("the store to move into is not empty: it has {rows} rows")]
    NotEmpty {
        /// How many.
        rows: u64,
    },
    /// Something else was begun to be moved into the store.
    #[error(
        "the store to move into was begun from another source, one of {entries} entries with the root {root}"
    )]
    OtherSource {
        /// Its entries.
        entries: u64,
        /// Its root.
        root: Hash,
    },
    /// The source is itself a store that something was begun to be moved into.
    #[error("the store to move from is unfinished: something was begun to be moved into it")]
    Unfinished,
    /// The source's ledger does not hold.
    #[error("the ledger to move does not hold: {0}")]
    Ledger(#[from] VerifyError),
    /// An entry of the source cannot be read.
    #[error("the ledger to move does not hold: {0}")]
    Entry(#[from] CorruptEntry),
    /// Both are not the same in the end: the source was changed between two attempts, or somebody else wrote into the target.
    #[error(
        "{table:?} differ after the move: the source changed between two attempts, or somebody else used the target"
    )]
    Differs {
        /// The first table that is not the same.
        table: Table,
    },
}

/// What was moved, and found to be the same on both sides.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The newest state of the ledger.
    pub head: Head,
    /// Bodies of entries that had been erased.
    pub erased_bodies: u64,
    /// Rows by table.
    pub tally: Tally,
}

/// How far a move is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    v: u32,
    /// Entries and root of the source.
    entries: u64,
    root: Hash,
    /// Rows taken, beside entries: of those the ledger's head tells.
    rows: u64,
}

impl Mark {
    fn of(head: &Head) -> Self {
        Self { v: MARK_VERSION, entries: head.size, root: head.root(), rows: 0 }
    }

    async fn read(store: &dyn Store) -> Result<Option<Self>, StoreError> {
        let Some(bytes) = store.state(MARK).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::Corrupt {
            doing: "go on moving".to_owned(),
            what: "the mark of how far it is".to_owned(),
            reason: error.to_string(),
        })
    }

    async fn write(&self, store: &dyn Store) -> Result<(), StoreError> {
        // Numbers and a hash always are JSON.
        store.put_state(MARK, &serde_json::to_vec(self).unwrap_or_default()).await
    }
}

/// Whether something was begun to be moved into the store, and is not there yet.
pub async fn is_unfinished(store: &dyn Store) -> Result<bool, StoreError> {
    Ok(store.state(MARK).await?.is_some())
}

/// Moves a dump into an empty store, or goes on where the same was interrupted; then reads the target back and compares
/// everything: the root, the rows of every table, and the digest over them. Checks every entry on the way.
///
/// `progress` is told how many rows are done, out of twice [`Dump::rows`]: each is taken, then compared.
pub async fn copy(
    source: &mut dyn Dump,
    target: &dyn Store,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Moved, TransferError> {
    let mut mark = begin(source.head(), target).await?;
    let already = mark.rows;
    let taken = target.head().await?.size;
    let mut pass = Pass::default();
    let mut beside = 0;
    loop {
        let rows = source.next().await?;
        if rows.is_empty() {
            break;
        }
        let mut intake = Intake::default();
        let mut ledger = LedgerRows::default();
        let (entries_before, beside_before) = (pass.verifier.head().size, beside);
        for row in rows {
            let nodes = pass.see(&row)?;
            match &row {
                Row::Entry { position, .. } if *position < taken => continue,
                Row::Entry { .. } => ledger.nodes.extend(nodes),
                _ => {
                    beside += 1;
                    if beside <= already {
                        continue;
                    }
                }
            }
            intake.add(row, &mut ledger)?;
        }
        progress(pass.tally.total());
        let LedgerRows { entries, nodes, streams } = ledger;
        if !entries.is_empty() || !streams.is_empty() {
            let head = pass.verifier.head();
            intake.ledger = Some(Sealed { entries, nodes, rows: streams, head });
        }
        if beside > already || pass.verifier.head().size > taken.max(entries_before) {
            target.take(&intake).await?;
        }
        if beside > already.max(beside_before) {
            mark.rows = beside;
            mark.write(target).await?;
        }
    }
    let (head, read) = (source.head().clone(), pass.tally);
    let erased_bodies = pass.verifier.finish(&head)?.erased_bodies;
    compare(&head, &read, target, progress).await?;
    target.remove_state(MARK).await?;
    Ok(Moved { head, erased_bodies, tally: read })
}

/// The mark to go on from, in a store that holds nothing else than what the same move brought.
async fn begin(head: &Head, target: &dyn Store) -> Result<Mark, TransferError> {
    let ours = Mark::of(head);
    match Mark::read(target).await? {
        Some(mark) if mark.entries == ours.entries && mark.root == ours.root => Ok(mark),
        Some(Mark { entries, root, .. }) => Err(TransferError::OtherSource { entries, root }),
        None => {
            let rows = target.dump().await?.rows();
            if rows > 0 {
                return Err(TransferError::NotEmpty { rows });
            }
            ours.write(target).await?;
            Ok(ours)
        }
    }
}

/// One pass over a dump.
#[derive(Debug, Default)]
struct Pass {
    tally: Tally,
    verifier: Verifier,
}

impl Pass {
    /// Takes the next row, and gives the tree nodes that it finishes where it is an entry.
    fn see(&mut self, row: &Row) -> Result<Vec<(crate::ledger::NodeId, Hash)>, TransferError> {
        self.tally.add(row)?;
        match row {
            Row::State { name, .. } if name == MARK => Err(TransferError::Unfinished),
            Row::Entry { position, leaf, body } => {
                Ok(self.verifier.push(&stored(*position, leaf.clone(), body.clone()))?)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Reads the target back.
async fn compare(
    head: &Head,
    read: &Tally,
    target: &dyn Store,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), TransferError> {
    let mut dump = target.dump().await?;
    let mut written = Tally::default();
    loop {
        let rows = dump.next().await?;
        if rows.is_empty() {
            break;
        }
        let mut rows = rows.iter().filter(|row| !matches!(row, Row::State { name, .. } if name == MARK));
        rows.try_for_each(|row| written.add(row))?;
        progress(read.total() + written.total());
    }
    if dump.head() != head {
        return Err(TransferError::Differs { table: Table::Entries });
    }
    read.difference(&written).map_or(Ok(()), |table| Err(TransferError::Differs { table }))
}
