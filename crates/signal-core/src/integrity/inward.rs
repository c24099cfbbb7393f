//! Who praises whom, and the sets of people who mostly praise each other.

use rayon::prelude::*;

use super::components::components;
use super::counted::CountedRatings;
use super::facts::Facts;
use crate::model::{Timestamp, UserId};
use crate::policy::IntegrityPolicy;

/// People from whom on a set is marked down, one byte a person of the community.
const MARKED_FROM: usize = 1_000;

/// Counted ratings of one person by another.
#[derive(Default, Clone, Copy)]
struct Given {
    count: usize,
    sum: f64,
}

/// Who rated whom, with people numbered in the order of their ids.
pub(super) struct Praise<'a> {
    pub(super) people: &'a [UserId],
    /// For each person, whom they rated.
    given: Vec<Vec<(usize, Given)>>,
    /// For each person, how many ratings they gave.
    total: Vec<usize>,
    /// How many ratings there are.
    all: usize,
    /// For each person, how many ratings they got.
    received: Vec<usize>,
    /// For each person, whom they praise, with the share of their ratings.
    praised: Vec<Vec<(usize, f64)>>,
    /// Share of their ratings that a member gives the group as praise.
    share: f64,
}

impl<'a> Praise<'a> {
    /// Takes O(ratings · log) on the current rayon pool.
    pub(super) fn new(ratings: &'a CountedRatings, policy: &IntegrityPolicy) -> Self {
        let mut rows: Vec<(u32, u32, Timestamp, f64)> =
            ratings.rows.iter().map(|row| (row.rater, row.author, row.at, row.value)).collect();
        // A fixed order, so that the sums below do not depend on how the ratings came.
        rows.par_sort_unstable_by(|x, y| (x.0, x.1, x.2).cmp(&(y.0, y.1, y.2)).then(x.3.total_cmp(&y.3)));
        let people = ratings.people.as_slice();
        let (mut given, mut received) = (vec![Vec::new(); people.len()], vec![0; people.len()]);
        for of_one in rows.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1)) {
            let Some(&(rater, author, ..)) = of_one.first() else { continue };
            let (rater, author) = (rater as usize, author as usize);
            let sum = of_one.iter().fold(0.0, |sum, row| sum + row.3.clamp(0.0, 1.0));
            if let Some(row) = given.get_mut(rater) {
                row.push((author, Given { count: of_one.len(), sum }));
            }
            if let Some(count) = received.get_mut(author) {
                *count += of_one.len();
            }
        }
        let total: Vec<usize> =
            given.iter().map(|row| row.iter().map(|(_, given)| given.count).sum()).collect();
        // A mean of ratings may come out a hair below the 0.8 that each of them is.
        let praise = |given: &Given| given.sum >= (policy.inward_praise - 1e-9) * given.count as f64;
        let praised = given.iter().zip(&total).map(|(row, total)| {
            let praise = row.iter().filter(|(_, given)| praise(given));
            praise.map(|(to, given)| (*to, given.count as f64 / *total as f64)).collect()
        });
        let praised = praised.collect();
        let all = ratings.rows.len();
        Self { people, given, total, all, received, praised, share: policy.inward_share }
    }

    /// Whom a person rated, as (person, ratings).
    fn row(&self, person: usize) -> impl Iterator<Item = (usize, Given)> {
        self.given.get(person).into_iter().flatten().copied()
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
        // A large set is asked for each edge of the community: it is marked down then.
        let mut marked = vec![false; if set.len() > MARKED_FROM { self.people.len() } else { 0 }];
        for person in &set {
            marked.get_mut(*person).into_iter().for_each(|mark| *mark = true);
        }
        loop {
            let inside = |person: &usize| match marked.get(*person) {
                Some(mark) => *mark,
                None => set.binary_search(person).is_ok(),
            };
            let (kept, left): (Vec<usize>, Vec<usize>) = set.iter().copied().partition(|person| {
                let praised = self.praised(*person).iter();
                let share: f64 = praised.filter(|(to, _)| inside(to)).map(|(_, share)| share).sum();
                // Shares are sums of fractions: 3/5 of them may come out a hair below 0.6.
                share > 0.0 && share >= self.share - 1e-9
            });
            if left.is_empty() {
                return kept;
            }
            for person in left {
                marked.get_mut(person).into_iter().for_each(|mark| *mark = false);
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
        Facts { inside, sum, given, others: self.all - given, from_others: sum_of(&self.received) - inside }
    }
}
