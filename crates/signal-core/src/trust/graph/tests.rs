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
fn people_are_numbered_by_how_many_they_trust_then_by_id() {
    let people = [3, 1, 2].map(user).to_vec();
    let edges = [(0, 1, weight(1)), (0, 9, weight(2)), (0, 1, weight(3)), (1, 1, weight(4))];
    let graph = TrustGraph::from_numbered(people, &edges);
    assert_eq!(graph.people().map(|(user, _)| user).collect::<Vec<_>>(), [3, 1, 2].map(user));
    assert_eq!(graph.by_id(), [1, 2, 0]);
    assert_eq!(forward(&graph), Edges::from([((user(3), user(1)), 3)]));
}

/// More people than near numbers, so that rows have far ends, some of them only far ones; some pairs come twice.
#[test]
fn far_ends_are_edges_like_all_others() {
    let people: Vec<UserId> = (0..70_000).map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10])).collect();
    let mut state = 7u64;
    let mut roll = |most: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % u64::from(most)).unwrap()
    };
    for twice in [false, true] {
        let mut given = BTreeMap::new();
        let mut edges = Vec::new();
        for _ in 0..200_000 {
            let (from, to, w) = (roll(70_000), roll(70_000), 1 + roll(9_999));
            if from != to && (twice || !given.contains_key(&(from, to))) {
                given.insert((from, to), u16::try_from(w).unwrap());
                edges.push((from, to, weight(u16::try_from(w).unwrap())));
            }
        }
        let of = |place: u32| people[place as usize];
        let expected: Edges = given.iter().map(|(&(from, to), &w)| ((of(from), of(to)), w)).collect();
        let mut graph = TrustGraph::from_numbered(people.clone(), &edges);
        let far = (0..70_000).map(|person| graph.incoming_packed(person)).filter(|row| !row.far.is_empty());
        assert!(far.filter(|row| row.near.is_empty()).count() > 10);
        assert!(forward(&graph) == expected && backward(&graph) == expected);
        assert!(expected.iter().all(|(&(from, to), &w)| graph.weight(from, to) == Some(weight(w))));
        let (&(from, to), _) = expected.iter().nth(1_000).unwrap();
        graph.set(from, to, None);
        graph.set(of(69_999), of(3), Some(weight(5)));
        let changed = forward(&graph);
        assert!(!changed.contains_key(&(from, to)) && changed[&(of(69_999), of(3))] == 5);
        assert!(forward(&graph.merged()) == changed && backward(&graph.merged()) == changed);
    }
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
        let ids: Vec<UserId> = merged.by_id().iter().filter_map(|number| merged.user(*number)).collect();
        prop_assert_eq!(&ids, &people.into_iter().collect::<Vec<_>>());
        prop_assert!((0..merged.numbers()).map(|number| merged.outgoing(number).degree()).is_sorted_by(|a, b| a >= b));
        let anew = TrustGraph::from_edges(model.iter().map(|(&(from, to), &w)| (from, to, weight(w))));
        let known = |graph: &TrustGraph| -> Vec<UserId> {
            let linked = |index: &u32| graph.outgoing(*index).degree() + graph.incoming(*index).degree() > 0;
            graph.people().filter(|(_, index)| linked(index)).map(|(user, _)| user).collect()
        };
        prop_assert_eq!(known(&merged), known(&anew));
        prop_assert_eq!(&backward(&merged), &model);
        prop_assert_eq!(&forward(&merged), &model);
    }
}
