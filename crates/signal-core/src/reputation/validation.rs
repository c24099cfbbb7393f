//! Ratings become a score: a trust- and reliability-weighted mean, shrunk to a prior (`docs/algorithms.md` §5.4).

use std::collections::BTreeMap;

use crate::ledger::Stance;
use crate::model::{Millionths, Pseudonym, Stars, Timestamp};
use crate::policy::ValidationPolicy;

/// One rating with what the newest epoch says of its rater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeighedRating {
    /// Who rated.
    pub rater: Pseudonym,
    /// How many stars.
    pub stars: Stars,
    /// What the rating weighs.
    pub weight: Millionths,
    /// The finding that links the rater to others, if any.
    pub group: Option<usize>,
    /// When it came.
    pub at: Timestamp,
    /// What the bridging model knows of the rater.
    pub stance: Option<Stance>,
    /// The same without the raters who rated most; none for those.
    pub stance_without_top: Option<Stance>,
}

/// A score and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// The score in [0, 1].
    pub score: Millionths,
    /// Its standard error.
    pub uncertainty: Millionths,
    /// Distinct, unlinked raters of non-zero weight.
    pub raters: u32,
    /// What each rating weighed.
    pub weights: Vec<(Pseudonym, Millionths)>,
}

/// The weight of a rater: reliability times standing, where an average standing or more counts in full.
/// Below the policy's least weight it is zero.
///
/// `standing` is relative, in millionths: 1,000,000 is the community's average.
pub fn rater_weight(standing: u64, reliability: Millionths, policy: &ValidationPolicy) -> Millionths {
    let standing = i128::from(standing.min(1_000_000));
    let weight = Millionths::clamped(standing * i128::from(reliability.get()) / 1_000_000);
    if weight < policy.least_weight { Millionths::ZERO } else { weight }
}

/// The weight of a rater who has that share of all privileges: rounded down, but never nothing of something, so that
/// newcomers count less and a quorum does not wait for them to settle.
pub fn admitted_weight(weight: Millionths, share: Millionths) -> Millionths {
    let part = i128::from(weight.get()) * i128::from(share.get()) / 1_000_000;
    Millionths::clamped(part.max(i128::from(weight > Millionths::ZERO)))
}

/// The score of some ratings:
/// `(prior · prior_weight + Σ weight · stars) / (prior_weight + Σ weight)`, rounded down.
///
/// Linked raters are first merged into one whose stars are their weighted mean and whose weight is the largest
/// among them.
pub fn validate(ratings: &[WeighedRating], policy: &ValidationPolicy) -> Validation {
    let votes = merge_linked(ratings);
    let prior_weight = u128::from(policy.prior_weight);
    let mut total = prior_weight;
    let mut sum = prior_weight * u128::from(policy.prior.get());
    for (stars, weight) in &votes {
        total += u128::from(weight.get());
        sum += u128::from(weight.get()) * u128::from(stars.get());
    }
    let score = Millionths::clamped(i128::try_from(sum.checked_div(total).unwrap_or(0)).unwrap_or(0));
    let weights =
        ratings.iter().filter(|r| r.weight > Millionths::ZERO).map(|r| (r.rater, r.weight)).collect();
    Validation {
        score,
        uncertainty: standard_error(&votes, score, policy),
        raters: u32::try_from(votes.len()).unwrap_or(u32::MAX),
        weights,
    }
}

/// One vote a distinct, unlinked rater: stars as a fraction, and weight.
fn merge_linked(ratings: &[WeighedRating]) -> Vec<(Millionths, Millionths)> {
    let mut votes = Vec::new();
    let mut groups: BTreeMap<usize, (u128, u128, Millionths)> = BTreeMap::new();
    for rating in ratings.iter().filter(|r| r.weight > Millionths::ZERO) {
        let stars = rating.stars.millionths();
        let Some(group) = rating.group else {
            votes.push((stars, rating.weight));
            continue;
        };
        let (sum, total, largest) = groups.entry(group).or_default();
        *sum += u128::from(rating.weight.get()) * u128::from(stars.get());
        *total += u128::from(rating.weight.get());
        *largest = (*largest).max(rating.weight);
    }
    let merged = groups.into_values().map(|(sum, total, largest)| {
        let mean = i128::try_from(sum.checked_div(total).unwrap_or(0)).unwrap_or(0);
        (Millionths::clamped(mean), largest)
    });
    votes.extend(merged);
    votes
}

/// √(weighted variance / effective number of votes), the prior counting as votes of full weight at its own value.
fn standard_error(
    votes: &[(Millionths, Millionths)],
    score: Millionths,
    policy: &ValidationPolicy,
) -> Millionths {
    let prior_votes = policy.prior_weight as f64 / 1e6;
    let deviation = |value: Millionths| (value.as_f64() - score.as_f64()) * (value.as_f64() - score.as_f64());
    let (mut total, mut squares) = (prior_votes, prior_votes);
    let mut spread = prior_votes * deviation(policy.prior);
    for (stars, weight) in votes {
        let weight = weight.as_f64();
        total += weight;
        squares += weight * weight;
        spread += weight * deviation(*stars);
    }
    let effective = total * total / squares;
    Millionths::from_f64((spread / total / effective).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(id: u8, halves: u8, weight: i128, group: Option<usize>) -> WeighedRating {
        WeighedRating {
            rater: Pseudonym::from_bytes([id; 16]),
            stars: Stars::from_halves(halves).expect("valid"),
            weight: Millionths::clamped(weight),
            group,
            at: Timestamp::from_seconds(i64::from(id)),
            stance: None,
            stance_without_top: None,
        }
    }

    #[test]
    fn five_full_ratings_are_shrunk_by_two_at_the_prior() {
        // (0.45·2 + 0.8·5) / 7 = 4.9 / 7 = 0.7
        let ratings: Vec<_> = (0..5).map(|i| rating(i, 8, 1_000_000, None)).collect();
        let validation = validate(&ratings, &ValidationPolicy::default());
        assert_eq!(validation.score, Millionths::clamped(700_000));
        assert_eq!(validation.raters, 5);
    }

    #[test]
    fn linked_raters_count_as_one() {
        // One honest 0.2 and a ring of four 1.0: (0.9 + 0.2 + 1.0) / 4 = 0.525, and two raters.
        let mut ratings = vec![rating(0, 2, 1_000_000, None)];
        ratings.extend((1..5).map(|i| rating(i, 10, 1_000_000, Some(7))));
        let validation = validate(&ratings, &ValidationPolicy::default());
        assert_eq!((validation.score, validation.raters), (Millionths::clamped(525_000), 2));
        assert_eq!(validation.weights.len(), 5);
    }

    #[test]
    fn weightless_raters_are_nobody() {
        let ratings: Vec<_> = (0..9).map(|i| rating(i, 10, 0, None)).collect();
        let validation = validate(&ratings, &ValidationPolicy::default());
        assert_eq!((validation.score, validation.raters), (Millionths::clamped(450_000), 0));
        assert!(validation.weights.is_empty());
    }

    #[test]
    fn newcomers_weigh_their_share_and_still_count() {
        let worked = [
            (500_000, 400_000, 200_000),
            (500_000, 1_000_000, 500_000),
            (10_000, 400_000, 4_000),
            (1, 1, 1),
            (0, 400_000, 0),
        ];
        for (weight, share, admitted) in worked {
            let found = admitted_weight(Millionths::clamped(weight), Millionths::clamped(share));
            assert_eq!(found, Millionths::clamped(admitted), "{weight} at {share}");
        }
    }

    #[test]
    fn weight_is_reliability_times_standing_up_to_average() {
        let policy = ValidationPolicy::default();
        let half = Millionths::clamped(500_000);
        assert_eq!(rater_weight(3_000_000, half, &policy), half);
        assert_eq!(rater_weight(500_000, half, &policy), Millionths::clamped(250_000));
        assert_eq!(rater_weight(19_999, half, &policy), Millionths::ZERO);
    }
}
