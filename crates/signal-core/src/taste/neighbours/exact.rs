//! The nearest by looking at everybody.

use rayon::prelude::*;

use super::code::{Query, SLACK};
use super::rank::{Best, Nearness, Rank};
use super::vectors::{BLOCK, NOBODY, Vectors};
use super::{Filter, Neighbour, NeighbourError, Neighbours, TasteVector};
use crate::model::{ModelId, UserId};

/// Reads all vectors: the coarse bytes of each, and in full those that can be among the answers.
///
/// The bound that decides which those are always holds, so an answer is exact for the vectors as they are kept. A
/// question reads one byte a dimension and person: 100,000 × 384 take about 2 ms on one core.
#[derive(Debug, Clone)]
pub struct ExactScan {
    vectors: Vectors,
}

impl ExactScan {
    /// A scan of these vectors.
    pub const fn new(vectors: Vectors) -> Self {
        Self { vectors }
    }

    /// The vectors, for another kind of index.
    pub fn into_vectors(self) -> Vectors {
        self.vectors
    }

    /// The answer of [`Neighbours::nearest`], bit for bit, in parallel on rayon's threads.
    pub fn nearest_in_parallel(
        &self,
        vector: TasteVector<'_>,
        k: usize,
        filter: Filter<'_>,
    ) -> Result<Vec<Neighbour>, NeighbourError> {
        let query = self.vectors.query(vector)?;
        let k = k.min(self.vectors.len());
        if k == 0 {
            return Ok(Vec::new());
        }
        let parts: Vec<Shortlist> = (0..self.vectors.blocks())
            .into_par_iter()
            .fold(
                || Shortlist::new(k),
                |mut list, block| {
                    list.read(&self.vectors, block, &query, filter);
                    list
                },
            )
            .collect();
        let candidates = parts.into_iter().flat_map(|part| part.candidates).collect();
        Ok(settle(&self.vectors, &query, k, candidates))
    }
}

impl Neighbours for ExactScan {
    fn model(&self) -> &ModelId {
        self.vectors.model()
    }

    fn insert(&mut self, user: UserId, vector: TasteVector<'_>) -> Result<(), NeighbourError> {
        self.insert_many(&[(user, vector)])
    }

    fn insert_many(&mut self, people: &[(UserId, TasteVector<'_>)]) -> Result<(), NeighbourError> {
        self.vectors.room(people.len())?;
        for (user, code) in self.vectors.codes(people)? {
            self.vectors.take(user);
            self.vectors.put(user, &code);
        }
        Ok(())
    }

    fn remove(&mut self, user: UserId) -> bool {
        self.vectors.take(user).is_some()
    }

    fn nearest(
        &self,
        vector: TasteVector<'_>,
        k: usize,
        filter: Filter<'_>,
    ) -> Result<Vec<Neighbour>, NeighbourError> {
        Ok(scan(&self.vectors, &self.vectors.query(vector)?, k, filter))
    }

    fn len(&self) -> usize {
        self.vectors.len()
    }

    fn bytes(&self) -> usize {
        self.vectors.bytes()
    }
}

/// The nearest among all vectors.
pub(super) fn scan(vectors: &Vectors, query: &Query, k: usize, filter: Filter<'_>) -> Vec<Neighbour> {
    let k = k.min(vectors.len());
    if k == 0 {
        return Vec::new();
    }
    let mut list = Shortlist::new(k);
    for block in 0..vectors.blocks() {
        list.read(vectors, block, query, filter);
    }
    settle(vectors, query, k, list.candidates)
}

impl Query {
    /// How far a rough score may be from the cosine with a vector whose coarse bytes leave out `rough`.
    ///
    /// x is the question and x̂ its 16-bit form, y the vector and ŷ its coarse part:
    /// |x·y − x̂·ŷ| = |x·(y − ŷ) + (x − x̂)·ŷ| ≤ ‖y − ŷ‖ + ‖x − x̂‖ · ‖ŷ‖, and ‖ŷ‖ ≤ 1 + ‖y − ŷ‖.
    pub(super) fn bound(&self, rough: f32) -> f32 {
        rough + self.rough * (1.0 + rough) + SLACK
    }
}

/// Who can be among the nearest by what was read so far.
struct Shortlist {
    /// Slots whose cosine can reach the bar, ranked by the most that it can be.
    candidates: Vec<Rank>,
    /// The largest of what cosines are at least.
    least: Best<Rank>,
    products: Vec<i32>,
    scores: Vec<(f32, f32)>,
}

impl Shortlist {
    fn new(k: usize) -> Self {
        Self {
            candidates: Vec::new(),
            least: Best::new(k),
            products: Vec::with_capacity(BLOCK),
            scores: Vec::with_capacity(BLOCK),
        }
    }

    fn bar(&self) -> f32 {
        self.least.bar().map_or(NOBODY, Rank::score)
    }

    fn read(&mut self, vectors: &Vectors, block: usize, query: &Query, filter: Filter<'_>) {
        vectors.rough_scores_of(block, query, &mut self.products, &mut self.scores);
        let scores = std::mem::take(&mut self.scores);
        let mut bar = self.bar();
        let first = u32::try_from(block * BLOCK).unwrap_or(u32::MAX);
        for ((score, bound), slot) in scores.iter().zip(first..) {
            if *score + *bound < bar || *score <= NOBODY || !vectors.user(slot).is_some_and(filter) {
                continue;
            }
            self.candidates.push(Rank::new(score + bound, slot));
            if self.least.offer(Rank::new(score - bound, slot)) {
                bar = self.bar();
            }
        }
        self.scores = scores;
    }
}

/// Reads candidates in full, the most promising first, until no other can be among the nearest.
fn settle(vectors: &Vectors, query: &Query, k: usize, mut candidates: Vec<Rank>) -> Vec<Neighbour> {
    candidates.sort_unstable_by(|a, b| b.cmp(a));
    let mut best = Best::new(k);
    for candidate in candidates {
        let bar = best.bar().map_or(NOBODY, Nearness::cosine);
        if candidate.score() < bar {
            break;
        }
        if let Some(found) = vectors.cosine(query, candidate.slot()) {
            best.offer(Nearness::from(found));
        }
    }
    best.ranked().into_iter().map(Neighbour::from).collect()
}
