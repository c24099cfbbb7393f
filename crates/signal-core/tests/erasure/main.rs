//! Whoever leaves is gone, whatever goes on meanwhile: somebody else acts right before each call of the store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod slip;
mod town;

use pollster::block_on;
use signal_core::store::{ContentStore, LedgerStore};
use slip::Moment;
use town::Town;

/// Every act at every moment of an erasure.
#[test]
fn nothing_that_slips_into_an_erasure_stays() {
    for act in 0..Town::ACTS {
        for calls in 0.. {
            let town = block_on(Town::new());
            let other = town.clone();
            town.slip.at(Moment::After(calls), move || {
                let _done_or_refused = block_on(other.act(&other.engine, act));
            });
            block_on(town.slipping.erase(town.ann)).expect("she is erased");
            if town.slip.waits() {
                break;
            }
            block_on(town.check(act, &format!("act {act} before call {calls}")));
        }
    }
}

/// An erasure at every moment of every act.
#[test]
fn nothing_that_goes_on_during_an_erasure_stays() {
    for act in 0..Town::ACTS {
        for calls in 0.. {
            let town = block_on(Town::new());
            let other = town.clone();
            town.slip.at(Moment::After(calls), move || {
                block_on(other.engine.erase(other.ann)).expect("she is erased");
            });
            let _done_or_refused = block_on(town.act(&town.slipping, act));
            if town.slip.waits() {
                break;
            }
            block_on(town.check(act, &format!("erased before call {calls} of act {act}")));
        }
    }
}

#[test]
fn an_edge_that_slips_in_before_the_append_loses_its_body() {
    let town = block_on(Town::new());
    let other = town.clone();
    let before = block_on(town.memory.head()).expect("head").size;
    town.slip.at(Moment::Before("append"), move || {
        block_on(other.act(&other.engine, 1)).expect("dan trusts ann");
    });
    block_on(town.slipping.erase(town.ann)).expect("she is erased");
    let entries = block_on(town.memory.entries(before, 9)).expect("entries");
    let kinds: Vec<_> = entries.iter().map(|entry| entry.leaf().expect("a leaf").kind.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"trust.set"), "it did slip in: {kinds:?}");
    assert_eq!(kinds.last(), Some(&"user.erased"), "{kinds:?}");
    assert!(entries[0].body.is_none(), "nothing is left of what it said");
    assert_eq!(block_on(town.memory.edges_to(town.ann)).expect("edges"), []);
}

/// The other edges of the same person are recorded all the same.
#[test]
fn an_import_leaves_out_who_left_meanwhile() {
    let town = block_on(Town::new());
    let other = town.clone();
    town.slip.at(Moment::Before("append"), move || {
        block_on(other.engine.erase(other.ann)).expect("she is erased");
    });
    let answer = block_on(town.import_edges(&town.slipping)).expect("imports");
    assert!(!town.slip.waits());
    assert_eq!((answer.trust_edges, answer.trust_edges_new), (2, 1));
    let edges = block_on(town.memory.edges_from(town.dan)).expect("edges");
    assert_eq!(edges.iter().map(|edge| edge.to).collect::<Vec<_>>(), [town.bob]);
    block_on(town.check(3, "an import"));
}
