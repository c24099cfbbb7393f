//! A history comes in: records → identity → the store's history, idempotent throughout.
//!
//! The ledger hears only of people and of trust edges; plays, artists and genres lie beside it.

mod catalogue;
mod people;
mod remembered;
mod same;

pub(super) use catalogue::{UNKNOWN_ARTIST, name_claim};

use std::collections::{BTreeMap, BTreeSet};

use super::answer::ImportAnswer;
use super::suggest::Liked;
use super::{Engine, EngineError, Result};
use crate::model::{
    ArtistId, Correction, Exactness, Listen, PlayCount, PlayedItem, Timestamp, TrackId, TrackRef,
    TrustWeight, UserId,
};
use crate::platform::{ImportRecord, ImportedArtist};
use crate::store::{ArtistGenre, HistoryTotals};
use crate::taste::genres;
use crate::taste::identity::Merges;
use remembered::{Called, Remembered};
use same::Plays;

/// Records taken together: one transaction a kind.
const CHUNK: usize = 10_000;
/// Listens read from the store at first: mostly all that are known are older. Then so many more at once; and how far apart
/// plays may be to be looked for together.
const PAGE_FIRST: u32 = 256;
const PAGE: u32 = 2_048;
const TOGETHER_MICROS: i64 = 30 * 24 * 3_600 * 1_000_000;
/// The most pins that are offered to be vouched for: the newest.
pub const PINS_MAX: usize = 100;
/// Trust edges held before they are written, one entry a person.
const EDGES_HELD: usize = 1_000_000;

/// One item of an import.
#[derive(Debug, Clone, PartialEq)]
pub enum Imported {
    /// A fact.
    Record(ImportRecord),
    /// A row that was left out, and why.
    Skipped(&'static str),
}

/// Whose facts these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The name of the source in claims, such as `hetrec`.
    pub source: String,
    /// The person behind records that name none.
    pub person: Option<UserId>,
}

/// What an import carries from chunk to chunk.
#[derive(Default)]
struct Progress {
    answer: ImportAnswer,
    people: BTreeMap<String, UserId>,
    artists: BTreeMap<ImportedArtist, ArtistId>,
    tracks: BTreeSet<TrackId>,
    remembered: Remembered,
    genres: BTreeMap<(ArtistId, &'static str), f64>,
    edges: BTreeMap<UserId, BTreeMap<UserId, TrustWeight>>,
    edges_held: usize,
    counted: BTreeSet<(UserId, ArtistId)>,
    /// The newest pins, by their time and in the order told.
    pins: BTreeMap<(Timestamp, u64), Liked>,
}

impl Progress {
    fn skip(&mut self, reason: &str) {
        *self.answer.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    fn hold_pin(&mut self, track: TrackRef, words: Option<String>, at: Timestamp) {
        self.answer.pins += 1;
        self.pins.insert((at, self.answer.pins), Liked { track, words, at: Some(at) });
        if self.pins.len() > PINS_MAX {
            self.pins.pop_first();
        }
    }
}

impl Engine {
    /// Takes records in, chunk by chunk; memory grows with people, artists, tracks and edges, not with plays. Doing it again
    /// changes nothing. `progress` hears how many records were taken so far. Call [`Engine::build_profiles`] after.
    pub async fn import(
        &self,
        records: &mut (dyn Iterator<Item = Imported> + Send),
        options: &ImportOptions,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ImportAnswer> {
        self.catch_up().await?;
        let before = self.store().history_totals().await?;
        let mut state = Progress::default();
        let mut taken = 0;
        loop {
            let chunk: Vec<_> = (&mut *records).take(CHUNK).collect();
            let last = chunk.len() < CHUNK;
            taken += chunk.len() as u64;
            state.answer.rows = taken;
            self.take_chunk(chunk, options, &mut state).await?;
            progress(taken);
            if last {
                break;
            }
        }
        self.write_edges(&mut state).await?;
        self.write_genres(&mut state).await?;
        self.forget_ears(None).await?;
        if let Some(person) = options.person {
            let pins = std::mem::take(&mut state.pins).into_values().rev().collect();
            state.answer.suggested = self.suggest_tracks(person, pins).await?;
        }
        let after = self.store().history_totals().await?;
        let mut answer = state.answer;
        answer.users = state.people.len() as u64 + u64::from(options.person.is_some());
        answer.artists = state.artists.len() as u64;
        answer.tracks = state.tracks.len() as u64;
        let plays = |totals: HistoryTotals| totals.counted_plays + totals.listens;
        answer.duplicates = answer.listens.saturating_sub(answer.listens_new);
        answer.plays_new = plays(after).saturating_sub(plays(before));
        Ok(answer)
    }

    /// Takes in plays of one person that a service tells, as an import of them would, in one chunk.
    pub(super) async fn take_plays(
        &self,
        person: UserId,
        source: &str,
        plays: Vec<ImportRecord>,
    ) -> Result<ImportAnswer> {
        let options = ImportOptions { source: source.to_owned(), person: Some(person) };
        let mut state = Progress::default();
        if !plays.is_empty() {
            let plays = plays.into_iter().map(Imported::Record).collect();
            self.take_chunk(plays, &options, &mut state).await?;
            self.forget_ears(None).await?;
        }
        Ok(state.answer)
    }

    async fn take_chunk(
        &self,
        chunk: Vec<Imported>,
        options: &ImportOptions,
        state: &mut Progress,
    ) -> Result<()> {
        let mut records = Vec::with_capacity(chunk.len());
        for item in chunk {
            match item {
                Imported::Record(record) => records.push(record),
                Imported::Skipped(reason) => state.skip(reason),
            }
        }
        self.know_people(&records, &options.source, state).await?;
        self.know_artists(&records, &options.source, state).await?;
        let mut counts = Vec::new();
        let mut plays = Vec::new();
        for record in records {
            match record {
                ImportRecord::Person { .. } => {}
                ImportRecord::Trust { from, to, weight, mutual } => {
                    self.hold_edge(&from, &to, weight, mutual, state).await?;
                }
                ImportRecord::ArtistTag { artist, tag } => hold_tag(&artist, &tag, state),
                ImportRecord::Pin { track, words, at } => {
                    whose(None, options, state)?;
                    state.hold_pin(track, words, at);
                }
                ImportRecord::ArtistPlays { person, artist, plays } => {
                    let user = whose(person.as_deref(), options, state)?;
                    let Some((user, artist)) = user.zip(state.artists.get(&artist).copied()) else {
                        state.skip("unusable name");
                        continue;
                    };
                    let item = PlayedItem::Artist(artist);
                    counts.push(PlayCount { user, item, plays, span: None, source: options.source.clone() });
                }
                ImportRecord::Listen { person, track, start, exactness, played_ms } => {
                    let Some(user) = whose(person.as_deref(), options, state)? else {
                        state.skip("unusable name");
                        continue;
                    };
                    plays.push((user, track, start, exactness, played_ms));
                }
            }
        }
        self.write_counts(counts, state).await?;
        self.write_listens(plays, options, state).await?;
        if state.edges_held >= EDGES_HELD {
            self.write_edges(state).await?;
        }
        Ok(())
    }

    /// Counts of the same person and artist within one import are one count: their sum.
    async fn write_counts(&self, counts: Vec<PlayCount>, state: &mut Progress) -> Result<()> {
        let mut merged: BTreeMap<(UserId, PlayedItem), PlayCount> = BTreeMap::new();
        for count in counts {
            let PlayedItem::Artist(artist) = count.item else {
                continue;
            };
            state.answer.plays += count.plays;
            if !state.counted.insert((count.user, artist)) && !merged.contains_key(&(count.user, count.item))
            {
                state.skip("a second count of the same artist, far from the first");
                continue;
            }
            match merged.get_mut(&(count.user, count.item)) {
                Some(known) => known.plays = known.plays.saturating_add(count.plays),
                None => {
                    merged.insert((count.user, count.item), count);
                }
            }
        }
        let counts: Vec<_> = merged.into_values().collect();
        state.answer.play_counts += counts.len() as u64;
        state.answer.play_counts_new += self.store().add_play_counts(&counts).await?;
        Ok(())
    }

    async fn write_listens(
        &self,
        plays: Vec<(UserId, TrackRef, Timestamp, Exactness, Option<u32>)>,
        options: &ImportOptions,
        state: &mut Progress,
    ) -> Result<()> {
        let called: Vec<_> = plays.iter().map(|(_, track, ..)| Called::of(track)).collect();
        let named = called.iter().copied().zip(plays.iter().map(|(_, track, ..)| track));
        let (new, unknown) = state.remembered.unknown(named);
        let tracks = self.know_tracks(&unknown, &mut state.answer).await?;
        state.tracks.extend(tracks.iter().flatten());
        state.remembered.learn(new, tracks);
        let mut listens = Vec::with_capacity(plays.len());
        for ((user, _, start, exactness, played_ms), called) in plays.into_iter().zip(called) {
            let Some(track) = state.remembered.find(called) else {
                state.skip("unusable name");
                continue;
            };
            listens.push(Listen { user, track, start, exactness, played_ms, source: options.source.clone() });
        }
        state.answer.listens += listens.len() as u64;
        state.answer.plays += listens.len() as u64;
        if let Some(person) = options.person {
            let better;
            (listens, better) = self.sort_out(person, listens).await?;
            if !better.is_empty() {
                self.store().correct_listens(&better).await?;
            }
        }
        state.answer.listens_new += self.store().add_listens(&listens).await?;
        Ok(())
    }

    /// Tells new plays of the person from those that another source has told of already, with a start that is near enough,
    /// and finds which of these are known better now. Where only a source names people, its equal starts are enough.
    async fn sort_out(&self, person: UserId, listens: Vec<Listen>) -> Result<(Vec<Listen>, Vec<Correction>)> {
        let merges = self.all_merges().await?;
        let (mut theirs, others): (Vec<_>, Vec<_>) =
            listens.into_iter().partition(|listen| listen.user == person);
        theirs.sort_by_key(|listen| listen.start);
        let mut plays = Plays::default();
        let near =
            |a: &Listen, b: &Listen| b.start.micros().saturating_sub(a.start.micros()) < TOGETHER_MICROS;
        for together in theirs.chunk_by(near) {
            self.know_plays(person, together, &merges, &mut plays).await?;
        }
        for listen in theirs {
            plays.add(merges.root(listen.track), listen);
        }
        let (new, better) = plays.into_changes();
        Ok((others.into_iter().chain(new).collect(), better))
    }

    /// Reads the person's listens from around the time of plays that are told, in order of their starts.
    async fn know_plays(
        &self,
        person: UserId,
        told: &[Listen],
        merges: &Merges,
        plays: &mut Plays,
    ) -> Result<()> {
        let (Some(first), Some(last)) = (told.first(), told.last()) else { return Ok(()) };
        let from = first.start.micros().saturating_sub(same::WITHIN_MAX);
        let mut before = last.start.micros().saturating_add(same::WITHIN_MAX + 1);
        let mut page = PAGE_FIRST;
        loop {
            let rows = self.store().listens(person, Timestamp::from_micros(before), page).await?;
            for row in &rows {
                plays.know(merges.root(row.listen.track), &row.listen);
            }
            let Some(oldest) = rows.last().map(|row| row.listen.start.micros()) else { return Ok(()) };
            if rows.len() < page as usize || oldest < from {
                return Ok(());
            }
            // Others may have begun in the same instant as the last of this page.
            before = if oldest + 1 < before { oldest + 1 } else { oldest };
            page = PAGE;
        }
    }

    async fn write_genres(&self, state: &mut Progress) -> Result<()> {
        let rows: Vec<_> = std::mem::take(&mut state.genres)
            .into_iter()
            .map(|((artist, genre), weight)| ArtistGenre { artist, genre: genre.to_owned(), weight })
            .collect();
        for chunk in rows.chunks(CHUNK) {
            self.store().put_artist_genres(chunk).await?;
        }
        Ok(())
    }
}

fn hold_tag(artist: &ImportedArtist, tag: &str, state: &mut Progress) {
    let Some(artist) = state.artists.get(artist).copied() else {
        return state.skip("unusable name");
    };
    let Some(genre) = genres::resolve(tag) else {
        return state.skip("tag that names no genre");
    };
    state.answer.tags += 1;
    *state.genres.entry((artist, genre.name())).or_default() += 1.0;
}

/// The person a record speaks of; `None` when their name cannot be used.
fn whose(person: Option<&str>, options: &ImportOptions, state: &Progress) -> Result<Option<UserId>> {
    match person {
        Some(name) => Ok(state.people.get(name).copied()),
        None if options.person.is_some() => Ok(options.person),
        None => Err(EngineError::invalid("import", "these plays or pins name no person; say whose they are")),
    }
}
