//! Genres as numbers: how much of each genre there is in an artist and in what a person plays, parents included.
//!
//! ```text
//! own(g)   = Σ over artists i  preference(i) · share_i(g)             share_i: i's genre weights scaled to sum 1
//! mass(g)  = own(g) + parent_share · Σ over children c  mass(c)
//! idf(g)   = ln((1 + N) / (1 + n_g)) + 1                             N people, n_g of whom have mass in g
//! ```
//!
//! A genre has one parent, so that each unit of mass reaches the ancestor *d* steps above as `parent_share`^d. Genres that
//! are not in the vocabulary have no number and are left out here.

use std::collections::BTreeMap;

use super::genres::{self, Genre};
use super::heard::ArtistHeard;
use crate::model::ArtistId;
use crate::policy::TastePolicy;

/// The genres of each artist with their weights; the weights of one artist need not sum to 1.
pub type ArtistGenres = BTreeMap<ArtistId, Vec<(String, f64)>>;

/// How much there is of one genre; above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GenreMass {
    /// Which one. [`Genre::index`] is its slot in a vector over all genres.
    pub genre: Genre,
    /// How much.
    pub mass: f64,
}

/// What an artist's genres share of one play of theirs, parents included, by genre: those that were named sum to 1.
///
/// ```
/// use signal_core::policy::TastePolicy;
/// use signal_core::taste::artist_masses;
///
/// let masses = artist_masses(&[("dub".to_owned(), 3.0), ("jazz".to_owned(), 1.0)], &TastePolicy::default());
/// let told: Vec<_> = masses.iter().map(|m| (m.genre.name(), m.mass)).collect();
/// assert_eq!(told, [("jazz", 0.25), ("reggae", 0.1875), ("dub", 0.75)]);
/// ```
pub fn artist_masses(genres: &[(String, f64)], policy: &TastePolicy) -> Vec<GenreMass> {
    let mut all = BTreeMap::new();
    add_shares(genres, 1.0, policy, &mut all);
    numbered(all)
}

/// How much of each genre is in what a person plays, parents included, by genre. Empty where nothing is known.
///
/// Takes O(artists heard · genres of an artist).
pub fn masses(heard: &[ArtistHeard], artist_genres: &ArtistGenres, policy: &TastePolicy) -> Vec<GenreMass> {
    numbered(with_parents(heard, artist_genres, policy, ArtistHeard::preference))
}

/// How much a genre says about a person: 1 where everybody has it, more where few do.
///
/// ```
/// use signal_core::taste::{GenreIdf, GenreMass, genres};
///
/// let of = |name| GenreMass { genre: genres::named(name).expect("a genre"), mass: 1.0 };
/// let idf = GenreIdf::new([&[of("rock")][..], &[of("rock"), of("fado")]]);
/// assert_eq!(idf.of(of("rock").genre), 1.0);
/// assert!(idf.of(of("fado").genre) > 1.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GenreIdf(Vec<f64>);

impl GenreIdf {
    /// Counts over the [`masses`] of people. People without genres count for nothing.
    pub fn new<'a>(people: impl IntoIterator<Item = &'a [GenreMass]>) -> Self {
        let (mut listeners, mut all) = (vec![0u64; genres::count()], 0u64);
        for person in people.into_iter().filter(|person| !person.is_empty()) {
            all += 1;
            for mass in person {
                if let Some(count) = listeners.get_mut(mass.genre.index()) {
                    *count += 1;
                }
            }
        }
        let idf = |n: u64| libm::log((1.0 + all as f64) / (1.0 + n as f64)) + 1.0;
        Self(listeners.into_iter().map(idf).collect())
    }

    /// The weight of a genre; at least 1.
    pub fn of(&self, genre: Genre) -> f64 {
        self.0.get(genre.index()).copied().unwrap_or(1.0)
    }
}

/// The mass of each genre by name, parents included, where an artist is worth what `worth` says.
pub(super) fn with_parents<'a>(
    heard: &[ArtistHeard],
    artist_genres: &'a ArtistGenres,
    policy: &TastePolicy,
    worth: impl Fn(&ArtistHeard) -> f64,
) -> BTreeMap<&'a str, f64> {
    let mut all = BTreeMap::new();
    for one in heard {
        if let Some(genres) = artist_genres.get(&one.artist) {
            add_shares(genres, worth(one), policy, &mut all);
        }
    }
    all
}

/// Splits a mass among an artist's genres, and hands each one's parents their part.
fn add_shares<'a>(
    genres: &'a [(String, f64)],
    mass: f64,
    policy: &TastePolicy,
    all: &mut BTreeMap<&'a str, f64>,
) {
    let usable = |weight: f64| weight.is_finite() && weight > 0.0;
    let total: f64 = genres.iter().map(|genre| genre.1).filter(|weight| usable(*weight)).sum();
    for (name, weight) in genres.iter().filter(|genre| usable(genre.1)) {
        let mut part = mass * (weight / total);
        *all.entry(name).or_default() += part;
        for parent in genres::named(name).into_iter().flat_map(Genre::ancestors) {
            part *= policy.parent_share;
            *all.entry(parent.name()).or_default() += part;
        }
    }
}

fn numbered(masses: BTreeMap<&str, f64>) -> Vec<GenreMass> {
    let known = masses.into_iter().filter(|(_, mass)| *mass > 0.0);
    let mut all: Vec<_> =
        known.filter_map(|(name, mass)| Some(GenreMass { genre: genres::named(name)?, mass })).collect();
    all.sort_by_key(|mass| mass.genre);
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Timestamp;

    fn artist(n: u8) -> ArtistId {
        ArtistId::new(Timestamp::from_seconds(2), [n; 10])
    }

    fn heard(plays: &[(u8, u64)]) -> Vec<ArtistHeard> {
        let policy = TastePolicy::default();
        plays.iter().map(|&(n, plays)| ArtistHeard::counted(artist(n), plays, &policy)).collect()
    }

    fn told(masses: &[GenreMass]) -> BTreeMap<&'static str, f64> {
        masses.iter().map(|m| (m.genre.name(), m.mass)).collect()
    }

    #[test]
    fn golden_masses_reach_every_ancestor() {
        // docs/algorithms.md, "Genres": funeral doom stands under doom metal, metal and rock.
        let policy = TastePolicy::default();
        let genres = ArtistGenres::from([
            (artist(1), vec![("funeral doom".to_owned(), 2.0)]),
            (
                artist(2),
                vec![("metal".to_owned(), 3.0), ("jazz".to_owned(), 1.0), ("made up".to_owned(), 4.0)],
            ),
        ]);
        let found = masses(&heard(&[(1, 99), (2, 9), (3, 5)]), &genres, &policy);
        let expected = [
            ("jazz", 0.287_823_137),
            ("rock", 0.287_823_137),
            ("metal", 1.151_292_546),
            ("doom metal", 1.151_292_546),
            ("funeral doom", 4.605_170_186),
        ];
        for ((name, mass), (expected, by_hand)) in told(&found).into_iter().zip(BTreeMap::from(expected)) {
            assert!(name == expected && (mass - by_hand).abs() < 1e-9, "{name} {mass}");
        }
        assert_eq!(found.len(), expected.len());
        assert!(found.is_sorted_by_key(|m| m.genre.index()));
    }

    #[test]
    fn rare_genres_weigh_more() {
        let of = |name| GenreMass { genre: genres::named(name).unwrap(), mass: 1.0 };
        let idf = GenreIdf::new([&[of("rock"), of("fado")][..], &[of("rock")], &[], &[of("rock")]]);
        assert!((idf.of(of("rock").genre) - 1.0).abs() < 1e-12);
        assert!((idf.of(of("fado").genre) - 1.693_147_181).abs() < 1e-9);
        assert!((idf.of(of("jazz").genre) - 2.386_294_361).abs() < 1e-9);
    }

    proptest! {
        /// What was named sums to 1, a parent has at least its share of each child, and no number is wild.
        #[test]
        fn masses_keep_their_sums(
            named in prop::collection::vec((0..genres::count(), 1e-6f64..1e6), 1..6),
            plays in 0u64..u64::MAX,
        ) {
            let policy = TastePolicy::default();
            let names: Vec<_> = genres::all().map(Genre::name).collect();
            let tags: Vec<_> = named.iter().map(|&(n, weight)| (names[n].to_owned(), weight)).collect();
            let found = told(&artist_masses(&tags, &policy));
            for (name, mass) in &found {
                prop_assert!(mass.is_finite() && *mass > 0.0 && *mass <= 1.0 + 1e-9);
                let parent = genres::named(name).and_then(Genre::parent);
                prop_assert!(parent.is_none_or(|p| found[p.name()] >= mass * policy.parent_share - 1e-9));
            }
            let alone = TastePolicy { parent_share: 0.0, ..policy.clone() };
            let sum: f64 = artist_masses(&tags, &alone).iter().map(|m| m.mass).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            let genres = ArtistGenres::from([(artist(1), tags)]);
            prop_assert!(masses(&heard(&[(1, plays)]), &genres, &policy).iter().all(|m| m.mass.is_finite()));
        }
    }
}
