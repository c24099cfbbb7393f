//! Answers on standard output: tables for people, JSON objects with a `schema` for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// One object
    Json,
    /// One object a line; of a list, one for each of its items
    Jsonl,
}

/// An answer's fields beside the name of their schema.
#[derive(Serialize)]
struct Tagged<'a, T: Serialize> {
    schema: &'a str,
    #[serde(flatten)]
    answer: &'a T,
}

/// A list as one object.
#[derive(Serialize)]
struct Listed<'a, T: Serialize> {
    schema: &'a str,
    items: &'a [T],
}

/// Where answers go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
}

impl Output {
    /// Answers in the given format.
    pub(crate) const fn new(format: Format) -> Self {
        Self { format }
    }

    /// One answer. The schema is `signal.NAME/1`.
    pub(crate) fn answer<T: Serialize>(
        self,
        name: &str,
        answer: &T,
        table: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Table => text(&table(answer)),
            Format::Json | Format::Jsonl => object(&Tagged { schema: &schema(name), answer }),
        }
    }

    /// A list: one object of schema `signal.NAME.list/1` with `items`, or one `signal.NAME/1` a line.
    pub(crate) fn list<T: Serialize>(
        self,
        name: &str,
        items: &[T],
        table: impl FnOnce(&[T]) -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Table => text(&table(items)),
            Format::Json => object(&Listed { schema: &schema(&format!("{name}.list")), items }),
            Format::Jsonl => {
                let schema = schema(name);
                items.iter().try_for_each(|answer| object(&Tagged { schema: &schema, answer }))
            }
        }
    }
}

fn schema(name: &str) -> String {
    format!("signal.{name}/1")
}

fn object<T: Serialize>(value: &T) -> Result<(), Failure> {
    let mut line = serde_json::to_vec(value).map_err(|error| io::Error::other(error.to_string()))?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    Ok(out.flush()?)
}

/// Text for people; codes for colour are cut where they are not wanted.
pub(crate) fn text(table: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(table.as_bytes())?;
    if !table.is_empty() && !table.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}
