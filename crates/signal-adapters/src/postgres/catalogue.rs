//! The catalogue: artists, tracks, and the claims that find them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use signal_core::model::{Artist, ArtistId, Claim, Track, TrackId};
use signal_core::store::transfer::CatalogueItem;
use signal_core::store::{ArtistGenre, ItemKind, NewItem, Page};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgExecutor, Row};
use uuid::Uuid;

use super::row::{self, after, damaged, in_order};

/// The items behind claims, in the order asked for.
pub(super) async fn find(
    executor: impl PgExecutor<'_>,
    claims: impl Iterator<Item = &Claim>,
) -> Result<Vec<Option<Uuid>>, sqlx::Error> {
    const FIND: &str = "SELECT a.n, c.item FROM unnest($1::text[]) WITH ORDINALITY AS a (claim, n) \
                        JOIN item_claims c ON c.claim = a.claim";
    let asked: Vec<_> = claims.map(Claim::as_str).collect();
    let count = asked.len();
    let rows = sqlx::query(FIND).bind(asked).fetch_all(executor).await?;
    in_order(count, &rows, |row| row.try_get("item"))
}

/// What putting items comes to: the id of each, and what has to be written.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) ids: Vec<Uuid>,
    items: BTreeMap<Uuid, &'a NewItem>,
    claims: BTreeMap<&'a str, Uuid>,
}

impl<'a> Plan<'a> {
    /// Goes through the items one after the other, but asks for all of them at once.
    pub(super) async fn make(
        executor: impl PgExecutor<'_>,
        items: &'a [NewItem],
    ) -> Result<Self, sqlx::Error> {
        let named: BTreeSet<&Claim> = items.iter().flat_map(|item| &item.claims).collect();
        let known = find(executor, named.iter().copied()).await?;
        let mut owners: HashMap<&Claim, Uuid> =
            named.into_iter().zip(known).filter_map(|(claim, item)| Some((claim, item?))).collect();
        let mut plan = Self { ids: Vec::new(), items: BTreeMap::new(), claims: BTreeMap::new() };
        for item in items {
            let first = item.claims.first().and_then(|claim| owners.get(claim)).copied();
            let id = first.unwrap_or(item.id);
            if first.is_none() {
                plan.items.entry(id).or_insert(item);
            }
            for claim in &item.claims {
                owners.entry(claim).or_insert_with(|| {
                    plan.claims.insert(claim.as_str(), id);
                    id
                });
            }
            plan.ids.push(id);
        }
        Ok(plan)
    }

    /// Whether everything is there already.
    pub(super) fn is_done(&self) -> bool {
        self.items.is_empty() && self.claims.is_empty()
    }

    /// Writes what is new, where nobody else writes meanwhile, and gives the ids.
    pub(super) async fn write(self, connection: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
        let artist = |item: &NewItem| match item.kind {
            ItemKind::Artist => None,
            ItemKind::Track(artist) => Some(artist.uuid()),
        };
        let items = self.items.iter().map(|(id, item)| (*id, (artist(item), item.name.as_str())));
        write(connection, items.unzip(), self.claims.into_iter().unzip()).await?;
        Ok(self.ids)
    }
}

/// Puts items under the ids that they have, and claims for whom they find.
pub(super) async fn take(
    connection: &mut PgConnection,
    items: &[CatalogueItem],
    claims: &[(Claim, Uuid)],
) -> Result<(), sqlx::Error> {
    let items = items.iter().map(|item| (item.id, (item.artist.map(ArtistId::uuid), item.name.as_str())));
    let claims = claims.iter().map(|(claim, item)| (claim.as_str(), *item));
    write(connection, items.unzip(), claims.unzip()).await
}

/// Writes items (ids, then artists of tracks with names), and claims (each with its item); those that are there stay.
async fn write(
    connection: &mut PgConnection,
    (ids, items): (Vec<Uuid>, Vec<(Option<Uuid>, &str)>),
    (claims, claimed): (Vec<&str>, Vec<Uuid>),
) -> Result<(), sqlx::Error> {
    const ITEMS: &str = "INSERT INTO items (id, artist, name) \
                         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) ON CONFLICT DO NOTHING";
    const CLAIMS: &str = "INSERT INTO item_claims (claim, item) \
                          SELECT * FROM unnest($1::text[], $2::uuid[]) ON CONFLICT DO NOTHING";
    let (artists, names): (Vec<_>, Vec<_>) = items.into_iter().unzip();
    let query = sqlx::query(ITEMS).bind(ids).bind(artists).bind(names);
    query.execute(&mut *connection).await?;
    sqlx::query(CLAIMS).bind(claims).bind(claimed).execute(connection).await?;
    Ok(())
}

/// All claims of an item, sorted.
pub(super) async fn claims(executor: impl PgExecutor<'_>, item: Uuid) -> Result<Vec<Claim>, sqlx::Error> {
    let query = sqlx::query("SELECT claim FROM item_claims WHERE item = $1 ORDER BY claim").bind(item);
    row::all(&query.fetch_all(executor).await?, claim)
}

pub(super) fn claim(row: &PgRow) -> Result<Claim, sqlx::Error> {
    row.try_get::<&str, _>("claim")?.parse().map_err(|error| damaged("claim", error))
}

/// Artists in the order asked for.
pub(super) async fn artists(
    executor: impl PgExecutor<'_>,
    ids: &[ArtistId],
) -> Result<Vec<Option<Artist>>, sqlx::Error> {
    const ARTISTS: &str = "SELECT a.n, i.id, i.name FROM unnest($1::uuid[]) WITH ORDINALITY AS a (id, n) \
                           JOIN items i ON i.id = a.id";
    let asked: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query(ARTISTS).bind(asked).fetch_all(executor).await?;
    in_order(ids.len(), &rows, |row| {
        Ok(Artist { id: ArtistId::from_uuid(row.try_get("id")?), name: row.try_get("name")? })
    })
}

/// Tracks in the order asked for.
pub(super) async fn tracks(
    executor: impl PgExecutor<'_>,
    ids: &[TrackId],
) -> Result<Vec<Option<Track>>, sqlx::Error> {
    const TRACKS: &str = "SELECT q.n, t.id AS track, t.artist, a.name AS artist_name, t.name AS title \
                          FROM unnest($1::uuid[]) WITH ORDINALITY AS q (id, n) JOIN items t ON t.id = q.id \
                          JOIN items a ON a.id = t.artist";
    let asked: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    in_order(ids.len(), &sqlx::query(TRACKS).bind(asked).fetch_all(executor).await?, track)
}

/// A track with its artist's name.
pub(super) fn track(row: &PgRow) -> Result<Track, sqlx::Error> {
    Ok(Track {
        id: TrackId::from_uuid(row.try_get("track")?),
        artist: ArtistId::from_uuid(row.try_get("artist")?),
        artist_name: row.try_get("artist_name")?,
        title: row.try_get("title")?,
    })
}

/// Puts genre rows and gives how many are new.
pub(super) async fn put_genres(
    connection: &mut PgConnection,
    rows: &[ArtistGenre],
) -> Result<u64, sqlx::Error> {
    const NEW: &str = "INSERT INTO artist_genres (artist, genre, weight) \
                       SELECT * FROM unnest($1::uuid[], $2::text[], $3::float8[]) ON CONFLICT DO NOTHING";
    const PUT: &str = "INSERT INTO artist_genres (artist, genre, weight) \
                       SELECT * FROM unnest($1::uuid[], $2::text[], $3::float8[]) \
                       ON CONFLICT (artist, genre) DO UPDATE SET weight = excluded.weight";
    let rows: BTreeMap<_, _> =
        rows.iter().map(|row| ((row.artist.uuid(), row.genre.as_str()), row.weight)).collect();
    let (keys, weights): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let (artists, genres): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
    let mut new = 0;
    for (statement, counts) in [(NEW, true), (PUT, false)] {
        if !counts && new == artists.len() as u64 {
            break;
        }
        let query = sqlx::query(statement).bind(&artists).bind(&genres).bind(&weights);
        let done = query.execute(&mut *connection).await?;
        new += if counts { done.rows_affected() } else { 0 };
    }
    Ok(new)
}

/// A page of genre rows.
pub(super) async fn genres(
    executor: impl PgExecutor<'_>,
    page: Page<(ArtistId, String)>,
) -> Result<Vec<ArtistGenre>, sqlx::Error> {
    const GENRES: &str = "SELECT * FROM artist_genres WHERE (artist, genre, 0) > ($1, $2, $3) \
                          ORDER BY artist, genre LIMIT $4";
    let (artist, genre) = page.after.map(|(artist, genre)| (artist.uuid(), genre)).unzip();
    let (artist, first) = after(artist);
    let query = sqlx::query(GENRES).bind(artist).bind(genre.unwrap_or_default()).bind(first);
    row::all(&query.bind(i64::from(page.limit)).fetch_all(executor).await?, artist_genre)
}

pub(super) fn artist_genre(row: &PgRow) -> Result<ArtistGenre, sqlx::Error> {
    Ok(ArtistGenre {
        artist: ArtistId::from_uuid(row.try_get("artist")?),
        genre: row.try_get("genre")?,
        weight: row.try_get("weight")?,
    })
}
