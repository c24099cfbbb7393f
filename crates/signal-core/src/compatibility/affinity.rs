//! How well ears know who trusts whom: the area under the ROC curve of a likeness on trusted pairs against pairs that
//! do not trust each other.
//!
//! Two kinds of pairs stand against the trusted ones, twice as many of each, none twice, none trusted either way:
//!
//! - *random*: both people drawn alike from all who play anything;
//! - *matched*: both ends drawn from the ends of the trusted pairs, so that a person is drawn as often as they are in
//!   trusted pairs (the pairs of the configuration model: Molloy and Reed, 1995). Whoever has many friends listens unlike
//!   whoever has none, and random pairs are told apart by that alone; these are not.
//!
//! Nothing here builds profiles: the caller gives ones that saw no trust.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::batch::one_to_many;
use super::ear::Ear;
use super::parts::Compatibility;
use crate::policy::CompatibilityPolicy;

/// Negative pairs for each trusted one.
const NEGATIVES: usize = 2;
/// Draws for each negative pair, beyond which so small or dense a community has no more.
const PATIENCE: usize = 64;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AffinitySignal {
    /// The likeness of taste.
    Taste,
    /// The overlap of genres.
    Genres,
    /// The compatibility without a trust path.
    Compatibility,
}

impl AffinitySignal {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Taste, Self::Genres, Self::Compatibility];

    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Taste => "taste",
            Self::Genres => "genres",
            Self::Compatibility => "compatibility",
        }
    }

    fn of(self, found: &Compatibility) -> f64 {
        match self {
            Self::Taste => found.taste.value,
            Self::Genres => found.genre_overlap.value,
            Self::Compatibility => found.score,
        }
    }
}

/// How well one signal tells trusted pairs from others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AffinityScore {
    /// Which signal.
    pub signal: AffinitySignal,
    /// Against random pairs: the chance that a trusted pair has the higher value, ties counting half.
    pub auc: f64,
    /// Against pairs matched by degree.
    pub auc_matched: f64,
}

/// What cannot be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AffinityError {
    /// Nobody who plays anything trusts another who does.
    #[error("measuring affinity: no two people with plays trust each other")]
    NoPairs,
    /// Everybody trusts everybody.
    #[error("measuring affinity: there are too few pairs of people without trust to compare with")]
    NoOthers,
}

/// Pairs of people, by their places in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedPairs {
    /// Pairs in which one trusts the other; each once, the smaller place first.
    pub trusted: Vec<(u32, u32)>,
    /// Pairs drawn at random.
    pub random: Vec<(u32, u32)>,
    /// Pairs drawn by degree.
    pub matched: Vec<(u32, u32)>,
}

impl TrustedPairs {
    /// Draws the pairs that stand against `edges`, given between places of `people` people in any direction and order.
    /// Edges outside, and of people to themselves, are ignored.
    pub fn draw(
        people: u32,
        edges: impl IntoIterator<Item = (u32, u32)>,
        seed: u64,
    ) -> Result<Self, AffinityError> {
        let inside = edges.into_iter().filter(|(a, b)| a != b && *a < people && *b < people);
        let known: BTreeSet<(u32, u32)> = inside.map(|(a, b)| (a.min(b), a.max(b))).collect();
        let trusted: Vec<_> = known.iter().copied().collect();
        if trusted.is_empty() {
            return Err(AffinityError::NoPairs);
        }
        let ends: Vec<u32> = trusted.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let wanted = trusted.len() * NEGATIVES;
        let random = others(wanted, &known, || below(&mut chance, people));
        let matched = others(wanted, &known, || {
            let end = below(&mut chance, u32::try_from(ends.len()).unwrap_or(u32::MAX));
            ends.get(end as usize).copied().unwrap_or(0)
        });
        if random.is_empty() || matched.is_empty() {
            return Err(AffinityError::NoOthers);
        }
        Ok(Self { trusted, random, matched })
    }
}

/// So many distinct pairs that are not known, or as many as patience finds.
fn others(wanted: usize, known: &BTreeSet<(u32, u32)>, mut draw: impl FnMut() -> u32) -> Vec<(u32, u32)> {
    let mut found = BTreeSet::new();
    for _ in 0..wanted.saturating_mul(PATIENCE) {
        let (a, b) = (draw(), draw());
        let pair = (a.min(b), a.max(b));
        if a != b && !known.contains(&pair) {
            found.insert(pair);
        }
        if found.len() == wanted {
            break;
        }
    }
    found.into_iter().collect()
}

/// A number below `end`, all alike.
fn below(chance: &mut ChaCha8Rng, end: u32) -> u32 {
    let product = u128::from(chance.next_u64()) * u128::from(end);
    u32::try_from(product >> 64).unwrap_or(0)
}

/// Measures all signals on the pairs. A part that cannot be computed counts what policy makes it count.
///
/// Runs on the current rayon pool, with the same bits on any number of threads.
pub fn affinity(ears: &[Ear<'_>], pairs: &TrustedPairs, policy: &CompatibilityPolicy) -> Vec<AffinityScore> {
    let matches = |pairs: &[(u32, u32)]| {
        let of = |place: u32| ears.get(place as usize).copied().unwrap_or_default();
        // Nobody's trust is looked at: every path counts 0.
        one_to_many(pairs, |(a, b)| of(*a).evidence(&of(*b), Some(0.0), policy.overlap), policy)
    };
    let [trusted, random, matched] = [&pairs.trusted, &pairs.random, &pairs.matched].map(|p| matches(p));
    let measured = AffinitySignal::ALL.into_iter().map(|signal| {
        let values = |found: &[Compatibility]| found.iter().map(|one| signal.of(one)).collect::<Vec<_>>();
        let area = |others| area_under_curve(&values(&trusted), &values(others)).unwrap_or(0.5);
        AffinityScore { signal, auc: area(&random), auc_matched: area(&matched) }
    });
    measured.collect()
}

/// The area under the ROC curve: the chance that a positive has a higher value than a negative, ties counting half (Mann
/// and Whitney 1947). `None` without either. Takes O(n log n).
///
/// ```
/// # use signal_core::compatibility::area_under_curve;
/// assert_eq!(area_under_curve(&[0.9, 0.5], &[0.5, 0.1]), Some(0.875));
/// assert_eq!(area_under_curve(&[], &[0.5]), None);
/// ```
pub fn area_under_curve(positives: &[f64], negatives: &[f64]) -> Option<f64> {
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let labelled =
        |values: &[f64], label| values.iter().map(move |value| (*value, label)).collect::<Vec<_>>();
    let mut all = labelled(positives, true);
    all.extend(labelled(negatives, false));
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut below, mut won) = (0.0, 0.0);
    for equals in all.chunk_by(|x, y| x.0.total_cmp(&y.0).is_eq()) {
        let positive = equals.iter().filter(|one| one.1).count() as f64;
        let negative = equals.len() as f64 - positive;
        won += positive * (below + negative / 2.0);
        below += negative;
    }
    Some(won / (positives.len() as f64 * negatives.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_areas() {
        // docs/algorithms.md, "Affinity".
        let area = |x: &[f64], y: &[f64]| area_under_curve(x, y);
        assert_eq!(area(&[0.9, 0.8], &[0.1, 0.2]), Some(1.0));
        assert_eq!(area(&[0.1], &[0.9]), Some(0.0));
        assert_eq!(area(&[0.5, 0.5], &[0.5]), Some(0.5));
        assert_eq!(area(&[0.9, 0.5], &[0.5, 0.1]), Some(0.875));
    }

    #[test]
    fn negatives_are_distinct_and_not_trusted() {
        let edges: Vec<(u32, u32)> = (0..30).flat_map(|a| [(a, a + 1), (a + 1, a), (a, a)]).collect();
        let pairs = TrustedPairs::draw(40, edges, 1).unwrap();
        assert_eq!((pairs.trusted.len(), pairs.random.len(), pairs.matched.len()), (30, 60, 60));
        for negatives in [&pairs.random, &pairs.matched] {
            assert!(negatives.is_sorted_by(|x, y| x < y));
            assert!(negatives.iter().all(|(a, b)| a < b && (b - a != 1 || *a >= 30)));
        }
        // The last nine people have no edge.
        assert!(pairs.matched.iter().all(|(_, b)| *b <= 30));
        assert!(pairs.random.iter().any(|(_, b)| *b > 30));
        let again = |seed| TrustedPairs::draw(40, (0..30).map(|a| (a, a + 1)), seed).unwrap();
        assert_eq!(again(1), pairs);
        assert_ne!(again(2), pairs);
    }

    #[test]
    fn what_cannot_be_measured_says_so() {
        assert_eq!(TrustedPairs::draw(5, [(1, 1), (2, 9)], 1), Err(AffinityError::NoPairs));
        assert_eq!(TrustedPairs::draw(2, [(0, 1)], 1), Err(AffinityError::NoOthers));
    }
}
