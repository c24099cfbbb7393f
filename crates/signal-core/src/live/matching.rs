//! How well two people match, out of what is in memory.

use std::sync::Arc;

use super::ears::Ears;
use crate::compatibility::{Compatibility, Crowd, Evidence, combine, percentile};
use crate::model::UserId;
use crate::policy::Policy;
use crate::trust::{PathLimits, Targets, TrustGraph, TrustPath, strength};

/// The people whom a score is compared among, and the ways of trust to them, gathered once for many questions.
#[derive(Debug, Clone)]
pub struct Peers {
    targets: Targets,
    graph: Arc<TrustGraph>,
    size: usize,
}

/// A score, what it is made of, and where it stands among other people's.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The score and its parts.
    pub parts: Compatibility,
    /// The strongest path of trust from the one to the other.
    pub path: Option<TrustPath>,
    /// The share of the sample that the score reaches; `None` where there is nobody else.
    pub percentile: Option<f64>,
}

impl Peers {
    /// Gathers the ways to a sample of `size` people. Takes O(e log e) for e edges that end at them.
    pub fn gather(graph: Arc<TrustGraph>, crowd: &Crowd, size: usize) -> Self {
        Self { targets: Targets::new(&graph, crowd.people(size)), graph, size }
    }

    /// Whether gathering again would change nothing.
    pub fn are_of(&self, graph: &TrustGraph, crowd: &Crowd, size: usize) -> bool {
        self.size == size && self.graph.is_as_at(graph) && self.targets.people() == crowd.people(size)
    }

    /// How well `b`'s ears serve `a`.
    ///
    /// Takes O(edges within one step less than a path from `a`, and the sample · what a profile holds).
    pub fn compare(&self, ears: &Ears, policy: &Policy, a: UserId, b: UserId) -> Match {
        let path = self.path(policy, a, b);
        let trust = path.as_ref().map(|path| path.strength);
        self.weigh(ears, policy, (a, b), path, trust)
    }

    /// The strongest path of trust from one to the other.
    pub fn path(&self, policy: &Policy, a: UserId, b: UserId) -> Option<TrustPath> {
        strength(&self.graph, a, b, PathLimits::of(policy)).path
    }

    /// The same as [`compare`](Self::compare) for a path that is known, with `trust` told for its strength: a coarse one
    /// where `a` may not know the path.
    pub fn weigh(
        &self,
        ears: &Ears,
        policy: &Policy,
        (a, b): (UserId, UserId),
        path: Option<TrustPath>,
        trust: Option<f64>,
    ) -> Match {
        let parts = combine(&evidence(ears, trust, a, b), &policy.compatibility);
        let percentile = self.percentile(ears, policy, PathLimits::of(policy), (a, b), parts.score);
        Match { parts, path, percentile }
    }

    fn percentile(
        &self,
        ears: &Ears,
        policy: &Policy,
        limits: PathLimits,
        (a, b): (UserId, UserId),
        score: f64,
    ) -> Option<f64> {
        let trust = self.targets.strengths(&self.graph, a, limits).strengths;
        let told = self.targets.people().iter().copied().zip(trust);
        let scores: Vec<f64> = Crowd::others(told, a, b, self.size)
            .map(|(other, trust)| {
                let path = (trust > 0.0).then_some(trust);
                combine(&evidence(ears, path, a, other), &policy.compatibility).score
            })
            .collect();
        percentile(score, &scores)
    }
}

fn evidence(ears: &Ears, trust_path: Option<f64>, a: UserId, b: UserId) -> Evidence {
    Evidence { trust_path, taste: ears.similarity(a, b), genre_overlap: ears.genre_overlap(a, b) }
}
