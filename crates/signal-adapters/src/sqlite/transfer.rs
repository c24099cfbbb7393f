//! The file as rows: read out within one transaction, and taken in.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use signal_core::store::Result;
use signal_core::store::transfer::{Dump, Intake, TransferStore};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::bulk::Insert;
use super::change::Changes;
use super::error::Doing;
use super::readout::READOUTS;
use super::row::{bytes, unsigned};
use super::{SqliteStore, append, catalogue, history, ledger, merges, plays, state};
use crate::pipe::{Inlet, pipe};

const DUMPING: &str = "read everything out";
const MUTES: Insert = Insert { into: "mutes (user, target)", columns: 2, tail: "ON CONFLICT DO NOTHING" };
const STATES: Insert = Insert {
    into: "states (name, value)",
    columns: 2,
    tail: "ON CONFLICT DO UPDATE SET value = excluded.value",
};
const SECRETS: Insert = Insert {
    into: "secrets (user, platform, field, value)",
    columns: 4,
    tail: "ON CONFLICT DO UPDATE SET value = excluded.value",
};

#[async_trait]
impl TransferStore for SqliteStore {
    /// While it lasts, the write-ahead log cannot be folded into the file.
    async fn dump(&self) -> Result<Box<dyn Dump>> {
        let mut moment = self.readers.begin().await.doing(DUMPING)?;
        // The first question fixes the moment.
        let head = ledger::head(&mut *moment).await.doing(DUMPING)?;
        let mut rows = 0;
        for table in READOUTS {
            let count = sqlx::query(table.count).fetch_one(&mut *moment).await.doing(DUMPING)?;
            rows += unsigned(&count, "n").doing(DUMPING)?;
        }
        let (inlet, dump) = pipe(head, rows);
        tokio::spawn(read_out(moment, inlet));
        Ok(Box::new(dump))
    }

    async fn take(&self, intake: &Intake) -> Result<()> {
        const DOING: &str = "take rows in";
        let mut work = self.begin(DOING).await?;
        take(&mut work, intake).await.doing(DOING)?;
        work.commit().await.doing(DOING)
    }
}

/// Reads every table out, as of the moment of the transaction, until nobody wants more.
async fn read_out(mut moment: Transaction<'static, Sqlite>, mut inlet: Inlet) {
    for table in READOUTS {
        let mut rows = sqlx::query(table.rows).fetch(&mut *moment);
        loop {
            let row = rows.try_next().await.and_then(|row| row.map(|row| (table.read)(&row)).transpose());
            match row.doing(DUMPING) {
                Ok(Some(row)) => {
                    if inlet.put(row).await.is_err() {
                        return;
                    }
                }
                Ok(None) => break,
                Err(error) => return inlet.end(Err(error)).await,
            }
        }
    }
    inlet.end(Ok(())).await;
}

async fn take(connection: &mut SqliteConnection, intake: &Intake) -> Result<(), sqlx::Error> {
    if let Some(sealed) = &intake.ledger {
        append::write(connection, sealed.clone()).await?;
    }
    append::KEYS
        .all(connection, intake.keys.iter().collect(), |values, (key, owner)| {
            values.push(key.as_str()).push(bytes(*owner));
        })
        .await?;
    let mut changes = Changes::default();
    for change in &intake.content {
        changes.add(connection, change).await?;
    }
    changes.write(connection).await?;
    catalogue::take(connection, &intake.items, &intake.claims).await?;
    catalogue::put_genres(connection, &intake.genres).await?;
    merges::put(connection, &intake.merges).await?;
    plays::add_listens(connection, &intake.listens).await?;
    plays::add_counts(connection, &intake.counts).await?;
    history::add_seen(connection, &intake.seen).await?;
    MUTES
        .all(connection, intake.mutes.iter().collect(), |values, (user, target)| {
            values.push(bytes(user.uuid())).push(bytes(target.uuid()));
        })
        .await?;
    state::write_profiles(connection, &intake.profiles).await?;
    STATES
        .all(connection, intake.states.iter().collect(), |values, (name, value)| {
            values.push(name.as_str()).push(value.as_slice());
        })
        .await?;
    SECRETS
        .all(connection, intake.secrets.iter().collect(), |values, row| {
            values
                .push(bytes(row.user.uuid()))
                .push(row.platform.as_str())
                .push(row.field.as_str())
                .push(row.value.as_slice());
        })
        .await?;
    Ok(())
}
