//! The graph on disk: three columns of plain little-endian numbers that every tool can read.

use std::error::Error;
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Value, json};
use signal_core::model::TrustWeight;
use signal_core::simulation::random_graph;

/// How many people are trusted beforehand in the comparison with `eigentrust`.
const SEEDS: u32 = 32;

pub(crate) type Answer = Result<Value, Box<dyn Error>>;

/// Everybody's edges, in no order, each pair once, nobody to themselves. Weights are ten-thousandths.
pub(crate) struct Edges {
    pub(crate) users: u32,
    pub(crate) from: Vec<u32>,
    pub(crate) to: Vec<u32>,
    pub(crate) weight: Vec<u16>,
}

/// Draws a graph and writes it.
pub(crate) fn generate(folder: &Path, users: &str, draws: &str, seed: &str) -> Answer {
    let drawn = random_graph(users.parse()?, draws.parse()?, seed.parse()?);
    let users = u32::try_from(drawn.people.len())?;
    let drawn = drawn.edges.into_par_iter().filter(|edge| edge.0 != edge.1);
    let mut edges: Vec<(u32, u32, u16)> =
        drawn.map(|(from, to, weight)| (from, to, weight.ten_thousandths())).collect();
    // Of a pair drawn twice the last one counts, as in a graph of ours. Places are those of the drawing: our numbers, by
    // how many somebody trusts, would spare the others' caches too.
    edges.reverse();
    edges.par_sort_by_key(|edge| (edge.0, edge.1));
    edges.dedup_by_key(|edge| (edge.0, edge.1));
    // Nobody shall profit from an order.
    edges.par_sort_unstable_by_key(|&(from, to, _)| scattered(u64::from(from) << 32 | u64::from(to)));
    fs::create_dir_all(folder)?;
    fs::write(folder.join("from.u32"), bytes(edges.iter().map(|edge| edge.0.to_le_bytes())))?;
    fs::write(folder.join("to.u32"), bytes(edges.iter().map(|edge| edge.1.to_le_bytes())))?;
    fs::write(folder.join("weight.u16"), bytes(edges.iter().map(|edge| edge.2.to_le_bytes())))?;
    fs::write(folder.join("users"), users.to_string())?;
    Ok(json!({ "users": users, "edges": edges.len() }))
}

impl Edges {
    /// Reads what [`generate`] wrote.
    pub(crate) fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            users: fs::read_to_string(folder.join("users"))?.trim().parse()?,
            from: column(&folder.join("from.u32"), u32::from_le_bytes)?,
            to: column(&folder.join("to.u32"), u32::from_le_bytes)?,
            weight: column(&folder.join("weight.u16"), u16::from_le_bytes)?,
        })
    }

    /// The people whom everyone trusts beforehand where a tool needs few: `eigentrust` writes them all out for each person
    /// who trusts nobody.
    pub(crate) fn seeds(&self) -> impl Iterator<Item = u32> {
        (0..SEEDS).map(|n| n * (self.users / SEEDS))
    }

    /// The edges as rows, with their weights or all alike.
    pub(crate) fn rows(&self, weighted: bool) -> Vec<(u32, u32, TrustWeight)> {
        let weight = |tenthousandths| match TrustWeight::from_ten_thousandths(tenthousandths) {
            Ok(weight) if weighted => weight,
            _ => TrustWeight::FULL,
        };
        let ends = self.from.iter().zip(&self.to).zip(&self.weight);
        ends.map(|((&from, &to), &value)| (from, to, weight(value))).collect()
    }
}

/// Writes a result for the comparison.
pub(crate) fn write_scores(path: &Path, scores: impl Iterator<Item = f64>) -> std::io::Result<()> {
    fs::write(path, bytes(scores.map(f64::to_le_bytes)))
}

fn bytes<const N: usize>(numbers: impl Iterator<Item = [u8; N]>) -> Vec<u8> {
    numbers.flatten().collect()
}

fn column<T, const N: usize>(path: &Path, number: fn([u8; N]) -> T) -> std::io::Result<Vec<T>> {
    Ok(fs::read(path)?.as_chunks().0.iter().map(|bytes| number(*bytes)).collect())
}

fn scattered(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}
