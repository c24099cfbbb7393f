//! Tracks that are read as others.

use super::fixtures::{at, put_track, track, user};
use super::plays::listen;
use crate::model::{Merge, Same, TrackId};
use crate::store::{Page, Store};

fn merge(from: u32, into: u32, why: Same) -> Merge {
    Merge { from: track(from), into: track(into), why, at: at(7) }
}

async fn all(store: &dyn Store, after: Option<TrackId>, limit: u32) -> Vec<Merge> {
    store.merges(Page { after, limit }).await.expect("merges")
}

pub(super) async fn merges_are_kept_and_undone(store: &dyn Store) {
    assert_eq!(all(store, None, 9).await, []);
    assert_eq!(store.put_merges(&[]).await.expect("merges"), 0);
    let both = [merge(3, 1, Same::Isrc), merge(2, 1, Same::Name)];
    assert_eq!(store.put_merges(&both).await.expect("merges"), 2);
    assert_eq!(store.put_merges(&[merge(3, 2, Same::Mbid)]).await.expect("merges"), 0, "it stays as it is");
    assert_eq!(all(store, None, 9).await, [both[1], both[0]], "sorted");
    assert_eq!(all(store, None, 1).await, [both[1]]);
    assert_eq!(all(store, Some(track(2)), 9).await, [both[0]]);
    assert!(store.remove_merge(track(3)).await.expect("undone"));
    assert!(!store.remove_merge(track(3)).await.expect("nothing to undo"));
    assert_eq!(all(store, None, 9).await, [both[1]]);
}

pub(super) async fn plays_of_one_track_are_plays_of_all_that_are_one_with_it(store: &dyn Store) {
    for n in 1..=4 {
        put_track(store, n).await;
    }
    store.add_listens(&[listen(1, 3, 10)]).await.expect("listens");
    let asked = [track(1), track(2), track(3), track(4)];
    let played = async || store.played(user(1), &asked).await.expect("played");
    assert_eq!(played().await, [false, false, true, false]);
    // A chain, and a circle, which no store need know to be nonsense.
    let chain = [merge(1, 2, Same::Name), merge(2, 3, Same::Name), merge(3, 1, Same::Name)];
    store.put_merges(&chain).await.expect("merges");
    assert_eq!(played().await, [true, true, true, false]);
    assert_eq!(store.played(user(2), &asked).await.expect("played"), [false; 4], "somebody else");
    for n in 1..=3 {
        assert!(store.remove_merge(track(n)).await.expect("undone"));
    }
    assert_eq!(played().await, [false, false, true, false], "as it was");
}
