//! Compares everything that two stores hold.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::pages::in_pages;
use super::plays::SHORT_MS;
use super::transfer::dumped;
use crate::ledger::{DocKind, StreamId};
use crate::model::{PlayedItem, Timestamp, UserId};
use crate::store::Store;
use crate::trust::PathLimits;

const ALL: u32 = u32::MAX;
const KINDS: [DocKind; 5] =
    [DocKind::User, DocKind::Drop, DocKind::Comment, DocKind::Report, DocKind::Circle];

/// Calls one read on both stores and compares the answers.
macro_rules! same {
    ($a:expr, $b:expr, $read:ident($($argument:expr),*)) => {{
        let left = $a.$read($($argument),*).await.expect(stringify!($read));
        let right = $b.$read($($argument),*).await.expect(stringify!($read));
        assert_eq!(left, right, "{}{:?}", stringify!($read), ($(&$argument,)*));
        left
    }};
    ($a:expr, $b:expr, $read:ident by $key:expr $(, $argument:expr)*) => {{
        let left = in_pages(7, $key, async |page| $a.$read(page $(, $argument)*).await).await;
        let right = in_pages(1_000, $key, async |page| $b.$read(page $(, $argument)*).await).await;
        assert_eq!(left, right, stringify!($read));
        left
    }};
}

/// Panics unless both stores give the same answer to every read, in content and in order. Searches are compared
/// by what they find, because each store ranks in its own way.
pub async fn agree(a: &dyn Store, b: &dyn Store) {
    let people = ledger(a, b).await;
    let people = content(a, b, people).await;
    history(a, b, &people).await;
    let (left, right) = (dumped(a).await, dumped(b).await);
    let other = left.iter().zip(&right).find(|(left, right)| left != right);
    assert!(other.is_none() && left.len() == right.len(), "dumps differ: {other:?}");
}

/// Compares the ledger and gives everyone who has a stream.
async fn ledger(a: &dyn Store, b: &dyn Store) -> BTreeSet<UserId> {
    same!(a, b, head());
    let entries = same!(a, b, entries(0, ALL));
    for entry in &entries {
        let at = entry.leaf().expect("a leaf").at;
        for when in [at, Timestamp::from_micros(at.micros() + 1)] {
            same!(a, b, position_at(when));
        }
        let level = u8::try_from((entry.position + 1).trailing_zeros()).expect("a level");
        let finished: Vec<_> = (0..=level + 1)
            .map(|level| crate::ledger::NodeId { level, index: entry.position >> level })
            .collect();
        same!(a, b, nodes(&finished));
    }
    let rows = same!(a, b, all_streams(None::<StreamId>, ALL));
    let streams: Vec<_> = rows.iter().map(|(stream, _)| *stream).chain([StreamId::Community]).collect();
    same!(a, b, streams(&streams));
    for stream in &streams {
        same!(a, b, stream_entries(*stream, 0, ALL));
        same!(a, b, stream_entries(*stream, 2, 3));
    }
    streams.iter().filter(|s| matches!(s, StreamId::User(_))).map(|s| UserId::from_uuid(s.uuid())).collect()
}

/// Compares the content and gives everyone known so far.
async fn content(a: &dyn Store, b: &dyn Store, mut people: BTreeSet<UserId>) -> BTreeSet<UserId> {
    let keys = same!(a, b, all_keys by |(key, _): &(String, Uuid)| key.clone());
    people.extend(keys.iter().map(|(_, owner)| UserId::from_uuid(*owner)));
    let names: Vec<_> = keys.into_iter().map(|(key, _)| key).rev().collect();
    same!(a, b, keys(&names));
    let edges = same!(a, b, all_edges by |edge: &crate::store::Edge| (edge.from, edge.to));
    people.extend(edges.iter().flat_map(|edge| [edge.from, edge.to]));
    let seats = same!(a, b, all_seats by |seat: &crate::store::Seat| (seat.circle, seat.user));
    people.extend(seats.iter().map(|seat| seat.user));
    for kind in KINDS {
        let key = |doc: &crate::ledger::Doc| doc.id;
        let docs = in_pages(7, key, async |page| a.all_docs(kind, page).await).await;
        assert_eq!(docs, in_pages(1_000, key, async |page| b.all_docs(kind, page).await).await, "documents");
        let ids: Vec<_> = docs.iter().map(|doc| doc.id).rev().collect();
        same!(a, b, docs(kind, &ids));
        for doc in &docs {
            people.extend(doc.owner);
            for under in KINDS {
                same!(a, b, docs_under(under, doc.id, ALL));
                same!(a, b, docs_under(under, doc.parent.unwrap_or(doc.id), 2));
            }
            for word in doc.text.split_whitespace() {
                assert_eq!(found(a, word).await, found(b, word).await, "search for {word:?}");
            }
        }
    }
    people
}

async fn found(store: &dyn Store, words: &str) -> BTreeSet<(DocKind, Uuid)> {
    let hits = store.search(words, &KINDS, ALL).await.expect("search");
    hits.into_iter().map(|hit| (hit.doc.kind, hit.doc.id)).collect()
}

async fn history(a: &dyn Store, b: &dyn Store, people: &BTreeSet<UserId>) {
    same!(a, b, history_totals());
    same!(a, b, artist_genres by |row: &crate::store::ArtistGenre| (row.artist, row.genre.clone()));
    same!(a, b, merges by |merge: &crate::model::Merge| merge.from);
    let plays = same!(a, b, artist_plays by crate::store::ArtistPlays::key, SHORT_MS);
    same!(a, b, profiles by |profile: &crate::model::TasteProfile| profile.user);
    let artists: Vec<_> = plays.iter().map(|row| row.artist).collect();
    same!(a, b, artists(&artists));
    let everyone: BTreeSet<_> = people.iter().copied().chain(plays.iter().map(|row| row.user)).collect();
    for user in everyone {
        same!(a, b, entries_naming(user));
        same!(a, b, keys_of(user.uuid()));
        same!(a, b, docs_of(user));
        same!(a, b, edges_from(user));
        same!(a, b, edges_to(user));
        same!(a, b, reach(user, PathLimits::unbounded(3), ALL));
        same!(a, b, seats_of(user));
        same!(a, b, dials(user));
        same!(a, b, profile(user));
        same!(a, b, artist_plays_of(user, SHORT_MS));
        let listens = same!(a, b, listens(user, Timestamp::MAX, ALL));
        let mut tracks: Vec<_> = listens.iter().map(|row| row.track.id).collect();
        for count in same!(a, b, play_counts(user)) {
            if let PlayedItem::Track(track) = count.item {
                tracks.push(track);
            }
        }
        same!(a, b, tracks(&tracks));
        same!(a, b, played(user, &tracks));
        same!(a, b, muted_by(user));
        for mark in same!(a, b, seen_of(user)) {
            same!(a, b, shown_to(mark.drop, mark.at));
            let asked: Vec<_> = tracks.iter().map(|track| (mark.drop, *track)).collect();
            same!(a, b, shown_counts(&[mark.drop]));
            same!(a, b, plays_after(&asked, 1));
        }
    }
}
