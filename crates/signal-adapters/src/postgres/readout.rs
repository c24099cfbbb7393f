//! Every table as rows, in the order of a dump.

use signal_core::model::{ArtistId, DropId};
use signal_core::store::transfer::Row;
use signal_core::store::{Edge, Seat};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::row::{self, damaged, time, user};
use super::{catalogue, content, merges, plays, state};

/// How a table is read out.
pub(super) struct Readout {
    /// Counts its rows as `n`.
    pub(super) count: &'static str,
    /// Its rows in order.
    pub(super) rows: &'static str,
    /// One of them.
    pub(super) read: fn(&PgRow) -> Result<Row, sqlx::Error>,
}

macro_rules! readouts {
    ($($table:literal by $order:literal => $read:expr;)+) => {
        &[$(Readout {
            count: concat!("SELECT count(*) AS n FROM ", $table),
            rows: concat!("SELECT * FROM ", $table, " ORDER BY ", $order),
            read: $read,
        }),+]
    };
}

/// All tables but those that follow from others (tree nodes and indexes of entries), and leases.
pub(super) const READOUTS: &[Readout] = readouts! {
    "entries" by "position" => |row| row::entry(row).map(Row::from);
    "streams" by "stream" => stream;
    "epoch_tables" by "hash" => |row| Ok(Row::Tables { hash: row::hash(row, "hash")?, bytes: row.try_get("bytes")? });
    "keys" by "key" => |row| Ok(Row::Key { key: row.try_get("key")?, owner: row.try_get("owner")? });
    "docs" by "kind, id" => |row| row::doc(row).map(Row::Doc);
    "edges" by "from_user, to_user" => |row| {
        let Edge { from, to, weight } = row::edge(row)?;
        Ok(Row::Edge { from, to, weight })
    };
    "seats" by "circle, user_id" => |row| {
        let Seat { circle, user, role } = row::seat(row)?;
        Ok(Row::Seat { circle, user, role })
    };
    "dials" by "user_id" => |row| Ok(Row::Dials { user: user(row, "user_id")?, dials: content::dials(row)? });
    "items" by "id" => item;
    "item_claims" by "claim" => |row| Ok(Row::Claim { claim: catalogue::claim(row)?, item: row.try_get("item")? });
    "artist_genres" by "artist, genre" => |row| {
        let genre = catalogue::artist_genre(row)?;
        Ok(Row::Genre { artist: genre.artist, genre: genre.genre, weight: genre.weight })
    };
    "merges" by "track" => |row| merges::merge(row).map(Row::Merge);
    "listens" by "user_id, track, start" => |row| plays::listen(row).map(Row::Listen);
    "play_counts" by "user_id, kind, item, source, spanned, span_from, span_to" => |row| plays::count(row).map(Row::Count);
    "seen" by "user_id, drop_id" => |row| Ok(Row::Seen {
        user: user(row, "user_id")?,
        drop: DropId::from_uuid(row.try_get("drop_id")?),
        at: time(row, "at")?,
    });
    "mutes" by "user_id, target" => |row| Ok(Row::Mute { user: user(row, "user_id")?, target: user(row, "target")? });
    "profiles" by "user_id" => |row| state::profile(row).map(Row::Profile);
    "states" by "name" => |row| Ok(Row::State { name: row.try_get("name")?, value: row.try_get("value")? });
    "secrets" by "user_id, platform, field" => |row| Ok(Row::Secret {
        user: user(row, "user_id")?,
        platform: row.try_get("platform")?,
        field: row.try_get("field")?,
        value: row.try_get("value")?,
    });
};

fn stream(row: &PgRow) -> Result<Row, sqlx::Error> {
    let stream: &str = row.try_get("stream")?;
    let stream = stream.parse().map_err(|error| damaged("stream", error))?;
    Ok(Row::from((stream, row::stream_row(row)?)))
}

fn item(row: &PgRow) -> Result<Row, sqlx::Error> {
    let artist = row.try_get::<Option<Uuid>, _>("artist")?;
    Ok(Row::Item {
        id: row.try_get("id")?,
        artist: artist.map(ArtistId::from_uuid),
        name: row.try_get("name")?,
    })
}
