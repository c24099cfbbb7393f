//! Suspicion from both kinds of label.
//!
//! ```text
//! x(u) = tanh(z(u) / 2)                            from −1, honest, to 1, bad
//! z(u) = prior(u) + share · Σ over v in row(u) of W(class) · x(v)
//! W(c) = 2 · artanh(g(c))                          what a link of the class says when its other end is certain
//! g(c) = (Σ x(v) · x′(u) + n₀ · g(parent)) / (Σ x(v)² · x′(u)² + n₀)      over links of the class to a labelled v
//! ```
//!
//! x′(u) is what is thought of *u* without that link. If a class joins people of one kind with probability h, then
//! g = 2h − 1, and a belief x′ that is right as often as it says has the mean product x(v) · x′(u) = g · x′². So the ratio
//! finds g from beliefs of any strength, and says nothing where they say nothing. Beliefs and classes take turns
//! (expectation maximisation; Dempster, Laird and Rubin 1977, with beliefs in a mean field). Classes of the same
//! overlap have a parent, and all classes have one; an attacker who closes triangles spoils some classes, not all.
//! Once classes are learnt, beliefs start anew with a share that those who are known choose while they are kept aside.
//! Links as evidence with a strength of their own: `SybilSCAR` (Wang, Zhang and Gong, INFOCOM 2017), whose strength is
//! one number for all links and given beforehand.

use rayon::prelude::*;

use super::choice::{FOLDS, LEAST, kept_aside, most_careful};
use super::links::{Links, ROWS};
use super::seeds::overlap;
use super::units;

/// Marks between the classes by overlap: the share of the smaller neighbourhood that both have.
const OVERLAPS: [f64; 8] = [1e-9, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75];
/// Marks between the classes by the size of the smaller neighbourhood.
const SIZES: [u32; 7] = [2, 4, 8, 16, 32, 64, 128];
/// Classes by size for each overlap.
const PER_OVERLAP: usize = SIZES.len() + 1;
const PARENTS: usize = OVERLAPS.len() + 1;
const CLASSES: usize = PARENTS * PER_OVERLAP;
/// How often beliefs and classes take turns, and sweeps of belief in each turn.
const TURNS: usize = 12;
const TURN_SWEEPS: usize = 5;
/// Sweeps for a choice, and for the answer.
const TRIAL_SWEEPS: usize = 40;
const SWEEPS: usize = 60;
/// Log odds of a label that is fully sure, and the most that a belief can be.
const CERTAIN: f64 = 8.0;
/// How much of itself a link says while classes are learnt: neighbours know each other and repeat each other.
const SHARE: f64 = 0.1;
/// How much it may say in the answer. The less, the less can people of whom none is known talk each other into a belief:
/// they stand between those who are told apart.
const SHARES: [f64; 5] = [0.1, 0.05, 0.03, 0.02, 0.01];
/// The place of the one where too few are known to choose by.
const COMMON_SHARE: usize = 2;
/// What a link says before anything is learnt: six of ten join people of one kind.
const START: f64 = 0.2;
/// Links that a parent counts for.
const PARENT_LINKS: f64 = 4.0;
/// Units of log odds and of beliefs of 1.
const UNIT: f64 = (1_u64 << 36) as f64;
/// No class is more certain than this.
const SUREST: f64 = 0.98;

/// Log odds of being bad. `sure` is −1 for known bad accounts, in (0, 1] for known honest ones, and 0 for the others;
/// `honest` and `bad` name those of whom it is not, in the order in which they are kept aside.
pub(super) fn doubts(links: &Links, sure: &[f64], honest: &[u32], bad: &[u32]) -> Vec<f64> {
    let classes: Vec<u8> =
        links.overlaps().into_par_iter().map(|(shared, of)| class(overlap(shared, of), of)).collect();
    let prior: Vec<f64> = sure.iter().map(|sure| -CERTAIN * sure).collect();
    let says = taught(links, &classes, &prior);
    let read = Reading { links, classes: &classes, says: &says };
    let share =
        if honest.len().min(bad.len()) < LEAST { COMMON_SHARE } else { read.choose(&prior, honest, bad) };
    let prior: Vec<[f64; 1]> = prior.into_iter().map(|prior| [prior]).collect();
    // Anew, from what is known: beliefs of the time when classes were not yet learnt hold themselves up.
    read.sweeps(share, &prior, SWEEPS).into_iter().map(|[doubt]| doubt).collect()
}

/// What each class says, learnt in turns with what is thought of everybody.
fn taught(links: &Links, classes: &[u8], prior: &[f64]) -> Vec<f64> {
    let sources: Vec<[f64; 1]> = prior.iter().map(|prior| [*prior]).collect();
    let mut says = vec![START; CLASSES];
    let mut doubts = sources.clone();
    for _ in 0..TURNS {
        let weights = weights(&says, SHARE);
        let around = Around { links, classes, weights: &weights };
        for _ in 0..TURN_SWEEPS {
            doubts = around.sweep(&sources, &doubts);
        }
        let sums = around.agreement(prior, &doubts);
        let real = |(products, squares): (i64, i64)| (products as f64 / UNIT, squares as f64 / UNIT);
        says = learn(&sums.into_iter().map(real).collect::<Vec<_>>());
    }
    says
}

/// What a link of each class says when its other end is certain.
fn weights(says: &[f64], share: f64) -> Vec<f64> {
    says.iter().map(|g| share * 2.0 * libm::atanh(*g)).collect()
}

/// Links with classes that are learnt.
struct Reading<'a> {
    links: &'a Links,
    classes: &'a [u8],
    says: &'a [f64],
}

impl Reading<'_> {
    /// What is thought of everybody after some sweeps, for several priors at once.
    fn sweeps<const N: usize>(&self, share: usize, prior: &[[f64; N]], sweeps: usize) -> Vec<[f64; N]> {
        let weights = weights(self.says, SHARES.get(share).copied().unwrap_or(SHARE));
        let around = Around { links: self.links, classes: self.classes, weights: &weights };
        (0..sweeps).fold(prior.to_vec(), |doubts, _| around.sweep(prior, &doubts))
    }

    /// The place of the smallest share with which those who are known are told apart as well as with any while they are
    /// kept aside.
    fn choose(&self, prior: &[f64], honest: &[u32], bad: &[u32]) -> usize {
        let sources = kept_aside(prior, &[honest, bad]);
        let marks: Vec<Vec<f64>> = (0..SHARES.len())
            .map(|share| told_apart(&self.sweeps(share, &sources, TRIAL_SWEEPS), honest, bad))
            .collect();
        most_careful(&marks)
    }
}

/// For each known person the share of those of the other kind, kept aside together with it, on whose right side it
/// stands, equals half.
fn told_apart(doubts: &[[f64; FOLDS]], honest: &[u32], bad: &[u32]) -> Vec<f64> {
    let aside = |list: &[u32], fold: usize| -> Vec<f64> {
        let of = |person: &u32| doubts.get(*person as usize).and_then(|doubts| doubts.get(fold)).copied();
        list.iter().skip(fold).step_by(FOLDS).filter_map(of).collect()
    };
    let below = |low: f64, high: f64| f64::from(u8::from(low < high) + u8::from(low <= high)) / 2.0;
    let mut marks = Vec::with_capacity(honest.len() + bad.len());
    for fold in 0..FOLDS {
        let (low, high) = (aside(honest, fold), aside(bad, fold));
        let share = |sum: f64, of: &[f64]| sum / of.len().max(1) as f64;
        marks.extend(low.iter().map(|low| share(high.iter().map(|high| below(*low, *high)).sum(), &high)));
        marks.extend(high.iter().map(|high| share(low.iter().map(|low| below(*low, *high)).sum(), &low)));
    }
    marks
}

#[expect(clippy::cast_possible_truncation, reason = "72 classes")]
fn class(overlap: f64, size: u32) -> u8 {
    let parent = OVERLAPS.partition_point(|mark| *mark < overlap);
    (parent * PER_OVERLAP + SIZES.partition_point(|mark| *mark < size)) as u8
}

fn belief(doubt: f64) -> f64 {
    libm::tanh(doubt.clamp(-CERTAIN, CERTAIN) / 2.0)
}

fn weight(weights: &[f64], class: u8) -> f64 {
    weights.get(usize::from(class)).copied().unwrap_or(0.0)
}

/// Links with what each of them says.
struct Around<'a> {
    links: &'a Links,
    classes: &'a [u8],
    weights: &'a [f64],
}

/// Σ of products and of their squares for every class, in units.
type Sums = Vec<(i64, i64)>;

impl Around<'_> {
    /// The links of a person: the other end, and the class.
    fn row(&self, person: usize) -> impl Iterator<Item = (usize, u8)> {
        let classes = self.classes.get(self.links.range(person)).unwrap_or_default();
        self.links.row(person).iter().zip(classes).map(|(end, class)| (*end as usize, *class))
    }

    /// What everybody's neighbours say.
    fn sweep<const N: usize>(&self, prior: &[[f64; N]], doubts: &[[f64; N]]) -> Vec<[f64; N]> {
        let beliefs: Vec<[f64; N]> = doubts.par_iter().map(|doubts| doubts.map(belief)).collect();
        let one = |(person, prior): (usize, &[f64; N])| {
            let mut sums = [0; N];
            for (end, class) in self.row(person) {
                let Some(beliefs) = beliefs.get(end) else { continue };
                let weight = weight(self.weights, class);
                sums.iter_mut().zip(beliefs).for_each(|(sum, belief)| *sum += units(weight * belief, UNIT));
            }
            let mut doubts = *prior;
            doubts.iter_mut().zip(sums).for_each(|(doubt, sum)| *doubt += sum as f64 / UNIT);
            doubts
        };
        prior.par_iter().enumerate().with_min_len(ROWS).map(one).collect()
    }

    /// How far labels and what is thought of their neighbours agree, in each class.
    fn agreement(&self, prior: &[f64], doubts: &[[f64; 1]]) -> Sums {
        let pieces: Vec<Sums> = doubts
            .par_chunks(ROWS)
            .enumerate()
            .map(|(piece, doubts)| {
                let mut sums = vec![(0, 0); CLASSES];
                for (person, [doubt]) in (piece * ROWS..).zip(doubts) {
                    for (end, class) in self.row(person) {
                        let label = prior.get(end).copied().filter(|prior| *prior != 0.0).map_or(0.0, belief);
                        if label == 0.0 {
                            continue;
                        }
                        let product = label * belief(doubt - weight(self.weights, class) * label);
                        if let Some(sum) = sums.get_mut(usize::from(class)) {
                            *sum = (sum.0 + units(product, UNIT), sum.1 + units(product * product, UNIT));
                        }
                    }
                }
                sums
            })
            .collect();
        let mut total = vec![(0, 0); CLASSES];
        for piece in &pieces {
            add(&mut total, piece);
        }
        total
    }
}

fn add(total: &mut [(i64, i64)], more: &[(i64, i64)]) {
    for (sum, more) in total.iter_mut().zip(more) {
        *sum = (sum.0 + more.0, sum.1 + more.1);
    }
}

/// What each class says: its own links, drawn towards its parent's, and those towards all.
fn learn(sums: &[(f64, f64)]) -> Vec<f64> {
    let drawn = |sums: &[(f64, f64)], parent: f64| {
        let (products, squares) = sums.iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        (products + PARENT_LINKS * parent) / (squares + PARENT_LINKS)
    };
    let all = drawn(sums, START);
    sums.chunks(PER_OVERLAP)
        .flat_map(|family| {
            let parent = drawn(family, all);
            family.iter().map(move |one| drawn(&[*one], parent).clamp(-SUREST, SUREST))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_by_overlap_and_size() {
        let table = [(0.0, 1, 0), (0.0, 2, 0), (0.0, 3, 1), (0.02, 200, 15), (0.021, 3, 17), (1.0, 129, 71)];
        for (overlap, size, wanted) in table {
            assert_eq!(class(overlap, size), wanted, "{overlap} of {size}");
        }
    }

    #[test]
    fn golden_learning() {
        // docs/algorithms.md, "Suspicion": nothing but 6 products of 1 and 2 of −1 in class 0, all certain.
        let mut sums = vec![(0.0, 0.0); CLASSES];
        sums[0] = (4.0, 8.0);
        let found = learn(&sums);
        let all = (4.0 + 4.0 * 0.2) / 12.0;
        let parent = (4.0 + 4.0 * all) / 12.0;
        assert!((found[0] - (4.0 + 4.0 * parent) / 12.0).abs() < 1e-12, "{}", found[0]);
        assert!((found[1] - parent).abs() < 1e-12 && (found[PER_OVERLAP] - all).abs() < 1e-12);
        // Half as sure beliefs that agree half as strongly say the same, from a quarter of the evidence.
        sums[0] = (0.25 * 4.0, 0.25 * 8.0);
        assert!((learn(&sums)[0] - all).abs() < 0.1);
    }

    #[test]
    fn golden_sweep() {
        // A path 0 - 1 - 2, 0 known to be bad: one sweep tells 1, and 2 not yet.
        let links = Links::undirected(3, [(0, 1), (1, 2)]);
        let weights = vec![0.5; CLASSES];
        let around = Around { links: &links, classes: &[0; 4], weights: &weights };
        let prior = [CERTAIN, 0.0, 0.0].map(|prior| [prior]);
        let found = around.sweep(&prior, &prior);
        let wanted = [8.0, 0.5 * libm::tanh(4.0), 0.0];
        assert!(
            found.iter().zip(wanted).all(|([found], wanted)| (found - wanted).abs() < 1e-10),
            "{found:?}"
        );
    }
}
