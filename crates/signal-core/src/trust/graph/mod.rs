//! Trust edges in memory, forward and backward.
//!
//! A [`TrustGraph`] is a value: a packed snapshot that is shared, and a small overlay of what changed since, made of
//! persistent collections. A clone costs a few reference counts and never changes under its holder, so that readers
//! take one and go, while the writer goes on. When the overlay has grown, [`TrustGraph::merged`] packs both into a
//! new snapshot anywhere, at leisure, and [`TrustGraph::adopt`] takes it over with the changes that came meanwhile.

mod group;
mod overlay;
mod row;
mod rows;
mod shared;
mod snapshot;

use std::cmp::Ordering;
use std::sync::Arc;

use rayon::prelude::*;

use overlay::{Change, Overlay};
pub use row::Row;
use rows::Rows;
pub(super) use rows::{NEAR, Packed};
pub use shared::SharedGraph;
use snapshot::{Snapshot, Way};

use crate::model::{TrustWeight, UserId};

/// One end of an edge and its weight in ten-thousandths.
type Edge = (u32, u16);

/// Changes up to which an overlay is not worth a merge, however small the graph.
const LEAST_CHANGES: usize = 4_096;
/// Share of the edges from which the overlay has grown: one in this many changed.
const GROWN_SHARE: usize = 16;

/// A directed graph of trust. People are numbered; edges are kept twice, so that both directions can be walked.
///
/// Packed edges cost 9 to 12 bytes, people about 100; [`bytes`](Self::bytes) says how much it is. People stay known until
/// [removed](Self::remove_user), even without edges. Numbers depend on the order in which people came and change
/// with a merge; results of this crate depend on them only where a search is cut short, and say so.
///
/// ```
/// use signal_core::model::{Timestamp, TrustWeight, UserId};
/// use signal_core::trust::TrustGraph;
///
/// let [ann, ben] = [1, 2].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let mut graph = TrustGraph::default();
/// graph.set(ann, ben, Some(TrustWeight::FULL));
/// let before = graph.clone();
/// graph.set(ann, ben, None);
/// assert_eq!(before.weight(ann, ben), Some(TrustWeight::FULL));
/// assert_eq!(graph.weight(ann, ben), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrustGraph {
    base: Arc<Snapshot>,
    overlay: Overlay,
}

impl TrustGraph {
    /// Builds a graph from edges in any order; where a pair comes twice the last one counts. Edges to oneself are
    /// ignored, but make the person known.
    ///
    /// Takes O(E log E) for E edges, in parallel on rayon's threads.
    pub fn from_edges(edges: impl IntoIterator<Item = (UserId, UserId, TrustWeight)>) -> Self {
        let edges: Vec<_> = edges.into_iter().collect();
        let mut people: Vec<UserId> = edges.par_iter().flat_map_iter(|edge| [edge.0, edge.1]).collect();
        people.par_sort_unstable();
        people.dedup();
        let number = |user: &UserId| people.binary_search(user).ok().and_then(|at| u32::try_from(at).ok());
        let numbered: Vec<(u32, u32, TrustWeight)> = edges
            .par_iter()
            .filter_map(|(from, to, weight)| Some((number(from)?, number(to)?, *weight)))
            .collect();
        drop(edges);
        Self::from_numbered(people, &numbered)
    }

    /// Builds a graph from people, in the order of their ids and each once, and from edges between their places in
    /// that list. Of a pair that comes twice the last one counts; edges to oneself and to places outside the list are
    /// ignored; people who are not in order are put in order first.
    ///
    /// Takes O(people + edges), in parallel on rayon's threads, and at most 14 bytes an edge beside the graph itself.
    pub fn from_numbered(people: Vec<UserId>, edges: &[(u32, u32, TrustWeight)]) -> Self {
        if !people.is_sorted_by(|a, b| a < b) {
            let of = |place: u32| people.get(place as usize).copied();
            let edges = edges.iter().filter_map(|&(from, to, weight)| Some((of(from)?, of(to)?, weight)));
            let mut graph = Self::from_edges(edges);
            for user in people {
                graph.add_user(user);
            }
            return graph.merged();
        }
        Self { base: Arc::new(Snapshot::new(people, edges)), overlay: Overlay::default() }
    }

    /// Makes a person known, with or without edges.
    pub fn add_user(&mut self, user: UserId) {
        if self.index(user).is_none() && self.admit(user).is_some() {
            self.overlay.log.push_back_mut(Change::Admit(user));
        }
    }

    /// Sets the weight of an edge, or removes it with `None`. An edge to oneself is ignored.
    ///
    /// Takes O(log people + changes of these two rows).
    pub fn set(&mut self, from: UserId, to: UserId, weight: Option<TrustWeight>) {
        if from == to {
            return;
        }
        let ends = match weight {
            Some(_) => self.admit(from).zip(self.admit(to)),
            None => self.index(from).zip(self.index(to)),
        };
        let Some((first, second)) = ends else { return };
        let weight = weight.map_or(0, TrustWeight::ten_thousandths);
        self.put(first, second, weight);
        self.overlay.log.push_back_mut(Change::Set(from, to, weight));
    }

    /// Forgets a person with all edges in both directions.
    ///
    /// Takes O(degree · log people).
    pub fn remove_user(&mut self, user: UserId) {
        let Some(index) = self.index(user) else {
            return;
        };
        let outgoing: Vec<u32> = self.outgoing(index).map(|edge| edge.0).collect();
        let incoming: Vec<u32> = self.incoming(index).map(|edge| edge.0).collect();
        for to in outgoing {
            self.put(index, to, 0);
        }
        for from in incoming {
            self.put(from, index, 0);
        }
        self.overlay.gone.insert_mut(index);
        self.overlay.log.push_back_mut(Change::Remove(user));
    }

    /// How many people are known.
    pub fn users(&self) -> usize {
        self.numbers() as usize - self.overlay.gone.size()
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.base.edges().saturating_add_signed(self.overlay.more)
    }

    /// How many changes wait to be merged.
    pub fn changes(&self) -> usize {
        self.overlay.log.len()
    }

    /// Whether nothing changed between two moments of one graph, of which these are copies.
    pub fn is_as_at(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.base, &other.base) && self.changes() == other.changes()
    }

    /// Heap bytes of the packed part; what waits to be merged comes on top, about 300 bytes a change.
    pub fn bytes(&self) -> usize {
        self.base.bytes()
    }

    /// The number of a person, if known.
    pub fn index(&self, user: UserId) -> Option<u32> {
        let index = self.base.index(user).or_else(|| self.overlay.numbers.get(&user).copied())?;
        (self.overlay.gone.is_empty() || !self.overlay.gone.contains(&index)).then_some(index)
    }

    /// The person with this number.
    pub fn user(&self, index: u32) -> Option<UserId> {
        if !self.overlay.gone.is_empty() && self.overlay.gone.contains(&index) {
            return None;
        }
        self.any_user(index)
    }

    /// Everyone known, by number.
    pub fn people(&self) -> impl Iterator<Item = (UserId, u32)> + '_ {
        (0..self.numbers()).filter_map(|index| self.user(index).map(|user| (user, index)))
    }

    /// Everyone known with their number, in the order of ids; and by number the place of each in that order, which unlike
    /// the number no merge changes. Takes O(people · log people).
    pub fn in_order(&self) -> (Vec<(UserId, u32)>, Vec<u32>) {
        let mut order: Vec<(UserId, u32)> = self.people().collect();
        order.par_sort_unstable();
        let mut places = vec![u32::MAX; self.numbers() as usize];
        for (&(_, number), place) in order.iter().zip(0u32..) {
            if let Some(slot) = places.get_mut(number as usize) {
                *slot = place;
            }
        }
        (order, places)
    }

    /// Whom the person with this number trusts, by number.
    pub fn outgoing(&self, index: u32) -> Row<'_> {
        Row::new(self.base.rows(Way::Out).row(index), self.overlay.forward.row(index))
    }

    /// Who trusts the person with this number, by number.
    pub fn incoming(&self, index: u32) -> Row<'_> {
        Row::new(self.base.rows(Way::Back).row(index), self.overlay.reverse.row(index))
    }

    /// How much `from` trusts `to`; `None` where there is no edge.
    pub fn weight(&self, from: UserId, to: UserId) -> Option<TrustWeight> {
        let weight = self.find(self.index(from)?, self.index(to)?)?;
        TrustWeight::from_ten_thousandths(weight).ok()
    }

    /// Whether so much has changed that a merge pays: a sixteenth of the edges, and at least 4,096 changes.
    pub fn wants_merge(&self) -> bool {
        self.changes() >= LEAST_CHANGES.max(self.base.edges() / GROWN_SHARE)
    }

    /// The same graph, packed: people numbered by their edges and ids, nothing in the overlay.
    ///
    /// Takes O(people + edges), in parallel on rayon's threads; the old and the new snapshot are both in memory until
    /// the old one's last reader is gone.
    #[must_use]
    pub fn merged(&self) -> Self {
        if self.overlay.log.is_empty() {
            return self.clone();
        }
        let (order, numbers) = self.in_order();
        let chunks = order.par_chunks(order.len().div_ceil(64).max(1));
        let rows = Rows::joined(chunks.map(|chunk| self.packed(chunk, &numbers)).collect());
        let people: Vec<UserId> = order.into_iter().map(|(user, _)| user).collect();
        let places = (0..rows.people()).collect();
        Self { base: Arc::new(Snapshot::of_rows(people, places, rows)), overlay: Overlay::default() }
    }

    /// Takes over what [`merged`](Self::merged) made of `start`, which is this graph as it was some changes ago, and
    /// makes the later changes again on top. False, with nothing done, where another merge came first.
    pub fn adopt(&mut self, start: &Self, merged: Self) -> bool {
        if !Arc::ptr_eq(&self.base, &start.base) {
            return false;
        }
        let log = std::mem::take(&mut self.overlay.log);
        *self = merged;
        for change in log.iter().skip(start.changes()) {
            match *change {
                Change::Set(from, to, weight) => {
                    self.set(from, to, TrustWeight::from_ten_thousandths(weight).ok());
                }
                Change::Admit(user) => self.add_user(user),
                Change::Remove(user) => self.remove_user(user),
            }
        }
        true
    }

    /// Who trusts a person, and how much, in a graph with no changes waiting.
    #[inline]
    pub(super) fn incoming_packed(&self, index: u32) -> Packed<'_> {
        self.base.rows(Way::Back).row(index)
    }

    /// Ranges of all numbers with about as many incoming edges each, at most `pieces`.
    pub(super) fn cuts(&self, pieces: usize) -> Vec<(u32, u32)> {
        let mut cuts = self.base.rows(Way::Back).cuts(pieces);
        let (size, numbers) = (self.base.size(), self.numbers());
        if numbers > size {
            cuts.push((size, numbers));
        }
        cuts
    }

    /// The order of two people by id.
    pub(super) fn order(&self, a: u32, b: u32) -> Ordering {
        self.any_user(a).cmp(&self.any_user(b))
    }

    /// Numbers in the order of ids, of a graph with no changes waiting.
    pub(super) fn by_id(&self) -> &[u32] {
        self.base.by_id()
    }

    /// Everyone's id in order, in a graph with no changes waiting.
    pub(super) fn ids(&self) -> Vec<UserId> {
        let people = self.base.people();
        let Some(&first) = people.first() else { return Vec::new() };
        self.by_id().par_iter().map(|&number| people.get(number as usize).copied().unwrap_or(first)).collect()
    }

    /// Σ of the weights that each person gives, in ten-thousandths, by number, in a graph with no changes waiting.
    pub(super) fn totals(&self) -> &[u64] {
        self.base.totals()
    }

    /// The weight of an edge between numbers.
    pub(super) fn find(&self, from: u32, to: u32) -> Option<u16> {
        match self.overlay.forward.find(from, to) {
            Some(weight) => (weight > 0).then_some(weight),
            None => self.base.rows(Way::Out).row(from).find(to),
        }
    }

    /// No edge that leaves the person is heavier.
    pub(super) fn heaviest_out(&self, index: u32) -> u16 {
        heaviest(self.base.heaviest(Way::Out, index), self.overlay.forward.row(index))
    }

    /// No edge that reaches the person is heavier.
    pub(super) fn heaviest_in(&self, index: u32) -> u16 {
        heaviest(self.base.heaviest(Way::Back, index), self.overlay.reverse.row(index))
    }

    /// How many numbers have been given.
    pub(super) fn numbers(&self) -> u32 {
        self.base.size().saturating_add(u32::try_from(self.overlay.added.len()).unwrap_or(u32::MAX))
    }

    fn any_user(&self, index: u32) -> Option<UserId> {
        let base = self.base.size();
        match index.checked_sub(base) {
            None => self.base.people().get(index as usize).copied(),
            Some(place) => self.overlay.added.get(place as usize).copied(),
        }
    }

    /// The number of a person, who becomes known. `None` only when four thousand million people are known already.
    fn admit(&mut self, user: UserId) -> Option<u32> {
        let known = self.base.index(user).or_else(|| self.overlay.numbers.get(&user).copied());
        if let Some(index) = known {
            self.overlay.gone.remove_mut(&index);
            return Some(index);
        }
        let index = self.numbers();
        if index == u32::MAX {
            return None;
        }
        self.overlay.added.push_back_mut(user);
        self.overlay.numbers.insert_mut(user, index);
        Some(index)
    }

    fn put(&mut self, from: u32, to: u32, weight: u16) {
        let before = self.find(from, to);
        self.overlay.more += isize::from(weight > 0) - isize::from(before.is_some());
        self.overlay.forward.set(from, (to, weight));
        self.overlay.reverse.set(to, (from, weight));
    }

    /// The rows of some people under new numbers.
    fn packed(&self, people: &[(UserId, u32)], numbers: &[u32]) -> Rows {
        let mut rows = Rows::default();
        let mut row: Vec<Edge> = Vec::new();
        for &(_, old) in people {
            row.clear();
            let renumbered =
                self.outgoing(old).filter_map(|(end, weight)| Some((*numbers.get(end as usize)?, weight)));
            row.extend(renumbered);
            row.sort_unstable();
            rows.push(row.iter().copied());
        }
        rows
    }
}

fn heaviest(packed: u16, changed: &[Edge]) -> u16 {
    changed.iter().map(|edge| edge.1).fold(packed, u16::max)
}

#[cfg(test)]
mod tests;
