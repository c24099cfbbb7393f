//! Listens, play counts, and what follows from both.

use std::collections::BTreeSet;

use signal_core::model::{ArtistId, Correction, Listen, PlayCount, Span, Timestamp, TrackId, UserId};
use signal_core::store::{ArtistPlays, ArtistPlaysKey, Page, PlayedTrackRow};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqliteExecutor, SqlitePool};

use super::bulk::{Insert, Values};
use super::row::{self, after, bytes, damaged, id, signed, time, unsigned, user};
use super::{catalogue, ledger};
use crate::code;
use crate::folded::{Folded, is_folded};

const NEW_LISTENS: Insert = Insert {
    into: "listens (user, track, start, exactness, played_ms, source)",
    columns: 6,
    tail: "ON CONFLICT DO NOTHING",
};
const LISTENS: Insert = Insert {
    tail: "ON CONFLICT DO UPDATE SET exactness = excluded.exactness, played_ms = excluded.played_ms, \
           source = excluded.source WHERE excluded.exactness > listens.exactness",
    ..NEW_LISTENS
};
const NEW_COUNTS: Insert = Insert {
    into: "play_counts (user, kind, item, source, spanned, span_from, span_to, plays, monthly)",
    columns: 9,
    tail: "ON CONFLICT DO NOTHING",
};
const COUNTS: Insert = Insert { tail: "ON CONFLICT DO UPDATE SET plays = excluded.plays", ..NEW_COUNTS };

/// Adds listens, but those of erased people, and gives how many are new.
pub(super) async fn add_listens(
    connection: &mut SqliteConnection,
    listens: &[Listen],
) -> Result<u64, sqlx::Error> {
    let erased = ledger::erased(&mut *connection, listens.iter().map(|listen| listen.user)).await?;
    let mut listens: Vec<_> = listens.iter().filter(|listen| !erased.contains(&listen.user)).collect();
    let folded = folded_months(connection, &listens).await?;
    listens.retain(|listen| !is_folded(&folded, listen));
    // In the order of the table, which is how it takes them fastest; of equal ones the first stays the first.
    listens.sort_by_key(|listen| (listen.user, listen.track, listen.start));
    let push: fn(&mut Values, &Listen) = |values, listen| {
        values
            .push(bytes(listen.user.uuid()))
            .push(bytes(listen.track.uuid()))
            .push(listen.start.micros())
            .push(code::of_exactness(listen.exactness))
            .push(listen.played_ms)
            .push(listen.source.as_str());
    };
    let new = NEW_LISTENS.all(connection, listens.clone(), push).await?;
    if new < listens.len() as u64 {
        LISTENS.all(connection, listens, push).await?;
    }
    Ok(new)
}

/// Takes listens away and adds what is known better; gives how many went.
pub(super) async fn correct_listens(
    connection: &mut SqliteConnection,
    corrections: &[Correction],
) -> Result<u64, sqlx::Error> {
    const DELETE: &str = "DELETE FROM listens WHERE user = ? AND track = ? AND start = ?";
    let listens: Vec<_> = corrections.iter().map(|known| &known.by).collect();
    let folded = folded_months(connection, &listens).await?;
    let mut better = Vec::new();
    for Correction { track, start, by } in corrections.iter().filter(|known| !is_folded(&folded, &known.by)) {
        let query = sqlx::query(DELETE).bind(bytes(by.user.uuid())).bind(bytes(track.uuid()));
        if query.bind(start.micros()).execute(&mut *connection).await?.rows_affected() > 0 {
            better.push(by.clone());
        }
    }
    add_listens(connection, &better).await?;
    Ok(better.len() as u64)
}

/// The months of which a source gives counts of a person.
async fn folded_months(
    connection: &mut SqliteConnection,
    listens: &[&Listen],
) -> Result<Folded, sqlx::Error> {
    const MONTHS: &str =
        "SELECT DISTINCT source, span_from FROM play_counts WHERE user = ? AND kind = 1 AND monthly";
    let people: BTreeSet<_> = listens.iter().map(|listen| listen.user).collect();
    let mut folded = Folded::new();
    for person in people {
        let rows = sqlx::query(MONTHS).bind(bytes(person.uuid())).fetch_all(&mut *connection).await?;
        for row in &rows {
            folded.insert((person, row.try_get("source")?, time(row, "span_from")?));
        }
    }
    Ok(folded)
}

/// Folds one month as [`signal_core::store::HistoryStore::fold_listens`] says, and gives how many listens went.
pub(super) async fn fold(
    connection: &mut SqliteConnection,
    before: Timestamp,
    short_ms: u32,
) -> Result<u64, sqlx::Error> {
    const OLDEST: &str = "SELECT min(start) FROM listens";
    const COUNT: &str = "INSERT INTO play_counts \
        (user, kind, item, source, spanned, span_from, span_to, plays, monthly) \
        SELECT user, 1, track, source, 1, ?1, ?2, count(*), 1 FROM listens \
        WHERE start >= ?1 AND start < ?2 AND (played_ms IS NULL OR played_ms >= ?3) GROUP BY user, track, source \
        ON CONFLICT DO UPDATE SET plays = max(plays, excluded.plays), monthly = 1";
    const DELETE: &str = "DELETE FROM listens WHERE start >= ? AND start < ?";
    let oldest: Option<i64> = sqlx::query_scalar(OLDEST).fetch_one(&mut *connection).await?;
    let month = oldest.and_then(|oldest| Span::month_of(Timestamp::from_micros(oldest)));
    let Some(month) = month.filter(|month| month.to <= before) else {
        return Ok(0);
    };
    let (from, to) = (month.from.micros(), month.to.micros());
    let query = sqlx::query(COUNT).bind(from).bind(to).bind(short_ms);
    query.execute(&mut *connection).await?;
    Ok(sqlx::query(DELETE).bind(from).bind(to).execute(connection).await?.rows_affected())
}

/// Adds play counts, but those of erased people, and gives how many are new.
pub(super) async fn add_counts(
    connection: &mut SqliteConnection,
    counts: &[PlayCount],
) -> Result<u64, sqlx::Error> {
    let erased = ledger::erased(&mut *connection, counts.iter().map(|count| count.user)).await?;
    let counts: Vec<_> = counts.iter().filter(|count| !erased.contains(&count.user)).collect();
    let push: fn(&mut Values, &PlayCount) = |values, count| {
        let (kind, item) = code::of_item(count.item);
        let (from, to) = count.span.map_or((0, 0), |span| (span.from.micros(), span.to.micros()));
        values
            .push(bytes(count.user.uuid()))
            .push(kind)
            .push(bytes(item))
            .push(count.source.as_str())
            .push(i64::from(count.span.is_some()))
            .push(from)
            .push(to)
            .push(signed(count.plays))
            .push(count.span.is_some_and(Span::is_month));
    };
    let new = NEW_COUNTS.all(connection, counts.clone(), push).await?;
    if new < counts.len() as u64 {
        COUNTS.all(connection, counts, push).await?;
    }
    Ok(new)
}

/// Listens of a user, newest first, with their tracks.
pub(super) async fn listens(
    executor: impl SqliteExecutor<'_>,
    user: UserId,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<PlayedTrackRow>, sqlx::Error> {
    const LISTENS: &str = "SELECT l.*, t.artist, a.name AS artist_name, t.name AS title \
                           FROM listens l CROSS JOIN items t ON t.id = l.track CROSS JOIN items a ON a.id = t.artist \
                           WHERE l.user = ? AND l.start < ? ORDER BY l.start DESC, l.track LIMIT ?";
    let query = sqlx::query(LISTENS).bind(bytes(user.uuid())).bind(before.micros()).bind(limit);
    row::all(&query.fetch_all(executor).await?, |row| {
        Ok(PlayedTrackRow { listen: listen(row)?, track: catalogue::track(row)? })
    })
}

/// How long a play was.
pub(super) fn played_ms(row: &SqliteRow) -> Result<Option<u32>, sqlx::Error> {
    let played_ms: Option<i64> = row.try_get("played_ms")?;
    played_ms.map(u32::try_from).transpose().map_err(|error| damaged("played_ms", error))
}

pub(super) fn listen(row: &SqliteRow) -> Result<Listen, sqlx::Error> {
    Ok(Listen {
        user: user(row, "user")?,
        track: TrackId::from_uuid(id(row, "track")?),
        start: time(row, "start")?,
        exactness: row::coded(row, "exactness", code::exactness)?,
        played_ms: played_ms(row)?,
        source: row.try_get("source")?,
    })
}

/// Play counts of a user in the order of their key.
pub(super) async fn counts(
    executor: impl SqliteExecutor<'_>,
    user: UserId,
) -> Result<Vec<PlayCount>, sqlx::Error> {
    const COUNTS: &str = "SELECT * FROM play_counts WHERE user = ? \
                          ORDER BY kind, item, source, spanned, span_from, span_to";
    row::all(&sqlx::query(COUNTS).bind(bytes(user.uuid())).fetch_all(executor).await?, count)
}

pub(super) fn count(row: &SqliteRow) -> Result<PlayCount, sqlx::Error> {
    let span = Span { from: time(row, "span_from")?, to: time(row, "span_to")? };
    let spanned: bool = row.try_get("spanned")?;
    Ok(PlayCount {
        user: user(row, "user")?,
        item: row::coded(row, "kind", code::item)?(id(row, "item")?),
        plays: unsigned(row, "plays")?,
        span: spanned.then_some(span),
        source: row.try_get("source")?,
    })
}

/// Plays of the users from ?1 to ?2, after the key (?3, ?4, ?5, ?6): the listens, those below ?7 milliseconds apart, and
/// for each item the largest count of a month, and of all other spans, because several sources may count the same plays. A week has 604,800,000,000
/// microseconds; SQLite's division rounds towards zero.
const ARTIST_PLAYS: &str = "\
    WITH dated AS ( \
        SELECT user, kind, item, plays, spanned, CASE WHEN monthly THEN span_from END AS month, CASE WHEN spanned THEN \
            ((span_from / 604800000000 - (span_from % 604800000000 < 0)) \
            + (span_to / 604800000000 - (span_to % 604800000000 < 0))) >> 1 END AS week \
        FROM play_counts WHERE user BETWEEN ?1 AND ?2 \
    ), ranked AS ( \
        SELECT *, row_number() OVER (PARTITION BY user, kind, item, month ORDER BY plays DESC, spanned, week DESC) AS place \
        FROM dated \
    ), heard AS ( \
        SELECT user, track, start / 604800000000 - (start % 604800000000 < 0) AS week, \
            CASE WHEN played_ms IS NULL THEN 0 WHEN played_ms < ?7 THEN 1 ELSE 2 END AS length, \
            1 AS plays, coalesce(played_ms, 0) AS ms \
        FROM listens WHERE user BETWEEN ?1 AND ?2 \
        UNION ALL \
        SELECT user, item, week, 0, plays, 0 FROM ranked WHERE place = 1 AND kind = 1 \
    ), known AS ( \
        SELECT h.user, h.week, h.length, h.plays, h.ms, CASE WHEN m.track IS NULL THEN t.artist ELSE coalesce(( \
            WITH RECURSIVE chain (track) AS ( \
                SELECT m.into_track UNION SELECT n.into_track FROM chain c JOIN merges n ON n.track = c.track \
            ) \
            SELECT i.artist FROM chain c JOIN items i ON i.id = c.track JOIN items a ON a.id = i.artist \
            WHERE NOT EXISTS (SELECT 1 FROM merges n WHERE n.track = c.track) \
        ), t.artist) END AS artist \
        FROM heard h CROSS JOIN items t ON t.id = h.track CROSS JOIN items a ON a.id = t.artist \
        LEFT JOIN merges m ON m.track = h.track \
        UNION ALL \
        SELECT user, week, 0, plays, 0, item FROM ranked WHERE place = 1 AND kind = 0 \
    ) \
    SELECT user, artist, week, length, sum(plays) AS plays, sum(ms) AS played_ms FROM known \
    WHERE (user, artist, coalesce(week, ?8), length) > (?3, ?4, ?5, ?6) \
    GROUP BY user, artist, week, length ORDER BY user, artist, week, length LIMIT ?9";

/// Where a page of [`ARTIST_PLAYS`] begins and ends. Blobs longer than an id lie after every id with their start.
#[derive(Debug)]
struct Stretch {
    user_after: Vec<u8>,
    artist_after: Vec<u8>,
    /// Of plays without a week the smallest number, which no week has.
    week_after: i64,
    length_after: i64,
    last: Vec<u8>,
    limit: i64,
}

/// A blob after every id.
fn beyond() -> Vec<u8> {
    vec![0xff; 17]
}

impl Stretch {
    /// Everything of the users after one, up to another.
    fn of_users(user_after: Vec<u8>, artist_after: Vec<u8>, last: Vec<u8>) -> Self {
        Self { user_after, artist_after, week_after: i64::MIN, length_after: -1, last, limit: -1 }
    }

    async fn read(
        &self,
        executor: impl SqliteExecutor<'_>,
        short_ms: u32,
    ) -> Result<Vec<ArtistPlays>, sqlx::Error> {
        let query = sqlx::query(ARTIST_PLAYS)
            .bind(self.user_after.as_slice())
            .bind(self.last.as_slice())
            .bind(self.user_after.as_slice())
            .bind(self.artist_after.as_slice())
            .bind(self.week_after)
            .bind(self.length_after)
            .bind(short_ms)
            .bind(i64::MIN)
            .bind(self.limit);
        row::all(&query.fetch_all(executor).await?, |row| {
            Ok(ArtistPlays {
                user: user(row, "user")?,
                artist: ArtistId::from_uuid(id(row, "artist")?),
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
    executor: impl SqliteExecutor<'_>,
    user: UserId,
    short_ms: u32,
) -> Result<Vec<ArtistPlays>, sqlx::Error> {
    let user = bytes(user.uuid());
    Stretch::of_users(user.clone(), Vec::new(), user).read(executor, short_ms).await
}

/// A page of plays in the order of their keys. Adding up everybody for each page would cost the square of their number,
/// so it goes in stretches of users whose rows are about a page.
pub(super) async fn artist_plays(
    pool: &SqlitePool,
    page: Page<ArtistPlaysKey>,
    short_ms: u32,
) -> Result<Vec<ArtistPlays>, sqlx::Error> {
    let (user, artist) = page.after.map(|(user, artist, ..)| (user.uuid(), artist.uuid())).unzip();
    let mut next = Stretch::of_users(after(user), after(artist), Vec::new());
    if let Some((.., week, length)) = page.after {
        next.week_after = week.unwrap_or(i64::MIN);
        next.length_after = code::of_play_length(length);
    }
    let limit = page.limit as usize;
    let mut plays = Vec::new();
    loop {
        let end = user_after_rows(pool, &next.user_after, page.limit).await?;
        next.last = end.clone().unwrap_or_else(beyond);
        next.limit = i64::try_from(limit - plays.len()).unwrap_or(i64::MAX);
        plays.extend(next.read(pool, short_ms).await?);
        match end {
            Some(end) if plays.len() < limit => next = Stretch::of_users(end, beyond(), Vec::new()),
            _ => return Ok(plays),
        }
    }
}

/// The user that `rows` rows of plays after a user belong to; none where fewer rows are left.
async fn user_after_rows(pool: &SqlitePool, user: &[u8], rows: u32) -> Result<Option<Vec<u8>>, sqlx::Error> {
    const AFTER: &str = "SELECT min(user) FROM ( \
        SELECT * FROM (SELECT user FROM listens WHERE user > ?1 ORDER BY user LIMIT 1 OFFSET ?2) UNION ALL \
        SELECT * FROM (SELECT user FROM play_counts WHERE user > ?1 ORDER BY user LIMIT 1 OFFSET ?2))";
    sqlx::query_scalar(AFTER).bind(user).bind(rows).fetch_one(pool).await
}
