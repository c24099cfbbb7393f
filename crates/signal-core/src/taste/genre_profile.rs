//! Genre expertise: which genres are a person's own, how surely, and for how many hours.
//!
//! ```text
//! own(g)         = Σ over artists i  preference(i) · share_i(g)        share_i: i's genre weights scaled to sum 1
//! mass(g)        = own(g) + parent_share · Σ over children c  mass(c)
//! confidence(g)  = mass(g) / (max mass + 3)
//! hours(g)       = the same sum with the hours heard of i in place of preference(i)
//! genre_overlap  = Σ_g min(confidence_a, confidence_b) / Σ_g max(confidence_a, confidence_b)
//! ```
//!
//! Confidence is the share relative to the strongest genre, drawn towards 0 while little was played: 3 is about the
//! mass of twenty plays of one artist, at which the strongest genre counts a half. The overlap is the weighted Jaccard
//! index (Ružička 1958), plain Jaccard when all confidences are 0 or 1.

use std::collections::BTreeMap;

pub use super::genre_masses::ArtistGenres;
use super::genre_masses::with_parents;
use super::heard::ArtistHeard;
use crate::model::{GenreExpertise, Millionths};
use crate::policy::TastePolicy;

/// Genres kept in a profile: with a few hundred in the vocabulary, the weaker ones are noise of the tags.
pub const GENRES_KEPT: usize = 32;

/// Mass at which the strongest genre has a confidence of a half.
const HALF_SURE: f64 = 3.0;

/// A person's genres from the artists they play: the [`GENRES_KEPT`] with the most mass, by name.
///
/// A genre's parents get their share of it. Artists without genres, and weights that are not above 0, add nothing; a name
/// that is not in the vocabulary counts for itself. Takes O(artists heard · genres of an artist).
///
/// ```
/// use signal_core::model::{ArtistId, Timestamp};
/// use signal_core::policy::TastePolicy;
/// use signal_core::taste::{ArtistGenres, ArtistHeard, expertise};
///
/// let artist = ArtistId::new(Timestamp::from_seconds(1), [0; 10]);
/// let genres = ArtistGenres::from([(artist, vec![("jazz".to_owned(), 3.0), ("dub".to_owned(), 1.0)])]);
/// let policy = TastePolicy::default();
/// let expertise = expertise(&[ArtistHeard::counted(artist, 120, &policy)], &genres, &policy);
/// assert!((expertise["jazz"].hours - 5.25).abs() < 1e-9); // 120 plays of 3.5 minutes, three quarters of them
/// assert!((expertise["dub"].hours - 1.75).abs() < 1e-9);
/// assert!((expertise["reggae"].hours - 0.437_5).abs() < 1e-9); // a quarter of its child's
/// assert!(expertise["jazz"].confidence > expertise["dub"].confidence);
/// ```
pub fn expertise(
    heard: &[ArtistHeard],
    artist_genres: &ArtistGenres,
    policy: &TastePolicy,
) -> BTreeMap<String, GenreExpertise> {
    let liking = with_parents(heard, artist_genres, policy, ArtistHeard::preference);
    let hours = with_parents(heard, artist_genres, policy, |one| one.minutes / 60.0);
    let mut ranked: Vec<(&str, f64)> = liking.into_iter().collect();
    ranked.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(y.0)));
    let strongest = ranked.first().map_or(0.0, |top| top.1);
    let kept = ranked.into_iter().take(GENRES_KEPT).map(|(name, mass)| {
        let confidence = Millionths::from_f64(mass / (strongest + HALF_SURE));
        let hours = hours.get(name).copied().unwrap_or(0.0);
        (name.to_owned(), GenreExpertise { confidence, hours })
    });
    kept.filter(|(_, genre)| genre.confidence > Millionths::ZERO).collect()
}

/// How much two people's genres overlap, in [0, 1]: Σ min / Σ max of the confidences. `None` when either has none.
pub fn overlap(a: &BTreeMap<String, GenreExpertise>, b: &BTreeMap<String, GenreExpertise>) -> Option<f64> {
    let row = |genres: &BTreeMap<String, GenreExpertise>| -> Vec<(String, Millionths)> {
        genres.iter().map(|(name, genre)| (name.clone(), genre.confidence)).collect()
    };
    overlap_of(&row(a), &row(b))
}

/// The same of two rows of genres, each in the order of its names or of numbers that stand for them.
pub fn overlap_of<K: Ord>(a: &[(K, Millionths)], b: &[(K, Millionths)]) -> Option<f64> {
    let total = |row: &[(K, Millionths)]| -> u64 { row.iter().map(|(_, sure)| u64::from(sure.get())).sum() };
    let (total_a, total_b) = (total(a), total(b));
    if total_a == 0 || total_b == 0 {
        return None;
    }
    let mut rest = b.iter().peekable();
    let mut least = 0u64;
    for (name, sure) in a {
        while rest.next_if(|other| other.0 < *name).is_some() {}
        if let Some(other) = rest.next_if(|other| other.0 == *name) {
            least += u64::from(sure.get().min(other.1.get()));
        }
    }
    // max(x, y) = x + y − min(x, y), so that genres of one side alone need no look.
    Some(least as f64 / (total_a + total_b - least) as f64)
}

/// The `k` genres that two people share most surely, with the smaller confidence; equals by name. Both rows come in the
/// order of their names.
pub fn shared<'a>(
    a: impl IntoIterator<Item = (&'a str, Millionths)>,
    b: impl IntoIterator<Item = (&'a str, Millionths)>,
    k: usize,
) -> Vec<(String, f64)> {
    let mut rest = b.into_iter().peekable();
    let both = a.into_iter().filter_map(|(name, sure)| {
        while rest.next_if(|other| other.0 < name).is_some() {}
        rest.next_if(|other| other.0 == name).map(|other| (name, sure.min(other.1)))
    });
    let mut genres: Vec<_> = both.filter(|(_, confidence)| *confidence > Millionths::ZERO).collect();
    genres.sort_by(|x, y| y.1.cmp(&x.1).then(x.0.cmp(y.0)));
    genres.into_iter().take(k).map(|(name, confidence)| (name.to_owned(), confidence.as_f64())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{ArtistId, Timestamp};

    fn artist(n: u8) -> ArtistId {
        ArtistId::new(Timestamp::from_seconds(2), [n; 10])
    }

    fn tagged(artists: &[(u8, &[(&str, f64)])]) -> ArtistGenres {
        let named = |genres: &[(&str, f64)]| genres.iter().map(|&(name, w)| (name.to_owned(), w)).collect();
        artists.iter().map(|&(n, genres)| (artist(n), named(genres))).collect()
    }

    fn heard(plays: &[(u8, u64)]) -> Vec<ArtistHeard> {
        let policy = TastePolicy::default();
        plays.iter().map(|&(n, plays)| ArtistHeard::counted(artist(n), plays, &policy)).collect()
    }

    fn sure(genres: &[(&str, u32)]) -> BTreeMap<String, GenreExpertise> {
        let expertise = |c| GenreExpertise { confidence: Millionths::new(c).unwrap(), hours: 0.0 };
        genres.iter().map(|&(name, c)| (name.to_owned(), expertise(c))).collect()
    }

    #[test]
    fn golden_expertise() {
        // docs/algorithms.md, "Compatibility": 99 plays of a jazz artist, 9 of one who is half jazz, half soul.
        let genres = tagged(&[(1, &[("jazz", 2.0)]), (2, &[("jazz", 1.0), ("soul", 1.0)])]);
        let found = expertise(&heard(&[(1, 99), (2, 9), (3, 1_000)]), &genres, &TastePolicy::default());
        assert_eq!(found["jazz"].confidence.get(), 657_396);
        assert_eq!(found["soul"].confidence.get(), 131_479);
        assert!((found["jazz"].hours - 6.037_5).abs() < 1e-9);
        assert!((found["soul"].hours - 0.262_5).abs() < 1e-9);
        // The parent of soul.
        assert_eq!(found["r&b"].confidence.get(), 32_870);
        assert!((found["r&b"].hours - 0.065_625).abs() < 1e-9);
        assert_eq!(found.len(), 3);
    }

    fn row(genres: &BTreeMap<String, GenreExpertise>) -> impl Iterator<Item = (&str, Millionths)> {
        genres.iter().map(|(name, genre)| (name.as_str(), genre.confidence))
    }

    #[test]
    fn golden_overlaps() {
        let a = sure(&[("jazz", 800_000), ("soul", 400_000)]);
        let b = sure(&[("jazz", 200_000), ("soul", 600_000), ("dub", 200_000)]);
        assert_eq!(overlap(&a, &b), Some(0.375));
        assert_eq!(shared(row(&a), row(&b), 2), [("soul".to_owned(), 0.4), ("jazz".to_owned(), 0.2)]);
        let (one, other) =
            (sure(&[("a", 1_000_000), ("b", 1_000_000)]), sure(&[("b", 1_000_000), ("c", 1_000_000)]));
        assert_eq!(overlap(&one, &other), Some(1.0 / 3.0));
        assert_eq!(overlap(&a, &sure(&[])), None);
    }

    #[test]
    fn weights_that_are_no_weights_add_nothing() {
        let genres = tagged(&[(1, &[("jazz", f64::NAN), ("soul", -1.0), ("dub", 0.0)])]);
        assert!(expertise(&heard(&[(1, 10)]), &genres, &TastePolicy::default()).is_empty());
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
