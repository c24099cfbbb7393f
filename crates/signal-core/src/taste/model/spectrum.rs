//! The leading right singular vectors of a sparse matrix, by randomised subspace iteration (Halko, Martinsson and Tropp,
//! SIAM Review 53, 2011, algorithm 4.4, with the power scheme unrolled).
//!
//! ```text
//! V ← random artists × width;  8 ×:  V ← orthonormal( Aᵀ (A V) )
//! ```
//!
//! Only the space that V spans matters to those who compare rows of A V, not its axes.

use faer::{Mat, Side};
use rayon::prelude::*;

use crate::taste::factors::{FactorsError, Interactions};
use crate::taste::stable_hash::stable_hash;

/// Rounds. Each one divides what is left of a direction by the square of its singular value; eight leave nothing of those
/// that stand clearly apart, and which of two nearly equal directions is taken does not matter.
const ROUNDS: usize = 8;

/// Rows whose products are summed in one piece: fixed, so that threads change no bit.
const GRAM_ROWS: usize = 4_096;

/// Directions weaker than this beside the strongest, in squared length, are rounding errors.
const NEGLIGIBLE: f64 = 1e-10;

/// Orthonormal columns, row by row: `width` numbers an artist. Where the matrix has fewer directions than that, the rest
/// is zero. Costs O(rounds · width · (cells + artists · width)), in parallel on the current rayon pool.
pub(super) fn right_singular(
    matrix: &Interactions,
    width: usize,
    seed: u64,
) -> Result<Vec<f32>, FactorsError> {
    let mut vectors = random(matrix.items(), width, seed);
    orthonormalise(&mut vectors, width)?;
    for _ in 0..ROUNDS {
        let people = product(matrix.users(), width, &vectors, |row| matrix.user(row).iter());
        vectors = product(matrix.items(), width, &people, |row| matrix.item(row).iter());
        orthonormalise(&mut vectors, width)?;
    }
    Ok(vectors)
}

/// Numbers in [−1, 1) that depend on seed and place alone.
fn random(rows: usize, width: usize, seed: u64) -> Vec<f32> {
    let mut numbers = vec![0.0; rows * width];
    numbers.par_iter_mut().enumerate().for_each(|(place, number)| {
        let unit = (stable_hash(seed, &(place as u64).to_le_bytes()) >> 40) as f32 / (1u32 << 23) as f32;
        *number = unit - 1.0;
    });
    numbers
}

/// A sparse matrix, row by row, times a dense one.
fn product<C: Iterator<Item = (u32, f32)>>(
    rows: usize,
    width: usize,
    dense: &[f32],
    row: impl Fn(u32) -> C + Sync,
) -> Vec<f32> {
    let mut sums = vec![0.0; rows * width];
    sums.par_chunks_exact_mut(width).enumerate().for_each(|(place, sum)| {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        for (id, weight) in row(place) {
            let start = id as usize * width;
            let other = dense.get(start..start + width).unwrap_or(&[]);
            sum.iter_mut().zip(other).for_each(|(sum, number)| *sum += weight * number);
        }
    });
    sums
}

/// Turns columns into an orthonormal base of what they span: V · Q · Λ^−½ for `VᵀV` = Q Λ Qᵀ. Done twice, for the first
/// time leaves the rounding errors of a badly conditioned V.
fn orthonormalise(vectors: &mut [f32], width: usize) -> Result<(), FactorsError> {
    for _ in 0..2 {
        let gram = gram(vectors, width);
        let found = gram.self_adjoint_eigen(Side::Lower).map_err(|_| FactorsError::NoAxes)?;
        let values: Vec<f64> = found.S().column_vector().iter().copied().collect();
        let strongest = values.iter().copied().fold(0.0, f64::max);
        let scales: Vec<f64> = values
            .iter()
            .map(|value| if *value > strongest * NEGLIGIBLE { 1.0 / value.sqrt() } else { 0.0 })
            .collect();
        // Row k of the turn is what the old column k gives to each new one.
        let axes = found.U();
        let turn: Vec<f64> = (0..width)
            .flat_map(|k| scales.iter().enumerate().map(move |(j, scale)| axes[(k, j)] * scale))
            .collect();
        vectors.par_chunks_exact_mut(width).for_each_init(
            || vec![0.0; width],
            |sums, row| {
                sums.fill(0.0);
                for (number, from) in row.iter().zip(turn.chunks_exact(width)) {
                    let number = f64::from(*number);
                    sums.iter_mut().zip(from).for_each(|(sum, turn): (&mut f64, &f64)| *sum += number * turn);
                }
                #[expect(clippy::cast_possible_truncation, reason = "singular vectors are single-precision")]
                row.iter_mut().zip(&*sums).for_each(|(to, sum)| *to = *sum as f32);
            },
        );
    }
    Ok(())
}

/// `VᵀV` in double precision.
fn gram(vectors: &[f32], width: usize) -> Mat<f64> {
    let parts: Vec<Vec<f64>> = vectors
        .par_chunks((GRAM_ROWS * width).max(1))
        .map(|block| {
            let mut part = vec![0.0; width * width];
            for row in block.chunks_exact(width) {
                for (x, sums) in row.iter().zip(part.chunks_exact_mut(width)) {
                    let x = f64::from(*x);
                    sums.iter_mut().zip(row).for_each(|(sum, y)| *sum += x * f64::from(*y));
                }
            }
            part
        })
        .collect();
    let mut sum = vec![0.0; width * width];
    for part in &parts {
        sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    Mat::from_fn(width, width, |i, j| sum.get(i * width + j).copied().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three people: two who share artists 0 and 1 alike, one with artist 2 alone, half as loud.
    fn small() -> Interactions {
        let cells = [(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 1.0), (2, 2, 0.5)];
        Interactions::new(3, 4, cells).unwrap()
    }

    #[test]
    fn golden_singular_vectors() {
        // docs/algorithms.md, "Taste": singular values 2 and ½, right vectors (1, 1, 0, 0)/√2 and (0, 0, 1, 0).
        let found = right_singular(&small(), 2, 7).unwrap();
        // A projection does not depend on the axes: v vᵀ summed over the columns.
        let row = |i: usize| [found[i * 2], found[i * 2 + 1]];
        let dot = |i, j| row(i).iter().zip(row(j)).map(|(x, y)| x * y).sum::<f32>();
        let expected = [[0.5, 0.5, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0; 4]];
        for (i, line) in expected.iter().enumerate() {
            for (j, value) in line.iter().enumerate() {
                assert!((dot(i, j) - value).abs() < 1e-5, "{i} {j}: {}", dot(i, j));
            }
        }
    }

    #[test]
    fn directions_that_are_not_there_are_zero() {
        let found = right_singular(&small(), 4, 7).unwrap();
        let length: f32 = found.iter().map(|x| x * x).sum();
        assert!((length - 2.0).abs() < 1e-4, "{length}");
        assert!(found.iter().all(|x| x.is_finite()));
        assert_eq!(right_singular(&Interactions::default(), 3, 1).unwrap(), Vec::<f32>::new());
    }
}
