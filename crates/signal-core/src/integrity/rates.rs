//! Abnormal rates: who rates far more on one day, or one author far more, than what others do explains.
//!
//! The constants are policy's, `docs/algorithms.md` gives the reasons:
//!
//! 1. **Pace**: the most ratings that a person gave on one UTC day, beside the same number of everybody who rates.
//! 2. **Share**: how often a person rated the author whom they rate most, over one more than what the mean of others'
//!    shares for that author makes of the person's ratings. Drops of circles are left out: their audience is given.
//! 3. How far out somebody lies is said by a power law through the middle and the ninth tenth of all people, so that the
//!    enthusiasts whom every community has are expected.
//! 4. Of both kinds together, as many are findings as keep the share of chance among them at `false_discoveries`. Only a pace
//!    of `pace_ratings`, and a share of more than half with `share_ratings` ratings, can be one.
//!
//! Whose drops are rated is no member by that: nobody can help being rated.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::counted::CountedRatings;
use super::discovery::false_shares;
use super::praise::{GroupFinding, SUREST};
use super::tail::Tail;
use crate::model::UtcDay;
use crate::policy::{CollusionPolicy, IntegrityPolicy};

/// Shares are added up in whole parts of this, so that the sum does not depend on the order of people.
const PARTS: u64 = 1_000_000_000;

/// People whose rate is abnormal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AbnormalRates {
    /// Whose day had far too many ratings: each a finding alone, in the order of ids.
    pub pace: Vec<GroupFinding>,
    /// Who rates one author far too much: a finding for each author, in the order of their smallest member.
    pub share: Vec<GroupFinding>,
}

/// Finds people whose rate is abnormal. Takes O(ratings · log) on the current rayon pool.
pub fn abnormal_rates(ratings: &CountedRatings, policy: &IntegrityPolicy) -> AbnormalRates {
    let collusion = &policy.collusion;
    let (days, favourites) = (busiest_days(ratings), favourites(ratings));
    let pace = Tail::of(days.iter().map(Day::times).collect());
    let share = Tail::of(favourites.iter().map(Favourite::times).collect());
    let tests = pace.iter().chain(&share).map(|tail| tail.people).sum();
    let (days, favourites) =
        (far_days(&days, pace, collusion), far_favourites(&favourites, share, collusion));
    let values = days.iter().map(|far| far.chance).chain(favourites.iter().map(|far| far.chance));
    let chances = false_shares(&values.collect::<Vec<f64>>(), tests);
    let (of_days, of_favourites) = chances.split_at(days.len());
    AbnormalRates {
        pace: found(days, of_days, collusion).iter().map(|far| far.finding(ratings)).collect(),
        share: by_author(&found(favourites, of_favourites, collusion), ratings),
    }
}

/// The day on which a person rated most.
#[derive(Debug, Clone, Copy)]
struct Day {
    who: u32,
    on: UtcDay,
    ratings: usize,
}

impl Day {
    const fn times(&self) -> f64 {
        self.ratings as f64
    }
}

/// The author whom a person rated most.
#[derive(Debug, Clone, Copy)]
struct Favourite {
    who: u32,
    author: u32,
    ratings: usize,
    /// Ratings that the person gave to anybody.
    given: usize,
    /// How many of them would go to the author if the person chose as others do on average.
    explained: f64,
}

impl Favourite {
    /// One is added to what is explained, so that an author whom nobody else rates is not infinitely odd.
    fn times(&self) -> f64 {
        self.ratings as f64 / (1.0 + self.explained)
    }
}

/// A habit that lies far out.
#[derive(Debug, Clone, Copy)]
struct Far<T> {
    habit: T,
    tail: Tail,
    /// The share of people who would have it, and later the share of chance among findings as odd.
    chance: f64,
}

fn busiest_days(ratings: &CountedRatings) -> Vec<Day> {
    let busiest = |who: u32| {
        let mut days: Vec<UtcDay> = ratings.rows_of(who).map(|row| row.at.utc_day()).collect();
        days.sort_unstable();
        let mut busiest: Option<Day> = None;
        for same in days.chunk_by(|a, b| a == b) {
            let Some(&on) = same.first() else { continue };
            if busiest.is_none_or(|before| same.len() > before.ratings) {
                busiest = Some(Day { who, on, ratings: same.len() });
            }
        }
        busiest
    };
    numbers(ratings).into_par_iter().filter_map(busiest).collect()
}

/// The authors of open drops whom a person rated, sorted, each as often as that.
fn authors_of(ratings: &CountedRatings, who: u32) -> Vec<u32> {
    let mut authors: Vec<u32> = ratings.rows_of(who).filter(|row| row.open).map(|row| row.author).collect();
    authors.sort_unstable();
    authors
}

fn numbers(ratings: &CountedRatings) -> Range<u32> {
    0..u32::try_from(ratings.people.len()).unwrap_or(u32::MAX)
}

fn favourites(ratings: &CountedRatings) -> Vec<Favourite> {
    let parts = |ratings: usize, given: usize| PARTS * ratings as u64 / given.max(1) as u64;
    let mut shares = vec![0_u64; ratings.people.len()];
    let (mut rates, mut raters) = (vec![false; ratings.people.len()], 0_usize);
    for (who, rates) in numbers(ratings).zip(&mut rates) {
        let authors = authors_of(ratings, who);
        *rates = !authors.is_empty();
        raters += usize::from(*rates);
        for (author, count) in counts(&authors) {
            if let Some(share) = shares.get_mut(author as usize) {
                *share += parts(count, authors.len());
            }
        }
    }
    let favourite = |who: u32| {
        let authors = authors_of(ratings, who);
        let given = authors.len();
        let of = |(author, count)| {
            let others = raters - 1 - usize::from(*rates.get(author as usize)?);
            let theirs = shares.get(author as usize)? - parts(count, given);
            let mean = theirs as f64 / (PARTS as f64 * others.max(1) as f64);
            Some(Favourite { who, author, ratings: count, given, explained: mean * given as f64 })
        };
        let more = |a: &Favourite, b: &Favourite| {
            a.ratings.cmp(&b.ratings).then_with(|| a.times().total_cmp(&b.times()))
        };
        counts(&authors).filter_map(of).max_by(more)
    };
    numbers(ratings).into_par_iter().filter_map(favourite).collect()
}

/// How often each of some sorted authors is named.
fn counts(authors: &[u32]) -> impl Iterator<Item = (u32, usize)> + '_ {
    authors.chunk_by(|a, b| a == b).filter_map(|same| Some((*same.first()?, same.len())))
}

fn far_days(days: &[Day], tail: Option<Tail>, policy: &CollusionPolicy) -> Vec<Far<Day>> {
    let Some(tail) = tail else { return Vec::new() };
    let enough = days.iter().filter(|day| day.ratings >= policy.pace_ratings);
    enough.map(|day| Far { habit: *day, tail, chance: tail.share(day.times()) }).collect()
}

fn far_favourites(all: &[Favourite], tail: Option<Tail>, policy: &CollusionPolicy) -> Vec<Far<Favourite>> {
    let Some(tail) = tail else { return Vec::new() };
    let enough = |one: &&Favourite| one.ratings >= policy.share_ratings && one.ratings * 2 > one.given;
    all.iter().filter(enough).map(|one| Far { habit: *one, tail, chance: tail.share(one.times()) }).collect()
}

/// Those of whom few enough are chance.
fn found<T>(far: Vec<Far<T>>, chances: &[f64], policy: &CollusionPolicy) -> Vec<Far<T>> {
    let with = far.into_iter().zip(chances).map(|(far, chance)| Far { chance: *chance, ..far });
    with.filter(|far| far.chance <= policy.false_discoveries).collect()
}

impl Far<Day> {
    fn finding(&self, ratings: &CountedRatings) -> GroupFinding {
        let day = self.habit.on.start().to_string();
        let evidence = format!(
            "1 person rated {} drops on {}; of {} people who rate, half never rated more than {:.0} on one day, and nine in \
             ten never more than {:.0}; {}",
            self.habit.ratings,
            day.get(..10).unwrap_or(&day),
            self.tail.people,
            self.tail.middle,
            self.tail.far,
            odds(self.chance),
        );
        let members = ratings.ids(&[self.habit.who]);
        GroupFinding { members, probability: sureness(self.chance), evidence }
    }
}

/// One finding for each author.
fn by_author(found: &[Far<Favourite>], ratings: &CountedRatings) -> Vec<GroupFinding> {
    let mut authors: BTreeMap<u32, Vec<&Far<Favourite>>> = BTreeMap::new();
    for far in found {
        authors.entry(far.habit.author).or_default().push(far);
    }
    let mut findings: Vec<GroupFinding> =
        authors.values().filter_map(|fans| shared_author(fans, ratings)).collect();
    findings.sort_by(|a, b| a.members.cmp(&b.members));
    findings
}

/// The finding of those who rate one author, in the order of their ids.
fn shared_author(fans: &[&Far<Favourite>], ratings: &CountedRatings) -> Option<GroupFinding> {
    let tail = fans.first()?.tail;
    let sum = |of: &dyn Fn(&Favourite) -> usize| fans.iter().map(|fan| of(&fan.habit)).sum::<usize>();
    let least = fans.iter().map(|fan| fan.habit.times()).fold(f64::INFINITY, f64::min);
    let chance = fans.iter().map(|fan| fan.chance).fold(0.0, f64::max);
    let who = if fans.len() == 1 { "1 person".to_owned() } else { format!("{} people", fans.len()) };
    let evidence = format!(
        "{who} gave {} of {} ratings to one author, at least {least:.1} times one more than what others' choices explain; \
         nine in ten of {} people stay below {:.1} times; {}",
        sum(&|fan| fan.ratings),
        sum(&|fan| fan.given),
        tail.people,
        tail.far,
        odds(chance),
    );
    let members = ratings.ids(&fans.iter().map(|fan| fan.habit.who).collect::<Vec<_>>());
    Some(GroupFinding { members, probability: sureness(chance), evidence })
}

fn odds(chance: f64) -> String {
    format!("of findings as odd as this, at most {:.2} in 100 are chance", chance * 100.0)
}

fn sureness(chance: f64) -> f64 {
    (1.0 - chance).min(SUREST)
}

#[cfg(test)]
#[path = "rates_tests.rs"]
mod tests;
