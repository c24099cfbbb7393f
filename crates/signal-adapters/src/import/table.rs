//! Tables as text: a row a line, columns between commas or tabs.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::error::{ImportError, Problem};
use super::lines::Lines;
use super::packed::Text;

/// The longest id of a person, in bytes.
const ID_MAX_BYTES: usize = 128;

/// The rows of a table; blank lines are none. The first row says what stands between the columns:
/// tabs if it has one, else commas, else semicolons.
#[derive(Debug)]
pub(super) struct Table {
    lines: Lines,
    separator: Option<char>,
    /// Whether blanks divide the columns where the first row has neither tabs nor commas.
    blanks: bool,
}

impl Table {
    pub(super) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        Ok(Self::of(Text::plain(path, read)?))
    }

    pub(super) fn of(text: Text) -> Self {
        Self { lines: Lines::of(text), separator: None, blanks: false }
    }

    /// A table whose columns may be divided by single blanks.
    pub(super) fn open_with_blanks(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        Ok(Self { blanks: true, ..Self::open(path, read)? })
    }

    pub(super) fn path(&self) -> &Path {
        self.lines.path()
    }

    /// The line of the row read last.
    pub(super) fn line(&self) -> u64 {
        self.lines.number()
    }

    /// Reads the next row and hands its columns, trimmed, to `parse`.
    pub(super) fn next_row<T>(
        &mut self,
        parse: impl FnOnce(&[Cow<'_, str>]) -> Result<T, Problem>,
    ) -> Result<Option<T>, ImportError> {
        loop {
            let Some(text) = self.lines.next_text()? else {
                return Ok(None);
            };
            if text.trim().is_empty() {
                continue;
            }
            let blanks = self.blanks;
            let separator = *self.separator.get_or_insert_with(|| match text {
                _ if text.contains('\t') => '\t',
                _ if text.contains(';') && !text.contains(',') => ';',
                _ if blanks && !text.contains(',') && text.trim().contains(' ') => ' ',
                _ => ',',
            });
            let text = if separator == ' ' { text.trim() } else { text };
            return parse(&columns(text, separator)).map(Some).map_err(|problem| self.lines.error(problem));
        }
    }
}

/// The columns of one line. A column is quoted when a quote opens it and another ends it, so that
/// `"Weird Al" Yankovic` keeps its quotes; a doubled quote inside stands for one.
fn columns(line: &str, separator: char) -> Vec<Cow<'_, str>> {
    let mut columns = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (column, after) = quoted(text, separator).unwrap_or_else(|| match text.split_once(separator) {
            Some((column, after)) => (Cow::Borrowed(column.trim()), Some(after)),
            None => (Cow::Borrowed(text.trim()), None),
        });
        columns.push(column);
        rest = after;
    }
    columns
}

/// A quoted column at the start of `text`, and what follows its separator.
fn quoted(text: &str, separator: char) -> Option<(Cow<'_, str>, Option<&str>)> {
    let mut rest = text.trim_start_matches(' ').strip_prefix('"')?;
    let mut column = String::new();
    loop {
        let (inside, after) = rest.split_once('"')?;
        column.push_str(inside);
        if let Some(after) = after.strip_prefix('"') {
            column.push('"');
            rest = after;
            continue;
        }
        let column = Cow::Owned(column.trim().to_owned());
        let after = after.trim_start_matches(' ');
        return if after.is_empty() {
            Some((column, None))
        } else {
            Some((column, Some(after.strip_prefix(separator)?)))
        };
    }
}

/// An id as it stands in the column `what`.
pub(super) fn id(what: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        Err(Problem::new(format!("{what} is empty")))
    } else if text.len() > ID_MAX_BYTES {
        Err(Problem::new(format!("{what} is longer than {ID_MAX_BYTES} bytes")))
    } else if text.chars().any(char::is_control) {
        Err(Problem::new(format!("{what} holds a control character")))
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_count_only_around_a_whole_column() {
        assert_eq!(columns("a, b ,c", ','), ["a", "b", "c"]);
        assert_eq!(columns(r#"a,"Crosby, Stills",3"#, ','), ["a", "Crosby, Stills", "3"]);
        assert_eq!(columns(r#""say ""x""" ,2"#, ','), [r#"say "x""#, "2"]);
        assert_eq!(columns("\"Weird Al\" Yankovic\t2", '\t'), ["\"Weird Al\" Yankovic", "2"]);
        assert_eq!(columns("\"open,2", ','), ["\"open", "2"]);
        assert_eq!(columns("a,,", ','), ["a", "", ""]);
    }

    #[test]
    fn ids_are_trimmed_and_bounded() {
        assert_eq!(id("from", " ana ").map_err(|p| p.what), Ok("ana".to_owned()));
        for (wrong, what) in [
            (" ".to_owned(), "from is empty"),
            ("x".repeat(129), "from is longer than 128 bytes"),
            ("a\u{0}b".to_owned(), "from holds a control character"),
        ] {
            assert_eq!(id("from", &wrong).map_err(|p| p.what), Err(what.to_owned()));
        }
    }
}
