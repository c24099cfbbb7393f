//! Old listens become monthly counts.

use super::fixtures::{accept, put_track, register, track, user};
use super::plays::{SHORT_MS, count, listen};
use crate::model::{Correction, Listen, PlayCount, PlayedItem, Span, Timestamp};
use crate::store::{ArtistPlays, PlayLength, Store};

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn month(text: &str) -> Span {
    Span::month_of(time(text)).expect("a month")
}

fn heard(n: u32, what: u32, start: &str, source: &str, played_ms: Option<u32>) -> Listen {
    Listen { start: time(start), source: source.to_owned(), played_ms, ..listen(n, what, 0) }
}

fn counted(n: u32, what: u32, span: Span, source: &str, plays: u64) -> PlayCount {
    PlayCount { span: Some(span), ..count(n, PlayedItem::Track(track(what)), source, plays) }
}

/// January and February of 2025 of two people, from two sources.
fn history() -> Vec<Listen> {
    vec![
        heard(1, 1, "2025-01-01T00:00:00Z", "spotify", Some(200_000)),
        heard(1, 1, "2025-01-31T23:59:59Z", "spotify", None),
        heard(1, 1, "2025-01-20T12:00:00Z", "spotify", Some(SHORT_MS - 1)),
        heard(1, 2, "2025-01-20T12:00:00Z", "spotify", Some(SHORT_MS - 1)),
        heard(1, 1, "2025-01-05T12:00:00Z", "lastfm", None),
        heard(2, 1, "2025-01-05T12:00:00Z", "lastfm", None),
        heard(1, 1, "2025-02-01T00:00:00Z", "spotify", None),
    ]
}

pub(super) async fn old_months_become_counts(store: &dyn Store) {
    put_track(store, 1).await;
    put_track(store, 2).await;
    let before = time("2025-02-28T00:00:00Z");
    assert_eq!(store.fold_listens(before, SHORT_MS).await.expect("folds"), 0, "nothing to fold");
    store.add_listens(&history()).await.expect("listens");
    assert_eq!(store.fold_listens(time("2025-01-31T00:00:00Z"), SHORT_MS).await.expect("folds"), 0);
    assert_eq!(store.fold_listens(before, SHORT_MS).await.expect("folds"), 6, "January is over");
    assert_eq!(store.fold_listens(before, SHORT_MS).await.expect("folds"), 0, "February is not");
    let january = month("2025-01-01T00:00:00Z");
    let own = store.play_counts(user(1)).await.expect("counts");
    assert_eq!(own, [counted(1, 1, january, "lastfm", 1), counted(1, 1, january, "spotify", 2)]);
    assert_eq!(store.play_counts(user(2)).await.expect("counts"), [counted(2, 1, january, "lastfm", 1)]);
    assert_eq!(store.history_totals().await.expect("totals").listens, 1);
    assert_eq!(
        store.played(user(1), &[track(1), track(2)]).await.expect("played"),
        [true, false],
        "what was only ever skipped is forgotten"
    );
}

pub(super) async fn importing_again_changes_nothing(store: &dyn Store) {
    put_track(store, 1).await;
    put_track(store, 2).await;
    store.add_listens(&history()).await.expect("listens");
    let end = time("2025-03-01T00:00:00Z");
    assert_eq!(store.fold_listens(end, SHORT_MS).await.expect("folds"), 6);
    assert_eq!(store.fold_listens(end, SHORT_MS).await.expect("folds"), 1);
    let (counts, totals) =
        (store.play_counts(user(1)).await.expect("counts"), store.history_totals().await.expect("totals"));
    assert_eq!(store.add_listens(&history()).await.expect("listens"), 0);
    assert_eq!(store.fold_listens(end, SHORT_MS).await.expect("folds"), 0);
    assert_eq!(store.play_counts(user(1)).await.expect("counts"), counts);
    assert_eq!(store.history_totals().await.expect("totals"), totals);
    // What the source has not counted comes in as ever: another month, another source, another person.
    let others = [
        heard(1, 1, "2024-12-31T23:59:59Z", "spotify", None),
        heard(1, 1, "2025-01-05T12:00:00Z", "tidal", None),
        heard(2, 1, "2025-01-05T12:00:00Z", "spotify", None),
    ];
    assert_eq!(store.add_listens(&others).await.expect("listens"), 3);
    // What is counted takes no other's place: the listen would be gone.
    let totals = store.history_totals().await.expect("totals");
    let counted = heard(1, 1, "2025-01-05T12:00:30Z", "spotify", None);
    let known = Correction { track: track(1), start: time("2025-01-05T12:00:00Z"), by: counted };
    assert_eq!(store.correct_listens(&[known]).await.expect("corrects"), 0);
    assert_eq!(store.history_totals().await.expect("totals"), totals);
}

pub(super) async fn counts_of_months_add_up(store: &dyn Store) {
    put_track(store, 1).await;
    accept(store, &[register(1, 0)]).await;
    let (january, february) = (month("2025-01-01T00:00:00Z"), month("2025-02-01T00:00:00Z"));
    let counts = [
        counted(1, 1, january, "spotify", 3),
        counted(1, 1, january, "lastfm", 5),
        counted(1, 1, february, "spotify", 2),
        PlayCount { span: None, ..counted(1, 1, january, "hetrec", 4) },
        counted(1, 1, Span { from: january.from, to: february.to }, "hetrec", 7),
    ];
    store.add_play_counts(&counts).await.expect("counts");
    let weeks = [january, february].map(crate::store::middle_week);
    let longer = crate::store::middle_week(Span { from: january.from, to: february.to });
    let plays = store.artist_plays_of(user(1), SHORT_MS).await.expect("plays");
    let told: Vec<_> =
        plays.iter().map(|ArtistPlays { week, length, plays, .. }| (*week, *length, *plays)).collect();
    let mut expected = [(Some(weeks[0]), 5), (Some(weeks[1]), 2), (Some(longer), 7)];
    expected.sort_unstable();
    assert_eq!(told, expected.map(|(week, plays)| (week, PlayLength::Unknown, plays)));
}
