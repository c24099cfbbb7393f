//! Values in and out of columns.

use signal_core::ledger::{Doc, DocKind, StoredEntry, StreamRow};
use signal_core::model::{CircleId, Hash, Timestamp, TrustWeight, UserId};
use signal_core::store::{Edge, Seat};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::code;

type Read<T> = Result<T, sqlx::Error>;

/// A value in a column that this code would not have written.
pub(super) fn damaged(column: &str, reason: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: reason.to_string().into() }
}

/// A number as PostgreSQL keeps it; anything above its range is beyond every stored one.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A small number as its column keeps it.
pub(super) fn small(number: i64) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

/// The place after which a page begins, for `(id, 0) > ($1, $2)`: the first page begins before every id.
pub(super) fn after(id: Option<Uuid>) -> (Uuid, i32) {
    id.map_or((Uuid::nil(), -1), |id| (id, 0))
}

/// The same for a key of two, for `(a, b, 0) > ($1, $2, $3)`.
pub(super) fn after_both(ids: Option<(Uuid, Uuid)>) -> (Uuid, Uuid, i32) {
    ids.map_or((Uuid::nil(), Uuid::nil(), -1), |(a, b)| (a, b, 0))
}

pub(super) fn user(row: &PgRow, column: &str) -> Read<UserId> {
    row.try_get(column).map(UserId::from_uuid)
}

pub(super) fn hash(row: &PgRow, column: &str) -> Read<Hash> {
    Hash::from_slice(row.try_get(column)?).ok_or_else(|| damaged(column, "it is not a hash"))
}

pub(super) fn unsigned(row: &PgRow, column: &str) -> Read<u64> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|error| damaged(column, error))
}

pub(super) fn time(row: &PgRow, column: &str) -> Read<Timestamp> {
    Ok(Timestamp::from_micros(row.try_get(column)?))
}

/// A value that was written as a small number.
pub(super) fn coded<T>(row: &PgRow, column: &str, read: fn(i64) -> Option<T>) -> Read<T> {
    let number: i16 = row.try_get(column)?;
    read(i64::from(number)).ok_or_else(|| damaged(column, format_args!("{number} means nothing here")))
}

pub(super) fn entry(row: &PgRow) -> Read<StoredEntry> {
    let body: Option<Vec<u8>> = row.try_get("body")?;
    let salt: Option<&[u8]> = row.try_get("salt")?;
    let salt =
        salt.map(|salt| salt.try_into().map_err(|_| damaged("salt", "it has not 16 bytes"))).transpose()?;
    Ok(StoredEntry { position: unsigned(row, "position")?, leaf: row.try_get("leaf")?, body: body.zip(salt) })
}

pub(super) fn stream_row(row: &PgRow) -> Read<StreamRow> {
    Ok(StreamRow { version: unsigned(row, "version")?, state: row.try_get("state")? })
}

pub(super) fn doc(row: &PgRow) -> Read<Doc> {
    let kind: &str = row.try_get("kind")?;
    let owner: Option<Uuid> = row.try_get("owner")?;
    Ok(Doc {
        kind: DocKind::parse(kind)
            .ok_or_else(|| damaged("kind", format_args!("{kind:?} is no kind of document")))?,
        id: row.try_get("id")?,
        owner: owner.map(UserId::from_uuid),
        parent: row.try_get("parent")?,
        at: time(row, "at")?,
        text: row.try_get("text")?,
    })
}

pub(super) fn edge(row: &PgRow) -> Read<Edge> {
    let weight = u16::try_from(row.try_get::<i16, _>("weight")?).map_err(|error| damaged("weight", error))?;
    Ok(Edge {
        from: user(row, "from_user")?,
        to: user(row, "to_user")?,
        weight: TrustWeight::from_ten_thousandths(weight).map_err(|error| damaged("weight", error))?,
    })
}

pub(super) fn seat(row: &PgRow) -> Read<Seat> {
    Ok(Seat {
        circle: CircleId::from_uuid(row.try_get("circle")?),
        user: user(row, "user_id")?,
        role: coded(row, "role", code::role)?,
    })
}

/// Reads every row.
pub(super) fn all<T>(rows: &[PgRow], read: impl Fn(&PgRow) -> Read<T>) -> Read<Vec<T>> {
    rows.iter().map(read).collect()
}

/// Rows that carry the place of what was asked for in `n`, counted from 1, in the order of the question.
pub(super) fn in_order<T>(
    asked: usize,
    rows: &[PgRow],
    read: impl Fn(&PgRow) -> Read<T>,
) -> Read<Vec<Option<T>>> {
    let mut answers: Vec<Option<T>> = std::iter::repeat_with(|| None).take(asked).collect();
    for row in rows {
        let n: i64 = row.try_get("n")?;
        let slot = usize::try_from(n - 1).ok().and_then(|n| answers.get_mut(n));
        *slot.ok_or_else(|| damaged("n", "it is no place in the list"))? = Some(read(row)?);
    }
    Ok(answers)
}

/// Which of so many things asked for have a row.
pub(super) fn found(asked: usize, rows: &[PgRow]) -> Read<Vec<bool>> {
    Ok(in_order(asked, rows, |_| Ok(()))?.into_iter().map(|slot| slot.is_some()).collect())
}
