//! The inner loops: one row's normal equations, solved by conjugate gradients.
//!
//! In the axes of the other side's Gram matrix a row's equations are (D + Σ w y yᵀ) x = Σ w y with a diagonal D. After
//! scaling by D that is the identity plus one term a cell, so that conjugate gradients (Hestenes and Stiefel 1952) are
//! exact after as many steps as there are cells, and close after a few: no matrix is ever formed. The loops are
//! compiled once for each kind of processor that `pulp` tells apart, which is why everything in them is inlined.

#![expect(clippy::inline_always, reason = "compiled for the processor's widest registers only where inlined")]

use pulp::{Simd, WithSimd};

use super::interactions::Cells;
use super::table::FactorTable;

/// Rows handled at once, so that a vector is read and written once for all of them.
const ROWS: usize = 4;

/// When a row is solved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Effort {
    /// At most so many steps.
    pub(super) steps: u32,
    /// Or when the residual, measured by D⁻¹, is this small a part of the right side's.
    pub(super) tolerance: f32,
}

/// Working memory for rows of one width.
#[derive(Debug, Clone)]
pub(super) struct Scratch {
    diagonal: Vec<f32>,
    residual: Vec<f32>,
    direction: Vec<f32>,
    product: Vec<f32>,
}

impl Scratch {
    pub(super) fn new(width: usize) -> Self {
        let zeros = vec![0.0; width];
        Self { diagonal: zeros.clone(), residual: zeros.clone(), direction: zeros.clone(), product: zeros }
    }

    /// Improves `x`, the factors of a row with these cells, which holds a first guess. `squares` are those of the
    /// table's axes times the weight of what is not observed; `ridge` is above 0. Costs O(cells · width) a step.
    pub(super) fn solve(
        &mut self,
        x: &mut [f32],
        (table, cells): (&FactorTable, Cells<'_>),
        (squares, ridge): (&[f32], f32),
        effort: Effort,
    ) {
        if cells.is_empty() {
            x.fill(0.0);
            return;
        }
        self.diagonal.iter_mut().zip(squares).for_each(|(to, square)| *to = square + ridge);
        pulp::Arch::new().dispatch(Descent { scratch: self, x, table, cells, effort });
    }
}

/// One row being solved.
struct Descent<'a> {
    scratch: &'a mut Scratch,
    x: &'a mut [f32],
    table: &'a FactorTable,
    cells: Cells<'a>,
    effort: Effort,
}

impl WithSimd for Descent<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { scratch, x, table, cells, effort } = self;
        let Scratch { diagonal, residual, direction, product } = scratch;
        residual.fill(0.0);
        gather(simd, residual, None, table, cells);
        let goal = effort.tolerance * effort.tolerance * precondition(simd, direction, residual, diagonal);
        if x.iter().any(|number| *number != 0.0) {
            multiply(simd, product, x, diagonal, table, cells);
            add(simd, residual, product, -1.0);
        }
        // `product` holds the scaled residual whenever it does not hold a product.
        let mut size = precondition(simd, product, residual, diagonal);
        direction.copy_from_slice(product);
        for _ in 0..effort.steps {
            if size <= goal || !size.is_normal() {
                return;
            }
            multiply(simd, product, direction, diagonal, table, cells);
            let step = size / dot(simd, direction, product);
            add(simd, x, direction, step);
            add(simd, residual, product, -step);
            let next = precondition(simd, product, residual, diagonal);
            blend(simd, direction, product, next / size);
            size = next;
        }
    }
}

/// The products of all rows of a table with a vector.
pub(super) struct Products<'a> {
    pub(super) rows: &'a [f32],
    pub(super) vector: &'a [f32],
    pub(super) out: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (out, row) in self.out.iter_mut().zip(self.rows.chunks_exact(self.vector.len().max(1))) {
            *out = dot(simd, row, self.vector);
        }
    }
}

/// product = (D + Σ w y yᵀ) · vector.
#[inline(always)]
fn multiply<S: Simd>(
    simd: S,
    product: &mut [f32],
    vector: &[f32],
    diagonal: &[f32],
    table: &FactorTable,
    cells: Cells<'_>,
) {
    for ((q, p), d) in product.iter_mut().zip(vector).zip(diagonal) {
        *q = p * d;
    }
    gather(simd, product, Some(vector), table, cells);
}

/// sum += Σ w (y · vector) y over the cells; without a vector Σ w y.
#[inline(always)]
fn gather<S: Simd>(simd: S, sum: &mut [f32], vector: Option<&[f32]>, table: &FactorTable, cells: Cells<'_>) {
    let (ids, last_ids) = cells.ids().as_chunks::<ROWS>();
    let (weights, last_weights) = cells.weights().as_chunks::<ROWS>();
    for (ids, weights) in ids.iter().zip(weights) {
        let rows = ids.map(|id| table.row(id));
        let mut factors = *weights;
        if let Some(vector) = vector {
            for (factor, row) in factors.iter_mut().zip(rows) {
                *factor *= dot(simd, row, vector);
            }
        }
        add_four(simd, sum, rows, factors);
    }
    for (id, weight) in last_ids.iter().zip(last_weights) {
        let row = table.row(*id);
        let factor = vector.map_or(1.0, |vector| dot(simd, row, vector));
        add(simd, sum, row, weight * factor);
    }
}

/// sum += Σ factor · row over four rows, so that the sum is read and written once.
#[expect(clippy::many_single_char_names, reason = "four rows and their four factors")]
#[inline(always)]
fn add_four<S: Simd>(simd: S, sum: &mut [f32], rows: [&[f32]; ROWS], factors: [f32; ROWS]) {
    let ([a, b, c, d], [e, f, g, h]) = (rows, factors);
    let (sums, sums_rest) = S::as_mut_simd_f32s(sum);
    let ((a, a_rest), (b, b_rest)) = (S::as_simd_f32s(a), S::as_simd_f32s(b));
    let ((c, c_rest), (d, d_rest)) = (S::as_simd_f32s(c), S::as_simd_f32s(d));
    let (es, fs, gs, hs) = (simd.splat_f32s(e), simd.splat_f32s(f), simd.splat_f32s(g), simd.splat_f32s(h));
    for ((((to, a), b), c), d) in sums.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        let two = simd.mul_add_e_f32s(*b, fs, simd.mul_add_e_f32s(*a, es, *to));
        *to = simd.mul_add_e_f32s(*d, hs, simd.mul_add_e_f32s(*c, gs, two));
    }
    for ((((to, a), b), c), d) in sums_rest.iter_mut().zip(a_rest).zip(b_rest).zip(c_rest).zip(d_rest) {
        *to += a * e + b * f + c * g + d * h;
    }
}

/// sum += factor · row.
#[inline(always)]
fn add<S: Simd>(simd: S, sum: &mut [f32], row: &[f32], factor: f32) {
    let (sums, sums_rest) = S::as_mut_simd_f32s(sum);
    let (row, row_rest) = S::as_simd_f32s(row);
    let factors = simd.splat_f32s(factor);
    for (to, from) in sums.iter_mut().zip(row) {
        *to = simd.mul_add_e_f32s(*from, factors, *to);
    }
    for (to, from) in sums_rest.iter_mut().zip(row_rest) {
        *to += from * factor;
    }
}

/// kept = factor · kept + fresh.
#[inline(always)]
fn blend<S: Simd>(simd: S, kept: &mut [f32], fresh: &[f32], factor: f32) {
    let (kept, kept_rest) = S::as_mut_simd_f32s(kept);
    let (fresh, fresh_rest) = S::as_simd_f32s(fresh);
    let factors = simd.splat_f32s(factor);
    for (to, from) in kept.iter_mut().zip(fresh) {
        *to = simd.mul_add_e_f32s(*to, factors, *from);
    }
    for (to, from) in kept_rest.iter_mut().zip(fresh_rest) {
        *to = *to * factor + from;
    }
}

/// scaled = r / d; returns Σ r² / d.
#[inline(always)]
fn precondition<S: Simd>(simd: S, scaled: &mut [f32], r: &[f32], d: &[f32]) -> f32 {
    for ((to, r), d) in scaled.iter_mut().zip(r).zip(d) {
        *to = r / d;
    }
    dot(simd, scaled, r)
}

/// The dot product.
#[inline(always)]
fn dot<S: Simd>(simd: S, x: &[f32], y: &[f32]) -> f32 {
    let ((x, x_rest), (y, y_rest)) = (S::as_simd_f32s(x), S::as_simd_f32s(y));
    let mut sums = simd.splat_f32s(0.0);
    for (x, y) in x.iter().zip(y) {
        sums = simd.mul_add_e_f32s(*x, *y, sums);
    }
    let mut sum = simd.reduce_sum_f32s(sums);
    for (x, y) in x_rest.iter().zip(y_rest) {
        sum += x * y;
    }
    sum
}
