//! Standing that follows every change of an edge.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::{Restart, Standings, flow, prepared, sound};
use crate::model::{TrustWeight, UserId};
use crate::trust::graph::TrustGraph;

/// A change is passed on in its surroundings as long as somebody holds more than this share of it.
const WORTH_PASSING_ON: f64 = 1e-2;
/// Edges that one change walks at most before the rest is left to [`Tracker::settle`].
const EDGES_A_CHANGE: usize = 4_096;
/// Most sweeps of one [`Tracker::settle`]: each leaves at most `damping` of what was open.
const MOST_SWEEPS: u32 = 1_000;

/// A graph and the standing of everyone in it, kept up to date while edges change.
///
/// The standing is the solution of a linear system, `x = (1 − d) · r + d · Wᵀ x`, scaled to sum 1 (people who trust
/// nobody give nothing here; returning what they lose to the restart set is the same as scaling). The tracker holds an
/// estimate `x` and what is still open of it, the residual `ρ = (1 − d) · r + d · Wᵀ x − x`. The error is never above
/// `2 · Σ|ρ| / ((1 − d) · Σx)`, which [`error_bound`](Self::error_bound) gives.
///
/// A changed edge changes one row of `W`. Scaling the owner's `x` with the sum of the row leaves everybody else on the
/// row as they were, so that only two places are open afterwards: the owner and the other end (Zhang, Lofgren and
/// Goel, KDD 2016, section 4, for walks with weights). From there it is pushed on in the surroundings as far as it is
/// worth it; [`settle`](Self::settle) spreads what is open of all changes together, in sweeps over the whole graph.
#[derive(Debug, Clone)]
pub struct Tracker {
    graph: TrustGraph,
    damping: f64,
    tolerance: f64,
    /// (1 − d) · r.
    source: Vec<f64>,
    estimate: Vec<f64>,
    residual: Vec<f64>,
    totals: Vec<u64>,
    /// Σ |residual|.
    open: f64,
    /// Σ estimate.
    sum: f64,
    /// What changes moved since the last time everything was settled.
    moved: f64,
    queue: VecDeque<u32>,
    queued: Vec<bool>,
}

impl Tracker {
    /// Computes the standing of everyone to within `tolerance` in sum; `None` when nobody has a restart weight.
    /// `damping` is in [0, 1), more counts as 0.999.
    pub fn new(graph: &TrustGraph, restart: &Restart, damping: f64, tolerance: f64) -> Option<Self> {
        let (graph, source) = prepared(graph, restart)?;
        let damping = sound(damping).min(0.999);
        let source: Vec<f64> = source.into_iter().map(|weight| (1.0 - damping) * weight).collect();
        let size = source.len();
        let mut tracker = Self {
            totals: graph.totals().to_vec(),
            graph: graph.into_owned(),
            damping,
            tolerance: tolerance.max(f64::EPSILON),
            residual: source.clone(),
            source,
            estimate: vec![0.0; size],
            open: 1.0 - damping,
            sum: 0.0,
            moved: 0.0,
            queue: VecDeque::new(),
            queued: vec![false; size],
        };
        tracker.sweep_until(|tracker| tracker.error_bound() <= tracker.tolerance);
        Some(tracker)
    }

    /// The graph as it is now.
    pub fn graph(&self) -> &TrustGraph {
        &self.graph
    }

    /// Sets the weight of an edge, or removes it with `None`, and brings the surroundings up to date. An edge to
    /// oneself is ignored.
    ///
    /// Takes time proportional to what the change moves, and never walks more than 4,096 edges.
    pub fn set(&mut self, from: UserId, to: UserId, weight: Option<TrustWeight>) {
        let before = self.graph.weight(from, to).map_or(0, TrustWeight::ten_thousandths);
        self.graph.set(from, to, weight);
        self.grow();
        let after = weight.map_or(0, TrustWeight::ten_thousandths);
        let (Some(owner), Some(end)) = (self.graph.index(from), self.graph.index(to)) else { return };
        if owner != end && before != after {
            let moved = self.open_change(owner, end, before, after);
            self.moved += moved;
            self.pass_on(moved * WORTH_PASSING_ON);
        }
    }

    /// No standing is off by more than this, nor are all of them together.
    pub fn error_bound(&self) -> f64 {
        if self.sum > 0.0 { 2.0 * self.open / ((1.0 - self.damping) * self.sum) } else { f64::INFINITY }
    }

    /// Spreads what is open through the whole graph, until the error is within the tolerance and within a hundredth
    /// of what the changes since the last time moved; gives the number of sweeps. A sweep reads every edge once.
    pub fn settle(&mut self) -> u32 {
        let goal = self.moved * (1.0 - self.damping) / 400.0;
        let sweeps = self.sweep_until(|tracker| {
            tracker.error_bound() <= tracker.tolerance && (tracker.moved == 0.0 || tracker.open <= goal)
        });
        self.moved = 0.0;
        sweeps
    }

    /// The standing of a person, in [0, 1], to within [`error_bound`](Self::error_bound).
    pub fn of(&self, user: UserId) -> f64 {
        let value = self.graph.index(user).and_then(|index| self.estimate.get(index as usize));
        value.copied().unwrap_or(0.0).max(0.0) / self.sum
    }

    /// Everybody's standing, settled first.
    pub fn standings(&mut self) -> Standings {
        let iterations = self.settle();
        let mut rows: Vec<(UserId, f64)> = self
            .graph
            .people()
            .map(|(user, index)| {
                (user, self.estimate.get(index as usize).copied().unwrap_or(0.0).max(0.0) / self.sum)
            })
            .collect();
        rows.sort_unstable_by_key(|row| row.0);
        let (people, values) = rows.into_iter().unzip();
        Standings { people, values, iterations, change: self.open / self.sum }
    }

    /// Makes room for people who came with an edge.
    fn grow(&mut self) {
        let size = self.graph.numbers() as usize;
        if size > self.estimate.len() {
            self.source.resize(size, 0.0);
            self.estimate.resize(size, 0.0);
            self.residual.resize(size, 0.0);
            self.totals.resize(size, 0);
            self.queued.resize(size, false);
        }
    }

    /// Takes over the new row; gives what it moved.
    fn open_change(&mut self, owner: u32, end: u32, before: u16, after: u16) -> f64 {
        let Some(total) = self.totals.get_mut(owner as usize) else { return 0.0 };
        let old = *total;
        *total = old + u64::from(after) - u64::from(before);
        let new = *total;
        let held = self.estimate.get(owner as usize).copied().unwrap_or(0.0);
        if old == 0 || new == 0 {
            // The row was empty or is: all that flows along it is what flows along this edge.
            let flow = self.damping * if new == 0 { -held } else { held };
            self.open_at(end, flow);
            return flow.abs();
        }
        let scaled = held * (new as f64 / old as f64);
        if let Some(value) = self.estimate.get_mut(owner as usize) {
            *value = scaled;
        }
        self.sum += scaled - held;
        self.open_at(owner, held - scaled);
        let flow = self.damping * held * (f64::from(after) - f64::from(before)) / old as f64;
        self.open_at(end, flow);
        flow.abs()
    }

    fn open_at(&mut self, person: u32, amount: f64) {
        let place = person as usize;
        let (Some(open), Some(queued)) = (self.residual.get_mut(place), self.queued.get_mut(place)) else {
            return;
        };
        self.open += (*open + amount).abs() - open.abs();
        *open += amount;
        if !*queued {
            *queued = true;
            self.queue.push_back(person);
        }
    }

    /// Passes on what people in the surroundings hold, while it is at least `least` and edges are left.
    fn pass_on(&mut self, least: f64) {
        let mut edges = EDGES_A_CHANGE;
        while let Some(person) = self.queue.pop_front() {
            let place = person as usize;
            if let Some(queued) = self.queued.get_mut(place) {
                *queued = false;
            }
            let (Some(open), Some(&total)) = (self.residual.get_mut(place), self.totals.get(place)) else {
                continue;
            };
            let row = self.graph.outgoing(person);
            let amount = *open;
            if amount.abs() < least || row.at_most() > edges {
                continue;
            }
            edges -= row.at_most();
            *open = 0.0;
            self.open -= amount.abs();
            self.sum += amount;
            if let Some(value) = self.estimate.get_mut(place) {
                *value += amount;
            }
            if total == 0 {
                continue;
            }
            let share = self.damping * amount / total as f64;
            for (end, weight) in row {
                let Some(open) = self.residual.get_mut(end as usize) else { continue };
                let before = open.abs();
                *open += share * f64::from(weight);
                self.open += open.abs() - before;
                if open.abs() >= least
                    && let Some(queued) = self.queued.get_mut(end as usize).filter(|queued| !**queued)
                {
                    *queued = true;
                    self.queue.push_back(end);
                }
            }
        }
    }

    /// Sweeps over the whole graph until it is enough: everybody keeps what is open, and passes it on.
    fn sweep_until(&mut self, enough: impl Fn(&Self) -> bool) -> u32 {
        let mut sweeps = 0;
        if enough(self) {
            return sweeps;
        }
        let cuts = self.graph.cuts(256);
        while !enough(self) && sweeps < MOST_SWEEPS {
            self.sweep(&cuts);
            sweeps += 1;
        }
        sweeps
    }

    fn sweep(&mut self, cuts: &[(u32, u32)]) {
        self.estimate.par_iter_mut().zip(&self.residual).for_each(|(value, open)| *value += open);
        self.sum = flow::sum(&self.estimate);
        let flows: Vec<f64> = self
            .residual
            .par_iter()
            .zip(&self.totals)
            .map(|(open, total)| if *total > 0 { self.damping * open / *total as f64 } else { 0.0 })
            .collect();
        let graph = &self.graph;
        let opens: Vec<f64> = flow::pieces(cuts, &mut self.residual)
            .into_par_iter()
            .map(|(from, part)| {
                let mut sum = 0.0;
                for (person, open) in (from..).zip(part) {
                    let row = graph.incoming(person);
                    *open = row
                        .map(|(end, weight)| flows.get(end as usize).unwrap_or(&0.0) * f64::from(weight))
                        .sum();
                    sum += open.abs();
                }
                sum
            })
            .collect();
        self.open = opens.iter().sum();
    }
}
