//! When to come back: until when a minimum stake stays raised, and what growing back takes.

use super::stakes::{minimum_stake, recent_failures};
use crate::ledger::UserState;
use crate::model::{Points, Timestamp};
use crate::policy::StakePolicy;

/// Why a minimum stake is what it is, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RaisedMinimum {
    /// The failures that still count.
    pub failures: u32,
    /// The failures that a finding counts for, as long as epochs have it.
    pub found: u32,
    /// For how many days each of them does.
    pub days: i64,
    /// When the oldest of them is forgotten; none where there is no failure.
    pub falls_at: Option<Timestamp>,
    /// The minimum from then on, if nothing fails until then.
    pub falls_to: Points,
    /// When the stake that was offered will do; none where it never does.
    pub enough_at: Option<Timestamp>,
}

/// What is behind the minimum stake at `now`, for who offered `stake`. A finding counts for `found` failures that are not
/// forgotten. At most one step for each failure.
pub fn raised_minimum(
    failures: &[Timestamp],
    found: u32,
    stake: Points,
    now: Timestamp,
    policy: &StakePolicy,
) -> RaisedMinimum {
    let count = recent_failures(failures, now, policy);
    let mut ends: Vec<_> =
        failures.iter().map(|at| at.plus_days(policy.failure_memory_days)).filter(|end| *end > now).collect();
    ends.sort_unstable();
    // After the n-th of them is forgotten, so many are left.
    let mut minimums = (0..count).rev().map(|left| minimum_stake(left.saturating_add(found), policy));
    let steps: Vec<_> = ends.into_iter().zip(minimums.by_ref()).collect();
    let first = steps.first();
    RaisedMinimum {
        failures: count,
        found,
        days: policy.failure_memory_days,
        falls_at: first.map(|(at, _)| *at),
        falls_to: first.map_or(minimum_stake(found, policy), |(_, minimum)| *minimum),
        enough_at: steps.iter().find(|(_, minimum)| *minimum <= stake).map(|(at, _)| *at),
    }
}

/// What it takes until there are points enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regrowth {
    /// On how many UTC days a rating must come.
    pub days: u32,
    /// The earliest instant of the last of them: now, or the start of that day.
    pub at: Timestamp,
}

/// What it takes until a person can stake so much by growing back alone, while nothing else moves; none where it stops
/// before: points are minted only while available and staked together are below the opening balance or the minimum.
pub fn regrowth(
    user: &UserState,
    stake: Points,
    minimum: Points,
    now: Timestamp,
    policy: &StakePolicy,
) -> Option<Regrowth> {
    let (step, missing) = (policy.regrowth.milli(), (stake - user.available).milli());
    if step <= 0 || missing <= 0 {
        return None;
    }
    let days = missing.div_euclid(step) + i64::from(missing % step > 0);
    let before_last = user.available + user.staked + Points::from_milli(step.saturating_mul(days - 1));
    if before_last >= policy.opening(user.verification).max(minimum) {
        return None;
    }
    let paid_today = user.allowance_day == Some(now.utc_day());
    let later = days - 1 + i64::from(paid_today);
    let at = if later == 0 { now } else { now.utc_day().start().plus_days(later) };
    Some(Regrowth { days: u32::try_from(days).unwrap_or(u32::MAX), at })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::UserStatus;
    use crate::model::{Pseudonym, UserId, Verification};

    const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600 + 3_600);

    fn user(available: i64, staked: i64, verification: Verification) -> UserState {
        UserState {
            id: UserId::from_uuid(uuid::Uuid::nil()),
            pseudonym: Pseudonym::from_bytes([0; 16]),
            status: UserStatus::Claimed,
            has_handle: true,
            verification,
            registered_at: NOW,
            available: Points::from_milli(available),
            staked: Points::from_milli(staked),
            active_days: 0,
            last_active_day: None,
            last_drop_at: None,
            recent_drops: Vec::new(),
            failures: Vec::new(),
            bonus: 0,
            penalty: Points::ZERO,
            drops: 0,
            settled: 0,
            succeeded: 0,
            allowance_day: None,
            day_counts: None,
            claims: 0,
            seed: false,
            blocks: 0,
            circles: 0,
        }
    }

    #[test]
    fn the_minimum_falls_with_each_failure_that_is_forgotten() {
        // Failures 80, 40 and 10 days ago: 33.750 now, 22.500 in 10 days, 15 in 50, 10 in 80.
        let policy = StakePolicy::default();
        let failures: Vec<_> = [80_i64, 40, 10, 90, 200].iter().map(|days| NOW.plus_days(-days)).collect();
        let raised = |milli| raised_minimum(&failures, 0, Points::from_milli(milli), NOW, &policy);
        let first = raised(22_500);
        assert_eq!((first.failures, first.days), (3, 90));
        assert_eq!((first.falls_at, first.falls_to), (Some(NOW.plus_days(10)), Points::from_milli(22_500)));
        for (milli, days) in
            [(33_749, 10), (22_500, 10), (22_499, 50), (15_000, 50), (14_999, 80), (10_000, 80)]
        {
            assert_eq!(raised(milli).enough_at, Some(NOW.plus_days(days)), "{milli}");
        }
        assert_eq!(raised(9_999).enough_at, None);
        let none = raised_minimum(&[], 0, Points::from_milli(9_999), NOW, &policy);
        assert_eq!((none.failures, none.falls_at, none.falls_to), (0, None, Points::whole(10)));
        // A finding that counts for two: 10 · 1.5^3 now, 22.500 in 80 days and from then on.
        let found = raised_minimum(&failures[2..3], 2, Points::from_milli(33_000), NOW, &policy);
        assert_eq!((found.failures, found.found), (1, 2));
        assert_eq!((found.falls_to, found.enough_at), (Points::from_milli(22_500), Some(NOW.plus_days(80))));
        let alone = raised_minimum(&[], 2, Points::whole(22), NOW, &policy);
        assert_eq!((alone.falls_to, alone.enough_at), (Points::from_milli(22_500), None));
    }

    #[test]
    fn growing_back_takes_a_day_a_point_and_stops_at_the_opening_balance() {
        let policy = StakePolicy::default();
        let start = NOW.utc_day().start();
        let ask = |user: &UserState, milli| {
            regrowth(user, Points::from_milli(milli), Points::whole(10), NOW, &policy).map(|r| (r.days, r.at))
        };
        let poor = user(7_400, 0, Verification::None);
        assert_eq!(ask(&poor, 10_000), Some((3, start.plus_days(2))));
        assert_eq!(ask(&poor, 8_400), Some((1, NOW)));
        assert_eq!(ask(&poor, 8_401), Some((2, start.plus_days(1))));
        let paid = UserState { allowance_day: Some(NOW.utc_day()), ..poor.clone() };
        assert_eq!(ask(&paid, 8_400), Some((1, start.plus_days(1))));
        // The last point is minted below 20: at most 20.4 are reached.
        assert_eq!(ask(&poor, 20_400), Some((13, start.plus_days(12))));
        assert_eq!(ask(&poor, 20_401), None);
        // What is staked counts towards the ceiling, and cannot be staked again.
        assert_eq!(ask(&user(5_000, 15_000, Verification::None), 6_000), None);
        assert_eq!(ask(&user(5_000, 14_999, Verification::None), 6_000), Some((1, NOW)));
        // A raised minimum raises the ceiling.
        let raised = regrowth(
            &user(20_000, 0, Verification::None),
            Points::from_milli(22_500),
            Points::from_milli(22_500),
            NOW,
            &policy,
        );
        assert_eq!(raised.map(|r| r.days), Some(3));
    }

    proptest! {
        /// What is promised comes true when it is lived day by day, and no earlier.
        #[test]
        fn living_the_days_leads_to_the_stake(
            available in 0i64..30_000, staked in 0i64..10_000, wanted in 1i64..40_000, paid in any::<bool>(), failures in 0u32..5,
        ) {
            let policy = StakePolicy::default();
            let minimum = minimum_stake(failures, &policy);
            let mut person = user(available, staked, Verification::None);
            person.allowance_day = paid.then(|| NOW.utc_day());
            prop_assume!(wanted > available);
            let told = regrowth(&person, Points::from_milli(wanted), minimum, NOW, &policy);
            let mut lived = None;
            for later in 0..100_i64 {
                let today = NOW.plus_days(later).utc_day();
                let holdings = person.available + person.staked;
                if !super::super::regrowth_due(holdings, person.verification, minimum, person.allowance_day, today, &policy) {
                    if person.allowance_day == Some(today) { continue }
                    break;
                }
                person.available = person.available + policy.regrowth;
                person.allowance_day = Some(today);
                if person.available >= Points::from_milli(wanted) {
                    lived = Some(if later == 0 { NOW } else { today.start() });
                    break;
                }
            }
            prop_assert_eq!(told.map(|r| r.at), lived);
        }
    }
}
