//! What people have played, were shown, and played because of it.

use super::fixtures::{artist, at, drop_id, track, user};
use super::plays::{count, listen};
use crate::model::{Listen, PlayAfter, PlayedItem};
use crate::store::{SeenMark, Store};

pub(super) async fn played_tracks_are_told(store: &dyn Store) {
    store.add_listens(&[listen(1, 1, 0), listen(2, 3, 0)]).await.expect("listens");
    let counts =
        [count(1, PlayedItem::Track(track(2)), "a", 1), count(1, PlayedItem::Artist(artist(4)), "a", 1)];
    store.add_play_counts(&counts).await.expect("play counts");
    let asked = [track(3), track(2), track(1), track(4), track(1)];
    assert_eq!(store.played(user(1), &asked).await.expect("played"), [false, true, true, false, true]);
}

fn mark(n: u32, drop: u32, seconds: i64) -> SeenMark {
    SeenMark { user: user(n), drop: drop_id(drop), at: at(seconds) }
}

pub(super) async fn marks_count_once(store: &dyn Store) {
    let marks = [mark(1, 2, 5), mark(1, 1, 6), mark(2, 2, 7), mark(1, 2, 1)];
    assert_eq!(store.mark_seen(&marks).await.expect("marks"), 3);
    assert_eq!(store.mark_seen(&[mark(1, 2, 0), mark(3, 2, 9)]).await.expect("marks"), 1);
    let asked = [drop_id(2), drop_id(3), drop_id(1)];
    assert_eq!(store.seen(user(1), &asked).await.expect("marks"), [true, false, true]);
    assert_eq!(
        store.seen_of(user(1)).await.expect("marks"),
        [mark(1, 1, 6), mark(1, 2, 5)],
        "the first time counts"
    );
    let shown = async |seconds| store.shown_to(drop_id(2), at(seconds)).await.expect("shown to");
    assert_eq!((shown(5).await, shown(6).await, shown(100).await), (0, 1, 3));
}

pub(super) async fn plays_after_a_drop_are_told(store: &dyn Store) {
    const DAY: i64 = 86_400;
    let marks = [1, 2, 3, 4, 5, 6].map(|n| mark(n, 1, 100));
    store.mark_seen(&marks).await.expect("marks");
    store.mark_seen(&[mark(7, 2, 100), mark(1, 2, 150)]).await.expect("marks");
    let cut = |listen: Listen, played_ms| Listen { played_ms, ..listen };
    let listens = [
        listen(1, 1, 100),
        cut(listen(1, 1, 200), None),
        cut(listen(2, 1, 100 + 30 * DAY - 1), Some(7)),
        listen(3, 1, 99),
        listen(4, 1, 100 + 30 * DAY),
        listen(5, 2, 200),
        listen(7, 1, 200),
        listen(8, 1, 200),
    ];
    store.add_listens(&listens).await.expect("listens");
    let after = |n: u32, drop, shown: i64, seconds: i64, played_ms| PlayAfter {
        drop: drop_id(drop),
        track: track(1),
        user: user(n),
        shown_at: at(shown),
        start: at(seconds),
        played_ms,
    };
    let asked = [(1, 9), (1, 1), (2, 1), (9, 1), (1, 1)].map(|(drop, n)| (drop_id(drop), track(n)));
    let told = async |days| store.plays_after(&asked, days).await.expect("plays");
    let month = [
        after(1, 1, 100, 100, Some(180_000)),
        after(1, 1, 100, 200, None),
        after(2, 1, 100, 100 + 30 * DAY - 1, Some(7)),
        after(1, 2, 150, 200, None),
        after(7, 2, 100, 200, Some(180_000)),
    ];
    assert_eq!(told(30).await, month, "each once, from being shown on, before the last instant");
    assert_eq!(told(31).await.len(), month.len() + 1);
    assert_eq!(told(0).await, []);
    assert_eq!(store.plays_after(&[], 30).await.expect("plays"), []);
    let drops = [2, 9, 1, 2].map(drop_id);
    assert_eq!(store.shown_counts(&drops).await.expect("counts"), [2, 0, 6, 2], "in the order asked for");
    assert_eq!(store.shown_counts(&[]).await.expect("counts"), Vec::<u64>::new());
}
