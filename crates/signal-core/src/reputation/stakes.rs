//! Sizes and moments of stakes.

use crate::model::{Millionths, Points, Timestamp, UtcDay, Verification};
use crate::policy::{StakePolicy, ValidationPolicy};

/// How many failures still raise the minimum stake at `now`.
pub fn recent_failures(failures: &[Timestamp], now: Timestamp, policy: &StakePolicy) -> u32 {
    let horizon = now.plus_days(-policy.failure_memory_days);
    let recent = failures.iter().filter(|at| **at > horizon).count();
    u32::try_from(recent).unwrap_or(u32::MAX)
}

/// ⌊minimum · 3^f / 2^f⌋ for `f` recent failures, at most the maximum stake.
///
/// ```
/// # use signal_core::{model::Points, policy::StakePolicy, reputation::minimum_stake};
/// let policy = StakePolicy::default();
/// assert_eq!(minimum_stake(0, &policy), Points::whole(10));
/// assert_eq!(minimum_stake(3, &policy), Points::from_milli(33_750));
/// assert_eq!(minimum_stake(100, &policy), Points::whole(200));
/// ```
pub fn minimum_stake(failures: u32, policy: &StakePolicy) -> Points {
    let (up, down) = (i128::from(policy.failure_numerator), i128::from(policy.failure_denominator.max(1)));
    let mut numerator = i128::from(policy.minimum.milli());
    let mut denominator = 1_i128;
    for _ in 0..failures {
        numerator = numerator.saturating_mul(up);
        denominator = denominator.saturating_mul(down);
        let ceiling = i128::from(policy.maximum.milli()).saturating_mul(denominator);
        if numerator >= ceiling || denominator > i128::from(i64::MAX) {
            return if up > down { policy.maximum } else { policy.minimum };
        }
    }
    let milli = i64::try_from(numerator.div_euclid(denominator)).unwrap_or(i64::MAX);
    Points::from_milli(milli).min(policy.maximum)
}

/// The part of a stake that is gone `days` whole days into the fading: ⌊stake · days / fade days⌋.
pub fn faded(stake: Points, days: i64, policy: &StakePolicy) -> Points {
    stake.scaled(days.clamp(0, policy.fade_days), policy.fade_days)
}

/// What a success pays on top: ⌊left · score / 2,000,000⌋ with the score in millionths.
pub fn reward(left: Points, score: Millionths, policy: &StakePolicy) -> Points {
    left.scaled(i64::from(score.get()), i64::from(policy.reward_divisor))
}

/// Raters that a drop needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quorum {
    /// So many distinct, unlinked raters of non-zero weight.
    Needs(u32),
    /// Too few people are active to judge anything: the stake returns.
    TooFewActive,
}

/// The quorum in a community, or circle, where `active` people acted in the last 30 days.
pub fn quorum(active: u32, policy: &ValidationPolicy) -> Quorum {
    if active < policy.least_active {
        return Quorum::TooFewActive;
    }
    if active >= policy.full_quorum_active {
        return Quorum::Needs(policy.quorum);
    }
    let root = (0..=active).find(|r| r.saturating_mul(*r) >= active).unwrap_or(active);
    Quorum::Needs(root.max(policy.small_quorum))
}

/// Whether a rating on `today` mints an allowance for a person with these holdings: one a day, and none for a day before
/// one that was paid.
pub fn regrowth_due(
    holdings: Points,
    level: Verification,
    minimum: Points,
    paid: Option<UtcDay>,
    today: UtcDay,
    policy: &StakePolicy,
) -> bool {
    holdings < policy.opening(level).max(minimum) && paid.is_none_or(|paid| paid < today)
}

/// When the next drop is allowed: `None` means now.
pub fn drop_allowed_at(recent: &[Timestamp], now: Timestamp, policy: &StakePolicy) -> Option<Timestamp> {
    let seconds = policy.rate_hours.saturating_mul(3_600);
    let mut counted: Vec<_> =
        recent.iter().copied().filter(|made| made.plus_seconds(seconds) > now).collect();
    counted.sort_unstable();
    let surplus = counted.len().checked_sub(policy.rate_drops as usize)?;
    counted.get(surplus).map(|oldest| oldest.plus_seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_grows_by_half_with_every_failure() {
        let policy = StakePolicy::default();
        let worked = [10_000, 15_000, 22_500, 33_750, 50_625, 75_937, 113_906, 170_859, 200_000, 200_000];
        for (failures, milli) in (0..).zip(worked) {
            assert_eq!(minimum_stake(failures, &policy), Points::from_milli(milli), "{failures} failures");
        }
    }

    #[test]
    fn a_failure_is_forgotten_after_ninety_days_to_the_microsecond() {
        let policy = StakePolicy::default();
        let failed = Timestamp::from_seconds(1_000_000);
        let end = failed.plus_days(90);
        assert_eq!(recent_failures(&[failed], Timestamp::from_micros(end.micros() - 1), &policy), 1);
        assert_eq!(recent_failures(&[failed], end, &policy), 0);
    }

    #[test]
    fn fading_rounds_what_is_gone_down() {
        let policy = StakePolicy::default();
        let stake = Points::from_milli(10_001);
        let worked = [(0, 0), (1, 333), (7, 2_333), (29, 9_667), (30, 10_001), (31, 10_001)];
        for (days, gone) in worked {
            assert_eq!(faded(stake, days, &policy), Points::from_milli(gone), "day {days}");
        }
    }

    #[test]
    fn rewards_round_down() {
        let policy = StakePolicy::default();
        let worked = [
            (10_000, 600_000, 3_000),
            (10_001, 600_000, 3_000),
            (33_750, 754_321, 12_729),
            (1, 1_000_000, 0),
        ];
        for (left, score, paid) in worked {
            let score = Millionths::clamped(score);
            assert_eq!(reward(Points::from_milli(left), score, &policy), Points::from_milli(paid));
        }
    }

    #[test]
    fn small_communities_need_the_root_of_their_number() {
        let policy = ValidationPolicy::default();
        let worked =
            [(3, 2), (4, 2), (5, 3), (9, 3), (10, 4), (16, 4), (17, 5), (24, 5), (25, 5), (10_000, 5)];
        for (active, needs) in worked {
            assert_eq!(quorum(active, &policy), Quorum::Needs(needs), "{active} active");
        }
        assert_eq!(quorum(2, &policy), Quorum::TooFewActive);
    }

    #[test]
    fn the_sixth_drop_of_a_day_waits_for_the_first_to_age() {
        let policy = StakePolicy::default();
        let start = Timestamp::from_seconds(0);
        let made: Vec<_> = (0..5).map(|i| start.plus_seconds(i * 60)).collect();
        let now = start.plus_seconds(3_600);
        assert_eq!(drop_allowed_at(&made, now, &policy), Some(start.plus_seconds(86_400)));
        assert_eq!(drop_allowed_at(&made, start.plus_seconds(86_400), &policy), None);
        assert_eq!(drop_allowed_at(&made[1..], now, &policy), None);
    }
}
