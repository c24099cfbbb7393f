//! Dense tables of factors, and the axes in which the normal equations are all but diagonal.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};
use rayon::prelude::*;

use super::FactorsError;
use super::kernel::Products;
use crate::taste::stable_hash::stable_hash;

/// Rows whose products are summed in single precision, then in double: fixed, so that threads change no bit.
const GRAM_ROWS: usize = 2_048;
/// Blocks of [`GRAM_ROWS`] whose sums are in memory at once.
const GRAM_WAVE: usize = 16;
/// Rows that are turned at once.
const TURN_ROWS: usize = 1_024;

/// Rows of single-precision numbers, all of one width.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorTable {
    width: usize,
    rows: usize,
    numbers: Vec<f32>,
}

impl FactorTable {
    pub(super) fn zeros(rows: usize, width: usize) -> Self {
        Self { width, rows, numbers: vec![0.0; rows * width] }
    }

    /// Numbers row by row; what does not fill a row is cut.
    pub fn of_numbers(width: usize, mut numbers: Vec<f32>) -> Self {
        let rows = numbers.len().checked_div(width).unwrap_or(0);
        numbers.truncate(rows * width);
        Self { width, rows, numbers }
    }

    /// Small numbers around 0 that depend on seed and place alone, with a standard deviation of `spread`.
    pub(super) fn random(rows: usize, width: usize, seed: u64, spread: f32) -> Self {
        let mut table = Self::zeros(rows, width);
        // A uniform number has a standard deviation of half its range over √3.
        let reach = spread * 3.0_f32.sqrt();
        table.par_rows_mut(1).enumerate().for_each(|(row, numbers)| {
            for (column, number) in (0u64..).zip(numbers) {
                let place = [row as u64, column].map(u64::to_le_bytes).concat();
                let unit = (stable_hash(seed, &place) >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
                *number = unit * reach;
            }
        });
        table
    }

    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A row; empty for a number without one.
    pub fn row(&self, row: u32) -> &[f32] {
        let start = row as usize * self.width;
        self.numbers.get(start..start + self.width).unwrap_or(&[])
    }

    /// All numbers, row by row.
    pub fn as_slice(&self) -> &[f32] {
        &self.numbers
    }

    /// The products of all rows with a vector. Costs O(rows · width).
    pub(super) fn scores(&self, vector: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.rows];
        if vector.len() == self.width {
            pulp::Arch::new().dispatch(Products { rows: &self.numbers, vector, out: &mut out });
        }
        out
    }

    /// Rows, so many at a time, as one slice each.
    pub(super) fn par_rows_mut(
        &mut self,
        count: usize,
    ) -> impl IndexedParallelIterator<Item = &mut [f32]> + '_ {
        self.numbers.par_chunks_mut((count * self.width).max(1))
    }

    /// Appends rows of zeros up to a number of rows.
    pub(super) fn grow(&mut self, rows: usize) {
        self.rows = self.rows.max(rows);
        self.numbers.resize(self.rows * self.width, 0.0);
    }

    /// Σ y yᵀ over the rows, as a full matrix in double precision.
    pub(super) fn gram(&self) -> Mat<f64> {
        let width = self.width;
        let mut sum = Mat::zeros(width, width);
        let blocks: Vec<&[f32]> = self.numbers.chunks((GRAM_ROWS * width).max(1)).collect();
        for wave in blocks.chunks(GRAM_WAVE) {
            let parts: Vec<Mat<f32>> = wave
                .par_iter()
                .map(|block| {
                    let rows = MatRef::from_row_major_slice(block, block.len() / width.max(1), width);
                    let mut part = Mat::zeros(width, width);
                    matmul(part.as_mut(), Accum::Replace, rows.transpose(), rows, 1.0, Par::Seq);
                    part
                })
                .collect();
            for part in &parts {
                for (to, from) in sum.col_iter_mut().zip(part.col_iter()) {
                    to.iter_mut().zip(from.iter()).for_each(|(to, from)| *to += f64::from(*from));
                }
            }
        }
        sum
    }

    /// Turns every row into other axes: y ← y · Q.
    pub(super) fn turn(&mut self, axes: &Axes) {
        let width = self.width;
        self.par_rows_mut(TURN_ROWS).for_each_init(Vec::new, |turned, block| {
            turned.clear();
            turned.resize(block.len(), 0.0);
            let rows = block.len() / width.max(1);
            let from = MatRef::from_row_major_slice(&*block, rows, width);
            let to = MatMut::from_row_major_slice_mut(turned.as_mut_slice(), rows, width);
            matmul(to, Accum::Replace, from, axes.turn.as_ref(), 1.0, Par::Seq);
            block.copy_from_slice(turned);
        });
    }
}

/// The eigenvectors Q of a Gram matrix, and its eigenvalues.
#[derive(Debug, Clone)]
pub(super) struct Axes {
    turn: Mat<f32>,
    /// Squared length of the table along each axis, at least 0.
    pub(super) squares: Vec<f32>,
}

impl Axes {
    /// Finds them. Costs O(width³).
    pub(super) fn of(table: &FactorTable) -> Result<Self, FactorsError> {
        let found = table.gram().self_adjoint_eigen(Side::Lower).map_err(|_| FactorsError::NoAxes)?;
        let vectors = found.U();
        let turn = Mat::from_fn(vectors.nrows(), vectors.ncols(), |i, j| narrow(vectors[(i, j)]));
        let squares = found.S().column_vector().iter().map(|value| narrow(value.max(0.0))).collect();
        Ok(Self { turn, squares })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "factors are single-precision")]
fn narrow(number: f64) -> f32 {
    number as f32
}
