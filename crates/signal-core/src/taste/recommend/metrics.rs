//! How good is a ranked list? Binary relevance: an artist is a target or it is not.

/// The five figures of one list, or their means over many.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quality {
    /// The share of the targets that are in the list.
    pub recall: f64,
    /// One over the place of the first target; 0 without one (mean reciprocal rank).
    pub mrr: f64,
    /// Σ 1 / log₂(place + 1) over the targets in the list, over the most that could be (Järvelin and Kekäläinen 2002).
    pub ndcg: f64,
    /// 1 where any target is in the list.
    pub hit: f64,
    /// The share of the list's k places that hold a target.
    pub precision: f64,
}

impl Quality {
    /// Scores the first `k` of a list against targets, which are sorted.
    ///
    /// ```
    /// # use signal_core::taste::recommend::Quality;
    /// let quality = Quality::of(&[4, 7, 9], &[7, 8], 3);
    /// assert_eq!((quality.recall, quality.mrr, quality.hit), (0.5, 0.5, 1.0));
    /// ```
    pub fn of(list: &[u32], targets: &[u32], k: usize) -> Self {
        if targets.is_empty() || k == 0 {
            return Self::default();
        }
        let gain = |place: usize| 1.0 / libm::log2(place as f64 + 2.0);
        let found: Vec<usize> = list
            .iter()
            .take(k)
            .enumerate()
            .filter(|(_, item)| targets.binary_search(item).is_ok())
            .map(|(place, _)| place)
            .collect();
        let best: f64 = (0..targets.len().min(k)).map(gain).sum();
        Self {
            recall: found.len() as f64 / targets.len() as f64,
            mrr: found.first().map_or(0.0, |place| 1.0 / (*place as f64 + 1.0)),
            ndcg: found.iter().map(|place| gain(*place)).sum::<f64>() / best,
            hit: if found.is_empty() { 0.0 } else { 1.0 },
            precision: found.len() as f64 / k as f64,
        }
    }

    /// Mean and standard deviation over lists; all 0 without any.
    pub fn summary(lists: &[Self]) -> (Self, Self) {
        let count = (lists.len() as f64).max(1.0);
        let mean =
            lists.iter().fold(Self::default(), |sum, one| sum.with(one, |x, y| x + y)).map(|x| x / count);
        let squares = lists.iter().fold(Self::default(), |sum, one| {
            sum.with(&one.with(&mean, |x, m| (x - m) * (x - m)), |x, y| x + y)
        });
        (mean, squares.map(|x| libm::sqrt(x / count)))
    }

    fn with(&self, other: &Self, join: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            recall: join(self.recall, other.recall),
            mrr: join(self.mrr, other.mrr),
            ndcg: join(self.ndcg, other.ndcg),
            hit: join(self.hit, other.hit),
            precision: join(self.precision, other.precision),
        }
    }

    fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        self.with(self, |x, _| change(x))
    }
}

/// The `k` best-scored artists, best first; equals by number. `masked`, sorted, are left out.
///
/// Costs O(artists).
pub fn best(scores: &[f32], masked: &[u32], k: usize) -> Vec<u32> {
    let mut masked = masked.iter().copied().peekable();
    let mut open: Vec<(f32, u32)> = scores
        .iter()
        .zip(0u32..)
        .filter(|(_, item)| {
            while masked.next_if(|other| other < item).is_some() {}
            masked.next_if_eq(item).is_none()
        })
        .map(|(score, item)| (*score, item))
        .collect();
    let order = |x: &(f32, u32), y: &(f32, u32)| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1));
    if k < open.len() {
        open.select_nth_unstable_by(k, order);
        open.truncate(k);
    }
    open.sort_unstable_by(order);
    open.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(x: f64, y: f64) -> bool {
        (x - y).abs() < 1e-12
    }

    #[test]
    fn golden_figures_by_hand() {
        // docs/algorithms.md, "Evaluation of recommendations": targets at places 2 and 4 of 5, one more target missed.
        let quality = Quality::of(&[10, 3, 11, 5, 12, 7], &[3, 5, 7], 5);
        assert!(near(quality.recall, 2.0 / 3.0) && near(quality.precision, 0.4));
        assert!(near(quality.mrr, 0.5) && near(quality.hit, 1.0));
        // (1/log₂3 + 1/log₂5) / (1 + 1/log₂3 + 1/2)
        assert!((quality.ndcg - 0.498_189_25).abs() < 1e-8, "{}", quality.ndcg);
        assert_eq!(Quality::of(&[1, 2], &[3], 2), Quality::default());
        assert_eq!(Quality::of(&[3], &[3], 1).ndcg.to_bits(), 1.0_f64.to_bits());
        assert_eq!(Quality::of(&[3], &[], 1), Quality::default());
    }

    #[test]
    fn summaries_are_means_with_their_spread() {
        let one = Quality { ndcg: 0.2, ..Quality::default() };
        let two = Quality { ndcg: 0.6, hit: 1.0, ..Quality::default() };
        let (mean, spread) = Quality::summary(&[one, two]);
        assert!(
            near(mean.ndcg, 0.4) && near(spread.ndcg, 0.2) && near(mean.hit, 0.5) && near(spread.hit, 0.5)
        );
        assert_eq!(Quality::summary(&[]), (Quality::default(), Quality::default()));
    }

    #[test]
    fn the_best_come_first_without_the_masked() {
        assert_eq!(best(&[0.5, 2.0, 0.5, 1.0, 3.0], &[1, 4], 3), [3, 0, 2]);
        assert_eq!(best(&[0.5, 2.0], &[], 9), [1, 0]);
        assert_eq!(best(&[1.0, f32::NEG_INFINITY], &[0], 1), [1]);
        assert!(best(&[], &[3], 2).is_empty());
    }
}
