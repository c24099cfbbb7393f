//! A hierarchical navigable small world (Malkov and Yashunin, TPAMI 2020): layers of ever fewer people, each linked to
//! near ones in different directions; a search walks from the top layer down, always towards the question.
//!
//! Walks look at coarse bytes alone; the people they find are then compared in full. Many people are linked at once in
//! groups whose size depends on how many there are and never on threads, as `ParlayANN` does it (Manohar and others,
//! 2024): searches of a group run in parallel on the graph as it was, and links are set in order.

mod build;
mod links;
mod remove;
mod walk;

use super::code::Query;
use super::exact::scan;
use super::rank::{Best, Nearness};
use super::vectors::Vectors;
use super::{Filter, Neighbour, NeighbourError, Neighbours, TasteVector};
use crate::model::{ModelId, UserId};
use crate::policy::NeighbourPolicy;
use crate::taste::stable_hash::stable_hash;
use links::Links;
use walk::Walk;

/// Layers at most: with 16 links, one person in 16¹⁵ would be in more.
const MOST_LAYERS: usize = 15;
/// The seed of the layers that people are in.
const LAYER_SEED: u64 = 0x6e65_6172;
/// People up to this many times the beam are scanned instead of walked: it is faster, and exact.
const SCAN_BEAMS: usize = 8;

/// A graph of people, each linked to some whose taste is near.
///
/// It finds nearly all of the nearest, reads few vectors, and forgets people at once. What a filter leaves of the beam is
/// the answer; where that is too few, all vectors are scanned.
///
/// A question takes O(log people) steps; so does inserting and removing one person, with a greater constant. 100,000 ×
/// 384 answer in about a tenth of the time of a scan.
#[derive(Debug, Clone)]
pub struct Hnsw {
    vectors: Vectors,
    links: Links,
    /// Where walks begin: somebody of the top layer.
    entry: Option<u32>,
    build_beam: usize,
    beam: usize,
}

impl Hnsw {
    /// Links all people of these vectors, in parallel on rayon's threads.
    pub fn new(vectors: Vectors, policy: &NeighbourPolicy) -> Self {
        let mut index = Self {
            links: Links::new(policy.links),
            vectors,
            entry: None,
            build_beam: policy.build_beam,
            beam: policy.beam,
        };
        let people: Vec<_> = index.vectors.people().collect();
        index.link(&people);
        index
    }

    /// The same graph with another view: how many people a question keeps in view. It is what recall and time depend on.
    #[must_use]
    pub const fn with_beam(mut self, beam: usize) -> Self {
        self.beam = beam;
        self
    }

    /// The nearest whom a walk finds and the filter passes.
    fn walked(&self, query: &Query, k: usize, filter: Filter<'_>) -> Vec<Neighbour> {
        let mut walk = Walk::default();
        let found = self.search(query, 0, self.beam.max(k.saturating_mul(2)), &mut walk);
        let mut best = Best::new(k);
        for rank in found {
            let passes = self.vectors.user(rank.slot()).is_some_and(filter);
            if let Some(near) = self.vectors.cosine(query, rank.slot()).filter(|_| passes) {
                best.offer(Nearness::from(near));
            }
        }
        best.ranked().into_iter().map(Neighbour::from).collect()
    }
}

impl Neighbours for Hnsw {
    fn model(&self) -> &ModelId {
        self.vectors.model()
    }

    fn insert(&mut self, user: UserId, vector: TasteVector<'_>) -> Result<(), NeighbourError> {
        self.insert_many(&[(user, vector)])
    }

    fn insert_many(&mut self, people: &[(UserId, TasteVector<'_>)]) -> Result<(), NeighbourError> {
        self.vectors.room(people.len())?;
        let codes = self.vectors.codes(people)?;
        let mut slots = Vec::with_capacity(codes.len());
        for (user, code) in &codes {
            self.remove(*user);
            slots.push((self.vectors.put(*user, code), *user));
        }
        self.link(&slots);
        Ok(())
    }

    fn remove(&mut self, user: UserId) -> bool {
        let Some(slot) = self.vectors.slot(user) else { return false };
        self.unlink(slot);
        self.vectors.take(user).is_some()
    }

    fn nearest(
        &self,
        vector: TasteVector<'_>,
        k: usize,
        filter: Filter<'_>,
    ) -> Result<Vec<Neighbour>, NeighbourError> {
        let query = self.vectors.query(vector)?;
        let k = k.min(self.len());
        if self.len() > self.beam.max(k).saturating_mul(SCAN_BEAMS) {
            let found = self.walked(&query, k, filter);
            if found.len() == k {
                return Ok(found);
            }
        }
        Ok(scan(&self.vectors, &query, k, filter))
    }

    fn len(&self) -> usize {
        self.vectors.len()
    }

    fn bytes(&self) -> usize {
        self.vectors.bytes() + self.links.bytes()
    }
}

/// The highest layer a person is in: ⌊−ln u / ln m⌋ for u in (0, 1] and m links, always the same for one id.
fn layer_of(user: UserId, links: usize) -> usize {
    let hash = stable_hash(LAYER_SEED, user.uuid().as_bytes());
    let u = ((hash >> 11) + 1) as f64 / (1u64 << 53) as f64;
    let layer = -libm::log(u) / libm::log(links.max(2) as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 53")]
    let layer = layer as usize;
    layer.min(MOST_LAYERS)
}
