//! What people played by artist, added up here from the rows of some people at a time.

use std::collections::BTreeMap;
use std::ops::Bound;

use signal_core::model::{Listen, PlayCount, PlayedItem, Span, UserId};
use signal_core::store::{ArtistPlays, ArtistPlaysKey, Page, PlayLength, middle_week};
use surrealdb_types::{RecordIdKey, object};

use super::error::Read;
use super::link::Asks;
use super::merges;
use super::plays::{CountRow, ListenRow, counts};
use super::row::{self, below, between, first, last, uuid};

/// Fewest rows that are read at once when everybody's plays are added up.
const FEWEST_ROWS: u32 = 1_000;

/// Plays and their week by person, item and month; without a month for all other spans together.
type LargestCounts = BTreeMap<(UserId, PlayedItem, Option<Span>), (u64, Option<i64>)>;

/// Plays by artist, being added up.
#[derive(Debug, Default)]
struct Sums {
    listens: Vec<Listen>,
    counts: Vec<PlayCount>,
}

impl Sums {
    /// Several sources may count the same plays, so the largest count of an item, in a month or over any other span, is
    /// what we know: with its week, if it has one. Of equals it is one over a whole history, else the newest.
    fn largest_counts(&self) -> LargestCounts {
        let rank = |(plays, week): (u64, Option<i64>)| (plays, week.is_none(), week);
        let mut largest = LargestCounts::new();
        for count in &self.counts {
            let month = count.span.filter(|span| span.is_month());
            let next = (count.plays, count.span.map(middle_week));
            let most = largest.entry((count.user, count.item, month)).or_insert(next);
            if rank(next) > rank(*most) {
                *most = next;
            }
        }
        largest
    }

    async fn add_up(self, asks: &dyn Asks, short_ms: u32) -> Read<BTreeMap<ArtistPlaysKey, (u64, u64)>> {
        let counts = self.largest_counts();
        let counted = counts.keys().filter_map(|(_, item, _)| match item {
            PlayedItem::Track(track) => Some(*track),
            PlayedItem::Artist(_) => None,
        });
        let tracks = self.listens.iter().map(|listen| listen.track).chain(counted).collect();
        let artists = merges::artists(asks, &tracks).await?;
        let mut sums: BTreeMap<ArtistPlaysKey, (u64, u64)> = BTreeMap::new();
        for listen in self.listens {
            let length = match listen.played_ms {
                None => PlayLength::Unknown,
                Some(ms) if ms < short_ms => PlayLength::Short,
                Some(_) => PlayLength::Long,
            };
            if let Some(artist) = artists.get(&listen.track) {
                let sum = sums.entry((listen.user, *artist, Some(listen.start.week()), length)).or_default();
                *sum = (sum.0 + 1, sum.1 + u64::from(listen.played_ms.unwrap_or(0)));
            }
        }
        for ((user, item, _), (plays, week)) in counts {
            let artist = match item {
                PlayedItem::Artist(artist) => Some(artist),
                PlayedItem::Track(track) => artists.get(&track).copied(),
            };
            if let Some(artist) = artist {
                sums.entry((user, artist, week, PlayLength::Unknown)).or_default().0 += plays;
            }
        }
        Ok(sums)
    }
}

fn artist_plays_row((key, (plays, played_ms)): (ArtistPlaysKey, (u64, u64))) -> ArtistPlays {
    let (user, artist, week, length) = key;
    ArtistPlays { user, artist, week, length, plays, played_ms }
}

const SOME_LISTENS: &str = "SELECT id, exactness, played_ms, source FROM $range LIMIT $limit";
const SOME_COUNTS: &str = "SELECT id, plays FROM $range LIMIT $limit";

/// Plays of one user by artist.
pub(super) async fn artist_plays_of(asks: &dyn Asks, user: UserId, short_ms: u32) -> Read<Vec<ArtistPlays>> {
    const LISTENS: &str = "SELECT id, exactness, played_ms, source FROM $range";
    let with = object! { range: below("listen", [uuid(user.uuid())]) };
    let listens = row::rows::<ListenRow>(asks.ask(LISTENS, with).await?)?;
    let listens = listens.into_iter().map(ListenRow::listen).collect::<Read<_>>()?;
    let sums = Sums { listens, counts: counts(asks, user).await? };
    Ok(sums.add_up(asks, short_ms).await?.into_iter().map(artist_plays_row).collect())
}

/// A page of plays in the order of their keys. Adding up everybody for each page would cost the square of their number,
/// so it goes in stretches of users whose rows are about a page.
pub(super) async fn artist_plays(
    asks: &dyn Asks,
    page: Page<ArtistPlaysKey>,
    short_ms: u32,
) -> Read<Vec<ArtistPlays>> {
    let mut from = page.after.map(|(user, ..)| first([uuid(user.uuid())]));
    let mut plays = Vec::new();
    let mut rows = page.limit.max(FEWEST_ROWS);
    while plays.len() < page.limit as usize {
        let stretch = stretch(asks, from.clone(), rows).await?;
        let Some(last_user) = stretch.last_user else {
            if stretch.is_end {
                break;
            }
            // One person has more than that.
            rows = rows.saturating_mul(2);
            continue;
        };
        let sums = stretch.sums.add_up(asks, short_ms).await?;
        let beyond = sums.into_iter().filter(|(key, _)| page.after.is_none_or(|after| *key > after));
        plays.extend(beyond.map(artist_plays_row));
        if stretch.is_end {
            break;
        }
        from = Some(last([uuid(last_user.uuid())]));
    }
    plays.truncate(page.limit as usize);
    Ok(plays)
}

/// All rows of some users who follow each other.
#[derive(Debug)]
struct Stretch {
    sums: Sums,
    /// The last of the users; none where not all rows of a single one were read.
    last_user: Option<UserId>,
    /// Whether nobody comes after them.
    is_end: bool,
}

/// Reads up to so many rows of both kinds from a key on, and leaves out the user with whom either broke off.
async fn stretch(asks: &dyn Asks, from: Option<RecordIdKey>, rows: u32) -> Read<Stretch> {
    let start = from.map_or(Bound::Unbounded, Bound::Included);
    let with =
        |table| object! { range: between(table, start.clone(), Bound::Unbounded), limit: i64::from(rows) };
    let listens = row::rows::<ListenRow>(asks.ask(SOME_LISTENS, with("listen")).await?)?;
    let mut listens = listens.into_iter().map(ListenRow::listen).collect::<Read<Vec<_>>>()?;
    let counts = row::rows::<CountRow>(asks.ask(SOME_COUNTS, with("play_count")).await?)?;
    let mut counts = counts.into_iter().map(CountRow::count).collect::<Read<Vec<_>>>()?;
    let is_full = |len: usize| len >= rows as usize;
    let cut_listens = listens.last().map(|listen| listen.user).filter(|_| is_full(listens.len()));
    let cut_counts = counts.last().map(|count| count.user).filter(|_| is_full(counts.len()));
    let cut = cut_listens.into_iter().chain(cut_counts).min();
    if let Some(cut) = cut {
        listens.retain(|listen| listen.user < cut);
        counts.retain(|count| count.user < cut);
    }
    let users = listens.iter().map(|listen| listen.user).chain(counts.iter().map(|count| count.user));
    let last_user = users.max();
    Ok(Stretch { sums: Sums { listens, counts }, last_user, is_end: cut.is_none() })
}
