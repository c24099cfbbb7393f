//! The rows of backups that were written before are read, and written the same.

use signal_core::store::transfer::{ROW_VERSION, Row, Table};

/// A row of every kind, as version 1 wrote it.
const FIRST: &str = include_str!("rows/version-1.jsonl");

#[test]
fn rows_of_the_first_version_are_read() {
    let lines: Vec<&str> = FIRST.lines().collect();
    let rows: Vec<Row> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect();
    for table in Table::ALL {
        assert!(rows.iter().any(|row| row.table() == table), "no row of {table:?}");
    }
    assert!(rows.is_sorted_by_key(Row::table), "in the order of a dump");
    assert_eq!(ROW_VERSION, 1, "a newer version has a file of its own");
    for (line, row) in lines.iter().zip(&rows) {
        assert_eq!(serde_json::to_string(row).expect("serialises"), *line);
    }
}
