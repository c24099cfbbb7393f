//! Listens, play counts, and what follows from both.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use signal_core::model::{
    Correction, Listen, PlayAfter, PlayCount, PlayedItem, Span, Timestamp, TrackId, UserId,
};
use signal_core::store::{PlayedTrackRow, SeenMark};
use surrealdb_types::{RecordId, SurrealValue, Value, object};

use super::change::touch_people;
use super::error::{Read, damaged};
use super::link::{Asks, Work};
use super::row::{
    self, Parts, Row, below, between, coded, delete, found, int, last, list, record, signed, text, there,
    uuid, write,
};
use super::{catalogue, fold, ledger, merges};
use crate::code;
use crate::folded::is_folded;

/// Showings whose plays are asked for at once.
const SHOWN_AT_ONCE: usize = 1_000;

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct ListenRow {
    id: RecordId,
    exactness: i64,
    played_ms: Option<i64>,
    source: String,
}

impl Row for ListenRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct CountRow {
    id: RecordId,
    plays: i64,
}

impl Row for CountRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

/// The start of a listen, so that the newest comes first. No start lies outside.
fn back(start: Timestamp) -> i64 {
    !start.micros()
}

fn listen_of(listen: &Listen) -> RecordId {
    listen_at(listen.user, listen.track, listen.start)
}

fn listen_at(user: UserId, track: TrackId, start: Timestamp) -> RecordId {
    record("listen", [uuid(user.uuid()), int(back(start)), uuid(track.uuid())])
}

pub(super) fn count_of(count: &PlayCount) -> RecordId {
    let (kind, item) = code::of_item(count.item);
    let (from, to) = count.span.map_or((0, 0), |span| (span.from.micros(), span.to.micros()));
    let user = uuid(count.user.uuid());
    let spanned = i64::from(count.span.is_some());
    record(
        "play_count",
        [user, int(kind), uuid(item), text(count.source.as_str()), int(spanned), int(from), int(to)],
    )
}

impl ListenRow {
    pub(super) fn listen(self) -> Read<Listen> {
        let mut parts = Parts::of(self.id)?;
        let user = parts.user()?;
        let start = Timestamp::from_micros(!parts.int()?);
        let played_ms = self.played_ms.map(u32::try_from).transpose();
        Ok(Listen {
            user,
            track: TrackId::from_uuid(parts.uuid()?),
            start,
            exactness: coded("exactness", self.exactness, code::exactness)?,
            played_ms: played_ms.map_err(|error| damaged("played_ms", error))?,
            source: self.source,
        })
    }
}

impl CountRow {
    pub(super) fn count(self) -> Read<PlayCount> {
        let mut parts = Parts::of(self.id)?;
        let user = parts.user()?;
        let item = coded("kind", parts.int()?, code::item)?(parts.uuid()?);
        let source = parts.text()?;
        let spanned = parts.int()? != 0;
        let span = Span { from: parts.time()?, to: parts.time()? };
        Ok(PlayCount {
            user,
            item,
            plays: row::unsigned("plays", self.plays)?,
            span: spanned.then_some(span),
            source,
        })
    }
}

/// Adds listens, but those of erased people and those that are counted already, and gives how many are new.
pub(super) async fn add_listens(work: &Work, listens: &[Listen]) -> Read<u64> {
    const LISTENS: &str = "INSERT INTO listen $rows ON DUPLICATE KEY UPDATE exactness = $input.exactness, \
                           played_ms = $input.played_ms, source = $input.source RETURN NONE";
    let people: BTreeSet<_> = listens.iter().map(|listen| listen.user).collect();
    let erased = ledger::erased(work, people.iter().copied()).await?;
    let folded = fold::folded(work, &people).await?;
    let mut rows: BTreeMap<RecordId, &Listen> = BTreeMap::new();
    let left_out = |listen: &&Listen| erased.contains(&listen.user) || is_folded(&folded, listen);
    for listen in listens.iter().filter(|listen| !left_out(listen)) {
        let kept = rows.entry(listen_of(listen)).or_insert(listen);
        if listen.exactness > kept.exactness {
            *kept = listen;
        }
    }
    let known = found::<ListenRow>(work, rows.keys().cloned()).await?;
    let new = rows.len() - known.len();
    // Of two times of one play the more exact one is kept.
    rows.retain(|id, listen| {
        known.get(id).is_none_or(|known| code::of_exactness(listen.exactness) > known.exactness)
    });
    touch_people(work, rows.values().map(|listen| listen.user)).await?;
    let rows = rows.into_iter().map(|(id, listen)| {
        object! {
            id: id,
            user: listen.user.uuid(),
            track: listen.track.uuid(),
            start: listen.start.micros(),
            exactness: code::of_exactness(listen.exactness),
            played_ms: listen.played_ms.map(i64::from),
            source: listen.source.as_str(),
        }
    });
    write(work, LISTENS, rows.collect()).await?;
    Ok(new as u64)
}

/// Takes listens away and adds what is known better; gives how many went.
pub(super) async fn correct_listens(work: &Work, corrections: &[Correction]) -> Read<u64> {
    let known = |correction: &Correction| listen_at(correction.by.user, correction.track, correction.start);
    let people = corrections.iter().map(|correction| correction.by.user).collect();
    let folded = fold::folded(work, &people).await?;
    let corrections: Vec<_> =
        corrections.iter().filter(|correction| !is_folded(&folded, &correction.by)).collect();
    let asked = corrections.iter().map(|correction| known(correction));
    let mut gone: BTreeSet<_> = there(work, asked).await?.into_iter().collect();
    delete(work, gone.iter().cloned()).await?;
    // Of several about one listen the first counts.
    let better = corrections.iter().filter(|correction| gone.remove(&known(correction)));
    let better: Vec<_> = better.map(|correction| correction.by.clone()).collect();
    touch_people(work, better.iter().map(|listen| listen.user)).await?;
    add_listens(work, &better).await?;
    Ok(better.len() as u64)
}

/// Adds play counts, but those of erased people, and gives how many are new.
pub(super) async fn add_counts(work: &Work, counts: &[PlayCount]) -> Read<u64> {
    const COUNTS: &str =
        "INSERT INTO play_count $rows ON DUPLICATE KEY UPDATE plays = $input.plays RETURN NONE";
    let erased = ledger::erased(work, counts.iter().map(|count| count.user)).await?;
    let kept = counts.iter().filter(|count| !erased.contains(&count.user));
    let rows: BTreeMap<_, _> = kept.map(|count| (count_of(count), count)).collect();
    let known = there(work, rows.keys().cloned()).await?.len();
    let new = rows.len() - known;
    touch_people(work, rows.values().map(|count| count.user)).await?;
    fold::note(work, rows.values().copied()).await?;
    let rows = rows.into_iter().map(|(id, count)| object! { id: id, plays: signed(count.plays) });
    write(work, COUNTS, rows.collect()).await?;
    Ok(new as u64)
}

/// Listens of a user, newest first, with their tracks.
pub(super) async fn listens(
    asks: &dyn Asks,
    user: UserId,
    before: Timestamp,
    limit: u32,
) -> Read<Vec<PlayedTrackRow>> {
    const LISTENS: &str = "SELECT id, exactness, played_ms, source FROM $range LIMIT $limit";
    let user = uuid(user.uuid());
    let mut after = last([user.clone(), int(back(before))]);
    let mut answer = Vec::new();
    while answer.len() < limit as usize {
        let range = between("listen", Bound::Excluded(after), Bound::Included(last([user.clone()])));
        let rows = asks.ask(LISTENS, object! { range: range, limit: i64::from(limit) }).await?;
        let rows = row::rows::<ListenRow>(rows)?;
        let Some(end) = rows.last().map(|row| row.id.key.clone()) else { break };
        after = end;
        let listens = rows.into_iter().map(ListenRow::listen).collect::<Read<Vec<_>>>()?;
        let tracks: Vec<_> = listens.iter().map(|listen| listen.track).collect();
        let tracks = catalogue::known_tracks(asks, tracks).await?;
        answer.extend(listens.into_iter().filter_map(|listen| {
            let track = tracks.get(&listen.track)?.clone();
            Some(PlayedTrackRow { listen, track })
        }));
    }
    answer.truncate(limit as usize);
    Ok(answer)
}

/// Play counts of a user in the order of their key.
pub(super) async fn counts(asks: &dyn Asks, user: UserId) -> Read<Vec<PlayCount>> {
    let with = object! { range: below("play_count", [uuid(user.uuid())]) };
    let rows = asks.ask("SELECT * FROM $range", with).await?;
    row::rows::<CountRow>(rows)?.into_iter().map(CountRow::count).collect()
}

/// Which of the tracks the user has played, themselves or as a track that merges make one with them.
pub(super) async fn played(asks: &dyn Asks, user: UserId, tracks: &[TrackId]) -> Read<Vec<bool>> {
    const HEARD: &str = "RETURN $tracks.map(|$track| array::len((SELECT VALUE id FROM listen \
                         WHERE user = $user AND track = $track LIMIT 1)) > 0)";
    const COUNTED: &str =
        "RETURN $ranges.map(|$range| array::len((SELECT VALUE id FROM $range LIMIT 1)) > 0)";
    let linked = merges::linked(asks, tracks).await?;
    let all: BTreeSet<_> = linked.values().flatten().copied().collect();
    let ids = list(all.iter().map(|track| track.uuid()));
    let heard = asks.ask(HEARD, object! { user: user.uuid(), tracks: ids }).await?;
    let range = |track: &TrackId| {
        let (kind, item) = code::of_item(PlayedItem::Track(*track));
        below("play_count", [uuid(user.uuid()), int(kind), uuid(item)])
    };
    let counted = asks.ask(COUNTED, object! { ranges: list(all.iter().map(range)) }).await?;
    let told = row::rows::<bool>(heard)?.into_iter().zip(row::rows::<bool>(counted)?);
    let told = all.iter().zip(told).filter(|(_, (heard, counted))| *heard || *counted);
    let played: BTreeSet<_> = told.map(|(track, _)| *track).collect();
    Ok(tracks.iter().map(|track| linked.get(track).is_some_and(|all| !all.is_disjoint(&played))).collect())
}

/// Plays of tracks within so many microseconds after a drop was shown; asked in pieces, so that no question grows too long.
pub(super) async fn after(
    asks: &dyn Asks,
    shown: &[(SeenMark, TrackId)],
    micros: i64,
) -> Read<Vec<PlayAfter>> {
    const WITHIN: &str = "RETURN $shown.map(|$s| (SELECT id, exactness, played_ms, source FROM listen \
                          WHERE user = $s.user AND track = $s.track AND start >= $s.from AND start < $s.to))";
    let mut plays = Vec::new();
    for shown in shown.chunks(SHOWN_AT_ONCE) {
        let asked = shown.iter().map(|(mark, track)| {
            let (from, to) = (mark.at.micros(), mark.at.micros().saturating_add(micros));
            object! { user: mark.user.uuid(), track: track.uuid(), from: from, to: to }
        });
        let rows = row::rows::<Vec<ListenRow>>(asks.ask(WITHIN, object! { shown: list(asked) }).await?)?;
        for ((mark, _), rows) in shown.iter().zip(rows) {
            for listen in rows.into_iter().map(ListenRow::listen) {
                let Listen { user, track, start, played_ms, .. } = listen?;
                let SeenMark { drop, at, .. } = *mark;
                plays.push(PlayAfter { drop, track, user, shown_at: at, start, played_ms });
            }
        }
    }
    plays.sort_unstable();
    plays.dedup();
    Ok(plays)
}

/// Everything that is counted of the history.
pub(super) async fn total(asks: &dyn Asks, text: &'static str) -> Read<u64> {
    let answer = asks.ask(text, object! {}).await?;
    match answer {
        Value::None | Value::Null => Ok(0),
        number => row::unsigned("a count", i64::from_value(number).map_err(|e| damaged("a count", e))?),
    }
}
