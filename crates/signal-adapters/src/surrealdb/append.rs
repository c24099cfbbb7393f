//! The one write of events: seals batches within a transaction that raises the head, then writes everything in few
//! statements. Of two that began at the same head only one commits; the other seals anew.

use std::collections::BTreeSet;
use std::time::Duration;

use signal_core::ledger::{Batch, Head, Sealed, Sealer, StreamId};
use signal_core::model::{Timestamp, UserId};
use signal_core::store::{Appended, Result, StoreError};
use surrealdb_types::{Bytes, SurrealValue, Value, object};
use uuid::Uuid;

use super::change::{self, Changes};
use super::content::NameRow;
use super::error::{Doing, Failure, Read};
use super::link::{Asks, Link, Tries, Work};
use super::row::{self, bytes, found, int, record, record_named, signed, text, uuid, write};
use super::{SurrealStore, ledger};
use crate::names::Names;

const DOING: &str = "append to the ledger";
/// How often, and how far apart, the database is asked what became of a commit that it did not answer.
const OUTCOME_TRIES: u32 = 20;
const OUTCOME_PAUSE: Duration = Duration::from_millis(250);

/// Appends batches as [`signal_core::store::LedgerStore::append`] says.
pub(super) async fn append(store: &SurrealStore, batches: &[Batch]) -> Result<Vec<Appended>> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    // Within this process appends wait for each other; only those of other processes meet at the head.
    let _turn = store.appends.lock().await;
    let mut tries = Tries::default();
    loop {
        let work = store.link.begin_to(DOING).await?;
        let written = append_all(&work, batches).await;
        let Ok(Written { results, last }) = written else {
            work.finish(written, &mut tries).await.doing(DOING)?;
            continue;
        };
        match work.commit().await {
            Ok(()) => return Ok(results),
            Err(failure) if failure.is_conflict() => tries.again(failure).await.doing(DOING)?,
            Err(failure) if failure.is_unclear() => {
                return outcome(&store.link, &failure, last.as_ref()).await.map(|()| results);
            }
            Err(failure) => return Err(failure).doing(DOING),
        }
    }
}

/// What was written but not committed.
#[derive(Debug, Default)]
struct Written {
    results: Vec<Appended>,
    /// Position and leaf of the last new entry. Its salt makes the leaf unlike any other.
    last: Option<(u64, Vec<u8>)>,
}

async fn append_all(work: &Work, batches: &[Batch]) -> Read<Written> {
    let mut head = ledger::head(work).await?;
    let mut written = Written::default();
    // An erasure is about what is in the tables, and what comes after it must find them without the person.
    for run in batches.split_inclusive(Batch::erases) {
        head = append_run(work, head, run, &mut written).await?;
    }
    if written.results.iter().any(Result::is_ok) {
        write_head(work, &head).await?;
    }
    Ok(written)
}

/// Appends batches of which only the last one may erase, and gives the new head.
async fn append_run(work: &Work, before: Head, batches: &[Batch], written: &mut Written) -> Read<Head> {
    let mut sealer = Sealer::new(&before);
    load(work, &mut sealer, batches).await?;
    let mut names = load_names(work, batches).await?;
    let results: Vec<_> = batches.iter().map(|batch| names.append(&mut sealer, batch)).collect();
    let done = sealer.finish();
    let head = done.head.clone();
    if head != before {
        let last = done.entries.last().map(|entry| (entry.stored.position, entry.stored.leaf.clone()));
        written.last = last.or(written.last.take());
        write_sealed(work, done).await?;
    }
    write_names(work, names).await?;
    let mut changes = Changes::default();
    for (batch, _) in batches.iter().zip(&results).filter(|(_, result)| result.is_ok()) {
        for change in &batch.content {
            changes.add(work, change).await?;
        }
    }
    changes.write(work).await?;
    written.results.extend(results);
    Ok(head)
}

/// Loads all streams and lists of entries that any of the batches needs.
async fn load(work: &Work, sealer: &mut Sealer, batches: &[Batch]) -> Read<()> {
    let missing: BTreeSet<StreamId> = batches.iter().flat_map(|batch| sealer.missing(batch)).collect();
    let missing: Vec<_> = missing.into_iter().collect();
    let rows = ledger::streams(work, &missing).await?;
    for (stream, row) in missing.into_iter().zip(rows) {
        sealer.load(stream, row);
    }
    let people: BTreeSet<UserId> = batches.iter().flat_map(|batch| sealer.unlisted(batch)).collect();
    for user in people {
        sealer.list(user, ledger::naming(work, user).await?);
    }
    Ok(())
}

/// The names that batches speak of, as they are.
async fn load_names(work: &Work, batches: &[Batch]) -> Read<Names> {
    let named = Names::named(batches).into_iter().map(|name| record_named("name", name));
    let rows = found::<NameRow>(work, named).await?;
    let taken: Read<Vec<_>> = rows.into_values().map(NameRow::name).collect();
    Ok(Names::new(taken?))
}

async fn write_names(work: &Work, names: Names) -> Read<()> {
    let (taken, free) = names.changed();
    row::delete(work, free.into_iter().map(|name| record_named("name", name))).await?;
    take_names(work, taken).await
}

/// Gives names to owners.
pub(super) async fn take_names(work: &Work, names: Vec<(String, Uuid)>) -> Read<()> {
    const TAKE: &str = "INSERT INTO name $rows ON DUPLICATE KEY UPDATE owner = $input.owner RETURN NONE";
    let rows =
        names.into_iter().map(|(name, owner)| object! { id: record_named("name", name), owner: owner });
    write(work, TAKE, rows.collect()).await
}

/// Writes entries that were sealed elsewhere, and the head after them.
pub(super) async fn take_sealed(work: &Work, sealed: Sealed) -> Read<()> {
    let head = sealed.head.clone();
    write_sealed(work, sealed).await?;
    write_head(work, &head).await
}

/// Writes entries, their indexes, tree nodes and state rows.
async fn write_sealed(work: &Work, sealed: Sealed) -> Read<()> {
    const STREAMS: &str = "INSERT INTO stream $rows ON DUPLICATE KEY UPDATE version = $input.version, \
                           state = $input.state RETURN NONE";
    let Sealed { entries, nodes, rows, head: _ } = sealed;
    let (mut by_position, mut by_stream, mut by_person) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let position = signed(entry.stored.position);
        let mut found_by: Vec<Value> = Vec::new();
        for (stream, version) in entry.streams {
            let id = record("entry_stream", [text(stream.to_string()), int(signed(version))]);
            found_by.push(id.clone().into_value());
            by_stream.push(object! { id: id, position: position });
        }
        for person in entry.people {
            let id = record("entry_person", [uuid(person.uuid()), int(position)]);
            found_by.push(id.clone().into_value());
            by_person.push(object! { id: id });
        }
        let (body, salt) = entry.stored.body.map(|(body, salt)| (bytes(body), bytes(salt))).unzip();
        by_position.push(object! {
            id: ledger::entry_at(entry.stored.position),
            at: entry.at.micros(),
            leaf: bytes(entry.stored.leaf),
            body: body,
            salt: salt,
            found_by: row::list(found_by),
        });
    }
    write(work, "INSERT INTO entry $rows RETURN NONE", by_position).await?;
    write(work, "INSERT INTO entry_stream $rows RETURN NONE", by_stream).await?;
    write(work, "INSERT INTO entry_person $rows RETURN NONE", by_person).await?;
    let nodes = nodes
        .into_iter()
        .map(|(id, hash)| object! { id: ledger::node_at(id), hash: bytes(hash.as_bytes().as_slice()) });
    write(work, "INSERT INTO node $rows RETURN NONE", nodes.collect()).await?;
    let new_people = rows.iter().filter(|(_, row)| row.version == 1);
    let new_people: BTreeSet<_> = new_people
        .filter_map(|(stream, _)| match stream {
            StreamId::User(user) => Some(*user),
            _ => None,
        })
        .collect();
    change::know_people(work, &new_people).await?;
    let rows = rows.into_iter().map(|(stream, row)| {
        object! { id: ledger::stream_of(stream), version: signed(row.version), state: bytes(row.state) }
    });
    write(work, STREAMS, rows.collect()).await
}

async fn write_head(work: &Work, head: &Head) -> Read<()> {
    const HEAD: &str =
        "UPDATE head:one SET size = $size, last_at = $last_at, frontier = $frontier, turn += 1 RETURN NONE";
    let frontier: Vec<u8> = head.frontier.iter().flat_map(|hash| *hash.as_bytes()).collect();
    let last_at = head.last_at.map(Timestamp::micros);
    let with = object! { size: signed(head.size), last_at: last_at, frontier: bytes(frontier) };
    work.ask(HEAD, with).await.map(drop)
}

/// What became of a commit whose answer was lost or unclear. Raising the head bars it: where it has not come by then, it
/// never will, because it began at an older head.
async fn outcome(link: &Link, failure: &Failure, last: Option<&(u64, Vec<u8>)>) -> Result<()> {
    let unknown = |reason: String| StoreError::Unknown { doing: DOING.to_owned(), reason };
    // An engine in this process answers all it can: what it could not confirm may be there and yet not last.
    let Some((position, leaf)) = last.filter(|_| link.is_remote()) else {
        return Err(unknown(failure.to_string()));
    };
    for _ in 0..OUTCOME_TRIES {
        match barred(link, *position).await {
            Ok(found) if found.as_ref() == Some(leaf) => return Ok(()),
            Ok(_) => {
                let reason = "the connection broke before it was committed".to_owned();
                return Err(StoreError::Failed { doing: DOING.to_owned(), reason, retry: true });
            }
            Err(_) => tokio::time::sleep(OUTCOME_PAUSE).await,
        }
    }
    Err(unknown("the connection broke while it was being committed".to_owned()))
}

/// Raises the head, and gives the leaf at a position as it is from then on.
async fn barred(link: &Link, position: u64) -> Read<Option<Vec<u8>>> {
    let work = link.begin().await?;
    work.ask("UPDATE head:one SET turn += 1 RETURN NONE", object! {}).await?;
    work.commit().await?;
    let with = object! { id: ledger::entry_at(position) };
    let leaf = row::maybe::<Bytes>(link.ask("SELECT VALUE leaf FROM ONLY $id", with).await?)?;
    Ok(leaf.map(|leaf| leaf.to_vec()))
}
