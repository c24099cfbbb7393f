//! Changes of the rows that lie beside the ledger and can be erased.

use std::collections::BTreeMap;

use signal_core::ledger::{ContentChange, Doc, DocKind};
use signal_core::model::{CircleId, Hash, PrivacyDials, Role, TrustWeight, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ledger;
use super::row::{signed, small};
use super::words::tsvector;
use crate::code;

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
        connection: &mut PgConnection,
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
    pub(super) async fn write(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        const TABLES: &str = "INSERT INTO epoch_tables (hash, bytes) VALUES ($1, $2) \
                              ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes";
        write_docs(connection, self.docs).await?;
        write_edges(connection, self.edges).await?;
        write_seats(connection, self.seats).await?;
        write_dials(connection, self.dials).await?;
        for (hash, tables) in self.tables {
            let query = sqlx::query(TABLES).bind(hash.as_bytes().as_slice()).bind(tables);
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
    connection: &mut PgConnection,
    docs: BTreeMap<(DocKind, Uuid), Option<&Doc>>,
) -> Result<(), sqlx::Error> {
    const DELETE: &str = "DELETE FROM docs USING unnest($1::text[], $2::uuid[]) AS gone (kind, id) \
                          WHERE docs.kind = gone.kind AND docs.id = gone.id";
    const PUT: &str = "INSERT INTO docs (kind, id, owner, parent, at, text, words) \
        SELECT kind, id, owner, parent, at, text, words::tsvector FROM unnest($1::text[], $2::uuid[], \
        $3::uuid[], $4::uuid[], $5::int8[], $6::text[], $7::text[]) AS new (kind, id, owner, parent, at, text, words) \
        ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner, parent = excluded.parent, at = excluded.at, \
        text = excluded.text, words = excluded.words";
    let (put, gone) = split(docs);
    if !gone.is_empty() {
        let (kinds, ids): (Vec<_>, Vec<_>) = gone.into_iter().map(|(kind, id)| (kind.as_str(), id)).unzip();
        sqlx::query(DELETE).bind(kinds).bind(ids).execute(&mut *connection).await?;
    }
    if !put.is_empty() {
        let docs: Vec<_> = put.into_iter().map(|(_, doc)| doc).collect();
        sqlx::query(PUT)
            .bind(docs.iter().map(|doc| doc.kind.as_str()).collect::<Vec<_>>())
            .bind(docs.iter().map(|doc| doc.id).collect::<Vec<_>>())
            .bind(docs.iter().map(|doc| doc.owner.map(UserId::uuid)).collect::<Vec<_>>())
            .bind(docs.iter().map(|doc| doc.parent).collect::<Vec<_>>())
            .bind(docs.iter().map(|doc| doc.at.micros()).collect::<Vec<_>>())
            .bind(docs.iter().map(|doc| doc.text.as_str()).collect::<Vec<_>>())
            .bind(docs.iter().map(|doc| tsvector(&doc.text)).collect::<Vec<_>>())
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn write_edges(
    connection: &mut PgConnection,
    edges: BTreeMap<(UserId, UserId), Option<TrustWeight>>,
) -> Result<(), sqlx::Error> {
    const DELETE: &str = "DELETE FROM edges USING unnest($1::uuid[], $2::uuid[]) AS gone (from_user, to_user) \
                          WHERE edges.from_user = gone.from_user AND edges.to_user = gone.to_user";
    const PUT: &str = "INSERT INTO edges (from_user, to_user, weight) \
                       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int2[]) \
                       ON CONFLICT (from_user, to_user) DO UPDATE SET weight = excluded.weight";
    let (put, gone) = split(edges);
    if !gone.is_empty() {
        let (from, to): (Vec<_>, Vec<_>) =
            gone.into_iter().map(|(from, to)| (from.uuid(), to.uuid())).unzip();
        sqlx::query(DELETE).bind(from).bind(to).execute(&mut *connection).await?;
    }
    if !put.is_empty() {
        let weights: Vec<_> =
            put.iter().map(|(_, weight)| small(i64::from(weight.ten_thousandths()))).collect();
        let (from, to): (Vec<_>, Vec<_>) =
            put.into_iter().map(|((from, to), _)| (from.uuid(), to.uuid())).unzip();
        sqlx::query(PUT).bind(from).bind(to).bind(weights).execute(connection).await?;
    }
    Ok(())
}

async fn write_seats(
    connection: &mut PgConnection,
    seats: BTreeMap<(CircleId, UserId), Option<Role>>,
) -> Result<(), sqlx::Error> {
    const DELETE: &str = "DELETE FROM seats USING unnest($1::uuid[], $2::uuid[]) AS gone (circle, user_id) \
                          WHERE seats.circle = gone.circle AND seats.user_id = gone.user_id";
    const PUT: &str = "INSERT INTO seats (circle, user_id, role) \
                       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int2[]) \
                       ON CONFLICT (circle, user_id) DO UPDATE SET role = excluded.role";
    let (put, gone) = split(seats);
    if !gone.is_empty() {
        let (circles, users): (Vec<_>, Vec<_>) =
            gone.into_iter().map(|(circle, user)| (circle.uuid(), user.uuid())).unzip();
        sqlx::query(DELETE).bind(circles).bind(users).execute(&mut *connection).await?;
    }
    if !put.is_empty() {
        let roles: Vec<_> = put.iter().map(|(_, role)| small(code::of_role(*role))).collect();
        let (circles, users): (Vec<_>, Vec<_>) =
            put.into_iter().map(|((circle, user), _)| (circle.uuid(), user.uuid())).unzip();
        sqlx::query(PUT).bind(circles).bind(users).bind(roles).execute(connection).await?;
    }
    Ok(())
}

/// Writes dials, but those of erased people.
async fn write_dials(
    connection: &mut PgConnection,
    mut dials: BTreeMap<UserId, PrivacyDials>,
) -> Result<(), sqlx::Error> {
    const PUT: &str = "INSERT INTO dials (user_id, history, taste, trust) \
        SELECT * FROM unnest($1::uuid[], $2::int2[], $3::int2[], $4::int2[]) ON CONFLICT (user_id) \
        DO UPDATE SET history = excluded.history, taste = excluded.taste, trust = excluded.trust";
    if dials.is_empty() {
        return Ok(());
    }
    let erased = ledger::erased(&mut *connection, dials.keys().copied()).await?;
    dials.retain(|user, _| !erased.contains(user));
    let numbers = |read: fn(&PrivacyDials) -> i64| dials.values().map(read).map(small).collect::<Vec<_>>();
    sqlx::query(PUT)
        .bind(dials.keys().map(|user| user.uuid()).collect::<Vec<_>>())
        .bind(numbers(|dials| code::of_audience(dials.history)))
        .bind(numbers(|dials| code::of_audience(dials.taste)))
        .bind(numbers(|dials| code::of_trust_audience(dials.trust)))
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes bodies and salts at positions, and the index rows that say what they held.
async fn redact(connection: &mut PgConnection, positions: &[u64]) -> Result<(), sqlx::Error> {
    const REDACT: [&str; 3] = [
        "UPDATE entries SET body = NULL, salt = NULL WHERE position = ANY($1)",
        "DELETE FROM entry_streams WHERE position = ANY($1)",
        "DELETE FROM entry_people WHERE position = ANY($1)",
    ];
    let positions: Vec<_> = positions.iter().map(|position| signed(*position)).collect();
    for statement in REDACT {
        sqlx::query(statement).bind(&positions).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Deletes every row that leads to the person; the words of their drops may stay, owned by nobody.
async fn erase(connection: &mut PgConnection, user: UserId, keep_drops: bool) -> Result<(), sqlx::Error> {
    const KEEP_DROPS: &str = "UPDATE docs SET owner = NULL WHERE owner = $1 AND kind = 'drop'";
    const PERSONAL: [&str; 14] = [
        "DELETE FROM entry_people WHERE user_id = $1",
        "DELETE FROM docs WHERE owner = $1",
        "DELETE FROM edges WHERE from_user = $1",
        "DELETE FROM edges WHERE to_user = $1",
        "DELETE FROM seats WHERE user_id = $1",
        "DELETE FROM keys WHERE owner = $1",
        "DELETE FROM dials WHERE user_id = $1",
        "DELETE FROM listens WHERE user_id = $1",
        "DELETE FROM play_counts WHERE user_id = $1",
        "DELETE FROM seen WHERE user_id = $1",
        "DELETE FROM mutes WHERE user_id = $1",
        "DELETE FROM mutes WHERE target = $1",
        "DELETE FROM profiles WHERE user_id = $1",
        "DELETE FROM secrets WHERE user_id = $1",
    ];
    // Others' blocks of the person end with their id: see `ledger::erases_key`.
    const BLOCKS: &str = "DELETE FROM keys WHERE key > 'block:' AND key < 'block;' AND right(key, 36) = $1";
    for statement in keep_drops.then_some(KEEP_DROPS).into_iter().chain(PERSONAL) {
        sqlx::query(statement).bind(user.uuid()).execute(&mut *connection).await?;
    }
    sqlx::query(BLOCKS).bind(user.to_string()).execute(connection).await?;
    Ok(())
}
