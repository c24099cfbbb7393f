//! Scores that can be ordered, and the best few of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Neighbour;
use crate::model::UserId;

/// The score of a slot as one number that orders as scores do; of equal scores the smaller slot is the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u64);

impl Rank {
    pub(super) fn new(score: f32, slot: u32) -> Self {
        Self(u64::from(ordered(score)) << 32 | u64::from(u32::MAX - slot))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
    pub(super) const fn slot(self) -> u32 {
        u32::MAX - (self.0 as u32)
    }

    pub(super) const fn score(self) -> f32 {
        number((self.0 >> 32) as u32)
    }
}

/// A neighbour that orders as answers do: by cosine, and of equal ones the smaller id is the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nearness(u32, Reverse<UserId>);

impl Nearness {
    pub(super) const fn cosine(self) -> f32 {
        number(self.0)
    }
}

impl From<Neighbour> for Nearness {
    fn from(neighbour: Neighbour) -> Self {
        Self(ordered(neighbour.cosine), Reverse(neighbour.user))
    }
}

impl From<Nearness> for Neighbour {
    fn from(Nearness(bits, Reverse(user)): Nearness) -> Self {
        Self { user, cosine: number(bits) }
    }
}

/// Bits that compare like the number does: negative numbers upside down and below the others.
const fn ordered(score: f32) -> u32 {
    let bits = score.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }
}

/// The number of such bits.
const fn number(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 { bits & 0x7fff_ffff } else { !bits })
}

/// The largest so many of all that were offered.
#[derive(Debug, Clone, Default)]
pub(super) struct Best<T: Ord> {
    most: usize,
    heap: BinaryHeap<Reverse<T>>,
}

impl<T: Ord + Copy> Best<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    /// The least that is kept, once there are as many as were wanted: what is not above it is not kept.
    pub(super) fn bar(&self) -> Option<T> {
        if self.heap.len() < self.most { None } else { self.heap.peek().map(|least| least.0) }
    }

    pub(super) fn offer(&mut self, value: T) -> bool {
        if self.heap.len() < self.most {
            self.heap.push(Reverse(value));
            return true;
        }
        match self.heap.peek_mut() {
            Some(mut least) if value > least.0 => {
                *least = Reverse(value);
                true
            }
            _ => false,
        }
    }

    /// All that are kept, the largest first.
    pub(super) fn ranked(&self) -> Vec<T> {
        let mut kept: Vec<T> = self.heap.iter().map(|value| value.0).collect();
        kept.sort_unstable_by(|a, b| b.cmp(a));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_order_like_scores_and_give_them_back() {
        let scores = [-1.0, -0.5, -1e-30, 0.0, 1e-30, 0.5, 1.0];
        for pair in scores.windows(2) {
            assert!(Rank::new(pair[0], 9) < Rank::new(pair[1], 9));
        }
        assert!(Rank::new(0.5, 3) > Rank::new(0.5, 4));
        for score in scores {
            assert_eq!((Rank::new(score, 7).score(), Rank::new(score, 7).slot()), (score, 7));
        }
    }

    #[test]
    fn the_best_are_kept() {
        let mut best = Best::new(2);
        assert_eq!([4, 1, 3, 2, 5].map(|n| best.offer(n)), [true, true, true, false, true]);
        assert_eq!((best.ranked(), best.bar()), (vec![5, 4], Some(4)));
        let mut none = Best::new(0);
        assert!(!none.offer(1) && none.ranked().is_empty());
    }
}
