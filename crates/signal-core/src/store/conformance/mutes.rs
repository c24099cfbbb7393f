//! Whom people mute.

use super::fixtures::{accept, content, user};
use crate::ledger::{Batch, ContentChange};
use crate::model::UserId;
use crate::store::Store;

async fn muted(store: &dyn Store, n: u32) -> Vec<UserId> {
    store.muted_by(user(n)).await.expect("mutes")
}

pub(super) async fn mutes_are_kept_up_to_a_limit(store: &dyn Store) {
    let mute = async |target, most| store.mute(user(1), user(target), most).await.expect("mutes");
    assert_eq!(muted(store, 1).await, []);
    assert!(!mute(2, 0).await, "no room at all");
    assert!(mute(4, 2).await && mute(3, 2).await);
    assert!(!mute(2, 2).await, "no room for a third");
    assert!(mute(3, 2).await, "who is muted already needs no room");
    assert_eq!(muted(store, 1).await, [user(3), user(4)], "sorted");
    assert_eq!((muted(store, 3).await, muted(store, 4).await), (vec![], vec![]), "one way only");
    store.unmute(user(1), user(4)).await.expect("unmutes");
    store.unmute(user(1), user(4)).await.expect("unmutes again");
    assert!(mute(2, 2).await, "room again");
    assert_eq!(muted(store, 1).await, [user(2), user(3)]);
}

pub(super) async fn mutes_go_with_either_person(store: &dyn Store) {
    for (one, other) in [(1, 2), (2, 1), (1, 3), (2, 3), (3, 2)] {
        assert!(store.mute(user(one), user(other), 9).await.expect("mutes"));
    }
    let erase = |n, keep_drops| -> Batch {
        content(vec![ContentChange::Erase { user: user(n), redacted: vec![], keep_drops }])
    };
    accept(store, &[erase(1, false)]).await;
    assert_eq!(muted(store, 1).await, []);
    assert_eq!((muted(store, 2).await, muted(store, 3).await), (vec![user(3)], vec![user(2)]));
    accept(store, &[erase(3, true)]).await;
    assert_eq!((muted(store, 2).await, muted(store, 3).await), (vec![], vec![]));
}
