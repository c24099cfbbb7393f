//! The database as rows: read out within one transaction, and taken in.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use signal_core::store::Result;
use signal_core::store::transfer::{Dump, Intake, TransferStore};
use sqlx::{PgConnection, Postgres, Transaction};

use super::change::Changes;
use super::error::Doing;
use super::readout::READOUTS;
use super::row::unsigned;
use super::{PostgresStore, append, catalogue, history, ledger, merges, months, plays, state};
use crate::pipe::{Inlet, pipe};

const DUMPING: &str = "read everything out";
/// One moment for all tables, for as long as it takes.
const MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const PATIENT: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

#[async_trait]
impl TransferStore for PostgresStore {
    /// While it lasts, vacuum keeps what is deleted.
    async fn dump(&self) -> Result<Box<dyn Dump>> {
        let mut moment = self.pool.begin_with(MOMENT).await.doing(DUMPING)?;
        sqlx::raw_sql(PATIENT).execute(&mut *moment).await.doing(DUMPING)?;
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
        months::keep(self).await;
        let mut work = self.begin_about_people(DOING).await?;
        take(&mut work, intake).await.doing(DOING)?;
        work.commit().await.doing(DOING)
    }
}

/// Reads every table out, as of the moment of the transaction, until nobody wants more.
async fn read_out(mut moment: Transaction<'static, Postgres>, mut inlet: Inlet) {
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

async fn take(connection: &mut PgConnection, intake: &Intake) -> Result<(), sqlx::Error> {
    const MUTES: &str = "INSERT INTO mutes (user_id, target) SELECT * FROM unnest($1::uuid[], $2::uuid[]) \
                         ON CONFLICT DO NOTHING";
    const STATES: &str = "INSERT INTO states (name, value) SELECT * FROM unnest($1::text[], $2::bytea[]) \
                          ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    if let Some(sealed) = &intake.ledger {
        append::write(connection, sealed.clone()).await?;
    }
    append::take_names(connection, intake.keys.clone()).await?;
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
    let (users, targets): (Vec<_>, Vec<_>) =
        intake.mutes.iter().map(|(user, target)| (user.uuid(), target.uuid())).unzip();
    sqlx::query(MUTES).bind(users).bind(targets).execute(&mut *connection).await?;
    state::write_profiles(connection, &intake.profiles).await?;
    let (names, values): (Vec<_>, Vec<_>) =
        intake.states.iter().map(|(name, value)| (name.as_str(), value.as_slice())).unzip();
    sqlx::query(STATES).bind(names).bind(values).execute(&mut *connection).await?;
    take_secrets(connection, intake).await
}

async fn take_secrets(connection: &mut PgConnection, intake: &Intake) -> Result<(), sqlx::Error> {
    const SECRETS: &str = "INSERT INTO secrets (user_id, platform, field, value) \
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) \
        ON CONFLICT (user_id, platform, field) DO UPDATE SET value = excluded.value";
    sqlx::query(SECRETS)
        .bind(intake.secrets.iter().map(|row| row.user.uuid()).collect::<Vec<_>>())
        .bind(intake.secrets.iter().map(|row| row.platform.as_str()).collect::<Vec<_>>())
        .bind(intake.secrets.iter().map(|row| row.field.as_str()).collect::<Vec<_>>())
        .bind(intake.secrets.iter().map(|row| row.value.as_slice()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
