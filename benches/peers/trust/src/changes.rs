//! Standing that follows changes of edges, against computing it anew.

use std::path::Path;

use serde_json::json;
use signal_core::model::{TrustWeight, UserId};
use signal_core::trust::{Restart, Spread, Standings, Stop, Tracker, TrustGraph, standing};

use crate::files::{Answer, Edges};
use crate::measure::{Dice, at, peak_memory, timed};
use crate::ours::{everyone, people};

const CHANGES: usize = 10_000;
const DAMPING: f64 = 0.85;
const TOLERANCE: f64 = 1e-6;
/// Small next to the effect of any single change.
const EXACT: f64 = 1e-12;
/// Changes whose own effect is compared with computing everything anew, before and after.
const SAMPLED: usize = 5;
/// Computing everything anew by the fastest way there is, to about the same error.
const ANEW: Spread = Spread { damping: DAMPING, stop: Stop::Settled { change: 1e-7, at_most: 500 } };

/// Half of the changes begin or end at somebody among the top hundredth by standing; a tenth of them removes an edge.
struct Changes<'a> {
    dice: Dice,
    people: &'a [UserId],
    leaders: Vec<UserId>,
}

impl Changes<'_> {
    fn next(&mut self, graph: &TrustGraph) -> (UserId, UserId, Option<TrustWeight>) {
        let kind = self.dice.roll(20);
        let leader = self.dice.of(&self.leaders);
        let mut from = self.dice.of(self.people);
        let mut to = self.dice.of(self.people);
        match kind % 4 {
            0 => from = leader,
            1 => to = leader,
            _ => {}
        }
        let known = graph.index(from).into_iter().flat_map(|index| graph.outgoing(index));
        if kind < 2
            && let Some(gone) = known.last().and_then(|(end, _)| graph.user(end))
        {
            return (from, gone, None);
        }
        let hundredths = 1 + self.dice.roll(100);
        (
            from,
            to,
            u16::try_from(hundredths * 100)
                .ok()
                .and_then(|weight| TrustWeight::from_ten_thousandths(weight).ok()),
        )
    }
}

fn distance(a: &Standings, b: &Standings) -> f64 {
    a.iter().map(|(user, value)| (value - b.of(user)).abs()).sum()
}

pub(crate) fn run(folder: &Path) -> Answer {
    let edges = Edges::read(folder)?;
    let people = people(edges.users);
    let graph = TrustGraph::from_numbered(people.clone(), &edges.rows(true));
    drop(edges);
    let restart = everyone(&people);
    let lost = "nobody has a restart weight";
    let (tracked_s, tracker) = timed(|| Tracker::new(&graph, &restart, DAMPING, TOLERANCE));
    let (flowed_s, _) = timed(|| standing(&graph, &restart, ANEW));
    let mut tracker = tracker.ok_or(lost)?;
    drop(graph);
    let leaders = tracker.standings().top(people.len().div_ceil(100)).into_iter().map(|row| row.0).collect();
    let mut changes = Changes { dice: Dice(7), people: &people, leaders };
    let mut took: Vec<f64> = (0..CHANGES)
        .map(|_| {
            let (from, to, weight) = changes.next(tracker.graph());
            timed(|| tracker.set(from, to, weight)).0
        })
        .collect();
    let bound_before = tracker.error_bound();
    let (settle_s, found) = timed(|| tracker.standings());
    let before = anew(&tracker, &restart)?;
    let error = distance(&found, &before);
    let effects = sampled(&mut tracker, &mut changes, &restart, before)?;
    let mean_s = took.iter().sum::<f64>() / took.len() as f64;
    Ok(json!({
        "recompute_s": tracked_s.min(flowed_s),
        "changes": CHANGES,
        "update_us": { "p50": 1e6 * at(&mut took, 0.5), "p99": 1e6 * at(&mut took, 0.99), "mean": 1e6 * mean_s },
        "bound_before_settling": bound_before,
        "settle_s": settle_s,
        "with_settling_us": 1e6 * (mean_s + settle_s / CHANGES as f64),
        "l1_error": error,
        "sampled": effects,
        "rss_bytes": peak_memory(),
    }))
}

/// The standings of the tracker's graph, computed with nothing of the tracker.
fn anew(tracker: &Tracker, restart: &Restart) -> Result<Standings, Box<dyn std::error::Error>> {
    let exact = Tracker::new(&tracker.graph().merged(), restart, DAMPING, EXACT);
    Ok(exact.ok_or("nobody springs")?.standings())
}

/// For some changes, each settled by the tracker that followed all others: their effect by computing everything anew before
/// and after, and how far the tracker is from it afterwards, as a share of the effect.
fn sampled(
    tracker: &mut Tracker,
    changes: &mut Changes<'_>,
    restart: &Restart,
    mut before: Standings,
) -> Result<Vec<serde_json::Value>, Box<dyn std::error::Error>> {
    let mut rows = Vec::new();
    for _ in 0..SAMPLED {
        let (from, to, weight) = changes.next(tracker.graph());
        tracker.set(from, to, weight);
        let (settle_s, found) = timed(|| tracker.standings());
        let after = anew(tracker, restart)?;
        let effect = distance(&after, &before);
        rows.push(json!({ "effect": effect, "off": distance(&found, &after) / effect, "settle_s": settle_s }));
        before = after;
    }
    Ok(rows)
}
