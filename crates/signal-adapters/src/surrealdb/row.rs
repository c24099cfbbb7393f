//! Keys and values in and out of records.

use std::collections::BTreeMap;
use std::ops::Bound;

use signal_core::model::{Timestamp, UserId};
use surrealdb_types::{
    Array, Bytes, Number, Object, Range, RecordId, RecordIdKey, RecordIdKeyRange, SurrealValue, Value, object,
};
use uuid::Uuid;

use super::error::{Read, damaged};
use super::link::Asks;

/// A number as SurrealDB keeps it; anything above its range is beyond every stored one.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(what: &str, number: i64) -> Read<u64> {
    u64::try_from(number).map_err(|error| damaged(what, error))
}

pub(super) fn bytes(bytes: impl Into<Vec<u8>>) -> Bytes {
    Bytes::from(bytes.into())
}

pub(super) fn uuid(id: Uuid) -> Value {
    Value::Uuid(id.into())
}

pub(super) fn int(number: i64) -> Value {
    Value::Number(Number::Int(number))
}

pub(super) fn text(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

/// The id of a record whose key has several parts.
pub(super) fn record(table: &str, parts: impl IntoIterator<Item = Value>) -> RecordId {
    RecordId::new(table, RecordIdKey::Array(parts.into_iter().collect()))
}

/// The id of a record whose key is an id.
pub(super) fn record_of(table: &str, id: Uuid) -> RecordId {
    RecordId::new(table, RecordIdKey::Uuid(id.into()))
}

/// The id of a record whose key is a text.
pub(super) fn record_named(table: &str, name: impl Into<String>) -> RecordId {
    RecordId::new(table, RecordIdKey::String(name.into()))
}

/// All records whose keys lie between two bounds.
pub(super) fn between(table: &str, start: Bound<RecordIdKey>, end: Bound<RecordIdKey>) -> RecordId {
    RecordId::new(table, RecordIdKeyRange { start, end })
}

/// All records with keys above one, or all.
pub(super) fn after(table: &str, key: Option<RecordIdKey>) -> RecordId {
    between(table, key.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

/// The key before every one that begins with these parts.
pub(super) fn first(parts: impl IntoIterator<Item = Value>) -> RecordIdKey {
    RecordIdKey::Array(parts.into_iter().chain([Value::None]).collect())
}

/// The key after every one that begins with these parts.
pub(super) fn last(parts: impl IntoIterator<Item = Value>) -> RecordIdKey {
    RecordIdKey::Array(parts.into_iter().chain([Value::Range(Box::new(Range::unbounded()))]).collect())
}

/// All records whose keys begin with these parts.
pub(super) fn below(table: &str, parts: impl IntoIterator<Item = Value> + Clone) -> RecordId {
    between(table, Bound::Included(first(parts.clone())), Bound::Included(last(parts)))
}

/// Reads every record of an answer.
pub(super) fn rows<T: SurrealValue>(answer: Value) -> Read<Vec<T>> {
    let Value::Array(answer) = answer else {
        return Err(damaged("an answer", "it is no list"));
    };
    answer.into_iter().map(|row| T::from_value(row).map_err(|error| damaged("a record", error))).collect()
}

/// The one record of an answer, where there is one.
pub(super) fn maybe<T: SurrealValue>(answer: Value) -> Read<Option<T>> {
    match answer {
        Value::None | Value::Null => Ok(None),
        row => T::from_value(row).map(Some).map_err(|error| damaged("a record", error)),
    }
}

/// Records as a list for a statement.
pub(super) fn list<T: SurrealValue>(values: impl IntoIterator<Item = T>) -> Value {
    Value::Array(values.into_iter().map(SurrealValue::into_value).collect::<Array>())
}

/// A record that tells its id.
pub(super) trait Row: SurrealValue + Send {
    /// Its id.
    fn id(&self) -> &RecordId;
}

/// Records by id, those that are there.
pub(super) async fn found<T: Row>(
    asks: &dyn Asks,
    ids: impl IntoIterator<Item = RecordId>,
) -> Read<BTreeMap<RecordId, T>> {
    let ids: Vec<_> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let answer = asks.ask("SELECT * FROM $ids", object! { ids: list(ids) }).await?;
    Ok(rows::<T>(answer)?.into_iter().map(|row| (row.id().clone(), row)).collect())
}

/// Those of the records that are there.
pub(super) async fn there(asks: &dyn Asks, ids: impl IntoIterator<Item = RecordId>) -> Read<Vec<RecordId>> {
    let ids: Vec<_> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    rows(asks.ask("SELECT VALUE id FROM $ids", object! { ids: list(ids) }).await?)
}

/// Deletes records, one by one or by ranges.
pub(super) async fn delete(asks: &dyn Asks, ids: impl IntoIterator<Item = RecordId>) -> Read<()> {
    let ids: Vec<_> = ids.into_iter().collect();
    if !ids.is_empty() {
        asks.ask("DELETE $ids RETURN NONE", object! { ids: list(ids) }).await?;
    }
    Ok(())
}

/// Runs a statement that writes `$rows`, unless there are none.
pub(super) async fn write(asks: &dyn Asks, text: &'static str, rows: Vec<Object>) -> Read<()> {
    if !rows.is_empty() {
        asks.ask(text, object! { rows: list(rows) }).await?;
    }
    Ok(())
}

/// The parts of a key.
#[derive(Debug)]
pub(super) struct Parts {
    table: String,
    parts: std::vec::IntoIter<Value>,
}

impl Parts {
    pub(super) fn of(id: RecordId) -> Read<Self> {
        let RecordIdKey::Array(parts) = id.key else {
            return Err(damaged(id.table.as_str(), "its key has no parts"));
        };
        Ok(Self { table: id.table.to_string(), parts: parts.into_inner().into_iter() })
    }

    fn next<T: SurrealValue>(&mut self) -> Read<T> {
        let part = self.parts.next().unwrap_or_default();
        T::from_value(part).map_err(|error| damaged(&format!("a key of {}", self.table), error))
    }

    pub(super) fn uuid(&mut self) -> Read<Uuid> {
        self.next()
    }

    pub(super) fn user(&mut self) -> Read<UserId> {
        self.uuid().map(UserId::from_uuid)
    }

    pub(super) fn int(&mut self) -> Read<i64> {
        self.next()
    }

    pub(super) fn text(&mut self) -> Read<String> {
        self.next()
    }

    pub(super) fn time(&mut self) -> Read<Timestamp> {
        self.int().map(Timestamp::from_micros)
    }
}

/// The id that is a record's key.
pub(super) fn uuid_of(id: &RecordId) -> Read<Uuid> {
    match &id.key {
        RecordIdKey::Uuid(id) => Ok((*id).into_inner()),
        _ => Err(damaged(id.table.as_str(), "its key is no id")),
    }
}

/// The text that is a record's key.
pub(super) fn text_of(id: RecordId) -> Read<String> {
    match id.key {
        RecordIdKey::String(text) => Ok(text),
        _ => Err(damaged(id.table.as_str(), "its key is no text")),
    }
}

/// A value that was written as a small number.
pub(super) fn coded<T>(what: &str, number: i64, known: fn(i64) -> Option<T>) -> Read<T> {
    known(number).ok_or_else(|| damaged(what, format_args!("{number} has no meaning")))
}
