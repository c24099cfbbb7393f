//! Changes of the rows that lie beside the ledger and can be erased.

use std::collections::BTreeMap;

use signal_core::ledger::{ContentChange, Doc, DocKind};
use signal_core::model::{CircleId, Hash, PrivacyDials, Role, TrustWeight, UserId, normalise_name};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::bulk::{Insert, list};
use super::ledger;
use super::row::{bytes, signed};
use crate::code;

const DOCS: Insert = Insert {
    into: "docs (kind, id, owner, parent, at, text, words)",
    columns: 7,
    tail: "ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner, parent = excluded.parent, at = excluded.at, \
           text = excluded.text, words = excluded.words",
};
const EDGES: Insert = Insert {
    into: "edges (from_user, to_user, weight)",
    columns: 3,
    tail: "ON CONFLICT DO UPDATE SET weight = excluded.weight",
};
const SEATS: Insert = Insert {
    into: "seats (circle, user, role)",
    columns: 3,
    tail: "ON CONFLICT DO UPDATE SET role = excluded.role",
};
const DIALS: Insert = Insert {
    into: "dials (user, history, taste, trust)",
    columns: 4,
    tail: "ON CONFLICT DO UPDATE SET history = excluded.history, taste = excluded.taste, trust = excluded.trust",
};

/// The words of a text as search compares them, each followed by one blank but the last.
pub(super) fn words_of(text: &str) -> String {
    normalise_name(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the rows shall be; none where a row shall go. Of several changes of one row the last one counts, so that
/// all of them together cost one statement a table.
#[derive(Debug, Default)]
pub(super) struct Changes<'a> {
    docs: BTreeMap<(DocKind, Uuid), Option<&'a Doc>>,
    edges: BTreeMap<(UserId, UserId), Option<TrustWeight>>,
    seats: BTreeMap<(CircleId, UserId), Option<Role>>,
    dials: BTreeMap<UserId, PrivacyDials>,
    tables: BTreeMap<Hash, &'a [u8]>,
}

impl<'a> Changes<'a> {
    /// Takes the next change. An erasure comes after everything before it, so that is written first.
    pub(super) async fn add(
        &mut self,
        connection: &mut SqliteConnection,
        change: &'a ContentChange,
    ) -> Result<(), sqlx::Error> {
        match change {
            ContentChange::PutDoc(doc) => {
                self.docs.insert((doc.kind, doc.id), Some(doc));
            }
            ContentChange::DeleteDoc { kind, id } => {
                self.docs.insert((*kind, *id), None);
            }
            ContentChange::SetEdge { from, to, weight } => {
                self.edges.insert((*from, *to), Some(*weight));
            }
            ContentChange::RemoveEdge { from, to } => {
                self.edges.insert((*from, *to), None);
            }
            ContentChange::SetMember { circle, user, role } => {
                self.seats.insert((*circle, *user), Some(*role));
            }
            ContentChange::RemoveMember { circle, user } => {
                self.seats.insert((*circle, *user), None);
            }
            ContentChange::SetDials { user, dials } => {
                self.dials.insert(*user, *dials);
            }
            ContentChange::PutTables { hash, bytes } => {
                self.tables.insert(*hash, bytes);
            }
            ContentChange::Erase { user, redacted, keep_drops } => {
                std::mem::take(self).write(connection).await?;
                redact(connection, redacted).await?;
                erase(connection, *user, *keep_drops).await?;
            }
        }
        Ok(())
    }

    /// Writes everything taken so far.
    pub(super) async fn write(self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        write_docs(connection, self.docs).await?;
        write_edges(connection, self.edges).await?;
        write_seats(connection, self.seats).await?;
        write_dials(connection, self.dials).await?;
        for (hash, tables) in self.tables {
            const TABLES: &str = "INSERT OR REPLACE INTO epoch_tables (hash, bytes) VALUES (?, ?)";
            let query = sqlx::query(TABLES).bind(hash.as_bytes().to_vec()).bind(tables);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// What stays, and the keys of what goes.
fn split<K, V>(rows: BTreeMap<K, Option<V>>) -> (Vec<(K, V)>, Vec<K>) {
    let mut put = Vec::new();
    let mut gone = Vec::new();
    for (key, value) in rows {
        match value {
            Some(value) => put.push((key, value)),
            None => gone.push(key),
        }
    }
    (put, gone)
}

async fn write_docs(
    connection: &mut SqliteConnection,
    docs: BTreeMap<(DocKind, Uuid), Option<&Doc>>,
) -> Result<(), sqlx::Error> {
    let (put, gone) = split(docs);
    for (kind, id) in gone {
        let query =
            sqlx::query("DELETE FROM docs WHERE kind = ? AND id = ?").bind(kind.as_str()).bind(bytes(id));
        query.execute(&mut *connection).await?;
    }
    DOCS.all(connection, put, |values, (_, doc)| {
        values
            .push(doc.kind.as_str())
            .push(bytes(doc.id))
            .push(doc.owner.map(|owner| bytes(owner.uuid())))
            .push(doc.parent.map(bytes))
            .push(doc.at.micros())
            .push(doc.text.as_str())
            .push(words_of(&doc.text));
    })
    .await?;
    Ok(())
}

async fn write_edges(
    connection: &mut SqliteConnection,
    edges: BTreeMap<(UserId, UserId), Option<TrustWeight>>,
) -> Result<(), sqlx::Error> {
    let (put, gone) = split(edges);
    for (from, to) in gone {
        let query = sqlx::query("DELETE FROM edges WHERE from_user = ? AND to_user = ?");
        query.bind(bytes(from.uuid())).bind(bytes(to.uuid())).execute(&mut *connection).await?;
    }
    EDGES
        .all(connection, put, |values, ((from, to), weight)| {
            values.push(bytes(from.uuid())).push(bytes(to.uuid())).push(i64::from(weight.ten_thousandths()));
        })
        .await?;
    Ok(())
}

async fn write_seats(
    connection: &mut SqliteConnection,
    seats: BTreeMap<(CircleId, UserId), Option<Role>>,
) -> Result<(), sqlx::Error> {
    let (put, gone) = split(seats);
    for (circle, user) in gone {
        let query = sqlx::query("DELETE FROM seats WHERE circle = ? AND user = ?");
        query.bind(bytes(circle.uuid())).bind(bytes(user.uuid())).execute(&mut *connection).await?;
    }
    SEATS
        .all(connection, put, |values, ((circle, user), role)| {
            values.push(bytes(circle.uuid())).push(bytes(user.uuid())).push(code::of_role(role));
        })
        .await?;
    Ok(())
}

/// Writes dials, but those of erased people.
async fn write_dials(
    connection: &mut SqliteConnection,
    mut dials: BTreeMap<UserId, PrivacyDials>,
) -> Result<(), sqlx::Error> {
    if dials.is_empty() {
        return Ok(());
    }
    let erased = ledger::erased(&mut *connection, dials.keys().copied()).await?;
    dials.retain(|user, _| !erased.contains(user));
    DIALS
        .all(connection, dials.into_iter().collect(), |values, (user, dials)| {
            values
                .push(bytes(user.uuid()))
                .push(code::of_audience(dials.history))
                .push(code::of_audience(dials.taste))
                .push(code::of_trust_audience(dials.trust));
        })
        .await?;
    Ok(())
}

/// Deletes bodies and salts at positions, and the index rows that say what they held.
async fn redact(connection: &mut SqliteConnection, positions: &[u64]) -> Result<(), sqlx::Error> {
    const REDACT: [&str; 3] = [
        "UPDATE entries SET body = NULL, salt = NULL WHERE position IN (SELECT value FROM json_each(?))",
        "DELETE FROM entry_streams WHERE position IN (SELECT value FROM json_each(?))",
        "DELETE FROM entry_people WHERE position IN (SELECT value FROM json_each(?))",
    ];
    let positions: Vec<_> = positions.iter().map(|position| signed(*position)).collect();
    for statement in REDACT {
        sqlx::query(statement).bind(list(&positions)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Deletes every row that leads to the person; the words of their drops may stay, owned by nobody.
async fn erase(connection: &mut SqliteConnection, user: UserId, keep_drops: bool) -> Result<(), sqlx::Error> {
    const KEEP_DROPS: &str = "UPDATE docs SET owner = NULL WHERE owner = ? AND kind = 'drop'";
    const PERSONAL: [&str; 14] = [
        "DELETE FROM entry_people WHERE user = ?",
        "DELETE FROM docs WHERE owner = ?",
        "DELETE FROM edges WHERE from_user = ?",
        "DELETE FROM edges WHERE to_user = ?",
        "DELETE FROM seats WHERE user = ?",
        "DELETE FROM keys WHERE owner = ?",
        "DELETE FROM dials WHERE user = ?",
        "DELETE FROM listens WHERE user = ?",
        "DELETE FROM play_counts WHERE user = ?",
        "DELETE FROM seen WHERE user = ?",
        "DELETE FROM mutes WHERE user = ?",
        "DELETE FROM mutes WHERE target = ?",
        "DELETE FROM profiles WHERE user = ?",
        "DELETE FROM secrets WHERE user = ?",
    ];
    // Others' blocks of the person end with their id: see `ledger::erases_key`.
    const BLOCKS: &str = "DELETE FROM keys WHERE key > 'block:' AND key < 'block;' AND substr(key, -36) = ?";
    for statement in keep_drops.then_some(KEEP_DROPS).into_iter().chain(PERSONAL) {
        sqlx::query(statement).bind(bytes(user.uuid())).execute(&mut *connection).await?;
    }
    sqlx::query(BLOCKS).bind(user.to_string()).execute(&mut *connection).await?;
    Ok(())
}
