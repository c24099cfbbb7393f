//! Edge lists as a whole, distrust included: for evaluations that look at all rows at once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use signal_core::trust::predict::SignedEdge;

use super::edges::{PAIRS_MAX, PEOPLE_MAX, Rows};
use super::error::{ImportError, Problem};

/// A signed network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SignedNetwork {
    /// People's names in the order in which the file first names them.
    pub names: Vec<String>,
    /// Rows in the order of the file, between places in `names`; weights in [−1, 1].
    pub edges: Vec<SignedEdge>,
}

/// Reads `source,target,weight[,time]`, between commas or tabs, with a header or without. Weights are divided by the
/// largest magnitude in the file; times are microseconds since 1970.
///
/// At most ten million people and a hundred million rows.
pub fn signed_edges(path: &Path) -> Result<SignedNetwork, ImportError> {
    let mut rows = Rows::open(path, 1.0, &Arc::default())?;
    let mut network = SignedNetwork::default();
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut weights: Vec<f64> = Vec::new();
    while let Some(row) = rows.next_as_written()? {
        if !row.weight.is_finite() {
            let problem = Problem::new(format!("weight {} is not a number", row.weight));
            return Err(problem.with_hint("leave the row out").at(path, rows.line()));
        }
        let mut number = |name: String| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(name).or_insert_with_key(|name| {
                network.names.push(name.clone());
                next
            })
        };
        let (from, to) = (number(row.from), number(row.to));
        let time = row.time.map(signal_core::model::Timestamp::micros);
        network.edges.push(SignedEdge { from, to, weight: 0.0, time });
        weights.push(row.weight);
        if numbers.len() > PEOPLE_MAX || weights.len() > PAIRS_MAX {
            let what = format!("more than {PEOPLE_MAX} people or {PAIRS_MAX} rows");
            return Err(Problem::new(what).with_hint("evaluate a part of it").at(path, rows.line()));
        }
    }
    let largest = weights.iter().fold(0.0, |largest: f64, weight| largest.max(weight.abs()));
    for (edge, weight) in network.edges.iter_mut().zip(weights) {
        #[expect(clippy::cast_possible_truncation, reason = "ratings are single-precision")]
        let scaled = if largest > 0.0 { (weight / largest) as f32 } else { 0.0 };
        edge.weight = scaled;
    }
    Ok(network)
}
