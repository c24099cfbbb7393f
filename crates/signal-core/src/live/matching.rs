//! How well two people match, out of what is in memory.

use std::sync::Arc;

use super::ears::Ears;
use crate::compatibility::{Compatibility, Crowd, Ear, combine, percentile};
use crate::model::UserId;
use crate::policy::Policy;
use crate::taste::Profiles;
use crate::trust::{PathLimits, Targets, TrustGraph, TrustPath, strength};

/// The people whom a score is compared among, and the ways of trust to them, gathered once for many questions.
#[derive(Debug, Clone)]
pub struct Peers {
    graph: Arc<TrustGraph>,
    ears: Arc<Ears>,
    targets: Targets,
    /// Their profiles, side by side, in the order of the targets.
    profiles: Profiles,
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
    /// Gathers the ways to a sample of `size` people, and their profiles. Takes O(e log e) for e edges that end at them.
    pub fn gather(graph: Arc<TrustGraph>, ears: Arc<Ears>, crowd: &Crowd, size: usize) -> Self {
        let targets = Targets::new(&graph, crowd.people(size));
        let profiles = ears.profiles.gathered(targets.people());
        Self { graph, ears, targets, profiles, size }
    }

    /// Whether gathering again would change nothing.
    pub fn are_of(&self, graph: &TrustGraph, ears: &Ears, crowd: &Crowd, size: usize) -> bool {
        let same_ears = std::ptr::eq(self.ears.as_ref(), ears);
        same_ears
            && self.size == size
            && self.graph.is_as_at(graph)
            && self.targets.people() == crowd.people(size)
    }

    /// How well `b`'s ears serve `a`.
    ///
    /// Takes O(edges within one step less than a path from `a`, and the sample · what a profile holds). The percentile
    /// looks at no more than `survey_edges` of the policy, the heaviest first: for somebody who trusts so many, others
    /// may count for less than they are.
    pub fn compare(&self, policy: &Policy, a: UserId, b: UserId) -> Match {
        let path = self.path(policy, a, b);
        let trust = path.as_ref().map(|path| path.strength);
        self.weigh(policy, (a, b), path, trust)
    }

    /// The strongest path of trust from one to the other.
    pub fn path(&self, policy: &Policy, a: UserId, b: UserId) -> Option<TrustPath> {
        strength(&self.graph, a, b, PathLimits::of(policy)).path
    }

    /// The same as [`compare`](Self::compare) for a path that is known, with `trust` told for its strength: a coarse one
    /// where `a` may not know the path.
    pub fn weigh(
        &self,
        policy: &Policy,
        (a, b): (UserId, UserId),
        path: Option<TrustPath>,
        trust: Option<f64>,
    ) -> Match {
        let (ours, theirs) = (self.ears.of(a), self.ears.of(b));
        let parts =
            combine(&ours.evidence(&theirs, trust, policy.compatibility.overlap), &policy.compatibility);
        let percentile = self.percentile(policy, &ours, (a, b), parts.score);
        Match { parts, path, percentile }
    }

    fn percentile(
        &self,
        policy: &Policy,
        ours: &Ear<'_>,
        (a, b): (UserId, UserId),
        score: f64,
    ) -> Option<f64> {
        let limits = PathLimits { edges: policy.limits.survey_edges, ..PathLimits::of(policy) };
        let trust = self.targets.strengths(&self.graph, a, limits).strengths;
        let told = self.targets.people().iter().copied().zip(trust.into_iter().zip(self.profiles.rows()));
        let scores: Vec<f64> = Crowd::others(told, a, b, self.size)
            .map(|(other, (trust, profile))| {
                let path = (trust > 0.0).then_some(trust);
                let theirs = self.ears.beside(ours, other, Some(profile));
                let evidence = ours.evidence(&theirs, path, policy.compatibility.overlap);
                combine(&evidence, &policy.compatibility).score
            })
            .collect();
        percentile(score, &scores)
    }
}
