//! Artists, tracks, claims and genres.

use uuid::Uuid;

use super::fixtures::{artist, claim, item, put_track, track};
use crate::model::{Artist, ArtistId, Track, TrackId};
use crate::store::{ArtistGenre, ItemKind, Page, Store};

pub(super) async fn an_empty_catalogue_answers(store: &dyn Store) {
    assert_eq!(store.find_items(&[]).await.expect("items"), []);
    assert_eq!(store.find_items(&[claim("a:1")]).await.expect("items"), [None]);
    assert_eq!(store.put_items(&[]).await.expect("items"), Vec::<Uuid>::new());
    assert_eq!(store.item_claims(Uuid::nil()).await.expect("claims"), []);
    assert_eq!(store.artists(&[artist(1)]).await.expect("artists"), [None]);
    assert_eq!(store.tracks(&[track(1)]).await.expect("tracks"), [None]);
    assert_eq!(store.put_artist_genres(&[]).await.expect("genres"), 0);
    assert_eq!(store.artist_genres(Page { after: None, limit: 9 }).await.expect("genres"), []);
}

pub(super) async fn claims_find_items(store: &dyn Store) {
    let known = put_track(store, 1).await;
    let asked = [claim("track:1"), claim("artist:test:9"), claim("artist:test:1"), claim("track:1")];
    let found = store.find_items(&asked).await.expect("items");
    assert_eq!(found, [Some(track(1).uuid()), None, Some(artist(1).uuid()), Some(track(1).uuid())]);
    assert_eq!(store.item_claims(track(1).uuid()).await.expect("claims"), [claim("track:1")]);
    let totals = store.history_totals().await.expect("totals");
    assert_eq!((totals.artists, totals.tracks), (1, 1));
    assert_eq!(store.tracks(&[track(2), track(1)]).await.expect("tracks"), [None, Some(known)]);
}

pub(super) async fn putting_again_changes_nothing(store: &dyn Store) {
    put_track(store, 1).await;
    let other = artist(7);
    let again =
        item(other.uuid(), ItemKind::Artist, "Another name", &["artist:test:1", "artist:mb:x", "track:1"]);
    assert_eq!(store.put_items(std::slice::from_ref(&again)).await.expect("items"), [artist(1).uuid()]);
    assert_eq!(store.put_items(&[again]).await.expect("items"), [artist(1).uuid()]);
    let named = Artist { id: artist(1), name: "Artist 1".to_owned() };
    assert_eq!(store.artists(&[other, artist(1)]).await.expect("artists"), [None, Some(named)]);
    let claims = store.item_claims(artist(1).uuid()).await.expect("claims");
    assert_eq!(claims, [claim("artist:mb:x"), claim("artist:test:1")], "the free one is taken, sorted");
    assert_eq!(
        store.item_claims(track(1).uuid()).await.expect("claims"),
        [claim("track:1")],
        "the other one stays"
    );
    assert_eq!(store.history_totals().await.expect("totals").artists, 1);
}

pub(super) async fn items_of_one_call_share_claims(store: &dyn Store) {
    let kind = ItemKind::Artist;
    let items = [
        item(artist(1).uuid(), kind, "One", &["a:1", "a:2"]),
        item(artist(2).uuid(), kind, "Two", &["a:2", "a:3"]),
        item(artist(3).uuid(), kind, "Three", &["a:3"]),
        item(artist(4).uuid(), kind, "Four", &["a:4", "a:1"]),
        item(artist(5).uuid(), kind, "Five 'quoted\" \\ name", &["a:5 with 'signs\" \\ and 🎧"]),
        item(artist(6).uuid(), kind, "Unnamed", &[]),
    ];
    let ids = store.put_items(&items).await.expect("items");
    assert_eq!(
        ids,
        [1, 1, 1, 4, 5, 6].map(|n| artist(n).uuid()),
        "an item that the call itself named before"
    );
    let claims = store.item_claims(artist(1).uuid()).await.expect("claims");
    assert_eq!(claims, [claim("a:1"), claim("a:2"), claim("a:3")]);
    assert_eq!(store.item_claims(artist(4).uuid()).await.expect("claims"), [claim("a:4")]);
    let five = store.find_items(&items[4].claims).await.expect("items");
    assert_eq!(five, [Some(artist(5).uuid())]);
    let asked = [artist(2), artist(5), artist(6)];
    let found = store.artists(&asked).await.expect("artists");
    let names: Vec<_> =
        found.iter().map(|artist| artist.as_ref().map(|artist| artist.name.as_str())).collect();
    assert_eq!(names, [None, Some("Five 'quoted\" \\ name"), Some("Unnamed")]);
}

pub(super) async fn tracks_carry_their_artist(store: &dyn Store) {
    let first = put_track(store, 1).await;
    let second = put_track(store, 2).await;
    let orphan = item(track(3).uuid(), ItemKind::Track(artist(9)), "Orphan", &["track:3"]);
    store.put_items(&[orphan]).await.expect("items");
    let asked = [second.id, track(3), first.id, TrackId::from_uuid(artist(1).uuid())];
    let found: Vec<Option<Track>> = store.tracks(&asked).await.expect("tracks");
    assert_eq!(
        found,
        [Some(second), None, Some(first), None],
        "a track needs an artist, and an artist is no track"
    );
}

pub(super) async fn genres_are_replaced(store: &dyn Store) {
    let row = |n, genre: &str, weight| ArtistGenre { artist: artist(n), genre: genre.to_owned(), weight };
    let first = [row(2, "dub", 1.5), row(1, "techno", 0.1), row(1, "ambient", 3.0)];
    assert_eq!(store.put_artist_genres(&first).await.expect("genres"), 3);
    let again = [row(1, "techno", 0.1 + 0.2), row(2, "house", 1.0), row(2, "house", 2.0)];
    assert_eq!(store.put_artist_genres(&again).await.expect("genres"), 1, "new rows, each once");
    let expected =
        [row(1, "ambient", 3.0), row(1, "techno", 0.1 + 0.2), row(2, "dub", 1.5), row(2, "house", 2.0)];
    let page = |after: Option<(ArtistId, String)>, limit| Page { after, limit };
    assert_eq!(store.artist_genres(page(None, 9)).await.expect("genres"), expected);
    let after = Some((artist(1), "techno".to_owned()));
    assert_eq!(store.artist_genres(page(after, 1)).await.expect("genres"), expected[2..3]);
}
