//! The history side: the catalogue, plays, what people were shown, and whom they mute.

use std::collections::BTreeMap;

use async_trait::async_trait;
use signal_core::model::{
    Artist, ArtistId, Claim, Correction, DropId, Listen, Merge, PlayAfter, PlayCount, Timestamp, Track,
    TrackId, UserId,
};
use signal_core::store::{
    ArtistGenre, ArtistPlays, ArtistPlaysKey, HistoryStore, HistoryTotals, NewItem, Page, PlayedTrackRow,
    Result, SeenMark,
};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::catalogue::Plan;
use super::error::{Doing, refused};
use super::row::{self, found, in_order, time, unsigned, user};
use super::{CATALOGUE, MUTING, PostgresStore, catalogue, ledger, merges, months, mutes, plays};

fn seen_mark(row: &PgRow) -> Result<SeenMark, sqlx::Error> {
    Ok(SeenMark {
        user: user(row, "user_id")?,
        drop: DropId::from_uuid(row.try_get("drop_id")?),
        at: time(row, "at")?,
    })
}

fn play_after(row: &PgRow) -> Result<PlayAfter, sqlx::Error> {
    Ok(PlayAfter {
        drop: DropId::from_uuid(row.try_get("drop_id")?),
        track: TrackId::from_uuid(row.try_get("track")?),
        user: user(row, "user_id")?,
        shown_at: time(row, "at")?,
        start: time(row, "start")?,
        played_ms: plays::played_ms(row)?,
    })
}

/// Adds marks, but those of erased people, and gives how many are new.
pub(super) async fn add_seen(connection: &mut PgConnection, marks: &[SeenMark]) -> Result<u64, sqlx::Error> {
    const SEEN: &str = "INSERT INTO seen (user_id, drop_id, at) \
                        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int8[]) ON CONFLICT DO NOTHING";
    let erased = ledger::erased(&mut *connection, marks.iter().map(|mark| mark.user)).await?;
    let mut rows = BTreeMap::new();
    for mark in marks.iter().filter(|mark| !erased.contains(&mark.user)) {
        rows.entry((mark.user.uuid(), mark.drop.uuid())).or_insert(mark.at.micros());
    }
    let (keys, times): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let (users, drops): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
    let query = sqlx::query(SEEN).bind(users).bind(drops).bind(times);
    Ok(query.execute(connection).await?.rows_affected())
}

#[async_trait]
impl HistoryStore for PostgresStore {
    async fn find_items(&self, claims: &[Claim]) -> Result<Vec<Option<Uuid>>> {
        catalogue::find(&self.pool, claims.iter()).await.doing("find items by their claims")
    }

    async fn put_items(&self, items: &[NewItem]) -> Result<Vec<Uuid>> {
        const DOING: &str = "put items into the catalogue";
        // Most items are known: nobody waits for those.
        let plan = Plan::make(&self.pool, items).await.doing(DOING)?;
        if plan.is_done() {
            return Ok(plan.ids);
        }
        let mut work = self.begin_alone(CATALOGUE, DOING).await?;
        let plan = Plan::make(&mut *work, items).await.doing(DOING)?;
        let ids = plan.write(&mut work).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(ids)
    }

    async fn item_claims(&self, item: Uuid) -> Result<Vec<Claim>> {
        catalogue::claims(&self.pool, item).await.doing("list the claims of an item")
    }

    async fn artists(&self, ids: &[ArtistId]) -> Result<Vec<Option<Artist>>> {
        catalogue::artists(&self.pool, ids).await.doing("read artists")
    }

    async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<Option<Track>>> {
        catalogue::tracks(&self.pool, ids).await.doing("read tracks")
    }

    async fn put_merges(&self, merges: &[Merge]) -> Result<u64> {
        const DOING: &str = "merge tracks";
        let mut work = self.begin(DOING).await?;
        let new = merges::put(&mut work, merges).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn remove_merge(&self, from: TrackId) -> Result<bool> {
        merges::remove(&self.pool, from).await.doing("undo a merge of tracks")
    }

    async fn merges(&self, page: Page<TrackId>) -> Result<Vec<Merge>> {
        merges::page(&self.pool, page).await.doing("list merges of tracks")
    }

    async fn put_artist_genres(&self, rows: &[ArtistGenre]) -> Result<u64> {
        const DOING: &str = "put the genres of artists";
        let mut work = self.begin(DOING).await?;
        let new = catalogue::put_genres(&mut work, rows).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn artist_genres(&self, page: Page<(ArtistId, String)>) -> Result<Vec<ArtistGenre>> {
        catalogue::genres(&self.pool, page).await.doing("list the genres of artists")
    }

    async fn add_listens(&self, listens: &[Listen]) -> Result<u64> {
        const DOING: &str = "add listens";
        months::keep(self).await;
        let mut work = self.begin_about_people(DOING).await?;
        let new = plays::add_listens(&mut work, listens).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn correct_listens(&self, corrections: &[Correction]) -> Result<u64> {
        const DOING: &str = "correct listens";
        months::keep(self).await;
        let mut work = self.begin_about_people(DOING).await?;
        let gone = plays::correct_listens(&mut work, corrections).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(gone)
    }

    async fn add_play_counts(&self, counts: &[PlayCount]) -> Result<u64> {
        const DOING: &str = "add play counts";
        if let Some(count) = counts.iter().find(|count| i64::try_from(count.plays).is_err()) {
            return Err(refused(
                DOING,
                format!("{} plays are more than the database can count", count.plays),
            ));
        }
        let mut work = self.begin_about_people(DOING).await?;
        let new = plays::add_counts(&mut work, counts).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn fold_listens(&self, before: Timestamp, short_ms: u32) -> Result<u64> {
        months::fold(self, before, short_ms).await
    }

    async fn listens(&self, user: UserId, before: Timestamp, limit: u32) -> Result<Vec<PlayedTrackRow>> {
        plays::listens(&self.pool, user, before, limit).await.doing("read listens")
    }

    async fn play_counts(&self, user: UserId) -> Result<Vec<PlayCount>> {
        plays::counts(&self.pool, user).await.doing("read play counts")
    }

    async fn artist_plays(&self, page: Page<ArtistPlaysKey>, short_ms: u32) -> Result<Vec<ArtistPlays>> {
        plays::artist_plays(&self.pool, page, short_ms).await.doing("add up plays by artist")
    }

    async fn artist_plays_of(&self, user: UserId, short_ms: u32) -> Result<Vec<ArtistPlays>> {
        plays::artist_plays_of(&self.pool, user, short_ms).await.doing("add up a person's plays by artist")
    }

    async fn played(&self, user: UserId, tracks: &[TrackId]) -> Result<Vec<bool>> {
        const DOING: &str = "find which tracks a person has played";
        const PLAYED: &str = "WITH RECURSIVE one (n, track) AS ( \
            SELECT n, track FROM unnest($1::uuid[]) WITH ORDINALITY AS a (track, n) UNION \
            SELECT n, CASE WHEN m.track = one.track THEN m.into_track ELSE m.track END \
            FROM one JOIN merges m ON m.track = one.track OR m.into_track = one.track) \
            SELECT DISTINCT n FROM one WHERE \
            EXISTS (SELECT FROM listens l WHERE l.user_id = $2 AND l.track = one.track) OR \
            EXISTS (SELECT FROM play_counts c WHERE c.user_id = $2 AND c.kind = 1 AND c.item = one.track)";
        let asked: Vec<_> = tracks.iter().map(|track| track.uuid()).collect();
        let query = sqlx::query(PLAYED).bind(asked).bind(user.uuid());
        found(tracks.len(), &query.fetch_all(&self.pool).await.doing(DOING)?).doing(DOING)
    }

    async fn history_totals(&self) -> Result<HistoryTotals> {
        const DOING: &str = "count the history";
        const TOTALS: &str = "SELECT \
            (SELECT count(*) FROM items WHERE artist IS NULL) AS artists, \
            (SELECT count(*) FROM items WHERE artist IS NOT NULL) AS tracks, \
            (SELECT count(*) FROM listens) AS listens, \
            (SELECT count(*) FROM play_counts) AS play_counts, \
            (SELECT coalesce(sum(plays), 0)::int8 FROM play_counts) AS counted_plays";
        let row = sqlx::query(TOTALS).fetch_one(&self.pool).await.doing(DOING)?;
        let number = |column| unsigned(&row, column).doing(DOING);
        Ok(HistoryTotals {
            artists: number("artists")?,
            tracks: number("tracks")?,
            listens: number("listens")?,
            play_counts: number("play_counts")?,
            counted_plays: number("counted_plays")?,
        })
    }

    async fn mark_seen(&self, marks: &[SeenMark]) -> Result<u64> {
        const DOING: &str = "mark drops as seen";
        let mut work = self.begin_about_people(DOING).await?;
        let new = add_seen(&mut work, marks).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn seen(&self, user: UserId, drops: &[DropId]) -> Result<Vec<bool>> {
        const DOING: &str = "find which drops a person has seen";
        const SEEN: &str = "SELECT a.n FROM unnest($1::uuid[]) WITH ORDINALITY AS a (drop_id, n) \
                            JOIN seen s ON s.user_id = $2 AND s.drop_id = a.drop_id";
        let asked: Vec<_> = drops.iter().map(|drop| drop.uuid()).collect();
        let query = sqlx::query(SEEN).bind(asked).bind(user.uuid());
        found(drops.len(), &query.fetch_all(&self.pool).await.doing(DOING)?).doing(DOING)
    }

    async fn seen_of(&self, user: UserId) -> Result<Vec<SeenMark>> {
        const DOING: &str = "list what a person has seen";
        let query = sqlx::query("SELECT * FROM seen WHERE user_id = $1 ORDER BY drop_id").bind(user.uuid());
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, seen_mark).doing(DOING)
    }

    async fn shown_to(&self, drop: DropId, before: Timestamp) -> Result<u64> {
        const DOING: &str = "count to whom a drop was shown";
        let query = sqlx::query("SELECT count(*) AS people FROM seen WHERE drop_id = $1 AND at < $2");
        let query = query.bind(drop.uuid()).bind(before.micros());
        unsigned(&query.fetch_one(&self.pool).await.doing(DOING)?, "people").doing(DOING)
    }

    async fn shown_counts(&self, drops: &[DropId]) -> Result<Vec<u64>> {
        const DOING: &str = "count to whom drops were shown";
        const SHOWN: &str = "SELECT a.n, (SELECT count(*) FROM seen s WHERE s.drop_id = a.drop_id) AS people \
                             FROM unnest($1::uuid[]) WITH ORDINALITY AS a (drop_id, n)";
        let query = sqlx::query(SHOWN).bind(drops.iter().map(|drop| drop.uuid()).collect::<Vec<_>>());
        let rows = query.fetch_all(&self.pool).await.doing(DOING)?;
        let counts = in_order(drops.len(), &rows, |row| unsigned(row, "people")).doing(DOING)?;
        Ok(counts.into_iter().map(Option::unwrap_or_default).collect())
    }

    async fn plays_after(&self, drops: &[(DropId, TrackId)], days: i64) -> Result<Vec<PlayAfter>> {
        const DOING: &str = "find what people played of what they were shown";
        const PLAYED: &str = "SELECT s.drop_id, l.track, l.user_id, s.at, l.start, l.played_ms \
            FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[])) AS a (drop_id, track) \
            JOIN seen s ON s.drop_id = a.drop_id JOIN listens l ON l.user_id = s.user_id AND l.track = a.track \
            AND l.start >= s.at AND l.start < s.at + $3";
        let window = Timestamp::default().plus_days(days).micros();
        let (asked, tracks): (Vec<_>, Vec<_>) =
            drops.iter().map(|(drop, track)| (drop.uuid(), track.uuid())).unzip();
        let query = sqlx::query(PLAYED).bind(asked).bind(tracks).bind(window);
        let mut plays =
            row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, play_after).doing(DOING)?;
        plays.sort_unstable();
        Ok(plays)
    }

    async fn mute(&self, user: UserId, target: UserId, most: u32) -> Result<bool> {
        const DOING: &str = "mute a person";
        const ALONE: &str = "SELECT pg_advisory_xact_lock($1, hashtext($2))";
        let mut work = self.begin_about_people(DOING).await?;
        let lock = sqlx::query(ALONE).bind(MUTING).bind(user.to_string());
        lock.execute(&mut *work).await.doing(DOING)?;
        if !ledger::erased(&mut *work, [user, target].into_iter()).await.doing(DOING)?.is_empty() {
            return Ok(false);
        }
        let muted = mutes::add(&mut work, user, target, most).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(muted)
    }

    async fn unmute(&self, user: UserId, target: UserId) -> Result<()> {
        mutes::remove(&self.pool, user, target).await.doing("mute a person no longer")
    }

    async fn muted_by(&self, user: UserId) -> Result<Vec<UserId>> {
        mutes::of(&self.pool, user).await.doing("list whom a person has muted")
    }
}
