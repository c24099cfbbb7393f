//! Graphs without weights, and lists of labels: for evaluations that look at all rows at once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::edges::{PAIRS_MAX, PEOPLE_MAX};
use super::error::{ImportError, Problem, excerpt};
use super::lines::Lines;
use super::table::id;

/// People and links between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkList {
    /// People's names in the order in which the file first names them.
    pub names: Vec<String>,
    /// Rows in the order of the file, between places in `names`.
    pub pairs: Vec<(u32, u32)>,
}

/// What the columns of a file of links or labels are called where its first row names them.
const HEADINGS: [&str; 24] = [
    "dst", "followed", "followee", "follower", "friend", "friendid", "from", "id1", "id2", "label", "node1",
    "node2", "source", "src", "target", "to", "trustee", "truster", "trustor", "user", "user1", "user2",
    "userid", "weight",
];

/// Reads the first two columns, between spaces, commas or tabs, as links without direction; what stands behind them is
/// ignored, and so are empty lines, those that begin with `#`, and a first row that names the columns.
///
/// At most ten million people and a hundred million rows.
pub fn link_list(path: &Path) -> Result<LinkList, ImportError> {
    let mut lines = Lines::open(path, &Arc::default())?;
    let mut list = LinkList::default();
    let mut numbers: HashMap<String, u32> = HashMap::new();
    while let Some(line) = lines.next_text()? {
        let columns = match columns(line) {
            [None, ..] => continue,
            [Some(from), Some(to)] => id("from", from).and_then(|from| Ok((from, id("to", to)?))),
            [Some(only), None] => {
                let problem = Problem::new(format!("{} is linked to nobody", excerpt(only)));
                Err(problem.with_hint("a row is FROM TO, between spaces, commas or tabs"))
            }
        };
        let (from, to) = columns.map_err(|problem| lines.error(problem))?;
        let mut number = |name: String| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(name).or_insert_with_key(|name| {
                list.names.push(name.clone());
                next
            })
        };
        let pair = (number(from), number(to));
        list.pairs.push(pair);
        if numbers.len() > PEOPLE_MAX || list.pairs.len() > PAIRS_MAX {
            let what = format!("more than {PEOPLE_MAX} people or {PAIRS_MAX} rows");
            return Err(lines.error(Problem::new(what).with_hint("evaluate a part of it")));
        }
    }
    Ok(list.without_headings())
}

/// Reads `user,label` rows, where a label is a number: above 0 for trustworthy, below 0 for fraudulent. Of a user who
/// comes twice the last row holds. A first row that names the columns is passed over.
///
/// At most ten million users.
pub fn trust_labels(path: &Path) -> Result<HashMap<String, bool>, ImportError> {
    let mut lines = Lines::open(path, &Arc::default())?;
    let mut labels = HashMap::new();
    let mut begun = false;
    while let Some(line) = lines.next_text()? {
        let [Some(user), label] = columns(line) else { continue };
        let first = !std::mem::replace(&mut begun, true);
        if first && is_heading(user) && label.is_some_and(is_heading) {
            continue;
        }
        let row = id("user", user).and_then(|user| Ok((user, kind(label.unwrap_or(""))?)));
        let (user, trustworthy) = row.map_err(|problem| lines.error(problem))?;
        labels.insert(user, trustworthy);
        if labels.len() > PEOPLE_MAX {
            return Err(lines.error(Problem::new(format!("more than {PEOPLE_MAX} users"))));
        }
    }
    Ok(labels)
}

fn kind(label: &str) -> Result<bool, Problem> {
    match label.parse::<f64>() {
        Ok(number) if number > 0.0 => Ok(true),
        Ok(number) if number < 0.0 => Ok(false),
        _ => Err(Problem::new(format!("label {} is neither above nor below 0", excerpt(label)))
            .with_hint("a row is USER,+1 for the trustworthy and USER,-1 for the fraudulent")),
    }
}

/// The first two columns of a line, if it is no comment.
fn columns(line: &str) -> [Option<&str>; 2] {
    let line = line.trim();
    if line.starts_with('#') {
        return [None, None];
    }
    let mut columns = line.split(|c: char| c == ',' || c.is_whitespace()).filter(|column| !column.is_empty());
    [columns.next(), columns.next()]
}

impl LinkList {
    /// Takes a first row away that names the columns: no other row may name what would be people then.
    fn without_headings(mut self) -> Self {
        let [first, second, ..] = self.names.as_slice() else {
            return self;
        };
        let others = self.pairs.get(1..).unwrap_or(&[]);
        let alone = !others.iter().any(|(from, to)| *from < 2 || *to < 2);
        if self.pairs.first() != Some(&(0, 1)) || !alone || !is_heading(first) || !is_heading(second) {
            return self;
        }
        self.pairs = others.iter().map(|(from, to)| (from - 2, to - 2)).collect();
        self.names.drain(..2);
        self
    }
}

fn is_heading(column: &str) -> bool {
    let plain = column.trim_matches('"').replace('_', "").to_ascii_lowercase();
    HEADINGS.binary_search(&plain.as_str()).is_ok()
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
    fn links_between_spaces_commas_or_tabs() {
        let list = link_list(file("# from to\n0 1\n\n1,2,0.5\n2\t0\r\n").path()).expect("reads");
        assert_eq!(list.names, ["0", "1", "2"]);
        assert_eq!(list.pairs, [(0, 1), (1, 2), (2, 0)]);
        for header in ["source,target\n", "\n# made by hand\nFrom To\n", "\"user_id\"\tfriend_id\n"] {
            let list = link_list(file(&format!("{header}ann bob\n")).path()).expect("reads");
            assert_eq!(list.names, ["ann", "bob"], "{header}");
        }
        // Words are people too: where they are linked to others, and below the first row.
        let list = link_list(file("user1 user2\nuser2 user3\n").path()).expect("reads");
        assert_eq!((list.names.len(), list.pairs.len()), (3, 2));
        let list = link_list(file("ann to\nfrom to\n").path()).expect("reads");
        assert_eq!(list.names, ["ann", "to", "from"]);
        let error = link_list(file("0 1\n7\n").path()).expect_err("one column").to_string();
        assert!(error.ends_with("line 2: \"7\" is linked to nobody"), "{error}");
    }

    #[test]
    fn labels_are_above_or_below_zero() {
        let labels = trust_labels(file("3,+1\n4,-1\n4,1\n").path()).expect("reads");
        assert_eq!(labels, std::collections::HashMap::from([("3".to_owned(), true), ("4".to_owned(), true)]));
        let labels = trust_labels(file("user,label\n3,+1\n").path()).expect("reads");
        assert_eq!(labels.len(), 1);
        for wrong in ["3,0\n", "3,nan\n", "3\n", "3,good\n"] {
            assert!(trust_labels(file(wrong).path()).is_err(), "{wrong}");
        }
    }
}
