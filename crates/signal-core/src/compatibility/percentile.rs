//! Where a score stands among other people's.

use std::cmp::Ordering;

/// The share of a sample that a score reaches, in [0, 1]: those below it, and half of those equal to it (the mid-rank,
/// so that a score which everyone has stands in the middle). `None` for an empty sample; NaN in it is passed over.
///
/// ```
/// # use signal_core::compatibility::percentile;
/// assert_eq!(percentile(0.5, &[0.1, 0.5, 0.5, 0.9]), Some(0.5));
/// assert_eq!(percentile(0.5, &[]), None);
/// ```
pub fn percentile(score: f64, sample: &[f64]) -> Option<f64> {
    let count = |holds: &dyn Fn(f64) -> bool| sample.iter().filter(|other| holds(**other)).count() as f64;
    let all = count(&|other| !other.is_nan());
    if all == 0.0 || score.is_nan() {
        return None;
    }
    let order = |is: Ordering| count(&|other| other.partial_cmp(&score) == Some(is));
    let (below, equal) = (order(Ordering::Less), order(Ordering::Equal));
    Some((below + equal / 2.0) / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_percentiles() {
        // docs/algorithms.md, "Compatibility".
        let sample = [0.1, 0.2, 0.2, 0.4, f64::NAN];
        let found = [0.0, 0.1, 0.2, 0.3, 0.4, 1.0].map(|score| percentile(score, &sample));
        assert_eq!(found, [0.0, 0.125, 0.5, 0.75, 0.875, 1.0].map(Some));
        assert_eq!((percentile(0.1, &[f64::NAN]), percentile(f64::NAN, &sample)), (None, None));
    }
}
