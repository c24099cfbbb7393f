//! How well does a score tell two kinds apart?

/// The chance that a score is higher for one that is wanted than for one that is not, equals half (the area under the
/// ROC curve; Mann and Whitney 1947). `None` where one of the kinds is missing or a score is not a number. O(n log n).
///
/// ```
/// # use signal_core::integrity::auc;
/// assert_eq!(auc(&[(0.9, true), (0.4, false), (0.4, true), (0.1, false)]), Some(0.875));
/// ```
pub fn auc(scores: &[(f64, bool)]) -> Option<f64> {
    let groups = groups(scores)?;
    let wanted = groups.iter().map(|group| group.0).sum::<usize>() as f64;
    let others = scores.len() as f64 - wanted;
    let mut above = 0.0;
    let mut won = 0.0;
    for (hits, all) in groups {
        let misses = (all - hits) as f64;
        won += misses * (above + hits as f64 / 2.0);
        above += hits as f64;
    }
    (wanted > 0.0 && others > 0.0).then(|| won / (wanted * others))
}

/// The mean, over those wanted, of the share of wanted ones among all who score at least as high. `None` where nobody
/// is wanted or a score is not a number. O(n log n).
///
/// ```
/// # use signal_core::integrity::average_precision;
/// assert_eq!(average_precision(&[(0.9, true), (0.5, false), (0.4, false), (0.1, true)]), Some(0.75));
/// ```
pub fn average_precision(scores: &[(f64, bool)]) -> Option<f64> {
    let (mut hits, mut seen, mut sum) = (0usize, 0usize, 0.0);
    for (wanted, all) in groups(scores)? {
        hits += wanted;
        seen += all;
        sum += wanted as f64 * hits as f64 / seen as f64;
    }
    (hits > 0).then(|| sum / hits as f64)
}

/// For every distinct score from the highest on, how many are wanted and how many there are.
fn groups(scores: &[(f64, bool)]) -> Option<Vec<(usize, usize)>> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let count = |equals: &[(f64, bool)]| (equals.iter().filter(|one| one.1).count(), equals.len());
    let numbers = scores.iter().all(|one| !one.0.is_nan());
    numbers.then(|| sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()).map(count).collect())
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_kind_alone_has_no_measure() {
        assert_eq!([auc(&[]), auc(&[(1.0, true)]), average_precision(&[(1.0, false)])], [None; 3]);
        assert_eq!(
            [auc(&[(f64::NAN, true), (0.0, false)]), average_precision(&[(f64::NAN, true)])],
            [None; 2]
        );
    }

    #[test]
    fn equals_count_half_and_share_their_precision() {
        let equal = [(1.0, true), (1.0, false), (1.0, false), (1.0, true)];
        assert_eq!((auc(&equal), average_precision(&equal)), (Some(0.5), Some(0.5)));
    }

    proptest! {
        /// The definition, pair by pair; and turned scores turn it.
        #[test]
        fn auc_is_what_it_says(drawn in prop::collection::vec((0u8..6, prop::bool::ANY), 2..30)) {
            let scores: Vec<(f64, bool)> = drawn.iter().map(|one| (f64::from(one.0), one.1)).collect();
            let of = |wanted| drawn.iter().filter(move |one| one.1 == wanted);
            let pairs = of(true).flat_map(|a| of(false).map(move |b| (a.0, b.0)));
            let won: Vec<f64> = pairs.map(|(a, b)| match a.cmp(&b) {
                Ordering::Greater => 1.0,
                Ordering::Equal => 0.5,
                Ordering::Less => 0.0,
            }).collect();
            let Some(found) = auc(&scores) else {
                prop_assert!(won.is_empty());
                return Ok(());
            };
            prop_assert!((found - won.iter().sum::<f64>() / won.len() as f64).abs() < 1e-12);
            let turned: Vec<(f64, bool)> = scores.iter().map(|one| (-one.0, one.1)).collect();
            prop_assert!((auc(&turned).unwrap() + found - 1.0).abs() < 1e-12);
        }
    }
}
