//! Every table as rows, in the order of a dump.

use signal_core::model::{Hash, UserId};
use signal_core::store::transfer::{CatalogueItem, Row};
use signal_core::store::{ArtistGenre, Edge, Seat, SeenMark};
use surrealdb_types::{Bytes, RecordId, SurrealValue, Value};

use super::catalogue::{ClaimRow, GenreRow, ItemRow};
use super::content::{DialsRow, DocRow, EdgeRow, NameRow, SeatRow};
use super::error::{Read, damaged};
use super::history::SeenRow;
use super::ledger::{EntryRow, StateRow};
use super::merges::MergeRow;
use super::mutes;
use super::plays::{CountRow, ListenRow};
use super::row::{Parts, text_of};
use super::state::ProfileRow;

/// How a table is read out.
pub(super) struct Readout {
    pub(super) table: &'static str,
    /// Counts its records.
    pub(super) count: &'static str,
    /// One of them.
    pub(super) read: fn(Value) -> Read<Row>,
}

/// A record of nothing but its key.
#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct KeyRow {
    id: RecordId,
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct TablesRow {
    id: RecordId,
    bytes: Bytes,
}

/// A named value, or a ciphertext.
#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct ValueRow {
    id: RecordId,
    value: Bytes,
}

fn read<T: SurrealValue>(value: Value, row: fn(T) -> Read<Row>) -> Read<Row> {
    T::from_value(value).map_err(|error| damaged("a record", error)).and_then(row)
}

macro_rules! readouts {
    ($($table:literal: $record:ty => $row:expr;)+) => {
        &[$(Readout {
            table: $table,
            count: concat!("RETURN (SELECT count() FROM ", $table, " GROUP ALL)[0].count"),
            read: |value| read::<$record>(value, $row),
        }),+]
    };
}

/// All tables but those that follow from others (tree nodes, what leads to entries, people, folded months and directions),
/// and leases. All lie in the order of a dump, but the listens of a person.
pub(super) const READOUTS: &[Readout] = readouts! {
    "entry": EntryRow => |row| row.entry().map(Row::from);
    "stream": StateRow => |row| row.stream().map(Row::from);
    "epoch_table": TablesRow => tables;
    "name": NameRow => |row| row.name().map(|(key, owner)| Row::Key { key, owner });
    "doc": DocRow => |row| row.doc().map(Row::Doc);
    "trusts": EdgeRow => |row| row.edge().map(|Edge { from, to, weight }| Row::Edge { from, to, weight });
    "seat": SeatRow => |row| row.seat().map(|Seat { circle, user, role }| Row::Seat { circle, user, role });
    "dials": DialsRow => |row| row.dials().map(|(user, dials)| Row::Dials { user, dials });
    "item": ItemRow => |row| row.item().map(|CatalogueItem { id, artist, name }| Row::Item { id, artist, name });
    "item_claim": ClaimRow => |row| row.claim().map(|(claim, item)| Row::Claim { claim, item });
    "artist_genre": GenreRow => |row| {
        row.genre().map(|ArtistGenre { artist, genre, weight }| Row::Genre { artist, genre, weight })
    };
    "merge": MergeRow => |row| row.merge().map(Row::Merge);
    "listen": ListenRow => |row| row.listen().map(Row::Listen);
    "play_count": CountRow => |row| row.count().map(Row::Count);
    "seen": SeenRow => |row| row.mark().map(|SeenMark { user, drop, at }| Row::Seen { user, drop, at });
    "mute": KeyRow => |row| mutes::both(row.id).map(|(user, target)| Row::Mute { user, target });
    "profile": ProfileRow => |row| row.profile().map(Row::Profile);
    "kept": ValueRow => |row| Ok(Row::State { name: text_of(row.id)?, value: row.value.to_vec() });
    "secret": ValueRow => secret;
};

fn tables(row: TablesRow) -> Read<Row> {
    let hash: Hash = text_of(row.id)?.parse().map_err(|error| damaged("epoch_table", error))?;
    Ok(Row::Tables { hash, bytes: row.bytes.to_vec() })
}

fn secret(row: ValueRow) -> Read<Row> {
    let mut parts = Parts::of(row.id)?;
    let user: UserId = parts.user()?;
    Ok(Row::Secret { user, platform: parts.text()?, field: parts.text()?, value: row.value.to_vec() })
}
