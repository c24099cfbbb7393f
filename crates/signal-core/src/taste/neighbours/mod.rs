//! Whose taste is nearest: the people whose vectors have the largest cosine with a given one.
//!
//! - [`ExactScan`] reads every vector: 8-bit codes first, and in full only those that can be among the answers.
//! - [`Hnsw`] is a graph that finds nearly all of them and reads few vectors.
//! - [`for_size`] picks between them.
//!
//! Both keep a vector as 16-bit numbers, split into a coarse and a fine byte ([`Vectors`]): 2 bytes a dimension. An
//! index is made for the vectors of one model and refuses those of any other. Formulas and sources:
//! `docs/algorithms.md`, "Neighbours".

mod code;
mod exact;
mod hnsw;
mod kernel;
mod rank;
mod vectors;

#[cfg(test)]
mod tests;

use std::fmt::Debug;

use rayon::prelude::*;

pub use exact::ExactScan;
pub use hnsw::Hnsw;
pub use vectors::{MOST_VECTORS, Vectors};

use crate::model::{ModelId, TasteProfile, UserId};
use crate::policy::NeighbourPolicy;

/// Whom an answer may name.
pub type Filter<'a> = &'a (dyn Fn(UserId) -> bool + Sync);

/// A taste vector and the model that made it.
#[derive(Debug, Clone, Copy)]
pub struct TasteVector<'a> {
    /// Which model made the numbers.
    pub model: &'a ModelId,
    /// The numbers; any length but zero, for only the direction counts.
    pub numbers: &'a [f32],
}

impl<'a> From<&'a TasteProfile> for TasteVector<'a> {
    fn from(profile: &'a TasteProfile) -> Self {
        Self { model: &profile.model, numbers: &profile.vector }
    }
}

/// One of the nearest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Who it is.
    pub user: UserId,
    /// The cosine of the two vectors, in [−1, 1], off by 1e-4 at most.
    pub cosine: f32,
}

/// Why a vector cannot be kept or asked about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NeighbourError {
    /// Vectors of two models are never compared.
    #[error("comparing a vector of model {found} with vectors of model {expected}")]
    OtherModel {
        /// The model of the index.
        expected: ModelId,
        /// The model of the vector.
        found: ModelId,
    },
    /// Another length than the index was made for.
    #[error("comparing a vector of {found} numbers with vectors of {expected}")]
    OtherLength {
        /// How many numbers the index holds for each person.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// Not a number, or infinite.
    #[error("reading a taste vector: number {place} is not finite")]
    NotFinite {
        /// Its place, from 0.
        place: usize,
    },
    /// All zero: nothing is known, so nobody is near.
    #[error("reading a taste vector: all its numbers are zero, which is near to nobody")]
    NoDirection,
    /// As many people as an index can number.
    #[error("keeping one more taste vector beside {MOST_VECTORS} others")]
    Full,
}

/// Finds the people whose taste is nearest to a vector.
///
/// The same calls in the same order give the same answers, bit for bit, on any number of threads. Answers are in the
/// order of the cosine, the largest first, and then of ids. Who asks is not left out by themselves: a filter does that.
///
/// ```
/// use signal_core::model::{ModelId, Timestamp, UserId};
/// use signal_core::policy::NeighbourPolicy;
/// use signal_core::taste::neighbours::{Neighbours, TasteVector, for_size};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = ModelId::new("example-1");
/// let [ann, ben, cleo] = [1, 2, 3].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let mut index = for_size(1_000, model.clone(), 2, &NeighbourPolicy::default());
/// index.insert(ann, TasteVector { model: &model, numbers: &[1.0, 0.0] })?;
/// index.insert(ben, TasteVector { model: &model, numbers: &[0.6, 0.8] })?;
/// index.insert(cleo, TasteVector { model: &model, numbers: &[-1.0, 0.0] })?;
///
/// let near = index.nearest(TasteVector { model: &model, numbers: &[1.0, 0.0] }, 1, &|user| user != ann)?;
/// assert_eq!(near[0].user, ben);
/// assert!((near[0].cosine - 0.6).abs() < 1e-4);
/// # Ok(()) }
/// ```
pub trait Neighbours: Debug + Send + Sync {
    /// The model whose vectors are here.
    fn model(&self) -> &ModelId;

    /// Keeps a person's vector, in place of an earlier one. After an error nothing has changed.
    fn insert(&mut self, user: UserId, vector: TasteVector<'_>) -> Result<(), NeighbourError>;

    /// Keeps the vectors of many people, in parallel on rayon's threads; of a person who comes twice the last counts.
    /// After an error nothing has changed.
    fn insert_many(&mut self, people: &[(UserId, TasteVector<'_>)]) -> Result<(), NeighbourError>;

    /// Forgets a person's vector; whether there was one.
    fn remove(&mut self, user: UserId) -> bool;

    /// The `k` people who pass the filter and whose vectors have the largest cosine with this one, or all who pass where
    /// there are fewer. The filter is asked about some people only, perhaps more than once.
    fn nearest(
        &self,
        vector: TasteVector<'_>,
        k: usize,
        filter: Filter<'_>,
    ) -> Result<Vec<Neighbour>, NeighbourError>;

    /// People with a vector.
    fn len(&self) -> usize;

    /// Whether nobody has one.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes in memory, to within a few in a hundred.
    fn bytes(&self) -> usize;
}

/// An index for about so many people: an exact scan below [`NeighbourPolicy::index_from`], a graph from there on.
pub fn for_size(
    people: usize,
    model: ModelId,
    dimensions: usize,
    policy: &NeighbourPolicy,
) -> Box<dyn Neighbours> {
    let vectors = Vectors::new(model, dimensions);
    if people < policy.index_from {
        Box::new(ExactScan::new(vectors))
    } else {
        Box::new(Hnsw::new(vectors, policy))
    }
}

/// The nearest of many vectors at once, in parallel on rayon's threads: the answers of [`Neighbours::nearest`] in the
/// order of the vectors, bit for bit.
pub fn nearest_of_each(
    index: &dyn Neighbours,
    vectors: &[TasteVector<'_>],
    k: usize,
    filter: Filter<'_>,
) -> Result<Vec<Vec<Neighbour>>, NeighbourError> {
    vectors.par_iter().map(|vector| index.nearest(*vector, k, filter)).collect()
}
