//! The history side: the catalogue, plays, what people were shown, and whom they mute.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use signal_core::model::{
    Artist, ArtistId, Claim, Correction, DropId, Listen, Merge, PlayAfter, PlayCount, Timestamp, Track,
    TrackId, UserId,
};
use signal_core::store::{
    ArtistGenre, ArtistPlays, ArtistPlaysKey, HistoryStore, HistoryTotals, NewItem, Page, PlayedTrackRow,
    Result, SeenMark,
};
use surrealdb_types::{RecordId, SurrealValue, object};
use uuid::Uuid;

use super::change::touch_people;
use super::error::{Doing, Read, refused};
use super::link::{Asks, Work, written};
use super::row::{self, Parts, below, list, record, there, uuid, write};
use super::{SurrealStore, catalogue, fold, ledger, merges, mutes, plays, sums};

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct SeenRow {
    id: RecordId,
    at: i64,
}

impl SeenRow {
    pub(super) fn mark(self) -> Read<SeenMark> {
        let mut parts = Parts::of(self.id)?;
        Ok(SeenMark {
            user: parts.user()?,
            drop: DropId::from_uuid(parts.uuid()?),
            at: Timestamp::from_micros(self.at),
        })
    }
}

fn seen_of(user: UserId, drop: DropId) -> RecordId {
    record("seen", [uuid(user.uuid()), uuid(drop.uuid())])
}

/// Adds marks, but those of erased people; the first one of a person and drop counts. Gives how many are new.
pub(super) async fn mark_seen(work: &Work, marks: &[SeenMark]) -> Read<u64> {
    let erased = ledger::erased(work, marks.iter().map(|mark| mark.user)).await?;
    let mut new: BTreeMap<RecordId, &SeenMark> = BTreeMap::new();
    for mark in marks.iter().filter(|mark| !erased.contains(&mark.user)) {
        new.entry(seen_of(mark.user, mark.drop)).or_insert(mark);
    }
    for known in there(work, new.keys().cloned()).await? {
        new.remove(&known);
    }
    let count = new.len() as u64;
    touch_people(work, new.values().map(|mark| mark.user)).await?;
    let rows = new.into_iter().map(|(id, mark)| {
        object! { id: id, user: mark.user.uuid(), item: mark.drop.uuid(), at: mark.at.micros() }
    });
    write(work, "INSERT INTO seen $rows RETURN NONE", rows.collect()).await?;
    Ok(count)
}

/// Everybody who was shown one of the drops.
async fn shown(asks: &dyn Asks, drops: impl IntoIterator<Item = DropId>) -> Read<Vec<SeenMark>> {
    let drops: BTreeSet<_> = drops.into_iter().map(DropId::uuid).collect();
    let with = object! { drops: list(drops) };
    let rows = asks.ask("SELECT id, at FROM seen WHERE item IN $drops", with).await?;
    row::rows::<SeenRow>(rows)?.into_iter().map(SeenRow::mark).collect()
}

async fn plays_after(asks: &dyn Asks, drops: &[(DropId, TrackId)], days: i64) -> Read<Vec<PlayAfter>> {
    let window = Timestamp::default().plus_days(days).micros();
    let mut tracks: BTreeMap<DropId, BTreeSet<TrackId>> = BTreeMap::new();
    for (drop, track) in drops {
        tracks.entry(*drop).or_default().insert(*track);
    }
    let marks = shown(asks, tracks.keys().copied()).await?;
    let pairs = marks.into_iter().flat_map(|mark| {
        let tracks = tracks.get(&mark.drop).into_iter().flatten();
        tracks.map(move |track| (mark, *track))
    });
    plays::after(asks, &pairs.collect::<Vec<_>>(), window).await
}

async fn totals(asks: &dyn Asks) -> Read<HistoryTotals> {
    const ARTISTS: &str = "RETURN (SELECT count() FROM item WHERE artist = NONE GROUP ALL)[0].count";
    const ITEMS: &str = "RETURN (SELECT count() FROM item GROUP ALL)[0].count";
    const LISTENS: &str = "RETURN (SELECT count() FROM listen GROUP ALL)[0].count";
    const COUNTS: &str = "RETURN (SELECT count() FROM play_count GROUP ALL)[0].count";
    const COUNTED: &str = "RETURN (SELECT math::sum(plays) AS plays FROM play_count GROUP ALL)[0].plays";
    let artists = plays::total(asks, ARTISTS).await?;
    Ok(HistoryTotals {
        artists,
        tracks: plays::total(asks, ITEMS).await?.saturating_sub(artists),
        listens: plays::total(asks, LISTENS).await?,
        play_counts: plays::total(asks, COUNTS).await?,
        counted_plays: plays::total(asks, COUNTED).await?,
    })
}

#[async_trait]
impl HistoryStore for SurrealStore {
    async fn find_items(&self, claims: &[Claim]) -> Result<Vec<Option<Uuid>>> {
        catalogue::find(&self.link, claims).await.doing("find items by their claims")
    }

    async fn put_items(&self, items: &[NewItem]) -> Result<Vec<Uuid>> {
        const DOING: &str = "put items into the catalogue";
        Ok(written!(self, DOING, |work| catalogue::put(&work, items).await))
    }

    async fn item_claims(&self, item: Uuid) -> Result<Vec<Claim>> {
        catalogue::claims(&self.link, item).await.doing("list the claims of an item")
    }

    async fn artists(&self, ids: &[ArtistId]) -> Result<Vec<Option<Artist>>> {
        catalogue::artists(&self.link, ids).await.doing("read artists")
    }

    async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<Option<Track>>> {
        catalogue::tracks(&self.link, ids).await.doing("read tracks")
    }

    async fn put_merges(&self, merges: &[Merge]) -> Result<u64> {
        Ok(written!(self, "merge tracks", |work| merges::put(&work, merges).await))
    }

    async fn remove_merge(&self, from: TrackId) -> Result<bool> {
        Ok(written!(self, "undo a merge of tracks", |work| merges::remove(&work, from).await))
    }

    async fn merges(&self, page: Page<TrackId>) -> Result<Vec<Merge>> {
        merges::page(&self.link, page).await.doing("list merges of tracks")
    }

    async fn put_artist_genres(&self, rows: &[ArtistGenre]) -> Result<u64> {
        const DOING: &str = "put the genres of artists";
        Ok(written!(self, DOING, |work| catalogue::put_genres(&work, rows).await))
    }

    async fn artist_genres(&self, page: Page<(ArtistId, String)>) -> Result<Vec<ArtistGenre>> {
        catalogue::genres(&self.link, page).await.doing("list the genres of artists")
    }

    async fn add_listens(&self, listens: &[Listen]) -> Result<u64> {
        Ok(written!(self, "add listens", |work| plays::add_listens(&work, listens).await))
    }

    async fn correct_listens(&self, corrections: &[Correction]) -> Result<u64> {
        Ok(written!(self, "correct listens", |work| plays::correct_listens(&work, corrections).await))
    }

    async fn add_play_counts(&self, counts: &[PlayCount]) -> Result<u64> {
        const DOING: &str = "add play counts";
        if let Some(count) = counts.iter().find(|count| i64::try_from(count.plays).is_err()) {
            return Err(refused(
                DOING,
                format!("{} plays are more than the database can count", count.plays),
            ));
        }
        Ok(written!(self, DOING, |work| plays::add_counts(&work, counts).await))
    }

    async fn fold_listens(&self, before: Timestamp, short_ms: u32) -> Result<u64> {
        Ok(written!(self, "fold listens", |work| fold::fold(&work, before, short_ms).await))
    }

    async fn listens(&self, user: UserId, before: Timestamp, limit: u32) -> Result<Vec<PlayedTrackRow>> {
        plays::listens(&self.link, user, before, limit).await.doing("read listens")
    }

    async fn play_counts(&self, user: UserId) -> Result<Vec<PlayCount>> {
        plays::counts(&self.link, user).await.doing("read play counts")
    }

    async fn artist_plays(&self, page: Page<ArtistPlaysKey>, short_ms: u32) -> Result<Vec<ArtistPlays>> {
        sums::artist_plays(&self.link, page, short_ms).await.doing("add up plays by artist")
    }

    async fn artist_plays_of(&self, user: UserId, short_ms: u32) -> Result<Vec<ArtistPlays>> {
        sums::artist_plays_of(&self.link, user, short_ms).await.doing("add up a person's plays by artist")
    }

    async fn played(&self, user: UserId, tracks: &[TrackId]) -> Result<Vec<bool>> {
        plays::played(&self.link, user, tracks).await.doing("find which tracks a person has played")
    }

    async fn history_totals(&self) -> Result<HistoryTotals> {
        totals(&self.link).await.doing("count the history")
    }

    async fn mark_seen(&self, marks: &[SeenMark]) -> Result<u64> {
        Ok(written!(self, "mark drops as seen", |work| mark_seen(&work, marks).await))
    }

    async fn seen(&self, user: UserId, drops: &[DropId]) -> Result<Vec<bool>> {
        let ids: Vec<_> = drops.iter().map(|drop| seen_of(user, *drop)).collect();
        let found = there(&self.link, ids.iter().cloned()).await;
        let found: BTreeSet<_> = found.doing("find which drops a person has seen")?.into_iter().collect();
        Ok(ids.iter().map(|id| found.contains(id)).collect())
    }

    async fn seen_of(&self, user: UserId) -> Result<Vec<SeenMark>> {
        const DOING: &str = "list what a person has seen";
        let with = object! { range: below("seen", [uuid(user.uuid())]) };
        let rows = self.link.ask("SELECT id, at FROM $range", with).await;
        let rows = rows.and_then(row::rows::<SeenRow>).doing(DOING)?;
        rows.into_iter().map(SeenRow::mark).collect::<Read<_>>().doing(DOING)
    }

    async fn shown_to(&self, drop: DropId, before: Timestamp) -> Result<u64> {
        let marks = shown(&self.link, [drop]).await;
        let marks = marks.doing("count to whom a drop was shown")?;
        Ok(marks.iter().filter(|mark| mark.at < before).count() as u64)
    }

    async fn shown_counts(&self, drops: &[DropId]) -> Result<Vec<u64>> {
        let marks = shown(&self.link, drops.iter().copied()).await.doing("count to whom drops were shown")?;
        let mut counts: BTreeMap<DropId, u64> = BTreeMap::new();
        for mark in marks {
            *counts.entry(mark.drop).or_default() += 1;
        }
        Ok(drops.iter().map(|drop| counts.get(drop).copied().unwrap_or(0)).collect())
    }

    async fn plays_after(&self, drops: &[(DropId, TrackId)], days: i64) -> Result<Vec<PlayAfter>> {
        let plays = plays_after(&self.link, drops, days).await;
        plays.doing("find what people played of what they were shown")
    }

    async fn mute(&self, user: UserId, target: UserId, most: u32) -> Result<bool> {
        Ok(written!(self, "mute a person", |work| mutes::add(&work, user, target, most).await))
    }

    async fn unmute(&self, user: UserId, target: UserId) -> Result<()> {
        const DOING: &str = "mute a person no longer";
        written!(self, DOING, |work| mutes::remove(&work, user, target).await);
        Ok(())
    }

    async fn muted_by(&self, user: UserId) -> Result<Vec<UserId>> {
        mutes::of(&self.link, user).await.doing("list whom a person has muted")
    }
}
