//! Strongly connected components (Tarjan, SIAM Journal on Computing 1972), without recursion: a chain of praise can be
//! as long as the community is large.

use std::collections::BTreeMap;

/// What is known of a node on its first visit.
#[derive(Clone, Copy)]
struct Mark {
    order: usize,
    low: usize,
    open: bool,
}

/// The strongly connected components among `nodes` of a graph, each sorted, in the order of their smallest node.
/// Edges that lead out of `nodes` are ignored.
pub(super) fn components(nodes: &[usize], edges: &dyn Fn(usize) -> Vec<usize>) -> Vec<Vec<usize>> {
    let mut search = Search { marks: nodes.iter().map(|node| (*node, None)).collect(), ..Search::default() };
    for &node in nodes {
        search.visit(node, edges);
    }
    search.found.sort_unstable();
    search.found
}

#[derive(Default)]
struct Search {
    /// Every node of the search; `None` until visited.
    marks: BTreeMap<usize, Option<Mark>>,
    visited: usize,
    open: Vec<usize>,
    found: Vec<Vec<usize>>,
}

impl Search {
    fn visit(&mut self, root: usize, edges: &dyn Fn(usize) -> Vec<usize>) {
        if !self.enter(root) {
            return;
        }
        let mut path = vec![(root, edges(root))];
        while let Some((node, rest)) = path.last_mut() {
            let node = *node;
            if let Some(next) = rest.pop() {
                if self.enter(next) {
                    path.push((next, edges(next)));
                } else if let Some(mark) = self.mark(next).filter(|mark| mark.open) {
                    self.lower(node, mark.order);
                }
                continue;
            }
            path.pop();
            let Some(mark) = self.mark(node) else { continue };
            if let Some((parent, _)) = path.last() {
                self.lower(*parent, mark.low);
            }
            if mark.low == mark.order {
                self.close(node);
            }
        }
    }

    fn mark(&self, node: usize) -> Option<Mark> {
        self.marks.get(&node).copied().flatten()
    }

    /// Marks a node on its first visit; false when it was visited before or is none of ours.
    fn enter(&mut self, node: usize) -> bool {
        match self.marks.get_mut(&node) {
            Some(mark @ None) => {
                *mark = Some(Mark { order: self.visited, low: self.visited, open: true });
                self.visited += 1;
                self.open.push(node);
                true
            }
            _ => false,
        }
    }

    fn lower(&mut self, node: usize, low: usize) {
        if let Some(Some(mark)) = self.marks.get_mut(&node) {
            mark.low = mark.low.min(low);
        }
    }

    /// Everything opened since `root` is a component.
    fn close(&mut self, root: usize) {
        let mut component = Vec::new();
        while let Some(node) = self.open.pop() {
            if let Some(Some(mark)) = self.marks.get_mut(&node) {
                mark.open = false;
            }
            component.push(node);
            if node == root {
                break;
            }
        }
        component.sort_unstable();
        self.found.push(component);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(nodes: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
        let all: Vec<usize> = (0..nodes).collect();
        components(&all, &|node| edges.iter().filter(|edge| edge.0 == node).map(|edge| edge.1).collect())
    }

    #[test]
    fn two_cycles_joined_one_way_are_two() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 5), (4, 99)];
        assert_eq!(of(6, &edges), [vec![0, 1, 2], vec![3, 4], vec![5]]);
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let all: Vec<usize> = (0..200_000).collect();
        let found = components(&all, &|node| vec![(node + 1) % 200_000]);
        assert_eq!(found.len(), 1);
    }

    proptest! {
        /// Two nodes share a component exactly when each reaches the other.
        #[test]
        fn components_are_mutual_reach(edges in prop::collection::vec((0usize..8, 0usize..8), 0..24)) {
            let mut reach: BTreeSet<(usize, usize)> = edges.iter().copied().collect();
            for (via, from, to) in (0..512).map(|n| (n / 64, n / 8 % 8, n % 8)) {
                if reach.contains(&(from, via)) && reach.contains(&(via, to)) {
                    reach.insert((from, to));
                }
            }
            let found = of(8, &edges);
            let home = |node: usize| found.iter().position(|component| component.contains(&node)).unwrap();
            for (a, b) in (0..64).map(|n| (n / 8, n % 8)) {
                let mutual = a == b || (reach.contains(&(a, b)) && reach.contains(&(b, a)));
                prop_assert_eq!(home(a) == home(b), mutual);
            }
        }
    }
}
