//! Whom people mute.

use signal_core::model::UserId;
use surrealdb_types::{RecordId, object};

use super::change::touch_people;
use super::error::Read;
use super::ledger;
use super::link::{Asks, Work};
use super::row::{self, Parts, below, delete, record, uuid, write};

fn mute_of(user: UserId, target: UserId) -> RecordId {
    record("mute", [uuid(user.uuid()), uuid(target.uuid())])
}

/// Adds a mute where there is room for one and neither person was erased, and gives whether it is there now.
pub(super) async fn add(work: &Work, user: UserId, target: UserId, most: u32) -> Read<bool> {
    if !ledger::erased(work, [user, target].into_iter()).await?.is_empty() {
        return Ok(false);
    }
    let muted = of(work, user).await?;
    if muted.contains(&target) {
        return Ok(true);
    }
    if muted.len() >= most as usize {
        return Ok(false);
    }
    // Two mutes of one person at once would both count themselves within the limit: here they meet.
    touch_people(work, [user, target].into_iter()).await?;
    let row = object! { id: mute_of(user, target), target: target.uuid() };
    write(work, "INSERT INTO mute $rows RETURN NONE", vec![row]).await?;
    Ok(true)
}

pub(super) async fn remove(work: &Work, user: UserId, target: UserId) -> Read<()> {
    delete(work, [mute_of(user, target)]).await
}

pub(super) async fn of(asks: &dyn Asks, user: UserId) -> Read<Vec<UserId>> {
    let range = below("mute", [uuid(user.uuid())]);
    let ids = asks.ask("SELECT VALUE id FROM $range", object! { range: range }).await?;
    let target = |id| {
        let mut parts = Parts::of(id)?;
        parts.user()?;
        parts.user()
    };
    row::rows::<RecordId>(ids)?.into_iter().map(target).collect()
}
