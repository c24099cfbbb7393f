//! The inner loops: one row's normal equations, solved by conjugate gradients.
//!
//! In the axes of the other side's Gram matrix a row's equations are (D + Σ w y yᵀ) x = Σ w y with a diagonal D. After
//! scaling by D that is the identity plus one term a cell, so that conjugate gradients (Hestenes and Stiefel 1952) are
//! exact after as many steps as there are cells, and close after a few: no matrix is ever formed.

use super::interactions::Cells;
use super::table::FactorTable;

/// Numbers handled at once: the widest registers there are.
const LANES: usize = 16;
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
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || self.descend(x, table, cells, squares, ridge, effort),
        );
    }

    #[expect(
        clippy::inline_always,
        reason = "compiled for the processor's widest registers only where inlined"
    )]
    #[inline(always)]
    fn descend(
        &mut self,
        x: &mut [f32],
        table: &FactorTable,
        cells: Cells<'_>,
        squares: &[f32],
        ridge: f32,
        effort: Effort,
    ) {
        let Self { diagonal, residual, direction, product } = self;
        if cells.is_empty() {
            x.fill(0.0);
            return;
        }
        diagonal.iter_mut().zip(squares).for_each(|(to, square)| *to = square + ridge);
        residual.fill(0.0);
        gather(residual, &[], table, cells);
        let goal = effort.tolerance * effort.tolerance * scaled_square(residual, diagonal);
        if x.iter().any(|number| *number != 0.0) {
            multiply(product, x, diagonal, table, cells);
            residual.iter_mut().zip(&*product).for_each(|(r, q)| *r -= q);
        }
        let mut size = scaled_square(residual, diagonal);
        direction.iter_mut().zip(&*residual).zip(&*diagonal).for_each(|((p, r), d)| *p = r / d);
        for _ in 0..effort.steps {
            if size <= goal || !size.is_normal() {
                return;
            }
            multiply(product, direction, diagonal, table, cells);
            let step = size / dot(direction, product);
            x.iter_mut().zip(&*direction).for_each(|(x, p)| *x = p.mul_add(step, *x));
            residual.iter_mut().zip(&*product).for_each(|(r, q)| *r = q.mul_add(-step, *r));
            let next = scaled_square(residual, diagonal);
            let keep = next / size;
            direction
                .iter_mut()
                .zip(&*residual)
                .zip(&*diagonal)
                .for_each(|((p, r), d)| *p = p.mul_add(keep, r / d));
            size = next;
        }
    }
}

/// product = (D + Σ w y yᵀ) · vector.
#[expect(clippy::inline_always, reason = "see `descend`")]
#[inline(always)]
fn multiply(product: &mut [f32], vector: &[f32], diagonal: &[f32], table: &FactorTable, cells: Cells<'_>) {
    product.iter_mut().zip(vector).zip(diagonal).for_each(|((q, p), d)| *q = p * d);
    gather(product, vector, table, cells);
}

/// sum += Σ w (y · vector) y over the cells; without a vector Σ w y.
#[expect(clippy::inline_always, reason = "see `descend`")]
#[inline(always)]
fn gather(sum: &mut [f32], vector: &[f32], table: &FactorTable, cells: Cells<'_>) {
    let (ids, last_ids) = cells.ids().as_chunks::<ROWS>();
    let (weights, last_weights) = cells.weights().as_chunks::<ROWS>();
    for (ids, weights) in ids.iter().zip(weights) {
        add(sum, vector, ids.map(|id| table.row(id)), *weights);
    }
    for (id, weight) in last_ids.iter().zip(last_weights) {
        add(sum, vector, [table.row(*id)], [*weight]);
    }
}

/// sum += Σ w (y · vector) y over some rows.
#[expect(clippy::inline_always, reason = "see `descend`")]
#[inline(always)]
fn add<const N: usize>(sum: &mut [f32], vector: &[f32], rows: [&[f32]; N], weights: [f32; N]) {
    let mut factors = weights;
    if !vector.is_empty() {
        for (factor, row) in factors.iter_mut().zip(rows) {
            *factor *= dot(row, vector);
        }
    }
    let mut chunks = rows.map(|row| row.as_chunks::<LANES>());
    let (wide, narrow) = sum.as_chunks_mut::<LANES>();
    for (place, to) in wide.iter_mut().enumerate() {
        for (chunk, factor) in chunks.iter().zip(factors) {
            let Some(from) = chunk.0.get(place) else { return };
            to.iter_mut().zip(from).for_each(|(to, from)| *to = from.mul_add(factor, *to));
        }
    }
    for ((_, rest), factor) in chunks.iter_mut().zip(factors) {
        narrow.iter_mut().zip(*rest).for_each(|(to, from)| *to = from.mul_add(factor, *to));
    }
}

/// The dot product, summed in lanes: the same bits on every machine.
#[expect(clippy::inline_always, reason = "see `descend`")]
#[inline(always)]
pub(super) fn dot(x: &[f32], y: &[f32]) -> f32 {
    let ((x_wide, x_rest), (y_wide, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut lanes = [0.0_f32; LANES];
    for (x, y) in x_wide.iter().zip(y_wide) {
        lanes.iter_mut().zip(x).zip(y).for_each(|((sum, x), y)| *sum = x.mul_add(*y, *sum));
    }
    lanes.iter_mut().zip(x_rest).zip(y_rest).for_each(|((sum, x), y)| *sum = x.mul_add(*y, *sum));
    halves(lanes)
}

/// Σ r² / d, summed as [`dot`] does.
#[expect(clippy::inline_always, reason = "see `descend`")]
#[inline(always)]
fn scaled_square(r: &[f32], d: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for (r, d) in r.chunks(LANES).zip(d.chunks(LANES)) {
        lanes.iter_mut().zip(r).zip(d).for_each(|((sum, r), d)| *sum += r * r / d);
    }
    halves(lanes)
}

/// Adds lanes in pairs.
#[expect(clippy::inline_always, reason = "see `descend`")]
#[inline(always)]
fn halves(lanes: [f32; LANES]) -> f32 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = lanes;
    let [a, b, c, d] = [(a + i) + (e + m), (b + j) + (f + n), (c + k) + (g + o), (d + l) + (h + p)];
    (a + c) + (b + d)
}
