//! Trust edges in memory, forward and backward.

use std::collections::BTreeMap;

use crate::model::{TrustWeight, UserId};

/// One end of an edge and its weight in ten-thousandths.
type Edge = (u32, u16);

/// A directed graph of trust: people are numbered, edges are kept twice so that both directions can be walked.
///
/// An edge costs 16 bytes; people stay known until [removed](Self::remove_user), even without edges. Numbers depend
/// on the order in which people came; no result of this crate does.
///
/// ```
/// use signal_core::model::{Timestamp, TrustWeight, UserId};
/// use signal_core::trust::TrustGraph;
///
/// let [ann, ben] = [1, 2].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let mut graph = TrustGraph::default();
/// graph.set(ann, ben, Some(TrustWeight::FULL));
/// assert_eq!(graph.weight(ann, ben), Some(TrustWeight::FULL));
/// assert_eq!(graph.weight(ben, ann), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrustGraph {
    /// Person by number; `None` where a removed person's number waits for the next one.
    people: Vec<Option<UserId>>,
    numbers: BTreeMap<UserId, u32>,
    vacant: Vec<u32>,
    forward: Vec<Vec<Edge>>,
    reverse: Vec<Vec<Edge>>,
    edges: usize,
}

impl TrustGraph {
    /// Builds a graph from edges; where a pair comes twice the last one counts. Edges to oneself are ignored.
    ///
    /// Takes O(E log E) for E edges, much less than setting them one by one.
    pub fn from_edges(edges: impl IntoIterator<Item = (UserId, UserId, TrustWeight)>) -> Self {
        let mut graph = Self::default();
        for (from, to, weight) in edges {
            if from == to {
                continue;
            }
            let (Some(from), Some(to)) = (graph.admit(from), graph.admit(to)) else {
                continue;
            };
            if let Some(list) = graph.forward.get_mut(from as usize) {
                list.push((to, weight.ten_thousandths()));
            }
        }
        for list in &mut graph.forward {
            keep_last(list);
            graph.edges += list.len();
        }
        for (from, list) in (0u32..).zip(&graph.forward) {
            for &(to, weight) in list {
                if let Some(back) = graph.reverse.get_mut(to as usize) {
                    back.push((from, weight));
                }
            }
        }
        graph
    }

    /// Sets the weight of an edge, or removes it with `None`. An edge to oneself is ignored.
    ///
    /// Takes O(degree): the lists stay sorted.
    pub fn set(&mut self, from: UserId, to: UserId, weight: Option<TrustWeight>) {
        if from == to {
            return;
        }
        if let Some(weight) = weight {
            let (Some(from), Some(to)) = (self.admit(from), self.admit(to)) else {
                return;
            };
            let weight = weight.ten_thousandths();
            let fresh = insert(self.forward.get_mut(from as usize), (to, weight));
            insert(self.reverse.get_mut(to as usize), (from, weight));
            self.edges += usize::from(fresh);
        } else if let (Some(from), Some(to)) = (self.index(from), self.index(to)) {
            let gone = remove(self.forward.get_mut(from as usize), to);
            remove(self.reverse.get_mut(to as usize), from);
            self.edges -= usize::from(gone);
        }
    }

    /// Forgets a person with all edges in both directions.
    pub fn remove_user(&mut self, user: UserId) {
        let Some(index) = self.numbers.remove(&user) else {
            return;
        };
        let outgoing = self.forward.get_mut(index as usize).map(std::mem::take).unwrap_or_default();
        let incoming = self.reverse.get_mut(index as usize).map(std::mem::take).unwrap_or_default();
        for &(to, _) in &outgoing {
            remove(self.reverse.get_mut(to as usize), index);
        }
        for &(from, _) in &incoming {
            remove(self.forward.get_mut(from as usize), index);
        }
        self.edges -= outgoing.len() + incoming.len();
        if let Some(person) = self.people.get_mut(index as usize) {
            *person = None;
        }
        self.vacant.push(index);
    }

    /// How many people are known.
    pub fn users(&self) -> usize {
        self.numbers.len()
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.edges
    }

    /// The number of a person, if known.
    pub fn index(&self, user: UserId) -> Option<u32> {
        self.numbers.get(&user).copied()
    }

    /// The person with this number.
    pub fn user(&self, index: u32) -> Option<UserId> {
        self.people.get(index as usize).copied().flatten()
    }

    /// Everyone known, by id.
    pub fn people(&self) -> impl Iterator<Item = (UserId, u32)> {
        self.numbers.iter().map(|(&user, &index)| (user, index))
    }

    /// Whom the person with this number trusts, with weights in ten-thousandths, by number.
    pub fn outgoing(&self, index: u32) -> &[(u32, u16)] {
        self.forward.get(index as usize).map_or(&[], Vec::as_slice)
    }

    /// Who trusts the person with this number, with weights in ten-thousandths, by number.
    pub fn incoming(&self, index: u32) -> &[(u32, u16)] {
        self.reverse.get(index as usize).map_or(&[], Vec::as_slice)
    }

    /// How much `from` trusts `to`; `None` where there is no edge.
    pub fn weight(&self, from: UserId, to: UserId) -> Option<TrustWeight> {
        let list = self.outgoing(self.index(from)?);
        let weight = find(list, self.index(to)?)?;
        TrustWeight::from_ten_thousandths(weight).ok()
    }

    /// The number of a person, who becomes known. `None` only when four thousand million people are known already.
    fn admit(&mut self, user: UserId) -> Option<u32> {
        if let Some(&index) = self.numbers.get(&user) {
            return Some(index);
        }
        let index = match self.vacant.pop() {
            Some(index) => index,
            None => u32::try_from(self.people.len()).ok()?,
        };
        if let Some(place) = self.people.get_mut(index as usize) {
            *place = Some(user);
        } else {
            self.people.push(Some(user));
            self.forward.push(Vec::new());
            self.reverse.push(Vec::new());
        }
        self.numbers.insert(user, index);
        Some(index)
    }
}

/// The weight of the edge to `end` in a sorted list.
pub(super) fn find(list: &[Edge], end: u32) -> Option<u16> {
    let place = list.binary_search_by_key(&end, |edge| edge.0).ok()?;
    list.get(place).map(|edge| edge.1)
}

/// Puts an edge into a sorted list; true when it was not there before.
fn insert(list: Option<&mut Vec<Edge>>, edge: Edge) -> bool {
    let Some(list) = list else { return false };
    match list.binary_search_by_key(&edge.0, |other| other.0) {
        Ok(place) => {
            if let Some(old) = list.get_mut(place) {
                *old = edge;
            }
            false
        }
        Err(place) => {
            list.insert(place, edge);
            true
        }
    }
}

/// Takes an edge out of a sorted list; true when it was there.
fn remove(list: Option<&mut Vec<Edge>>, end: u32) -> bool {
    let Some(list) = list else { return false };
    match list.binary_search_by_key(&end, |edge| edge.0) {
        Ok(place) => {
            list.remove(place);
            true
        }
        Err(_) => false,
    }
}

/// Sorts a list by its other end and keeps the last of equals.
fn keep_last(list: &mut Vec<Edge>) {
    list.reverse();
    list.sort_by_key(|edge| edge.0);
    list.dedup_by_key(|edge| edge.0);
    list.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Timestamp;

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_seconds(1), [n; 10])
    }

    fn weight(w: u16) -> TrustWeight {
        TrustWeight::from_ten_thousandths(w).unwrap()
    }

    fn listed(graph: &TrustGraph) -> BTreeMap<(UserId, UserId), u16> {
        let mut edges = BTreeMap::new();
        for (from, index) in graph.people() {
            for &(to, weight) in graph.outgoing(index) {
                edges.insert((from, graph.user(to).unwrap()), weight);
            }
        }
        edges
    }

    fn listed_backward(graph: &TrustGraph) -> BTreeMap<(UserId, UserId), u16> {
        let mut edges = BTreeMap::new();
        for (to, index) in graph.people() {
            for &(from, weight) in graph.incoming(index) {
                edges.insert((graph.user(from).unwrap(), to), weight);
            }
        }
        edges
    }

    #[test]
    fn a_removed_person_leaves_no_edge_and_no_number() {
        let mut graph = TrustGraph::from_edges([
            (user(1), user(2), weight(5_000)),
            (user(2), user(3), weight(5_000)),
            (user(3), user(1), weight(5_000)),
        ]);
        graph.remove_user(user(2));
        assert_eq!((graph.users(), graph.edges(), graph.index(user(2))), (2, 1, None));
        graph.set(user(4), user(1), Some(TrustWeight::FULL));
        assert_eq!(graph.weight(user(4), user(1)), Some(TrustWeight::FULL));
        assert_eq!(graph.weight(user(2), user(3)), None);
    }

    proptest! {
        /// A map of pairs is the model: bulk, one by one, removal and both directions all agree with it.
        #[test]
        fn the_graph_is_the_map_of_its_edges(
            bulk in prop::collection::vec((0u8..8, 0u8..8, 1u16..=10_000), 0..40),
            steps in prop::collection::vec((0u8..8, 0u8..8, prop::option::of(1u16..=10_000), 0u8..10), 0..40),
        ) {
            let edges = bulk.iter().map(|&(from, to, w)| (user(from), user(to), weight(w)));
            let mut graph = TrustGraph::from_edges(edges.clone());
            let mut model: BTreeMap<_, _> =
                edges.filter(|e| e.0 != e.1).map(|(f, t, w)| ((f, t), w.ten_thousandths())).collect();
            for (from, to, change, kind) in steps {
                let (from, to) = (user(from), user(to));
                if kind == 0 {
                    graph.remove_user(from);
                    model.retain(|(a, b), _| *a != from && *b != from);
                    continue;
                }
                graph.set(from, to, change.map(weight));
                match change {
                    Some(w) if from != to => { model.insert((from, to), w); }
                    _ => { model.remove(&(from, to)); }
                }
            }
            prop_assert_eq!(graph.edges(), model.len());
            prop_assert_eq!(&listed_backward(&graph), &model);
            prop_assert_eq!(listed(&graph), model);
        }
    }
}
