//! Whoever leaves is gone, whatever goes on meanwhile: somebody else acts right before each call of the store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod slip;
mod town;

use pollster::block_on;
use signal_core::model::{PrivacyDials, TrustWeight, Viewer};
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

/// A sweep goes on past the drop of somebody who is erased while it runs.
#[test]
fn a_sweep_outlives_an_author() {
    for calls in 0.. {
        let town = block_on(Town::new());
        town.host.set_now(town.engine.now().plus_days(60));
        let other = town.clone();
        town.slip.at(Moment::After(calls), move || {
            block_on(other.engine.erase(other.ann)).expect("she is erased");
        });
        block_on(town.slipping.settle_due()).expect("the sweep goes on");
        if town.slip.waits() {
            break;
        }
        assert_eq!(block_on(town.slipping.settle_due()).expect("sweeps").open, 0, "before call {calls}");
    }
}

/// A search and a list go on past a circle that closes while they run.
#[test]
fn readers_outlive_a_circle() {
    for calls in 0.. {
        let town = block_on(Town::new());
        let other = town.clone();
        town.slip.at(Moment::After(calls), move || {
            block_on(other.act(&other.engine, 9)).expect("the circle closes");
        });
        block_on(town.slipping.search(Viewer::Operator, "late", 5)).expect("finds what there is");
        block_on(town.slipping.circles(Viewer::Operator)).expect("lists what there is");
        if town.slip.waits() {
            break;
        }
    }
}

#[test]
fn dials_are_set_again_when_something_else_comes_first() {
    let town = block_on(Town::new());
    let other = town.clone();
    town.slip.at(Moment::Before("append"), move || {
        block_on(other.engine.set_trust(other.ann, other.dan, Some(TrustWeight::FULL))).expect("trusts");
    });
    block_on(town.slipping.set_dials(town.ann, PrivacyDials::OPEN)).expect("sets");
    assert_eq!(block_on(town.memory.dials(town.ann)).expect("dials"), Some(PrivacyDials::OPEN));
}
