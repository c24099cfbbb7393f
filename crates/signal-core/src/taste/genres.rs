//! The genre vocabulary: which genres there are, which stands under which, and which one a listener's tag means.

use std::collections::HashMap;
use std::fmt;
use std::iter;
use std::sync::LazyLock;

use crate::model::normalise_name;

/// A genre of the vocabulary. The order is that of the vocabulary, where a parent stands above its children.
///
/// Store a genre by its [name](Genre::name): its place in the vocabulary may change from release to release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Genre(usize);

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
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// All genres, parents before their children.
pub fn all() -> impl Iterator<Item = Genre> {
    (0..count()).map(Genre)
}

/// How many genres there are.
pub fn count() -> usize {
    VOCABULARY.entries.len()
}

/// The genre that a listener's tag means, if it means one.
///
/// Capitals, accents, blanks and hyphens do not count. A tag that is neither a name nor an alias loses, one at a time,
/// the words that leave its genre as it is: a closing `music`, a decade, a nation. What then still names no genre
/// (`seen live`, `female vocalists`) means none.
///
/// ```
/// # use signal_core::taste::genres::resolve;
/// # let name = |tag| resolve(tag).map(|genre| genre.name());
/// assert_eq!(name("Hip-Hop"), Some("hip hop"));
/// assert_eq!(name("80s Swedish Metal"), Some("metal"));
/// assert_eq!(name("seen live"), None);
/// ```
pub fn resolve(tag: &str) -> Option<Genre> {
    if tag.len() > LONGEST_TAG {
        return None;
    }
    let form = normalise_name(tag);
    let words: Vec<&str> = form.split(' ').collect();
    let mut rest = words.as_slice();
    loop {
        if let Some(genre) = VOCABULARY.find(&rest.concat()) {
            return Some(genre);
        }
        rest = shortened(rest)?;
    }
}

/// Longer tags, in bytes, are sentences; looking at them word by word would cost much for nothing.
const LONGEST_TAG: usize = 128;

/// Closing words that leave the genre as it is: `soul music`, `synthpop artists`, `metal brasileiro`.
const CLOSING: &str = "music musik musique muzik song songs artist artists band bands hits classics ballad ballads \
    revival argentino brasileiro brasileira chileno espanol francais italiano mexicano nacional";

/// Opening words that leave the genre as it is: nations, `j` and `k` among them, and manners of playing.
/// Pairs of words are written as one: `old school`, `female fronted`.
const OPENING: &str = "american argentine asian australian austrian belarusian belgian brasil brazilian british \
    bulgarian canadian chilean chinese colombian croatian cuban czech danish deutsche deutscher dutch english \
    estonian european finnish french german greek hungarian icelandic indian indonesian irish israeli italian j \
    jamaican japanese k korean latvian lithuanian mexican newzealand norwegian polish portuguese romanian russian \
    scandinavian scottish serbian slovak slovenian southafrican southamerican spanish swedish swiss turkish \
    uk ukrainian us usa welsh \
    acoustic atmospheric brutal classic contemporary dark early experimental femalefronted heavy instrumental melodic \
    modern oldschool progressive technical traditional underground";

/// Decades in words; [`is_decade`] knows those in figures.
const DECADES: &str = "fifties sixties seventies eighties nineties";

fn is_among(word: &str, words: &str) -> bool {
    words.split_whitespace().any(|candidate| candidate == word)
}

/// The words without one that leaves the genre as it is, the last first; none when there is no such word.
fn shortened<'a, 'b>(words: &'a [&'b str]) -> Option<&'a [&'b str]> {
    match words {
        [rest @ .., last] if !rest.is_empty() && (is_among(last, CLOSING) || is_decade(last)) => Some(rest),
        [first, second, rest @ ..] if !rest.is_empty() && is_among(&[*first, *second].concat(), OPENING) => {
            Some(rest)
        }
        [first, rest @ ..] if !rest.is_empty() && (is_among(first, OPENING) || is_decade(first)) => {
            Some(rest)
        }
        _ => None,
    }
}

/// Whether a word is a decade: `80s`, `1980s`, `80er`, `eighties`.
fn is_decade(word: &str) -> bool {
    let figures = word.strip_suffix('s').or_else(|| word.strip_suffix("er"));
    let round = |text: &str| {
        matches!(text.len(), 2 | 4) && text.ends_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    figures.is_some_and(round) || is_among(word, DECADES)
}

/// The form under which names, aliases and tags meet.
fn key(name: &str) -> String {
    normalise_name(name).replace(' ', "")
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::read(TABLE));

const TABLE: &str = include_str!("../../data/genres.tsv");

struct Entry {
    name: &'static str,
    parent: Option<Genre>,
}

struct Vocabulary {
    entries: Vec<Entry>,
    by_key: HashMap<String, Genre>,
}

impl Vocabulary {
    /// Reads the table. A parent is looked for among the genres above, so no genre can be its own ancestor.
    fn read(table: &'static str) -> Self {
        let mut vocabulary = Self { entries: Vec::new(), by_key: HashMap::new() };
        for (name, parent, aliases) in rows(table) {
            let parent = vocabulary.by_key.get(&key(parent)).copied();
            let genre = Genre(vocabulary.entries.len());
            vocabulary.entries.push(Entry { name, parent });
            for spelling in iter::once(name).chain(aliases) {
                vocabulary.by_key.entry(key(spelling)).or_insert(genre);
            }
        }
        vocabulary
    }

    /// The genre with this key, or with the singular of it.
    fn find(&self, key: &str) -> Option<Genre> {
        // Short words are left alone: "rocks" is praise.
        let singular = key.strip_suffix('s').filter(|stem| stem.len() > 4);
        self.by_key.get(key).or_else(|| self.by_key.get(singular?)).copied()
    }
}

/// The name, the parent and the aliases of each line that has them.
fn rows(
    table: &'static str,
) -> impl Iterator<Item = (&'static str, &'static str, impl Iterator<Item = &'static str>)> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (name, rest) = line.split_once('\t')?;
        let (parent, aliases) = rest.split_once('\t')?;
        Some((name, parent, aliases.split('|').filter(|alias| !alias.is_empty())))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(tag: &str) -> Option<&'static str> {
        resolve(tag).map(Genre::name)
    }

    #[test]
    fn every_line_of_the_table_is_sound() {
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (mut above, mut owners) = (HashSet::new(), HashMap::new());
        for line in lines {
            let [name, parent, aliases] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("not three columns: {line:?}")
            };
            assert!(name == name.trim().to_lowercase(), "{name:?} is not in normal form");
            assert!(parent.is_empty() || above.contains(parent), "{name}: no parent {parent:?} above");
            above.insert(name);
            for spelling in iter::once(name).chain(aliases.split('|').filter(|_| !aliases.is_empty())) {
                assert!(!key(spelling).is_empty(), "an empty name or alias: {line:?}");
                assert_eq!(owners.insert(key(spelling), name), None, "{spelling:?} of {name} is there twice");
            }
        }
        assert_eq!(above.len(), count(), "lines are lost in reading");
    }

    #[test]
    fn every_genre_is_found_by_its_name_and_has_a_root() {
        for genre in all() {
            assert_eq!(resolve(genre.name()), Some(genre), "{genre}");
            let root = genre.ancestors().take(count()).last().unwrap_or(genre);
            assert_eq!(root.parent(), None, "{genre} goes round in circles");
        }
    }

    #[test]
    fn the_tree_leads_from_the_special_to_the_general() {
        let line: Vec<&str> = resolve("melodeath").unwrap().ancestors().map(Genre::name).collect();
        assert_eq!(line, ["death metal", "metal", "rock"]);
        assert_eq!(resolve("jazz").unwrap().parent(), None);
    }

    #[test]
    fn spellings_of_one_genre_meet() {
        for (genre, tags) in [
            ("hip hop", "hiphop|Hip-Hop|rap|hip hop/rap"),
            ("r&b", "RnB|R'n'B|r and b|Rhythm & Blues"),
            ("drum and bass", "dnb|d&b|Drum 'n' Bass|drum n bass"),
            ("alternative rock", "alternative|alt rock|alt. rock"),
            ("electronic", "electronica|Electronic"),
            ("electropop", "electro pop|electro-pop"),
            ("singer-songwriter", "singer/songwriter|Singer-Songwriters"),
            ("forró", "forro|Forró"),
            ("latin rock", "rock en español|rock en espanol"),
        ] {
            for tag in tags.split('|') {
                assert_eq!(name(tag), Some(genre), "{tag}");
            }
        }
    }

    #[test]
    fn words_that_leave_the_genre_alone_are_taken_off() {
        for (genre, tags) in [
            ("soul", "soul music"),
            ("synth-pop", "synthpop artists|80s synth pop songs"),
            ("rock", "80s rock|80's rock|1980s rock|rock 80er|eighties rock|rock ballads"),
            ("death metal", "Swedish death metal|death metal brasileiro"),
            ("pop", "UK 80s pop music"),
            ("metal", "female fronted metal|oldschool metal|Old-School metal|technical metal music|j-metal"),
            ("soundtrack", "soundtracks"),
            // A genre of its own comes before its parts.
            ("turkish pop", "turkish pop"),
            ("world", "world music"),
        ] {
            for tag in tags.split('|') {
                assert_eq!(name(tag), Some(genre), "{tag}");
            }
        }
    }

    #[test]
    fn what_is_no_genre_means_none() {
        let tags = "seen live|favorites|favourite songs|female vocalists|male vocalists|sexy|awesome|beautiful|love|\
            love songs|mellow|british|american|german|british music|80s|90s|80s music|1985|instrumental|acoustic|\
            classic|best songs of the 80s|guitar|american idol|gossip girl|rocks|rock me babe|music|songs|ballads|\
            progressive 1985|j|s|| |<3|!!!|not emo";
        for tag in tags.split('|') {
            assert_eq!(name(tag), None, "{tag}");
        }
        assert_eq!(name(&format!("rock {}", "music ".repeat(100))), None, "a sentence, not a tag");
    }
}
