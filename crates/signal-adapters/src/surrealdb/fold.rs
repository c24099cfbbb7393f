//! Old listens become play counts of their month.

use std::collections::{BTreeMap, BTreeSet};

use signal_core::model::{Listen, PlayCount, PlayedItem, Span, Timestamp, TrackId, UserId};
use surrealdb_types::{RecordId, object};

use super::change::touch_people;
use super::error::Read;
use super::link::{Asks, Work};
use super::plays::{self, CountRow, ListenRow, count_of};
use super::row::{self, Parts, below, found, int, list, record, text, uuid, write};
use crate::folded::Folded;

/// Notes of which months sources give counts.
pub(super) async fn note(work: &Work, counts: impl Iterator<Item = &PlayCount>) -> Read<()> {
    let months: BTreeSet<_> = counts.filter_map(month_counted).collect();
    let rows = months.into_iter().map(|id| object! { id: id });
    write(work, "INSERT IGNORE INTO folded $rows RETURN NONE", rows.collect()).await
}

fn month_counted(count: &PlayCount) -> Option<RecordId> {
    let month = count.span.filter(|span| span.is_month())?;
    let parts = [uuid(count.user.uuid()), text(count.source.as_str()), int(month.from.micros())];
    Some(record("folded", parts))
}

/// The months of which a source gives counts of the people.
pub(super) async fn folded(asks: &dyn Asks, people: &BTreeSet<UserId>) -> Read<Folded> {
    const MONTHS: &str = "RETURN array::flatten($ranges.map(|$range| (SELECT VALUE id FROM $range)))";
    if people.is_empty() {
        return Ok(Folded::new());
    }
    let ranges = list(people.iter().map(|user| below("folded", [uuid(user.uuid())])));
    let ids = asks.ask(MONTHS, object! { ranges: ranges }).await?;
    let read = |id| {
        let mut parts = Parts::of(id)?;
        Ok((parts.user()?, parts.text()?, parts.time()?))
    };
    row::rows::<RecordId>(ids)?.into_iter().map(read).collect()
}

/// Folds one month as [`signal_core::store::HistoryStore::fold_listens`] says, and gives how many listens went. All
/// listens of the month are held in memory.
pub(super) async fn fold(work: &Work, before: Timestamp, short_ms: u32) -> Read<u64> {
    const OLDEST: &str = "SELECT VALUE start FROM listen WHERE start < $before ORDER BY start LIMIT 1";
    const LISTENS: &str = "SELECT id, exactness, played_ms, source FROM listen \
                           WHERE start >= $from AND start < $to";
    const DELETE: &str = "DELETE listen WHERE start >= $from AND start < $to RETURN NONE";
    let oldest = work.ask(OLDEST, object! { before: before.micros() }).await?;
    let oldest = row::rows::<i64>(oldest)?.first().copied().map(Timestamp::from_micros);
    let Some(month) = oldest.and_then(Span::month_of).filter(|month| month.to <= before) else {
        return Ok(0);
    };
    let with = object! { from: month.from.micros(), to: month.to.micros() };
    let listens = row::rows::<ListenRow>(work.ask(LISTENS, with.clone()).await?)?;
    let listens = listens.into_iter().map(ListenRow::listen).collect::<Read<Vec<_>>>()?;
    // Whoever adds listens of one of them meanwhile did not see that the month is counted.
    touch_people(work, listens.iter().map(|listen| listen.user)).await?;
    let mut counts = counted(&listens, month, short_ms);
    let known = found::<CountRow>(work, counts.iter().map(count_of)).await?;
    let known = known.into_iter().map(|(id, row)| Ok((id, row.count()?.plays)));
    let known = known.collect::<Read<BTreeMap<_, _>>>()?;
    for count in &mut counts {
        count.plays = count.plays.max(known.get(&count_of(count)).copied().unwrap_or_default());
    }
    plays::add_counts(work, &counts).await?;
    work.ask(DELETE, with).await?;
    Ok(listens.len() as u64)
}

/// The listens that are not short, as one count for each person, track and source.
fn counted(listens: &[Listen], month: Span, short_ms: u32) -> Vec<PlayCount> {
    let mut counts: BTreeMap<(UserId, TrackId, &str), u64> = BTreeMap::new();
    for listen in listens.iter().filter(|listen| listen.played_ms.is_none_or(|ms| ms >= short_ms)) {
        *counts.entry((listen.user, listen.track, listen.source.as_str())).or_default() += 1;
    }
    let count = |((user, track, source), plays): ((UserId, TrackId, &str), u64)| PlayCount {
        user,
        item: PlayedItem::Track(track),
        plays,
        span: Some(month),
        source: source.to_owned(),
    };
    counts.into_iter().map(count).collect()
}
