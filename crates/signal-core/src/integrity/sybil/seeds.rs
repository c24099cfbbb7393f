//! Suspicion from honest seeds alone.
//!
//! ```text
//! usual(link) = share of the links that seeds make with a smaller overlap, equals half
//! weight      = usual ^ power
//! x(u)        = damping · Σ weight · x(v) / Σ weight over v in row(u) + (1 − damping) · seed(u)
//! ```
//!
//! The spread is label propagation with rows scaled to sum 1 (Zhou, Bousquet, Lal, Weston and Schölkopf, *Learning with
//! Local and Global Consistency*, NIPS 2003), which hands on averages: an account gains nothing by having many links.
//! The power is chosen by seeds that were kept aside: honest people stand higher the better honest people are told from
//! others, whatever the number of the others. So the graph itself says how much an overlap is worth. Of powers that
//! do as well the largest is taken: an attacker's links are those with little overlap, more often than not.

use rayon::prelude::*;

use super::choice::{FOLDS, LEAST, kept_aside, most_careful};
use super::links::{Links, ROWS};
use super::units;

/// Powers to choose from: 0 lets all links count alike.
const POWERS: [u32; 5] = [0, 1, 2, 4, 8];
/// The power where too few seeds are known to choose by.
const COMMON_POWER: u32 = 1;
/// What is handed on; the rest springs from the seeds anew.
const DAMPING: f64 = 0.98;
/// Sweeps for a choice, and for the answer.
const TRIAL_SWEEPS: usize = 40;
const SWEEPS: usize = 100;
/// The least that a link counts before the power: no link is nothing.
const LEAST_USUAL: f64 = 1e-3;

/// Units of a trust of 1.
const UNIT: f64 = (1_u64 << 50) as f64;
/// Units of the largest weight in a row, which may have as many links as there are people.
const ROW_UNIT: f64 = (1_u64 << 31) as f64;

/// How much trust reaches everybody from the seeds. `sure` is 0 for those of whom nothing is known.
pub(super) fn trusts(links: &Links, sure: &[f64], seeds: &[u32]) -> Vec<f64> {
    if seeds.is_empty() {
        return vec![0.0; links.people()];
    }
    let usual = usual(links, sure);
    let power = if seeds.len() < LEAST { COMMON_POWER } else { choose(links, sure, seeds, &usual) };
    let weights = weights(links, &usual, power);
    let source: Vec<[f64; 1]> = sure.iter().map(|weight| [*weight]).collect();
    spread(links, &weights, &source, SWEEPS).into_iter().map(|[trust]| trust).collect()
}

/// The largest power under which seeds that were kept aside stand no lower, among those of whom nothing is known, than
/// under any other.
fn choose(links: &Links, sure: &[f64], seeds: &[u32], usual: &[f64]) -> u32 {
    let sources = kept_aside(sure, &[seeds]);
    let marks: Vec<Vec<f64>> = POWERS
        .iter()
        .map(|power| {
            let trusts = spread(links, &weights(links, usual, *power), &sources, TRIAL_SWEEPS);
            stands(&trusts, sure, seeds)
        })
        .collect();
    POWERS.get(most_careful(&marks)).copied().unwrap_or(COMMON_POWER)
}

/// For each seed the share of unknown people who stand below it while it is kept aside, equals half.
fn stands(trusts: &[[f64; FOLDS]], sure: &[f64], seeds: &[u32]) -> Vec<f64> {
    let mut stands = vec![0.0; seeds.len()];
    for fold in 0..FOLDS {
        let of = |trials: &[f64; FOLDS]| trials.get(fold).copied().unwrap_or(0.0);
        let mut others: Vec<f64> =
            trusts.iter().zip(sure).filter(|one| *one.1 == 0.0).map(|one| of(one.0)).collect();
        others.par_sort_unstable_by(f64::total_cmp);
        for (seed, stand) in seeds.iter().zip(&mut stands).skip(fold).step_by(FOLDS) {
            let trust = trusts.get(*seed as usize).map_or(0.0, of);
            *stand = middle(&others, trust) as f64 / 2.0 / others.len().max(1) as f64;
        }
    }
    stands
}

/// For every link, how usual its overlap is for links that seeds make, in (0, 1).
fn usual(links: &Links, sure: &[f64]) -> Vec<f64> {
    let overlaps: Vec<f64> = links.overlaps().into_iter().map(|(shared, of)| overlap(shared, of)).collect();
    let made_by_seed = |end: &u32| sure.get(*end as usize).is_some_and(|weight| *weight > 0.0);
    let mut made: Vec<f64> =
        links.ends().iter().zip(&overlaps).filter(|link| made_by_seed(link.0)).map(|link| *link.1).collect();
    made.par_sort_unstable_by(f64::total_cmp);
    let all = 2.0 * (made.len() as f64 + 1.0);
    overlaps.par_iter().map(|value| ((middle(&made, *value) as f64 + 1.0) / all).max(LEAST_USUAL)).collect()
}

/// The share of the smaller neighbourhood that the larger one shares.
pub(super) fn overlap(shared: u32, of: u32) -> f64 {
    f64::from(shared) / f64::from(of.max(1))
}

/// How many of a sorted list are smaller, plus how many are not larger.
fn middle(sorted: &[f64], value: f64) -> usize {
    sorted.partition_point(|other| *other < value) + sorted.partition_point(|other| *other <= value)
}

/// Weights of all links, those of each row with the sum 1.
fn weights(links: &Links, usual: &[f64], power: u32) -> Vec<f64> {
    let mut weights: Vec<f64> =
        usual.par_iter().map(|usual| (0..power).fold(1.0, |product, _| product * usual)).collect();
    for person in 0..links.people() {
        let row = weights.get_mut(links.range(person)).unwrap_or_default();
        let largest = row.iter().copied().fold(0.0, f64::max);
        let sum: i64 = row.iter().map(|weight| units(weight / largest, ROW_UNIT)).sum();
        for weight in row.iter_mut() {
            *weight *= ROW_UNIT / largest / sum as f64;
        }
    }
    weights
}

/// Everybody's trust after some sweeps, for several sources at once.
fn spread<const N: usize>(
    links: &Links,
    weights: &[f64],
    source: &[[f64; N]],
    sweeps: usize,
) -> Vec<[f64; N]> {
    let mut now = source.to_vec();
    let mut next = now.clone();
    for _ in 0..sweeps {
        next.par_chunks_mut(ROWS).enumerate().for_each(|(piece, values)| {
            for (person, (value, spring)) in (piece * ROWS..).zip(values.iter_mut().zip(from(source, piece)))
            {
                let weights = weights.get(links.range(person)).unwrap_or_default();
                let mut sums = [0; N];
                for (end, weight) in links.row(person).iter().zip(weights) {
                    let Some(trusts) = now.get(*end as usize) else { continue };
                    sums.iter_mut().zip(trusts).for_each(|(sum, trust)| *sum += units(weight * trust, UNIT));
                }
                for ((value, sum), spring) in value.iter_mut().zip(sums).zip(spring) {
                    *value = DAMPING * (sum as f64 / UNIT) + (1.0 - DAMPING) * spring;
                }
            }
        });
        std::mem::swap(&mut now, &mut next);
    }
    now
}

/// What of a list lies from a piece on.
fn from<T>(list: &[T], piece: usize) -> &[T] {
    list.get(piece * ROWS..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_spread() {
        // docs/algorithms.md, "Suspicion": a path 0 - 1 - 2 with the seed 0 and all links alike, after two sweeps.
        let links = Links::undirected(3, [(0, 1), (1, 2)]);
        let weights = weights(&links, &usual(&links, &[1.0, 0.0, 0.0]), 0);
        assert_eq!(weights, [1.0, 0.5, 0.5, 1.0]);
        let found = spread(&links, &weights, &[[1.0], [0.0], [0.0]], 2);
        let wanted = [0.98 * 0.98 * 0.5 + 0.02, 0.98 * 0.5 * 0.02, 0.98 * 0.98 * 0.5];
        for ([found], wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
        }
    }

    #[test]
    fn golden_usual_overlaps() {
        // A triangle 0 1 2 with a tail 2 - 3; the seed 2 makes links with overlaps 1/2, 1/2 and 0.
        let links = Links::undirected(4, [(0, 1), (1, 2), (2, 0), (2, 3)]);
        let found = usual(&links, &[0.0, 0.0, 1.0, 0.0]);
        // Of 0, 1/2, 1/2 one is below 1/2 and three are not above: (1 + 3 + 1) / 8. For 0 it is (0 + 1 + 1) / 8.
        let wanted = [5.0 / 8.0, 5.0 / 8.0, 5.0 / 8.0, 5.0 / 8.0, 5.0 / 8.0, 5.0 / 8.0, 2.0 / 8.0, 2.0 / 8.0];
        assert_eq!(found, wanted);
    }
}
