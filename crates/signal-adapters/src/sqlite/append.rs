//! The one write of events: seals batches under the writer's lock, then writes everything in few statements.

use std::collections::BTreeSet;

use signal_core::ledger::{Batch, Head, Sealed, SealedEntry, Sealer, StreamId};
use signal_core::model::UserId;
use signal_core::store::Appended;
use sqlx::{Row, SqliteConnection};

use super::bulk::{Insert, list};
use super::change::Changes;
use super::ledger;
use super::row::{self, bytes, id, signed};
use crate::names::Names;

const ENTRIES: Insert = Insert { into: "entries (position, at, leaf, body, salt)", columns: 5, tail: "" };
const ENTRY_STREAMS: Insert =
    Insert { into: "entry_streams (stream, version, position)", columns: 3, tail: "" };
const ENTRY_PEOPLE: Insert = Insert { into: "entry_people (user, position)", columns: 2, tail: "" };
const NODES: Insert = Insert { into: "nodes (level, place, hash)", columns: 3, tail: "" };
const STREAMS: Insert = Insert {
    into: "streams (stream, version, state)",
    columns: 3,
    tail: "ON CONFLICT DO UPDATE SET version = excluded.version, state = excluded.state",
};
pub(super) const KEYS: Insert = Insert {
    into: "keys (key, owner)",
    columns: 2,
    tail: "ON CONFLICT DO UPDATE SET owner = excluded.owner",
};

/// Appends batches as [`signal_core::store::LedgerStore::append`] says, within a transaction that holds the lock.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    batches: &[Batch],
) -> Result<Vec<Appended>, sqlx::Error> {
    let mut results = Vec::with_capacity(batches.len());
    // An erasure is about what is in the tables, and what comes after it must find them without the person.
    for run in batches.split_inclusive(Batch::erases) {
        results.extend(append_run(connection, run).await?);
    }
    Ok(results)
}

/// Appends batches of which only the last one may erase.
async fn append_run(
    connection: &mut SqliteConnection,
    batches: &[Batch],
) -> Result<Vec<Appended>, sqlx::Error> {
    let before = ledger::head(&mut *connection).await?;
    let mut sealer = Sealer::new(&before);
    load(connection, &mut sealer, batches).await?;
    let mut names = load_names(connection, batches).await?;
    let results: Vec<_> = batches.iter().map(|batch| names.append(&mut sealer, batch)).collect();
    let done = sealer.finish();
    if done.head != before {
        write(connection, done).await?;
    }
    write_names(connection, names).await?;
    let mut changes = Changes::default();
    for (batch, _) in batches.iter().zip(&results).filter(|(_, result)| result.is_ok()) {
        for change in &batch.content {
            changes.add(connection, change).await?;
        }
    }
    changes.write(connection).await?;
    Ok(results)
}

/// Loads all streams and lists of entries that any of the batches needs: under the lock nobody else changes them.
async fn load(
    connection: &mut SqliteConnection,
    sealer: &mut Sealer,
    batches: &[Batch],
) -> Result<(), sqlx::Error> {
    let missing: BTreeSet<StreamId> = batches.iter().flat_map(|batch| sealer.missing(batch)).collect();
    let missing: Vec<_> = missing.into_iter().collect();
    let rows = ledger::streams(&mut *connection, &missing).await?;
    for (stream, row) in missing.into_iter().zip(rows) {
        sealer.load(stream, row);
    }
    let people: BTreeSet<UserId> = batches.iter().flat_map(|batch| sealer.unlisted(batch)).collect();
    for user in people {
        sealer.list(user, ledger::naming(&mut *connection, user).await?);
    }
    Ok(())
}

/// The names that batches speak of, as they are.
async fn load_names(connection: &mut SqliteConnection, batches: &[Batch]) -> Result<Names, sqlx::Error> {
    const TAKEN: &str = "SELECT k.key, k.owner FROM json_each(?) j CROSS JOIN keys k ON k.key = j.value";
    let named = Names::named(batches);
    let mut taken = Vec::new();
    if !named.is_empty() {
        let rows = sqlx::query(TAKEN).bind(list(&named)).fetch_all(connection).await?;
        taken = row::all(&rows, |row| Ok((row.try_get("key")?, id(row, "owner")?)))?;
    }
    Ok(Names::new(taken))
}

async fn write_names(connection: &mut SqliteConnection, names: Names) -> Result<(), sqlx::Error> {
    let (taken, free) = names.changed();
    for key in free {
        sqlx::query("DELETE FROM keys WHERE key = ?").bind(key).execute(&mut *connection).await?;
    }
    KEYS.all(connection, taken, |values, (key, owner)| {
        values.push(key).push(bytes(owner));
    })
    .await?;
    Ok(())
}

/// Writes entries, their indexes, tree nodes, state rows and the head.
pub(super) async fn write(connection: &mut SqliteConnection, sealed: Sealed) -> Result<(), sqlx::Error> {
    let Sealed { entries, nodes, rows, head } = sealed;
    let streams = |entry: &SealedEntry| {
        let position = entry.stored.position;
        entry.streams.iter().map(move |(stream, version)| (*stream, *version, position)).collect::<Vec<_>>()
    };
    let people = |entry: &SealedEntry| {
        let position = entry.stored.position;
        entry.people.iter().map(move |person| (*person, position)).collect::<Vec<_>>()
    };
    let by_stream = entries.iter().flat_map(streams).collect();
    let by_person = entries.iter().flat_map(people).collect();
    ENTRIES
        .all(connection, entries, |values, SealedEntry { stored, at, .. }| {
            let (body, salt) = stored.body.map(|(body, salt)| (body, salt.to_vec())).unzip();
            values.push(signed(stored.position)).push(at.micros()).push(stored.leaf).push(body).push(salt);
        })
        .await?;
    ENTRY_STREAMS
        .all(connection, by_stream, |values, (stream, version, position)| {
            values.push(stream.to_string()).push(signed(version)).push(signed(position));
        })
        .await?;
    ENTRY_PEOPLE
        .all(connection, by_person, |values, (person, position)| {
            values.push(bytes(person.uuid())).push(signed(position));
        })
        .await?;
    NODES
        .all(connection, nodes, |values, (id, hash)| {
            values.push(i64::from(id.level)).push(signed(id.index)).push(hash.as_bytes().to_vec());
        })
        .await?;
    STREAMS
        .all(connection, rows, |values, (stream, row)| {
            values.push(stream.to_string()).push(signed(row.version)).push(row.state);
        })
        .await?;
    write_head(connection, &head).await
}

async fn write_head(connection: &mut SqliteConnection, head: &Head) -> Result<(), sqlx::Error> {
    const HEAD: &str = "INSERT INTO head (one, size, last_at, frontier) VALUES (1, ?, ?, ?) ON CONFLICT DO UPDATE \
                        SET size = excluded.size, last_at = excluded.last_at, frontier = excluded.frontier";
    let frontier: Vec<u8> = head.frontier.iter().flat_map(|hash| *hash.as_bytes()).collect();
    let last_at = head.last_at.map(signal_core::model::Timestamp::micros);
    sqlx::query(HEAD).bind(signed(head.size)).bind(last_at).bind(frontier).execute(connection).await?;
    Ok(())
}
