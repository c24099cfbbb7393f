//! Folding everything again, and comparing it with what is stored.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::super::answer::{Difference, ReplayAnswer};
use super::super::{Engine, ROWS_CHUNK, Result, corrupt};
use crate::ledger::{DocKind, EpochTables, Replay, ReplayError, Replayed, Standing, StreamState};
use crate::model::{Account, Millionths, Points, Pseudonym};
use crate::store::Page;

/// Entries folded at once.
const CHUNK: u32 = 1_000;
/// Differences listed; more are not worth reading.
const LISTED: usize = 100;
/// Characters of a value shown in a difference.
const SHOWN: usize = 160;

/// Collects what differs, up to a limit.
#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn add(&mut self, what: impl ToString, stored: impl ToString, recomputed: impl ToString) {
        if self.0.len() < LISTED {
            let short = |text: String| text.chars().take(SHOWN).collect();
            let (stored, recomputed) = (short(stored.to_string()), short(recomputed.to_string()));
            self.0.push(Difference { what: what.to_string(), stored, recomputed });
        }
    }

    /// Compares stored rows, which are taken out of the recomputed ones.
    fn compare<K: Ord, V: PartialEq + Debug>(
        &mut self,
        what: impl Fn(&K) -> String,
        stored: Vec<(K, V)>,
        recomputed: &mut BTreeMap<K, V>,
    ) {
        for (key, value) in stored {
            match recomputed.remove(&key) {
                Some(wanted) if wanted == value => {}
                Some(wanted) => self.add(what(&key), format!("{value:?}"), format!("{wanted:?}")),
                None => self.add(what(&key), format!("{value:?}"), "nothing"),
            }
        }
    }

    fn missing<K: Ord, V: Debug>(&mut self, what: impl Fn(&K) -> String, rest: BTreeMap<K, V>) {
        for (key, value) in rest {
            self.add(what(&key), "nothing", format!("{value:?}"));
        }
    }
}

impl Engine {
    /// Folds the whole ledger again and compares states, edges, seats, names, words, tables and the newest
    /// standings with what is stored.
    pub async fn replay_ledger(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<ReplayAnswer> {
        let mut replay = Replay::new();
        let mut position = 0;
        loop {
            let entries = self.store().entries(position, CHUNK).await?;
            for entry in &entries {
                replay
                    .push(entry)
                    .map_err(|error| match error {
                        ReplayError::Corrupt(error) => error.into(),
                        misfit @ ReplayError::Misfit { .. } => {
                            corrupt("replay the ledger", "an entry", misfit).into()
                        }
                    })
                    .map_err(|error: super::super::EngineError| error)?;
            }
            position += entries.len() as u64;
            progress(position);
            if entries.len() < CHUNK as usize {
                break;
            }
        }
        let mut replayed = replay.finish();
        let (states, edges) = (replayed.rows.len() as u64, replayed.edges.len() as u64);
        let mut differences = Differences::default();
        for stream in &replayed.gaps {
            differences.add(format!("entries of {stream}"), "a gap", "no gap without an erasure");
        }
        self.compare_states(&mut replayed, &mut differences).await?;
        self.compare_relations(&mut replayed, &mut differences).await?;
        self.compare_words(&mut replayed, &mut differences).await?;
        for hash in &replayed.tables {
            let found = self.store().tables(*hash).await?.map(|bytes| EpochTables::digest(&bytes));
            if found != Some(*hash) {
                differences.add("tables of an epoch", format!("{found:?}"), hash);
            }
        }
        let standings_of_epoch = self.compare_standings(&replayed, &mut differences).await?;
        let negative: Vec<_> = replayed
            .balances
            .iter()
            .filter(|(account, points)| **account != Account::Mint && **points < Points::ZERO)
            .map(|(account, _)| *account)
            .collect();
        let books = replayed.balances.values().copied().sum();
        Ok(ReplayAnswer {
            equal: differences.0.is_empty() && negative.is_empty() && books == Points::ZERO,
            entries: position,
            states,
            edges,
            standings_of_epoch,
            books_sum_millipoints: books,
            negative,
            differences: differences.0,
        })
    }

    /// Computes the standings of the newest epoch again, and gives its number. An erasure since takes away what they
    /// came from, and nothing is compared; findings come from listening too, which no entry holds.
    async fn compare_standings(
        &self,
        replayed: &Replayed,
        differences: &mut Differences,
    ) -> Result<Option<u64>> {
        let Some(epoch) = replayed.epoch else { return Ok(None) };
        let bytes = self.store().tables(epoch.tables).await?;
        let Some(bytes) = bytes.filter(|bytes| EpochTables::digest(bytes) == epoch.tables) else {
            return Ok(None);
        };
        let tables = EpochTables::from_bytes(&bytes).map_err(|error| {
            corrupt("replay the ledger", format!("the tables of epoch {}", epoch.number), error)
        })?;
        if replayed.erasure.is_some_and(|erasure| erasure >= tables.position) {
            return Ok(None);
        }
        let (mut wanted, stances) = self.recompute_tables(&tables).await?;
        if !tables.knows_newcomers() {
            for row in &mut wanted {
                row.privilege = Millionths::ONE;
            }
        }
        if tables.knows_newcomers() && tables.stances != stances {
            let what = format!("stances of raters in epoch {}", epoch.number);
            differences.add(what, tables.stances.len(), stances.len());
        }
        let by_person = |rows: Vec<Standing>| rows.into_iter().map(|row| (row.who, row));
        let mut wanted: BTreeMap<_, _> = by_person(wanted).collect();
        let name = |who: &Pseudonym| format!("standing of {who} in epoch {}", epoch.number);
        differences.compare(name, by_person(tables.standings).collect(), &mut wanted);
        differences.missing(name, wanted);
        Ok(Some(epoch.number))
    }

    async fn compare_states(&self, replayed: &mut Replayed, differences: &mut Differences) -> Result<()> {
        let name = |stream: &crate::ledger::StreamId| format!("state of {stream}");
        let mut wanted: BTreeMap<_, _> =
            std::mem::take(&mut replayed.rows).into_iter().map(|(id, row)| (id, readable(&row))).collect();
        let mut after = None;
        loop {
            let rows = self.store().all_streams(after, ROWS_CHUNK).await?;
            after = rows.last().map(|(stream, _)| *stream);
            let done = rows.len() < ROWS_CHUNK as usize;
            let rows = rows.into_iter().map(|(id, row)| (id, readable(&row))).collect();
            differences.compare(name, rows, &mut wanted);
            if done {
                differences.missing(name, wanted);
                return Ok(());
            }
        }
    }

    async fn compare_relations(&self, replayed: &mut Replayed, differences: &mut Differences) -> Result<()> {
        let name = |(from, to): &(_, _)| format!("trust edge {from} → {to}");
        let mut wanted = std::mem::take(&mut replayed.edges);
        let mut after = None;
        loop {
            let rows = self.store().all_edges(Page { after, limit: ROWS_CHUNK }).await?;
            after = rows.last().map(|e| (e.from, e.to));
            let done = rows.len() < ROWS_CHUNK as usize;
            differences.compare(
                name,
                rows.into_iter().map(|e| ((e.from, e.to), e.weight)).collect(),
                &mut wanted,
            );
            if done {
                break;
            }
        }
        differences.missing(name, wanted);
        let name = |(circle, user): &(_, _)| format!("seat of {user} in {circle}");
        let mut wanted = std::mem::take(&mut replayed.members);
        let mut after = None;
        loop {
            let rows = self.store().all_seats(Page { after, limit: ROWS_CHUNK }).await?;
            after = rows.last().map(|s| (s.circle, s.user));
            let done = rows.len() < ROWS_CHUNK as usize;
            differences.compare(
                name,
                rows.into_iter().map(|s| ((s.circle, s.user), s.role)).collect(),
                &mut wanted,
            );
            if done {
                differences.missing(name, wanted);
                return Ok(());
            }
        }
    }

    async fn compare_words(&self, replayed: &mut Replayed, differences: &mut Differences) -> Result<()> {
        let mut wanted = std::mem::take(&mut replayed.keys);
        let name = |key: &String| format!("name {key}");
        let mut after = None;
        let mut nameless = 0;
        loop {
            let mut rows = self.store().all_keys(Page { after, limit: ROWS_CHUNK }).await?;
            after = rows.last().map(|(key, _)| key.clone());
            let done = rows.len() < ROWS_CHUNK as usize;
            rows.retain(|(key, _)| {
                let unexplained = key.starts_with("token:") && !wanted.contains_key(key);
                nameless += usize::from(unexplained);
                !unexplained
            });
            differences.compare(name, rows, &mut wanted);
            if done {
                break;
            }
        }
        differences.missing(name, wanted);
        if nameless != replayed.erased_verifications {
            let explained = format!("{} of erased people", replayed.erased_verifications);
            differences.add("used tokens without an entry", nameless, explained);
        }
        let docs = std::mem::take(&mut replayed.docs);
        let name = |(kind, id): &(DocKind, uuid::Uuid)| format!("words of {} {id}", kind.as_str());
        let mut wanted: BTreeMap<_, _> =
            docs.into_iter().map(|(id, d)| (id, (d.owner, d.parent, d.text))).collect();
        for kind in [DocKind::User, DocKind::Drop, DocKind::Comment, DocKind::Report, DocKind::Circle] {
            let mut after = None;
            loop {
                let rows = self.store().all_docs(kind, Page { after, limit: ROWS_CHUNK }).await?;
                after = rows.last().map(|doc| doc.id);
                let done = rows.len() < ROWS_CHUNK as usize;
                let rows = rows.into_iter().map(|d| ((d.kind, d.id), (d.owner, d.parent, d.text))).collect();
                differences.compare(name, rows, &mut wanted);
                if done {
                    break;
                }
            }
        }
        differences.missing(name, wanted);
        Ok(())
    }
}

/// A state row as people can read it.
fn readable(row: &crate::ledger::StreamRow) -> (u64, String) {
    // An older Signal wrote fewer fields: what it wrote is compared as it reads today.
    let bytes = StreamState::from_bytes(&row.state).map(|state| state.to_bytes());
    let bytes = bytes.unwrap_or_else(|_| row.state.clone());
    (row.version, String::from_utf8_lossy(&bytes).into_owned())
}
