//! The database as rows: read out within one transaction, and taken in.

use async_trait::async_trait;
use signal_core::ledger::Head;
use signal_core::store::Result;
use signal_core::store::transfer::{Dump, Intake, Row, TransferStore};
use surrealdb_types::{RecordIdKey, Value, object};

use super::change::Changes;
use super::error::{Doing, Read, damaged};
use super::link::{Asks, Work, written};
use super::readout::{READOUTS, Readout};
use super::{SurrealStore, append, catalogue, history, ledger, merges, mutes, plays, row, state};
use crate::pipe::{Closed, Inlet, pipe};

const DUMPING: &str = "read everything out";
/// Records that are read at once.
const PAGE: i64 = 500;

#[async_trait]
impl TransferStore for SurrealStore {
    /// One transaction is open all the while. It writes nothing, so it is in nobody's way; but what others replace or delete
    /// meanwhile is kept until it ends, and a server that ends transactions which grow old ends the dump with an error. All
    /// listens of one person are in memory at once, to be sorted.
    async fn dump(&self) -> Result<Box<dyn Dump>> {
        let moment = self.link.begin_to(DUMPING).await?;
        let (head, rows) = measure(&moment).await.doing(DUMPING)?;
        let (inlet, dump) = pipe(head, rows);
        tokio::spawn(read_out(moment, inlet));
        Ok(Box::new(dump))
    }

    async fn take(&self, intake: &Intake) -> Result<()> {
        written!(self, "take rows in", |work| take(&work, intake).await);
        Ok(())
    }
}

/// The head, and how many rows there are.
async fn measure(moment: &Work) -> Read<(Head, u64)> {
    let head = ledger::head(moment).await?;
    let mut rows = 0;
    for table in READOUTS {
        rows += plays::total(moment, table.count).await?;
    }
    Ok((head, rows))
}

/// Reads every table out, as of the moment of the transaction, until nobody wants more.
async fn read_out(moment: Work, mut inlet: Inlet) {
    for table in READOUTS {
        match read_table(&moment, table, &mut inlet).await.doing(DUMPING) {
            Ok(Ok(())) => {}
            Ok(Err(Closed)) => return,
            Err(error) => return inlet.end(Err(error)).await,
        }
    }
    inlet.end(Ok(())).await;
}

async fn read_table(moment: &Work, table: &Readout, inlet: &mut Inlet) -> Read<Result<(), Closed>> {
    let mut after = None;
    let mut waiting: Vec<Row> = Vec::new();
    loop {
        let with = object! { range: row::after(table.table, after), limit: PAGE };
        let page = row::rows::<Value>(moment.ask("SELECT * FROM $range LIMIT $limit", with).await?)?;
        let Some(last) = page.last() else {
            return Ok(give(&mut waiting, inlet).await);
        };
        after = Some(key(last)?);
        for record in page {
            let row = (table.read)(record)?;
            if waiting.last().is_some_and(|last| !wait_for_each_other(last, &row))
                && let Err(closed) = give(&mut waiting, inlet).await
            {
                return Ok(Err(closed));
            }
            waiting.push(row);
        }
    }
}

fn key(record: &Value) -> Read<RecordIdKey> {
    match record {
        Value::Object(fields) => match fields.get("id") {
            Some(Value::RecordId(id)) => Ok(id.key.clone()),
            _ => Err(damaged("a record", "it has no id")),
        },
        _ => Err(damaged("a record", "it has no fields")),
    }
}

/// The listens of one person lie in another order than a dump's: newest first.
fn wait_for_each_other(row: &Row, next: &Row) -> bool {
    matches!((row, next), (Row::Listen(listen), Row::Listen(next)) if listen.user == next.user)
}

/// Gives out the rows that waited for each other, in the order of a dump.
async fn give(waiting: &mut Vec<Row>, inlet: &mut Inlet) -> Result<(), Closed> {
    waiting.sort_by_key(|row| match row {
        Row::Listen(listen) => Some((listen.track, listen.start)),
        _ => None,
    });
    for row in waiting.drain(..) {
        inlet.put(row).await?;
    }
    Ok(())
}

async fn take(work: &Work, intake: &Intake) -> Read<()> {
    if let Some(sealed) = &intake.ledger {
        append::take_sealed(work, sealed.clone()).await?;
    }
    append::take_names(work, intake.keys.clone()).await?;
    let mut changes = Changes::default();
    for change in &intake.content {
        changes.add(work, change).await?;
    }
    changes.write(work).await?;
    catalogue::take(work, &intake.items, &intake.claims).await?;
    catalogue::put_genres(work, &intake.genres).await?;
    merges::put(work, &intake.merges).await?;
    plays::add_listens(work, &intake.listens).await?;
    plays::add_counts(work, &intake.counts).await?;
    history::mark_seen(work, &intake.seen).await?;
    mutes::put(work, &intake.mutes).await?;
    state::put_profiles(work, &intake.profiles).await?;
    state::put_values(work, &intake.states).await?;
    state::put_secrets(work, &intake.secrets).await
}
