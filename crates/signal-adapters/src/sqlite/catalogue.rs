//! The catalogue: artists, tracks, and the claims that find them.

use std::collections::{BTreeSet, HashMap};

use signal_core::model::{Artist, ArtistId, Claim, Track, TrackId};
use signal_core::store::transfer::CatalogueItem;
use signal_core::store::{ArtistGenre, ItemKind, NewItem, Page};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqliteExecutor};
use uuid::Uuid;

use super::bulk::{Insert, id_list, in_order, list};
use super::row::{self, after, bytes, damaged, id};

const ITEMS: Insert = Insert { into: "items (id, artist, name)", columns: 3, tail: "ON CONFLICT DO NOTHING" };
const CLAIMS: Insert =
    Insert { into: "item_claims (claim, item)", columns: 2, tail: "ON CONFLICT DO NOTHING" };
const NEW_GENRES: Insert =
    Insert { into: "artist_genres (artist, genre, weight)", columns: 3, tail: "ON CONFLICT DO NOTHING" };
const GENRES: Insert = Insert { tail: "ON CONFLICT DO UPDATE SET weight = excluded.weight", ..NEW_GENRES };

/// The items behind claims, in the order asked for.
pub(super) async fn find(
    executor: impl SqliteExecutor<'_>,
    claims: &[Claim],
) -> Result<Vec<Option<Uuid>>, sqlx::Error> {
    const FIND: &str =
        "SELECT j.key AS n, c.item FROM json_each(?) j CROSS JOIN item_claims c ON c.claim = j.value";
    let rows = sqlx::query(FIND).bind(list(claims)).fetch_all(executor).await?;
    in_order(claims.len(), &rows, |row| id(row, "item"))
}

/// Puts items one after the other, but asks and writes for all of them at once.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    items: &[NewItem],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let named: BTreeSet<_> = items.iter().flat_map(|item| &item.claims).cloned().collect();
    let named: Vec<_> = named.into_iter().collect();
    let known = find(&mut *connection, &named).await?;
    let mut owners: HashMap<&Claim, Uuid> =
        named.iter().zip(known).filter_map(|(claim, item)| Some((claim, item?))).collect();
    let mut ids = Vec::with_capacity(items.len());
    let mut new_items = Vec::new();
    let mut new_claims = Vec::new();
    for item in items {
        let first = item.claims.first().and_then(|claim| owners.get(claim)).copied();
        let id = first.unwrap_or(item.id);
        if first.is_none() {
            new_items.push(item);
        }
        for claim in &item.claims {
            owners.entry(claim).or_insert_with(|| {
                new_claims.push((claim, id));
                id
            });
        }
        ids.push(id);
    }
    let new_items = new_items.into_iter().map(|item| {
        let artist = match item.kind {
            ItemKind::Artist => None,
            ItemKind::Track(artist) => Some(artist),
        };
        (item.id, artist, item.name.as_str())
    });
    write(connection, new_items.collect(), new_claims).await?;
    Ok(ids)
}

/// Puts items under the ids that they have, and claims for whom they find.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    items: &[CatalogueItem],
    claims: &[(Claim, Uuid)],
) -> Result<(), sqlx::Error> {
    let items = items.iter().map(|item| (item.id, item.artist, item.name.as_str()));
    let claims = claims.iter().map(|(claim, item)| (claim, *item));
    write(connection, items.collect(), claims.collect()).await
}

/// Writes items, each with its artist where it is a track, and claims; those that are there stay.
async fn write(
    connection: &mut SqliteConnection,
    items: Vec<(Uuid, Option<ArtistId>, &str)>,
    claims: Vec<(&Claim, Uuid)>,
) -> Result<(), sqlx::Error> {
    ITEMS
        .all(connection, items, |values, (id, artist, name)| {
            values.push(bytes(id)).push(artist.map(|artist| bytes(artist.uuid()))).push(name);
        })
        .await?;
    CLAIMS
        .all(connection, claims, |values, (claim, item)| {
            values.push(claim.as_str()).push(bytes(item));
        })
        .await?;
    Ok(())
}

/// All claims of an item, sorted.
pub(super) async fn claims(executor: impl SqliteExecutor<'_>, item: Uuid) -> Result<Vec<Claim>, sqlx::Error> {
    let query = sqlx::query("SELECT claim FROM item_claims WHERE item = ? ORDER BY claim").bind(bytes(item));
    row::all(&query.fetch_all(executor).await?, claim)
}

pub(super) fn claim(row: &SqliteRow) -> Result<Claim, sqlx::Error> {
    row.try_get::<&str, _>("claim")?.parse().map_err(|error| damaged("claim", error))
}

/// Artists in the order asked for.
pub(super) async fn artists(
    executor: impl SqliteExecutor<'_>,
    ids: &[ArtistId],
) -> Result<Vec<Option<Artist>>, sqlx::Error> {
    const ARTISTS: &str =
        "SELECT j.key AS n, i.id, i.name FROM json_each(?) j CROSS JOIN items i ON i.id = unhex(j.value)";
    let query = sqlx::query(ARTISTS).bind(id_list(ids.iter().map(|id| id.uuid())));
    in_order(ids.len(), &query.fetch_all(executor).await?, |row| {
        Ok(Artist { id: ArtistId::from_uuid(id(row, "id")?), name: row.try_get("name")? })
    })
}

/// Tracks in the order asked for.
pub(super) async fn tracks(
    executor: impl SqliteExecutor<'_>,
    ids: &[TrackId],
) -> Result<Vec<Option<Track>>, sqlx::Error> {
    const TRACKS: &str = "SELECT j.key AS n, t.id AS track, t.artist, a.name AS artist_name, t.name AS title \
                          FROM json_each(?) j CROSS JOIN items t ON t.id = unhex(j.value) \
                          CROSS JOIN items a ON a.id = t.artist";
    let query = sqlx::query(TRACKS).bind(id_list(ids.iter().map(|id| id.uuid())));
    in_order(ids.len(), &query.fetch_all(executor).await?, track)
}

/// A track with its artist's name.
pub(super) fn track(row: &SqliteRow) -> Result<Track, sqlx::Error> {
    Ok(Track {
        id: TrackId::from_uuid(id(row, "track")?),
        artist: ArtistId::from_uuid(id(row, "artist")?),
        artist_name: row.try_get("artist_name")?,
        title: row.try_get("title")?,
    })
}

/// Puts genre rows and gives how many are new.
pub(super) async fn put_genres(
    connection: &mut SqliteConnection,
    rows: &[ArtistGenre],
) -> Result<u64, sqlx::Error> {
    let push: fn(&mut super::bulk::Values, &ArtistGenre) = |values, row| {
        values.push(bytes(row.artist.uuid())).push(row.genre.as_str()).push(row.weight);
    };
    let new = NEW_GENRES.all(connection, rows.iter().collect(), push).await?;
    if new < rows.len() as u64 {
        GENRES.all(connection, rows.iter().collect(), push).await?;
    }
    Ok(new)
}

/// A page of genre rows.
pub(super) async fn genres(
    executor: impl SqliteExecutor<'_>,
    page: Page<(ArtistId, String)>,
) -> Result<Vec<ArtistGenre>, sqlx::Error> {
    const GENRES: &str =
        "SELECT * FROM artist_genres WHERE (artist, genre) > (?, ?) ORDER BY artist, genre LIMIT ?";
    let (artist, genre) = page.after.map(|(artist, genre)| (artist.uuid(), genre)).unzip();
    let query = sqlx::query(GENRES).bind(after(artist)).bind(genre.unwrap_or_default()).bind(page.limit);
    row::all(&query.fetch_all(executor).await?, artist_genre)
}

pub(super) fn artist_genre(row: &SqliteRow) -> Result<ArtistGenre, sqlx::Error> {
    Ok(ArtistGenre {
        artist: ArtistId::from_uuid(id(row, "artist")?),
        genre: row.try_get("genre")?,
        weight: row.try_get("weight")?,
    })
}
