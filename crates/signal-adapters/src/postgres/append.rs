//! The one write of events: seals batches under the lock of the head row, then writes everything in few statements.

use std::collections::BTreeSet;
use std::time::Duration;

use signal_core::ledger::{Batch, Head, Sealed, Sealer, StreamId};
use signal_core::model::{Timestamp, UserId};
use signal_core::store::{Appended, Result, StoreError};
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use super::change::Changes;
use super::error::{Doing, is_broken, refused};
use super::news::CHANNEL;
use super::row::{self, signed};
use super::{BEGIN, LEAVING, PostgresStore, clock, ledger};
use crate::names::Names;

pub(super) const DOING: &str = "append to the ledger";
/// How often, and how far apart, the server is asked what became of a commit that it did not answer.
const OUTCOME_TRIES: u32 = 20;
const OUTCOME_PAUSE: Duration = Duration::from_millis(250);

/// Appends batches as [`signal_core::store::LedgerStore::append`] says, in a transaction of their own.
pub(super) async fn append(store: &PostgresStore, batches: &[Batch]) -> Result<Vec<Appended>> {
    let mut connection = store.pool.acquire().await.doing(DOING)?;
    let before = clock::now();
    let mut work = connection.begin_with(BEGIN).await.doing(DOING)?;
    let after = clock::now();
    if batches.iter().any(Batch::erases) {
        // Waits for those who write about people, and makes the others wait.
        let lock = sqlx::query("SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))").bind(LEAVING);
        lock.execute(&mut *work).await.doing(DOING)?;
    }
    let locked = Locked::take(&mut work).await.doing(DOING)?;
    if !store.any_clock {
        clock::check(before, locked.began, after)
            .and_then(|()| clock::check_instants(batches, locked.began))
            .map_err(|reason| refused(DOING, reason))?;
    }
    let Written { results, last } = append_all(&mut work, locked.head, batches).await.doing(DOING)?;
    match work.commit().await {
        Ok(()) => Ok(results),
        Err(error) if is_broken(&error) => {
            drop(connection);
            outcome(store, &locked.transaction, last.as_ref()).await.map(|()| results)
        }
        Err(error) => Err(error).doing(DOING),
    }
}

/// The head row, locked until the end of the transaction.
#[derive(Debug)]
struct Locked {
    head: Head,
    /// The transaction's number, by which the server knows its outcome.
    transaction: String,
    /// When it began by the server's clock: however long the lock took, between two readings of our clock.
    began: Timestamp,
}

impl Locked {
    async fn take(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        const LOCK: &str = "SELECT size, last_at, frontier, pg_current_xact_id()::text AS transaction, \
                            (extract(epoch FROM transaction_timestamp()) * 1000000)::int8 AS began \
                            FROM head FOR UPDATE";
        let row = sqlx::query(LOCK).fetch_one(connection).await?;
        Ok(Self {
            head: ledger::read_head(&row)?,
            transaction: row.try_get("transaction")?,
            began: row::time(&row, "began")?,
        })
    }
}

/// What was written but not committed.
#[derive(Debug)]
struct Written {
    results: Vec<Appended>,
    /// Position and leaf of the last new entry. Its salt makes the leaf unlike any other.
    last: Option<(u64, Vec<u8>)>,
}

async fn append_all(
    connection: &mut PgConnection,
    mut head: Head,
    batches: &[Batch],
) -> Result<Written, sqlx::Error> {
    let mut written = Written { results: Vec::with_capacity(batches.len()), last: None };
    // An erasure is about what is in the tables, and what comes after it must find them without the person.
    for run in batches.split_inclusive(Batch::erases) {
        head = append_run(connection, head, run, &mut written).await?;
    }
    Ok(written)
}

/// Appends batches of which only the last one may erase, and gives the new head.
async fn append_run(
    connection: &mut PgConnection,
    before: Head,
    batches: &[Batch],
    written: &mut Written,
) -> Result<Head, sqlx::Error> {
    let mut sealer = Sealer::new(&before);
    load(connection, &mut sealer, batches).await?;
    let mut names = load_names(connection, batches).await?;
    let results: Vec<_> = batches.iter().map(|batch| names.append(&mut sealer, batch)).collect();
    let done = sealer.finish();
    let head = done.head.clone();
    if head != before {
        let last = done.entries.last().map(|entry| (entry.stored.position, entry.stored.leaf.clone()));
        written.last = last.or(written.last.take());
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
    written.results.extend(results);
    Ok(head)
}

/// Loads all streams and lists of entries that any of the batches needs: under the lock nobody else changes them.
async fn load(
    connection: &mut PgConnection,
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
async fn load_names(connection: &mut PgConnection, batches: &[Batch]) -> Result<Names, sqlx::Error> {
    let named = Names::named(batches);
    let mut taken = Vec::new();
    if !named.is_empty() {
        let query = sqlx::query_as("SELECT key, owner FROM keys WHERE key = ANY($1)").bind(named);
        taken = query.fetch_all(connection).await?;
    }
    Ok(Names::new(taken))
}

async fn write_names(connection: &mut PgConnection, names: Names) -> Result<(), sqlx::Error> {
    let (taken, free) = names.changed();
    if !free.is_empty() {
        sqlx::query("DELETE FROM keys WHERE key = ANY($1)").bind(free).execute(&mut *connection).await?;
    }
    take_names(connection, taken).await
}

/// Writes names with their owners.
pub(super) async fn take_names(
    connection: &mut PgConnection,
    taken: Vec<(String, Uuid)>,
) -> Result<(), sqlx::Error> {
    const TAKE: &str = "INSERT INTO keys (key, owner) SELECT * FROM unnest($1::text[], $2::uuid[]) \
                        ON CONFLICT (key) DO UPDATE SET owner = excluded.owner";
    if !taken.is_empty() {
        let (keys, owners): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
        sqlx::query(TAKE).bind(keys).bind(owners).execute(connection).await?;
    }
    Ok(())
}

/// Writes entries, their indexes, tree nodes, state rows and the head; who waits for it hears of it at the commit.
pub(super) async fn write(connection: &mut PgConnection, sealed: Sealed) -> Result<(), sqlx::Error> {
    const ENTRIES: &str = "INSERT INTO entries (position, at, leaf, body, salt) \
                           SELECT * FROM unnest($1::int8[], $2::int8[], $3::bytea[], $4::bytea[], $5::bytea[])";
    const ENTRY_STREAMS: &str = "INSERT INTO entry_streams (stream, version, position) \
                                 SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[])";
    const ENTRY_PEOPLE: &str = "INSERT INTO entry_people (user_id, position) \
                                SELECT * FROM unnest($1::uuid[], $2::int8[])";
    const NODES: &str = "INSERT INTO nodes (level, place, hash) \
                         SELECT * FROM unnest($1::int2[], $2::int8[], $3::bytea[])";
    const STREAMS: &str = "INSERT INTO streams (stream, version, state) \
                           SELECT * FROM unnest($1::text[], $2::int8[], $3::bytea[]) \
                           ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state";
    let Sealed { entries, nodes, rows, head } = sealed;
    let (mut positions, mut times, mut leaves, mut bodies, mut salts) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut streams, mut versions, mut stream_positions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut people, mut people_positions) = (Vec::new(), Vec::new());
    for entry in entries {
        let position = signed(entry.stored.position);
        for (stream, version) in entry.streams {
            streams.push(stream.to_string());
            versions.push(signed(version));
            stream_positions.push(position);
        }
        people.extend(entry.people.iter().map(|person| person.uuid()));
        people_positions.extend(entry.people.iter().map(|_| position));
        positions.push(position);
        times.push(entry.at.micros());
        leaves.push(entry.stored.leaf);
        let (body, salt) = entry.stored.body.map(|(body, salt)| (body, salt.to_vec())).unzip();
        bodies.push(body);
        salts.push(salt);
    }
    let query = sqlx::query(ENTRIES).bind(positions).bind(times).bind(leaves);
    query.bind(bodies).bind(salts).execute(&mut *connection).await?;
    let query = sqlx::query(ENTRY_STREAMS).bind(streams).bind(versions).bind(stream_positions);
    query.execute(&mut *connection).await?;
    let query = sqlx::query(ENTRY_PEOPLE).bind(people).bind(people_positions);
    query.execute(&mut *connection).await?;
    let levels: Vec<_> = nodes.iter().map(|(id, _)| i16::from(id.level)).collect();
    let places: Vec<_> = nodes.iter().map(|(id, _)| signed(id.index)).collect();
    let hashes: Vec<_> = nodes.iter().map(|(_, hash)| hash.as_bytes().as_slice()).collect();
    let query = sqlx::query(NODES).bind(levels).bind(places).bind(hashes);
    query.execute(&mut *connection).await?;
    let names: Vec<_> = rows.iter().map(|(stream, _)| stream.to_string()).collect();
    let versions: Vec<_> = rows.iter().map(|(_, row)| signed(row.version)).collect();
    let states: Vec<_> = rows.into_iter().map(|(_, row)| row.state).collect();
    let query = sqlx::query(STREAMS).bind(names).bind(versions).bind(states);
    query.execute(&mut *connection).await?;
    write_head(connection, &head).await
}

async fn write_head(connection: &mut PgConnection, head: &Head) -> Result<(), sqlx::Error> {
    const HEAD: &str = "UPDATE head SET size = $1, last_at = $2, frontier = $3";
    let frontier: Vec<u8> = head.frontier.iter().flat_map(|hash| *hash.as_bytes()).collect();
    let query = sqlx::query(HEAD).bind(signed(head.size)).bind(head.last_at.map(Timestamp::micros));
    query.bind(frontier).execute(&mut *connection).await?;
    let query = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(head.size.to_string());
    query.execute(connection).await?;
    Ok(())
}

/// What became of a commit whose answer was lost: asks the server, for some seconds. The transaction's number alone does
/// not tell where another server took over, so the entry is looked for, too.
async fn outcome(store: &PostgresStore, transaction: &str, last: Option<&(u64, Vec<u8>)>) -> Result<()> {
    const STATUS: &str = "SELECT pg_xact_status($1::text::xid8) AS status, \
                          (SELECT leaf FROM entries WHERE position = $2) AS leaf";
    let position = last.map(|(position, _)| signed(*position));
    for _ in 0..OUTCOME_TRIES {
        let asked = sqlx::query(STATUS).bind(transaction).bind(position).fetch_one(&store.pool).await;
        if let Ok(row) = asked {
            let status: Option<String> = row.try_get("status").doing(DOING)?;
            let leaf: Option<Vec<u8>> = row.try_get("leaf").doing(DOING)?;
            let there = last.is_none_or(|(_, ours)| leaf.as_ref() == Some(ours));
            match status.as_deref() {
                Some("committed") if there => return Ok(()),
                Some("aborted") if last.is_none() || !there => {
                    let reason = "the connection broke before it was committed".to_owned();
                    return Err(StoreError::Failed { doing: DOING.to_owned(), reason, retry: true });
                }
                Some("in progress") => {}
                _ => break,
            }
        }
        tokio::time::sleep(OUTCOME_PAUSE).await;
    }
    Err(StoreError::Unknown {
        doing: DOING.to_owned(),
        reason: "the connection broke while it was being committed".to_owned(),
    })
}
