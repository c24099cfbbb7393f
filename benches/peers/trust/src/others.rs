//! Other crates on the same graph.

use std::hint::black_box;
use std::path::Path;

use ::eigentrust::{EigenTrustOptions, PreTrust, TrustEdge, eigentrust_with_options};
use graph::prelude::*;
use serde_json::json;

use crate::files::{Answer, Edges, write_scores};
use crate::measure::{median_of, peak_memory, timed};

/// The `graph` crate: both directions, and 20 iterations of unweighted `PageRank`.
pub(crate) fn graph(folder: &Path) -> Answer {
    let edges = Edges::read(folder)?;
    let pairs: Vec<(u32, u32)> = edges.from.iter().copied().zip(edges.to.iter().copied()).collect();
    let build = |layout| -> DirectedCsrGraph<u32> {
        GraphBuilder::new().csr_layout(layout).edges(pairs.iter().copied()).build()
    };
    let (build_sorted_s, _) = median_of(3, || black_box(build(CsrLayout::Sorted)));
    let (build_s, built) = median_of(3, || build(CsrLayout::Unsorted));
    let (propagate_s, (scores, ..)) = median_of(5, || page_rank(&built, PageRankConfig::new(20, 0.0, 0.85)));
    write_scores(&folder.join("graph.f64"), scores.iter().map(|score| f64::from(*score)))?;
    Ok(
        json!({ "build_s": build_s, "build_sorted_s": build_sorted_s, "propagate_s": propagate_s, "rss_bytes": peak_memory() }),
    )
}

/// The `eigentrust` crate, to its own threshold, a few people trusted beforehand.
pub(crate) fn eigentrust(folder: &Path) -> Answer {
    let edges = Edges::read(folder)?;
    let ends = edges.from.iter().zip(&edges.to).zip(&edges.weight);
    let trust: Vec<TrustEdge> = ends
        .map(|((&from, &to), &weight)| {
            TrustEdge::new(from as usize, to as usize, f64::from(weight) / 10_000.0)
        })
        .collect();
    let seeds: Vec<PreTrust> = edges.seeds().map(|seed| PreTrust::new(seed as usize, 1.0)).collect();
    drop(edges);
    let options = EigenTrustOptions::default().with_alpha(0.15);
    let (whole_s, result) =
        timed(|| eigentrust_with_options(trust.iter().copied(), seeds.iter().copied(), &options));
    let result = result?;
    write_scores(&folder.join("eigentrust.f64"), result.scores().iter().copied())?;
    Ok(json!({ "whole_s": whole_s, "iterations": result.iterations(), "rss_bytes": peak_memory() }))
}
