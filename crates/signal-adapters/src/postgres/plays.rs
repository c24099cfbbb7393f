//! Listens, play counts, and what follows from both.

use std::collections::BTreeMap;

use signal_core::model::{ArtistId, Listen, PlayCount, Span, Timestamp, TrackId, UserId};
use signal_core::store::{ArtistPlays, Page, PlayedTrackRow};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgExecutor, PgPool, Row};
use uuid::Uuid;

use super::row::{self, after, after_both, damaged, signed, small, time, unsigned, user};
use super::{catalogue, ledger};
use crate::code;

const NEW_LISTENS: &str = "INSERT INTO listens (user_id, track, start, exactness, played_ms, source) \
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::int2[], $5::int8[], $6::text[]) \
    ON CONFLICT DO NOTHING";
const LISTENS: &str = "INSERT INTO listens (user_id, track, start, exactness, played_ms, source) \
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::int2[], $5::int8[], $6::text[]) \
    ON CONFLICT (user_id, track, start) DO UPDATE SET exactness = excluded.exactness, \
    played_ms = excluded.played_ms, source = excluded.source WHERE excluded.exactness > listens.exactness";
const NEW_COUNTS: &str = "INSERT INTO play_counts (user_id, kind, item, source, spanned, span_from, span_to, plays) \
    SELECT * FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::text[], $5::bool[], $6::int8[], $7::int8[], \
    $8::int8[]) ON CONFLICT DO NOTHING";
const COUNTS: &str = "INSERT INTO play_counts (user_id, kind, item, source, spanned, span_from, span_to, plays) \
    SELECT * FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::text[], $5::bool[], $6::int8[], $7::int8[], \
    $8::int8[]) ON CONFLICT (user_id, kind, item, source, spanned, span_from, span_to) \
    DO UPDATE SET plays = excluded.plays";

/// Adds listens, but those of erased people, and gives how many are new.
pub(super) async fn add_listens(
    connection: &mut PgConnection,
    listens: &[Listen],
) -> Result<u64, sqlx::Error> {
    let erased = ledger::erased(&mut *connection, listens.iter().map(|listen| listen.user)).await?;
    // One row a key, in the order of keys: no statement meets a row twice, and no two wait for each other.
    let mut rows: BTreeMap<_, &Listen> = BTreeMap::new();
    for listen in listens.iter().filter(|listen| !erased.contains(&listen.user)) {
        let kept = rows.entry((listen.user, listen.track, listen.start)).or_insert(listen);
        if listen.exactness > kept.exactness {
            *kept = listen;
        }
    }
    let rows: Vec<_> = rows.into_values().collect();
    let new = write_listens(connection, NEW_LISTENS, &rows).await?;
    if new < rows.len() as u64 {
        write_listens(connection, LISTENS, &rows).await?;
    }
    Ok(new)
}

async fn write_listens(
    connection: &mut PgConnection,
    statement: &'static str,
    rows: &[&Listen],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(statement)
        .bind(rows.iter().map(|listen| listen.user.uuid()).collect::<Vec<_>>())
        .bind(rows.iter().map(|listen| listen.track.uuid()).collect::<Vec<_>>())
        .bind(rows.iter().map(|listen| listen.start.micros()).collect::<Vec<_>>())
        .bind(rows.iter().map(|listen| small(code::of_exactness(listen.exactness))).collect::<Vec<_>>())
        .bind(rows.iter().map(|listen| listen.played_ms.map(i64::from)).collect::<Vec<_>>())
        .bind(rows.iter().map(|listen| listen.source.as_str()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Adds play counts, but those of erased people, and gives how many are new.
pub(super) async fn add_counts(
    connection: &mut PgConnection,
    counts: &[PlayCount],
) -> Result<u64, sqlx::Error> {
    let erased = ledger::erased(&mut *connection, counts.iter().map(|count| count.user)).await?;
    let mut rows: BTreeMap<_, &PlayCount> = BTreeMap::new();
    for count in counts.iter().filter(|count| !erased.contains(&count.user)) {
        rows.insert((count.user, count.item, count.source.as_str(), count.span), count);
    }
    let rows: Vec<_> = rows.into_values().collect();
    let new = write_counts(connection, NEW_COUNTS, &rows).await?;
    if new < rows.len() as u64 {
        write_counts(connection, COUNTS, &rows).await?;
    }
    Ok(new)
}

async fn write_counts(
    connection: &mut PgConnection,
    statement: &'static str,
    rows: &[&PlayCount],
) -> Result<u64, sqlx::Error> {
    let end = |pick: fn(Span) -> Timestamp| {
        rows.iter().map(|count| count.span.map_or(0, |span| pick(span).micros())).collect::<Vec<_>>()
    };
    let done = sqlx::query(statement)
        .bind(rows.iter().map(|count| count.user.uuid()).collect::<Vec<_>>())
        .bind(rows.iter().map(|count| small(code::of_item(count.item).0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|count| code::of_item(count.item).1).collect::<Vec<_>>())
        .bind(rows.iter().map(|count| count.source.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|count| count.span.is_some()).collect::<Vec<_>>())
        .bind(end(|span| span.from))
        .bind(end(|span| span.to))
        .bind(rows.iter().map(|count| signed(count.plays)).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Listens of a user, newest first, with their tracks.
pub(super) async fn listens(
    executor: impl PgExecutor<'_>,
    user: UserId,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<PlayedTrackRow>, sqlx::Error> {
    const LISTENS: &str = "SELECT l.*, t.artist, a.name AS artist_name, t.name AS title \
                           FROM listens l JOIN items t ON t.id = l.track JOIN items a ON a.id = t.artist \
                           WHERE l.user_id = $1 AND l.start < $2 ORDER BY l.start DESC, l.track LIMIT $3";
    let query = sqlx::query(LISTENS).bind(user.uuid()).bind(before.micros()).bind(i64::from(limit));
    row::all(&query.fetch_all(executor).await?, |row| {
        Ok(PlayedTrackRow { listen: listen(row)?, track: catalogue::track(row)? })
    })
}

fn listen(row: &PgRow) -> Result<Listen, sqlx::Error> {
    let played_ms: Option<i64> = row.try_get("played_ms")?;
    Ok(Listen {
        user: user(row, "user_id")?,
        track: TrackId::from_uuid(row.try_get("track")?),
        start: time(row, "start")?,
        exactness: row::coded(row, "exactness", code::exactness)?,
        played_ms: played_ms.map(u32::try_from).transpose().map_err(|error| damaged("played_ms", error))?,
        source: row.try_get("source")?,
    })
}

/// Play counts of a user in the order of their key.
pub(super) async fn counts(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Vec<PlayCount>, sqlx::Error> {
    const COUNTS: &str = "SELECT * FROM play_counts WHERE user_id = $1 \
                          ORDER BY kind, item, source, spanned, span_from, span_to";
    row::all(&sqlx::query(COUNTS).bind(user.uuid()).fetch_all(executor).await?, count)
}

fn count(row: &PgRow) -> Result<PlayCount, sqlx::Error> {
    let span = Span { from: time(row, "span_from")?, to: time(row, "span_to")? };
    let spanned: bool = row.try_get("spanned")?;
    Ok(PlayCount {
        user: user(row, "user_id")?,
        item: row::coded(row, "kind", code::item)?(row.try_get("item")?),
        plays: unsigned(row, "plays")?,
        span: spanned.then_some(span),
        source: row.try_get("source")?,
    })
}

/// Plays by (user, artist) of the users from $1 to $2, after the pair ($3, $4): the listens, and for each item the
/// largest count, because several sources may count the same plays.
const ARTIST_PLAYS: &str = "\
    WITH largest AS ( \
        SELECT user_id, kind, item, max(plays) AS plays FROM play_counts \
        WHERE user_id BETWEEN $1 AND $2 GROUP BY user_id, kind, item \
    ), known AS ( \
        SELECT l.user_id, t.artist, count(*) AS plays \
        FROM listens l JOIN items t ON t.id = l.track JOIN items a ON a.id = t.artist \
        WHERE l.user_id BETWEEN $1 AND $2 GROUP BY l.user_id, t.artist \
        UNION ALL \
        SELECT user_id, item, plays FROM largest WHERE kind = 0 \
        UNION ALL \
        SELECT c.user_id, t.artist, c.plays \
        FROM largest c JOIN items t ON t.id = c.item JOIN items a ON a.id = t.artist WHERE c.kind = 1 \
    ) \
    SELECT user_id, artist, sum(plays)::int8 AS plays FROM known WHERE (user_id, artist, 0) > ($3, $4, $5) \
    GROUP BY user_id, artist ORDER BY user_id, artist LIMIT $6";

/// Where a page of [`ARTIST_PLAYS`] begins and ends.
#[derive(Debug)]
struct Stretch {
    first: Uuid,
    last: Uuid,
    after: Option<(Uuid, Uuid)>,
    limit: i64,
}

impl Stretch {
    async fn read(&self, executor: impl PgExecutor<'_>) -> Result<Vec<ArtistPlays>, sqlx::Error> {
        let (user_after, artist_after, first) = after_both(self.after);
        let query = sqlx::query(ARTIST_PLAYS)
            .bind(self.first)
            .bind(self.last)
            .bind(user_after)
            .bind(artist_after)
            .bind(first)
            .bind(self.limit);
        row::all(&query.fetch_all(executor).await?, |row| {
            Ok(ArtistPlays {
                user: user(row, "user_id")?,
                artist: ArtistId::from_uuid(row.try_get("artist")?),
                plays: unsigned(row, "plays")?,
            })
        })
    }
}

/// Plays of one user by artist.
pub(super) async fn artist_plays_of(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Vec<ArtistPlays>, sqlx::Error> {
    let user = user.uuid();
    Stretch { first: user, last: user, after: None, limit: i64::MAX }.read(executor).await
}

/// A page of plays by (user, artist). Adding up everybody for each page would cost the square of their number, so
/// it goes in stretches of users whose rows are about a page.
pub(super) async fn artist_plays(
    pool: &PgPool,
    page: Page<(UserId, ArtistId)>,
) -> Result<Vec<ArtistPlays>, sqlx::Error> {
    let mut from = page.after.map(|(user, artist)| (user.uuid(), artist.uuid()));
    let limit = page.limit as usize;
    let mut plays = Vec::new();
    loop {
        let user = from.map(|(user, _)| user);
        let end = user_after_rows(pool, user, page.limit).await?;
        let stretch = Stretch {
            first: user.unwrap_or_default(),
            last: end.unwrap_or(Uuid::max()),
            after: from,
            limit: i64::try_from(limit - plays.len()).unwrap_or(i64::MAX),
        };
        plays.extend(stretch.read(pool).await?);
        match end {
            Some(end) if plays.len() < limit => from = Some((end, Uuid::max())),
            _ => return Ok(plays),
        }
    }
}

/// The user that `rows` rows of plays after a user belong to; none where fewer rows are left.
async fn user_after_rows(pool: &PgPool, user: Option<Uuid>, rows: u32) -> Result<Option<Uuid>, sqlx::Error> {
    const AFTER: &str = "SELECT user_id FROM ( \
        (SELECT user_id FROM listens WHERE (user_id, 0) > ($1, $2) ORDER BY user_id LIMIT 1 OFFSET $3) UNION ALL \
        (SELECT user_id FROM play_counts WHERE (user_id, 0) > ($1, $2) ORDER BY user_id LIMIT 1 OFFSET $3) \
        ) AS ends ORDER BY user_id LIMIT 1";
    let (user, first) = after(user);
    sqlx::query_scalar(AFTER).bind(user).bind(first).bind(i64::from(rows)).fetch_optional(pool).await
}
