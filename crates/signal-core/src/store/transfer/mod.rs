//! A whole store as rows: read out of one, taken in by another, whatever databases they are.
//!
//! A [`Dump`] is what a store holds at one moment, row by row in the order of [`Table`]; writes go on meanwhile. The rows
//! of the ledger are its entries in their exact bytes, so the copy has the same root. [`copy()`] moves a dump into an empty
//! store and compares both in the end; killed, it goes on where it was. Leases stay behind: they belong to programs that run.

mod copy;
mod intake;
mod row;
mod tally;

use async_trait::async_trait;

use super::Result;
use crate::ledger::Head;

pub use copy::{MARK, Moved, TransferError, copy, is_unfinished};
pub use intake::{CatalogueItem, Intake, SecretRow};
pub use row::{ROW_VERSION, Row, Table};
pub use tally::Tally;

/// Rows that a dump gives at once, at most.
pub const DUMP_ROWS: usize = 2_000;

/// Everything a store held at one moment, read bit by bit.
#[async_trait]
pub trait Dump: Send {
    /// The newest state of the ledger at that moment.
    fn head(&self) -> &Head;

    /// How many rows there are in all.
    fn rows(&self) -> u64;

    /// The next rows, at most [`DUMP_ROWS`]; none at the end. They come in the order of [`Table`], and within a table in
    /// the order of their keys: numbers, ids by their bytes, texts by their bytes, the first field first.
    async fn next(&mut self) -> Result<Vec<Row>>;
}

/// A store that can be read out and taken in as a whole.
#[async_trait]
pub trait TransferStore: Send + Sync {
    /// What the store holds now. What is written from now on is not in it, and does not wait for it. Held open it may
    /// cost the database room: read it to its end, or drop it.
    async fn dump(&self) -> Result<Box<dyn Dump>>;

    /// Takes rows in as they are, without deciding anything: all or none, and durable when the call returns. A row that is
    /// there already is replaced or stays, which is the same where it came from the same dump; but entries must follow
    /// the newest one of the store.
    async fn take(&self, intake: &Intake) -> Result<()>;
}
