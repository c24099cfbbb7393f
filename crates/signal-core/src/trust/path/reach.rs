//! Everyone whom a person's trust reaches, strongest first.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};

use super::{Budget, ONE, PathLimits, extend, fraction};
use crate::model::{TrustWeight, UserId};
use crate::trust::graph::TrustGraph;

/// Somebody whom trust reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reached {
    /// Who.
    pub user: UserId,
    /// The product of the weights of the best path to them, in (0, 1].
    pub strength: f64,
    /// The same product, exact, in units of 10⁻¹⁶.
    pub product: u64,
}

/// What a search around a person found.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Strongest first, then by id. The person is not among them.
    pub people: Vec<Reached>,
    /// Whether everything was looked at that could have changed the answer. When not, everybody named is reached at
    /// least as strongly as said.
    pub complete: bool,
}

/// The `most` people whom `a`'s trust reaches most strongly within the limits; everyone, with `most` no less than
/// [`TrustGraph::users`].
///
/// Grows from `a`, strongest first, and passes over edges that cannot lead to the `most` strongest: for few of many it
/// looks at the edges of little more than `most` people. For everyone, it walks layer by layer over all edges within
/// reach.
///
/// ```
/// use signal_core::model::{Timestamp, TrustWeight, UserId};
/// use signal_core::trust::{PathLimits, TrustGraph, reach};
///
/// let [ann, ben, cleo] = [1, 2, 3].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let half = TrustWeight::from_fraction(0.5)?;
/// let graph = TrustGraph::from_edges([(ann, ben, half), (ben, cleo, half)]);
/// let around = reach(&graph, ann, PathLimits::unbounded(3), 10);
/// let strengths: Vec<_> = around.people.iter().map(|reached| (reached.user, reached.strength)).collect();
/// assert_eq!(strengths, [(ben, 0.5), (cleo, 0.25)]);
/// # Ok::<(), signal_core::model::InvalidNumber>(())
/// ```
pub fn reach(graph: &TrustGraph, a: UserId, limits: PathLimits, most: usize) -> Reach {
    let Some(start) = graph.index(a) else {
        return Reach { people: Vec::new(), complete: true };
    };
    let mut budget = Budget::new(limits);
    let (found, complete) = if most >= graph.users() {
        everyone(graph, start, limits.hops(), &mut budget)
    } else {
        strongest(graph, start, limits.hops(), most, &mut budget)
    };
    let mut people: Vec<Reached> = found
        .into_iter()
        .filter_map(|(person, product)| {
            graph.user(person).map(|user| Reached { user, strength: fraction(product), product })
        })
        .collect();
    let order = |x: &Reached, y: &Reached| y.product.cmp(&x.product).then(x.user.cmp(&y.user));
    if most > 0 && most < people.len() {
        people.select_nth_unstable_by(most - 1, order);
    }
    people.truncate(most);
    people.sort_unstable_by(order);
    Reach { people, complete }
}

/// Everyone, layer by layer: who was reached better by one edge more is walked on from again.
fn everyone(graph: &TrustGraph, start: u32, hops: u8, budget: &mut Budget) -> (Vec<(u32, u64)>, bool) {
    let mut best = vec![0u64; graph.numbers() as usize];
    if let Some(own) = best.get_mut(start as usize) {
        *own = ONE;
    }
    let mut reached = Vec::new();
    let mut layer = vec![(start, ONE)];
    let mut complete = true;
    'walk: for _ in 0..hops {
        let mut next = Vec::new();
        for (person, product) in layer {
            let row = graph.outgoing(person);
            if !budget.pay(1 + row.at_most()) {
                complete = false;
                break 'walk;
            }
            for (end, weight) in row {
                let product = extend(product, weight);
                let Some(known) = best.get_mut(end as usize).filter(|known| product > **known) else {
                    continue;
                };
                if *known == 0 {
                    reached.push(end);
                }
                *known = product;
                next.push((end, product));
            }
        }
        // Of the ways to one person only the best is walked on.
        next.retain(|&(person, product)| best.get(person as usize) == Some(&product));
        next.sort_unstable();
        next.dedup();
        layer = next;
    }
    let of = |person: u32| best.get(person as usize).copied().unwrap_or(0);
    (reached.into_iter().map(|person| (person, of(person))).collect(), complete)
}

type Known = HashMap<u32, u64, BuildHasherDefault<DefaultHasher>>;

/// A way to somebody: strongest first, of those the one with fewer edges.
type Way = (u64, Reverse<u8>, Reverse<u32>);

/// The search for the strongest.
struct Growing {
    most: usize,
    /// The best product by which each person was met so far.
    known: Known,
    /// The products by which the first `most` best-met people were first met, weakest on top: who is weaker than all
    /// of them is not among the strongest.
    bar: BinaryHeap<Reverse<u64>>,
    heap: BinaryHeap<Way>,
}

impl Growing {
    /// Nothing weaker can be among the strongest.
    fn least(&self) -> u64 {
        if self.bar.len() < self.most { 1 } else { self.bar.peek().map_or(1, |least| least.0) }
    }

    fn meet(&mut self, person: u32, product: u64, hops: u8) {
        match self.known.entry(person) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                *known = product.max(*known);
            }
            Entry::Vacant(place) => {
                place.insert(product);
                self.bar.push(Reverse(product));
                if self.bar.len() > self.most {
                    self.bar.pop();
                }
            }
        }
        self.heap.push((product, Reverse(hops), Reverse(person)));
    }

    /// Meets everybody at the end of a person's edges who could still be among the strongest.
    fn walk(&mut self, graph: &TrustGraph, person: u32, product: u64, hops: u8, start: u32) {
        let unit = (product / u64::from(TrustWeight::ONE)).max(1);
        let mut bar = self.least();
        let mut lightest = bar.div_ceil(unit);
        for (end, weight) in graph.outgoing(person) {
            if u64::from(weight) < lightest || end == start {
                continue;
            }
            self.meet(end, extend(product, weight), hops);
            let raised = self.least();
            if raised > bar {
                bar = raised;
                lightest = bar.div_ceil(unit);
            }
        }
    }
}

/// The strongest `most`, and those as strong as the last of them.
fn strongest(
    graph: &TrustGraph,
    start: u32,
    hops: u8,
    most: usize,
    budget: &mut Budget,
) -> (Vec<(u32, u64)>, bool) {
    let mut growing =
        Growing { most, known: Known::default(), bar: BinaryHeap::new(), heap: BinaryHeap::new() };
    let mut walked: HashMap<u32, u8, BuildHasherDefault<DefaultHasher>> = HashMap::default();
    let mut found = Vec::new();
    let mut next = Some((ONE, 0, start));
    while let Some((product, steps, person)) = next {
        if most
            .checked_sub(1)
            .is_none_or(|last| found.get(last).is_some_and(|one: &(u32, u64)| product < one.1))
        {
            break;
        }
        // Met before by a way that is no weaker: only one with fewer edges leads on.
        let before = walked.get(&person).copied();
        if before.is_none_or(|before| steps < before) {
            walked.insert(person, steps);
            if before.is_none() && person != start {
                found.push((person, product));
            }
            if steps < hops {
                if !budget.pay(1 + graph.outgoing(person).at_most()) {
                    // What was met is a lower bound of what would have been found.
                    growing.known.remove(&start);
                    return (growing.known.into_iter().collect(), false);
                }
                growing.walk(graph, person, product, steps + 1, start);
            }
        }
        next = growing.heap.pop().map(|(product, Reverse(steps), Reverse(person))| (product, steps, person));
    }
    (found, true)
}
