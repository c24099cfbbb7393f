//! Plays and trust as a whole: for evaluations that look at all rows at once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use signal_core::taste::recommend::Listening;

use super::edges::{PAIRS_MAX, PEOPLE_MAX};
use super::error::{ImportError, Problem, excerpt};
use super::table::{Table, id};

/// What the first column of a header without weights may begin with, in small letters.
const HEADERS: [&str; 6] = ["user", "from", "source", "src", "follower", "trustor"];

/// The largest weight that is taken; larger ones count as this.
const WEIGHT_MAX: f64 = 1e6;

/// Reads who plays whom from `user,artist[,weight]`, and who trusts whom from `from,to[,weight]`, between commas or tabs,
/// with a header or without. Without a weight it is 1; rows whose weight is not above 0 are left out. People who only
/// trust or are trusted, and play nothing, are left out too.
///
/// At most ten million people, as many artists, and a hundred million rows a file.
pub fn listening(plays: &Path, trust: Option<&Path>) -> Result<Listening, ImportError> {
    let (mut users, mut items) = (Numbers::default(), Numbers::default());
    let mut listening = Listening::default();
    read(plays, ["user", "artist"], |user, artist, _| {
        let play = (users.number(user), items.number(artist));
        listening.plays.push(play);
        users.len().max(items.len())
    })?;
    if let Some(trust) = trust {
        read(trust, ["from", "to"], |from, to, weight| {
            if let (Some(from), Some(to)) = (users.known(&from), users.known(&to)) {
                listening.trust.push((from, to, weight));
            }
            0
        })?;
    }
    (listening.users, listening.items) = (users.names, items.names);
    Ok(listening)
}

/// Names in the order in which they were first met.
#[derive(Debug, Default)]
struct Numbers {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Numbers {
    fn number(&mut self, name: String) -> u32 {
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            next
        })
    }

    fn known(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    fn len(&self) -> usize {
        self.names.len()
    }
}

/// Hands each row of weight to `take`, which says how many different names there are by then.
fn read(
    path: &Path,
    columns: [&str; 2],
    mut take: impl FnMut(String, String, f32) -> usize,
) -> Result<(), ImportError> {
    let mut table = Table::open(path, &Arc::default())?;
    let mut rows = 0;
    while let Some(row) = table.next_row(|cells| {
        if rows == 0 && is_header(cells) { Ok(None) } else { parse(cells, columns).map(Some) }
    })? {
        rows += 1;
        let Some((from, to, weight)) = row.filter(|row| row.2 > 0.0) else { continue };
        let names = take(from, to, weight);
        if rows > PAIRS_MAX || names > PEOPLE_MAX {
            let what = format!("more than {PAIRS_MAX} rows or {PEOPLE_MAX} names");
            return Err(Problem::new(what).with_hint("evaluate a part of it").at(path, table.line()));
        }
    }
    Ok(())
}

fn is_header(cells: &[Cow<'_, str>]) -> bool {
    match cells {
        [first, _] => {
            let first = first.to_lowercase();
            HEADERS
                .iter()
                .any(|header| first.starts_with(header) && !first.contains(|c: char| c.is_ascii_digit()))
        }
        [_, _, weight] => weight.starts_with(char::is_alphabetic) && weight.parse::<f64>().is_err(),
        _ => false,
    }
}

fn parse(cells: &[Cow<'_, str>], [first, second]: [&str; 2]) -> Result<(String, String, f32), Problem> {
    let (from, to, weight) = match cells {
        [from, to] => (from, to, None),
        [from, to, weight] => (from, to, Some(weight)),
        _ => {
            return Err(Problem::new(format!("expected {first},{second}[,weight]"))
                .with_hint("columns stand between commas or tabs"));
        }
    };
    let weight = match weight {
        None => 1.0,
        Some(text) => text
            .parse::<f64>()
            .ok()
            .filter(|weight| weight.is_finite())
            .ok_or_else(|| Problem::new(format!("weight {} is not a number", excerpt(text))))?,
    };
    #[expect(clippy::cast_possible_truncation, reason = "weights are single-precision")]
    let weight = weight.clamp(0.0, WEIGHT_MAX) as f32;
    Ok((id(first, from)?, id(second, to)?, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(plays: &str, trust: &str) -> Result<Listening, ImportError> {
        let folder = tempfile::tempdir().expect("a folder");
        let (a, b) = (folder.path().join("plays"), folder.path().join("trust"));
        std::fs::write(&a, plays).expect("plays");
        std::fs::write(&b, trust).expect("trust");
        listening(&a, Some(&b))
    }

    #[test]
    fn headers_tabs_and_weights_may_be_there_or_not() {
        let expected = Listening {
            users: vec!["ana".into(), "bo".into()],
            items: vec!["low".into(), "high".into()],
            plays: vec![(0, 0), (1, 1)],
            trust: vec![(1, 0, 1.0)],
        };
        assert_eq!(
            of("userID\tartistID\tweight\nana\tlow\t3\nbo\thigh\t1e9", "userID\tfriendID\nbo\tana").unwrap(),
            expected
        );
        assert_eq!(
            of("ana,low,3\nbo,low,0\nbo,high,1", "bo,ana,1\nana,bo,0\nbo,cleo,1\n").unwrap(),
            expected
        );
        assert_eq!(of("user,artist\nana,low\nbo,high\n", "from,to\nbo,ana").unwrap(), expected);
        assert_eq!(of("user1,a", "").unwrap().users, ["user1"], "a name with a figure is no header");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (plays, line) in [("a,b,1\na,b,x", 2), ("a", 1), ("a,b,c,d\n", 1), ("a,b,nan", 1), ("\n,b,1", 2)]
        {
            let error = of(plays, "").unwrap_err().to_string();
            assert!(error.contains(&format!("line {line}")), "{plays:?}: {error}");
        }
        assert!(listening(Path::new("nowhere"), None).is_err());
    }
}
