//! Whom people mute.

use signal_core::model::UserId;
use sqlx::{SqliteConnection, SqlitePool};

use super::row::{self, bytes};

/// Adds a row where there is room for one, and gives whether it is there now.
pub(super) async fn add(
    connection: &mut SqliteConnection,
    user: UserId,
    target: UserId,
    most: u32,
) -> Result<bool, sqlx::Error> {
    const ADD: &str = "INSERT INTO mutes (user, target) SELECT ?1, ?2 \
        WHERE (SELECT count(*) FROM mutes WHERE user = ?1) < ?3 ON CONFLICT DO NOTHING";
    const THERE: &str = "SELECT EXISTS (SELECT 1 FROM mutes WHERE user = ? AND target = ?)";
    let add = sqlx::query(ADD).bind(bytes(user.uuid())).bind(bytes(target.uuid())).bind(most);
    add.execute(&mut *connection).await?;
    let there = sqlx::query_scalar(THERE).bind(bytes(user.uuid())).bind(bytes(target.uuid()));
    there.fetch_one(connection).await
}

pub(super) async fn remove(writer: &SqlitePool, user: UserId, target: UserId) -> Result<(), sqlx::Error> {
    let query = sqlx::query("DELETE FROM mutes WHERE user = ? AND target = ?");
    query.bind(bytes(user.uuid())).bind(bytes(target.uuid())).execute(writer).await?;
    Ok(())
}

pub(super) async fn of(readers: &SqlitePool, user: UserId) -> Result<Vec<UserId>, sqlx::Error> {
    let query =
        sqlx::query("SELECT target FROM mutes WHERE user = ? ORDER BY target").bind(bytes(user.uuid()));
    row::all(&query.fetch_all(readers).await?, |row| row::user(row, "target"))
}
