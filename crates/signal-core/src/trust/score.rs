//! The trust score: what others see beside a name, with its terms.
//!
//! ```text
//! base      = min(100, days_active / 30 · 10)
//! bonus     = Σ over settled drops  stake · validation_score
//! penalty   = Σ over settled drops with validation_score < 0.3  stake
//! decay     = 0.95 ^ (days_since_last_drop / 7)
//! score     = max(0, (base + bonus − penalty) · decay)
//! ```
//!
//! The two sums are kept as integers by whoever settles drops; here they only meet.

use serde::{Deserialize, Serialize};

use crate::model::{Points, Timestamp};
use crate::policy::TrustPolicy;

/// Milli-points times millionths in one point.
const BONUS_UNIT: f64 = 1e9;

/// What a trust score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreInput {
    /// Distinct UTC days with a deliberate act: a drop, a rating, trust, a circle.
    pub active_days: u32,
    /// When the person registered; decay counts from here until the first drop.
    pub registered_at: Timestamp,
    /// When the person last dropped a track.
    pub last_drop_at: Option<Timestamp>,
    /// Σ stake · validation score over settled drops that have one, in milli-points times millionths.
    pub bonus: i64,
    /// Σ stake over settled drops that failed.
    pub penalty: Points,
}

/// A trust score and its terms, in points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrustScore {
    /// max(0, (base + bonus − penalty) · decay).
    pub score: f64,
    /// What activity earned, 0 to 100.
    pub base: f64,
    /// What vouching well earned.
    pub bonus: f64,
    /// What vouching badly cost.
    pub penalty: f64,
    /// What is left after silence, in (0, 1].
    pub decay: f64,
    /// The days that `base` counts.
    pub active_days: u32,
    /// The fractional days that `decay` counts.
    pub days_since_last_drop: f64,
}

/// The trust score at `now`. A last drop later than `now` counts as just made.
///
/// ```
/// use signal_core::model::{Points, Timestamp};
/// use signal_core::policy::Policy;
/// use signal_core::trust::{ScoreInput, trust_score};
///
/// let now = Timestamp::from_seconds(0).plus_days(100);
/// let input = ScoreInput {
///     active_days: 30,
///     registered_at: Timestamp::from_seconds(0),
///     last_drop_at: Some(now.plus_days(-7)),
///     bonus: 10_000 * 800_000, // 10 points, validated at 0.8
///     penalty: Points::ZERO,
/// };
/// let score = trust_score(&input, &Policy::default().trust, now);
/// assert_eq!((score.base, score.bonus, score.decay), (10.0, 8.0, 0.95));
/// assert!((score.score - 17.1).abs() < 1e-12);
/// ```
pub fn trust_score(input: &ScoreInput, policy: &TrustPolicy, now: Timestamp) -> TrustScore {
    let base =
        (f64::from(input.active_days) / policy.base_days * policy.base_per_period).min(policy.base_cap);
    let bonus = input.bonus as f64 / BONUS_UNIT;
    let penalty = input.penalty.as_f64();
    let days_since_last_drop = now.days_since(input.last_drop_at.unwrap_or(input.registered_at));
    let decay = libm::pow(policy.decay_factor, days_since_last_drop / policy.decay_days);
    TrustScore {
        score: ((base + bonus - penalty) * decay).max(0.0),
        base,
        bonus,
        penalty,
        decay,
        active_days: input.active_days,
        days_since_last_drop,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::Policy;

    const START: Timestamp = Timestamp::from_seconds(1_767_225_600);

    fn score_after(active_days: u32, bonus: i64, penalty: i64, silent_seconds: i64) -> TrustScore {
        let input = ScoreInput {
            active_days,
            registered_at: START.plus_days(-400),
            last_drop_at: Some(START),
            bonus,
            penalty: Points::from_milli(penalty),
        };
        trust_score(&input, &Policy::default().trust, START.plus_seconds(silent_seconds))
    }

    #[test]
    fn golden_scores() {
        // docs/algorithms.md, "Trust score": active days, bonus, penalty, seconds of silence → decay, score.
        let day = 86_400;
        let table = [
            (0, 0, 0, 0, 1.0, 0.0),
            (30, 0, 0, 0, 1.0, 10.0),
            (45, 0, 0, 0, 1.0, 15.0),
            (299, 0, 0, 0, 1.0, 99.666_666_667),
            (300, 0, 0, 0, 1.0, 100.0),
            (365, 0, 0, 0, 1.0, 100.0),
            (45, 12_500_000_000, 10_000, 0, 1.0, 17.5),
            (45, 12_500_000_000, 10_000, 7 * day, 0.95, 16.625),
            (45, 12_500_000_000, 10_000, 14 * day, 0.902_5, 15.793_75),
            (45, 12_500_000_000, 10_000, 7 * day / 2, 0.974_679_434, 17.056_890_103),
            (3, 2_000_000_000, 20_000, 7 * day, 0.95, 0.0),
        ];
        for (active, bonus, penalty, silence, decay, score) in table {
            let found = score_after(active, bonus, penalty, silence);
            assert!((found.decay - decay).abs() < 1e-9, "{active} {bonus} {penalty} {silence}: {found:?}");
            assert!((found.score - score).abs() < 1e-9, "{active} {bonus} {penalty} {silence}: {found:?}");
        }
    }

    #[test]
    fn without_a_drop_silence_counts_from_registration() {
        let input = ScoreInput {
            active_days: 30,
            registered_at: START,
            last_drop_at: None,
            bonus: 0,
            penalty: Points::ZERO,
        };
        let score = trust_score(&input, &Policy::default().trust, START.plus_days(14));
        assert!((score.score - 9.025).abs() < 1e-9 && (score.days_since_last_drop - 14.0).abs() < 1e-12);
        let early = trust_score(&input, &Policy::default().trust, START.plus_days(-3));
        assert_eq!((early.decay, early.days_since_last_drop), (1.0, 0.0));
    }

    proptest! {
        /// A score is finite and never negative; silence never raises it, a day of activity never lowers it.
        #[test]
        fn silence_lowers_and_activity_raises(
            active in 0u32..1_000, bonus in 0i64..1_000_000_000_000, penalty in 0i64..1_000_000, silence in 0i64..100_000_000,
        ) {
            let now = score_after(active, bonus, penalty, silence).score;
            prop_assert!(now.is_finite() && now >= 0.0);
            prop_assert!(score_after(active, bonus, penalty, silence + 3_600).score <= now);
            prop_assert!(score_after(active + 1, bonus, penalty, silence).score >= now);
        }
    }
}
