//! Whom people mute.

use signal_core::model::UserId;
use sqlx::{PgConnection, PgPool};

use super::row;

/// Adds a row where there is room for one, and gives whether it is there now.
pub(super) async fn add(
    connection: &mut PgConnection,
    user: UserId,
    target: UserId,
    most: u32,
) -> Result<bool, sqlx::Error> {
    const ADD: &str = "INSERT INTO mutes (user_id, target) SELECT $1, $2 \
        WHERE (SELECT count(*) FROM mutes WHERE user_id = $1) < $3 ON CONFLICT DO NOTHING";
    const THERE: &str = "SELECT EXISTS (SELECT 1 FROM mutes WHERE user_id = $1 AND target = $2)";
    let add = sqlx::query(ADD).bind(user.uuid()).bind(target.uuid()).bind(i64::from(most));
    add.execute(&mut *connection).await?;
    sqlx::query_scalar(THERE).bind(user.uuid()).bind(target.uuid()).fetch_one(connection).await
}

pub(super) async fn remove(pool: &PgPool, user: UserId, target: UserId) -> Result<(), sqlx::Error> {
    let query = sqlx::query("DELETE FROM mutes WHERE user_id = $1 AND target = $2");
    query.bind(user.uuid()).bind(target.uuid()).execute(pool).await?;
    Ok(())
}

pub(super) async fn of(pool: &PgPool, user: UserId) -> Result<Vec<UserId>, sqlx::Error> {
    let query = sqlx::query("SELECT target FROM mutes WHERE user_id = $1 ORDER BY target").bind(user.uuid());
    row::all(&query.fetch_all(pool).await?, |row| row::user(row, "target"))
}
