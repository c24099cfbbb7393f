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

/// Who mutes whom.
pub(super) fn both(id: RecordId) -> Read<(UserId, UserId)> {
    let mut parts = Parts::of(id)?;
    Ok((parts.user()?, parts.user()?))
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
    put(work, &[(user, target)]).await?;
    Ok(true)
}

/// Puts mutes, however many there are; those that are there stay.
pub(super) async fn put(work: &Work, mutes: &[(UserId, UserId)]) -> Read<()> {
    // Two mutes of one person at once would both count themselves within the limit: here they meet.
    touch_people(work, mutes.iter().flat_map(|(user, target)| [*user, *target])).await?;
    let row =
        |(user, target): &(UserId, UserId)| object! { id: mute_of(*user, *target), target: target.uuid() };
    write(work, "INSERT IGNORE INTO mute $rows RETURN NONE", mutes.iter().map(row).collect()).await
}

pub(super) async fn remove(work: &Work, user: UserId, target: UserId) -> Read<()> {
    delete(work, [mute_of(user, target)]).await
}

pub(super) async fn of(asks: &dyn Asks, user: UserId) -> Read<Vec<UserId>> {
    let range = below("mute", [uuid(user.uuid())]);
    let ids = asks.ask("SELECT VALUE id FROM $range", object! { range: range }).await?;
    row::rows::<RecordId>(ids)?.into_iter().map(|id| Ok(both(id)?.1)).collect()
}
