//! Genre expertise: which genres are a person's own, how surely, and for how many hours.
//!
//! ```text
//! mass(g)        = Σ over artists i  ln(1 + plays_i) · share_i(g)      share_i: i's genre weights scaled to sum 1
//! confidence(g)  = mass(g) / (max mass + 3)
//! hours(g)       = Σ over artists i  plays_i · 3.5 min · share_i(g)
//! genre_overlap  = Σ_g min(confidence_a, confidence_b) / Σ_g max(confidence_a, confidence_b)
//! ```
//!
//! Confidence is the share relative to the strongest genre, drawn towards 0 while little was played: 3 is about the
//! mass of twenty plays of one artist, at which the strongest genre counts a half. The overlap is the weighted Jaccard
//! index (Ružička 1958), plain Jaccard when all confidences are 0 or 1.

use std::collections::BTreeMap;

use crate::model::{ArtistId, GenreExpertise, Millionths};

/// The genres of each artist with their weights; the weights of one artist need not sum to 1.
pub type ArtistGenres = BTreeMap<ArtistId, Vec<(String, f64)>>;

/// Minutes that one play counts where its length is unknown: about the length of a popular song.
pub const MINUTES_PER_PLAY: f64 = 3.5;

/// Genres kept in a profile: with a few hundred in the vocabulary, the weaker ones are noise of the tags.
pub const GENRES_KEPT: usize = 32;

/// Mass at which the strongest genre has a confidence of a half.
const HALF_SURE: f64 = 3.0;

/// A person's genres from the artists they play: the [`GENRES_KEPT`] with the most mass, by name.
///
/// Artists without genres, and weights that are not above 0, add nothing. Takes O(plays · genres of an artist).
///
/// ```
/// use signal_core::model::{ArtistId, Timestamp};
/// use signal_core::taste::{ArtistGenres, expertise};
///
/// let artist = ArtistId::new(Timestamp::from_seconds(1), [0; 10]);
/// let genres = ArtistGenres::from([(artist, vec![("jazz".to_owned(), 3.0), ("soul".to_owned(), 1.0)])]);
/// let expertise = expertise(&[(artist, 120)], &genres);
/// assert!(expertise["jazz"].confidence > expertise["soul"].confidence);
/// assert!((expertise["jazz"].hours - 5.25).abs() < 1e-9); // 120 plays of 3.5 minutes, three quarters of them
/// ```
pub fn expertise(
    plays: &[(ArtistId, u64)],
    artist_genres: &ArtistGenres,
) -> BTreeMap<String, GenreExpertise> {
    let mut ranked: Vec<(&str, Mass)> = masses(plays, artist_genres).into_iter().collect();
    ranked.sort_by(|x, y| y.1.plays.total_cmp(&x.1.plays).then(x.0.cmp(y.0)));
    let strongest = ranked.first().map_or(0.0, |top| top.1.plays);
    let kept = ranked.into_iter().take(GENRES_KEPT).map(|(name, mass)| {
        let confidence = Millionths::from_f64(mass.plays / (strongest + HALF_SURE));
        (name.to_owned(), GenreExpertise { confidence, hours: mass.hours })
    });
    kept.filter(|(_, genre)| genre.confidence > Millionths::ZERO).collect()
}

/// How much two people's genres overlap, in [0, 1]: Σ min / Σ max of the confidences. `None` when either has none.
pub fn overlap(a: &BTreeMap<String, GenreExpertise>, b: &BTreeMap<String, GenreExpertise>) -> Option<f64> {
    let total = |genres: &BTreeMap<String, GenreExpertise>| -> u64 {
        genres.values().map(|genre| u64::from(genre.confidence.get())).sum()
    };
    let (total_a, total_b) = (total(a), total(b));
    if total_a == 0 || total_b == 0 {
        return None;
    }
    let least: u64 = both(a, b).map(|(_, confidence)| u64::from(confidence.get())).sum();
    // max(x, y) = x + y − min(x, y), so that genres of one side alone need no look.
    Some(least as f64 / (total_a + total_b - least) as f64)
}

/// The `k` genres that two people share most surely, with the smaller confidence; equals by name.
pub fn shared(
    a: &BTreeMap<String, GenreExpertise>,
    b: &BTreeMap<String, GenreExpertise>,
    k: usize,
) -> Vec<(String, f64)> {
    let mut genres: Vec<_> = both(a, b).filter(|(_, confidence)| *confidence > Millionths::ZERO).collect();
    genres.sort_by(|x, y| y.1.cmp(&x.1).then(x.0.cmp(y.0)));
    genres.into_iter().take(k).map(|(name, confidence)| (name.to_owned(), confidence.as_f64())).collect()
}

/// The genres of both with the smaller confidence.
fn both<'a>(
    a: &'a BTreeMap<String, GenreExpertise>,
    b: &'a BTreeMap<String, GenreExpertise>,
) -> impl Iterator<Item = (&'a str, Millionths)> {
    a.iter().filter_map(|(name, x)| b.get(name).map(|y| (name.as_str(), x.confidence.min(y.confidence))))
}

/// What was played of one genre.
#[derive(Debug, Default)]
pub(super) struct Mass {
    /// The sum of ln(1 + plays) over its artists, each with the genre's share of the artist.
    pub(super) plays: f64,
    hours: f64,
}

/// What is played of each genre, by name.
pub(super) fn masses<'a>(
    plays: &[(ArtistId, u64)],
    artist_genres: &'a ArtistGenres,
) -> BTreeMap<&'a str, Mass> {
    let usable = |weight: f64| weight.is_finite() && weight > 0.0;
    let mut masses: BTreeMap<&str, Mass> = BTreeMap::new();
    for (artist, plays) in plays {
        let genres = artist_genres.get(artist).map_or(&[][..], Vec::as_slice);
        let total: f64 = genres.iter().map(|genre| genre.1).filter(|weight| usable(*weight)).sum();
        for (name, weight) in genres.iter().filter(|genre| usable(genre.1)) {
            let share = weight / total;
            let mass = masses.entry(name).or_default();
            mass.plays += libm::log1p(*plays as f64) * share;
            mass.hours += *plays as f64 * MINUTES_PER_PLAY / 60.0 * share;
        }
    }
    masses
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Timestamp;

    fn artist(n: u8) -> ArtistId {
        ArtistId::new(Timestamp::from_seconds(2), [n; 10])
    }

    fn tagged(artists: &[(u8, &[(&str, f64)])]) -> ArtistGenres {
        let named = |genres: &[(&str, f64)]| genres.iter().map(|&(name, w)| (name.to_owned(), w)).collect();
        artists.iter().map(|&(n, genres)| (artist(n), named(genres))).collect()
    }

    fn sure(genres: &[(&str, u32)]) -> BTreeMap<String, GenreExpertise> {
        let expertise = |c| GenreExpertise { confidence: Millionths::new(c).unwrap(), hours: 0.0 };
        genres.iter().map(|&(name, c)| (name.to_owned(), expertise(c))).collect()
    }

    #[test]
    fn golden_expertise() {
        // docs/algorithms.md, "Compatibility": 99 plays of a jazz artist, 9 of one who is half jazz, half soul.
        let genres = tagged(&[(1, &[("jazz", 2.0)]), (2, &[("jazz", 1.0), ("soul", 1.0)])]);
        let found = expertise(&[(artist(1), 99), (artist(2), 9), (artist(3), 1_000)], &genres);
        assert_eq!(found["jazz"].confidence.get(), 657_396);
        assert_eq!(found["soul"].confidence.get(), 131_479);
        assert!((found["jazz"].hours - 6.037_5).abs() < 1e-9);
        assert!((found["soul"].hours - 0.262_5).abs() < 1e-9);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn golden_overlaps() {
        let a = sure(&[("jazz", 800_000), ("soul", 400_000)]);
        let b = sure(&[("jazz", 200_000), ("soul", 600_000), ("dub", 200_000)]);
        assert_eq!(overlap(&a, &b), Some(0.375));
        assert_eq!(shared(&a, &b, 2), [("soul".to_owned(), 0.4), ("jazz".to_owned(), 0.2)]);
        let (one, other) =
            (sure(&[("a", 1_000_000), ("b", 1_000_000)]), sure(&[("b", 1_000_000), ("c", 1_000_000)]));
        assert_eq!(overlap(&one, &other), Some(1.0 / 3.0));
        assert_eq!(overlap(&a, &sure(&[])), None);
    }

    #[test]
    fn weights_that_are_no_weights_add_nothing() {
        let genres = tagged(&[(1, &[("jazz", f64::NAN), ("soul", -1.0), ("dub", 0.0)])]);
        assert!(expertise(&[(artist(1), 10)], &genres).is_empty());
    }

    proptest! {
        /// Symmetric, within [0, 1], and 1 exactly for equals.
        #[test]
        fn overlap_is_a_jaccard_index(
            a in prop::collection::btree_map("[a-d]", 1u32..=1_000_000, 1..4),
            b in prop::collection::btree_map("[a-d]", 1u32..=1_000_000, 1..4),
        ) {
            let made = |m: &BTreeMap<String, u32>| sure(&m.iter().map(|(k, v)| (k.as_str(), *v)).collect::<Vec<_>>());
            let (x, y) = (made(&a), made(&b));
            let found = overlap(&x, &y).unwrap();
            prop_assert_eq!(Some(found), overlap(&y, &x));
            prop_assert!((0.0..=1.0).contains(&found));
            prop_assert_eq!(found >= 1.0, a == b);
        }
    }
}
