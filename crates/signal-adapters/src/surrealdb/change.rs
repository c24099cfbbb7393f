//! Changes of the records that lie beside the ledger and can be erased.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use signal_core::ledger::{ContentChange, Doc, DocKind, erases_key};
use signal_core::model::{CircleId, Hash, PrivacyDials, Role, TrustWeight, UserId, normalise_name};
use surrealdb_types::{RecordId, RecordIdKey, object};
use uuid::Uuid;

use super::error::Read;
use super::ledger;
use super::link::{Asks, Work};
use super::row::{
    self, below, between, bytes, delete, int, list, record, record_named, record_of, signed, text, uuid,
    write,
};
use crate::code;

/// The words of a text as search compares them, each followed by one blank but the last.
pub(super) fn words_of(text: &str) -> String {
    normalise_name(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn person(user: UserId) -> RecordId {
    record_of("person", user.uuid())
}

pub(super) fn doc_of(kind: DocKind, id: Uuid) -> RecordId {
    record("doc", [text(kind.as_str()), uuid(id)])
}

fn edge_of(from: UserId, to: UserId) -> RecordId {
    record("trusts", [uuid(from.uuid()), uuid(to.uuid())])
}

fn seat_of(circle: CircleId, user: UserId) -> RecordId {
    record("seat", [uuid(circle.uuid()), uuid(user.uuid())])
}

/// Makes records of people who have none yet.
pub(super) async fn know_people(work: &Work, people: &BTreeSet<UserId>) -> Read<()> {
    let rows = people.iter().map(|user| object! { id: person(*user), turn: 0i64 });
    write(work, "INSERT IGNORE INTO person $rows RETURN NONE", rows.collect()).await
}

/// Notes that something is written about people, so that it and the erasure of one of them cannot both commit. An erasure
/// that came before is found by asking who is erased.
pub(super) async fn touch_people(work: &Work, people: impl Iterator<Item = UserId>) -> Read<()> {
    let people: BTreeSet<_> = people.collect();
    let rows = people.into_iter().map(|user| object! { id: person(user), turn: 0i64 });
    write(work, "INSERT INTO person $rows ON DUPLICATE KEY UPDATE turn += 1 RETURN NONE", rows.collect())
        .await
}

/// What the records shall be; none where one shall go. Of several changes of one the last one counts, so that
/// all of them together cost few statements a table.
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
    pub(super) async fn add(&mut self, work: &Work, change: &'a ContentChange) -> Read<()> {
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
                std::mem::take(self).write(work).await?;
                redact(work, redacted).await?;
                erase(work, *user, *keep_drops).await?;
            }
        }
        Ok(())
    }

    /// Writes everything taken so far.
    pub(super) async fn write(self, work: &Work) -> Read<()> {
        const TABLES: &str =
            "INSERT INTO epoch_table $rows ON DUPLICATE KEY UPDATE bytes = $input.bytes RETURN NONE";
        write_docs(work, self.docs).await?;
        write_edges(work, self.edges).await?;
        write_seats(work, self.seats).await?;
        write_dials(work, self.dials).await?;
        let tables = self.tables.into_iter().map(|(hash, tables)| {
            object! { id: record_named("epoch_table", hash.to_string()), bytes: bytes(tables) }
        });
        write(work, TABLES, tables.collect()).await
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

async fn write_docs(work: &Work, docs: BTreeMap<(DocKind, Uuid), Option<&Doc>>) -> Read<()> {
    const DOCS: &str = "INSERT INTO doc $rows ON DUPLICATE KEY UPDATE owner = $input.owner, \
                        parent = $input.parent, at = $input.at, text = $input.text, words = $input.words, \
                        length = $input.length RETURN NONE";
    let (put, gone) = split(docs);
    delete(work, gone.into_iter().map(|(kind, id)| doc_of(kind, id))).await?;
    let rows = put.into_iter().map(|(_, doc)| {
        let words = words_of(&doc.text);
        let length = words.split(' ').count();
        object! {
            id: doc_of(doc.kind, doc.id),
            kind: doc.kind.as_str(),
            item: doc.id,
            owner: doc.owner.map(UserId::uuid),
            parent: doc.parent,
            at: doc.at.micros(),
            text: doc.text.as_str(),
            words: words,
            length: signed(length as u64),
        }
    });
    write(work, DOCS, rows.collect()).await
}

async fn write_edges(work: &Work, edges: BTreeMap<(UserId, UserId), Option<TrustWeight>>) -> Read<()> {
    const EDGES: &str = "INSERT RELATION INTO trusts $rows ON DUPLICATE KEY UPDATE weight = $input.weight \
                         RETURN NONE";
    let (put, gone) = split(edges);
    delete(work, gone.into_iter().map(|(from, to)| edge_of(from, to))).await?;
    know_people(work, &put.iter().flat_map(|((from, to), _)| [*from, *to]).collect()).await?;
    let rows = put.into_iter().map(|((from, to), weight)| {
        object! {
            id: edge_of(from, to),
            in: person(from),
            out: person(to),
            weight: i64::from(weight.ten_thousandths()),
        }
    });
    write(work, EDGES, rows.collect()).await
}

async fn write_seats(work: &Work, seats: BTreeMap<(CircleId, UserId), Option<Role>>) -> Read<()> {
    const SEATS: &str =
        "INSERT RELATION INTO seat $rows ON DUPLICATE KEY UPDATE role = $input.role RETURN NONE";
    let (put, gone) = split(seats);
    delete(work, gone.into_iter().map(|(circle, user)| seat_of(circle, user))).await?;
    know_people(work, &put.iter().map(|((_, user), _)| *user).collect()).await?;
    let circles: BTreeSet<_> = put.iter().map(|((circle, _), _)| circle.uuid()).collect();
    let circles = circles.into_iter().map(|circle| object! { id: record_of("circle", circle) });
    write(work, "INSERT IGNORE INTO circle $rows RETURN NONE", circles.collect()).await?;
    let rows = put.into_iter().map(|((circle, user), role)| {
        object! {
            id: seat_of(circle, user),
            in: person(user),
            out: record_of("circle", circle.uuid()),
            role: code::of_role(role),
        }
    });
    write(work, SEATS, rows.collect()).await
}

/// Writes dials, but those of erased people.
async fn write_dials(work: &Work, mut dials: BTreeMap<UserId, PrivacyDials>) -> Read<()> {
    const DIALS: &str = "INSERT INTO dials $rows ON DUPLICATE KEY UPDATE history = $input.history, \
                         taste = $input.taste, trust = $input.trust RETURN NONE";
    if dials.is_empty() {
        return Ok(());
    }
    let erased = ledger::erased(work, dials.keys().copied()).await?;
    dials.retain(|user, _| !erased.contains(user));
    let rows = dials.into_iter().map(|(user, dials)| {
        object! {
            id: record_of("dials", user.uuid()),
            history: code::of_audience(dials.history),
            taste: code::of_audience(dials.taste),
            trust: code::of_trust_audience(dials.trust),
        }
    });
    write(work, DIALS, rows.collect()).await
}

/// Deletes bodies and salts at positions, and the records that say what they held.
async fn redact(work: &Work, positions: &[u64]) -> Read<()> {
    const FOUND_BY: &str = "RETURN array::flatten((SELECT VALUE found_by FROM $ids))";
    const REDACT: &str = "UPDATE $ids SET body = NONE, salt = NONE, found_by = [] RETURN NONE";
    if positions.is_empty() {
        return Ok(());
    }
    let ids = list(positions.iter().map(|position| ledger::entry_at(*position)));
    let found_by = work.ask(FOUND_BY, object! { ids: ids.clone() }).await?;
    delete(work, row::rows::<RecordId>(found_by)?).await?;
    work.ask(REDACT, object! { ids: ids }).await.map(drop)
}

/// Deletes every record that leads to the person; the words of their drops may stay, owned by nobody.
async fn erase(work: &Work, user: UserId, keep_drops: bool) -> Read<()> {
    const KEEP_DROPS: &str = "UPDATE doc SET owner = NONE WHERE owner = $user AND kind = 'drop' RETURN NONE";
    const OWNED: [&str; 3] = [
        "DELETE doc WHERE owner = $user RETURN NONE",
        "DELETE name WHERE owner = $user RETURN NONE",
        "DELETE mute WHERE target = $user RETURN NONE",
    ];
    const BY_ID: [&str; 4] = ["dials", "profile", "direction", "person"];
    const BY_RANGE: [&str; 6] = ["listen", "play_count", "folded", "seen", "mute", "secret"];
    forget_naming(work, user).await?;
    for statement in keep_drops.then_some(KEEP_DROPS).into_iter().chain(OWNED) {
        work.ask(statement, object! { user: user.uuid() }).await?;
    }
    delete(work, blocks(work, user).await?).await?;
    delete(work, BY_RANGE.map(|table| below(table, [uuid(user.uuid())]))).await?;
    // The database deletes the edges and seats of a person with the person. One that is not there yet is made first, so
    // that whoever makes it meanwhile is in the way.
    touch_people(work, [user].into_iter()).await?;
    delete(work, BY_ID.map(|table| record_of(table, user.uuid()))).await
}

/// Deletes what says that entries name the person.
async fn forget_naming(work: &Work, user: UserId) -> Read<()> {
    const FORGET: &str = "UPDATE $ids SET found_by -= $own RETURN NONE";
    let positions = ledger::naming(work, user).await?;
    if positions.is_empty() {
        return Ok(());
    }
    let own: Vec<_> = positions
        .iter()
        .map(|position| record("entry_person", [uuid(user.uuid()), int(signed(*position))]))
        .collect();
    let ids = list(positions.into_iter().map(ledger::entry_at));
    work.ask(FORGET, object! { ids: ids, own: list(own.iter().cloned()) }).await?;
    delete(work, own).await
}

/// Others' blocks of the person.
async fn blocks(work: &Work, user: UserId) -> Read<Vec<RecordId>> {
    let key = |text: &str| RecordIdKey::String(text.to_owned());
    let range = between("name", Bound::Included(key("block:")), Bound::Excluded(key("block;")));
    let all = work.ask("SELECT VALUE id FROM $range", object! { range: range }).await?;
    let of_person = |id: &RecordId| match &id.key {
        RecordIdKey::String(name) => erases_key(user, name, Uuid::nil()),
        _ => false,
    };
    Ok(row::rows::<RecordId>(all)?.into_iter().filter(of_person).collect())
}
