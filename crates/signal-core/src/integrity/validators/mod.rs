//! Whose ratings are worth listening to, told by what they rated alone.
//!
//! ```text
//! goodness(t without u) = Σ over other raters of t  rating / (raters of t − 1 + 10)
//! score(u)              = Σ over rated t  sign(rating) · goodness(t without u) / (rated + 8)
//! ```
//!
//! A rater is good who says of people what others say of them too, often enough. Nothing that anybody says about *u* is
//! looked at: neither friends nor enemies can move a person's score by rating that person. The ten and the eight are
//! neutral ratings that each sum begins with (a prior mean of 0), so that one friend's praise is no proof and two lucky
//! ratings are no record. Of the family of fairness and goodness (Kumar, Spezzano, Subrahmanian and Faloutsos, ICDM
//! 2016), reduced to the part that a rated person cannot write: no rater is weighed by a rating they received.
//!
//! What it does not see: rating well-known people well is free, so agreement is easy to fake. [`Counted`] narrows it to
//! ratings that say more.

use std::collections::BTreeSet;

use crate::trust::predict::{SignedEdge, newest_of_each_pair};

/// Neutral ratings that a target's goodness begins with.
const NEUTRAL_RECEIVED: f64 = 10.0;
/// Neutral ratings that a rater's score begins with.
const NEUTRAL_GIVEN: f64 = 8.0;
/// Units of a sum in 1.
const UNIT: f64 = (1_u64 << 36) as f64;
/// Ratings that count as early.
const EARLY: usize = 3;

/// Which ratings count towards their rater; those of others always count towards a target's goodness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// All of them.
    All,
    /// Those given when fewer than three others had rated the target: nobody could copy many.
    FirstThree,
    /// Those whose target did not rate back.
    Unreciprocated,
}

/// How far each rater's ratings agree with what others say of the same people, in (−1, 1) by number; 0 for those of
/// whom no rating counts.
///
/// Of a pair that comes twice the newest rating holds. [`Counted::FirstThree`] compares times: equally early ones are
/// early together, and without times none is before another. O(n log n) for n ratings.
///
/// ```
/// use signal_core::integrity::validators::{Counted, rater_scores};
/// use signal_core::trust::predict::SignedEdge;
///
/// // 0 and 1 agree about 3, and 2 says the opposite.
/// let said = [(0, 1.0), (1, 1.0), (2, -1.0)].map(|(from, weight)| SignedEdge { from, to: 3, weight, time: None });
/// let scores = rater_scores(&said, Counted::All);
/// assert!(scores[0] == 0.0 && scores[2] < 0.0);
/// ```
pub fn rater_scores(ratings: &[SignedEdge], counted: Counted) -> Vec<f64> {
    let ratings = newest_of_each_pair(ratings.to_vec());
    let people = ratings.iter().map(|rating| rating.from.max(rating.to) as usize + 1).max().unwrap_or(0);
    let mut received = vec![(0, 0); people];
    for rating in &ratings {
        if let Some((sum, count)) = received.get_mut(rating.to as usize) {
            (*sum, *count) = (*sum + units(rating.weight.into()), *count + 1);
        }
    }
    let goodness = |rating: &SignedEdge| {
        let (sum, count) = received.get(rating.to as usize).copied().unwrap_or_default();
        (sum - units(rating.weight.into())) as f64 / UNIT / (f64::from(count) - 1.0 + NEUTRAL_RECEIVED)
    };
    let counts = counting(&ratings, counted);
    let mut given = vec![(0, 0); people];
    for (rating, _) in ratings.iter().zip(counts).filter(|one| one.1) {
        if let Some((sum, count)) = given.get_mut(rating.from as usize) {
            (*sum, *count) = (*sum + units(sign(rating.weight) * goodness(rating)), *count + 1);
        }
    }
    let score = |(sum, count): (i64, u32)| sum as f64 / UNIT / (f64::from(count) + NEUTRAL_GIVEN);
    given.into_iter().map(score).collect()
}

/// A value in [−1, 1] in whole units, whose sums are exact: neither order nor numbering moves a bit.
#[expect(clippy::cast_possible_truncation, reason = "at most 2³⁶")]
fn units(value: f64) -> i64 {
    (value * UNIT).round() as i64
}

/// −1, 0 or 1.
fn sign(weight: f32) -> f64 {
    f64::from(i8::from(weight > 0.0) - i8::from(weight < 0.0))
}

/// Whether each rating counts towards its rater.
fn counting(ratings: &[SignedEdge], counted: Counted) -> Vec<bool> {
    match counted {
        Counted::All => vec![true; ratings.len()],
        Counted::Unreciprocated => {
            let pairs: BTreeSet<(u32, u32)> = ratings.iter().map(|rating| (rating.from, rating.to)).collect();
            ratings.iter().map(|rating| !pairs.contains(&(rating.to, rating.from))).collect()
        }
        Counted::FirstThree => {
            let mut times: Vec<(u32, Option<i64>)> =
                ratings.iter().map(|rating| (rating.to, rating.time)).collect();
            times.sort_unstable();
            let before = |rating: &SignedEdge| {
                let start = times.partition_point(|one| one.0 < rating.to);
                times.partition_point(|one| *one < (rating.to, rating.time)) - start
            };
            ratings.iter().map(|rating| before(rating) < EARLY).collect()
        }
    }
}

#[cfg(test)]
mod tests;
