//! Who praises whom, and the sets of people who mostly praise each other.

use std::collections::BTreeMap;

use super::components::components;
use super::facts::Facts;
use super::praise::RatingFact;
use crate::model::UserId;
use crate::policy::IntegrityPolicy;

/// Counted ratings of one person by another.
#[derive(Default, Clone, Copy)]
struct Given {
    count: usize,
    sum: f64,
}

/// Who rated whom, with people numbered in the order of their ids.
pub(super) struct Praise {
    pub(super) people: Vec<UserId>,
    /// For each person, whom they rated.
    given: Vec<BTreeMap<usize, Given>>,
    /// For each person, how many ratings they gave.
    total: Vec<usize>,
    /// For each person, how many ratings they got.
    received: Vec<usize>,
    /// For each person, whom they praise, with the share of their ratings.
    praised: Vec<Vec<(usize, f64)>>,
    /// Share of their ratings that a member gives the group as praise.
    share: f64,
}

impl Praise {
    pub(super) fn new(ratings: &[RatingFact], policy: &IntegrityPolicy) -> Self {
        let counted =
            |fact: &&RatingFact| fact.counted && fact.rater != fact.author && fact.value.is_finite();
        let mut facts: Vec<&RatingFact> = ratings.iter().filter(counted).collect();
        // A fixed order, so that the sums below do not depend on how the facts came.
        facts.sort_by(|x, y| {
            (x.rater, x.author, x.at).cmp(&(y.rater, y.author, y.at)).then(x.value.total_cmp(&y.value))
        });
        let mut people: Vec<UserId> = facts.iter().flat_map(|fact| [fact.rater, fact.author]).collect();
        people.sort_unstable();
        people.dedup();
        let mut given = vec![BTreeMap::<usize, Given>::new(); people.len()];
        for fact in facts {
            let (Ok(rater), Ok(author)) =
                (people.binary_search(&fact.rater), people.binary_search(&fact.author))
            else {
                continue;
            };
            if let Some(row) = given.get_mut(rater) {
                let cell = row.entry(author).or_default();
                cell.count += 1;
                cell.sum += fact.value.clamp(0.0, 1.0);
            }
        }
        let total: Vec<usize> = given.iter().map(|row| row.values().map(|given| given.count).sum()).collect();
        // A mean of ratings may come out a hair below the 0.8 that each of them is.
        let praise = |given: &Given| given.sum >= (policy.inward_praise - 1e-9) * given.count as f64;
        let praised = given.iter().zip(&total).map(|(row, total)| {
            let praise = row.iter().filter(|(_, given)| praise(given));
            praise.map(|(to, given)| (*to, given.count as f64 / *total as f64)).collect()
        });
        let praised = praised.collect();
        let mut received = vec![0; people.len()];
        for (to, given) in given.iter().flatten() {
            if let Some(count) = received.get_mut(*to) {
                *count += given.count;
            }
        }
        Self { people, given, total, received, praised, share: policy.inward_share }
    }

    /// Whom a person rated, as (person, ratings).
    fn row(&self, person: usize) -> impl Iterator<Item = (usize, Given)> {
        self.given.get(person).into_iter().flatten().map(|(to, given)| (*to, *given))
    }

    /// Whom a person praises, with the share of their ratings.
    pub(super) fn praised(&self, person: usize) -> &[(usize, f64)] {
        self.praised.get(person).map_or(&[], Vec::as_slice)
    }

    /// The largest inward sets among `people` (sorted), each sorted.
    pub(super) fn inward_sets(&self, people: &[usize]) -> Vec<Vec<usize>> {
        let mut open = vec![people.to_vec()];
        let mut sets = Vec::new();
        while let Some(set) = open.pop() {
            let inward = self.inward(set);
            let parts =
                components(&inward, &|person| self.praised(person).iter().map(|praised| praised.0).collect());
            match parts.len() {
                0 => {}
                1 => sets.push(inward),
                _ => open.extend(parts.into_iter().filter(|part| part.len() > 1)),
            }
        }
        sets.sort_unstable();
        sets
    }

    /// Drops whoever gives too little of their ratings as praise to the others, until nobody does.
    fn inward(&self, mut set: Vec<usize>) -> Vec<usize> {
        loop {
            let inside = |person: &usize| set.binary_search(person).is_ok();
            let kept: Vec<usize> = set
                .iter()
                .copied()
                .filter(|person| {
                    let share: f64 = self
                        .praised(*person)
                        .iter()
                        .filter(|(to, _)| inside(to))
                        .map(|(_, share)| share)
                        .sum();
                    // Shares are sums of fractions: 3/5 of them may come out a hair below 0.6.
                    share > 0.0 && share >= self.share - 1e-9
                })
                .collect();
            if kept.len() == set.len() {
                return kept;
            }
            set = kept;
        }
    }

    /// The numbers of a set (sorted).
    pub(super) fn facts(&self, set: &[usize]) -> Facts {
        let sum_of =
            |counts: &[usize]| -> usize { set.iter().filter_map(|person| counts.get(*person)).sum() };
        let inside = set.iter().flat_map(|person| self.row(*person));
        let (inside, sum) = inside
            .filter(|(to, _)| set.binary_search(to).is_ok())
            .fold((0, 0.0), |(count, sum), (_, given)| (count + given.count, sum + given.sum));
        let given = sum_of(&self.total);
        let all: usize = self.total.iter().sum();
        Facts { inside, sum, given, others: all - given, from_others: sum_of(&self.received) - inside }
    }
}
