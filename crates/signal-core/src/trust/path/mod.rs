//! How far trust carries: the best product of weights over a few edges.
//!
//! `trust_path(a, b)` is the maximum over paths a → b of at most [`MAX_HOPS`] edges (policy says how many) of the
//! product of the weights. It is the widest-path idea of `TidalTrust` and `MoleTrust` (Golbeck 2005; Massa and
//! Avesani 2007) with a product in place of the minimum, so that trust fades with every step.
//!
//! Weights are at most 1, so a walk that meets a person twice is never better than the one without the loop:
//! nothing here remembers whom a walk has met. Products are integers, so equal paths are exactly equal and the tie
//! is broken by rule: fewer edges first, then the smaller ids from *a* on.
//!
//! - [`strength`](fn@strength) meets in the middle, heaviest edges first, and stops where no pair of ends can win.
//! - [`reach`](fn@reach) grows from *a*, strongest first, and ends with the last person that was asked for.
//! - [`Targets`] answers for many *b* at once, the same ones for every *a*.
//!
//! All look at no more edges than [`PathLimits`] says, and their answers tell when that was not enough.

mod reach;
mod strength;
mod targets;
#[cfg(test)]
mod tests;

pub use reach::{Reach, Reached, reach};
pub use strength::{PathSearch, TrustPath, strength};
pub use targets::{Strengths, Targets};

use crate::model::TrustWeight;
use crate::policy::Policy;

/// The most edges of a path: products of four weights are exact in 64 bits.
pub const MAX_HOPS: u8 = 4;

/// A product of 1, in units of 10⁻¹⁶: ten-thousandths to the power of [`MAX_HOPS`].
const ONE: u64 = 10_000_000_000_000_000;

/// How far a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathLimits {
    /// Edges of a path; more than [`MAX_HOPS`] count as that.
    pub hops: u8,
    /// Edges a search looks at before it answers with the best it has.
    pub edges: u32,
}

impl PathLimits {
    /// Paths of at most `hops` edges, over as much of the graph as it takes.
    pub const fn unbounded(hops: u8) -> Self {
        Self { hops, edges: u32::MAX }
    }

    /// How far a policy lets a question go.
    pub const fn of(policy: &Policy) -> Self {
        Self { hops: policy.trust.max_hops, edges: policy.limits.path_edges }
    }

    fn hops(self) -> u8 {
        self.hops.min(MAX_HOPS)
    }
}

/// What is left of the edges that a search may look at.
#[derive(Debug)]
struct Budget(u64);

impl Budget {
    fn new(limits: PathLimits) -> Self {
        Self(if limits.edges == u32::MAX { u64::MAX } else { u64::from(limits.edges) })
    }

    /// Whether so many edges may still be looked at.
    fn suffices(&self, edges: usize) -> bool {
        edges as u64 <= self.0
    }

    /// Pays for looking at so many edges; false when they are not left.
    fn pay(&mut self, edges: usize) -> bool {
        match self.0.checked_sub(edges as u64) {
            Some(rest) => self.0 = rest,
            None => return false,
        }
        true
    }
}

/// The product of a path and one more edge. Exact: a path of k edges is a multiple of 10⁴ to the power of 4 − k.
fn extend(product: u64, weight: u16) -> u64 {
    product / u64::from(TrustWeight::ONE) * u64::from(weight)
}

fn fraction(product: u64) -> f64 {
    product as f64 / ONE as f64
}
