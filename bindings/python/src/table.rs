//! Tables of plays and of trust, as records that the engine imports.
//!
//! A whole table is read and checked before anything is written. What cannot be meant is an error that names the row,
//! counted from 0; what says nothing (no plays, no trust) is left out and counted.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchReader, StringArray};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType};
use signal_core::engine::Imported;
use signal_core::model::TrustWeight;
use signal_core::platform::{ImportRecord, ImportedArtist};

use crate::failure::Failure;

/// The most plays one row can have, as in files.
const PLAYS_MAX: i64 = u32::MAX as i64;

/// A table on its way in.
pub(crate) type Reader = Box<dyn RecordBatchReader + Send>;

/// The rows of a table with the columns `user`, `artist` and `plays`.
pub(crate) fn plays(table: Reader) -> Result<Vec<Imported>, Failure> {
    rows(table, |batch, start, records| {
        let (users, artists) = (names(batch, "user")?, names(batch, "artist")?);
        let plays = whole_numbers(batch, "plays", start)?;
        for row in 0..batch.num_rows() {
            let at = start + row;
            let person = name(&users, row).ok_or_else(|| wrong("user", at, "is missing"))?;
            let count = valid(&plays, row)
                .map(|()| plays.value(row))
                .ok_or_else(|| wrong("plays", at, "is missing"))?;
            if !(0..=PLAYS_MAX).contains(&count) {
                return Err(wrong("plays", at, &format!("{count} is not a number from 0 to {PLAYS_MAX}")));
            }
            let artist = name(&artists, row).map(str::trim).filter(|artist| !artist.is_empty());
            records.push(match (artist, u64::try_from(count).unwrap_or(0)) {
                (None, _) => Imported::Skipped("nothing named"),
                (_, 0) => Imported::Skipped("no plays"),
                (Some(artist), plays) => Imported::Record(ImportRecord::ArtistPlays {
                    person: Some(person.to_owned()),
                    artist: ImportedArtist { id: None, name: artist.to_owned() },
                    plays,
                }),
            });
        }
        Ok(())
    })
}

/// The rows of a table with the columns `from`, `to` and `weight`; weights are divided by `scale`.
pub(crate) fn trust(table: Reader, scale: f64) -> Result<Vec<Imported>, Failure> {
    if !(scale.is_finite() && scale > 0.0) {
        return Err(Failure::Invalid(format!("scale: {scale} is not a number above 0")));
    }
    rows(table, |batch, start, records| {
        let (from, to) = (names(batch, "from")?, names(batch, "to")?);
        let weights = numbers(batch, "weight")?;
        for row in 0..batch.num_rows() {
            let at = start + row;
            let from = name(&from, row).ok_or_else(|| wrong("from", at, "is missing"))?;
            let to = name(&to, row).ok_or_else(|| wrong("to", at, "is missing"))?;
            let written = valid(&weights, row)
                .map(|()| weights.value(row))
                .ok_or_else(|| wrong("weight", at, "is missing"))?;
            let weight = written / scale;
            if !weight.is_finite() || weight > 1.0 {
                return Err(wrong(
                    "weight",
                    at,
                    &format!("{written} is not a number up to {scale} (see scale=)"),
                ));
            }
            records.push(match TrustWeight::from_fraction(weight) {
                _ if weight < 0.0 => Imported::Skipped("distrust (negative weight)"),
                Err(_) => Imported::Skipped("no trust (weight 0)"),
                Ok(_) if from == to => Imported::Skipped("trust in oneself"),
                Ok(weight) => Imported::Record(ImportRecord::Trust {
                    from: from.to_owned(),
                    to: to.to_owned(),
                    weight: Some(weight),
                    mutual: false,
                }),
            });
        }
        Ok(())
    })
}

/// Reads batch by batch; `read` learns the number of the batch's first row.
fn rows(
    table: Reader,
    mut read: impl FnMut(&RecordBatch, usize, &mut Vec<Imported>) -> Result<(), Failure>,
) -> Result<Vec<Imported>, Failure> {
    let mut records = Vec::new();
    let mut start = 0;
    for batch in table {
        let batch = batch.map_err(|error| Failure::Invalid(format!("the table cannot be read: {error}")))?;
        read(&batch, start, &mut records)?;
        start += batch.num_rows();
    }
    Ok(records)
}

/// A column of names: text, or whole numbers that serve as names.
fn names(batch: &RecordBatch, column: &str) -> Result<StringArray, Failure> {
    let found = find(batch, column)?;
    let kind = match found.data_type() {
        DataType::Dictionary(_, values) => values.as_ref().clone(),
        kind => kind.clone(),
    };
    let text = matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null);
    if !(text || kind.is_integer()) {
        return Err(unreadable(column, &format!("{kind} is neither text nor whole numbers")));
    }
    let cast = cast(&found, &DataType::Utf8).map_err(|error| unreadable(column, &error.to_string()))?;
    Ok(cast.as_string::<i32>().clone())
}

/// A column of whole numbers; floats are taken where nothing stands behind the point.
fn whole_numbers(batch: &RecordBatch, column: &str, start: usize) -> Result<Int64Array, Failure> {
    let found = find(batch, column)?;
    let kind = found.data_type();
    if !(kind.is_numeric() || kind.is_null()) {
        return Err(unreadable(column, &format!("{kind} is not a kind of number")));
    }
    let cast = cast(&found, &DataType::Int64).map_err(|error| unreadable(column, &error.to_string()))?;
    let whole = cast.as_primitive::<Int64Type>().clone();
    let back = numbers(batch, column)?;
    let lost = |row: usize| (back.value(row) - whole.value(row) as f64).abs() > 0.0;
    match (0..whole.len()).find(|row| whole.is_valid(*row) && lost(*row)) {
        Some(row) => Err(wrong(column, start + row, &format!("{} is not a whole number", back.value(row)))),
        None => Ok(whole),
    }
}

/// A column of numbers.
fn numbers(batch: &RecordBatch, column: &str) -> Result<Float64Array, Failure> {
    let found = find(batch, column)?;
    let kind = found.data_type();
    if !(kind.is_numeric() || kind.is_null()) {
        return Err(unreadable(column, &format!("{kind} is not a kind of number")));
    }
    let cast = cast(&found, &DataType::Float64).map_err(|error| unreadable(column, &error.to_string()))?;
    Ok(cast.as_primitive::<Float64Type>().clone())
}

fn find(batch: &RecordBatch, column: &str) -> Result<ArrayRef, Failure> {
    batch.column_by_name(column).cloned().ok_or_else(|| {
        let schema = batch.schema();
        let there: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        Failure::Invalid(format!("the table has no column {column:?} (there are {})", there.join(", ")))
    })
}

/// A cast that fails rather than losing a value.
fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() })
}

fn name(names: &StringArray, row: usize) -> Option<&str> {
    names.is_valid(row).then(|| names.value(row))
}

fn valid(array: &dyn Array, row: usize) -> Option<()> {
    array.is_valid(row).then_some(())
}

fn wrong(column: &str, row: usize, what: &str) -> Failure {
    Failure::Invalid(format!("row {row}: {column} {what}"))
}

fn unreadable(column: &str, reason: &str) -> Failure {
    Failure::Invalid(format!("column {column:?}: {reason}"))
}
