//! Where a score stands among other people's.

use std::cmp::Ordering;

use crate::model::UserId;
use crate::taste::stable_hash::stable_hash;

/// The share of a sample that a score reaches, in [0, 1]: those below it, and half of those equal to it (the mid-rank,
/// so that a score which everyone has stands in the middle). `None` for an empty sample; NaN in it is passed over.
///
/// ```
/// # use signal_core::compatibility::percentile;
/// assert_eq!(percentile(0.5, &[0.1, 0.5, 0.5, 0.9]), Some(0.5));
/// assert_eq!(percentile(0.5, &[]), None);
/// ```
pub fn percentile(score: f64, sample: &[f64]) -> Option<f64> {
    let count = |holds: &dyn Fn(f64) -> bool| sample.iter().filter(|other| holds(**other)).count() as f64;
    let all = count(&|other| !other.is_nan());
    if all == 0.0 || score.is_nan() {
        return None;
    }
    let order = |is: Ordering| count(&|other| other.partial_cmp(&score) == Some(is));
    let (below, equal) = (order(Ordering::Less), order(Ordering::Equal));
    Some((below + equal / 2.0) / all)
}

/// At most `size` people other than `a` and `b`, by id: the same ones for the same seed, whatever the order of `users`.
///
/// Those with the smallest seeded hashes are taken, a uniform sample for any seed, and one that a newcomer changes by
/// one person at most. Takes O(users) and a sort of the sample.
pub fn sample(users: &[UserId], a: UserId, b: UserId, size: usize, seed: u64) -> Vec<UserId> {
    let others = users.iter().filter(|user| **user != a && **user != b);
    let mut drawn: Vec<(u64, UserId)> =
        others.map(|user| (stable_hash(seed, user.uuid().as_bytes()), *user)).collect();
    if size < drawn.len() {
        drawn.select_nth_unstable(size);
        drawn.truncate(size);
    }
    let mut people: Vec<UserId> = drawn.into_iter().map(|(_, user)| user).collect();
    people.sort_unstable();
    people.dedup();
    people
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::model::Timestamp;

    fn user(n: u16) -> UserId {
        let mut random = [0; 10];
        random[..2].copy_from_slice(&n.to_be_bytes());
        UserId::new(Timestamp::from_seconds(1), random)
    }

    #[test]
    fn golden_percentiles() {
        // docs/algorithms.md, "Compatibility".
        let sample = [0.1, 0.2, 0.2, 0.4, f64::NAN];
        let found = [0.0, 0.1, 0.2, 0.3, 0.4, 1.0].map(|score| percentile(score, &sample));
        assert_eq!(found, [0.0, 0.125, 0.5, 0.75, 0.875, 1.0].map(Some));
        assert_eq!((percentile(0.1, &[f64::NAN]), percentile(f64::NAN, &sample)), (None, None));
    }

    #[test]
    fn every_person_is_drawn_about_alike() {
        let users: Vec<UserId> = (0..50).map(user).collect();
        let mut drawn = [0u32; 50];
        for seed in 0..2_000 {
            for person in sample(&users, user(0), user(1), 12, seed) {
                drawn[users.iter().position(|user| *user == person).unwrap()] += 1;
            }
        }
        // 12 of 48, 2,000 times: 500 ± 6 standard deviations of 19.4.
        assert_eq!(drawn[..2], [0, 0]);
        assert!(drawn[2..].iter().all(|count| (384..=616).contains(count)), "{drawn:?}");
    }

    proptest! {
        /// Of the size asked, without the two, whatever the order; a newcomer replaces one person at most.
        #[test]
        fn a_sample_is_stable(mut people in prop::collection::btree_set(0u16..500, 3..60), size in 0usize..40, seed: u64) {
            let (a, b) = (user(*people.first().unwrap()), user(*people.last().unwrap()));
            let mut users: Vec<UserId> = people.iter().map(|&n| user(n)).collect();
            let drawn = sample(&users, a, b, size, seed);
            prop_assert_eq!(drawn.len(), size.min(users.len() - 2));
            prop_assert!(!drawn.contains(&a) && !drawn.contains(&b));
            users.reverse();
            prop_assert_eq!(&drawn, &sample(&users, a, b, size, seed));
            people.insert(777);
            users.push(user(777));
            let before: BTreeSet<UserId> = drawn.into_iter().collect();
            let after: BTreeSet<UserId> = sample(&users, a, b, size, seed).into_iter().collect();
            prop_assert!(before.difference(&after).count() <= 1);
        }
    }
}
