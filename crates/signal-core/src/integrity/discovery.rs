//! How many of many findings may be chance.

/// For each of some p-values, the share of false ones among all that are at least as small: the adjusted p-values of
/// Benjamini and Yekutieli (*Annals of Statistics* 2001), which hold however the tests depend on each other. `tests` is how
/// many there were; those that are not given had nothing to show. Takes O(values · log + tests).
pub(super) fn false_shares(values: &[f64], tests: usize) -> Vec<f64> {
    let tests = tests.max(values.len());
    let harmonic: f64 = (1..=tests).rev().map(|rank| 1.0 / rank as f64).sum();
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut shares = vec![1.0; values.len()];
    let mut least = 1.0_f64;
    for (before, (value, place)) in order.iter().enumerate().rev() {
        least = least.min(value * tests as f64 * harmonic / (before + 1) as f64);
        if let Some(share) = shares.get_mut(*place) {
            *share = least;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn golden_shares() {
        // docs/algorithms.md, "Abnormal rates": 1 + 1/2 + 1/3 + 1/4 + 1/5 = 137/60.
        let found = false_shares(&[0.2, 0.001, 0.041, 0.008, 0.039], 5);
        let h = 137.0 / 60.0;
        let wanted = [0.2 * h, 0.005 * h, 0.051_25 * h, 0.02 * h, 0.051_25 * h];
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
        }
        // Tests that showed nothing count all the same: 4 · (1 + 1/2 + 1/3 + 1/4) = 25/3.
        let found = false_shares(&[0.003], 4);
        assert!((found[0] - 0.025).abs() < 1e-12, "{found:?}");
        assert_eq!(false_shares(&[0.9, 0.9], 2), [1.0, 1.0]);
        assert_eq!(false_shares(&[], 7), Vec::<f64>::new());
    }

    proptest! {
        /// A smaller p-value never has a larger share, no share is smaller than its p-value, and order does not matter.
        #[test]
        fn shares_follow_their_values(values in prop::collection::vec(0.0_f64..=1.0, 1..40)) {
            let shares = false_shares(&values, values.len());
            for (a, share) in values.iter().zip(&shares) {
                prop_assert!(*share >= *a && *share <= 1.0);
                for (b, other) in values.iter().zip(&shares) {
                    prop_assert!(a > b || share <= other);
                }
            }
            let mut turned = values.clone();
            turned.reverse();
            let mut again = false_shares(&turned, values.len());
            again.reverse();
            prop_assert_eq!(again, shares);
        }
    }
}
