//! Listens, play counts, and what follows from both.

use std::collections::{BTreeMap, BTreeSet};

use signal_core::model::{ArtistId, Correction, Listen, PlayCount, Span, Timestamp, TrackId, UserId};
use signal_core::store::{ArtistPlays, ArtistPlaysKey, Page, PlayedTrackRow};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgExecutor, PgPool, Row};
use uuid::Uuid;

use super::row::{self, after, damaged, signed, small, time, unsigned, user};
use super::{catalogue, ledger};
use crate::code;
use crate::folded::{Folded, is_folded};

const NEW_LISTENS: &str = "INSERT INTO listens (user_id, track, start, exactness, played_ms, source) \
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::int2[], $5::int8[], $6::text[]) \
    ON CONFLICT DO NOTHING";
const LISTENS: &str = "INSERT INTO listens (user_id, track, start, exactness, played_ms, source) \
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::int2[], $5::int8[], $6::text[]) \
    ON CONFLICT (user_id, track, start) DO UPDATE SET exactness = excluded.exactness, \
    played_ms = excluded.played_ms, source = excluded.source WHERE excluded.exactness > listens.exactness";
const NEW_COUNTS: &str = "INSERT INTO play_counts \
    (user_id, kind, item, source, spanned, span_from, span_to, plays, monthly) \
    SELECT * FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::text[], $5::bool[], $6::int8[], $7::int8[], \
    $8::int8[], $9::bool[]) ON CONFLICT DO NOTHING";
const COUNTS: &str = "INSERT INTO play_counts \
    (user_id, kind, item, source, spanned, span_from, span_to, plays, monthly) \
    SELECT * FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::text[], $5::bool[], $6::int8[], $7::int8[], \
    $8::int8[], $9::bool[]) ON CONFLICT (user_id, kind, item, source, spanned, span_from, span_to) \
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
    let folded = folded_months(connection, rows.values().map(|listen| listen.user)).await?;
    let rows: Vec<_> = rows.into_values().filter(|listen| !is_folded(&folded, listen)).collect();
    let new = write_listens(connection, NEW_LISTENS, &rows).await?;
    if new < rows.len() as u64 {
        write_listens(connection, LISTENS, &rows).await?;
    }
    Ok(new)
}

/// Takes listens away and adds what is known better; gives how many went.
pub(super) async fn correct_listens(
    connection: &mut PgConnection,
    corrections: &[Correction],
) -> Result<u64, sqlx::Error> {
    const DELETE: &str = "DELETE FROM listens WHERE user_id = $1 AND track = $2 AND start = $3";
    let folded = folded_months(connection, corrections.iter().map(|known| known.by.user)).await?;
    // In the order of keys, so that no two wait for each other.
    let mut ordered: Vec<_> =
        corrections.iter().filter(|known| !is_folded(&folded, &known.by)).enumerate().collect();
    ordered.sort_by_key(|(_, known)| (known.by.user, known.track, known.start));
    let mut better = BTreeMap::new();
    for (place, Correction { track, start, by }) in ordered {
        let query = sqlx::query(DELETE).bind(by.user.uuid()).bind(track.uuid()).bind(start.micros());
        if query.execute(&mut *connection).await?.rows_affected() > 0 {
            better.insert(place, by.clone());
        }
    }
    let better: Vec<_> = better.into_values().collect();
    add_listens(connection, &better).await?;
    Ok(better.len() as u64)
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

/// The months of which a source gives counts of a person.
async fn folded_months(
    connection: &mut PgConnection,
    people: impl Iterator<Item = UserId>,
) -> Result<Folded, sqlx::Error> {
    const MONTHS: &str = "SELECT DISTINCT user_id, source, span_from FROM play_counts \
                          WHERE user_id = ANY($1) AND kind = 1 AND monthly";
    let people: BTreeSet<_> = people.map(UserId::uuid).collect();
    let people: Vec<_> = people.into_iter().collect();
    let rows = sqlx::query(MONTHS).bind(people).fetch_all(connection).await?;
    let month = |row: &PgRow| Ok((user(row, "user_id")?, row.try_get("source")?, time(row, "span_from")?));
    rows.iter().map(month).collect()
}

/// Counts the listens of a month by user, track and source, but for the short ones.
pub(super) async fn count_month(
    connection: &mut PgConnection,
    month: Span,
    short_ms: u32,
) -> Result<(), sqlx::Error> {
    const COUNT: &str = "INSERT INTO play_counts \
        (user_id, kind, item, source, spanned, span_from, span_to, plays, monthly) \
        SELECT user_id, 1, track, source, true, $1, $2, count(*), true FROM listens \
        WHERE start >= $1 AND start < $2 AND (played_ms IS NULL OR played_ms >= $3) GROUP BY user_id, track, source \
        ON CONFLICT (user_id, kind, item, source, spanned, span_from, span_to) \
        DO UPDATE SET plays = greatest(play_counts.plays, excluded.plays), monthly = true";
    let query = sqlx::query(COUNT).bind(month.from.micros()).bind(month.to.micros());
    query.bind(i64::from(short_ms)).execute(connection).await?;
    Ok(())
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
        .bind(rows.iter().map(|count| count.span.is_some_and(Span::is_month)).collect::<Vec<_>>())
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

/// How long a play was.
pub(super) fn played_ms(row: &PgRow) -> Result<Option<u32>, sqlx::Error> {
    let played_ms: Option<i64> = row.try_get("played_ms")?;
    played_ms.map(u32::try_from).transpose().map_err(|error| damaged("played_ms", error))
}

pub(super) fn listen(row: &PgRow) -> Result<Listen, sqlx::Error> {
    Ok(Listen {
        user: user(row, "user_id")?,
        track: TrackId::from_uuid(row.try_get("track")?),
        start: time(row, "start")?,
        exactness: row::coded(row, "exactness", code::exactness)?,
        played_ms: played_ms(row)?,
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

pub(super) fn count(row: &PgRow) -> Result<PlayCount, sqlx::Error> {
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

/// Plays of the users from $1 to $2, after the key ($3, $4, $5, $6): the listens, those below $7 milliseconds apart, and
/// for each item the largest count of a month, and of all other spans, because several sources may count the same plays. A week has 604,800,000,000
/// microseconds; division rounds towards zero.
const ARTIST_PLAYS: &str = "\
    WITH dated AS ( \
        SELECT user_id, kind, item, plays, spanned, CASE WHEN monthly THEN span_from END AS month, CASE WHEN spanned THEN \
            (span_from / 604800000000 - (span_from % 604800000000 < 0)::int \
            + (span_to / 604800000000 - (span_to % 604800000000 < 0)::int)) >> 1 END AS week \
        FROM play_counts WHERE user_id BETWEEN $1 AND $2 \
    ), ranked AS ( \
        SELECT *, row_number() OVER (PARTITION BY user_id, kind, item, month ORDER BY plays DESC, spanned, week DESC) AS place \
        FROM dated \
    ), heard AS ( \
        SELECT user_id, track, start / 604800000000 - (start % 604800000000 < 0)::int AS week, \
            CASE WHEN played_ms IS NULL THEN 0 WHEN played_ms < $7 THEN 1 ELSE 2 END AS length, \
            1::int8 AS plays, coalesce(played_ms, 0)::int8 AS ms \
        FROM listens WHERE user_id BETWEEN $1 AND $2 \
        UNION ALL \
        SELECT user_id, item, week, 0, plays, 0 FROM ranked WHERE place = 1 AND kind = 1 \
    ), known AS ( \
        SELECT h.user_id, h.week, h.length, h.plays, h.ms, CASE WHEN m.track IS NULL THEN t.artist ELSE coalesce(( \
            WITH RECURSIVE chain (track) AS ( \
                SELECT m.into_track UNION SELECT n.into_track FROM chain c JOIN merges n ON n.track = c.track \
            ) \
            SELECT i.artist FROM chain c JOIN items i ON i.id = c.track JOIN items a ON a.id = i.artist \
            WHERE NOT EXISTS (SELECT 1 FROM merges n WHERE n.track = c.track) \
        ), t.artist) END AS artist \
        FROM heard h JOIN items t ON t.id = h.track JOIN items a ON a.id = t.artist \
        LEFT JOIN merges m ON m.track = h.track \
        UNION ALL \
        SELECT user_id, week, 0, plays, 0, item FROM ranked WHERE place = 1 AND kind = 0 \
    ) \
    SELECT user_id, artist, week, length::int2 AS length, sum(plays)::int8 AS plays, sum(ms)::int8 AS played_ms FROM known \
    WHERE (user_id, artist, coalesce(week, $8), length) > ($3, $4, $5, $6) \
    GROUP BY user_id, artist, week, length ORDER BY user_id, artist, week NULLS FIRST, length LIMIT $9";

/// Where a page of [`ARTIST_PLAYS`] begins and ends.
#[derive(Debug)]
struct Stretch {
    first: Uuid,
    last: Uuid,
    /// The key after which it begins: before all of `first` where a length is -1.
    after: (Uuid, Uuid, i64, i64),
    limit: i64,
}

impl Stretch {
    /// Everything from one user to another.
    fn of_users(first: Uuid, last: Uuid) -> Self {
        Self { first, last, after: (first, Uuid::nil(), i64::MIN, -1), limit: i64::MAX }
    }

    async fn read(
        &self,
        executor: impl PgExecutor<'_>,
        short_ms: u32,
    ) -> Result<Vec<ArtistPlays>, sqlx::Error> {
        let (user_after, artist_after, week_after, length_after) = self.after;
        let query = sqlx::query(ARTIST_PLAYS)
            .bind(self.first)
            .bind(self.last)
            .bind(user_after)
            .bind(artist_after)
            .bind(week_after)
            .bind(length_after)
            .bind(i64::from(short_ms))
            .bind(i64::MIN)
            .bind(self.limit);
        row::all(&query.fetch_all(executor).await?, |row| {
            Ok(ArtistPlays {
                user: user(row, "user_id")?,
                artist: ArtistId::from_uuid(row.try_get("artist")?),
                week: row.try_get("week")?,
                length: row::coded(row, "length", code::play_length)?,
                plays: unsigned(row, "plays")?,
                played_ms: unsigned(row, "played_ms")?,
            })
        })
    }
}

/// Plays of one user by artist.
pub(super) async fn artist_plays_of(
    executor: impl PgExecutor<'_>,
    user: UserId,
    short_ms: u32,
) -> Result<Vec<ArtistPlays>, sqlx::Error> {
    Stretch::of_users(user.uuid(), user.uuid()).read(executor, short_ms).await
}

/// A page of plays in the order of their keys. Adding up everybody for each page would cost the square of their number,
/// so it goes in stretches of users whose rows are about a page.
pub(super) async fn artist_plays(
    pool: &PgPool,
    page: Page<ArtistPlaysKey>,
    short_ms: u32,
) -> Result<Vec<ArtistPlays>, sqlx::Error> {
    let mut reached = page.after.map(|(user, ..)| user.uuid());
    let mut next = Stretch::of_users(reached.unwrap_or_default(), Uuid::max());
    if let Some((user, artist, week, length)) = page.after {
        let week = week.unwrap_or(i64::MIN);
        next.after = (user.uuid(), artist.uuid(), week, code::of_play_length(length));
    }
    let limit = page.limit as usize;
    let mut plays = Vec::new();
    loop {
        let end = user_after_rows(pool, reached, page.limit).await?;
        next.last = end.unwrap_or(Uuid::max());
        next.limit = i64::try_from(limit - plays.len()).unwrap_or(i64::MAX);
        plays.extend(next.read(pool, short_ms).await?);
        match end {
            Some(end) if plays.len() < limit => {
                reached = Some(end);
                next = Stretch::of_users(end, Uuid::max());
                // All of that user was in the last stretch.
                next.after = (end, Uuid::max(), i64::MAX, i64::MAX);
            }
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
