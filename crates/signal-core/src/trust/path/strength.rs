//! The strongest path between two people.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

use super::{Budget, ONE, PathLimits, extend, fraction};
use crate::model::UserId;
use crate::trust::graph::{Row, TrustGraph};

/// The strongest path from one person to another.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustPath {
    /// The product of the weights, in (0, 1].
    pub strength: f64,
    /// The same product, exact, in units of 10⁻¹⁶; two paths are equally strong when these are equal.
    pub product: u64,
    /// The people on the path, from *a* to *b*, both included.
    pub users: Vec<UserId>,
}

/// What a search for a path found.
#[derive(Debug, Clone, PartialEq)]
pub struct PathSearch {
    /// The strongest path; `None` when there is none.
    pub path: Option<TrustPath>,
    /// Whether everything was looked at that could have been better. When not, the path is a real one and the
    /// strongest of those that were looked at.
    pub complete: bool,
}

/// The strongest path from `a` to `b` within the limits. From a person to the same person it is 1, known to the graph
/// or not.
///
/// Looks from both ends. For 3 edges every pair of somebody whom `a` trusts and somebody who trusts `b` is a
/// candidate; pairs come heaviest first, and those that could not beat the best path so far are passed over unseen. So
/// a typical question costs microseconds, and the worst one O(min(edges two steps from `a`, d · d · log d)) for d
/// edges a person, and never more than `limits.edges`.
///
/// ```
/// use signal_core::model::{Timestamp, TrustWeight, UserId};
/// use signal_core::trust::{PathLimits, TrustGraph, strength};
///
/// let [ann, ben, cleo] = [1, 2, 3].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let half = TrustWeight::from_fraction(0.5)?;
/// let graph = TrustGraph::from_edges([(ann, ben, half), (ben, cleo, half)]);
/// let path = strength(&graph, ann, cleo, PathLimits::unbounded(3)).path.expect("there is a path");
/// assert_eq!((path.strength, path.users), (0.25, vec![ann, ben, cleo]));
/// # Ok::<(), signal_core::model::InvalidNumber>(())
/// ```
pub fn strength(graph: &TrustGraph, a: UserId, b: UserId, limits: PathLimits) -> PathSearch {
    if a == b {
        let path = TrustPath { strength: 1.0, product: ONE, users: vec![a] };
        return PathSearch { path: Some(path), complete: true };
    }
    let (Some(from), Some(to)) = (graph.index(a), graph.index(b)) else {
        return PathSearch { path: None, complete: true };
    };
    let mut search = Search { graph, from, to, best: None, budget: Budget::new(limits) };
    let complete = search.run(limits.hops());
    let path = search.best.map(|best| TrustPath {
        strength: fraction(best.product),
        product: best.product,
        users: std::iter::once(a)
            .chain(best.between().filter_map(|person| graph.user(person)))
            .chain([b])
            .collect(),
    });
    PathSearch { path, complete }
}

/// A path between the two ends.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    product: u64,
    /// People between the ends, from `a` on; only the first `steps` count.
    people: [u32; 3],
    steps: usize,
}

impl Candidate {
    fn between(&self) -> impl Iterator<Item = u32> + '_ {
        self.people.iter().take(self.steps).copied()
    }
}

/// Somebody whom `a` trusts: by the most that a path over them could be worth, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct First {
    bound: u64,
    person: Reverse<u32>,
    product: u64,
}

struct Search<'g> {
    graph: &'g TrustGraph,
    from: u32,
    to: u32,
    best: Option<Candidate>,
    budget: Budget,
}

impl<'g> Search<'g> {
    /// Looks at paths of 1, 2 … edges; false when the budget did not suffice.
    fn run(&mut self, hops: u8) -> bool {
        if hops == 0 {
            return true;
        }
        if let Some(weight) = self.graph.find(self.from, self.to) {
            self.offer(extend(ONE, weight), &[]);
        }
        let (out, back) = (self.graph.outgoing(self.from), self.graph.incoming(self.to));
        if hops >= 2 && !self.over_one(&out, &back) {
            return false;
        }
        if hops >= 3 && !self.over_two(&out, &back) {
            return false;
        }
        hops < 4 || self.over_three(&out, &back)
    }

    fn product(&self) -> u64 {
        self.best.map_or(0, |best| best.product)
    }

    /// Whether a path of this product and these people (as far as they are known) cannot be better than the best.
    fn beaten(&self, product: u64, people: &[u32], steps: usize) -> bool {
        let Some(best) = &self.best else { return product == 0 };
        match product.cmp(&best.product).then(best.steps.cmp(&steps)) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal => {
                let mut order =
                    people.iter().zip(&best.people).map(|(mine, theirs)| self.graph.order(*mine, *theirs));
                match order.find(|order| order.is_ne()) {
                    Some(order) => order.is_gt(),
                    None => people.len() == steps,
                }
            }
        }
    }

    fn offer(&mut self, product: u64, people: &[u32]) {
        if self.beaten(product, people, people.len()) {
            return;
        }
        let mut between = [0; 3];
        for (place, person) in between.iter_mut().zip(people) {
            *place = *person;
        }
        self.best = Some(Candidate { product, people: between, steps: people.len() });
    }

    /// Paths a → x → b: both rows are sorted, the shorter one is looked up in the longer.
    fn over_one(&mut self, out: &Row<'g>, back: &Row<'g>) -> bool {
        if !self.budget.pay(out.at_most().min(back.at_most())) {
            return false;
        }
        let (short, long) = if out.at_most() <= back.at_most() { (out, back) } else { (back, out) };
        for (person, weight) in short.clone() {
            if self.beaten(extend(ONE, weight), &[person], 1) {
                continue;
            }
            if let Some(other) = long.find(person) {
                self.offer(extend(extend(ONE, weight), other), &[person]);
            }
        }
        true
    }

    /// Paths a → x → y → b: the x come by the most that a path over them could be worth.
    fn over_two(&mut self, out: &Row<'g>, back: &Row<'g>) -> bool {
        let last = self.graph.heaviest_in(self.to);
        if !self.budget.pay(out.at_most()) {
            return false;
        }
        let firsts = out.clone().filter_map(|(person, weight)| {
            let product = extend(ONE, weight);
            let bound = extend(extend(product, self.graph.heaviest_out(person)), last);
            let first = First { bound, person: Reverse(person), product };
            (!self.beaten(bound, &[person], 2)).then_some(first)
        });
        let mut firsts: BinaryHeap<First> = firsts.collect();
        while let Some(first) = firsts.pop() {
            if first.bound < self.product() {
                break;
            }
            if !self.beaten(first.bound, &[first.person.0], 2) && !self.over_first(&first, back, last) {
                return false;
            }
        }
        true
    }

    /// Paths a → x → y → b over one x: looks y up from the side that has fewer.
    fn over_first(&mut self, first: &First, back: &Row<'g>, last: u16) -> bool {
        let x = first.person.0;
        let row = self.graph.outgoing(x);
        if back.at_most() <= row.at_most() {
            let most = extend(first.product, self.graph.heaviest_out(x));
            if !self.budget.pay(back.at_most()) {
                return false;
            }
            for (y, weight) in back.clone() {
                if y == self.from || self.beaten(extend(most, weight), &[x, y], 2) {
                    continue;
                }
                if let Some(middle) = row.find(y) {
                    self.offer(extend(extend(first.product, middle), weight), &[x, y]);
                }
            }
        } else {
            if !self.budget.pay(row.at_most()) {
                return false;
            }
            for (y, middle) in row {
                let so_far = extend(first.product, middle);
                if self.beaten(extend(so_far, last), &[x, y], 2) {
                    continue;
                }
                if let Some(weight) = back.find(y) {
                    self.offer(extend(so_far, weight), &[x, y]);
                }
            }
        }
        true
    }

    /// Paths a → x → m → y → b: the best way to every m from `a`, then from there to `b`.
    fn over_three(&mut self, out: &Row<'g>, back: &Row<'g>) -> bool {
        let last = self.graph.heaviest_in(self.to);
        let mut middles: BTreeMap<u32, (u64, u32)> = BTreeMap::new();
        for (x, weight) in out.clone() {
            let row = self.graph.outgoing(x);
            if !self.budget.pay(1 + row.at_most()) {
                return false;
            }
            for (m, second) in row {
                let product = extend(extend(ONE, weight), second);
                if m == self.from || self.beaten(extend(product, last), &[x, m], 3) {
                    continue;
                }
                let way = middles.entry(m).or_insert((product, x));
                if product > way.0 || (product == way.0 && self.graph.order(x, way.1).is_lt()) {
                    *way = (product, x);
                }
            }
        }
        for (y, weight) in back.clone() {
            let row = self.graph.incoming(y);
            if !self.budget.pay(1 + row.at_most()) {
                return false;
            }
            for (m, third) in row {
                if let Some(&(product, x)) = middles.get(&m) {
                    self.offer(extend(extend(product, third), weight), &[x, m, y]);
                }
            }
        }
        true
    }
}
