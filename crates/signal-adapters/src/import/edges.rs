//! Edge lists: `from,to,weight[,time]`.
//!
//! A pair may stand in many rows; the one with the newest time holds, and among equals the last. So that
//! a newest row that says "no trust" is not beaten by an older one, which rows hold is found in a first
//! reading, with one small entry a pair in memory; a second reading gives the records.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use signal_core::model::{Timestamp, TrustWeight};
use signal_core::platform::ImportRecord;

use super::Source;
use super::error::{ImportError, Problem, excerpt};
use super::item::{ImportItem, Skip, reason};
use super::table::{Table, id};

/// The columns; the last one may be missing.
const COLUMNS: [&str; 4] = ["from", "to", "weight", "time"];
pub(super) const EXPECTED: &str = "expected from,to,weight[,time]";

/// The most people and the most pairs of people in one list.
pub(super) const PEOPLE_MAX: usize = 10_000_000;
pub(super) const PAIRS_MAX: usize = 100_000_000;

/// The edges that hold, in the order of the file.
#[derive(Debug)]
pub(super) struct Edges {
    rows: Rows,
    replaced: Arc<HashSet<u64>>,
}

impl Edges {
    pub(super) fn open(
        path: &Path,
        scale: f64,
        replaced: Arc<HashSet<u64>>,
        read: &Arc<AtomicU64>,
    ) -> Result<Self, ImportError> {
        Ok(Self { rows: Rows::open(path, scale, read)?, replaced })
    }

    fn record(&self, row: Row) -> Result<ImportRecord, Skip> {
        if row.weight < 0.0 {
            return Err(Skip(reason::DISTRUST));
        }
        // What is not above 0 has no weight, and 0 is all that is left.
        let weight = TrustWeight::from_fraction(row.weight).map_err(|_| Skip(reason::NO_TRUST))?;
        if row.from == row.to {
            return Err(Skip(reason::TRUST_IN_ONESELF));
        }
        if self.replaced.contains(&self.rows.table.line()) {
            return Err(Skip(reason::REPLACED));
        }
        Ok(ImportRecord::Trust { from: row.from, to: row.to, weight: Some(weight), mutual: false })
    }
}

impl Source for Edges {
    fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError> {
        let row = self.rows.next_row()?;
        Ok(row.map(|row| self.record(row).into()))
    }
}

/// The lines whose rows a newer row about the same pair replaces.
pub(super) fn replaced(path: &Path, scale: f64) -> Result<HashSet<u64>, ImportError> {
    let mut rows = Rows::open(path, scale, &Arc::default())?;
    let mut people: HashMap<String, usize> = HashMap::new();
    let mut newest: HashMap<(usize, usize), (Option<Timestamp>, u64)> = HashMap::new();
    let mut replaced = HashSet::new();
    while let Some(row) = rows.next_row()? {
        let line = rows.table.line();
        let mut number = |person: String| {
            let next = people.len();
            *people.entry(person).or_insert(next)
        };
        match newest.entry((number(row.from), number(row.to))) {
            Entry::Vacant(entry) => {
                entry.insert((row.time, line));
            }
            Entry::Occupied(mut entry) if row.time >= entry.get().0 => {
                replaced.insert(entry.insert((row.time, line)).1);
            }
            Entry::Occupied(_) => {
                replaced.insert(line);
            }
        }
        if people.len() > PEOPLE_MAX || newest.len() > PAIRS_MAX {
            let what = format!("more than {PEOPLE_MAX} people or {PAIRS_MAX} pairs");
            return Err(Problem::new(what).with_hint("import it in parts").at(path, line));
        }
    }
    Ok(replaced)
}

/// One row. The weight is as written until [`Rows::next_row`] has divided it by the scale.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) weight: f64,
    pub(super) time: Option<Timestamp>,
}

/// The rows under the header, if there is one.
#[derive(Debug)]
pub(super) struct Rows {
    table: Table,
    scale: f64,
    at_start: bool,
}

impl Rows {
    pub(super) fn open(path: &Path, scale: f64, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        Ok(Self { table: Table::open(path, read)?, scale, at_start: true })
    }

    fn next_row(&mut self) -> Result<Option<Row>, ImportError> {
        let Some(row) = self.next_as_written()? else {
            return Ok(None);
        };
        let weight = row.weight / self.scale;
        // Not a number is in no range.
        if weight.is_finite() && weight <= 1.0 {
            Ok(Some(Row { weight, ..row }))
        } else {
            Err(self.out_of_range(row.weight))
        }
    }

    /// The line of the row that was read last.
    pub(super) fn line(&self) -> u64 {
        self.table.line()
    }

    /// The next row, its weight as the file has it.
    pub(super) fn next_as_written(&mut self) -> Result<Option<Row>, ImportError> {
        if std::mem::take(&mut self.at_start) {
            let first = self.table.next_row(|columns| {
                if is_header(columns) { in_order(columns).map(|()| None) } else { edge(columns).map(Some) }
            })?;
            match first {
                None => return Ok(None),
                Some(Some(row)) => return Ok(Some(row)),
                Some(None) => {}
            }
        }
        self.table.next_row(edge)
    }

    /// The error about a weight that the scale does not bring to at most 1. Its hint names the scale that
    /// would do for the whole list, so what is left of it is read for the largest weight.
    fn out_of_range(&mut self, weight: f64) -> ImportError {
        let line = self.table.line();
        let problem = Problem::new(format!("weight {weight} is not in (0, {}]", self.scale));
        if !weight.is_finite() {
            let hint = "a weight is a number above 0, as large as --scale at most (1 without it)";
            return problem.with_hint(hint).at(self.table.path(), line);
        }
        let mut largest = weight;
        while let Ok(Some(other)) = self.table.next_row(|columns| Ok(number(columns))) {
            largest = other.filter(|other| other.is_finite()).map_or(largest, |other| largest.max(other));
        }
        problem.with_hint(format!("--scale {largest}")).at(self.table.path(), line)
    }
}

/// Whether a first row names the columns: a word stands where the weight should.
pub(super) fn is_header(columns: &[Cow<'_, str>]) -> bool {
    let word = |text: &str| text.starts_with(char::is_alphabetic) && text.parse::<f64>().is_err();
    is_row(columns) && columns.get(2).is_some_and(|weight| word(weight))
}

/// Whether a row has as many columns as an edge.
pub(super) fn is_row(columns: &[Cow<'_, str>]) -> bool {
    (3..=4).contains(&columns.len())
}

/// Whether a header has the very names of the columns.
pub(super) fn names_columns(columns: &[Cow<'_, str>]) -> bool {
    is_row(columns) && columns.iter().zip(COLUMNS).all(|(column, name)| column.eq_ignore_ascii_case(name))
}

/// The weight of a row, where there is a number.
pub(super) fn number(columns: &[Cow<'_, str>]) -> Option<f64> {
    columns.get(2)?.parse().ok()
}

/// A header may call the columns what it likes, but not `to` what is `from`.
fn in_order(header: &[Cow<'_, str>]) -> Result<(), Problem> {
    let elsewhere = |(at, column): (usize, &Cow<'_, str>)| {
        COLUMNS.iter().position(|name| column.eq_ignore_ascii_case(name)).is_some_and(|place| place != at)
    };
    if header.iter().enumerate().any(elsewhere) { Err(Problem::new(EXPECTED)) } else { Ok(()) }
}

fn edge(columns: &[Cow<'_, str>]) -> Result<Row, Problem> {
    let (from, to, weight, time) = match columns {
        [from, to, weight] => (from, to, weight, None),
        [from, to, weight, time] => (from, to, weight, Some(time)),
        _ => return Err(Problem::new(EXPECTED)),
    };
    Ok(Row {
        from: id("from", from)?,
        to: id("to", to)?,
        weight: weight
            .parse()
            .map_err(|_| Problem::new(format!("weight {} is not a number", excerpt(weight))))?,
        time: time.filter(|time| !time.is_empty()).map(|time| instant(time)).transpose()?,
    })
}

/// A time as seconds since 1970, as a date, or as RFC 3339.
fn instant(text: &str) -> Result<Timestamp, Problem> {
    if let Ok(seconds) = text.parse::<f64>()
        && seconds.is_finite()
    {
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        return Ok(Timestamp::from_micros((seconds * 1e6).round() as i64));
    }
    text.parse().map_err(|_| Problem::new(format!("time {} is not a time", excerpt(text))))
}
