//! A person's edges, packed and changed ones together.

use super::Edge;
use super::rows::Packed;

/// The edges of one person in one direction: the number at the other end and the weight in ten-thousandths.
///
/// In the order of numbers. Packed edges and changes are merged on the way.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    packed: Packed<'a>,
    changed: &'a [Edge],
}

impl<'a> Row<'a> {
    pub(super) fn new(packed: Packed<'a>, changed: &'a [Edge]) -> Self {
        Self { packed, changed }
    }

    /// No less than the number of edges, known without walking them.
    pub fn at_most(&self) -> usize {
        self.packed.len() + self.changed.len()
    }

    /// How many edges there are. Walks the row only where it changed.
    pub fn degree(&self) -> usize {
        if self.changed.is_empty() { self.packed.len() } else { self.clone().count() }
    }

    /// The weight of the edge to one end.
    pub(in crate::trust) fn find(&self, end: u32) -> Option<u16> {
        if let Ok(place) = self.changed.binary_search_by_key(&end, |edge| edge.0) {
            return self.changed.get(place).map(|edge| edge.1).filter(|weight| *weight > 0);
        }
        self.packed.find(end)
    }

    /// The next edge where some changed: a change takes the place of the packed edge to the same end.
    fn next_merged(&mut self) -> Option<Edge> {
        loop {
            let Some((&(end, weight), rest)) = self.changed.split_first() else {
                return self.packed.next();
            };
            match self.packed.first() {
                Some(packed) if packed < end => return self.packed.next(),
                Some(packed) if packed == end => {
                    self.packed.next();
                }
                _ => {}
            }
            self.changed = rest;
            if weight > 0 {
                return Some((end, weight));
            }
        }
    }
}

impl Iterator for Row<'_> {
    type Item = (u32, u16);

    fn next(&mut self) -> Option<Edge> {
        if self.changed.is_empty() { self.packed.next() } else { self.next_merged() }
    }

    /// Walks unchanged rows without looking for changes at every step.
    fn fold<B, F: FnMut(B, Edge) -> B>(mut self, first: B, mut with: F) -> B {
        let mut result = first;
        while !self.changed.is_empty() {
            let Some(edge) = self.next_merged() else { return result };
            result = with(result, edge);
        }
        self.packed.fold(result, with)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.packed.len().saturating_sub(self.changed.len()), Some(self.at_most()))
    }
}
