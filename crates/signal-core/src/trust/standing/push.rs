//! Standing as one person sees it, from their surroundings alone.

use std::collections::{BTreeMap, VecDeque};

use super::sound;
use crate::model::UserId;
use crate::trust::graph::TrustGraph;

/// Somebody's standing in the eyes of one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Who.
    pub user: UserId,
    /// Their standing, in [0, 1], too low by no more than [`Ranking::missing`].
    pub standing: f64,
}

/// People as one person's trust ranks them.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Highest first, then by id; the person themselves is not among them.
    pub people: Vec<Ranked>,
    /// What has not been spread yet: standings are too low by this in sum, and each by no more than this.
    pub missing: f64,
}

/// The `most` people of highest standing when all of it springs from one person.
///
/// Forward push (Andersen, Chung and Lang, FOCS 2006, section 3, "approximate `PageRank`"; α there is 1 − `damping`
/// here): what has arrived at a person and was not passed on yet is passed on as long as it is more than `least` an
/// edge. At most 1 / (`least` · (1 − damping)) edges are walked, whatever the size of the graph, and at most `edges`;
/// [`Ranking::missing`] is exact, not a bound. What reaches people who trust nobody, or who are not to be asked whom they
/// trust because `shows` is false of them, returns to the start. Where work is cut short, whom it reaches depends on the
/// order of numbers in the graph, and so on its last merge.
pub fn rank_from(
    graph: &TrustGraph,
    user: UserId,
    damping: f64,
    least: f64,
    edges: u64,
    most: usize,
    shows: impl Fn(UserId) -> bool,
) -> Ranking {
    let Some(start) = graph.index(user) else {
        return Ranking { people: Vec::new(), missing: 0.0 };
    };
    let shown = |person| graph.user(person).is_some_and(&shows);
    let mut spread =
        Spreading { graph, start, damping: sound(damping), least, shown, people: BTreeMap::new() };
    let mut left = edges;
    let mut queue = VecDeque::from([start]);
    spread.people.insert(start, Held { kept: 0.0, open: 1.0, queued: true });
    while let Some(person) = queue.pop_front() {
        let Some(rest) = left.checked_sub(1 + spread.edges(person) as u64) else {
            continue;
        };
        left = rest;
        spread.pass_on(person, &mut queue);
    }
    spread.ranking(most)
}

/// What a person holds.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    kept: f64,
    open: f64,
    queued: bool,
}

struct Spreading<'g, F> {
    graph: &'g TrustGraph,
    start: u32,
    damping: f64,
    least: f64,
    shown: F,
    people: BTreeMap<u32, Held>,
}

impl<F: Fn(u32) -> bool> Spreading<'_, F> {
    /// No less than the edges that can be walked from a person.
    fn edges(&self, person: u32) -> usize {
        if (self.shown)(person) { self.graph.outgoing(person).at_most() } else { 0 }
    }

    fn pass_on(&mut self, person: u32, queue: &mut VecDeque<u32>) {
        let Some(held) = self.people.get_mut(&person) else { return };
        held.queued = false;
        let open = std::mem::take(&mut held.open);
        held.kept += (1.0 - self.damping) * open;
        let shown = (self.shown)(person);
        let total: u64 = self.graph.outgoing(person).map(|edge| u64::from(edge.1)).sum();
        if total == 0 || !shown {
            self.receive(self.start, self.damping * open, queue);
            return;
        }
        let share = self.damping * open / total as f64;
        for (end, weight) in self.graph.outgoing(person) {
            self.receive(end, share * f64::from(weight), queue);
        }
    }

    fn receive(&mut self, person: u32, amount: f64, queue: &mut VecDeque<u32>) {
        let edges = self.edges(person).max(1) as f64;
        let held = self.people.entry(person).or_default();
        held.open += amount;
        if !held.queued && held.open > self.least * edges {
            held.queued = true;
            queue.push_back(person);
        }
    }

    fn ranking(self, most: usize) -> Ranking {
        let missing = self.people.values().map(|held| held.open).sum();
        let mut people: Vec<Ranked> = self
            .people
            .iter()
            .filter(|(person, held)| **person != self.start && held.kept > 0.0)
            .filter_map(|(person, held)| {
                self.graph.user(*person).map(|user| Ranked { user, standing: held.kept })
            })
            .collect();
        people.sort_unstable_by(|a, b| b.standing.total_cmp(&a.standing).then(a.user.cmp(&b.user)));
        people.truncate(most);
        Ranking { people, missing }
    }
}
