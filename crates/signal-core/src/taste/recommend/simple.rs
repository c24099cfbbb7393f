//! Yardsticks: popularity and neighbours of artists.

use crate::taste::factors::{Cells, Interactions};

/// Listeners of an artist whom [`knn_scores`] looks at, spread evenly over more: a star does not stall a reader.
pub const KNN_LISTENERS_MAX: usize = 1_024;

/// How many people play each artist, by number.
pub fn popularity(plays: &Interactions) -> Vec<f32> {
    (0u32..).zip(0..plays.items()).map(|(item, _)| plays.item(item).len() as f32).collect()
}

/// For each artist the sum of its cosines with the artists of a history (item k-nearest-neighbours with all
/// neighbours; Sarwar, Karypis, Konstan and Riedl, WWW 2001; Deshpande and Karypis, TOIS 2004):
///
/// ```text
/// score(j) = Σ_i x_i · |listeners of i and j| / √(|listeners of i| · |listeners of j|)
/// ```
///
/// Costs O(cells · listeners · row).
pub fn knn_scores(plays: &Interactions, history: Cells<'_>) -> Vec<f32> {
    let mut met = vec![0.0_f32; plays.users()];
    for (item, weight) in history.iter() {
        let listeners = plays.item(item).ids();
        let step = listeners.len().div_ceil(KNN_LISTENERS_MAX).max(1);
        let part = weight * step as f32 / (listeners.len() as f32).sqrt();
        for &person in listeners.iter().step_by(step) {
            if let Some(sum) = met.get_mut(person as usize) {
                *sum += part;
            }
        }
    }
    let mut scores = vec![0.0_f32; plays.items()];
    for ((person, _), weight) in (0u32..).zip(0..plays.users()).zip(&met).filter(|(_, weight)| **weight > 0.0)
    {
        for &item in plays.user(person).ids() {
            if let Some(score) = scores.get_mut(item as usize) {
                *score += weight;
            }
        }
    }
    for ((item, _), score) in (0u32..).zip(0..plays.items()).zip(&mut scores) {
        *score /= (plays.item(item).len().max(1) as f32).sqrt();
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_cosines_by_hand() {
        // Artist 0 has listeners {0, 1}, artist 1 {0}, artist 2 {1, 2}: cosines 1/√2 and 1/2.
        let cells = [(0, 0, 1.0), (1, 0, 1.0), (0, 1, 1.0), (1, 2, 1.0), (2, 2, 1.0)];
        let plays = Interactions::new(3, 4, cells).unwrap();
        let scores = knn_scores(&plays, Cells::new(&[0], &[1.0]));
        let expected = [1.0, std::f32::consts::FRAC_1_SQRT_2, 0.5, 0.0];
        assert!(scores.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-6), "{scores:?}");
        assert_eq!(popularity(&plays), [2.0, 1.0, 2.0, 0.0]);
    }
}
