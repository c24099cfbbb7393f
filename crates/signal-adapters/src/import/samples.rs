//! Plays, trust and tags of data sets, as numbers: for evaluations that look at all rows at once.
//!
//! Rows stand a line each, their columns between tabs, commas or single blanks; the first row may name the columns.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::error::{ImportError, Problem, excerpt};
use super::hetrec::{TAGGED, TAGS, names};
use super::table::{Table, id};

/// The most rows of a sample, and the most names.
const ROWS_MAX: usize = 100_000_000;
const NAMES_MAX: usize = 10_000_000;

/// What people play: `user item weight`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlaysSample {
    /// People's names in the order of the file.
    pub people: Vec<String>,
    /// The names of what they play.
    pub items: Vec<String>,
    /// Rows between places of both lists, with weights above 0.
    pub rows: Vec<(u32, u32, f64)>,
}

/// Who trusts whom: `from to [weight]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustSample {
    /// Rows by name, those whose weight is above 0.
    pub rows: Vec<(String, String)>,
}

/// What is said of items.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TagsSample {
    /// Item, tag, and how often it was said.
    pub rows: Vec<(String, String, f64)>,
}

/// Reads `user item weight`; without a weight each row counts 1, and rows whose weight is not above 0 are left out.
pub fn plays_sample(path: &Path) -> Result<PlaysSample, ImportError> {
    let (mut people, mut items) = (Numbers::default(), Numbers::default());
    let mut rows = Vec::new();
    read(path, "user item weight", |columns| {
        let (user, item) = (id("user", column(columns, 0))?, id("item", column(columns, 1))?);
        let weight = weight(columns)?;
        if weight > 0.0 {
            rows.push((people.of(user)?, items.of(item)?, weight));
        }
        Ok(())
    })?;
    Ok(PlaysSample { people: people.names, items: items.names, rows })
}

/// Reads `from to [weight]`; rows whose weight is not above 0 are left out.
pub fn trust_sample(path: &Path) -> Result<TrustSample, ImportError> {
    let mut rows = Vec::new();
    read(path, "from to [weight]", |columns| {
        let row = (id("from", column(columns, 0))?, id("to", column(columns, 1))?);
        if weight(columns)? > 0.0 {
            rows.push(row);
        }
        Ok(())
    })?;
    Ok(TrustSample { rows })
}

/// Reads `item tag [weight]`, or `HetRec`'s `userID artistID tagID` with the names of its tags in `tags.dat` beside it.
pub fn tags_sample(path: &Path) -> Result<TagsSample, ImportError> {
    let mut first = true;
    let mut hetrec = false;
    let mut rows = Vec::new();
    let mut known: Option<HashMap<String, String>> = None;
    let mut table = Table::open_with_blanks(path, &Arc::default())?;
    loop {
        let at_start = std::mem::take(&mut first);
        let row = table.next_row(|columns| {
            if at_start
                && columns.iter().zip(TAGGED.columns).filter(|(x, y)| x == y).count() == TAGGED.columns.len()
            {
                hetrec = true;
                return Ok(None);
            }
            if at_start && !hetrec && is_header(columns) {
                return Ok(None);
            }
            let (item, tag) = if hetrec { (1, 2) } else { (0, 1) };
            let said = if hetrec { 1.0 } else { weight(columns)? };
            Ok(Some((id("item", column(columns, item))?, column(columns, tag).to_owned(), said)))
        })?;
        let Some(row) = row else { break };
        if hetrec && known.is_none() {
            let folder = path.parent().unwrap_or(Path::new("."));
            known = Some(names(folder, TAGS, &Arc::default())?);
        }
        let Some((item, tag, said)) = row else { continue };
        let tag = match &known {
            Some(names) => names.get(&tag).cloned().unwrap_or_default(),
            None => tag,
        };
        if !tag.is_empty() && said > 0.0 {
            rows.push((item, tag, said));
        }
        if rows.len() > ROWS_MAX {
            return Err(too_many().at(path, table.line()));
        }
    }
    Ok(TagsSample { rows })
}

/// Reads all rows after the header, if there is one.
fn read(
    path: &Path,
    expected: &str,
    mut take: impl FnMut(&[Cow<'_, str>]) -> Result<(), Problem>,
) -> Result<(), ImportError> {
    let mut table = Table::open_with_blanks(path, &Arc::default())?;
    let mut count = 0;
    loop {
        let at_start = count == 0;
        let row = table.next_row(|columns| {
            if columns.len() < 2 {
                return Err(Problem::new(format!("expected {expected}")));
            }
            if at_start && is_header(columns) { Ok(()) } else { take(columns) }
        })?;
        if row.is_none() {
            return Ok(());
        }
        count += 1;
        if count > ROWS_MAX {
            return Err(too_many().at(path, table.line()));
        }
    }
}

/// Whether a first row names its columns.
fn is_header(columns: &[Cow<'_, str>]) -> bool {
    const NAMES: &str = " user userid user_id item itemid item_id artist artistid artist_id track tag weight plays \
        rating from to source target friend friendid friend_id truster trustee trustor ";
    columns.iter().take(2).all(|column| NAMES.contains(&format!(" {} ", column.to_ascii_lowercase())))
}

fn column<'a>(columns: &'a [Cow<'_, str>], place: usize) -> &'a str {
    columns.get(place).map_or("", |text| text.as_ref())
}

/// The third column, 1 where there is none.
fn weight(columns: &[Cow<'_, str>]) -> Result<f64, Problem> {
    let Some(text) = columns.get(2).filter(|text| !text.is_empty()) else {
        return Ok(1.0);
    };
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| {
        Problem::new(format!("weight {} is not a number", excerpt(text)))
            .with_hint("the third column is a weight")
    })
}

fn too_many() -> Problem {
    Problem::new(format!("more than {NAMES_MAX} names or {ROWS_MAX} rows")).with_hint("evaluate a part of it")
}

/// Names by number, in the order in which they come.
#[derive(Default)]
struct Numbers {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Numbers {
    fn of(&mut self, name: String) -> Result<u32, Problem> {
        if let Some(number) = self.numbers.get(&name) {
            return Ok(*number);
        }
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        if self.names.len() >= NAMES_MAX {
            return Err(too_many());
        }
        self.names.push(name.clone());
        self.numbers.insert(name, next);
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("writes");
        file
    }

    #[test]
    fn plays_come_between_tabs_commas_or_blanks() {
        let expected = PlaysSample {
            people: vec!["a".into(), "b".into()],
            items: vec!["x".into(), "y".into()],
            rows: vec![(0, 0, 3.5), (1, 0, 1.0), (1, 1, 2.0)],
        };
        for text in [
            "userID\tartistID\tweight\na\tx\t3.5\nb\tx\t1\nb\ty\t2\n",
            "a,x,3.5\nb,x\nb,y,2\nb,z,0",
            "a x 3.5 \nb x 1\n\nb y 2",
        ] {
            assert_eq!(plays_sample(file(text).path()).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn trust_needs_no_weight() {
        let rows = |text: &str| trust_sample(file(text).path()).expect("reads").rows;
        let edge = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(rows("userID\tfriendID\n2\t3\n3\t2\n"), [edge("2", "3"), edge("3", "2")]);
        assert_eq!(rows("2 3 1\n3 4 -1\n"), [edge("2", "3")]);
    }

    #[test]
    fn tags_are_words_or_hetrecs_numbers() {
        let tags = tags_sample(file("item,tag,weight\nx,hip hop,3\ny,dub\n").path()).expect("reads").rows;
        assert_eq!(tags, [("x".into(), "hip hop".into(), 3.0), ("y".into(), "dub".to_owned(), 1.0)]);
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writes");
        write("tags.dat", "tagID\ttagValue\n1\tmetal\n");
        write(
            "said.dat",
            "userID\tartistID\ttagID\tday\tmonth\tyear\n7\t52\t1\t1\t4\t2009\n7\t52\t9\t1\t4\t2009\n",
        );
        let tags = tags_sample(&folder.path().join("said.dat")).expect("reads").rows;
        assert_eq!(tags, [("52".into(), "metal".to_owned(), 1.0)]);
    }

    #[test]
    fn what_is_no_number_is_named_with_its_line() {
        let error = plays_sample(file("a,x,1\nb,x,much\n").path()).expect_err("no number").to_string();
        assert!(error.ends_with("line 2: weight \"much\" is not a number"), "{error}");
        let error = trust_sample(file("lonely\n").path()).expect_err("one column").to_string();
        assert!(error.ends_with("line 1: expected from to [weight]"), "{error}");
    }
}
