//! How fair people judge and how good they are judged to be.
//!
//! Source: Kumar, Spezzano, Subrahmanian and Faloutsos, *Edge Weight Prediction in Weighted Signed Networks*,
//! ICDM 2016, section III, equations 1 and 2:
//!
//! ```text
//! goodness(v) = 1/|in(v)|  · Σ over u in in(v)  of fairness(u) · W(u, v)
//! fairness(u) = 1 − 1/|out(u)| · Σ over v in out(u) of |W(u, v) − goodness(v)| / R        R = 2, the range of weights
//! ```
//!
//! The paper starts from 1 and repeats until nothing moves; the two equations contract, so the end does not depend on
//! the start. It predicts W(u, v) as fairness(u) · goodness(v). Who was never rated has no goodness there; here it is
//! the mean of all weights, so that networks without distrust are not told that strangers stand at 0.

use super::ratings::{Ratings, Row};

/// Iterations at most; the error shrinks at least by half each time, mostly much faster.
const ITERATIONS: usize = 60;
/// Stop when nothing moves by more than this.
const TOLERANCE: f64 = 1e-9;
/// The distance between full distrust and full trust.
const RANGE: f64 = 2.0;

/// The fixed point of fairness and goodness on some ratings.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fairness {
    /// In [0, 1] by number; 1 for those who rated nobody.
    pub(super) fairness: Vec<f64>,
    /// In [−1, 1] by number; the mean weight for those whom nobody rated.
    pub(super) goodness: Vec<f64>,
}

impl Fairness {
    /// Iterates to the fixed point: O(E) an iteration.
    pub(super) fn of(ratings: &Ratings, mean: f64) -> Self {
        let people = ratings.people();
        let mut state = Self { fairness: vec![1.0; people], goodness: vec![mean; people] };
        for _ in 0..ITERATIONS {
            let mut moved: f64 = 0.0;
            for (target, goodness) in (0u32..).zip(&mut state.goodness) {
                let weigh = |rater, weight| weight * at(&state.fairness, rater);
                if let Some(judged) = mean_over(ratings.received(target), weigh) {
                    moved = moved.max((judged - *goodness).abs());
                    *goodness = judged;
                }
            }
            for (rater, fairness) in (0u32..).zip(&mut state.fairness) {
                let miss = |target, weight: f64| (weight - at(&state.goodness, target)).abs();
                if let Some(missed) = mean_over(ratings.given(rater), miss) {
                    let fair = 1.0 - missed / RANGE;
                    moved = moved.max((fair - *fairness).abs());
                    *fairness = fair;
                }
            }
            if moved <= TOLERANCE {
                break;
            }
        }
        state
    }
}

fn mean_over(row: Row<'_>, value: impl Fn(u32, f64) -> f64) -> Option<f64> {
    let sum: f64 = row.iter().map(|(id, weight)| value(id, weight)).sum();
    (row.len() > 0).then(|| sum / row.len() as f64)
}

fn at(values: &[f64], person: u32) -> f64 {
    values.get(person as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::predict::SignedEdge;

    #[test]
    fn two_who_disagree_about_one() {
        // 0 says 1, 1 says -1 about 2. By symmetry both miss by the same: goodness 0, each misses by 1, fairness 1/2.
        let edge = |from, weight| SignedEdge { from, to: 2, weight, time: None };
        let state = Fairness::of(&Ratings::new([edge(0, 1.0), edge(1, -1.0)]), 0.0);
        assert_eq!(state.goodness, [0.0, 0.0, 0.0]);
        assert_eq!(state.fairness, [0.5, 0.5, 1.0]);
    }

    #[test]
    fn a_single_word() {
        // g = f · 0.6 and f = 1 − (0.6 − g)/2 together: f = 0.7 + 0.3 f, so f = 1 and g = 0.6.
        let state =
            Fairness::of(&Ratings::new([SignedEdge { from: 0, to: 1, weight: 0.6, time: None }]), 0.6);
        assert!((state.fairness[0] - 1.0).abs() < 1e-9);
        assert!((state.goodness[1] - 0.6).abs() < 1e-7);
        assert!((state.goodness[0] - 0.6).abs() < 1e-7, "never rated: the mean");
    }

    #[test]
    fn the_odd_one_out_is_less_fair() {
        // 0 and 1 say 1, 2 says 0 about 3. With f for the first two and h for the third:
        // g = 2f/3, f = 1 − (1 − g)/2 = 1/2 + f/3, so f = 3/4 and g = 1/2; h = 1 − (g − 0)/2 = 3/4.
        let edge = |from, weight| SignedEdge { from, to: 3, weight, time: None };
        let state = Fairness::of(&Ratings::new([edge(0, 1.0), edge(1, 1.0), edge(2, 0.0)]), 2.0 / 3.0);
        for (found, wanted) in state.fairness.iter().zip([0.75, 0.75, 0.75, 1.0]) {
            assert!((found - wanted).abs() < 1e-8, "{found} {wanted}");
        }
        assert!((state.goodness[3] - 0.5).abs() < 1e-8);
    }
}
