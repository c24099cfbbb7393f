//! Ratings drop by drop, and how often two raters do the same on one drop.

use std::collections::BTreeMap;

use super::praise::RatingFact;
use crate::model::{DropId, Timestamp, UserId};
use crate::policy::IntegrityPolicy;

/// Ratings up to here, or from its mirror image on, are as far as stars go.
const EXTREME: f64 = 0.1;
/// Moderate ratings that a drop needs before anything can be said to lie far from them.
const LEAST_MODERATE: usize = 2;
/// Later ratings of a drop that one is compared with. Far more people than a group has would have to come between.
const COMPARED: usize = 64;
/// Values that differ by less are one step of half a star, or none.
const HALF_STAR: f64 = 0.1 + 1e-9;

/// One rating on one drop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) rater: usize,
    pub(super) author: usize,
    pub(super) value: f64,
    pub(super) at: Timestamp,
    /// How far from what moderate raters of the drop say, where the rating is as far as stars go and there are such
    /// raters.
    pub(super) away: Option<f64>,
}

/// In what two ratings of one drop can be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    /// They came together and say the same.
    InTime,
    /// Both are as far as stars go, to one side, and far from what moderate raters say.
    Away,
}

/// All counted ratings, by drop.
pub(super) struct Steps {
    pub(super) people: Vec<UserId>,
    /// Ratings of each drop in the order of time.
    pub(super) drops: Vec<Vec<Mark>>,
    /// For each person, the drops that they rated.
    rated: Vec<Vec<u32>>,
    window: i64,
    away: f64,
}

impl Steps {
    pub(super) fn new(ratings: &[RatingFact], policy: &IntegrityPolicy) -> Self {
        let counted =
            |fact: &&RatingFact| fact.counted && fact.rater != fact.author && fact.value.is_finite();
        let mut by_drop: BTreeMap<DropId, Vec<&RatingFact>> = BTreeMap::new();
        for fact in ratings.iter().filter(counted) {
            by_drop.entry(fact.drop).or_default().push(fact);
        }
        let mut people: Vec<UserId> =
            by_drop.values().flatten().flat_map(|fact| [fact.rater, fact.author]).collect();
        people.sort_unstable();
        people.dedup();
        let number = |user: UserId| people.binary_search(&user).unwrap_or(0);
        let mut rated = vec![Vec::new(); people.len()];
        let mut drops = Vec::with_capacity(by_drop.len());
        for (place, mut facts) in (0_u32..).zip(by_drop.into_values()) {
            facts.sort_by_key(|fact| (fact.at, fact.rater));
            let moderate = moderate_mean(&facts);
            let marks = facts.iter().map(|fact| Mark {
                rater: number(fact.rater),
                author: number(fact.author),
                value: fact.value,
                at: fact.at,
                away: moderate.filter(|_| extreme(fact.value)).map(|mean| fact.value - mean),
            });
            let marks: Vec<Mark> = marks.collect();
            for mark in &marks {
                if let Some(row) = rated.get_mut(mark.rater) {
                    row.push(place);
                }
            }
            drops.push(marks);
        }
        Self {
            people,
            drops,
            rated,
            window: policy.collusion.lockstep_seconds,
            away: policy.collusion.far_from_others,
        }
    }

    /// Whether a rating lies far from what others say, and to which side.
    pub(super) fn side(&self, mark: &Mark) -> i8 {
        match mark.away {
            Some(away) if away >= self.away => 1,
            Some(away) if away <= -self.away => -1,
            _ => 0,
        }
    }

    /// How often each two raters were alike, for those who ever were; sorted. Takes O([`COMPARED`] · ratings) at most.
    pub(super) fn pairs(&self, how: Alike) -> Vec<((usize, usize), usize)> {
        let mut met = Vec::new();
        for marks in &self.drops {
            for (place, one) in marks.iter().enumerate() {
                let later = marks.iter().skip(place + 1);
                match how {
                    Alike::InTime => {
                        let end = one.at.plus_seconds(self.window);
                        let together = later.take_while(|other| other.at < end).take(COMPARED);
                        let same = together.filter(|other| (other.value - one.value).abs() <= HALF_STAR);
                        met.extend(same.map(|other| ordered(one.rater, other.rater)));
                    }
                    Alike::Away if self.side(one) != 0 => {
                        let same = later.filter(|other| self.side(other) == self.side(one)).take(COMPARED);
                        met.extend(same.map(|other| ordered(one.rater, other.rater)));
                    }
                    Alike::Away => {}
                }
            }
        }
        met.sort_unstable();
        met.chunk_by(|x, y| x == y).filter_map(|same| Some((*same.first()?, same.len()))).collect()
    }

    /// Drops that two people both rated.
    pub(super) fn shared(&self, one: usize, other: usize) -> usize {
        let row = |person: usize| self.rated.get(person).map_or(&[][..], Vec::as_slice);
        let (mut short, mut long) = (row(one), row(other));
        if short.len() > long.len() {
            (short, long) = (long, short);
        }
        short.iter().filter(|drop| long.binary_search(drop).is_ok()).count()
    }

    /// Drops that two or more of these people (sorted) rated.
    pub(super) fn common_drops(&self, group: &[usize]) -> usize {
        let member = |mark: &&Mark| group.binary_search(&mark.rater).is_ok();
        self.drops.iter().filter(|marks| marks.iter().filter(member).take(2).count() == 2).count()
    }

    /// Of all pairs of ratings of one drop, the share that is so alike. One pair each way is added.
    pub(super) fn usual(&self, alike: usize) -> f64 {
        let all: usize = self.drops.iter().map(|marks| marks.len() * marks.len().saturating_sub(1) / 2).sum();
        (alike as f64 + 1.0) / (all as f64 + 2.0)
    }
}

const fn ordered(a: usize, b: usize) -> (usize, usize) {
    if a < b { (a, b) } else { (b, a) }
}

fn extreme(value: f64) -> bool {
    value <= EXTREME + 1e-9 || value >= 1.0 - EXTREME - 1e-9
}

/// The mean of the ratings that are not as far as stars go, if there are enough. Leaving both ends out keeps those who
/// shout from pulling the middle to their side.
fn moderate_mean(facts: &[&RatingFact]) -> Option<f64> {
    let moderate: Vec<f64> = facts.iter().map(|fact| fact.value).filter(|value| !extreme(*value)).collect();
    (moderate.len() >= LEAST_MODERATE).then(|| moderate.iter().sum::<f64>() / moderate.len() as f64)
}
