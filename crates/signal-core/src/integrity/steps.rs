//! How often two raters do the same on one drop, person by person, so that only those who are in step are held.

use rayon::prelude::*;

use super::counted::{CountedRatings, Row};
use crate::policy::IntegrityPolicy;

/// Ratings up to here, or from its mirror image on, are as far as stars go.
const EXTREME: f64 = 0.1;
/// Moderate ratings that a drop needs before anything can be said to lie far from them.
const LEAST_MODERATE: usize = 2;
/// Later ratings of a drop that one is compared with. Far more people than a group has would have to come between.
const COMPARED: usize = 64;
/// People with higher numbers whom one person is linked with at most, those of most drops first: a crowd of false accounts
/// that all do the same is as well seen by some of its links as by all.
const MOST_LINKS: usize = 256;
/// Values that differ by less are one step of half a star, or none.
const HALF_STAR: f64 = 0.1 + 1e-9;
/// People who are looked at in one piece of work.
const PIECE: usize = 1_024;

/// In what two ratings of one drop can be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    /// They came together and say the same.
    InTime,
    /// Both are as far as stars go, to one side, and far from what moderate raters say.
    Away,
}

/// Two people, the one with the lower number first, and on how many drops they were alike.
pub(super) type Pair = ((u32, u32), u32);

/// Who was alike how often.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Those who were on enough drops, sorted.
    pub(super) often: Vec<Pair>,
    /// How often any two were.
    pub(super) alike: u64,
}

/// The ratings, and which of them lie far from what others say.
pub(super) struct Steps<'a> {
    pub(super) ratings: &'a CountedRatings,
    /// For each rating, whether it lies far from what others say, and to which side.
    sides: Vec<i8>,
    window: i64,
}

impl<'a> Steps<'a> {
    /// Takes O(ratings), and a byte a rating.
    pub(super) fn new(ratings: &'a CountedRatings, policy: &IntegrityPolicy) -> Self {
        let far = policy.collusion.far_from_others;
        let mut sides = Vec::with_capacity(ratings.rows.len());
        for drop in ratings.drops() {
            let moderate = moderate_mean(drop);
            sides.extend(drop.iter().map(|row| moderate.map_or(0, |mean| side(row.value, mean, far))));
        }
        Self { ratings, sides, window: policy.collusion.lockstep_seconds }
    }

    /// The ratings of some people, each with its side.
    pub(super) fn rows_of<'b>(&'b self, people: &'b [u32]) -> impl Iterator<Item = (&'b Row, i8)> + 'b {
        people.iter().flat_map(|person| self.ratings.places_of(*person)).filter_map(|place| {
            let place = *place as usize;
            Some((self.ratings.rows.get(place)?, self.sides.get(place).copied().unwrap_or(0)))
        })
    }

    /// How often two raters were alike, for those who were on `least` drops. Takes O(2 · [`COMPARED`] · ratings) at most, on
    /// the current rayon pool, with the same result on any number of threads; holds at most [`MOST_LINKS`] a person.
    pub(super) fn pairs(&self, how: Alike, least: usize) -> Pairs {
        let people: Vec<u32> = (0_u32..).zip(&self.ratings.people).map(|person| person.0).collect();
        let found: Vec<Pairs> = people
            .par_chunks(PIECE)
            .map(|piece| {
                let mut paper = Paper { met: Vec::new(), times: vec![0; self.ratings.people.len()] };
                let mut pairs = Pairs::default();
                for &person in piece {
                    self.meet(person, how, &mut paper);
                    pairs.alike += paper.take(person, least, &mut pairs.often);
                }
                pairs
            })
            .collect();
        let alike = found.iter().map(|pairs| pairs.alike).sum();
        Pairs { often: found.into_iter().flat_map(|pairs| pairs.often).collect(), alike }
    }

    /// Notes those with higher numbers with whom a person was alike, once for each drop.
    fn meet(&self, person: u32, how: Alike, paper: &mut Paper) {
        let rows = &self.ratings.rows;
        for place in self.ratings.places_of(person).iter().map(|place| *place as usize) {
            let Some(row) = rows.get(place) else { continue };
            let drop = self.ratings.of_drop(row.drop);
            let (earlier, later) = (drop.start..place, place + 1..drop.end);
            match how {
                Alike::InTime => {
                    let end = row.at.plus_seconds(self.window);
                    let later = rows.get(later).unwrap_or(&[]).iter();
                    let later = later.take_while(|other| other.at < end).take(COMPARED);
                    let earlier = rows.get(earlier).unwrap_or(&[]).iter().rev();
                    let earlier = earlier
                        .take_while(|other| row.at < other.at.plus_seconds(self.window))
                        .take(COMPARED);
                    let same = |other: &&Row| (other.value - row.value).abs() <= HALF_STAR;
                    later.chain(earlier).filter(same).for_each(|other| paper.note(person, other.rater));
                }
                Alike::Away => {
                    let side = self.sides.get(place).copied().unwrap_or(0);
                    if side == 0 {
                        continue;
                    }
                    let same = |place: &usize| self.sides.get(*place) == Some(&side);
                    let (later, earlier) = (later.filter(same), earlier.rev().filter(same));
                    let met = later.take(COMPARED).chain(earlier.take(COMPARED));
                    met.filter_map(|place| rows.get(place)).for_each(|other| paper.note(person, other.rater));
                }
            }
        }
    }

    /// Drops that two people both rated.
    pub(super) fn shared(&self, one: u32, other: u32) -> usize {
        let (mut ones, mut others) =
            (self.ratings.rows_of(one).peekable(), self.ratings.rows_of(other).peekable());
        let mut shared = 0;
        while let (Some(a), Some(b)) = (ones.peek(), others.peek()) {
            let order = a.drop.cmp(&b.drop);
            shared += usize::from(order.is_eq());
            if order.is_le() {
                ones.next();
            }
            if order.is_ge() {
                others.next();
            }
        }
        shared
    }

    /// Drops that two or more of these people rated.
    pub(super) fn common_drops(&self, group: &[u32]) -> usize {
        let mut drops: Vec<u32> = self.rows_of(group).map(|(row, _)| row.drop).collect();
        drops.sort_unstable();
        drops.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).count()
    }

    /// Of all pairs of ratings of one drop, the share that is so alike. One pair each way is added.
    pub(super) fn usual(&self, pairs: &Pairs) -> f64 {
        let all: usize = self.ratings.drops().map(|drop| drop.len() * drop.len().saturating_sub(1) / 2).sum();
        (pairs.alike as f64 + 1.0) / (all as f64 + 2.0)
    }
}

/// Whom one person was alike with.
struct Paper {
    met: Vec<u32>,
    /// How often each person was met; all zero between two people.
    times: Vec<u32>,
}

impl Paper {
    fn note(&mut self, person: u32, other: u32) {
        if other <= person {
            return;
        }
        if let Some(times) = self.times.get_mut(other as usize) {
            if *times == 0 {
                self.met.push(other);
            }
            *times += 1;
        }
    }

    /// Adds those who were met often enough to `often`, gives how often anybody was, and is empty again.
    fn take(&mut self, person: u32, least: usize, often: &mut Vec<Pair>) -> u64 {
        let mut sum = 0;
        let mut found: Vec<Pair> = Vec::new();
        for other in self.met.drain(..) {
            let times = self.times.get_mut(other as usize).map_or(0, std::mem::take);
            sum += u64::from(times);
            if times as usize >= least {
                found.push(((person, other), times));
            }
        }
        if found.len() > MOST_LINKS {
            found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            found.truncate(MOST_LINKS);
        }
        found.sort_unstable();
        often.extend(found);
        sum
    }
}

fn extreme(value: f64) -> bool {
    value <= EXTREME + 1e-9 || value >= 1.0 - EXTREME - 1e-9
}

/// Whether a rating lies far from the mean of the moderate ones, and to which side.
fn side(value: f64, mean: f64, far: f64) -> i8 {
    match value - mean {
        away if extreme(value) && away >= far => 1,
        away if extreme(value) && away <= -far => -1,
        _ => 0,
    }
}

/// The mean of the ratings that are not as far as stars go, if there are enough. Leaving both ends out keeps those who
/// shout from pulling the middle to their side.
fn moderate_mean(drop: &[Row]) -> Option<f64> {
    let moderate = || drop.iter().map(|row| row.value).filter(|value| !extreme(*value));
    let count = moderate().count();
    (count >= LEAST_MODERATE).then(|| moderate().sum::<f64>() / count as f64)
}

#[cfg(test)]
#[path = "steps_tests.rs"]
mod tests;
