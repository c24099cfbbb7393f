//! The table of genres in memory.

use std::collections::HashMap;
use std::fmt;
use std::iter;
use std::sync::LazyLock;

use crate::model::normalise_name;
use crate::taste::stable_hash::stable_hash;

/// A genre of the vocabulary. The order is that of the vocabulary, where a parent stands above its children.
///
/// Store a genre by its [name](Genre::name): its place in the vocabulary may change from release to release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Genre(usize);

/// What a term of the vocabulary speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// What is played: a family of music, such as `dub techno`.
    Style,
    /// How it is played, where open lists count that as a genre: `female vocals`, `acoustic`.
    Manner,
}

impl Genre {
    /// The name in its one spelling, lower case: `drum and bass`, `r&b`.
    pub fn name(self) -> &'static str {
        VOCABULARY.entries.get(self.0).map_or("", |entry| entry.name)
    }

    /// The genre that this one belongs to; none for a root.
    pub fn parent(self) -> Option<Genre> {
        VOCABULARY.entries.get(self.0).and_then(|entry| entry.parent)
    }

    /// The parent, its parent and so on up to the root.
    pub fn ancestors(self) -> impl Iterator<Item = Genre> {
        iter::successors(self.parent(), |genre| genre.parent())
    }

    /// Whether it says what is played or how.
    pub fn facet(self) -> Facet {
        VOCABULARY.entries.get(self.0).map_or(Facet::Style, |entry| entry.facet)
    }

    /// Its place in the vocabulary, below [`count`]: the number of its slot in a vector over all genres. Such a vector
    /// can only be read with the [`edition`] it was made with.
    pub fn index(self) -> usize {
        self.0
    }
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// All genres in the order of their [index](Genre::index), parents before their children.
pub fn all() -> impl Iterator<Item = Genre> {
    (0..count()).map(Genre)
}

/// How many genres there are.
pub fn count() -> usize {
    VOCABULARY.entries.len()
}

/// A fingerprint of all names and parents in their order: two builds with the same one number genres alike.
pub fn edition() -> u64 {
    VOCABULARY.edition
}

/// The genre with this very name, as [`Genre::name`] gives it and as the store keeps it. For what listeners write see
/// [`resolve`](super::resolve).
pub fn named(name: &str) -> Option<Genre> {
    VOCABULARY.by_name.get(name).copied()
}

/// The genre with this key, or with the singular of it.
pub(super) fn find(key: &str) -> Option<Genre> {
    // Short words are left alone: "rocks" is praise.
    let singular = key.strip_suffix('s').filter(|stem| stem.len() > 4);
    VOCABULARY.by_key.get(key).or_else(|| VOCABULARY.by_key.get(singular?)).copied()
}

/// The form under which names, aliases and tags meet.
fn key(name: &str) -> String {
    normalise_name(name).replace(' ', "")
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::read(TABLE));

const TABLE: &str = include_str!("../../../data/genres.tsv");

/// Seed of the edition's hash.
const EDITION_SEED: u64 = 3;

struct Entry {
    name: &'static str,
    parent: Option<Genre>,
    facet: Facet,
}

struct Vocabulary {
    entries: Vec<Entry>,
    by_name: HashMap<&'static str, Genre>,
    by_key: HashMap<String, Genre>,
    edition: u64,
}

impl Vocabulary {
    /// Reads the table. A parent is looked for among the genres above, so no genre can be its own ancestor.
    fn read(table: &'static str) -> Self {
        let (mut by_name, mut by_key) = (HashMap::new(), HashMap::new());
        let mut entries = Vec::new();
        let mut shape = String::new();
        for row in rows(table) {
            let genre = Genre(entries.len());
            let parent = by_name.get(row.parent).copied();
            entries.push(Entry { name: row.name, parent, facet: row.facet });
            by_name.insert(row.name, genre);
            for spelling in
                iter::once(row.name).chain(row.aliases.split('|').filter(|alias| !alias.is_empty()))
            {
                by_key.entry(key(spelling)).or_insert(genre);
            }
            shape.extend([row.name, "\t", row.parent, "\n"]);
        }
        Self { entries, by_name, by_key, edition: stable_hash(EDITION_SEED, shape.as_bytes()) }
    }
}

/// A line of the table.
struct Row {
    name: &'static str,
    parent: &'static str,
    aliases: &'static str,
    facet: Facet,
}

/// The lines that have the three columns; a fourth is the facet where it is not style.
fn rows(table: &'static str) -> impl Iterator<Item = Row> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        let (name, parent, aliases) = (columns.next()?, columns.next()?, columns.next()?);
        let facet = if columns.next() == Some("manner") { Facet::Manner } else { Facet::Style };
        Some(Row { name, parent, aliases, facet })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::taste::genres::resolve;

    #[test]
    fn every_line_of_the_table_is_sound() {
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (mut above, mut owners) = (HashSet::new(), HashMap::new());
        for line in lines {
            let ([name, parent, aliases] | [name, parent, aliases, "manner"]) =
                line.split('\t').collect::<Vec<_>>()[..]
            else {
                panic!("not three columns, or a fourth that is no facet: {line:?}")
            };
            assert!(name == name.trim().to_lowercase(), "{name:?} is not in normal form");
            assert!(parent.is_empty() || above.contains(parent), "{name}: no parent {parent:?} above");
            assert!(above.insert(name), "{name} is there twice");
            for spelling in iter::once(name).chain(aliases.split('|').filter(|_| !aliases.is_empty())) {
                assert!(!key(spelling).is_empty(), "an empty name or alias: {line:?}");
                assert_eq!(owners.insert(key(spelling), name), None, "{spelling:?} of {name} is there twice");
            }
        }
        assert_eq!(above.len(), count(), "lines are lost in reading");
    }

    #[test]
    fn every_genre_is_found_by_its_name_and_has_a_root() {
        for (index, genre) in all().enumerate() {
            assert_eq!((resolve(genre.name()), named(genre.name())), (Some(genre), Some(genre)), "{genre}");
            assert_eq!(genre.index(), index);
            let root = genre.ancestors().take(count()).last().unwrap_or(genre);
            assert_eq!(root.parent(), None, "{genre} goes round in circles");
            assert_eq!(root.facet(), genre.facet(), "{genre}: a manner is no style of anything");
        }
    }

    #[test]
    fn the_tree_leads_from_the_special_to_the_general() {
        let line: Vec<&str> = resolve("melodeath").unwrap().ancestors().map(Genre::name).collect();
        assert_eq!(line, ["death metal", "metal", "rock"]);
        assert_eq!(resolve("jazz").unwrap().parent(), None);
    }

    #[test]
    fn another_table_is_another_edition() {
        let read = |table| Vocabulary::read(table).edition;
        assert_eq!(read("jazz\t\t\nbebop\tjazz\t\n"), read("jazz\t\tjazz music\nbebop\tjazz\tbop\n"));
        assert_ne!(read("jazz\t\t\nbebop\tjazz\t\n"), read("jazz\t\t\nbebop\t\t\n"));
        assert_ne!(read("jazz\t\t\nsoul\t\t\n"), read("soul\t\t\njazz\t\t\n"));
    }
}
