//! Many matches at once.

use rayon::prelude::*;

use super::parts::{Compatibility, Evidence, combine};
use crate::policy::CompatibilityPolicy;

/// One person against many: [`combine`] of what `evidence` says of each, in the order of `others`.
///
/// Runs on the current rayon pool; each match is computed by itself, so that the bits are those of one at a time.
///
/// ```
/// use signal_core::compatibility::{Basis, Evidence, one_to_many};
/// use signal_core::policy::Policy;
///
/// let taste = [0.9, 0.1];
/// let evidence = |other: &usize| Evidence {
///     trust_path: Some(0.0),
///     taste: taste.get(*other).map(|value| (*value, Basis::Vectors)),
///     genre_overlap: None,
/// };
/// let found = one_to_many(&[0, 1], evidence, &Policy::default().compatibility);
/// assert!(found[0].score > found[1].score);
/// ```
pub fn one_to_many<P: Sync>(
    others: &[P],
    evidence: impl Fn(&P) -> Evidence + Sync,
    policy: &CompatibilityPolicy,
) -> Vec<Compatibility> {
    others.par_iter().map(|other| combine(&evidence(other), policy)).collect()
}

/// Many people against many: a row for each of `people`, with a match for each of `others`.
///
/// As [`one_to_many`]; memory grows with the number of pairs, which the caller bounds.
pub fn many_to_many<P: Sync>(
    people: &[P],
    others: &[P],
    evidence: impl Fn(&P, &P) -> Evidence + Sync,
    policy: &CompatibilityPolicy,
) -> Vec<Vec<Compatibility>> {
    let row = |person| others.iter().map(|other| combine(&evidence(person, other), policy)).collect();
    people.par_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compatibility::Basis;
    use crate::policy::Policy;

    #[test]
    fn many_at_once_are_one_after_the_other_on_any_number_of_threads() {
        let policy = Policy::default().compatibility;
        let people: Vec<u32> = (0..97).collect();
        let evidence = |a: &u32, b: &u32| Evidence {
            trust_path: Some(f64::from(a * 7 % 11) / 11.0),
            taste: (!a.is_multiple_of(5)).then(|| (f64::from(a * b % 13) / 13.0, Basis::Artists)),
            genre_overlap: (!b.is_multiple_of(3)).then(|| f64::from((a + b) % 17) / 17.0),
        };
        let plain: Vec<Vec<Compatibility>> = people
            .iter()
            .map(|a| people.iter().map(|b| combine(&evidence(a, b), &policy)).collect())
            .collect();
        for threads in [1, 2, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| many_to_many(&people, &people, evidence, &policy));
            assert_eq!(found, plain, "{threads} threads");
            let first = pool.install(|| one_to_many(&people, |b| evidence(&3, b), &policy));
            assert_eq!(Some(&first), plain.get(3), "{threads} threads");
        }
    }
}
