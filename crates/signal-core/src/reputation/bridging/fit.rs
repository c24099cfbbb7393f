//! Fitting: how generous raters are, and how they divide.

use rayon::prelude::*;

use super::table::{Rows, Table};
use crate::ledger::Stance;
use crate::model::{DropId, Millionths, Pseudonym, Timestamp};
use crate::policy::BridgingPolicy;

/// Rounds in which tendencies settle before sides are looked for.
const TENDENCY_ROUNDS: u32 = 5;
/// Rounds in which the strongest division of the ratings is found.
const DIVISION_ROUNDS: u32 = 12;

/// One rating that was given while nobody could know the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatedDrop {
    /// Who rated.
    pub rater: Pseudonym,
    /// What.
    pub drop: DropId,
    /// How many stars, as a share of all.
    pub value: Millionths,
    /// When.
    pub at: Timestamp,
}

/// What the model says of the raters it knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stances {
    /// Every known rater, sorted, with the stance of a second fit in which the raters who rated most have no part; those
    /// have none in it.
    pub raters: Vec<(Pseudonym, Stance, Option<Stance>)>,
}

/// Tendency and side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Factor {
    tendency: f64,
    side: f64,
}

/// Fits the model, twice; none where the policy's minimums are not met.
///
/// Minimises the squared error with `tendency_ridge` and `side_ridge` on raters and drops, by alternating least squares that
/// starts at the strongest division of what tendencies leave unexplained. Sums run by rater and drop, so neither the order
/// of the ratings nor the number of threads changes a bit. Runs on the current rayon pool; costs O(rounds · ratings) and
/// about 64 bytes a rating.
pub fn fit(ratings: Vec<RatedDrop>, policy: &BridgingPolicy) -> Option<Stances> {
    let table = Table::new(ratings, policy)?;
    let top = table.top(policy);
    let all = stances(&table, policy);
    let without = stances(&table.without(&top), policy);
    let raters = (0u32..).zip(table.raters).zip(all.into_iter().zip(without));
    let raters = raters.map(|((number, who), (stance, without))| {
        (who, stance, top.binary_search(&number).is_err().then_some(without))
    });
    Some(Stances { raters: raters.collect() })
}

/// The stance of each rater of a table.
fn stances(table: &Table, policy: &BridgingPolicy) -> Vec<Stance> {
    let (by_rater, by_drop) = (&table.by_rater, &table.by_drop);
    let mean = by_rater.mean();
    let ridge = |millionths: u32| f64::from(millionths) / 1e6;
    let (tendency, side) = (ridge(policy.tendency_ridge), ridge(policy.side_ridge));
    let mut raters = vec![Factor::default(); by_rater.len()];
    let mut drops = vec![Factor::default(); by_drop.len()];
    for _ in 0..TENDENCY_ROUNDS {
        drops = tendencies(by_drop, &raters, mean, tendency);
        raters = tendencies(by_rater, &drops, mean, tendency);
    }
    divide(table, &mut raters, &mut drops, mean);
    for _ in 0..policy.rounds {
        drops = factors(by_drop, &raters, mean, (tendency, side));
        raters = factors(by_rater, &drops, mean, (tendency, side));
    }
    // In stars of a typical drop: how far its side moves this rater.
    let squares: f64 = drops.iter().map(|drop| drop.side * drop.side).sum();
    let scale = (squares / drops.len().max(1) as f64).sqrt();
    let turn = sign(&raters) * scale;
    raters
        .iter()
        .map(|rater| Stance { tendency: millionths(rater.tendency), side: millionths(rater.side * turn) })
        .collect()
}

/// Each row's mean beyond what the columns explain, shrunk.
fn tendencies(rows: &Rows, columns: &[Factor], mean: f64, ridge: f64) -> Vec<Factor> {
    let of = |row: usize| {
        let cells = rows.row(row);
        let sum: f64 = cells.iter().map(|(column, value)| value - mean - at(columns, *column).tendency).sum();
        Factor { tendency: sum / (cells.len() as f64 + ridge), side: 0.0 }
    };
    (0..rows.len()).into_par_iter().map(of).collect()
}

/// Each row's tendency and side that explain it best, the columns being as they are: two equations in two unknowns.
fn factors(rows: &Rows, columns: &[Factor], mean: f64, (tendency, side): (f64, f64)) -> Vec<Factor> {
    let of = |row: usize| {
        let cells = rows.row(row);
        let (mut x, mut xx, mut y, mut xy) = (0.0, side, 0.0, 0.0);
        for (column, value) in cells {
            let column = at(columns, *column);
            let rest = value - mean - column.tendency;
            x += column.side;
            xx += column.side * column.side;
            y += rest;
            xy += column.side * rest;
        }
        let n = cells.len() as f64 + tendency;
        // Both ridges are above 0, so the determinant is too.
        let determinant = n * xx - x * x;
        Factor { tendency: (y * xx - x * xy) / determinant, side: (n * xy - x * y) / determinant }
    };
    (0..rows.len()).into_par_iter().map(of).collect()
}

/// Gives rows and columns the strongest division of what tendencies leave unexplained: the leading singular vectors, by
/// power iteration from a start that follows from the raters' names.
fn divide(table: &Table, raters: &mut [Factor], drops: &mut [Factor], mean: f64) {
    for (rater, who) in raters.iter_mut().zip(&table.raters) {
        rater.side = start(*who);
    }
    unit(raters);
    let mut strength = 0.0;
    for _ in 0..DIVISION_ROUNDS {
        project(&table.by_drop, drops, raters, mean);
        unit(drops);
        project(&table.by_rater, raters, drops, mean);
        strength = unit(raters);
    }
    let each = strength.sqrt();
    raters.iter_mut().chain(drops).for_each(|factor| factor.side *= each);
}

/// Each row's side: Σ over its cells of what is unexplained, times the column's side.
fn project(rows: &Rows, into: &mut [Factor], columns: &[Factor], mean: f64) {
    into.par_iter_mut().enumerate().for_each(|(row, factor)| {
        let unexplained = |(column, value): &(u32, f64)| {
            let column = at(columns, *column);
            (value - mean - factor.tendency - column.tendency) * column.side
        };
        factor.side = rows.row(row).iter().map(unexplained).sum();
    });
}

/// Scales sides to length 1, and gives the length they had; nothing stays nothing.
fn unit(factors: &mut [Factor]) -> f64 {
    let length = factors.iter().map(|factor| factor.side * factor.side).sum::<f64>().sqrt();
    if length > 0.0 {
        for factor in factors.iter_mut() {
            factor.side /= length;
        }
    }
    length
}

/// A number in [−1, 1) that follows from a name: the finaliser of `SplitMix64` over its bytes.
fn start(who: Pseudonym) -> f64 {
    let mut bits = who.as_bytes().iter().fold(0_u64, |bits, byte| bits.rotate_left(8) ^ u64::from(*byte));
    for (shift, factor) in [(30, 0xbf58_476d_1ce4_e5b9), (27, 0x94d0_49bb_1331_11eb)] {
        bits = (bits ^ (bits >> shift)).wrapping_mul(factor);
    }
    (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// 1 or −1, so that the rater whose stars move most, the first among equals, is on the positive side.
fn sign(raters: &[Factor]) -> f64 {
    let mut strongest = 0.0_f64;
    for rater in raters {
        if rater.side.abs() > strongest.abs() {
            strongest = rater.side;
        }
    }
    if strongest < 0.0 { -1.0 } else { 1.0 }
}

fn at(factors: &[Factor], index: u32) -> Factor {
    factors.get(index as usize).copied().unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
fn millionths(value: f64) -> i32 {
    (value * 1e6).round().clamp(-1e9, 1e9) as i32
}
