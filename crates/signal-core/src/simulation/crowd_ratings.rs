//! Ratings of a community of any size, without the months that led there.

use super::dice::Dice;
use crate::integrity::RatingFact;
use crate::model::{DropId, Timestamp, UserId};

/// When its first drop was made.
const START: i64 = 1_767_225_600;
/// Days over which drops are made, and over which one gathers ratings.
const DAYS: f64 = 365.0;
const WINDOW: f64 = 7.0;
/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Ratings that a drop gathers on average.
const PER_DROP: usize = 50;
/// People of one scene, who meet each other's drops.
const SCENE: usize = 400;
/// Chance that a rating comes from the scene of the author.
const AT_HOME: f64 = 0.8;

/// Draws `count` ratings of honest people, a few fewer where somebody would rate twice, in the order in which they came. Some
/// rate and drop much more than others, most are generous, and all of a scene know each other's drops: the whole
/// community praises itself, which is what takes a search for groups longest. O(count · log).
pub fn random_ratings(people: &[UserId], count: usize, seed: u64) -> Vec<RatingFact> {
    let mut ratings = Vec::with_capacity(count);
    for drop in 0..count.div_ceil(PER_DROP) {
        rate(people, &mut Dice::new(seed, drop as u64), PER_DROP.min(count - drop * PER_DROP), &mut ratings);
    }
    ratings.sort_by_key(|fact| (fact.at, fact.drop, fact.rater));
    ratings
}

/// Adds the ratings of one drop.
fn rate(people: &[UserId], dice: &mut Dice, most: usize, ratings: &mut Vec<RatingFact>) {
    let home = dice.below(people.len()) / SCENE * SCENE;
    let scene = people.get(home..).map(|rest| rest.get(..SCENE).unwrap_or(rest)).unwrap_or_default();
    let author = scene.get(dice.popular(scene.len()));
    let Some(&author) = author else { return };
    let made = Timestamp::from_seconds(START).plus_seconds(seconds(dice.unit() * DAYS));
    let mut id = [0; 10];
    dice.fill(&mut id);
    let (drop, quality) = (DropId::new(made, id), dice.between(0.45, 0.95));
    let mut raters = Vec::with_capacity(most);
    for _ in 0..most {
        let from = if dice.chance(AT_HOME) { scene } else { people };
        raters.extend(from.get(dice.popular(from.len())));
    }
    raters.sort_unstable();
    raters.dedup();
    for rater in raters.into_iter().filter(|rater| *rater != author) {
        let late = dice.unit();
        let at = made.plus_seconds(seconds(late * late * WINDOW));
        let value = ((quality + 0.15 * dice.normal()) * 10.0).round().clamp(0.0, 10.0) / 10.0;
        ratings.push(RatingFact { rater, author, drop, value, at, counted: true, open: true });
    }
}

#[expect(clippy::cast_possible_truncation, reason = "some days")]
const fn seconds(days: f64) -> i64 {
    (days * DAY) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::{AbnormalRates, CountedRatings, abnormal_rates, lockstep, mutual_praise, one_way};
    use crate::policy::Policy;
    use crate::simulation::random_graph;

    #[test]
    fn nobody_of_an_honest_crowd_is_found() {
        let people = random_graph(2_000, 1, 1).people;
        let ratings = random_ratings(&people, 60_000, 1);
        assert!(ratings.len() > 45_000 && ratings.is_sorted_by_key(|fact| fact.at), "{}", ratings.len());
        let policy = Policy::default().integrity;
        let counted = CountedRatings::new(&ratings);
        let alike = |a: UserId, b: UserId| Some(if a < b { 0.1 } else { 0.2 });
        let sure = policy.collusion.least_probability;
        let found =
            mutual_praise(&counted, &alike, &policy).into_iter().chain(lockstep(&counted, &alike, &policy));
        let found: Vec<_> =
            found.chain(one_way(&counted, &policy)).filter(|one| one.probability >= sure).collect();
        assert_eq!(found, []);
        assert_eq!(abnormal_rates(&counted, &policy), AbnormalRates::default());
    }

    /// The same on any number of threads.
    #[test]
    fn threads_change_nothing() {
        let people = random_graph(1_000, 1, 2).people;
        let mut ratings = random_ratings(&people, 30_000, 2);
        // A ring, so that there is something to find and to leave out.
        for (a, b) in (0..48).flat_map(|a| (0..6).map(move |b| (a, a / 6 * 6 + b))).filter(|(a, b)| a != b) {
            let drop = DropId::new(Timestamp::from_seconds(START), [u8::try_from(b).unwrap(); 10]);
            let at = Timestamp::from_seconds(START + 3_600 * a);
            for times in 0..60 {
                let (rater, author) =
                    (people[usize::try_from(a).unwrap()], people[usize::try_from(b).unwrap()]);
                let at = at.plus_seconds(times);
                ratings.push(RatingFact { rater, author, drop, value: 1.0, at, counted: true, open: true });
            }
        }
        let policy = Policy::default().integrity;
        let scan = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let counted = CountedRatings::new(&ratings);
                let strangers = |_: UserId, _: UserId| None;
                (
                    mutual_praise(&counted, &strangers, &policy),
                    lockstep(&counted, &strangers, &policy),
                    one_way(&counted, &policy),
                    abnormal_rates(&counted, &policy),
                )
            })
        };
        let found = scan(1);
        assert!(!found.0.is_empty(), "{found:?}");
        for threads in [2, 3, 7] {
            assert_eq!(scan(threads), found);
        }
    }
}
