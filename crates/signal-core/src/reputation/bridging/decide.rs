//! What the neutral rater would say of one drop, and whether that decides.

use std::collections::BTreeMap;

use crate::ledger::{BridgingTrial, Method, Stance};
use crate::model::{Millionths, Pseudonym};
use crate::policy::ValidationPolicy;
use crate::reputation::{Validation, WeighedRating};

/// A score by bridging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bridge {
    /// The score in [0, 1].
    pub score: Millionths,
    /// Its standard error.
    pub uncertainty: Millionths,
    /// Distinct, unlinked raters of non-zero weight whom the model knows.
    pub raters: u32,
}

/// Who votes: a person, or all whom one finding links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Voter {
    One(Pseudonym),
    Linked(usize),
}

/// What somebody says once their generosity is taken off, on which side they stand, and how much it weighs.
#[derive(Debug, Clone, Copy)]
struct Vote {
    says: f64,
    side: f64,
    weight: f64,
}

/// The score of some ratings by the raters whose stance is known. It is the *s* that with *g* minimises
///
/// `2 · (s − 0.45)² + ridge · g² + Σ weight · (stars − tendency − s − side · g)²`
///
/// with each side −1, 0 or 1, and the prior and its weight those of the mean. Where nobody is generous or of a side, it is the
/// mean. Where all are of one side, it stays below `(2 · 0.45 + ridge) / (2 + ridge)`, 0.5, however many they are: what they
/// say is put down to their side.
pub fn bridge(
    ratings: &[WeighedRating],
    stance: impl Fn(&WeighedRating) -> Option<Stance>,
    policy: &ValidationPolicy,
) -> Bridge {
    let votes = votes(ratings, stance, policy);
    let prior = policy.prior.as_f64();
    let prior_weight = policy.prior_weight as f64 / 1e6;
    let ridge = f64::from(policy.bridging.drop_side_ridge) / 1e6;
    let (mut n, mut x, mut xx, mut y, mut xy) = (prior_weight, 0.0, ridge, prior_weight * prior, 0.0);
    for vote in &votes {
        n += vote.weight;
        x += vote.weight * vote.side;
        xx += vote.weight * vote.side * vote.side;
        y += vote.weight * vote.says;
        xy += vote.weight * vote.side * vote.says;
    }
    let determinant = n * xx - x * x;
    let (score, side) = ((y * xx - x * xy) / determinant, (n * xy - x * y) / determinant);
    let mut spread = prior_weight * (prior - score) * (prior - score) + ridge * side * side;
    for vote in &votes {
        let off = vote.says - score - vote.side * side;
        spread += vote.weight * off * off;
    }
    let variance = spread / n * (xx / determinant);
    Bridge {
        score: floor(score),
        uncertainty: Millionths::from_f64(variance.max(0.0).sqrt()),
        raters: u32::try_from(votes.len()).unwrap_or(u32::MAX),
    }
}

/// Rounded down, as the mean is; what floats lose below a billionth is given back first.
fn floor(score: f64) -> Millionths {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to 0..=1,000,000 first")]
    let rounded = (score * 1e6 + 1e-3).floor().clamp(0.0, 1e6) as i64;
    Millionths::clamped(i128::from(rounded))
}

/// One vote a distinct, unlinked rater of known stance, in the order of their names.
fn votes(
    ratings: &[WeighedRating],
    stance: impl Fn(&WeighedRating) -> Option<Stance>,
    policy: &ValidationPolicy,
) -> Vec<Vote> {
    let mut known: Vec<_> = ratings
        .iter()
        .filter(|rating| rating.weight > Millionths::ZERO)
        .filter_map(|rating| Some((rating, stance(rating)?)))
        .collect();
    known.sort_unstable_by_key(|(rating, _)| rating.rater);
    let mut merged: BTreeMap<Voter, (f64, f64, f64, f64)> = BTreeMap::new();
    for (rating, stance) in known {
        let voter = rating.group.map_or(Voter::One(rating.rater), Voter::Linked);
        let weight = rating.weight.as_f64();
        // Nobody can say more than all stars, or less than none.
        let says = (rating.stars.millionths().as_f64() - f64::from(stance.tendency) / 1e6).clamp(0.0, 1.0);
        let (says_sum, side_sum, total, largest) = merged.entry(voter).or_default();
        *says_sum += weight * says;
        *side_sum += weight * f64::from(stance.side);
        *total += weight;
        *largest = largest.max(weight);
    }
    // Between two whole millionths, so that merging linked raters moves nobody at the border.
    let zone = f64::from(policy.bridging.neutral_zone.get().max(1)) - 0.5;
    let vote = |(says, side, total, largest): (f64, f64, f64, f64)| {
        let side = side / total;
        let side = if side.abs() < zone { 0.0 } else { side.signum() };
        Vote { says: says / total, side, weight: largest }
    };
    merged.into_values().map(vote).collect()
}

/// Which method decides, with its score and error in place of the mean's where it is the bridge; and what the bridge said,
/// where the model knows raters enough of the drop.
///
/// The published guard: without the raters who rated most, everybody's stance fitted anew without them, the score must be
/// the same within the policy's tolerance. Else the mean decides.
pub fn decide_score(
    ratings: &[WeighedRating],
    mean: Validation,
    policy: &ValidationPolicy,
) -> (Validation, Method, Option<BridgingTrial>) {
    let found = bridge(ratings, |rating| rating.stance, policy);
    if found.raters < policy.bridging.known_raters {
        return (mean, Method::ShrunkMean, None);
    }
    let guard = bridge(ratings, |rating| rating.stance_without_top, policy);
    let trial = BridgingTrial {
        score: found.score,
        uncertainty: found.uncertainty,
        without_top: guard.score,
        raters: found.raters,
    };
    if found.score.get().abs_diff(guard.score.get()) > policy.bridging.tolerance.get() {
        return (mean, Method::ShrunkMean, Some(trial));
    }
    let bridged = Validation { score: found.score, uncertainty: found.uncertainty, ..mean };
    (bridged, Method::Bridging, Some(trial))
}
