//! Listens, play counts, and their sums.

use super::fixtures::{artist, at, drop_id, item, put_track, track, user};
use crate::model::{Correction, Exactness, Listen, Merge, PlayCount, PlayedItem, Same, Span, Timestamp};
use crate::store::{ArtistPlays, HistoryTotals, ItemKind, Page, PlayLength, PlayedTrackRow, Store};

/// Listens shorter than this are short.
pub(super) const SHORT_MS: u32 = 30_000;

/// Person `n` plays a track, as one source says.
pub(super) fn listen(n: u32, what: u32, seconds: i64) -> Listen {
    Listen {
        user: user(n),
        track: track(what),
        start: at(seconds),
        exactness: Exactness::Minute,
        played_ms: Some(180_000),
        source: "test".to_owned(),
    }
}

/// Person `n` has played an item so often, as a source says.
pub(super) fn count(n: u32, what: PlayedItem, source: &str, plays: u64) -> PlayCount {
    PlayCount { user: user(n), item: what, plays, span: None, source: source.to_owned() }
}

pub(super) async fn empty_plays_answer(store: &dyn Store) {
    assert_eq!(store.add_listens(&[]).await.expect("listens"), 0);
    assert_eq!(store.add_play_counts(&[]).await.expect("play counts"), 0);
    assert_eq!(store.listens(user(1), Timestamp::MAX, 9).await.expect("listens"), []);
    assert_eq!(store.play_counts(user(1)).await.expect("play counts"), []);
    assert_eq!(store.artist_plays(Page { after: None, limit: 9 }, SHORT_MS).await.expect("plays"), []);
    assert_eq!(store.artist_plays_of(user(1), SHORT_MS).await.expect("plays"), []);
    assert_eq!(store.played(user(1), &[track(1)]).await.expect("played"), [false]);
    assert_eq!(store.history_totals().await.expect("totals"), HistoryTotals::default());
    assert_eq!(store.mark_seen(&[]).await.expect("marks"), 0);
    assert_eq!(store.seen(user(1), &[drop_id(1)]).await.expect("marks"), [false]);
    assert_eq!(store.seen_of(user(1)).await.expect("marks"), []);
    assert_eq!(store.shown_to(drop_id(1), Timestamp::MAX).await.expect("shown to"), 0);
    assert_eq!(store.shown_counts(&[drop_id(1)]).await.expect("shown counts"), [0]);
    assert_eq!(store.plays_after(&[(drop_id(1), track(1))], 30).await.expect("plays"), []);
}

pub(super) async fn listens_are_idempotent(store: &dyn Store) {
    put_track(store, 1).await;
    put_track(store, 2).await;
    let listens = [listen(1, 1, 0), listen(1, 1, 1), listen(1, 2, 0), listen(2, 1, 0), listen(1, 1, 0)];
    assert_eq!(store.add_listens(&listens).await.expect("listens"), 4, "one of them twice in the call");
    assert_eq!(store.add_listens(&listens).await.expect("listens"), 0);
    let other_source = Listen { source: "other".into(), played_ms: None, ..listen(1, 1, 0) };
    assert_eq!(store.add_listens(&[other_source, listen(1, 1, 2)]).await.expect("listens"), 1);
    let rows = store.listens(user(1), Timestamp::MAX, 9).await.expect("listens");
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.listen.source == "test"), "the one that was there stays");
    assert_eq!(store.history_totals().await.expect("totals").listens, 5);
}

pub(super) async fn a_more_exact_listen_wins(store: &dyn Store) {
    put_track(store, 1).await;
    let with = |exactness, source: &str, played_ms| Listen {
        exactness,
        source: source.to_owned(),
        played_ms,
        ..listen(1, 1, 0)
    };
    let rough = with(Exactness::Estimated, "rough", None);
    let exact = with(Exactness::Exact, "exact", Some(u32::MAX));
    let also = with(Exactness::Exact, "also exact", Some(1));
    let stored = async || store.listens(user(1), Timestamp::MAX, 9).await.expect("listens").remove(0).listen;
    assert_eq!(store.add_listens(std::slice::from_ref(&rough)).await.expect("listens"), 1);
    assert_eq!(stored().await, rough);
    assert_eq!(store.add_listens(&[rough.clone(), exact.clone(), also.clone()]).await.expect("listens"), 0);
    assert_eq!(stored().await, exact, "the first of the most exact ones");
    assert_eq!(store.add_listens(&[also, rough]).await.expect("listens"), 0);
    assert_eq!(stored().await, exact);
}

pub(super) async fn a_listen_that_is_known_better_takes_the_others_place(store: &dyn Store) {
    put_track(store, 1).await;
    put_track(store, 2).await;
    store.add_listens(&[listen(1, 1, 0), listen(1, 1, 60), listen(2, 1, 0)]).await.expect("listens");
    let exact = |seconds| Listen { exactness: Exactness::Exact, ..listen(1, 2, seconds) };
    let of = |what, seconds, by| Correction { track: track(what), start: at(seconds), by };
    let starts = async || {
        let rows = store.listens(user(1), Timestamp::MAX, 9).await.expect("listens");
        rows.into_iter()
            .map(|row| (row.listen.track, row.listen.start, row.listen.exactness))
            .collect::<Vec<_>>()
    };
    let corrections = [of(1, 0, exact(7)), of(1, 30, exact(30)), of(2, 60, exact(60))];
    assert_eq!(store.correct_listens(&corrections).await.expect("corrects"), 1, "the others are not there");
    let corrected = [(track(1), at(60), Exactness::Minute), (track(2), at(7), Exactness::Exact)];
    assert_eq!(starts().await, corrected);
    assert_eq!(store.correct_listens(&corrections).await.expect("corrects"), 0, "it went already");
    assert_eq!(starts().await, corrected);
    let onto_another = [of(1, 60, exact(7))];
    assert_eq!(store.correct_listens(&onto_another).await.expect("corrects"), 1);
    assert_eq!(starts().await, [(track(2), at(7), Exactness::Exact)], "two tellings of one play");
    assert_eq!(store.correct_listens(&[]).await.expect("corrects"), 0);
    assert_eq!(store.history_totals().await.expect("totals").listens, 2, "nobody else's");
}

pub(super) async fn listens_come_newest_first(store: &dyn Store) {
    let one = put_track(store, 1).await;
    let two = put_track(store, 2).await;
    let orphan = item(track(3).uuid(), ItemKind::Track(artist(9)), "Orphan", &["track:3"]);
    store.put_items(&[orphan]).await.expect("items");
    let all = [
        listen(1, 1, 5),
        listen(1, 2, 9),
        listen(1, 1, 9),
        listen(1, 2, -7),
        listen(2, 1, 6),
        listen(1, 3, 8),
    ];
    store.add_listens(&all).await.expect("listens");
    let row = |listen, track: &crate::model::Track| PlayedTrackRow { listen, track: track.clone() };
    let expected = [
        row(listen(1, 1, 9), &one),
        row(listen(1, 2, 9), &two),
        row(listen(1, 1, 5), &one),
        row(listen(1, 2, -7), &two),
    ];
    assert_eq!(
        store.listens(user(1), Timestamp::MAX, 9).await.expect("listens"),
        expected,
        "known tracks only"
    );
    assert_eq!(store.listens(user(1), at(9), 1).await.expect("listens"), expected[2..3], "before, not at");
    assert_eq!(store.listens(user(1), Timestamp::MAX, 2).await.expect("listens"), expected[..2]);
}

pub(super) async fn play_counts_are_replaced(store: &dyn Store) {
    let span = |from, to| Some(Span { from: at(from), to: at(to) });
    let (of_artist, of_track) = (PlayedItem::Artist(artist(1)), PlayedItem::Track(track(1)));
    let counts = [
        count(1, of_artist, "a", 5),
        PlayCount { span: span(0, 9), ..count(1, of_artist, "a", 2) },
        PlayCount { span: span(1, 2), ..count(1, of_artist, "a", 1) },
        count(1, of_artist, "b", 7),
        count(1, of_track, "a", 0),
        count(2, of_artist, "a", 1),
    ];
    let shuffled: Vec<_> = counts.iter().rev().cloned().collect();
    assert_eq!(store.add_play_counts(&shuffled).await.expect("play counts"), 6);
    assert_eq!(
        store.play_counts(user(1)).await.expect("play counts"),
        counts[..5],
        "by item, source and span"
    );
    let again = [count(1, of_artist, "a", 50), count(1, of_artist, "c", 1), count(1, of_artist, "c", 2)];
    assert_eq!(store.add_play_counts(&again).await.expect("play counts"), 1, "new rows, each once");
    let stored = store.play_counts(user(1)).await.expect("play counts");
    assert_eq!(stored[0].plays, 50);
    assert_eq!(stored.iter().find(|count| count.source == "c").expect("the new one").plays, 2);
    let totals = store.history_totals().await.expect("totals");
    assert_eq!((totals.play_counts, totals.counted_plays), (7, 50 + 2 + 1 + 7 + 1 + 2));
}

pub(super) async fn plays_add_up_by_artist(store: &dyn Store) {
    put_track(store, 1).await;
    put_track(store, 2).await;
    let (of_artist, of_track) = (PlayedItem::Artist(artist(1)), PlayedItem::Track(track(1)));
    let counts = [
        count(1, of_artist, "a", 10),
        count(1, of_artist, "b", 4),
        count(1, of_track, "a", 3),
        count(1, PlayedItem::Track(track(99)), "a", 1_000),
        count(2, PlayedItem::Artist(artist(2)), "a", 0),
        count(3, PlayedItem::Artist(artist(88)), "a", 6),
    ];
    store.add_play_counts(&counts).await.expect("play counts");
    let listens = [listen(1, 1, 0), listen(1, 1, 9), listen(1, 2, 0), listen(1, 77, 0), listen(4, 2, 0)];
    store.add_listens(&listens).await.expect("listens");
    let counted = |n, who, plays| ArtistPlays {
        user: user(n),
        artist: artist(who),
        week: None,
        length: PlayLength::Unknown,
        plays,
        played_ms: 0,
    };
    let heard = |n, who, plays| ArtistPlays {
        week: Some(at(0).week()),
        length: PlayLength::Long,
        played_ms: 180_000 * plays,
        ..counted(n, who, plays)
    };
    let expected = [
        counted(1, 1, 10 + 3),
        heard(1, 1, 2),
        heard(1, 2, 1),
        counted(2, 2, 0),
        counted(3, 88, 6),
        heard(4, 2, 1),
    ];
    let all = store.artist_plays(Page { after: None, limit: 99 }, SHORT_MS).await.expect("plays");
    assert_eq!(all, expected, "the largest count of an item, plus listens; unknown tracks have no artist");
    assert_eq!(store.artist_plays_of(user(1), SHORT_MS).await.expect("plays"), expected[..3]);
    assert_eq!(store.artist_plays_of(user(4), SHORT_MS).await.expect("plays"), expected[5..]);
}

pub(super) async fn plays_are_told_apart_by_week_and_length(store: &dyn Store) {
    const WEEK: i64 = 7 * 86_400;
    put_track(store, 1).await;
    let of_artist = PlayedItem::Artist(artist(1));
    let lasting =
        |seconds, played_ms| Listen { start: Timestamp::from_seconds(seconds), played_ms, ..listen(1, 1, 0) };
    let listens = [
        lasting(-1, Some(29_999)),
        lasting(-WEEK, Some(0)),
        lasting(-WEEK - 1, Some(30_000)),
        lasting(0, None),
        lasting(1, Some(u32::MAX)),
        lasting(WEEK - 1, Some(u32::MAX)),
        lasting(WEEK, Some(1)),
    ];
    store.add_listens(&listens).await.expect("listens");
    let over = |from, to| Some(Span { from: Timestamp::from_seconds(from), to: Timestamp::from_seconds(to) });
    // The largest of the one artist's counts is that of a span, whose middle decides; of equal ones the newest.
    let counts = [
        PlayCount { span: over(-3 * WEEK, WEEK), ..count(1, of_artist, "a", 9) },
        PlayCount { span: over(-9 * WEEK, -7 * WEEK), ..count(1, of_artist, "b", 9) },
        count(1, of_artist, "c", 8),
    ];
    store.add_play_counts(&counts).await.expect("play counts");
    let rows = store.artist_plays_of(user(1), SHORT_MS).await.expect("plays");
    let told: Vec<_> = rows.iter().map(|row| (row.week, row.length, row.plays, row.played_ms)).collect();
    let longest = u64::from(u32::MAX);
    let expected = [
        (Some(-2), PlayLength::Long, 1, 30_000),
        (Some(-1), PlayLength::Unknown, 9, 0),
        (Some(-1), PlayLength::Short, 2, 29_999),
        (Some(0), PlayLength::Unknown, 1, 0),
        (Some(0), PlayLength::Long, 2, 2 * longest),
        (Some(1), PlayLength::Short, 1, 1),
    ];
    assert_eq!(told, expected);
    store.add_play_counts(&[count(1, of_artist, "d", 9)]).await.expect("play counts");
    let rows = store.artist_plays_of(user(1), SHORT_MS).await.expect("plays");
    let first = (rows[0].week, rows[0].length, rows[0].plays);
    assert_eq!(first, (None, PlayLength::Unknown, 9), "a count over a whole history goes first");
    let rows = store.artist_plays_of(user(1), 0).await.expect("plays");
    assert!(rows.iter().all(|row| row.length != PlayLength::Short), "nothing is shorter than nothing");
}

pub(super) async fn merged_tracks_count_for_the_artist_they_are_read_as(store: &dyn Store) {
    for n in 1..=4 {
        put_track(store, n).await;
    }
    let listens = [listen(1, 1, 0), listen(1, 2, 0), listen(1, 3, 0)];
    store.add_listens(&listens).await.expect("listens");
    store.add_play_counts(&[count(1, PlayedItem::Track(track(1)), "a", 7)]).await.expect("play counts");
    let by_artist = async || {
        let rows = store.artist_plays_of(user(1), SHORT_MS).await.expect("plays");
        let all = store.artist_plays(Page { after: None, limit: 99 }, SHORT_MS).await.expect("plays");
        assert_eq!(all, rows, "there is nobody else");
        let of = |n| rows.iter().filter(|row| row.artist == artist(n)).map(|row| row.plays).sum::<u64>();
        [1, 2, 3, 4].map(of)
    };
    let before = [8, 1, 1, 0];
    assert_eq!(by_artist().await, before);
    let merge = |from, into| Merge { from: track(from), into: track(into), why: Same::Name, at: at(1) };
    store.put_merges(&[merge(1, 3), merge(3, 4)]).await.expect("merges");
    assert_eq!(by_artist().await, [0, 1, 0, 9], "the end of the chain");
    // A circle, and an end that nobody knows, change nothing.
    store.put_merges(&[merge(4, 1), merge(2, 99)]).await.expect("merges");
    assert_eq!(by_artist().await, before);
    for n in [1, 3, 4, 2] {
        assert!(store.remove_merge(track(n)).await.expect("undone"));
    }
    assert_eq!(by_artist().await, before, "as it was");
}
