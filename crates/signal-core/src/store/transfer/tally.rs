//! What went by: rows and a digest of each table, to compare two stores by.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Row, Table};
use crate::model::Hash;
use crate::store::{Result, StoreError};

/// Rows counted and hashed by table. Two stores with equal tallies hold the same, byte for byte.
///
/// ```
/// use signal_core::store::transfer::{Row, Table, Tally};
/// let mut tally = Tally::default();
/// tally.add(&Row::State { name: "cursor".to_owned(), value: vec![1] })?;
/// assert_eq!(tally.rows(Table::States), 1);
/// assert_eq!(tally.difference(&Tally::default()), Some(Table::States));
/// # Ok::<(), signal_core::store::StoreError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tally {
    tables: BTreeMap<Table, (u64, Sha256)>,
}

impl Tally {
    /// Takes the next row.
    pub fn add(&mut self, row: &Row) -> Result<()> {
        let bytes = serde_json::to_vec(row).map_err(|error| StoreError::Corrupt {
            doing: "read a store out".to_owned(),
            what: format!("a row of {:?}", row.table()).to_lowercase(),
            reason: error.to_string(),
        })?;
        let (rows, hasher) = self.tables.entry(row.table()).or_default();
        *rows += 1;
        hasher.update(bytes);
        hasher.update(b"\n");
        Ok(())
    }

    /// Rows of a table.
    pub fn rows(&self, table: Table) -> u64 {
        self.tables.get(&table).map_or(0, |(rows, _)| *rows)
    }

    /// Rows in all.
    pub fn total(&self) -> u64 {
        self.tables.values().map(|(rows, _)| rows).sum()
    }

    /// The first table that is not the same in both.
    pub fn difference(&self, other: &Self) -> Option<Table> {
        Table::ALL.into_iter().find(|table| self.digest(*table) != other.digest(*table))
    }

    fn digest(&self, table: Table) -> Option<(u64, Hash)> {
        let (rows, hasher) = self.tables.get(&table)?;
        Some((*rows, Hash::from_bytes(hasher.clone().finalize().into())))
    }
}
