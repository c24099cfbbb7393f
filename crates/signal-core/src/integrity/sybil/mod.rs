//! Which accounts are one attacker's? Two ways to rank people, by what is known of some of them.
//!
//! - With honest seeds alone, trust spreads from them and comes to rest; links count by how usual the overlap of the
//!   two neighbourhoods is for links that seeds make, to a power that seeds kept aside choose.
//! - With bad accounts known too, links fall into classes, and what each class says about the other end of a link
//!   (the same kind, the opposite kind, nothing) is learnt from the labels.
//!
//! Neither takes the size of an attacker's region, or a weight for overlaps: where friends of friends are no friends,
//! overlap ends up meaning nothing, or the opposite. Formulas, sources, golden vectors and figures:
//! `docs/algorithms.md`, "Suspicion".
//!
//! ```
//! use signal_core::integrity::sybil::{Labels, Links, suspicions};
//!
//! // 0 to 3 know each other, 4 to 6 are one attacker's, and 3 was fooled into a link with 4.
//! let links = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)];
//! let labels = Labels { honest: vec![(0, 1.0)], sybil: vec![] };
//! let found = suspicions(&Links::undirected(7, links), &labels);
//! assert!(found[5] > found[4] && found[4] > found[3]);
//! ```

mod choice;
mod labels;
mod links;
mod seeds;

pub use links::Links;

/// What is known of some people beforehand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels {
    /// People who are known to be honest by number, with how sure that is relative to each other (a verification level
    /// is such a prior). What is not positive and finite is left out; of one person named twice the last counts.
    pub honest: Vec<(u32, f64)>,
    /// Accounts that are known to be bad; stronger than a place among the honest.
    pub sybil: Vec<u32>,
}

/// How suspicious everybody is by number: 1 for the most suspicious, 0 for the least, equals at the mean of their ranks.
///
/// Where nothing is known of anybody all are equal; a person alone has nobody to be compared with and gets 0. Takes
/// O(links · sweeps), a few hundred sweeps of four values, and Σ of the shorter row over all links for the overlaps; in
/// parallel on rayon's threads, with the same bits on any number of them. The order in which people are named decides which
/// of them are kept aside together, so name them in an order that an attacker does not choose, such as that of ids.
pub fn suspicions(links: &Links, labels: &Labels) -> Vec<f64> {
    let people = links.people();
    let mut sure = vec![0.0; people];
    for &(person, weight) in labels.honest.iter().filter(|label| label.1.is_finite() && label.1 > 0.0) {
        if let Some(slot) = sure.get_mut(person as usize) {
            *slot = weight;
        }
    }
    let mut known_bad = false;
    for &person in &labels.sybil {
        if let Some(slot) = sure.get_mut(person as usize) {
            (*slot, known_bad) = (-1.0, true);
        }
    }
    let heaviest = sure.iter().fold(0.0, |heaviest: f64, weight| heaviest.max(*weight));
    for weight in sure.iter_mut().filter(|weight| **weight > 0.0) {
        *weight /= heaviest;
    }
    let honest = named(labels.honest.iter().map(|label| label.0), &sure, |weight| weight > 0.0);
    if known_bad {
        let bad = named(labels.sybil.iter().copied(), &sure, |weight| weight < 0.0);
        return ranks(&labels::doubts(links, &sure, &honest, &bad));
    }
    let trusts = seeds::trusts(links, &sure, &honest);
    ranks(&trusts.into_iter().map(|trust| -trust).collect::<Vec<_>>())
}

/// Those of whom it holds, in the order in which they are first named.
fn named(list: impl Iterator<Item = u32>, sure: &[f64], is: impl Fn(f64) -> bool) -> Vec<u32> {
    let mut met = vec![false; sure.len()];
    let mut first = |person: &u32| {
        let known = sure.get(*person as usize).is_some_and(|weight| is(*weight));
        known && met.get_mut(*person as usize).is_some_and(|met| !std::mem::replace(met, true))
    };
    list.filter(|person| first(person)).collect()
}

/// A value in whole units of which a sum is exact, so that neither order nor numbering moves a bit of it.
#[expect(clippy::cast_possible_truncation, reason = "what does not fit saturates")]
fn units(value: f64, unit: f64) -> i64 {
    (value * unit) as i64
}

/// Places in ascending order scaled to [0, 1], equals at the mean of theirs; a single value stands at 0.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let last = values.len().saturating_sub(1).max(1) as f64;
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equals in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let middle = before as f64 + (equals.len() - 1) as f64 / 2.0;
        for &(_, place) in equals {
            if let Some(rank) = ranks.get_mut(place) {
                *rank = middle / last;
            }
        }
        before += equals.len();
    }
    ranks
}

#[cfg(test)]
mod tests;
