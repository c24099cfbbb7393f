//! Words as search compares them: taken apart by the core, never by a parser of PostgreSQL's, whose idea of a letter
//! hangs on the database's language.

use std::collections::BTreeMap;
use std::fmt::Write;

use signal_core::model::normalise_name;

/// Longer words are compared by their beginning: PostgreSQL keeps none of more than 2,046 bytes.
const LONGEST_WORD: usize = 1_024;
/// The last place of a word that PostgreSQL tells from others.
const LAST_PLACE: usize = 16_383;
/// Places of one word that it keeps.
const PLACES: usize = 255;

/// The words of a text with their places, as a `tsvector` is written.
pub(super) fn tsvector(text: &str) -> String {
    let text = normalise_name(text);
    let mut words: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, word) in text.split_whitespace().enumerate() {
        words.entry(cut(word)).or_default().push((n + 1).min(LAST_PLACE));
    }
    let mut written = String::new();
    for (word, places) in words {
        if word.contains('\0') {
            continue;
        }
        let places: Vec<_> = places.iter().take(PLACES).map(ToString::to_string).collect();
        // Writing to a string cannot fail.
        let _ = write!(written, "{}:{} ", quoted(word), places.join(","));
    }
    written
}

/// A question that matches texts with all words, each at least as the beginning of a word; none where nothing can
/// match.
pub(super) fn tsquery(words: &str) -> Option<String> {
    let words = normalise_name(words);
    if words.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let mut wanted: Vec<_> =
        words.split_whitespace().map(|word| format!("{}:*", quoted(cut(word)))).collect();
    wanted.sort_unstable();
    wanted.dedup();
    (!wanted.is_empty()).then(|| wanted.join(" & "))
}

/// The beginning of a long word.
fn cut(word: &str) -> &str {
    word.get(..word.floor_char_boundary(LONGEST_WORD)).unwrap_or(word)
}

/// A word in which no character has a meaning.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_and_placed() {
        assert_eq!(tsvector("Dub, dub techno"), "'dub':1,2 'techno':3 ");
        assert_eq!(tsvector("!!! \\'"), "'!!!':1 '\\\\''':2 ");
        assert_eq!(tsvector(""), "");
    }

    #[test]
    fn questions_match_beginnings_of_all_words() {
        assert_eq!(tsquery("late Night late").as_deref(), Some("'late':* & 'night':*"));
        assert_eq!(tsquery("'").as_deref(), Some("'''':*"));
        for nothing in ["", " \t\n", "\0", "\u{1}"] {
            assert_eq!(tsquery(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn long_words_are_cut_where_a_character_ends() {
        let long = "é".repeat(2_000).replace('é', "坂");
        let kept = tsvector(&long);
        assert!(kept.len() < LONGEST_WORD + 10, "{}", kept.len());
        assert_eq!(
            tsquery(&long).expect("a question"),
            format!("{}:*", kept.trim_end().trim_end_matches(":1"))
        );
    }
}
