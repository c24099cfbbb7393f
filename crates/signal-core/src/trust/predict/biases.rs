//! How generously people judge and how well they are judged: damped biases.
//!
//! ```text
//! W(a, b) = mean + rater(a) + target(b) + residual(a, b)
//! target(b) = Σ over raters a of (W(a, b) − mean − rater(a)) / (raters of b + λ_target)        λ_target = noise / spread of targets
//! rater(a)  = Σ over targets b of (W(a, b) − mean − target(b)) / (targets of a + λ_rater)      λ_rater  = noise / spread of raters
//! ```
//!
//! Sources: the model is the social relations model of Kenny and La Voie (*Advances in Experimental Social Psychology*
//! 18, 1984), with actor, partner and relationship effects; damping by counts is Koren's (*Factor in the Neighbors*,
//! TKDD 2010, section 2.1). Instead of a damping constant tuned by hand, the three variances are estimated from the
//! edges themselves by expectation maximisation (Dempster, Laird and Rubin 1977, with the effects taken as
//! independent a posteriori), so the damping follows the network: where raters agree it is small, where they do not
//! it is large.

use rayon::prelude::*;

use super::ratings::{Ratings, Row};

/// Rounds of alternating estimates. Damping has settled to two digits by then.
const ROUNDS: usize = 30;
/// Under this share of the total variance an effect counts as absent; keeps the damping finite.
const LEAST_SHARE: f64 = 1e-6;

/// Mean, biases and variances of some ratings.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Biases {
    pub(super) mean: f64,
    /// By number; 0 for those who rated nobody.
    pub(super) rater: Vec<f64>,
    /// By number; 0 for those whom nobody rated.
    pub(super) target: Vec<f64>,
    /// The variance of what biases do not explain.
    pub(super) noise: f64,
    pub(super) rater_damping: f64,
    pub(super) target_damping: f64,
}

impl Biases {
    /// Estimates everything in O(E) a round.
    pub(super) fn of(ratings: &Ratings) -> Self {
        let people = ratings.people();
        let (mean, variance) = mean_and_variance(ratings);
        let mut state = Self {
            mean,
            rater: vec![0.0; people],
            target: vec![0.0; people],
            noise: variance / 2.0,
            rater_damping: 2.0,
            target_damping: 2.0,
        };
        // Weights are f32: a smaller variance is rounding.
        if variance < f64::from(f32::EPSILON) * f64::from(f32::EPSILON) {
            return Self { noise: 0.0, ..state };
        }
        for _ in 0..ROUNDS {
            state.round(ratings, variance * LEAST_SHARE);
        }
        state
    }

    /// One round: both kinds of bias (the expectations), then mean and variances (the maximisation).
    fn round(&mut self, ratings: &Ratings, least: f64) {
        let (mean, noise) = (self.mean, self.noise);
        let left = |row: Row<'_>, others: &[f64]| {
            row.iter()
                .map(|(id, weight)| weight - mean - others.get(id as usize).unwrap_or(&0.0))
                .sum::<f64>()
        };
        let (raters, damping) = (&self.rater, self.target_damping);
        let targets = shrink(&mut self.target, damping, noise, |person| {
            let row = ratings.received(person);
            (left(row, raters), row.len())
        });
        let (known, damping) = (&self.target, self.rater_damping);
        let raters = shrink(&mut self.rater, damping, noise, |person| {
            let row = ratings.given(person);
            (left(row, known), row.len())
        });
        let (sum, squares) = self.residual_sums(ratings);
        let edges = ratings.len() as f64;
        self.mean += sum / edges;
        self.noise = ((squares + targets.doubt + raters.doubt) / edges).max(least);
        self.target_damping = self.noise / targets.spread.max(least);
        self.rater_damping = self.noise / raters.spread.max(least);
    }

    /// The sum of all residuals, and of their squares.
    fn residual_sums(&self, ratings: &Ratings) -> (f64, f64) {
        let of_rater = |rater| {
            let residuals = ratings.given(rater).iter().map(|(to, weight)| weight - self.expected(rater, to));
            residuals.fold((0.0, 0.0), |(sum, squares), r| (sum + r, squares + r * r))
        };
        let each: Vec<(f64, f64)> = people(self.rater.len()).map(of_rater).collect();
        each.into_iter().fold((0.0, 0.0), |(sum, squares), (s, q)| (sum + s, squares + q))
    }

    /// What the mean and both biases say about a pair.
    pub(super) fn expected(&self, from: u32, to: u32) -> f64 {
        self.mean + self.rater_bias(from) + self.target_bias(to)
    }

    pub(super) fn rater_bias(&self, person: u32) -> f64 {
        self.rater.get(person as usize).copied().unwrap_or_default()
    }

    pub(super) fn target_bias(&self, person: u32) -> f64 {
        self.target.get(person as usize).copied().unwrap_or_default()
    }
}

/// What the expectations of one kind of bias tell about its variance.
struct Spread {
    /// The variance of the biases, uncertainty included, over people with edges.
    spread: f64,
    /// The summed uncertainty of the biases over all edges.
    doubt: f64,
}

/// Sets each bias to its damped mean. Rows are summed in parallel, the sums added in order.
fn shrink(
    biases: &mut [f64],
    damping: f64,
    noise: f64,
    sum: impl Fn(u32) -> (f64, usize) + Sync + Send,
) -> Spread {
    let sums: Vec<(f64, usize)> = people(biases.len()).map(sum).collect();
    let (mut people, mut squares, mut doubt) = (0.0, 0.0, 0.0);
    for (bias, (sum, count)) in biases.iter_mut().zip(sums).filter(|(_, (_, count))| *count > 0) {
        let count = count as f64;
        *bias = sum / (count + damping);
        let uncertainty = noise / (count + damping);
        people += 1.0;
        squares += *bias * *bias + uncertainty;
        doubt += count * uncertainty;
    }
    Spread { spread: squares / f64::max(people, 1.0), doubt }
}

/// All numbers below `count`, in parallel.
fn people(count: usize) -> rayon::range::Iter<u32> {
    (0..u32::try_from(count).unwrap_or(u32::MAX)).into_par_iter()
}

fn mean_and_variance(ratings: &Ratings) -> (f64, f64) {
    let count = (ratings.len() as f64).max(1.0);
    let mean = ratings.edges().map(|e| f64::from(e.weight)).sum::<f64>() / count;
    let from_mean = |e: super::SignedEdge| (f64::from(e.weight) - mean) * (f64::from(e.weight) - mean);
    (mean, ratings.edges().map(from_mean).sum::<f64>() / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::predict::SignedEdge;

    fn ratings(edges: &[(u32, u32, f32)]) -> Ratings {
        Ratings::new(edges.iter().map(|&(from, to, weight)| SignedEdge { from, to, weight, time: None }))
    }

    #[test]
    fn one_round_by_hand() {
        let ratings = ratings(&[(0, 2, 1.0), (1, 2, 0.0)]);
        let mut state = Biases {
            mean: 0.5,
            rater: vec![0.0; 3],
            target: vec![0.0; 3],
            noise: 1.0 / 8.0,
            rater_damping: 2.0,
            target_damping: 2.0,
        };
        state.round(&ratings, 1e-9);
        // Target 2: (.5 − .5)/(2 + 2) = 0. Raters: ±.5/(1 + 2) = ±1/6. Residuals ±1/3, squares 2/9 in all.
        assert_eq!(state.target, [0.0; 3]);
        assert!((state.rater[0] - 1.0 / 6.0).abs() < 1e-15 && (state.rater[1] + 1.0 / 6.0).abs() < 1e-15);
        // Uncertainty: of the target 1/8 / 4 on two edges, of each rater 1/8 / 3 on one.
        // Noise (2/9 + 2/32 + 2/24)/2 = 53/288; spread of targets 1/32, of raters 1/36 + 1/24 = 5/72.
        assert!((state.noise - 53.0 / 288.0).abs() < 1e-15);
        assert!((state.target_damping - 53.0 / 9.0).abs() < 1e-12);
        assert!((state.rater_damping - 53.0 / 20.0).abs() < 1e-12);
        assert!((state.mean - 0.5).abs() < 1e-15);
        assert!((state.expected(0, 2) - (0.5 + 1.0 / 6.0)).abs() < 1e-15);
        assert!((state.expected(9, 9) - 0.5).abs() < 1e-15, "strangers are expected at the mean");
    }

    #[test]
    fn where_all_agree_about_targets_their_damping_is_small() {
        let level = |to: u32| if to.is_multiple_of(2) { 0.9 } else { 0.1 };
        let all = (0..10).flat_map(|from| (10..20).map(move |to| (from, to, level(to))));
        let state = Biases::of(&ratings(&all.collect::<Vec<_>>()));
        assert!(state.target_damping < 0.01, "{}", state.target_damping);
        assert!((state.expected(3, 12) - 0.9).abs() < 0.01 && (state.expected(3, 13) - 0.1).abs() < 0.01);
    }

    #[test]
    fn equal_weights_leave_no_bias() {
        let state = Biases::of(&ratings(&[(0, 1, 0.7), (1, 2, 0.7), (2, 0, 0.7)]));
        assert_eq!((&state.rater, &state.target), (&vec![0.0; 3], &vec![0.0; 3]));
        assert!((state.expected(0, 2) - f64::from(0.7f32)).abs() < 1e-15);
    }
}
