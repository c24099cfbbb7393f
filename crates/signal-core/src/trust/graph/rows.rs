//! One direction of adjacency, packed: 6 bytes an edge.

use rayon::prelude::*;

use crate::model::TrustWeight;

/// An edge on its way into rows: the end it is grouped by, the other end, its weight in ten-thousandths.
type Keyed = (u32, u32, u16);

/// Pieces that a pass over all edges is cut into. Fixed, so that results do not depend on the number of threads.
const PIECES: usize = 32;

/// For every person, a row of edges sorted by their other end.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// Where each row starts; one more than there are people.
    starts: Vec<u32>,
    ends: Vec<u32>,
    weights: Vec<u16>,
}

impl Rows {
    /// Groups edges by their first end. Of a pair that comes twice the last one counts; edges to oneself and ends
    /// that are not below `people` are left out.
    ///
    /// Three passes of bucket sorting over the edges, in parallel: O(people + edges), no comparison.
    pub(super) fn from_edges(people: u32, edges: &[(u32, u32, TrustWeight)]) -> Self {
        let pieces: Vec<_> = edges.chunks(edges.len().div_ceil(PIECES).max(1)).collect();
        let sound = |&&(from, to, _): &&(u32, u32, TrustWeight)| from != to && from < people && to < people;
        // First by the other end, then by the first: each row comes out sorted, equals in the order they came.
        let by_end = group(people, &pieces, |piece| {
            piece.iter().filter(sound).map(|&(from, to, weight)| (to, from, weight.ten_thousandths()))
        });
        let mut rows = by_end.turned();
        rows.keep_last();
        rows
    }

    /// Rows made of sorted rows of known lengths.
    pub(super) fn from_parts(lengths: impl Iterator<Item = u32>, ends: Vec<u32>, weights: Vec<u16>) -> Self {
        let starts = std::iter::once(0).chain(lengths.scan(0u32, |at, length| {
            *at = at.saturating_add(length);
            Some(*at)
        }));
        Self { starts: starts.collect(), ends, weights }
    }

    /// The same edges, grouped by their other end.
    pub(super) fn turned(&self) -> Self {
        group(self.people(), &self.cuts(PIECES), |&(from, to)| {
            (from..to).flat_map(|person| self.row(person).map(move |(end, weight)| (end, person, weight)))
        })
    }

    /// How many people have a row.
    pub(super) fn people(&self) -> u32 {
        u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// How many edges there are.
    pub(super) fn edges(&self) -> usize {
        self.ends.len()
    }

    /// Heap bytes.
    pub(super) fn bytes(&self) -> usize {
        4 * (self.starts.capacity() + self.ends.capacity()) + 2 * self.weights.capacity()
    }

    /// The other ends and the weights of a person's edges.
    pub(super) fn slices(&self, person: u32) -> (&[u32], &[u16]) {
        let at = person as usize;
        let (Some(&from), Some(&to)) = (self.starts.get(at), self.starts.get(at + 1)) else {
            return (&[], &[]);
        };
        let range = from as usize..to as usize;
        (self.ends.get(range.clone()).unwrap_or_default(), self.weights.get(range).unwrap_or_default())
    }

    /// The edges of a person.
    pub(super) fn row(&self, person: u32) -> impl Iterator<Item = (u32, u16)> + '_ {
        let (ends, weights) = self.slices(person);
        ends.iter().copied().zip(weights.iter().copied())
    }

    /// The weight of one edge.
    pub(super) fn find(&self, person: u32, end: u32) -> Option<u16> {
        let (ends, weights) = self.slices(person);
        weights.get(ends.binary_search(&end).ok()?).copied()
    }

    /// Ranges of people with about as much work each, at most `pieces`. The same rows always give the same ranges.
    pub(super) fn cuts(&self, pieces: usize) -> Vec<(u32, u32)> {
        let people = self.people();
        let work = |person: u32| {
            u64::from(person) + self.starts.get(person as usize).map_or(0, |start| u64::from(*start))
        };
        let total = work(people);
        let mut cuts = Vec::with_capacity(pieces);
        let mut from = 0;
        for piece in 1..=pieces as u64 {
            let goal = total * piece / pieces as u64;
            let (mut low, mut high) = (from, people);
            while low < high {
                let middle = low + (high - low) / 2;
                if work(middle) < goal { low = middle + 1 } else { high = middle }
            }
            if low > from {
                cuts.push((from, low));
                from = low;
            }
        }
        cuts
    }

    fn keep_last(&mut self) {
        let twice = |person| self.slices(person).0.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
        if !(0..self.people()).into_par_iter().any(twice) {
            return;
        }
        let pieces: Vec<_> = self.cuts(PIECES).into_par_iter().map(|range| self.last_of(range)).collect();
        let lengths: Vec<u32> = pieces.iter().flat_map(|piece| piece.0.iter().copied()).collect();
        *self = Self::joined(lengths, pieces.into_iter().map(|(_, ends, weights)| (ends, weights)).collect());
    }

    /// The rows of some people, without what a later edge of the same pair replaces.
    fn last_of(&self, (from, to): (u32, u32)) -> (Vec<u32>, Vec<u32>, Vec<u16>) {
        let (mut lengths, mut ends, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for person in from..to {
            let before = ends.len();
            let mut row = self.row(person).peekable();
            while let Some((end, weight)) = row.next() {
                if row.peek().is_none_or(|next| next.0 != end) {
                    ends.push(end);
                    weights.push(weight);
                }
            }
            lengths.push(u32::try_from(ends.len() - before).unwrap_or(u32::MAX));
        }
        (lengths, ends, weights)
    }

    /// Rows made of the pieces of a parallel pass, in order.
    pub(super) fn joined(lengths: Vec<u32>, pieces: Vec<(Vec<u32>, Vec<u16>)>) -> Self {
        let edges = pieces.iter().map(|piece| piece.0.len()).sum();
        let (mut ends, mut weights) = (Vec::with_capacity(edges), Vec::with_capacity(edges));
        for piece in pieces {
            ends.extend_from_slice(&piece.0);
            weights.extend_from_slice(&piece.1);
        }
        Self::from_parts(lengths.into_iter(), ends, weights)
    }
}

/// Sorts edges by key into rows, keeping the order in which equal keys came. Each piece of the input is dealt into
/// buckets of neighbouring keys; each bucket then fills its own part of the output, which fits a cache.
fn group<P, I>(people: u32, pieces: &[P], edges: impl Fn(&P) -> I + Sync) -> Rows
where
    P: Sync,
    I: Iterator<Item = Keyed>,
{
    let bits = (u32::BITS - people.leading_zeros()).saturating_sub(8).min(16);
    let buckets = (people >> bits) as usize + 1;
    let dealt: Vec<Vec<Vec<u64>>> =
        pieces.par_iter().map(|piece| deal(|| edges(piece), bits, buckets)).collect();
    let sizes: Vec<usize> = (0..buckets)
        .map(|bucket| dealt.iter().filter_map(|piece| piece.get(bucket)).map(Vec::len).sum())
        .collect();
    let total: usize = sizes.iter().sum();
    let mut rows =
        Rows { starts: vec![0; people as usize + 1], ends: vec![0; total], weights: vec![0; total] };
    let mut starts = rows.starts.get_mut(1..).unwrap_or_default();
    let (mut ends, mut weights) = (rows.ends.as_mut_slice(), rows.weights.as_mut_slice());
    let mut jobs = Vec::with_capacity(buckets);
    let mut base = 0;
    for (bucket, &size) in sizes.iter().enumerate() {
        let width = starts.len().min(1 << bits);
        let place;
        (place, starts, ends, weights) = Place::first(base, (starts, width), (ends, weights, size));
        base += u32::try_from(size).unwrap_or(u32::MAX);
        jobs.push((bucket, place));
    }
    jobs.into_par_iter().for_each(|(bucket, mut place)| {
        let items = || dealt.iter().filter_map(|piece| piece.get(bucket)).flatten();
        place.fill(items);
    });
    rows
}

/// Packs edges as (key within its bucket, other end, weight) and puts each into the bucket of its key.
fn deal<I: Iterator<Item = Keyed>>(edges: impl Fn() -> I, bits: u32, buckets: usize) -> Vec<Vec<u64>> {
    let mut sizes = vec![0usize; buckets];
    for (key, ..) in edges() {
        if let Some(size) = sizes.get_mut((key >> bits) as usize) {
            *size += 1;
        }
    }
    let mut dealt: Vec<Vec<u64>> = sizes.into_iter().map(Vec::with_capacity).collect();
    let mask = (1u32 << bits) - 1;
    for (key, end, weight) in edges() {
        if let Some(bucket) = dealt.get_mut((key >> bits) as usize) {
            bucket.push(u64::from(key & mask) << 48 | u64::from(end) << 16 | u64::from(weight));
        }
    }
    dealt
}

/// The part of the output that belongs to one bucket.
struct Place<'a> {
    base: u32,
    starts: &'a mut [u32],
    ends: &'a mut [u32],
    weights: &'a mut [u16],
}

impl<'a> Place<'a> {
    /// Cuts the first bucket's part off the output; gives the rest of the three lists too.
    fn first(
        base: u32,
        (starts, people): (&'a mut [u32], usize),
        (ends, weights, edges): (&'a mut [u32], &'a mut [u16], usize),
    ) -> (Self, &'a mut [u32], &'a mut [u32], &'a mut [u16]) {
        let (starts, later_starts) = starts.split_at_mut(people);
        let (ends, later_ends) = ends.split_at_mut(edges);
        let (weights, later_weights) = weights.split_at_mut(edges);
        (Place { base, starts, ends, weights }, later_starts, later_ends, later_weights)
    }

    #[expect(clippy::cast_possible_truncation, reason = "unpacks what was packed from 16, 32 and 16 bits")]
    fn fill<'i, I: Iterator<Item = &'i u64>>(&mut self, items: impl Fn() -> I) {
        let mut next = vec![0u32; self.starts.len() + 1];
        for item in items() {
            if let Some(count) = next.get_mut((item >> 48) as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut next {
            sum += *count;
            *count = sum;
        }
        for (start, sum) in self.starts.iter_mut().zip(next.iter().skip(1)) {
            *start = self.base + sum;
        }
        for &item in items() {
            let Some(at) = next.get_mut((item >> 48) as usize) else { continue };
            let place = *at as usize;
            *at += 1;
            if let (Some(end), Some(weight)) = (self.ends.get_mut(place), self.weights.get_mut(place)) {
                *end = (item >> 16) as u32;
                *weight = item as u16;
            }
        }
    }
}
