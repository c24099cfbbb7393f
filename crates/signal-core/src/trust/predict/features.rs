//! What the fitted model sees of a pair.
//!
//! The supervised model of Kumar et al. (ICDM 2016, section V) sees the predictions of ten published methods. Here it
//! sees the parts behind them: the same families (reciprocity, triads and paths, fairness and goodness, bias), undamped
//! counts beside them so that trees can judge how much a part is worth, and the spread of what a person gave and got.

use super::fairness::Fairness;
use super::ratings::{Ratings, Row};
use super::residuals::{Evidence, Residuals, SHARED, Sum};

/// How many features a pair has.
pub(super) const FEATURES: usize = 48;

/// Everything features are computed from, none of it knowing the pairs in question.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    pub(super) residuals: Residuals,
    fairness: Fairness,
    given: Vec<Habit>,
    received: Vec<Habit>,
}

/// The weights in one person's row, in short.
#[derive(Debug, Clone, Copy)]
struct Habit {
    count: f64,
    mean: f64,
    spread: f64,
    least: f64,
    most: f64,
    negative: f64,
}

impl Surroundings {
    /// Computes biases, residuals, fairness and goodness, and habits of some ratings, in O(E).
    pub(super) fn of(ratings: &Ratings) -> Self {
        let residuals = Residuals::of(ratings);
        let fairness = Fairness::of(ratings, residuals.biases.mean);
        let people = || (0u32..).zip(0..ratings.people()).map(|(person, _)| person);
        let given = people().map(|person| Habit::of(ratings.given(person))).collect();
        let received = people().map(|person| Habit::of(ratings.received(person))).collect();
        Self { residuals, fairness, given, received }
    }

    /// The evidence around a pair that is not in the ratings, and its features.
    pub(super) fn features(&self, ratings: &Ratings, from: u32, to: u32) -> (Evidence, [f32; FEATURES]) {
        let evidence = self.residuals.around(ratings, from, to, None);
        let back = ratings.weight(to, from);
        let mut features = [f32::NAN; FEATURES];
        let mut slots = features.iter_mut();
        #[allow(clippy::cast_possible_truncation, reason = "features need no more than f32")]
        let mut push = |values: &[f64]| {
            for (value, slot) in values.iter().zip(slots.by_ref()) {
                *slot = *value as f32;
            }
        };
        let biases = &self.residuals.biases;
        push(&[
            biases.expected(from, to),
            evidence.rater,
            evidence.target,
            biases.rater_bias(to),
            biases.target_bias(from),
            back.map_or(f64::NAN, f64::from),
            back.map_or(f64::NAN, |_| evidence.reciprocal),
            self.residuals.simply(&evidence),
        ]);
        for sum in [evidence.trusted, evidence.distrusted, evidence.similar_raters, evidence.similar_targets]
        {
            push(&[sum.damped(2.0), undamped(&sum), sum.strength]);
        }
        push(&[
            self.fairness_of(from),
            self.goodness_of(to),
            self.fairness_of(to),
            self.goodness_of(from),
            self.fairness_of(from) * self.goodness_of(to),
        ]);
        for habit in [habit(&self.given, from), habit(&self.received, to)] {
            push(&[habit.count, habit.mean, habit.spread, habit.least, habit.most, habit.negative]);
        }
        for habit in [habit(&self.given, to), habit(&self.received, from)] {
            push(&[habit.count, habit.mean]);
        }
        let chain = Triad::of(ratings.given(from), ratings.received(to));
        let trusting = Triad::of(ratings.received(from), ratings.received(to));
        let peers = Triad::of(ratings.given(from), ratings.given(to));
        push(&[
            chain.count,
            chain.strongest,
            chain.balance,
            trusting.count,
            trusting.balance,
            peers.count,
            peers.balance,
        ]);
        (evidence, features)
    }

    fn fairness_of(&self, person: u32) -> f64 {
        self.fairness.fairness.get(person as usize).copied().unwrap_or(1.0)
    }

    fn goodness_of(&self, person: u32) -> f64 {
        self.fairness.goodness.get(person as usize).copied().unwrap_or(self.residuals.biases.mean)
    }
}

fn undamped(sum: &Sum) -> f64 {
    if sum.strength > 0.0 { sum.said / sum.strength } else { f64::NAN }
}

fn habit(habits: &[Habit], person: u32) -> Habit {
    habits.get(person as usize).copied().unwrap_or(Habit::of(Row::default()))
}

impl Habit {
    fn of(row: Row<'_>) -> Self {
        let count = row.len() as f64;
        let (mut sum, mut squares, mut negative) = (0.0, 0.0, 0.0);
        let (mut least, mut most) = (f64::NAN, f64::NAN);
        for (_, weight) in row.iter() {
            sum += weight;
            squares += weight * weight;
            negative += f64::from(u8::from(weight < 0.0));
            least = f64::min(least, weight);
            most = f64::max(most, weight);
        }
        let mean = sum / count;
        Self { count, mean, spread: squares / count - mean * mean, least, most, negative: negative / count }
    }
}

/// Third people in two rows.
struct Triad {
    count: f64,
    /// The largest product of two positive weights.
    strongest: f64,
    /// The mean product of both weights: positive where friends' friends, and foes' foes, prevail.
    balance: f64,
}

impl Triad {
    fn of(first: Row<'_>, second: Row<'_>) -> Self {
        let (mut count, mut strongest, mut sum) = (0.0, f64::NAN, 0.0);
        for (_, a, b) in first.shared(second, SHARED) {
            count += 1.0;
            sum += a * b;
            if a > 0.0 && b > 0.0 {
                strongest = f64::max(strongest, a * b);
            }
        }
        Self { count, strongest, balance: sum / count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::predict::SignedEdge;

    #[test]
    fn every_slot_is_filled_where_everything_is_known() {
        // All of six people rate all others but 0 rates not 1.
        let pairs =
            (0..6u8).flat_map(|a| (0..6u8).map(move |b| (a, b))).filter(|&(a, b)| a != b && (a, b) != (0, 1));
        let weight = |a: u8, b: u8| f32::from(a * 7 + b * 5) / 80.0 - if b == 5 { 0.9 } else { 0.1 };
        let edge =
            |(a, b): (u8, u8)| SignedEdge { from: a.into(), to: b.into(), weight: weight(a, b), time: None };
        let ratings = Ratings::new(pairs.map(edge));
        let (_, features) = Surroundings::of(&ratings).features(&ratings, 0, 1);
        assert!(features.iter().all(|value| value.is_finite()), "{features:?}");
        let (_, of_strangers) = Surroundings::of(&ratings).features(&ratings, 77, 78);
        assert!(of_strangers[5].is_nan(), "nobody said anything about a stranger");
    }
}
