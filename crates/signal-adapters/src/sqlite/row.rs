//! Values in and out of columns.

use signal_core::ledger::{Doc, DocKind, StoredEntry, StreamRow};
use signal_core::model::{CircleId, Hash, Timestamp, TrustWeight, UserId};
use signal_core::store::{Edge, Seat};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::code;

type Read<T> = Result<T, sqlx::Error>;

/// A value in a column that this code would not have written.
pub(super) fn damaged(column: &str, reason: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: reason.to_string().into() }
}

/// A number as SQLite keeps it; anything above its range is beyond every stored one.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An id as a column keeps it.
pub(super) fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// The place after which a page begins; the empty blob lies before every id.
pub(super) fn after(id: Option<Uuid>) -> Vec<u8> {
    id.map(bytes).unwrap_or_default()
}

pub(super) fn id(row: &SqliteRow, column: &str) -> Read<Uuid> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map_err(|error| damaged(column, error))
}

pub(super) fn maybe_id(row: &SqliteRow, column: &str) -> Read<Option<Uuid>> {
    let bytes: Option<&[u8]> = row.try_get(column)?;
    bytes.map(|bytes| Uuid::from_slice(bytes).map_err(|error| damaged(column, error))).transpose()
}

pub(super) fn user(row: &SqliteRow, column: &str) -> Read<UserId> {
    id(row, column).map(UserId::from_uuid)
}

pub(super) fn hash(row: &SqliteRow, column: &str) -> Read<Hash> {
    Hash::from_slice(row.try_get(column)?).ok_or_else(|| damaged(column, "it is not a hash"))
}

pub(super) fn unsigned(row: &SqliteRow, column: &str) -> Read<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|error| damaged(column, error))
}

pub(super) fn time(row: &SqliteRow, column: &str) -> Read<Timestamp> {
    Ok(Timestamp::from_micros(row.try_get(column)?))
}

/// A value that was written as a small number.
pub(super) fn coded<T>(row: &SqliteRow, column: &str, read: fn(i64) -> Option<T>) -> Read<T> {
    let number = row.try_get(column)?;
    read(number).ok_or_else(|| damaged(column, format_args!("{number} means nothing here")))
}

pub(super) fn entry(row: &SqliteRow) -> Read<StoredEntry> {
    let body: Option<Vec<u8>> = row.try_get("body")?;
    let salt: Option<&[u8]> = row.try_get("salt")?;
    let salt =
        salt.map(|salt| salt.try_into().map_err(|_| damaged("salt", "it has not 16 bytes"))).transpose()?;
    Ok(StoredEntry { position: unsigned(row, "position")?, leaf: row.try_get("leaf")?, body: body.zip(salt) })
}

pub(super) fn stream_row(row: &SqliteRow) -> Read<StreamRow> {
    Ok(StreamRow { version: unsigned(row, "version")?, state: row.try_get("state")? })
}

pub(super) fn doc(row: &SqliteRow) -> Read<Doc> {
    let kind: &str = row.try_get("kind")?;
    Ok(Doc {
        kind: DocKind::parse(kind)
            .ok_or_else(|| damaged("kind", format_args!("{kind:?} is no kind of document")))?,
        id: id(row, "id")?,
        owner: maybe_id(row, "owner")?.map(UserId::from_uuid),
        parent: maybe_id(row, "parent")?,
        at: time(row, "at")?,
        text: row.try_get("text")?,
    })
}

pub(super) fn edge(row: &SqliteRow) -> Read<Edge> {
    let weight = u16::try_from(row.try_get::<i64, _>("weight")?).map_err(|error| damaged("weight", error))?;
    Ok(Edge {
        from: user(row, "from_user")?,
        to: user(row, "to_user")?,
        weight: TrustWeight::from_ten_thousandths(weight).map_err(|error| damaged("weight", error))?,
    })
}

pub(super) fn seat(row: &SqliteRow) -> Read<Seat> {
    Ok(Seat {
        circle: CircleId::from_uuid(id(row, "circle")?),
        user: user(row, "user")?,
        role: coded(row, "role", code::role)?,
    })
}

/// Reads every row.
pub(super) fn all<T>(rows: &[SqliteRow], read: impl Fn(&SqliteRow) -> Read<T>) -> Read<Vec<T>> {
    rows.iter().map(read).collect()
}
