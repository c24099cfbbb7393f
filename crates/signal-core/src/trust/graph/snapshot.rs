//! The part of the graph that never changes: packed once, shared by everybody who reads.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use rayon::prelude::*;

use super::rows::Rows;
use crate::model::{TrustWeight, UserId};

/// Numbers by id. The hash has a fixed key: nothing here depends on the system's randomness.
type Numbers = HashMap<UserId, u32, BuildHasherDefault<DefaultHasher>>;

/// Edges in both directions between people who are numbered by how many they trust, most first; then by how many trust
/// them, then by id.
///
/// Whoever trusts many is looked up for many: what belongs to a few low numbers stays in the cache while all edges are
/// walked (frequency-based clustering in Zhang et al., "Making caches work for graph analytics", IEEE Big Data 2017). The
/// second key brings rows of one length together, whose loops end alike.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot {
    people: Vec<UserId>,
    /// Numbers in the order of ids.
    by_id: Vec<u32>,
    numbers: Numbers,
    forward: Rows,
    reverse: Rows,
    /// The heaviest edge that leaves each person, and that reaches them.
    heaviest: [Vec<u16>; 2],
    /// Σ of the weights that each person gives.
    totals: Vec<u64>,
}

impl Snapshot {
    /// A snapshot of people, sorted and each once, and of edges between their places in that list.
    pub(super) fn new(sorted: Vec<UserId>, edges: &[(u32, u32, TrustWeight)]) -> Self {
        let places = u32::try_from(sorted.len()).unwrap_or(u32::MAX);
        let sound = |&(from, to, _): &(u32, u32, TrustWeight)| from != to && from < places && to < places;
        let ends = || edges.iter().copied().filter(sound);
        let (trusting, trusted) = rayon::join(
            || counts(places, ends().map(|edge| edge.0)),
            || counts(places, ends().map(|edge| edge.1)),
        );
        let given: usize = trusting.iter().map(|count| *count as usize).sum();
        let order = by_popularity(&trusting, &trusted);
        let by_id = inverse(&order);
        let forward = Rows::from_edges(&by_id, edges);
        if forward.edges() == given {
            let reverse = forward.turned();
            return Self::of_numbered(sorted, order, by_id, [forward, reverse]);
        }
        // Pairs that came twice were counted twice: the numbers are only near the right ones.
        Self::of_rows(sorted, order, forward)
    }

    /// A snapshot of people, sorted and each once, and of the rows of edges that leave them, in any order: `places` tells
    /// of each row whose it is.
    pub(super) fn of_rows(sorted: Vec<UserId>, places: Vec<u32>, rows: Rows) -> Self {
        let old = inverse(&places);
        let trusted = counts(rows.people(), rows.ends());
        let order = by_popularity(&follow(&old, &rows.degrees()), &follow(&old, &trusted));
        let by_id = inverse(&order);
        let reverse = rows.turned_under(&follow(&order, &old), &follow(&places, &by_id));
        drop(rows);
        let forward = reverse.turned();
        Self::of_numbered(sorted, order, by_id, [forward, reverse])
    }

    /// A snapshot of people, sorted and each once; of their places in the order of their numbers; of their numbers; and of
    /// the edges that leave them and that reach them, by number.
    fn of_numbered(
        sorted: Vec<UserId>,
        order: Vec<u32>,
        by_id: Vec<u32>,
        [forward, reverse]: [Rows; 2],
    ) -> Self {
        let people = order.iter().filter_map(|place| sorted.get(*place as usize).copied()).collect();
        let mut numbers = Numbers::with_capacity_and_hasher(sorted.len(), BuildHasherDefault::default());
        numbers.extend(sorted.into_iter().zip(by_id.iter().copied()));
        let heaviest = [heaviest(&forward), heaviest(&reverse)];
        Self { totals: totals(&forward), people, by_id, numbers, forward, reverse, heaviest }
    }

    pub(super) fn people(&self) -> &[UserId] {
        &self.people
    }

    /// Numbers in the order of ids.
    pub(super) fn by_id(&self) -> &[u32] {
        &self.by_id
    }

    /// Σ of the weights that each person gives, in ten-thousandths, by number.
    pub(super) fn totals(&self) -> &[u64] {
        &self.totals
    }

    pub(super) fn index(&self, user: UserId) -> Option<u32> {
        self.numbers.get(&user).copied()
    }

    pub(super) fn size(&self) -> u32 {
        self.forward.people()
    }

    pub(super) fn edges(&self) -> usize {
        self.forward.edges()
    }

    pub(super) fn heaviest(&self, way: Way, person: u32) -> u16 {
        let [out, back] = &self.heaviest;
        let list = if way == Way::Out { out } else { back };
        list.get(person as usize).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn rows(&self, way: Way) -> &Rows {
        if way == Way::Out { &self.forward } else { &self.reverse }
    }

    /// Heap bytes. A hash table keeps an eighth of its places free, and a byte beside each.
    pub(super) fn bytes(&self) -> usize {
        let places = (self.numbers.capacity() * 8 / 7).next_power_of_two();
        let [out, back] = &self.heaviest;
        self.forward.bytes()
            + self.reverse.bytes()
            + 16 * self.people.capacity()
            + 4 * self.by_id.capacity()
            + 8 * self.totals.capacity()
            + (size_of::<(UserId, u32)>() + 1) * places
            + 2 * (out.capacity() + back.capacity())
    }
}

/// A direction along edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// To those whom a person trusts.
    Out,
    /// To those who trust a person.
    Back,
}

fn heaviest(rows: &Rows) -> Vec<u16> {
    let most = |person| rows.row(person).map(|edge| edge.1).max().unwrap_or(0);
    (0..rows.people()).into_par_iter().map(most).collect()
}

fn totals(rows: &Rows) -> Vec<u64> {
    let total = |person| rows.row(person).map(|edge| u64::from(edge.1)).sum();
    (0..rows.people()).into_par_iter().map(total).collect()
}

/// How often each place comes.
fn counts(places: u32, ends: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut counts = vec![0; places as usize];
    for end in ends {
        if let Some(count) = counts.get_mut(end as usize) {
            *count += 1;
        }
    }
    counts
}

/// Places in the order of numbers, from how many each trusts and by how many each is trusted.
fn by_popularity(trusting: &[u32], trusted: &[u32]) -> Vec<u32> {
    let rows = trusting.iter().zip(trusted).zip(0u32..);
    let mut order: Vec<_> = rows.map(|((out, back), place)| (Reverse(*out), Reverse(*back), place)).collect();
    order.par_sort_unstable();
    order.into_iter().map(|row| row.2).collect()
}

/// What a second list says at each number of the first.
fn follow(list: &[u32], then: &[u32]) -> Vec<u32> {
    list.iter().filter_map(|at| then.get(*at as usize).copied()).collect()
}

/// At each place, where it stands in the order.
fn inverse(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (&place, number) in order.iter().zip(0u32..) {
        if let Some(slot) = places.get_mut(place as usize) {
            *slot = number;
        }
    }
    places
}
