//! The history side of the reference store.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;

use async_trait::async_trait;
use uuid::Uuid;

use super::MemoryStore;
use super::content::after;
use super::shelf::{Item, Shelf};
use crate::model::{
    Artist, ArtistId, Claim, Correction, DropId, Listen, Merge, PlayAfter, PlayCount, PlayedItem, Span,
    Timestamp, Track, TrackId, UserId,
};
use crate::store::{
    ArtistGenre, ArtistPlays, ArtistPlaysKey, HistoryStore, HistoryTotals, ItemKind, NewItem, Page,
    PlayLength, PlayedTrackRow, Result, SeenMark, middle_week,
};

/// Person, source and month.
type Folded = BTreeSet<(UserId, String, Span)>;

/// Whether a listen is in its source's count of its month.
fn is_folded(folded: &Folded, listen: &Listen) -> bool {
    let month = Span::month_of(listen.start);
    month.is_some_and(|month| folded.contains(&(listen.user, listen.source.clone(), month)))
}

/// A track and all that merges make one with it.
fn linked(track: TrackId, links: &BTreeMap<TrackId, Vec<TrackId>>) -> BTreeSet<TrackId> {
    let (mut all, mut open) = (BTreeSet::from([track]), vec![track]);
    while let Some(track) = open.pop() {
        let fresh = links.get(&track).into_iter().flatten().filter(|other| all.insert(**other));
        open.extend(fresh.copied().collect::<Vec<_>>());
    }
    all
}

/// Plays and their week by person, item and month; without a month for all other spans together.
type LargestCounts = BTreeMap<(UserId, PlayedItem, Option<Span>), (u64, Option<i64>)>;

impl Shelf {
    fn artist(&self, id: ArtistId) -> Option<Artist> {
        self.items.get(&id.uuid()).map(|item| Artist { id, name: item.name.clone() })
    }

    fn track(&self, id: TrackId) -> Option<Track> {
        let item = self.items.get(&id.uuid())?;
        let ItemKind::Track(artist) = item.kind else {
            return None;
        };
        let artist_name = self.artist(artist)?.name;
        Some(Track { id, artist, artist_name, title: item.name.clone() })
    }

    /// For each track, those that a merge links it to directly, either way.
    fn merge_links(&self) -> BTreeMap<TrackId, Vec<TrackId>> {
        let mut links: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for merge in self.merges.values() {
            links.entry(merge.from).or_default().push(merge.into);
            links.entry(merge.into).or_default().push(merge.from);
        }
        links
    }

    /// The months of which a source gives counts of a person: its listens of then are in them.
    fn folded_months(&self) -> Folded {
        let months = self.counts.values().filter_map(|count| {
            let month = count.span.filter(|span| span.is_month())?;
            Some((count.user, count.source.clone(), month))
        });
        months.collect()
    }

    /// Adds listens as [`HistoryStore::add_listens`] says.
    fn add_listens<'a>(&mut self, listens: impl Iterator<Item = &'a Listen> + Clone) -> u64 {
        let erased = self.erased(listens.clone().map(|listen| listen.user));
        let folded = self.folded_months();
        let mut new = 0;
        for listen in listens.filter(|listen| !erased.contains(&listen.user)) {
            if is_folded(&folded, listen) {
                continue;
            }
            let key = (listen.user, listen.track, listen.start);
            if let Some(known) = self.listens.get_mut(&key) {
                if listen.exactness > known.exactness {
                    *known = listen.clone();
                }
            } else {
                self.listens.insert(key, listen.clone());
                new += 1;
            }
        }
        new
    }

    fn artist_of(&self, item: PlayedItem) -> Option<ArtistId> {
        match item {
            PlayedItem::Artist(artist) => Some(artist),
            PlayedItem::Track(track) => {
                let own = self.track(track)?.artist;
                let read_as = self.end_of_chain(track).and_then(|end| self.track(end));
                Some(read_as.map_or(own, |end| end.artist))
            }
        }
    }

    /// The track that one is read as in the end; `None` where merges go round in a circle.
    fn end_of_chain(&self, track: TrackId) -> Option<TrackId> {
        let (mut met, mut end) = (BTreeSet::new(), track);
        while let Some(merge) = self.merges.get(&end) {
            if !met.insert(end) {
                return None;
            }
            end = merge.into;
        }
        Some(end)
    }

    /// Plays by artist of the users from `first` on, up to `last`, with their lengths.
    fn plays_of(&self, first: UserId, last: UserId, short_ms: u32) -> BTreeMap<ArtistPlaysKey, (u64, u64)> {
        let mut plays: BTreeMap<ArtistPlaysKey, (u64, u64)> = BTreeMap::new();
        let from = (first, TrackId::from_uuid(Uuid::nil()), Timestamp::MIN);
        for listen in self.listens.range(from..).map(|(_, l)| l).take_while(|l| l.user <= last) {
            let length = match listen.played_ms {
                None => PlayLength::Unknown,
                Some(ms) if ms < short_ms => PlayLength::Short,
                Some(_) => PlayLength::Long,
            };
            if let Some(artist) = self.artist_of(PlayedItem::Track(listen.track)) {
                let sum = plays.entry((listen.user, artist, Some(listen.start.week()), length)).or_default();
                *sum = (sum.0 + 1, sum.1 + u64::from(listen.played_ms.unwrap_or(0)));
            }
        }
        for ((user, item, _), (count, week)) in self.largest_counts(first, last) {
            if let Some(artist) = self.artist_of(item) {
                plays.entry((user, artist, week, PlayLength::Unknown)).or_default().0 += count;
            }
        }
        plays
    }

    /// Several sources may count the same plays, so the largest count of an item, in a month or over any other span, is what
    /// we know: with its week, if it has one. Of equals it is one over a whole history, else the newest.
    fn largest_counts(&self, first: UserId, last: UserId) -> LargestCounts {
        let mut largest = LargestCounts::new();
        let known = self.counts.iter().filter(|((user, ..), _)| (first..=last).contains(user));
        for ((user, item, ..), count) in known {
            let next = (count.plays, count.span.map(middle_week));
            let rank = |(plays, week): (u64, Option<i64>)| (plays, week.is_none(), week);
            let month = count.span.filter(|span| span.is_month());
            let most = largest.entry((*user, *item, month)).or_insert(next);
            if rank(next) > rank(*most) {
                *most = next;
            }
        }
        largest
    }
}

fn artist_plays_row((key, (plays, played_ms)): (ArtistPlaysKey, (u64, u64))) -> ArtistPlays {
    let (user, artist, week, length) = key;
    ArtistPlays { user, artist, week, length, plays, played_ms }
}

#[async_trait]
impl HistoryStore for MemoryStore {
    async fn find_items(&self, claims: &[Claim]) -> Result<Vec<Option<Uuid>>> {
        let shelf = self.lock();
        Ok(claims.iter().map(|claim| shelf.item_claims.get(claim).copied()).collect())
    }

    async fn put_items(&self, items: &[NewItem]) -> Result<Vec<Uuid>> {
        let mut shelf = self.lock();
        let mut ids = Vec::with_capacity(items.len());
        for item in items {
            let known = item.claims.first().and_then(|claim| shelf.item_claims.get(claim).copied());
            let id = known.unwrap_or(item.id);
            shelf.items.entry(id).or_insert_with(|| Item { kind: item.kind, name: item.name.clone() });
            for claim in &item.claims {
                shelf.item_claims.entry(claim.clone()).or_insert(id);
            }
            ids.push(id);
        }
        Ok(ids)
    }

    async fn item_claims(&self, item: Uuid) -> Result<Vec<Claim>> {
        let shelf = self.lock();
        Ok(shelf.item_claims.iter().filter(|(_, id)| **id == item).map(|(claim, _)| claim.clone()).collect())
    }

    async fn artists(&self, ids: &[ArtistId]) -> Result<Vec<Option<Artist>>> {
        let shelf = self.lock();
        Ok(ids.iter().map(|id| shelf.artist(*id)).collect())
    }

    async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<Option<Track>>> {
        let shelf = self.lock();
        Ok(ids.iter().map(|id| shelf.track(*id)).collect())
    }

    async fn put_merges(&self, merges: &[Merge]) -> Result<u64> {
        let mut shelf = self.lock();
        let before = shelf.merges.len();
        for merge in merges {
            shelf.merges.entry(merge.from).or_insert(*merge);
        }
        Ok((shelf.merges.len() - before) as u64)
    }

    async fn remove_merge(&self, from: TrackId) -> Result<bool> {
        Ok(self.lock().merges.remove(&from).is_some())
    }

    async fn merges(&self, page: Page<TrackId>) -> Result<Vec<Merge>> {
        let shelf = self.lock();
        let rows = shelf.merges.range(after(page.after.as_ref())).take(page.limit as usize);
        Ok(rows.map(|(_, merge)| *merge).collect())
    }

    async fn put_artist_genres(&self, rows: &[ArtistGenre]) -> Result<u64> {
        let mut shelf = self.lock();
        let new = |row: &&ArtistGenre, shelf: &mut Shelf| {
            shelf.genres.insert((row.artist, row.genre.clone()), row.weight).is_none()
        };
        Ok(rows.iter().filter(|row| new(row, &mut shelf)).count() as u64)
    }

    async fn artist_genres(&self, page: Page<(ArtistId, String)>) -> Result<Vec<ArtistGenre>> {
        let shelf = self.lock();
        let rows = shelf.genres.range(after(page.after.as_ref())).take(page.limit as usize);
        Ok(rows
            .map(|((artist, genre), weight)| ArtistGenre {
                artist: *artist,
                genre: genre.clone(),
                weight: *weight,
            })
            .collect())
    }

    async fn add_listens(&self, listens: &[Listen]) -> Result<u64> {
        Ok(self.lock().add_listens(listens.iter()))
    }

    async fn correct_listens(&self, corrections: &[Correction]) -> Result<u64> {
        let mut shelf = self.lock();
        let erased = shelf.erased(corrections.iter().map(|correction| correction.by.user));
        let folded = shelf.folded_months();
        let mut better = Vec::new();
        for Correction { track, start, by } in
            corrections.iter().filter(|known| !is_folded(&folded, &known.by))
        {
            if !erased.contains(&by.user) && shelf.listens.remove(&(by.user, *track, *start)).is_some() {
                better.push(by);
            }
        }
        let gone = better.len() as u64;
        shelf.add_listens(better.into_iter());
        Ok(gone)
    }

    async fn add_play_counts(&self, counts: &[PlayCount]) -> Result<u64> {
        let mut shelf = self.lock();
        let erased = shelf.erased(counts.iter().map(|count| count.user));
        let mut new = 0;
        for count in counts.iter().filter(|count| !erased.contains(&count.user)) {
            let key = (count.user, count.item, count.source.clone(), count.span);
            new += u64::from(shelf.counts.insert(key, count.clone()).is_none());
        }
        Ok(new)
    }

    async fn fold_listens(&self, before: Timestamp, short_ms: u32) -> Result<u64> {
        let mut shelf = self.lock();
        let oldest = shelf.listens.values().map(|listen| listen.start).min();
        let Some(month) = oldest.and_then(Span::month_of).filter(|month| month.to <= before) else {
            return Ok(0);
        };
        let (old, kept) = take(&mut shelf.listens)
            .into_iter()
            .partition(|(_, l)| l.start >= month.from && l.start < month.to);
        shelf.listens = kept;
        let mut counts: BTreeMap<_, u64> = BTreeMap::new();
        let old: BTreeMap<_, Listen> = old;
        for listen in old.values().filter(|listen| listen.played_ms.is_none_or(|ms| ms >= short_ms)) {
            *counts.entry((listen.user, listen.track, listen.source.clone())).or_default() += 1;
        }
        for ((user, track, source), plays) in counts {
            let (item, span) = (PlayedItem::Track(track), Some(month));
            let key = (user, item, source.clone(), span);
            let known = shelf.counts.entry(key).or_insert(PlayCount { user, item, plays, span, source });
            known.plays = known.plays.max(plays);
        }
        Ok(old.len() as u64)
    }

    async fn listens(&self, user: UserId, before: Timestamp, limit: u32) -> Result<Vec<PlayedTrackRow>> {
        let shelf = self.lock();
        let mut listens: Vec<_> =
            shelf.listens.values().filter(|l| l.user == user && l.start < before).collect();
        listens.sort_by(|a, b| b.start.cmp(&a.start).then(a.track.cmp(&b.track)));
        let rows = listens.into_iter().filter_map(|listen| {
            let track = shelf.track(listen.track)?;
            Some(PlayedTrackRow { listen: listen.clone(), track })
        });
        Ok(rows.take(limit as usize).collect())
    }

    async fn play_counts(&self, user: UserId) -> Result<Vec<PlayCount>> {
        let shelf = self.lock();
        Ok(shelf.counts.values().filter(|count| count.user == user).cloned().collect())
    }

    async fn artist_plays(&self, page: Page<ArtistPlaysKey>, short_ms: u32) -> Result<Vec<ArtistPlays>> {
        let shelf = self.lock();
        let first = page.after.map_or(UserId::from_uuid(Uuid::nil()), |(user, ..)| user);
        let all = shelf.plays_of(first, UserId::from_uuid(Uuid::max()), short_ms);
        let rows = all.range(after(page.after.as_ref())).take(page.limit as usize);
        Ok(rows.map(|(key, sums)| artist_plays_row((*key, *sums))).collect())
    }

    async fn artist_plays_of(&self, user: UserId, short_ms: u32) -> Result<Vec<ArtistPlays>> {
        let plays = self.lock().plays_of(user, user, short_ms);
        Ok(plays.into_iter().map(artist_plays_row).collect())
    }

    async fn played(&self, user: UserId, tracks: &[TrackId]) -> Result<Vec<bool>> {
        let shelf = self.lock();
        let listened = |track: TrackId| {
            let all = (user, track, Timestamp::MIN)..=(user, track, Timestamp::MAX);
            let counted =
                || shelf.counts.keys().any(|(u, item, ..)| *u == user && *item == PlayedItem::Track(track));
            shelf.listens.range(all).next().is_some() || counted()
        };
        let links = shelf.merge_links();
        Ok(tracks.iter().map(|track| linked(*track, &links).into_iter().any(&listened)).collect())
    }

    async fn history_totals(&self) -> Result<HistoryTotals> {
        let shelf = self.lock();
        let artists = shelf.items.values().filter(|item| item.kind == ItemKind::Artist).count() as u64;
        Ok(HistoryTotals {
            artists,
            tracks: shelf.items.len() as u64 - artists,
            listens: shelf.listens.len() as u64,
            play_counts: shelf.counts.len() as u64,
            counted_plays: shelf.counts.values().map(|count| count.plays).sum(),
        })
    }

    async fn mark_seen(&self, marks: &[SeenMark]) -> Result<u64> {
        let mut shelf = self.lock();
        let erased = shelf.erased(marks.iter().map(|mark| mark.user));
        let mut new = 0;
        for mark in marks.iter().filter(|mark| !erased.contains(&mark.user)) {
            shelf.seen.entry((mark.user, mark.drop)).or_insert_with(|| {
                new += 1;
                mark.at
            });
        }
        Ok(new)
    }

    async fn seen(&self, user: UserId, drops: &[DropId]) -> Result<Vec<bool>> {
        let shelf = self.lock();
        Ok(drops.iter().map(|drop| shelf.seen.contains_key(&(user, *drop))).collect())
    }

    async fn seen_of(&self, user: UserId) -> Result<Vec<SeenMark>> {
        let shelf = self.lock();
        let own = shelf.seen.iter().filter(|((who, _), _)| *who == user);
        Ok(own.map(|((user, drop), at)| SeenMark { user: *user, drop: *drop, at: *at }).collect())
    }

    async fn shown_to(&self, drop: DropId, before: Timestamp) -> Result<u64> {
        let shelf = self.lock();
        Ok(shelf.seen.iter().filter(|((_, d), at)| *d == drop && **at < before).count() as u64)
    }

    async fn shown_counts(&self, drops: &[DropId]) -> Result<Vec<u64>> {
        let shelf = self.lock();
        let mut counts: BTreeMap<DropId, u64> = drops.iter().map(|drop| (*drop, 0)).collect();
        for (_, drop) in shelf.seen.keys() {
            if let Some(count) = counts.get_mut(drop) {
                *count += 1;
            }
        }
        Ok(drops.iter().map(|drop| counts.get(drop).copied().unwrap_or(0)).collect())
    }

    async fn plays_after(&self, drops: &[(DropId, TrackId)], days: i64) -> Result<Vec<PlayAfter>> {
        let shelf = self.lock();
        let mut asked: BTreeMap<DropId, BTreeSet<TrackId>> = BTreeMap::new();
        for (drop, track) in drops {
            asked.entry(*drop).or_default().insert(*track);
        }
        let mut plays = Vec::new();
        for ((user, drop), at) in &shelf.seen {
            for track in asked.get(drop).into_iter().flatten() {
                let within = (*user, *track, *at)..(*user, *track, at.plus_days(days));
                plays.extend(shelf.listens.range(within).map(|(_, listen)| PlayAfter {
                    drop: *drop,
                    track: *track,
                    user: *user,
                    shown_at: *at,
                    start: listen.start,
                    played_ms: listen.played_ms,
                }));
            }
        }
        plays.sort_unstable();
        Ok(plays)
    }

    async fn mute(&self, user: UserId, target: UserId, most: u32) -> Result<bool> {
        let mut shelf = self.lock();
        if !shelf.erased([user, target]).is_empty() {
            return Ok(false);
        }
        let muted = shelf.mutes.entry(user).or_default();
        Ok(muted.contains(&target) || (muted.len() < most as usize && muted.insert(target)))
    }

    async fn unmute(&self, user: UserId, target: UserId) -> Result<()> {
        if let Some(muted) = self.lock().mutes.get_mut(&user) {
            muted.remove(&target);
        }
        Ok(())
    }

    async fn muted_by(&self, user: UserId) -> Result<Vec<UserId>> {
        Ok(self.lock().mutes.get(&user).into_iter().flatten().copied().collect())
    }
}
