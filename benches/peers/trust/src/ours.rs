//! Signal on the graph: building, propagation, paths and reach.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use serde_json::json;
use signal_core::model::UserId;
use signal_core::policy::Policy;
use signal_core::simulation::random_graph;
use signal_core::trust::{
    PathLimits, Restart, RestartKind, Spread, Standings, Stop, TrustGraph, reach, standing, strength,
};

use crate::files::{Answer, Edges, write_scores};
use crate::measure::{Dice, at, median_of, peak_memory, timed};

/// Questions about paths, and about reach.
const QUESTIONS: usize = 10_000;
const SURROUNDINGS: usize = 1_000;
/// Questions about reach that PostgreSQL will be asked too.
const SHARED: usize = 11;
/// People whom a question about reach names.
const REACHED: usize = 50;

/// Names for numbers, in the same order.
pub(crate) fn people(users: u32) -> Vec<UserId> {
    random_graph(users, 0, 0).people
}

pub(crate) fn everyone(people: &[UserId]) -> Restart {
    Restart { weights: people.iter().map(|user| (*user, 1.0)).collect(), kind: RestartKind::AllClaimed }
}

/// Twenty iterations, or as many as it takes.
fn spread(stop: Stop) -> Spread {
    Spread { damping: 0.85, stop }
}

const SETTLED: Stop = Stop::Settled { change: 1e-9, at_most: 500 };

/// A value for every number: people without an edge hold only what they spring, which is what the least standing is.
fn scores(standings: &Standings, people: &[UserId]) -> impl Iterator<Item = f64> {
    people.iter().map(|user| standings.of(*user))
}

pub(crate) fn run(folder: &Path) -> Answer {
    let edges = Edges::read(folder)?;
    let people = people(edges.users);
    let rows = edges.rows(true);
    let alike = TrustGraph::from_numbered(people.clone(), &edges.rows(false));
    let seeds = Restart {
        weights: edges.seeds().map(|seed| (people[seed as usize], 1.0)).collect(),
        kind: RestartKind::OperatorSeeds,
    };
    drop(edges);
    let restart = everyone(&people);
    let settled = standing(&alike, &restart, spread(SETTLED));
    write_scores(&folder.join("ours-alike.f64"), scores(&settled, &people))?;
    drop(alike);

    let (build_s, graph) = median_of(3, || TrustGraph::from_numbered(people.clone(), &rows));
    drop(rows);
    let (propagate_s, result) = median_of(5, || standing(&graph, &restart, spread(Stop::After(20))));
    write_scores(&folder.join("ours-20.f64"), scores(&result, &people))?;
    let (settle_s, settled) = timed(|| standing(&graph, &restart, spread(SETTLED)));
    write_scores(&folder.join("ours.f64"), scores(&settled, &people))?;

    let seeded = standing(&graph, &seeds, spread(SETTLED));
    write_scores(&folder.join("ours-seeds.f64"), scores(&seeded, &people))?;

    let mut dice = Dice(1);
    let limits = PathLimits { hops: 3, edges: Policy::default().limits.path_edges };
    let mut path: Vec<f64> = (0..QUESTIONS)
        .map(|_| {
            let (a, b) = (dice.of(&people), dice.of(&people));
            timed(|| black_box(strength(&graph, a, b, limits))).0
        })
        .collect();
    let degree = |user: &UserId| graph.index(*user).map_or(0, |index| graph.outgoing(index).count());
    let asked: Vec<UserId> = people.iter().copied().filter(|user| (5..=60).contains(&degree(user))).collect();
    let mut complete = 0;
    let mut around: Vec<f64> = (0..SURROUNDINGS)
        .map(|_| {
            let (took, found) = timed(|| reach(&graph, dice.of(&asked), limits, REACHED));
            complete += usize::from(found.complete);
            took
        })
        .collect();

    let number = |user: UserId| people.binary_search(&user).unwrap_or_default();
    let mut shared = Vec::new();
    let mut shared_s = Vec::new();
    for _ in 0..SHARED {
        let user = dice.of(&asked);
        let (took, found) = timed(|| reach(&graph, user, limits, REACHED));
        shared_s.push(took);
        let rows: Vec<_> = found.people.iter().map(|one| json!([number(one.user), one.product])).collect();
        shared.push(json!({ "user": number(user), "reached": rows }));
    }
    fs::write(folder.join("reach.json"), serde_json::to_vec(&shared)?)?;
    Ok(json!({
        "users": graph.users(),
        "edges": graph.edges(),
        "graph_bytes": graph.bytes(),
        "build_s": build_s,
        "propagate_s": propagate_s,
        "settled_s": settle_s,
        "settled_iterations": settled.iterations,
        "path_us": { "p50": 1e6 * at(&mut path, 0.5), "p99": 1e6 * at(&mut path, 0.99) },
        "reach_us": { "p50": 1e6 * at(&mut around, 0.5), "p99": 1e6 * at(&mut around, 0.99) },
        "reach_complete": complete,
        "reach_asked": SURROUNDINGS,
        "shared_reach_s": at(&mut shared_s, 0.5),
        "rss_bytes": peak_memory(),
    }))
}
