//! Standing: trust that has spread through the whole community.
//!
//! Personalised `PageRank` (Page, Brin, Motwani and Winograd 1999; as `EigenTrust` in Kamvar, Schlosser and
//! Garcia-Molina, WWW 2003, section 4.5 with its pre-trusted peers):
//!
//! ```text
//! s₀   = r
//! sₜ₊₁ = (1 − d) · r + d · (Wᵀ sₜ + lost(sₜ) · r)
//! ```
//!
//! `r` is the restart distribution, `W` the trust weights with every row scaled to 1, `d` the damping and `lost` the
//! standing of people who trust nobody, which returns to the restart set. So the sum stays 1, and a ring of accounts
//! that nobody outside trusts keeps nothing.
//!
//! - [`standing`](fn@standing) computes it for everyone, in parallel, with the same bits on any number of threads.
//! - [`Tracker`] keeps it up to date while edges change.
//! - [`rank_from`] answers for one person alone, by looking at their surroundings only.
//! - [`discount`] takes away from those whom people of standing distrust.

mod distrust;
mod flow;
mod push;
#[cfg(test)]
mod tests;
mod track;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use distrust::discount;
use flow::Flow;
pub use push::{Ranked, Ranking, rank_from};
use rayon::prelude::*;
pub use track::Tracker;

use super::graph::TrustGraph;
use crate::model::UserId;

/// Where standing comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Restart {
    /// People and their restart weights; weights that are not above 0 are ignored, the rest is scaled to sum 1.
    pub weights: Vec<(UserId, f64)>,
    /// Why these people.
    pub kind: RestartKind,
}

/// Which people standing springs from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartKind {
    /// People whose identity was verified.
    Verified,
    /// Nobody is verified: people the operator chose.
    OperatorSeeds,
    /// Neither: everyone who claimed an account, alike.
    AllClaimed,
}

/// How far standing spreads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The share that flows along edges, in [0, 1].
    pub damping: f64,
    /// When it has spread far enough.
    pub stop: Stop,
}

/// When a propagation ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stop {
    /// After so many iterations.
    After(u32),
    /// As soon as an iteration changes standings by no more than this in sum; after `at_most` iterations anyway.
    Settled {
        /// Σ |sₜ₊₁ − sₜ|.
        change: f64,
        /// The most iterations.
        at_most: u32,
    },
}

impl Stop {
    fn limit(self) -> u32 {
        match self {
            Self::After(iterations) | Self::Settled { at_most: iterations, .. } => iterations,
        }
    }

    fn reached(self, changed: f64) -> bool {
        matches!(self, Self::Settled { change, .. } if changed <= change)
    }
}

/// Everybody's standing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standings {
    /// People in the order of their ids.
    people: Vec<UserId>,
    values: Vec<f64>,
    /// Iterations that were made.
    pub iterations: u32,
    /// What the last iteration changed, Σ |sₜ₊₁ − sₜ|; an infinite number of further ones would change no more than
    /// this, times d / (1 − d).
    pub change: f64,
}

impl Standings {
    /// The standing of a person, in [0, 1]; 0 for strangers.
    pub fn of(&self, user: UserId) -> f64 {
        let place = self.people.binary_search(&user).ok();
        place.and_then(|place| self.values.get(place)).copied().unwrap_or(0.0)
    }

    /// People and standings in the order of ids. Standings sum to 1, unless they were [discounted](discount).
    pub fn iter(&self) -> impl Iterator<Item = (UserId, f64)> + '_ {
        self.people.iter().copied().zip(self.values.iter().copied())
    }

    /// How many people have a standing, were it 0.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody has one: the graph was empty, or nobody had a restart weight.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// The `most` people of highest standing, highest first, then by id. Sorts no more than those.
    pub fn top(&self, most: usize) -> Vec<(UserId, f64)> {
        let mut all: Vec<(UserId, f64)> = self.iter().collect();
        let order = |a: &(UserId, f64), b: &(UserId, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if most > 0 && most < all.len() {
            all.select_nth_unstable_by(most - 1, order);
        }
        all.truncate(most);
        all.sort_unstable_by(order);
        all
    }
}

impl FromIterator<(UserId, f64)> for Standings {
    /// Standings that are known already, in any order; of a person who comes twice the last one counts.
    fn from_iter<I: IntoIterator<Item = (UserId, f64)>>(rows: I) -> Self {
        let rows: BTreeMap<UserId, f64> = rows.into_iter().collect();
        let (people, values) = rows.into_iter().unzip();
        Self { people, values, ..Self::default() }
    }
}

/// The standing of everyone with an edge or in the restart set. Sums to 1; empty when nobody has a restart weight.
///
/// An iteration reads every edge once, 4 to 6 bytes each, in parallel on rayon's threads. Flows are single-precision, and
/// so are sums of up to 64 of them; sums of those are double: an iteration adds a relative error of at most 4 · 10⁻⁶. Every sum runs in an order
/// that edges and ids alone fix, so that neither the order in which the graph was built nor the number of threads leaves
/// a trace in the last bit.
///
/// A graph with changes that wait is [merged](TrustGraph::merged) first.
///
/// ```
/// use signal_core::model::{Timestamp, TrustWeight, UserId};
/// use signal_core::trust::{Restart, RestartKind, Spread, Stop, TrustGraph, standing};
///
/// let [seed, ann, ben] = [1, 2, 3].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let weight = |w| TrustWeight::from_fraction(w);
/// let graph = TrustGraph::from_edges([(seed, ann, weight(0.9)?), (seed, ben, weight(0.3)?)]);
/// let restart = Restart { weights: vec![(seed, 1.0)], kind: RestartKind::Verified };
/// let spread = Spread { damping: 0.85, stop: Stop::Settled { change: 1e-9, at_most: 200 } };
/// let standings = standing(&graph, &restart, spread);
/// assert!((standings.of(ann) - 0.344_595).abs() < 1e-6);
/// # Ok::<(), signal_core::model::InvalidNumber>(())
/// ```
pub fn standing(graph: &TrustGraph, restart: &Restart, spread: Spread) -> Standings {
    let Some((graph, source)) = prepared(graph, restart) else {
        return Standings::default();
    };
    let damping = sound(spread.damping);
    let mut flow = Flow::new(&graph, source.clone());
    let mut out = Standings::default();
    while out.iterations < spread.stop.limit() {
        out.change = flow.step(&source, damping);
        out.iterations += 1;
        if spread.stop.reached(out.change) {
            break;
        }
    }
    let values = flow.into_values();
    // What rounding of the flows took away or gave.
    let sum = flow::sum(&values);
    let value = |number: &u32| values.get(*number as usize).map_or(0.0, |value| value / sum);
    out.values = graph.by_id().par_iter().map(value).collect();
    out.people = graph.ids();
    out
}

/// A damping that makes sense.
fn sound(damping: f64) -> f64 {
    if damping.is_finite() { damping.clamp(0.0, 1.0) } else { 0.0 }
}

/// The graph without an overlay, of those who have an edge or are in the restart set, and the restart weights by number,
/// scaled to sum 1; `None` when there are none. Who else is known is an accident of the past, and leaves no trace.
fn prepared<'g>(graph: &'g TrustGraph, restart: &Restart) -> Option<(Cow<'g, TrustGraph>, Vec<f64>)> {
    let (weights, strangers) = spread_out(graph, restart);
    let bare = |index: u32| graph.outgoing(index).next().is_none() && graph.incoming(index).next().is_none();
    let idle: Vec<UserId> = (0..graph.numbers())
        .into_par_iter()
        .zip(&weights)
        .filter_map(|(index, weight)| (*weight == 0.0 && bare(index)).then(|| graph.user(index)).flatten())
        .collect();
    if graph.changes() == 0 && idle.is_empty() && strangers.is_empty() {
        return Some((Cow::Borrowed(graph), distribution(weights)?));
    }
    let mut whole = graph.clone();
    for user in strangers {
        whole.add_user(user);
    }
    for user in idle {
        whole.remove_user(user);
    }
    let whole = whole.merged();
    let (weights, _) = spread_out(&whole, restart);
    Some((Cow::Owned(whole), distribution(weights)?))
}

/// The restart weights above 0 by number, and whoever has one and is not known. Most restart lists come in the order of
/// ids: the next one in that order is tried before anybody is looked up.
fn spread_out(graph: &TrustGraph, restart: &Restart) -> (Vec<f64>, Vec<UserId>) {
    let (mut weights, mut strangers) = (vec![0.0; graph.numbers() as usize], Vec::new());
    let mut rest = graph.by_id().iter();
    for &(user, weight) in restart.weights.iter().filter(|row| row.1.is_finite() && row.1 > 0.0) {
        let next = rest.next().copied().filter(|&number| graph.user(number) == Some(user));
        match next.or_else(|| graph.index(user)).and_then(|number| weights.get_mut(number as usize)) {
            Some(place) => *place += weight,
            None => strangers.push(user),
        }
    }
    (weights, strangers)
}

/// Weights, scaled to sum 1; `None` when they have none.
fn distribution(mut weights: Vec<f64>) -> Option<Vec<f64>> {
    let total = flow::sum(&weights);
    if total <= 0.0 || !total.is_finite() {
        return None;
    }
    for weight in &mut weights {
        *weight /= total;
    }
    Some(weights)
}
