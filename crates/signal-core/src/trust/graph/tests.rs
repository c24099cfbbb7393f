use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::model::Timestamp;

fn user(n: u8) -> UserId {
    UserId::new(Timestamp::from_seconds(1), [n; 10])
}

fn weight(w: u16) -> TrustWeight {
    TrustWeight::from_ten_thousandths(w).unwrap()
}

type Edges = BTreeMap<(UserId, UserId), u16>;

fn forward(graph: &TrustGraph) -> Edges {
    let of = |(from, index)| {
        graph
            .outgoing(index)
            .map(move |(to, weight)| ((from, graph.user(to).unwrap()), weight))
            .collect::<Vec<_>>()
    };
    graph.people().flat_map(of).collect()
}

fn backward(graph: &TrustGraph) -> Edges {
    let of = |(to, index)| {
        graph
            .incoming(index)
            .map(move |(from, weight)| ((graph.user(from).unwrap(), to), weight))
            .collect::<Vec<_>>()
    };
    graph.people().flat_map(of).collect()
}

#[test]
fn a_removed_person_leaves_no_edge_and_no_number() {
    let mut graph = TrustGraph::from_edges([
        (user(1), user(2), weight(5_000)),
        (user(2), user(3), weight(5_000)),
        (user(3), user(1), weight(5_000)),
    ]);
    graph.remove_user(user(2));
    assert_eq!((graph.users(), graph.edges(), graph.index(user(2))), (2, 1, None));
    graph.set(user(4), user(1), Some(TrustWeight::FULL));
    assert_eq!(graph.weight(user(4), user(1)), Some(TrustWeight::FULL));
    assert_eq!(graph.weight(user(2), user(3)), None);
    graph.add_user(user(2));
    assert_eq!((graph.users(), graph.edges()), (4, 2));
    assert_eq!(graph.outgoing(graph.index(user(2)).unwrap()).count(), 0);
}

#[test]
fn people_out_of_order_are_put_in_order() {
    let people = [3, 1, 2].map(user).to_vec();
    let edges = [(0, 1, weight(1)), (0, 9, weight(2)), (0, 1, weight(3)), (1, 1, weight(4))];
    let graph = TrustGraph::from_numbered(people, &edges);
    assert_eq!(graph.people().map(|(user, _)| user).collect::<Vec<_>>(), [1, 2, 3].map(user));
    assert_eq!(forward(&graph), Edges::from([((user(3), user(1)), 3)]));
}

#[test]
fn what_comes_during_a_merge_is_not_lost() {
    let mut graph = TrustGraph::from_edges([(user(5), user(6), weight(1))]);
    graph.set(user(1), user(2), Some(weight(2)));
    let (start, merged) = (graph.clone(), graph.merged());
    graph.set(user(2), user(3), Some(weight(3)));
    graph.remove_user(user(6));
    graph.set(user(1), user(2), None);
    let expected = forward(&graph);
    assert!(graph.adopt(&start, merged.clone()));
    assert_eq!(forward(&graph), expected);
    assert_eq!((graph.changes(), graph.users(), graph.edges()), (3, 4, 1));
    assert!(!graph.adopt(&start, merged));
    assert_eq!(forward(&graph), expected);
}

#[test]
fn readers_see_whole_updates_while_merges_run() {
    let shared = SharedGraph::new(TrustGraph::default());
    let rounds = 200u8;
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 0..rounds {
                shared.update(|graph| {
                    graph.set(user(round), user(round + 1), Some(weight(1)));
                    graph.set(user(round + 1), user(round), Some(weight(1)));
                });
                if round % 16 == 0 {
                    shared.merge();
                }
            }
        });
        let merger = scope.spawn(|| (0..40).for_each(|_| shared.merge()));
        let mut before = 0;
        while !writer.is_finished() {
            let graph = shared.load();
            let edges = graph.edges();
            assert!(edges.is_multiple_of(2) && edges >= before, "half an update: {edges} after {before}");
            before = edges;
        }
        merger.join().unwrap();
    });
    assert_eq!(shared.load().edges(), 2 * usize::from(rounds));
}

#[test]
fn the_size_is_what_the_arrays_take() {
    let edges: Vec<_> = (0..100u8).map(|n| (user(n), user(n + 1), weight(1))).collect();
    let graph = TrustGraph::from_edges(edges);
    let rows = 2 * (100 * 6 + 102 * 4);
    let people = 101 * 16 + 128 * 21 + 101 * 4;
    assert!((rows + people..=2 * (rows + people)).contains(&graph.bytes()), "{} bytes", graph.bytes());
}

proptest! {
    /// A map of pairs is the model: bulk, one by one, removal, merging and both directions all agree with it.
    #[test]
    fn the_graph_is_the_map_of_its_edges(
        bulk in prop::collection::vec((0u8..8, 0u8..8, 1u16..=10_000), 0..40),
        steps in prop::collection::vec((0u8..12, 0u8..12, prop::option::of(1u16..=10_000), 0u8..12), 0..40),
    ) {
        let edges = bulk.iter().map(|&(from, to, w)| (user(from), user(to), weight(w)));
        let mut graph = TrustGraph::from_edges(edges.clone());
        let mut model: Edges =
            edges.filter(|e| e.0 != e.1).map(|(f, t, w)| ((f, t), w.ten_thousandths())).collect();
        let mut people: BTreeSet<UserId> = bulk.iter().flat_map(|e| [user(e.0), user(e.1)]).collect();
        for (from, to, change, kind) in steps {
            let (from, to) = (user(from), user(to));
            match kind {
                0 => {
                    graph.remove_user(from);
                    model.retain(|(a, b), _| *a != from && *b != from);
                    people.remove(&from);
                }
                1 => graph = graph.merged(),
                2 => {
                    graph.add_user(to);
                    people.insert(to);
                }
                _ => {
                    graph.set(from, to, change.map(weight));
                    match change {
                        Some(w) if from != to => {
                            people.extend([from, to]);
                            model.insert((from, to), w.min(10_000));
                        }
                        _ => { model.remove(&(from, to)); }
                    }
                }
            }
        }
        prop_assert_eq!(graph.edges(), model.len());
        prop_assert_eq!(graph.users(), people.len());
        for (&(from, to), &w) in &model {
            prop_assert_eq!(graph.weight(from, to), Some(weight(w)));
        }
        prop_assert_eq!(&backward(&graph), &model);
        prop_assert_eq!(&forward(&graph), &model);
        let merged = graph.merged();
        let ids: Vec<UserId> = merged.people().map(|(user, _)| user).collect();
        prop_assert_eq!(ids, people.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(&backward(&merged), &model);
        prop_assert_eq!(&forward(&merged), &model);
    }
}
