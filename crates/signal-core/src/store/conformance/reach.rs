//! Reach along trust edges, for stores that search by themselves.

use super::fixtures::{accept, content, user, weight};
use super::random::Dice;
use crate::ledger::ContentChange;
use crate::store::Store;
use crate::trust::{MAX_HOPS, PathLimits, TrustGraph, reach};

const PEOPLE: u32 = 14;
const GRAPHS: u64 = 12;

/// Graph after graph grows in the store; every answer is the core's, product for product and in its order. Few
/// distinct weights make ties, and equal products by paths of different lengths.
pub(super) async fn random_graphs_are_searched_as_the_core_does(store: &dyn Store) {
    let mut dice = Dice::new(3);
    for round in 0..GRAPHS {
        let changes = (0..25).map(|_| change(&mut dice)).collect();
        accept(store, &[content(changes)]).await;
        let mut graph = TrustGraph::default();
        for person in 0..PEOPLE {
            for edge in store.edges_from(user(person)).await.expect("edges") {
                graph.set(edge.from, edge.to, Some(edge.weight));
            }
        }
        for person in 0..=PEOPLE {
            for hops in 0..=MAX_HOPS + 1 {
                for most in [1, 5, 100] {
                    let limits = PathLimits { hops, edges: 1_000_000 };
                    let found = store.reach(user(person), limits, most).await.expect("a search");
                    let expected = reach(&graph, user(person), limits, most as usize);
                    assert_eq!(
                        found, expected,
                        "round {round}, person {person}, {hops} edges, {most} people"
                    );
                }
            }
        }
    }
}

fn change(dice: &mut Dice) -> ContentChange {
    let (from, to) = (dice.below(PEOPLE), dice.below(PEOPLE - 1));
    let (from, to) = (user(from), user(if to < from { to } else { to + 1 }));
    match dice.below(6) {
        0 => ContentChange::RemoveEdge { from, to },
        1 => ContentChange::SetEdge {
            from,
            to,
            weight: weight(u16::try_from(dice.below(10_000)).expect("small") + 1),
        },
        kind => ContentChange::SetEdge {
            from,
            to,
            weight: weight([10_000, 5_000, 2_500, 8_000][kind as usize - 2]),
        },
    }
}

/// A hub whom many follow, and who follows many: the answer is not complete, nobody is named too strong, and no more is looked
/// at than allowed.
pub(super) async fn a_search_that_may_not_look_far_says_so(store: &dyn Store) {
    let set = |from, to| ContentChange::SetEdge { from: user(from), to: user(to), weight: weight(5_000) };
    let edges = std::iter::once(set(1, 2)).chain((10..200).flat_map(|n| [set(2, n), set(n, 2)]));
    accept(store, &[content(edges.collect())]).await;
    let search =
        async |edges| store.reach(user(1), PathLimits { hops: 3, edges }, 1_000).await.expect("a search");
    let whole = search(1_000).await;
    assert!(whole.complete);
    assert_eq!(whole.people.len(), 191);
    for edges in [0, 1, 50, 190] {
        let part = search(edges).await;
        assert!(!part.complete, "{edges} edges");
        assert!(part.people.len() <= edges as usize + 1, "{edges} edges");
        for one in &part.people {
            assert!(whole.people.iter().any(|best| best.user == one.user && best.product >= one.product));
        }
    }
}
