//! The catalogue: artists, tracks, and the claims that find them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use signal_core::model::{Artist, ArtistId, Claim, Track, TrackId};
use signal_core::store::transfer::CatalogueItem;
use signal_core::store::{ArtistGenre, ItemKind, NewItem, Page};
use surrealdb_types::{Object, RecordId, SurrealValue, object};
use uuid::Uuid;

use super::error::{Read, damaged};
use super::link::{Asks, Work};
use super::row::{
    self, Parts, Row, found, record, record_named, record_of, text, there, uuid, uuid_of, write,
};

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct ClaimRow {
    id: RecordId,
    item: Uuid,
}

impl Row for ClaimRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct ItemRow {
    id: RecordId,
    artist: Option<Uuid>,
    name: String,
}

impl Row for ItemRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct GenreRow {
    id: RecordId,
    weight: f64,
}

impl ClaimRow {
    pub(super) fn claim(self) -> Read<(Claim, Uuid)> {
        Ok((claim_in(self.id)?, self.item))
    }
}

impl ItemRow {
    pub(super) fn item(self) -> Read<CatalogueItem> {
        let artist = self.artist.map(ArtistId::from_uuid);
        Ok(CatalogueItem { id: uuid_of(&self.id)?, artist, name: self.name })
    }
}

impl GenreRow {
    pub(super) fn genre(self) -> Read<ArtistGenre> {
        let mut parts = Parts::of(self.id)?;
        let artist = ArtistId::from_uuid(parts.uuid()?);
        Ok(ArtistGenre { artist, genre: parts.text()?, weight: self.weight })
    }
}

fn claim_of(claim: &Claim) -> RecordId {
    record_named("item_claim", claim.as_str())
}

fn claim_in(id: RecordId) -> Read<Claim> {
    row::text_of(id)?.parse().map_err(|error| damaged("claim", error))
}

fn item_row(id: Uuid, artist: Option<ArtistId>, name: &str) -> Object {
    object! { id: record_of("item", id), artist: artist.map(ArtistId::uuid), name: name }
}

fn genre_of(artist: ArtistId, genre: &str) -> RecordId {
    record("artist_genre", [uuid(artist.uuid()), text(genre)])
}

/// The items behind claims, in the order asked for.
pub(super) async fn find(asks: &dyn Asks, claims: &[Claim]) -> Read<Vec<Option<Uuid>>> {
    let ids: Vec<_> = claims.iter().map(claim_of).collect();
    let rows = found::<ClaimRow>(asks, ids.iter().cloned()).await?;
    Ok(ids.iter().map(|id| rows.get(id).map(|row| row.item)).collect())
}

/// Puts items one after the other, but asks and writes for all of them at once.
pub(super) async fn put(work: &Work, items: &[NewItem]) -> Read<Vec<Uuid>> {
    let named: BTreeSet<_> = items.iter().flat_map(|item| &item.claims).cloned().collect();
    let named: Vec<_> = named.into_iter().collect();
    let known = find(work, &named).await?;
    let mut owners: HashMap<&Claim, Uuid> =
        named.iter().zip(known).filter_map(|(claim, item)| Some((claim, item?))).collect();
    let mut ids = Vec::with_capacity(items.len());
    let mut new_items = BTreeMap::new();
    let mut new_claims = Vec::new();
    for item in items {
        let first = item.claims.first().and_then(|claim| owners.get(claim)).copied();
        let id = first.unwrap_or(item.id);
        if first.is_none() {
            new_items.entry(id).or_insert(item);
        }
        for claim in &item.claims {
            owners.entry(claim).or_insert_with(|| {
                new_claims.push(object! { id: claim_of(claim), item: id });
                id
            });
        }
        ids.push(id);
    }
    let rows = new_items.into_iter().map(|(id, item)| {
        let artist = match item.kind {
            ItemKind::Artist => None,
            ItemKind::Track(artist) => Some(artist),
        };
        item_row(id, artist, &item.name)
    });
    write_items(work, rows.collect(), new_claims).await?;
    Ok(ids)
}

/// Puts items under the ids that they have, and claims for whom they find.
pub(super) async fn take(work: &Work, items: &[CatalogueItem], claims: &[(Claim, Uuid)]) -> Read<()> {
    let items = items.iter().map(|item| item_row(item.id, item.artist, &item.name));
    let claims = claims.iter().map(|(claim, item)| object! { id: claim_of(claim), item: *item });
    write_items(work, items.collect(), claims.collect()).await
}

/// Writes items and claims; those that are there stay.
async fn write_items(work: &Work, items: Vec<Object>, claims: Vec<Object>) -> Read<()> {
    write(work, "INSERT IGNORE INTO item $rows RETURN NONE", items).await?;
    write(work, "INSERT IGNORE INTO item_claim $rows RETURN NONE", claims).await
}

/// All claims of an item, sorted.
pub(super) async fn claims(asks: &dyn Asks, item: Uuid) -> Read<Vec<Claim>> {
    let ids = asks.ask("SELECT VALUE id FROM item_claim WHERE item = $item", object! { item: item }).await?;
    let mut claims = row::rows::<RecordId>(ids)?.into_iter().map(claim_in).collect::<Read<Vec<Claim>>>()?;
    claims.sort_unstable();
    Ok(claims)
}

async fn items(asks: &dyn Asks, ids: impl IntoIterator<Item = Uuid>) -> Read<BTreeMap<Uuid, ItemRow>> {
    let ids: BTreeSet<_> = ids.into_iter().collect();
    let rows = found::<ItemRow>(asks, ids.into_iter().map(|id| record_of("item", id))).await?;
    rows.into_values().map(|row| Ok((uuid_of(&row.id)?, row))).collect()
}

/// Artists in the order asked for.
pub(super) async fn artists(asks: &dyn Asks, ids: &[ArtistId]) -> Read<Vec<Option<Artist>>> {
    let rows = items(asks, ids.iter().map(|id| id.uuid())).await?;
    Ok(ids
        .iter()
        .map(|id| rows.get(&id.uuid()).map(|row| Artist { id: *id, name: row.name.clone() }))
        .collect())
}

/// Those of the tracks that are known, with their artists' names.
pub(super) async fn known_tracks(
    asks: &dyn Asks,
    ids: impl IntoIterator<Item = TrackId>,
) -> Read<BTreeMap<TrackId, Track>> {
    let rows = items(asks, ids.into_iter().map(TrackId::uuid)).await?;
    let artists = items(asks, rows.values().filter_map(|row| row.artist)).await?;
    let track = |(id, row): (Uuid, ItemRow)| {
        let artist = row.artist?;
        let id = TrackId::from_uuid(id);
        let artist_name = artists.get(&artist)?.name.clone();
        Some((id, Track { id, artist: ArtistId::from_uuid(artist), artist_name, title: row.name }))
    };
    Ok(rows.into_iter().filter_map(track).collect())
}

/// Tracks in the order asked for.
pub(super) async fn tracks(asks: &dyn Asks, ids: &[TrackId]) -> Read<Vec<Option<Track>>> {
    let known = known_tracks(asks, ids.iter().copied()).await?;
    Ok(ids.iter().map(|id| known.get(id).cloned()).collect())
}

/// Puts genre rows and gives how many are new.
pub(super) async fn put_genres(work: &Work, rows: &[ArtistGenre]) -> Read<u64> {
    const GENRES: &str =
        "INSERT INTO artist_genre $rows ON DUPLICATE KEY UPDATE weight = $input.weight RETURN NONE";
    let rows: BTreeMap<_, _> =
        rows.iter().map(|row| (genre_of(row.artist, &row.genre), row.weight)).collect();
    let known = there(work, rows.keys().cloned()).await?.len();
    let new = rows.len() - known;
    let rows = rows.into_iter().map(|(id, weight)| object! { id: id, weight: weight });
    write(work, GENRES, rows.collect()).await?;
    Ok(new as u64)
}

/// A page of genre rows.
pub(super) async fn genres(asks: &dyn Asks, page: Page<(ArtistId, String)>) -> Read<Vec<ArtistGenre>> {
    let after = page.after.map(|(artist, genre)| genre_of(artist, &genre).key);
    let with = object! { range: row::after("artist_genre", after), limit: i64::from(page.limit) };
    let rows = asks.ask("SELECT * FROM $range LIMIT $limit", with).await?;
    row::rows::<GenreRow>(rows)?.into_iter().map(GenreRow::genre).collect()
}
