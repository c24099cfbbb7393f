//! One direction of adjacency, packed.
//!
//! Ends below 2^16 take 2 bytes, all others 4, weights 2. People are numbered by how many they trust, so that most ends
//! are near: 4.4 bytes an edge where trust is spread as in social networks, 6 at most.

use rayon::prelude::*;

use super::group::group;
use crate::model::TrustWeight;

/// An edge on its way into rows: the end it is grouped by, the other end, its weight in ten-thousandths.
pub(super) type Keyed = (u32, u32, u16);

/// Pieces that a pass over all edges is cut into. Fixed, so that results do not depend on the number of threads.
const PIECES: usize = 32;
/// Numbers below this are near.
pub(in crate::trust) const NEAR: usize = 1 << 16;

/// For every person, a row of edges sorted by their other end.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// Where each row starts among the near ends and among the far ends; one more than there are people.
    pub(super) starts: Vec<(u32, u32)>,
    pub(super) near: Vec<u16>,
    pub(super) far: Vec<u32>,
    /// Of each row first the weights of its near ends, then those of its far ends.
    pub(super) weights: Vec<u16>,
}

/// The edges of one person that are left to walk, near ones first.
#[derive(Debug, Clone, Default)]
pub(in crate::trust) struct Packed<'a> {
    pub(in crate::trust) near: &'a [u16],
    pub(in crate::trust) far: &'a [u32],
    pub(in crate::trust) near_weights: &'a [u16],
    pub(in crate::trust) far_weights: &'a [u16],
}

impl Packed<'_> {
    pub(super) fn len(&self) -> usize {
        self.near.len() + self.far.len()
    }

    /// The weight of the edge to one end.
    pub(super) fn find(&self, end: u32) -> Option<u16> {
        let (place, weights) = match u16::try_from(end) {
            Ok(end) => (self.near.binary_search(&end), self.near_weights),
            Err(_) => (self.far.binary_search(&end), self.far_weights),
        };
        weights.get(place.ok()?).copied()
    }

    /// The end of the next edge.
    pub(super) fn first(&self) -> Option<u32> {
        self.near.first().map(|end| u32::from(*end)).or_else(|| self.far.first().copied())
    }
}

impl Iterator for Packed<'_> {
    type Item = (u32, u16);

    fn next(&mut self) -> Option<(u32, u16)> {
        if let Some((&end, rest)) = self.near.split_first() {
            let (&weight, weights) = self.near_weights.split_first()?;
            (self.near, self.near_weights) = (rest, weights);
            return Some((u32::from(end), weight));
        }
        let (&end, rest) = self.far.split_first()?;
        let (&weight, weights) = self.far_weights.split_first()?;
        (self.far, self.far_weights) = (rest, weights);
        Some((end, weight))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }

    fn fold<B, F: FnMut(B, (u32, u16)) -> B>(self, first: B, mut with: F) -> B {
        let near = self.near.iter().map(|end| u32::from(*end)).zip(self.near_weights.iter().copied());
        let far = self.far.iter().copied().zip(self.far_weights.iter().copied());
        let result = near.fold(first, &mut with);
        far.fold(result, with)
    }
}

impl Default for Rows {
    fn default() -> Self {
        Self { starts: vec![(0, 0)], near: Vec::new(), far: Vec::new(), weights: Vec::new() }
    }
}

impl Rows {
    /// Groups edges by their first end. Ends are places in `numbers`, which says under what number each person goes. Of a
    /// pair that comes twice the last one counts; edges to oneself and to places outside the list are left out.
    ///
    /// Two passes of bucket sorting over the edges, in parallel: O(people + edges), no comparison.
    pub(super) fn from_edges(numbers: &[u32], edges: &[(u32, u32, TrustWeight)]) -> Self {
        let pieces: Vec<_> = edges.chunks(edges.len().div_ceil(PIECES).max(1)).collect();
        let number = |place: u32| numbers.get(place as usize).copied();
        // First by the other end, then by the first: each row comes out sorted, equals in the order they came.
        let by_end = group(count(numbers.len()), &pieces, |piece| {
            let ends = piece.iter().filter(|edge| edge.0 != edge.1);
            ends.filter_map(|&(from, to, weight)| {
                Some((number(to)?, number(from)?, weight.ten_thousandths()))
            })
        });
        let mut rows = by_end.turned();
        rows.keep_last();
        rows
    }

    /// Adds the row of the next person: ends in order, each once.
    pub(super) fn push(&mut self, row: impl IntoIterator<Item = (u32, u16)>) {
        for (end, weight) in row {
            match u16::try_from(end) {
                Ok(near) => self.near.push(near),
                Err(_) => self.far.push(end),
            }
            self.weights.push(weight);
        }
        self.starts.push((count(self.near.len()), count(self.far.len())));
    }

    /// Rows one after another.
    pub(super) fn joined(pieces: Vec<Self>) -> Self {
        let mut all = Self::default();
        all.near.reserve_exact(pieces.iter().map(|piece| piece.near.len()).sum());
        all.far.reserve_exact(pieces.iter().map(|piece| piece.far.len()).sum());
        all.weights.reserve_exact(pieces.iter().map(|piece| piece.weights.len()).sum());
        for piece in pieces {
            let (near, far) = (count(all.near.len()), count(all.far.len()));
            all.starts.extend(piece.starts.iter().skip(1).map(|start| (near + start.0, far + start.1)));
            all.near.extend_from_slice(&piece.near);
            all.far.extend_from_slice(&piece.far);
            all.weights.extend_from_slice(&piece.weights);
        }
        all
    }

    /// The same edges, grouped by their other end.
    pub(super) fn turned(&self) -> Self {
        group(self.people(), &self.cuts(PIECES), |&(from, to)| {
            (from..to).flat_map(|person| self.row(person).map(move |(end, weight)| (end, person, weight)))
        })
    }

    /// The same edges, grouped by their other end, under other numbers: `order` lists the people in the order of their new
    /// numbers, `numbers` the new number of each.
    pub(super) fn turned_under(&self, order: &[u32], numbers: &[u32]) -> Self {
        let ends = order.iter().scan(0, |work, &old| {
            *work += 1 + self.row(old).len() as u64;
            Some(*work)
        });
        let ends: Vec<u64> = ends.collect();
        let renumbered = |person: u32| {
            let row = order.get(person as usize).into_iter().flat_map(|&old| self.row(old));
            row.filter_map(move |(end, weight)| Some((*numbers.get(end as usize)?, person, weight)))
        };
        group(self.people(), &cuts(&ends, PIECES), |&(from, to)| (from..to).flat_map(renumbered))
    }

    /// How many people have a row.
    pub(super) fn people(&self) -> u32 {
        count(self.starts.len().saturating_sub(1))
    }

    /// How many edges there are.
    pub(super) fn edges(&self) -> usize {
        self.weights.len()
    }

    /// Heap bytes.
    pub(super) fn bytes(&self) -> usize {
        8 * self.starts.capacity()
            + 4 * self.far.capacity()
            + 2 * (self.near.capacity() + self.weights.capacity())
    }

    /// The edges of a person.
    #[inline]
    pub(super) fn row(&self, person: u32) -> Packed<'_> {
        let at = person as usize;
        let (Some(&from), Some(&to)) = (self.starts.get(at), self.starts.get(at + 1)) else {
            return Packed::default();
        };
        let [start, middle, end] =
            [(from.0, from.1), (to.0, from.1), to].map(|(near, far)| near as usize + far as usize);
        Packed {
            near: self.near.get(from.0 as usize..to.0 as usize).unwrap_or_default(),
            far: self.far.get(from.1 as usize..to.1 as usize).unwrap_or_default(),
            near_weights: self.weights.get(start..middle).unwrap_or_default(),
            far_weights: self.weights.get(middle..end).unwrap_or_default(),
        }
    }

    /// How many edges each person has.
    pub(super) fn degrees(&self) -> Vec<u32> {
        let length = |pair: &[(u32, u32)]| match pair {
            [from, to] => to.0 - from.0 + to.1 - from.1,
            _ => 0,
        };
        self.starts.windows(2).map(length).collect()
    }

    /// The other ends of all edges, in any order.
    pub(super) fn ends(&self) -> impl Iterator<Item = u32> + '_ {
        self.near.iter().map(|end| u32::from(*end)).chain(self.far.iter().copied())
    }

    /// Ranges of people with about as much work each, at most `pieces`. The same rows always give the same ranges.
    pub(super) fn cuts(&self, pieces: usize) -> Vec<(u32, u32)> {
        let work = (1..).zip(self.starts.iter().skip(1));
        let ends: Vec<u64> = work.map(|(people, to)| people + u64::from(to.0) + u64::from(to.1)).collect();
        cuts(&ends, pieces)
    }

    fn keep_last(&mut self) {
        let twice = |person| {
            let row = self.row(person);
            row.near.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
                || row.far.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
        };
        if !(0..self.people()).into_par_iter().any(twice) {
            return;
        }
        *self = Self::joined(self.cuts(PIECES).into_par_iter().map(|range| self.last_of(range)).collect());
    }

    /// The rows of some people, without what a later edge of the same pair replaces.
    fn last_of(&self, (from, to): (u32, u32)) -> Self {
        let mut kept = Self::default();
        for person in from..to {
            let mut row = self.row(person).peekable();
            kept.push(std::iter::from_fn(|| {
                loop {
                    let (end, weight) = row.next()?;
                    if row.peek().is_none_or(|next| next.0 != end) {
                        return Some((end, weight));
                    }
                }
            }));
        }
        kept
    }
}

/// Ranges of people with about as much work each, at most `pieces`, where `ends` is the sum of the work up to and with each.
fn cuts(ends: &[u64], pieces: usize) -> Vec<(u32, u32)> {
    let total = ends.last().copied().unwrap_or(0);
    let mut cuts = Vec::with_capacity(pieces);
    let mut from = 0;
    for piece in 1..=pieces as u64 {
        let goal = total * piece / pieces as u64;
        let to = count(ends.partition_point(|end| *end <= goal));
        if to > from {
            cuts.push((from, to));
            from = to;
        }
    }
    cuts
}

/// A length as a number of people or edges, of which there are never more.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
