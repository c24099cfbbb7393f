//! What widely known artists play, for where nobody has tagged them: a person alone with a listening history.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::model::normalise_name;

const TABLE: &str = include_str!("../../data/artists.tsv");

/// Genres by the normal form of the artist's name.
static KNOWN: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut known: HashMap<String, Vec<&'static str>> = HashMap::new();
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    for (genre, artists) in lines.filter_map(|line| line.split_once('\t')) {
        for artist in artists.split('|') {
            known.entry(normalise_name(artist)).or_default().push(genre);
        }
    }
    known
});

/// The genres of a widely known artist, by their names in the vocabulary; empty for everybody else.
///
/// Two artists of one name are one here, which is why tags come first.
///
/// ```
/// # use signal_core::taste::known_genres;
/// assert_eq!(known_genres("massive attack"), ["trip hop"]);
/// assert!(known_genres("The Neighbours Upstairs").is_empty());
/// ```
pub fn known_genres(artist: &str) -> &'static [&'static str] {
    KNOWN.get(&normalise_name(artist)).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taste::genres::resolve;

    #[test]
    fn every_genre_is_in_the_vocabulary_and_no_artist_stands_in_it_twice() {
        for (artist, genres) in KNOWN.iter() {
            assert!(!artist.is_empty());
            for genre in genres {
                assert_eq!(resolve(genre).map(crate::taste::genres::Genre::name), Some(*genre), "{artist}");
            }
            let mut once = genres.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), genres.len(), "{artist}");
        }
        assert!(KNOWN.len() > 700, "{}", KNOWN.len());
    }
}
