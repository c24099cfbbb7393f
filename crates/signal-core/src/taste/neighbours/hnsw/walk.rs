//! Searching one layer, and walking down to it.

use std::collections::BinaryHeap;

use super::Hnsw;
use crate::taste::neighbours::code::Query;
use crate::taste::neighbours::rank::{Best, Rank};
use crate::taste::neighbours::vectors::NOBODY;

/// What a walk needs besides the graph; used again for the next.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// A bit for each slot that was looked at.
    seen: Vec<u64>,
    touched: Vec<u32>,
    frontier: BinaryHeap<Rank>,
    fresh: Vec<u32>,
    products: Vec<i32>,
    scores: Vec<f32>,
}

impl Walk {
    fn restart(&mut self, slots: usize) {
        for slot in self.touched.drain(..) {
            if let Some(word) = self.seen.get_mut(slot as usize / 64) {
                *word = 0;
            }
        }
        self.seen.resize(slots.div_ceil(64), 0);
        self.frontier.clear();
    }

    /// Whether a slot is looked at for the first time.
    fn look(&mut self, slot: u32) -> bool {
        let bit = 1u64 << (slot % 64);
        let Some(word) = self.seen.get_mut(slot as usize / 64) else { return false };
        let first = *word & bit == 0;
        *word |= bit;
        if first {
            self.touched.push(slot);
        }
        first
    }
}

impl Hnsw {
    /// The best of a layer that a walk from the top finds, the nearest first; at most `beam`.
    pub(super) fn search(&self, query: &Query, layer: usize, beam: usize, walk: &mut Walk) -> Vec<Rank> {
        let Some(entry) = self.entry else { return Vec::new() };
        let mut from = self.scored(query, &[entry], walk);
        for above in (layer + 1..=self.links.layer(entry)).rev() {
            from = self.search_layer(query, above, &from, 1, walk);
        }
        self.search_layer(query, layer, &from, beam, walk)
    }

    /// The best of one layer that links lead to from these (algorithm 2 of the paper): the nearest whose links were not
    /// followed is next, until it is farther than all of a full beam.
    pub(super) fn search_layer(
        &self,
        query: &Query,
        layer: usize,
        from: &[Rank],
        beam: usize,
        walk: &mut Walk,
    ) -> Vec<Rank> {
        walk.restart(self.vectors.end());
        let mut best = Best::new(beam);
        for rank in from {
            walk.look(rank.slot());
            walk.frontier.push(*rank);
            best.offer(*rank);
        }
        while let Some(next) = walk.frontier.pop() {
            if best.bar().is_some_and(|bar| next < bar) {
                break;
            }
            let mut fresh = std::mem::take(&mut walk.fresh);
            fresh.clear();
            let links = self.links.of(layer, next.slot()).iter();
            // A link may lead to a slot that changed hands, to somebody of lower layers.
            fresh.extend(
                links.filter(|to| (layer == 0 || self.links.layer(**to) >= layer) && walk.look(**to)),
            );
            self.vectors.rough_scores(query, &fresh, &mut walk.products, &mut walk.scores);
            for (slot, score) in fresh.iter().zip(&walk.scores) {
                let rank = Rank::new(*score, *slot);
                if *score > NOBODY && best.offer(rank) {
                    walk.frontier.push(rank);
                }
            }
            walk.fresh = fresh;
        }
        best.ranked()
    }

    /// These slots with their scores, the nearest first; those where nobody is are left out.
    pub(super) fn scored(&self, query: &Query, slots: &[u32], walk: &mut Walk) -> Vec<Rank> {
        self.vectors.rough_scores(query, slots, &mut walk.products, &mut walk.scores);
        let ranks = slots.iter().zip(&walk.scores).filter(|(_, score)| **score > NOBODY);
        let mut ranks: Vec<Rank> = ranks.map(|(slot, score)| Rank::new(*score, *slot)).collect();
        ranks.sort_unstable_by(|a, b| b.cmp(a));
        ranks
    }

    /// Whom to link to (algorithm 4): the nearest first, and nobody who is nearer to one already chosen than to the
    /// question, so that links lead in different directions.
    pub(super) fn choose(
        &self,
        ranked: &[Rank],
        most: usize,
        walk: &mut Walk,
        asked: &mut Query,
    ) -> Vec<u32> {
        let mut chosen: Vec<u32> = Vec::with_capacity(most);
        for rank in ranked {
            if chosen.len() == most {
                break;
            }
            self.vectors.ask_slot(rank.slot(), asked);
            // A few at a time: most are passed over for one of the first.
            let apart = chosen.chunks(8).all(|some| {
                self.vectors.rough_scores(asked, some, &mut walk.products, &mut walk.scores);
                walk.scores.iter().all(|score| *score <= rank.score())
            });
            if apart {
                chosen.push(rank.slot());
            }
        }
        chosen
    }
}
