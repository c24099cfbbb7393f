//! One step of standing along all edges: everybody collects from those who trust them.
//!
//! The rows of incoming edges are read once, in order; only the flows of the people at their other ends are looked up
//! out of order, 4 bytes each, most of them among the first numbers, which the cache holds. Nobody writes to a place of
//! somebody else's, so threads need no locks and the order of every sum is fixed.

use rayon::prelude::*;

use crate::trust::graph::{NEAR, Packed, TrustGraph};

/// Pieces of the graph that threads take: many, so that none waits long for the last one, and always as many.
const PIECES: usize = 256;
/// Numbers that are added up in one go; sums of sums follow the same order on any number of threads.
const CHUNK: usize = 8_192;
/// Sums that a person's edges are dealt to: an addition takes about as long as so many more that need not wait for it.
const LANES: usize = 4;
/// Masks of the last 0, 1, 2 and 3 of four weights.
const LAST: [[u16; LANES]; LANES] = [[0, 0, 0, 0], [0, 0, 0, !0], [0, 0, !0, !0], [0, !0, !0, !0]];
/// Edges that are added up in single precision, 64 to a sum, before double precision takes over.
const BLOCK: usize = 64 * LANES;

/// What the near part of flows is where there are none.
static NO_FLOWS: [f32; NEAR] = [0.0; NEAR];

/// Standings on their way through a packed graph.
pub(super) struct Flow<'g> {
    graph: &'g TrustGraph,
    /// What one unit of standing is worth a ten-thousandth of weight; 0 for those who trust nobody.
    share: Vec<f64>,
    cuts: Vec<(u32, u32)>,
    /// Standings by number.
    values: Vec<f64>,
    /// What leaves each person for a ten-thousandth of weight, by number; filled up with zeros to what near ends can name.
    flows: Vec<f32>,
}

impl<'g> Flow<'g> {
    pub(super) fn new(graph: &'g TrustGraph, values: Vec<f64>) -> Self {
        let share = |&total: &u64| if total > 0 { 1.0 / total as f64 } else { 0.0 };
        let share: Vec<f64> = graph.totals().par_iter().map(share).collect();
        Self { graph, cuts: graph.cuts(PIECES), values, flows: vec![0.0; share.len().max(NEAR)], share }
    }

    /// Moves standing on by one iteration; gives what changed in sum.
    pub(super) fn step(&mut self, source: &[f64], damping: f64) -> f64 {
        let Self { graph, share, cuts, values, flows } = self;
        let spring = (1.0 - damping) + damping * leave(values, share, flows);
        let flows = flows.as_slice();
        let near = flows.first_chunk().unwrap_or(&NO_FLOWS);
        let changes: Vec<f64> = pieces(cuts, values)
            .into_par_iter()
            .map(|(from, values)| {
                let restarts = source.get(from as usize..).unwrap_or_default();
                let mut changed = 0.0;
                for ((person, value), restart) in (from..).zip(values).zip(restarts) {
                    let collected = collected(&graph.incoming_packed(person), flows, near);
                    let fresh = spring * restart + damping * collected;
                    changed += (fresh - *value).abs();
                    *value = fresh;
                }
                changed
            })
            .collect();
        changes.iter().sum()
    }

    /// The standings by number.
    pub(super) fn into_values(self) -> Vec<f64> {
        self.values
    }
}

/// What leaves each person for a ten-thousandth of weight; gives the standing of all who trust nobody.
fn leave(values: &[f64], share: &[f64], flows: &mut [f32]) -> f64 {
    let chunks = flows.par_chunks_mut(CHUNK).zip(values.par_chunks(CHUNK)).zip(share.par_chunks(CHUNK));
    let kept: Vec<f64> = chunks
        .map(|((flows, values), share)| {
            let mut kept = 0.0;
            for ((flow, value), share) in flows.iter_mut().zip(values).zip(share) {
                #[expect(clippy::cast_possible_truncation, reason = "flows are single-precision by design")]
                let leaving = (value * share) as f32;
                *flow = leaving;
                kept += if *share > 0.0 { 0.0 } else { *value };
            }
            kept
        })
        .collect();
    kept.iter().sum()
}

/// What reaches a person by their edges.
fn collected(edges: &Packed, flows: &[f32], near: &[f32; NEAR]) -> f64 {
    let near_flow = |end: u16| near.get(usize::from(end)).copied().unwrap_or(0.0);
    let far_flow = |end: u32| flows.get(end as usize).copied().unwrap_or(0.0);
    let mut total = 0.0;
    for (ends, weights) in edges.near.chunks(BLOCK).zip(edges.near_weights.chunks(BLOCK)) {
        total += f64::from(block(ends, weights, near_flow));
    }
    for (ends, weights) in edges.far.chunks(BLOCK).zip(edges.far_weights.chunks(BLOCK)) {
        total += f64::from(block(ends, weights, far_flow));
    }
    total
}

/// Every fourth edge goes to the same one of four sums, which wait for each other only at the end. What four do not divide
/// is taken with the edges just before it, whose weights are masked: no loop, no branch that depends on how many.
#[inline]
fn block<E: Copy>(ends: &[E], weights: &[u16], flow: impl Fn(E) -> f32) -> f32 {
    let ((fours, rest), (weights_of_fours, weights_of_rest)) = (ends.as_chunks(), weights.as_chunks());
    let mut sums = [0.0f32; LANES];
    let mut add = |ends: &[E; LANES], weights: [u16; LANES]| {
        let flows = ends.map(&flow);
        for (sum, (flow, weight)) in sums.iter_mut().zip(flows.into_iter().zip(weights)) {
            *sum += flow * f32::from(weight);
        }
    };
    for (ends, weights) in fours.iter().zip(weights_of_fours) {
        add(ends, *weights);
    }
    let (Some(ends), Some(weights), Some(mask)) =
        (ends.last_chunk(), weights.last_chunk::<LANES>(), LAST.get(rest.len()))
    else {
        let rest = rest.iter().zip(weights_of_rest);
        return rest.map(|(end, weight)| flow(*end) * f32::from(*weight)).sum();
    };
    let mut masked = *weights;
    for (weight, mask) in masked.iter_mut().zip(mask) {
        *weight &= mask;
    }
    add(ends, masked);
    let [a, b, c, d] = sums;
    (a + c) + (b + d)
}

/// A list cut into the parts of the given ranges, each with where it starts.
pub(super) fn pieces<'v, T>(cuts: &[(u32, u32)], list: &'v mut [T]) -> Vec<(u32, &'v mut [T])> {
    let mut rest = list;
    let mut parts = Vec::with_capacity(cuts.len());
    for &(from, to) in cuts {
        let (part, others) = std::mem::take(&mut rest).split_at_mut((to - from) as usize);
        parts.push((from, part));
        rest = others;
    }
    parts
}

/// Σ of a list, in an order that does not depend on threads.
pub(super) fn sum(list: &[f64]) -> f64 {
    sum_by(list.len(), |place| list.get(place).copied().unwrap_or(0.0))
}

/// Σ over 0..len, in an order that does not depend on threads.
pub(super) fn sum_by(len: usize, term: impl Fn(usize) -> f64 + Sync) -> f64 {
    let chunks: Vec<f64> = (0..len.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| (chunk * CHUNK..len.min((chunk + 1) * CHUNK)).map(&term).sum())
        .collect();
    chunks.iter().sum()
}
