//! The people whom a percentile is taken among.

use std::collections::BTreeSet;

use crate::model::UserId;
use crate::taste::stable_hash::stable_hash;

/// A uniform sample of a community that is kept while people come and go.
///
/// Holds those with the smallest seeded hashes: the same people for the same seed, in whatever order they came, and a
/// newcomer replaces one of them at most. Coming takes O(log size). Whoever goes leaves a gap that only the rest of
/// the community can fill: see [`remove`](Self::remove).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    seed: u64,
    kept: BTreeSet<(u64, UserId)>,
}

impl Crowd {
    /// The most people whom a sample can have.
    pub const MOST: usize = 4_096;

    /// Nobody yet.
    pub const fn new(seed: u64) -> Self {
        Self { seed, kept: BTreeSet::new() }
    }

    /// Somebody came.
    pub fn insert(&mut self, user: UserId) {
        self.kept.insert((self.hash(user), user));
        // Two more than a sample, for the two who ask are never in it.
        if self.kept.len() > Self::MOST + 2 {
            self.kept.pop_last();
        }
    }

    /// Somebody went; `rest` is everybody else, and looked at only where somebody of them takes the place.
    pub fn remove<'a>(&mut self, user: UserId, rest: impl ExactSizeIterator<Item = &'a UserId>) {
        if self.kept.remove(&(self.hash(user), user)) && rest.len() > self.kept.len() {
            for other in rest {
                self.insert(*other);
            }
        }
    }

    /// At most `size` people, and two more for the two who ask: [`others`](Self::others) leaves those out.
    pub fn people(&self, size: usize) -> Vec<UserId> {
        self.kept.iter().take(size.min(Self::MOST).saturating_add(2)).map(|(_, user)| *user).collect()
    }

    /// What is told of `size` people other than `a` and `b`, out of what is told of [`people`](Self::people).
    pub fn others<T>(
        told: impl IntoIterator<Item = (UserId, T)>,
        a: UserId,
        b: UserId,
        size: usize,
    ) -> impl Iterator<Item = (UserId, T)> {
        told.into_iter().filter(move |(user, _)| *user != a && *user != b).take(size.min(Self::MOST))
    }

    fn hash(&self, user: UserId) -> u64 {
        stable_hash(self.seed, user.uuid().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Timestamp;

    fn user(n: u16) -> UserId {
        let mut random = [0; 10];
        random[8..].copy_from_slice(&n.to_be_bytes());
        UserId::new(Timestamp::from_seconds(1), random)
    }

    fn drawn(crowd: &Crowd, a: u16, b: u16, size: usize) -> BTreeSet<UserId> {
        let told = crowd.people(size).into_iter().map(|user| (user, ()));
        Crowd::others(told, user(a), user(b), size).map(|(user, ())| user).collect()
    }

    #[test]
    fn every_person_is_drawn_about_alike() {
        let mut counts = [0u32; 50];
        for seed in 0..2_000 {
            let mut crowd = Crowd::new(seed);
            (0..50).for_each(|n| crowd.insert(user(n)));
            for person in drawn(&crowd, 0, 1, 12) {
                counts[(0..50).position(|n| user(n) == person).unwrap()] += 1;
            }
        }
        // 12 of 48, 2,000 times: 500 ± 6 standard deviations of 19.4.
        assert_eq!(counts[..2], [0, 0]);
        assert!(counts[2..].iter().all(|count| (384..=616).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_large_community_is_not_kept_whole() {
        let mut crowd = Crowd::new(7);
        (0..10_000).for_each(|n| crowd.insert(user(n)));
        assert_eq!(crowd.people(usize::MAX).len(), Crowd::MOST + 2);
        let before = crowd.people(5);
        let gone = before[0];
        let everyone: Vec<UserId> = (0..10_000).map(user).filter(|one| *one != gone).collect();
        crowd.remove(gone, everyone.iter());
        assert_eq!(crowd.people(usize::MAX).len(), Crowd::MOST + 2);
        assert_eq!(crowd.people(4)[..], before[1..][..6]);
    }

    proptest! {
        /// Of the size asked, without the two, whatever the order of coming; a newcomer replaces one person at most, and
        /// it is as if whoever went had never come.
        #[test]
        fn a_sample_is_stable(mut people in prop::collection::btree_set(0u16..500, 3..60), size in 0usize..40, seed: u64) {
            let (a, b) = (*people.first().unwrap(), *people.last().unwrap());
            let mut crowd = Crowd::new(seed);
            for &n in &people {
                crowd.insert(user(n));
            }
            let before = drawn(&crowd, a, b, size);
            prop_assert_eq!(before.len(), size.min(people.len() - 2));
            prop_assert!(!before.contains(&user(a)) && !before.contains(&user(b)));
            let mut reversed = Crowd::new(seed);
            for &n in people.iter().rev() {
                reversed.insert(user(n));
            }
            prop_assert_eq!(&before, &drawn(&reversed, a, b, size));
            people.insert(777);
            crowd.insert(user(777));
            prop_assert!(before.difference(&drawn(&crowd, a, b, size)).count() <= 1);
            people.remove(&777);
            let rest: Vec<UserId> = people.iter().map(|&n| user(n)).collect();
            crowd.remove(user(777), rest.iter());
            prop_assert_eq!(&before, &drawn(&crowd, a, b, size));
        }
    }
}
