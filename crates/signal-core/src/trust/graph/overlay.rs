//! What changed since the snapshot: persistent collections, so that a copy for a reader costs nothing.

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync, VectorSync};

use super::Edge;
use crate::model::UserId;

/// One change, by id, so that it can be made again on another snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    /// A weight in ten-thousandths; 0 removes the edge.
    Set(UserId, UserId, u16),
    Admit(UserId),
    Remove(UserId),
}

/// For people with changed edges, the other ends in order with their new weights; 0 where the edge is gone.
#[derive(Debug, Clone, Default)]
pub(super) struct ChangedRows(RedBlackTreeMapSync<u32, Vec<Edge>>);

impl ChangedRows {
    pub(super) fn row(&self, person: u32) -> &[Edge] {
        if self.0.is_empty() {
            return &[];
        }
        self.0.get(&person).map_or(&[], Vec::as_slice)
    }

    pub(super) fn find(&self, person: u32, end: u32) -> Option<u16> {
        let row = self.row(person);
        row.get(row.binary_search_by_key(&end, |edge| edge.0).ok()?).map(|edge| edge.1)
    }

    /// Changes one edge. A row that a reader holds too is copied first, once for any number of changes.
    pub(super) fn set(&mut self, person: u32, edge: Edge) {
        if !self.0.contains_key(&person) {
            self.0.insert_mut(person, Vec::new());
        }
        let Some(list) = self.0.get_mut(&person) else { return };
        match list.binary_search_by_key(&edge.0, |other| other.0) {
            Ok(place) => {
                if let Some(old) = list.get_mut(place) {
                    *old = edge;
                }
            }
            Err(place) => list.insert(place, edge),
        }
    }
}

/// Everything that changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Overlay {
    pub(super) forward: ChangedRows,
    pub(super) reverse: ChangedRows,
    /// People the snapshot does not know; numbers go on where its own end.
    pub(super) added: VectorSync<UserId>,
    pub(super) numbers: RedBlackTreeMapSync<UserId, u32>,
    /// Numbers of people who were removed.
    pub(super) gone: RedBlackTreeSetSync<u32>,
    /// Edges more (or less) than the snapshot has.
    pub(super) more: isize,
    /// Every change in order.
    pub(super) log: VectorSync<Change>,
}
