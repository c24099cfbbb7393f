//! What comes about a person who was erased meanwhile: it is left out, without an error.

use super::fixtures::{accept, artist, at, content, drop_id, leave, put_track, register, track, user};
use super::plays::{count, listen};
use super::state::profile;
use crate::ledger::ContentChange;
use crate::model::{PlayedItem, PrivacyDials, Timestamp};
use crate::store::{Page, SeenMark, Store};

/// Person 1 is gone, person 2 is still there.
async fn erase(store: &dyn Store) {
    put_track(store, 1).await;
    accept(store, &[register(1, 0), register(2, 0)]).await;
    let batch = leave(store, 1, 1).await;
    accept(store, &[batch]).await;
}

pub(super) async fn late_listens_are_left_out(store: &dyn Store) {
    erase(store).await;
    let listens = [listen(1, 1, 0), listen(2, 1, 0), listen(1, 1, 5)];
    assert_eq!(store.add_listens(&listens).await.expect("listens"), 1, "one of them is new");
    assert_eq!(store.add_listens(&listens).await.expect("listens"), 0, "and known from then on");
    assert_eq!(store.listens(user(1), Timestamp::MAX, 9).await.expect("listens"), []);
    assert_eq!(store.listens(user(2), Timestamp::MAX, 9).await.expect("listens").len(), 1);
    assert_eq!(store.played(user(1), &[track(1)]).await.expect("played"), [false]);
    assert_eq!(store.history_totals().await.expect("totals").listens, 1);
}

pub(super) async fn late_play_counts_are_left_out(store: &dyn Store) {
    erase(store).await;
    let (of_artist, of_track) = (PlayedItem::Artist(artist(1)), PlayedItem::Track(track(1)));
    let counts = [count(1, of_artist, "a", 3), count(2, of_artist, "a", 4), count(1, of_track, "a", 5)];
    assert_eq!(store.add_play_counts(&counts).await.expect("play counts"), 1);
    assert_eq!(store.add_play_counts(&counts).await.expect("play counts"), 0);
    assert_eq!(store.play_counts(user(1)).await.expect("play counts"), []);
    assert_eq!(store.play_counts(user(2)).await.expect("play counts"), counts[1..2]);
    assert_eq!(store.history_totals().await.expect("totals").counted_plays, 4);
}

pub(super) async fn late_marks_are_left_out(store: &dyn Store) {
    erase(store).await;
    let mark = |n| SeenMark { user: user(n), drop: drop_id(1), at: at(2) };
    assert_eq!(store.mark_seen(&[mark(1), mark(2)]).await.expect("marks"), 1);
    assert_eq!(store.seen_of(user(1)).await.expect("marks"), []);
    assert_eq!(store.shown_to(drop_id(1), at(9)).await.expect("shown to"), 1);
}

pub(super) async fn late_profiles_are_left_out(store: &dyn Store) {
    erase(store).await;
    store.put_profiles(&[profile(1), profile(2)]).await.expect("profiles");
    store.put_profiles(&[profile(1)]).await.expect("profiles");
    assert_eq!(store.profile(user(1)).await.expect("a profile"), None);
    let all = store.profiles(Page { after: None, limit: 9 }).await.expect("profiles");
    assert_eq!(all, [profile(2)]);
}

pub(super) async fn late_mutes_are_left_out(store: &dyn Store) {
    erase(store).await;
    assert!(!store.mute(user(1), user(2), 9).await.expect("mutes"));
    assert!(!store.mute(user(2), user(1), 9).await.expect("mutes"));
    assert_eq!(store.muted_by(user(1)).await.expect("mutes"), []);
    assert_eq!(store.muted_by(user(2)).await.expect("mutes"), []);
}

pub(super) async fn late_secrets_are_left_out(store: &dyn Store) {
    erase(store).await;
    for n in [1, 2] {
        store.put_secret(user(n), "spotify", "refresh", b"sealed").await.expect("a ciphertext is set");
    }
    assert_eq!(store.secret(user(1), "spotify", "refresh").await.expect("a ciphertext"), None);
    let other = store.secret(user(2), "spotify", "refresh").await.expect("a ciphertext");
    assert_eq!(other, Some(b"sealed".to_vec()));
}

pub(super) async fn late_dials_are_left_out(store: &dyn Store) {
    erase(store).await;
    let set = |n| ContentChange::SetDials { user: user(n), dials: PrivacyDials::OPEN };
    accept(store, &[content(vec![set(1), set(2)])]).await;
    assert_eq!(store.dials(user(1)).await.expect("dials"), None);
    assert_eq!(store.dials(user(2)).await.expect("dials"), Some(PrivacyDials::OPEN));
    // In the group of the erasure, before and after it.
    let group = [content(vec![set(2)]), leave(store, 2, 3).await, content(vec![set(2)])];
    accept(store, &group).await;
    assert_eq!(store.dials(user(2)).await.expect("dials"), None);
}
