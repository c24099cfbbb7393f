//! EASE: which artists go with which, in closed form (Steck, *Embarrassingly Shallow Autoencoders for Sparse Data*,
//! WWW 2019).
//!
//! ```text
//! P = (XᵀX + λI)⁻¹,   B_ij = −P_ij / P_jj for i ≠ j, B_jj = 0,   score of j = Σ_i x_i B_ij
//! ```
//!
//! X has a row a person and a column an artist. With people as the smaller side, P = (I − Xᵀ K⁻¹ X) / λ where
//! K = λI + `XXᵀ` (Woodbury), so that what must be inverted is as large as there are people, not artists.

use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Side};

use crate::taste::factors::{Cells, Interactions};

/// People whom EASE learns from, spread evenly over all: the inversion costs the cube of their number, and the inverse
/// 4 bytes times its square.
pub const EASE_PEOPLE_MAX: usize = 4_096;

/// λ of the published figures on the smaller data sets.
const RIDGE: f32 = 70.0;

/// What EASE learnt.
#[derive(Debug, Clone)]
pub struct Ease {
    /// The people learnt from, as rows and as columns.
    plays: Interactions,
    /// K⁻¹ in columns.
    inverse: Mat<f32>,
    /// λ `P_jj` of each artist.
    diagonal: Vec<f32>,
}

impl Ease {
    /// Learns from plays, weights aside. `None` where the equations have no finite solution, which takes weights that
    /// are no numbers. Costs O(people³ + artists · listeners²), with at most [`EASE_PEOPLE_MAX`] people.
    pub fn fit(plays: &Interactions) -> Option<Self> {
        let step = plays.users().div_ceil(EASE_PEOPLE_MAX).max(1);
        let chosen = (0u32..).zip((0..plays.users()).step_by(step));
        let cells = chosen.flat_map(|(row, user)| {
            let user = u32::try_from(user).unwrap_or(u32::MAX);
            plays.user(user).ids().iter().map(move |&item| (row, item, 1.0))
        });
        let plays = Interactions::new(plays.users().div_ceil(step), plays.items(), cells).ok()?;
        let people = plays.users();
        let mut kernel = Mat::<f32>::zeros(people, people);
        for (item, _) in (0u32..).zip(0..plays.items()) {
            let listeners = plays.item(item).ids();
            for &a in listeners {
                for &b in listeners {
                    kernel[(a as usize, b as usize)] += 1.0;
                }
            }
        }
        for person in 0..people {
            kernel[(person, person)] += RIDGE;
        }
        let inverse = kernel.llt(Side::Lower).ok()?.inverse();
        let diagonal = (0u32..).zip(0..plays.items()).map(|(item, _)| {
            let listeners = plays.item(item).ids();
            let pairs =
                listeners.iter().flat_map(|a| listeners.iter().map(move |b| (*a as usize, *b as usize)));
            1.0 - pairs.map(|pair| inverse[pair]).sum::<f32>()
        });
        let diagonal = diagonal.collect();
        Some(Self { plays, inverse, diagonal })
    }

    /// The scores of all artists for a history, by number. Costs O(people · those who share an artist + cells).
    pub fn scores(&self, history: Cells<'_>) -> Vec<f32> {
        let mut scores = vec![0.0_f32; self.plays.items()];
        let mut shared = vec![0.0_f32; self.plays.users()];
        for (item, weight) in history.iter() {
            for &person in self.plays.item(item).ids() {
                if let Some(sum) = shared.get_mut(person as usize) {
                    *sum += weight;
                }
            }
            if let Some(score) = scores.get_mut(item as usize) {
                *score = weight;
            }
        }
        let met = shared.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
        let mut spread = vec![0.0_f32; self.plays.users()];
        for (person, weight) in met {
            let column = self.inverse.col(person);
            spread.iter_mut().zip(column.iter()).for_each(|(sum, k)| *sum += weight * k);
        }
        let mut reached = vec![0.0_f32; self.plays.items()];
        for ((person, _), weight) in (0u32..).zip(0..self.plays.users()).zip(&spread) {
            for &item in self.plays.user(person).ids() {
                if let Some(sum) = reached.get_mut(item as usize) {
                    *sum += weight;
                }
            }
        }
        // x − (x P) / P_jj, with λ cancelled on both sides.
        for ((score, reached), diagonal) in scores.iter_mut().zip(&reached).zip(&self.diagonal) {
            *score -= (*score - reached) / diagonal.max(f32::EPSILON);
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_scores_by_hand() {
        // Two people, two artists: X = [[1, 1], [1, 0]], XᵀX + 70 I = [[72, 1], [1, 71]], so that the inverse is
        // [[71, −1], [−1, 72]] / 5111: B_01 = 1/72 and B_10 = 1/71.
        let plays = Interactions::new(2, 2, [(0, 0, 1.0), (0, 1, 5.0), (1, 0, 1.0)]).unwrap();
        let ease = Ease::fit(&plays).unwrap();
        let scores = ease.scores(Cells::new(&[0], &[1.0]));
        assert!(scores[0].abs() < 1e-5 && (scores[1] - 1.0 / 72.0).abs() < 1e-6, "{scores:?}");
        let scores = ease.scores(Cells::new(&[1], &[2.0]));
        assert!((scores[0] - 2.0 / 71.0).abs() < 1e-6 && scores[1].abs() < 1e-5, "{scores:?}");
        assert_eq!(ease.scores(Cells::new(&[9], &[1.0])), [0.0, 0.0]);
        assert!(Ease::fit(&Interactions::new(0, 0, []).unwrap()).is_some());
    }
}
