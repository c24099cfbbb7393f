//! One step of standing along all edges: everybody collects from those who trust them.
//!
//! The rows of incoming edges are read once, in order; only the flows of the people at their other ends are looked up
//! out of order, 4 bytes each. Nobody writes to a place of somebody else's, so threads need no locks and the order of
//! every sum is fixed.

use rayon::prelude::*;

use crate::trust::graph::TrustGraph;

/// Pieces of the graph that threads take: many, so that none waits long for the last one, and always as many.
const PIECES: usize = 256;
/// Numbers that are added up in one go; sums of sums follow the same order on any number of threads.
const CHUNK: usize = 8_192;
/// Sums that a person's edges are dealt to: an addition takes about as long as so many more that need not wait for it.
const LANES: usize = 4;
/// Edges that are added up in single precision, eight to a sum, before double precision takes over.
const BLOCK: usize = 8 * LANES;

/// A packed graph, ready for iterations.
pub(super) struct Flow<'g> {
    graph: &'g TrustGraph,
    /// What one unit of standing is worth a ten-thousandth of weight; 0 for those who trust nobody.
    share: Vec<f64>,
    cuts: Vec<(u32, u32)>,
    flows: Vec<f32>,
}

impl<'g> Flow<'g> {
    pub(super) fn new(graph: &'g TrustGraph) -> Self {
        let share = totals(graph).into_iter().map(|total| if total > 0 { 1.0 / total as f64 } else { 0.0 });
        let share: Vec<f64> = share.collect();
        Self { graph, cuts: graph.cuts(PIECES), flows: vec![0.0; share.len()], share }
    }

    /// Moves standing on by one iteration; gives what changed in sum.
    pub(super) fn step(&mut self, values: &mut [f64], source: &[f64], damping: f64) -> f64 {
        let Self { graph, share, cuts, flows } = self;
        let spring = (1.0 - damping) + damping * leave(values, share, flows);
        let flows = flows.as_slice();
        let changes: Vec<f64> = pieces(cuts, values)
            .into_par_iter()
            .map(|(from, values)| {
                let restarts = source.get(from as usize..).unwrap_or_default();
                let mut changed = 0.0;
                for ((person, value), restart) in (from..).zip(values).zip(restarts) {
                    let (ends, weights) = graph.incoming_packed(person);
                    let fresh = spring * restart + damping * collected(ends, weights, flows);
                    changed += (fresh - *value).abs();
                    *value = fresh;
                }
                changed
            })
            .collect();
        changes.iter().sum()
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
fn collected(ends: &[u32], weights: &[u16], flows: &[f32]) -> f64 {
    let blocks = ends.chunks(BLOCK).zip(weights.chunks(BLOCK));
    blocks.map(|(ends, weights)| f64::from(block(ends, weights, flows))).sum()
}

/// Every fourth edge goes to the same one of four sums, which wait for each other only at the end.
fn block(ends: &[u32], weights: &[u16], flows: &[f32]) -> f32 {
    let flow = |end: u32| flows.get(end as usize).copied().unwrap_or(0.0);
    let ((ends, last_ends), (weights, last_weights)) =
        (ends.as_chunks::<LANES>(), weights.as_chunks::<LANES>());
    let mut sums = [0.0f32; LANES];
    for (ends, weights) in ends.iter().zip(weights) {
        let flows = ends.map(flow);
        for (sum, (flow, weight)) in sums.iter_mut().zip(flows.iter().zip(weights)) {
            *sum += flow * f32::from(*weight);
        }
    }
    let [a, b, c, d] = sums;
    let rest = last_ends.iter().zip(last_weights).map(|(end, weight)| flow(*end) * f32::from(*weight));
    (a + c) + (b + d) + rest.sum::<f32>()
}

/// Σ of the weights that each person gives, by number.
pub(super) fn totals(graph: &TrustGraph) -> Vec<u64> {
    let total = |person| graph.outgoing(person).fold(0, |sum, edge| sum + u64::from(edge.1));
    (0..graph.numbers()).into_par_iter().map(total).collect()
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
