//! How much of all privileges an account has (`docs/algorithms.md` §5.5): a newcomer a share, a settled one everything.

use crate::model::{Millionths, Timestamp};
use crate::policy::AdmissionPolicy;

const ONE: i128 = 1_000_000;

/// An account as an epoch sees it that closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applicant {
    /// Since when a person stands behind it.
    pub since: Timestamp,
    /// Share of all standing, times the number of people, in millionths.
    pub standing: u64,
    /// Whether a phone or a payment was checked.
    pub verified: bool,
}

impl Applicant {
    /// Whether somebody vouches for it: a check, or standing enough.
    const fn vouched_for(&self, policy: &AdmissionPolicy) -> bool {
        self.verified || self.standing >= policy.full_standing
    }

    /// Age in microseconds, never negative.
    fn age(&self, now: Timestamp) -> i64 {
        now.micros().saturating_sub(self.since.micros()).max(0)
    }
}

/// The age in microseconds at which an account is settled: `settled_days`, or the age of the account in the middle of those
/// that are verified or have standing, whichever is less. So the first people of a community are no newcomers, and many
/// young accounts without standing do not make themselves old. 0 where nobody is vouched for.
pub fn settled_age(accounts: &[Applicant], now: Timestamp, policy: &AdmissionPolicy) -> i64 {
    let vouched = accounts.iter().filter(|account| account.vouched_for(policy));
    let mut ages: Vec<_> = vouched.map(|account| account.age(now)).collect();
    ages.sort_unstable();
    let middle = ages.get(ages.len() / 2).copied().unwrap_or(0);
    let settled = now.plus_days(policy.settled_days).micros().saturating_sub(now.micros());
    middle.min(settled)
}

/// The share of all privileges of an account, rounded down:
/// `newcomer + (1 − newcomer) · min(age / settled age, standing / full standing)`, each quotient at most 1, the second 1 for
/// who is verified.
///
/// ```
/// # use signal_core::{model::Timestamp, policy::AdmissionPolicy, reputation::{Applicant, privilege}};
/// let policy = AdmissionPolicy::default();
/// let (now, week) = (Timestamp::from_seconds(1_780_000_000), 7 * 86_400 * 1_000_000);
/// let account = Applicant { since: now.plus_days(-7), standing: 0, verified: true };
/// assert_eq!(privilege(&account, now, 2 * week, &policy).get(), 700_000); // 0.4 + 0.6 · ½
/// assert_eq!(privilege(&account, now, week, &policy).get(), 1_000_000);
/// ```
pub fn privilege(
    account: &Applicant,
    now: Timestamp,
    settled_age: i64,
    policy: &AdmissionPolicy,
) -> Millionths {
    let part = |value: i128, full: i128| if full <= 0 { ONE } else { (value * ONE / full).min(ONE) };
    let by_age = part(i128::from(account.age(now)), i128::from(settled_age));
    let by_standing = if account.verified {
        ONE
    } else {
        part(i128::from(account.standing), i128::from(policy.full_standing))
    };
    let newcomer = i128::from(policy.newcomer_share.get());
    Millionths::clamped(newcomer + (ONE - newcomer) * by_age.min(by_standing) / ONE)
}

/// Which share of all privileges a person has now, and why it is not all; and what a finding makes of their stakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// The share.
    pub share: Millionths,
    /// Days after which an account is settled.
    pub settled_days: i64,
    /// Whether a finding of the newest epoch raises the minimum stake.
    pub raised: bool,
}

impl Default for Admission {
    /// All privileges: who decides without an epoch knows of no newcomers.
    fn default() -> Self {
        Self { share: Millionths::ONE, settled_days: 0, raised: false }
    }
}

impl Admission {
    /// How much of a limit for settled people is allowed: its share, rounded down, at least 1.
    ///
    /// ```
    /// # use signal_core::{model::Millionths, reputation::Admission};
    /// let newcomer = Admission { share: Millionths::clamped(400_000), ..Admission::default() };
    /// assert_eq!((newcomer.allowed(5), newcomer.allowed(1), Admission::default().allowed(5)), (2, 1, 5));
    /// ```
    pub fn allowed(&self, full: u32) -> u32 {
        let part = u64::from(full) * u64::from(self.share.get()) / 1_000_000;
        u32::try_from(part).unwrap_or(full).max(1).min(full)
    }

    /// What a newcomer is told of a limit; none for who has all of it.
    pub fn newcomer(&self, full: u32) -> Option<Newcomer> {
        (self.allowed(full) < full).then_some(Newcomer { full, settled_days: self.settled_days })
    }
}

/// Why a limit is lower than that of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newcomer {
    /// The limit of settled people.
    pub full: u32,
    /// Days after which an account is settled at the latest.
    pub settled_days: i64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_780_272_000);
    const DAY: i64 = 86_400_000_000;

    fn account(days: i64, standing: u64, verified: bool) -> Applicant {
        Applicant { since: NOW.plus_days(-days), standing, verified }
    }

    #[test]
    fn shares_grow_with_the_lesser_of_age_and_standing() {
        let policy = AdmissionPolicy::default();
        for (days, standing, verified, share) in [
            (0, 0, false, 400_000),
            (0, 1_000_000, false, 400_000),
            (14, 0, false, 400_000),
            (7, 1_000_000, false, 700_000),
            (14, 125_000, false, 700_000),
            (14, 62_500, false, 550_000),
            (7, 62_500, false, 550_000),
            (14, 250_000, false, 1_000_000),
            (400, 9_000_000, false, 1_000_000),
            (7, 0, true, 700_000),
            (14, 0, true, 1_000_000),
            (1, 1, false, 400_002),
            (-3, 0, true, 400_000),
        ] {
            let found = privilege(&account(days, standing, verified), NOW, 14 * DAY, &policy);
            assert_eq!(found.get(), share, "{days} days, {standing}, {verified}");
        }
    }

    #[test]
    fn the_first_people_are_no_newcomers_and_a_flood_makes_nobody_old() {
        let policy = AdmissionPolicy::default();
        let mut accounts = vec![account(400, 5_000_000, true)];
        accounts.extend((0..60).map(|_| account(3, 300_000, false)));
        assert_eq!(settled_age(&accounts, NOW, &policy), 3 * DAY);
        accounts.extend((0..1_000).map(|_| account(0, 1_000, false)));
        assert_eq!(settled_age(&accounts, NOW, &policy), 3 * DAY);
        accounts.extend((0..200).map(|_| account(90, 0, true)));
        assert_eq!(settled_age(&accounts, NOW, &policy), 14 * DAY);
        assert_eq!(settled_age(&[account(9, 10, false)], NOW, &policy), 0);
        assert_eq!(privilege(&account(0, 250_000, false), NOW, 0, &policy), Millionths::ONE);
    }

    #[test]
    fn limits_scale_and_never_shut_anybody_out() {
        let of = |share| Admission { share: Millionths::clamped(share), settled_days: 14, raised: false };
        for (share, drops, ratings) in
            [(400_000, 2, 100), (600_000, 3, 150), (999_999, 4, 249), (1_000_000, 5, 250), (1, 1, 1)]
        {
            assert_eq!((of(share).allowed(5), of(share).allowed(250)), (drops, ratings), "{share}");
        }
        assert_eq!(of(400_000).newcomer(5), Some(Newcomer { full: 5, settled_days: 14 }));
        assert_eq!(of(1_000_000).newcomer(5), None);
    }

    proptest! {
        /// More standing, more age or a check never take a privilege away; a newcomer keeps the newcomer's share; who is
        /// verified and settled has everything.
        #[test]
        fn privileges_only_grow(
            days in 0i64..60, later in 0i64..60, standing in 0u64..2_000_000, more in 0u64..2_000_000,
            verified in any::<bool>(), settled in 0i64..40, newcomer in 1i128..=1_000_000, full in 1u64..3_000_000,
        ) {
            let policy = AdmissionPolicy {
                newcomer_share: Millionths::clamped(newcomer), full_standing: full, ..AdmissionPolicy::default()
            };
            let of = |days, standing, verified| privilege(&account(days, standing, verified), NOW, settled * DAY, &policy);
            let share = of(days, standing, verified);
            prop_assert!(share >= policy.newcomer_share);
            prop_assert!(of(days, standing + more, verified) >= share);
            prop_assert!(of(days + later, standing, verified) >= share);
            prop_assert!(of(days, standing, true) >= share);
            prop_assert_eq!(of(days + settled, standing, true), Millionths::ONE);
            prop_assert_eq!(of(days + settled, full + more, false), Millionths::ONE);
            let allowed = |share| Admission { share, ..Admission::default() }.allowed(7);
            prop_assert!(allowed(share) <= allowed(of(days, standing + more, true)));
        }
    }
}
