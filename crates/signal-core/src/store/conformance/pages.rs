//! Every paged read, in pages of every size.

use std::fmt::Debug;

use uuid::Uuid;

use super::content::doc;
use super::fixtures::{accept, artist, circle, content, drop_id, put_track, register, user, weight};
use super::plays::{SHORT_MS, count, listen};
use super::state::profile;
use crate::ledger::{ContentChange, Doc, DocKind};
use crate::model::{PlayedItem, Role, TasteProfile};
use crate::store::{ArtistGenre, ArtistPlays, Edge, Page, Result, Seat, Store};

/// All rows of a paged read, taken `limit` at a time.
pub(super) async fn in_pages<K: Clone, T, R>(limit: u32, key: impl Fn(&T) -> K, read: R) -> Vec<T>
where
    R: AsyncFn(Page<K>) -> Result<Vec<T>>,
{
    let mut all: Vec<T> = Vec::new();
    loop {
        let page = read(Page { after: all.last().map(&key), limit }).await.expect("a page");
        assert!(page.len() <= limit as usize, "a page of {} rows, {limit} were asked for", page.len());
        let last = page.len() < limit as usize;
        all.extend(page);
        if last {
            return all;
        }
    }
}

/// Reads in pages of several sizes and compares. `expected` is how many rows there are.
async fn check<K, T, R>(what: &str, expected: usize, key: fn(&T) -> K, read: R)
where
    K: Clone + Ord,
    T: Debug + PartialEq,
    R: AsyncFn(Page<K>) -> Result<Vec<T>>,
{
    let whole = read(Page { after: None, limit: 1_000 }).await.expect("one page");
    assert_eq!(whole.len(), expected, "{what}: {whole:?}");
    assert!(whole.is_sorted_by(|a, b| key(a) < key(b)), "{what} in order: {whole:?}");
    for limit in 1..=u32::try_from(expected).expect("few rows") + 1 {
        assert_eq!(in_pages(limit, key, &read).await, whole, "{what} in pages of {limit}");
    }
    assert_eq!(
        read(Page { after: None, limit: 0 }).await.expect("an empty page").len(),
        0,
        "{what}, no rows"
    );
}

/// Five people with three of everything.
async fn furnish(store: &dyn Store) {
    for n in 1..=3 {
        put_track(store, n).await;
    }
    let mut changes = Vec::new();
    for n in 1..=5 {
        accept(store, &[register(n, 0)]).await;
        changes.push(ContentChange::PutDoc(doc(DocKind::Drop, drop_id(n).uuid(), "words")));
        for other in (1..=3).filter(|other| *other != n) {
            changes.push(ContentChange::SetEdge { from: user(n), to: user(other), weight: weight(1) });
        }
        for place in 1..=2 {
            changes.push(ContentChange::SetMember {
                circle: circle(place),
                user: user(n),
                role: Role::Member,
            });
        }
        let listens: Vec<_> = (1..=3).map(|what| listen(n, what, i64::from(n))).collect();
        store.add_listens(&listens).await.expect("listens");
    }
    let counts = [6, 2, 7].map(|n| count(n, PlayedItem::Artist(artist(8)), "a", 9));
    store.add_play_counts(&counts).await.expect("play counts");
    accept(store, &[content(changes)]).await;
    let genre = |n, genre: &str| ArtistGenre { artist: artist(n), genre: genre.to_owned(), weight: 1.0 };
    store
        .put_artist_genres(&[genre(1, "a"), genre(1, "b"), genre(2, "a"), genre(3, "")])
        .await
        .expect("genres");
    store.put_profiles(&[profile(3), profile(1), profile(2)]).await.expect("profiles");
}

pub(super) async fn every_paged_read_is_complete_and_in_order(store: &dyn Store) {
    furnish(store).await;
    check("names", 10, |(name, _): &(String, Uuid)| name.clone(), async |page| store.all_keys(page).await)
        .await;
    check("handles", 5, |doc: &Doc| doc.id, async |page| store.all_docs(DocKind::User, page).await).await;
    check("drops", 5, |doc: &Doc| doc.id, async |page| store.all_docs(DocKind::Drop, page).await).await;
    check("edges", 12, |edge: &Edge| (edge.from, edge.to), async |page| store.all_edges(page).await).await;
    check("seats", 10, |seat: &Seat| (seat.circle, seat.user), async |page| store.all_seats(page).await)
        .await;
    check(
        "genres",
        4,
        |row: &ArtistGenre| (row.artist, row.genre.clone()),
        async |page| store.artist_genres(page).await,
    )
    .await;
    check("plays", 18, ArtistPlays::key, async |page| store.artist_plays(page, SHORT_MS).await).await;
    check("profiles", 3, |profile: &TasteProfile| profile.user, async |page| store.profiles(page).await)
        .await;
}
