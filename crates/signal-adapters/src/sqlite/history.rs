//! The history side: the catalogue, plays, what people were shown, and whom they mute.

use async_trait::async_trait;
use signal_core::model::{
    Artist, ArtistId, Claim, Correction, DropId, Listen, Merge, PlayAfter, PlayCount, Timestamp, Track,
    TrackId, UserId,
};
use signal_core::store::{
    ArtistGenre, ArtistPlays, ArtistPlaysKey, HistoryStore, HistoryTotals, NewItem, Page, PlayedTrackRow,
    Result, SeenMark,
};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::bulk::{Insert, found, id_list, in_order, list};
use super::error::{Doing, refused};
use super::row::{self, bytes, id, time, unsigned, user};
use super::{SqliteStore, catalogue, ledger, merges, mutes, plays};

const SEEN: Insert = Insert { into: "seen (user, drop_id, at)", columns: 3, tail: "ON CONFLICT DO NOTHING" };

fn seen_mark(row: &SqliteRow) -> Result<SeenMark, sqlx::Error> {
    Ok(SeenMark {
        user: user(row, "user")?,
        drop: DropId::from_uuid(id(row, "drop_id")?),
        at: time(row, "at")?,
    })
}

fn play_after(row: &SqliteRow) -> Result<PlayAfter, sqlx::Error> {
    Ok(PlayAfter {
        drop: DropId::from_uuid(id(row, "drop_id")?),
        track: TrackId::from_uuid(id(row, "track")?),
        user: user(row, "user")?,
        shown_at: time(row, "at")?,
        start: time(row, "start")?,
        played_ms: plays::played_ms(row)?,
    })
}

/// Adds marks, but those of erased people, and gives how many are new.
pub(super) async fn add_seen(
    connection: &mut SqliteConnection,
    marks: &[SeenMark],
) -> Result<u64, sqlx::Error> {
    let erased = ledger::erased(&mut *connection, marks.iter().map(|mark| mark.user)).await?;
    let marks = marks.iter().filter(|mark| !erased.contains(&mark.user)).collect();
    SEEN.all(connection, marks, |values, mark| {
        values.push(bytes(mark.user.uuid())).push(bytes(mark.drop.uuid())).push(mark.at.micros());
    })
    .await
}

#[async_trait]
impl HistoryStore for SqliteStore {
    async fn find_items(&self, claims: &[Claim]) -> Result<Vec<Option<Uuid>>> {
        catalogue::find(&self.readers, claims).await.doing("find items by their claims")
    }

    async fn put_items(&self, items: &[NewItem]) -> Result<Vec<Uuid>> {
        const DOING: &str = "put items into the catalogue";
        let mut work = self.begin(DOING).await?;
        let ids = catalogue::put(&mut work, items).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(ids)
    }

    async fn item_claims(&self, item: Uuid) -> Result<Vec<Claim>> {
        catalogue::claims(&self.readers, item).await.doing("list the claims of an item")
    }

    async fn artists(&self, ids: &[ArtistId]) -> Result<Vec<Option<Artist>>> {
        catalogue::artists(&self.readers, ids).await.doing("read artists")
    }

    async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<Option<Track>>> {
        catalogue::tracks(&self.readers, ids).await.doing("read tracks")
    }

    async fn put_merges(&self, merges: &[Merge]) -> Result<u64> {
        const DOING: &str = "merge tracks";
        let mut work = self.begin(DOING).await?;
        let new = merges::put(&mut work, merges).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn remove_merge(&self, from: TrackId) -> Result<bool> {
        const DOING: &str = "undo a merge of tracks";
        merges::remove(self.writer(DOING)?, from).await.doing(DOING)
    }

    async fn merges(&self, page: Page<TrackId>) -> Result<Vec<Merge>> {
        merges::page(&self.readers, page).await.doing("list merges of tracks")
    }

    async fn put_artist_genres(&self, rows: &[ArtistGenre]) -> Result<u64> {
        const DOING: &str = "put the genres of artists";
        let mut work = self.begin(DOING).await?;
        let new = catalogue::put_genres(&mut work, rows).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn artist_genres(&self, page: Page<(ArtistId, String)>) -> Result<Vec<ArtistGenre>> {
        catalogue::genres(&self.readers, page).await.doing("list the genres of artists")
    }

    async fn add_listens(&self, listens: &[Listen]) -> Result<u64> {
        const DOING: &str = "add listens";
        let mut work = self.begin(DOING).await?;
        let new = plays::add_listens(&mut work, listens).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn correct_listens(&self, corrections: &[Correction]) -> Result<u64> {
        const DOING: &str = "correct listens";
        let mut work = self.begin(DOING).await?;
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
        let mut work = self.begin(DOING).await?;
        let new = plays::add_counts(&mut work, counts).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn fold_listens(&self, before: Timestamp, short_ms: u32) -> Result<u64> {
        const DOING: &str = "fold old listens";
        let mut work = self.begin(DOING).await?;
        let gone = plays::fold(&mut work, before, short_ms).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(gone)
    }

    async fn listens(&self, user: UserId, before: Timestamp, limit: u32) -> Result<Vec<PlayedTrackRow>> {
        plays::listens(&self.readers, user, before, limit).await.doing("read listens")
    }

    async fn play_counts(&self, user: UserId) -> Result<Vec<PlayCount>> {
        plays::counts(&self.readers, user).await.doing("read play counts")
    }

    async fn artist_plays(&self, page: Page<ArtistPlaysKey>, short_ms: u32) -> Result<Vec<ArtistPlays>> {
        plays::artist_plays(&self.readers, page, short_ms).await.doing("add up plays by artist")
    }

    async fn artist_plays_of(&self, user: UserId, short_ms: u32) -> Result<Vec<ArtistPlays>> {
        plays::artist_plays_of(&self.readers, user, short_ms).await.doing("add up a person's plays by artist")
    }

    async fn played(&self, user: UserId, tracks: &[TrackId]) -> Result<Vec<bool>> {
        const DOING: &str = "find which tracks a person has played";
        const PLAYED: &str = "WITH RECURSIVE one (n, track) AS (SELECT key, unhex(value) FROM json_each(?1) \
            UNION SELECT n, into_track FROM one JOIN merges m ON m.track = one.track \
            UNION SELECT n, m.track FROM one JOIN merges m ON m.into_track = one.track) \
            SELECT DISTINCT n FROM one WHERE \
            EXISTS (SELECT 1 FROM listens l WHERE l.user = ?2 AND l.track = one.track) OR \
            EXISTS (SELECT 1 FROM play_counts WHERE user = ?2 AND kind = 1 AND item = one.track)";
        let asked = id_list(tracks.iter().map(|track| track.uuid()));
        let query = sqlx::query(PLAYED).bind(asked).bind(bytes(user.uuid()));
        found(tracks.len(), &query.fetch_all(&self.readers).await.doing(DOING)?).doing(DOING)
    }

    async fn history_totals(&self) -> Result<HistoryTotals> {
        const DOING: &str = "count the history";
        const TOTALS: &str = "SELECT \
            (SELECT count(*) FROM items WHERE artist IS NULL) AS artists, \
            (SELECT count(*) FROM items WHERE artist IS NOT NULL) AS tracks, \
            (SELECT count(*) FROM listens) AS listens, \
            (SELECT count(*) FROM play_counts) AS play_counts, \
            (SELECT coalesce(sum(plays), 0) FROM play_counts) AS counted_plays";
        let row = sqlx::query(TOTALS).fetch_one(&self.readers).await.doing(DOING)?;
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
        let mut work = self.begin(DOING).await?;
        let new = add_seen(&mut work, marks).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(new)
    }

    async fn seen(&self, user: UserId, drops: &[DropId]) -> Result<Vec<bool>> {
        const DOING: &str = "find which drops a person has seen";
        const SEEN: &str = "SELECT j.key AS n FROM json_each(?) j CROSS JOIN seen s ON s.user = ? AND s.drop_id = unhex(j.value)";
        let asked = id_list(drops.iter().map(|drop| drop.uuid()));
        let query = sqlx::query(SEEN).bind(asked).bind(bytes(user.uuid()));
        found(drops.len(), &query.fetch_all(&self.readers).await.doing(DOING)?).doing(DOING)
    }

    async fn seen_of(&self, user: UserId) -> Result<Vec<SeenMark>> {
        const DOING: &str = "list what a person has seen";
        let query =
            sqlx::query("SELECT * FROM seen WHERE user = ? ORDER BY drop_id").bind(bytes(user.uuid()));
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, seen_mark).doing(DOING)
    }

    async fn shown_to(&self, drop: DropId, before: Timestamp) -> Result<u64> {
        const DOING: &str = "count to whom a drop was shown";
        let query = sqlx::query("SELECT count(*) AS people FROM seen WHERE drop_id = ? AND at < ?");
        let query = query.bind(bytes(drop.uuid())).bind(before.micros());
        unsigned(&query.fetch_one(&self.readers).await.doing(DOING)?, "people").doing(DOING)
    }

    async fn shown_counts(&self, drops: &[DropId]) -> Result<Vec<u64>> {
        const DOING: &str = "count to whom drops were shown";
        const SHOWN: &str = "SELECT j.key AS n, (SELECT count(*) FROM seen WHERE drop_id = unhex(j.value)) AS people \
                             FROM json_each(?) j";
        let query = sqlx::query(SHOWN).bind(id_list(drops.iter().map(|drop| drop.uuid())));
        let rows = query.fetch_all(&self.readers).await.doing(DOING)?;
        let counts = in_order(drops.len(), &rows, |row| unsigned(row, "people")).doing(DOING)?;
        Ok(counts.into_iter().map(Option::unwrap_or_default).collect())
    }

    async fn plays_after(&self, drops: &[(DropId, TrackId)], days: i64) -> Result<Vec<PlayAfter>> {
        const DOING: &str = "find what people played of what they were shown";
        const PLAYED: &str = "SELECT DISTINCT s.drop_id, l.track, l.user, s.at, l.start, l.played_ms \
            FROM json_each(?) j CROSS JOIN seen s ON s.drop_id = unhex(j.value ->> 0) \
            CROSS JOIN listens l ON l.user = s.user AND l.track = unhex(j.value ->> 1) \
            AND l.start >= s.at AND l.start < s.at + ?";
        let window = Timestamp::default().plus_days(days).micros();
        let hex = |id: Uuid| id.simple().to_string();
        let asked: Vec<_> = drops.iter().map(|(drop, track)| (hex(drop.uuid()), hex(track.uuid()))).collect();
        let query = sqlx::query(PLAYED).bind(list(&asked)).bind(window);
        let mut plays =
            row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, play_after).doing(DOING)?;
        plays.sort_unstable();
        Ok(plays)
    }

    async fn mute(&self, user: UserId, target: UserId, most: u32) -> Result<bool> {
        const DOING: &str = "mute a person";
        let mut work = self.begin(DOING).await?;
        if !ledger::erased(&mut *work, [user, target].into_iter()).await.doing(DOING)?.is_empty() {
            return Ok(false);
        }
        let muted = mutes::add(&mut work, user, target, most).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
        Ok(muted)
    }

    async fn unmute(&self, user: UserId, target: UserId) -> Result<()> {
        const DOING: &str = "mute a person no longer";
        mutes::remove(self.writer(DOING)?, user, target).await.doing(DOING)
    }

    async fn muted_by(&self, user: UserId) -> Result<Vec<UserId>> {
        mutes::of(&self.readers, user).await.doing("list whom a person has muted")
    }
}
