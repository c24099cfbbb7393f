//! The part of the graph that never changes: packed once, shared by everybody who reads.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use rayon::prelude::*;

use super::rows::Rows;
use crate::model::{TrustWeight, UserId};

/// Numbers by id. The hash has a fixed key: nothing here depends on the system's randomness.
type Numbers = HashMap<UserId, u32, BuildHasherDefault<DefaultHasher>>;

/// Edges in both directions between people who are numbered in the order of their ids.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot {
    people: Vec<UserId>,
    numbers: Numbers,
    forward: Rows,
    reverse: Rows,
    /// The heaviest edge that leaves each person, and that reaches them.
    heaviest: [Vec<u16>; 2],
}

impl Snapshot {
    /// A snapshot of people, sorted and each once, and of edges between their places in that list.
    pub(super) fn new(people: Vec<UserId>, edges: &[(u32, u32, TrustWeight)]) -> Self {
        let forward = Rows::from_edges(u32::try_from(people.len()).unwrap_or(u32::MAX), edges);
        Self::of_rows(people, forward)
    }

    /// A snapshot of people, sorted and each once, and of the rows of edges that leave them.
    pub(super) fn of_rows(people: Vec<UserId>, forward: Rows) -> Self {
        let reverse = forward.turned();
        let heaviest = [heaviest(&forward), heaviest(&reverse)];
        let mut numbers = Numbers::with_capacity_and_hasher(people.len(), BuildHasherDefault::default());
        numbers.extend(people.iter().copied().zip(0u32..));
        Self { people, numbers, forward, reverse, heaviest }
    }

    pub(super) fn people(&self) -> &[UserId] {
        &self.people
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
    let most = |person| rows.slices(person).1.iter().copied().max().unwrap_or(0);
    (0..rows.people()).into_par_iter().map(most).collect()
}
