//! The names that a group of batches speaks of, judged in order before any is written.

use std::collections::{BTreeMap, BTreeSet};

use signal_core::ledger::{AppendError, Batch, KeyChange, Sealer};
use signal_core::store::Appended;
use uuid::Uuid;

/// Owners by name: as they were, and as they are now; none where the name is free.
#[derive(Debug)]
pub(crate) struct Names {
    was: BTreeMap<String, Option<Uuid>>,
    now: BTreeMap<String, Option<Uuid>>,
}

fn name(change: &KeyChange) -> String {
    let (KeyChange::Take { key, .. } | KeyChange::Release { key }) = change;
    key.to_string()
}

impl Names {
    /// The names whose owners must be known first, sorted.
    pub(crate) fn named(batches: &[Batch]) -> Vec<String> {
        let named: BTreeSet<_> = batches.iter().flat_map(|batch| &batch.keys).map(name).collect();
        named.into_iter().collect()
    }

    /// Goes on from the owners of names that are taken.
    pub(crate) fn new(taken: impl IntoIterator<Item = (String, Uuid)>) -> Self {
        let was: BTreeMap<_, _> = taken.into_iter().map(|(name, owner)| (name, Some(owner))).collect();
        Self { now: was.clone(), was }
    }

    /// Checks and seals one batch; a refused one leaves no trace.
    pub(crate) fn append(&mut self, sealer: &mut Sealer, batch: &Batch) -> Appended {
        sealer.check(batch)?;
        let before = batch.keys.iter().map(name);
        let before: Vec<_> =
            before.map(|name| (name.clone(), self.now.get(&name).copied().flatten())).collect();
        let result = self.change(&batch.keys).and_then(|()| sealer.add(batch));
        if result.is_err() {
            self.now.extend(before);
        }
        result
    }

    fn change(&mut self, changes: &[KeyChange]) -> Result<(), AppendError> {
        for change in changes {
            let key = name(change);
            let owner = self.now.entry(key.clone()).or_default();
            match change {
                KeyChange::Take { .. } if owner.is_some() => return Err(AppendError::KeyTaken { key }),
                KeyChange::Take { owner: taker, .. } => *owner = Some(*taker),
                KeyChange::Release { .. } if owner.is_none() => return Err(AppendError::KeyMissing { key }),
                KeyChange::Release { .. } => *owner = None,
            }
        }
        Ok(())
    }

    /// The names to write with their owners, and the names to delete.
    pub(crate) fn changed(self) -> (Vec<(String, Uuid)>, Vec<String>) {
        let (mut taken, mut free) = (Vec::new(), Vec::new());
        for (key, owner) in self.now {
            let before = self.was.get(&key).copied().flatten();
            match owner {
                Some(owner) if before != Some(owner) => taken.push((key, owner)),
                None if before.is_some() => free.push(key),
                _ => {}
            }
        }
        (taken, free)
    }
}
