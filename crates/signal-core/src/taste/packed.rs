//! Everybody's taste profiles, packed.

use std::collections::BTreeMap;

use super::genre_profile::overlap_of;
use super::model::{FACTORS, SPECTRUM};
use crate::model::{Millionths, ModelId, TasteProfile, UserId, VECTOR_DIMENSIONS};

/// The length of a packed vector. Its square is below 2^30, so that by Cauchy and Schwarz no sum of products leaves 32
/// bits.
const LENGTH: f32 = 32_767.0;

/// Where a vector is, and what it takes to compare it.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The number of the model.
    model: u16,
    /// Its number among all vectors.
    number: u32,
    /// The square of its length.
    squared: i32,
}

/// The number of a name, and how sure the genre is.
type Genre = (u16, Millionths);

/// What a match needs of everybody's profile: trained vectors as 16-bit numbers, genres as numbers of names.
///
/// Takes about 800 bytes a vector and 8 a genre, a quarter of the profiles themselves. A cosine of packed vectors is
/// the same on every machine, for it is counted in whole numbers. It is off by 10⁻⁵ as a rule, and by less than
/// 6.1 · 10⁻⁴ always: rounding moves each vector by at most √384 / 2 / 32,767.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    /// By id.
    people: Vec<Packed>,
    vectors: Vec<i16>,
    /// In the order of the alphabet.
    names: Vec<String>,
    genres: Vec<Genre>,
}

/// Where one person's numbers are.
#[derive(Debug, Clone, Copy)]
struct Packed {
    user: UserId,
    /// `None` without a trained one that says anything.
    vector: Option<Place>,
    /// The end of the genres.
    genres: u32,
}

impl Profiles {
    /// How many people have a profile.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody has one.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// What is packed of a person; `None` for somebody without a profile. Takes O(log people).
    pub fn row(&self, user: UserId) -> Option<ProfileRow<'_>> {
        self.at(self.people.binary_search_by_key(&user, |person| person.user).ok()?)
    }

    /// A person's genres by name, with how sure each is.
    pub fn genres(&self, user: UserId) -> impl Iterator<Item = (&str, Millionths)> {
        let row = self.row(user).map_or(&[][..], |row| row.genres);
        row.iter().filter_map(|(name, sure)| Some((self.names.get(usize::from(*name))?.as_str(), *sure)))
    }

    /// Some people's rows alone, one after another in the order given: to be compared with rows of these profiles.
    #[must_use]
    pub fn gathered(&self, people: &[UserId]) -> Self {
        let mut gathered = Self { names: self.names.clone(), ..Self::default() };
        for user in people {
            let row = self.row(*user);
            let vector = row.and_then(|row| row.vector).map(|(at, numbers)| {
                let place = gathered.vectors.len() / VECTOR_DIMENSIONS;
                gathered.vectors.extend_from_slice(numbers);
                Place { number: u32::try_from(place).unwrap_or(u32::MAX), ..at }
            });
            gathered.genres.extend(row.into_iter().flat_map(|row| row.genres));
            let genres = u32::try_from(gathered.genres.len()).unwrap_or(u32::MAX);
            gathered.people.push(Packed { user: *user, vector, genres });
        }
        gathered
    }

    /// All rows, in their order.
    pub fn rows(&self) -> impl Iterator<Item = ProfileRow<'_>> {
        (0..self.people.len()).filter_map(|place| self.at(place))
    }

    fn at(&self, place: usize) -> Option<ProfileRow<'_>> {
        let person = self.people.get(place)?;
        let vector = person.vector.and_then(|at| {
            let start = at.number as usize * VECTOR_DIMENSIONS;
            Some((at, self.vectors.get(start..start + VECTOR_DIMENSIONS)?))
        });
        let before = place.checked_sub(1).and_then(|before| self.people.get(before));
        let start = before.map_or(0, |person| person.genres as usize);
        Some(ProfileRow { vector, genres: self.genres.get(start..person.genres as usize)? })
    }
}

/// What is packed of one person.
#[derive(Debug, Clone, Copy)]
pub struct ProfileRow<'a> {
    vector: Option<(Place, &'a [i16])>,
    genres: &'a [Genre],
}

impl ProfileRow<'_> {
    /// Whether both have a trained vector of one model.
    pub fn compares(&self, other: &ProfileRow<'_>) -> bool {
        self.vector.zip(other.vector).is_some_and(|(a, b)| a.0.model == b.0.model)
    }

    /// The cosine of two people's trained vectors of one model, in [−1, 1]; `None` where there are no such two.
    pub fn cosine(&self, other: &ProfileRow<'_>) -> Option<f64> {
        let (a, b) = (self.vector?, other.vector?);
        if a.0.model != b.0.model {
            return None;
        }
        let lengths = f64::from(a.0.squared) * f64::from(b.0.squared);
        Some((f64::from(dot(a.1, b.1)) / lengths.sqrt()).clamp(-1.0, 1.0))
    }

    /// Σ min / Σ max of the genre confidences; `None` where either has none.
    pub fn genre_overlap(&self, other: &ProfileRow<'_>) -> Option<f64> {
        overlap_of(self.genres, other.genres)
    }

    /// Σ min / Σ max of how much more of each genre the two play than people do, by the block of genres of their vectors
    /// (see [`distinct_overlap`](super::distinct_overlap)); `None` without two trained vectors of one model, or where
    /// nothing stands out in either.
    pub fn distinct_overlap(&self, other: &ProfileRow<'_>) -> Option<f64> {
        if !self.compares(other) {
            return None;
        }
        let (x, y) = (self.scores()?, other.scores()?);
        let (least, most) =
            x.zip(y).fold((0.0, 0.0), |(least, most), (x, y)| (least + x.min(y), most + x.max(y)));
        (most > 0.0).then(|| f64::min(least / most, 1.0))
    }

    /// The positive numbers of the genres, divided by the length of all of them.
    fn scores(&self) -> Option<impl Iterator<Item = f64> + '_> {
        let block = self.vector?.1.get(SPECTRUM + FACTORS..)?;
        let length = f64::from(dot(block, block)).sqrt();
        (length > 0.0).then(|| block.iter().map(move |number| f64::from(*number).max(0.0) / length))
    }
}

/// Profiles that are being packed, one after another, so that they need not all be in memory unpacked.
#[derive(Debug, Default)]
pub struct Packing {
    people: BTreeMap<UserId, (Option<Place>, Vec<Genre>)>,
    models: Vec<ModelId>,
    vectors: Vec<i16>,
    names: BTreeMap<String, u16>,
}

impl Packing {
    /// One more, in any order; of two of one person the later counts.
    pub fn add(&mut self, profile: TasteProfile) {
        let vector = self.vector(&profile);
        let mut genres = Vec::with_capacity(profile.genres.len());
        for (name, genre) in profile.genres {
            let next = u16::try_from(self.names.len()).ok();
            let number = self.names.get(&name).copied().or(next);
            if let Some(number) = number {
                self.names.entry(name).or_insert(number);
                genres.push((number, genre.confidence));
            }
        }
        self.people.insert(profile.user, (vector, genres));
    }

    fn vector(&mut self, profile: &TasteProfile) -> Option<Place> {
        let length = profile.vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        let usable = profile.trained && profile.vector.len() == VECTOR_DIMENSIONS;
        if !usable || !length.is_finite() || length <= 0.0 {
            return None;
        }
        let known = self.models.iter().position(|model| *model == profile.model);
        let model = u16::try_from(known.unwrap_or(self.models.len())).ok()?;
        if known.is_none() {
            self.models.push(profile.model.clone());
        }
        let place = u32::try_from(self.vectors.len() / VECTOR_DIMENSIONS).ok()?;
        let start = self.vectors.len();
        self.vectors.extend(profile.vector.iter().map(|x| whole(x / length * LENGTH)));
        let vector = self.vectors.get(start..)?;
        Some(Place { model, number: place, squared: dot(vector, vector) })
    }

    /// Everything that was added.
    pub fn finish(self) -> Profiles {
        // Names are numbered in the order of the alphabet, so that rows in their order are in the order of names.
        let mut numbers = vec![0u16; self.names.len()];
        for (new, old) in (0u16..).zip(self.names.values()) {
            if let Some(number) = numbers.get_mut(usize::from(*old)) {
                *number = new;
            }
        }
        let mut packed = Profiles {
            people: Vec::with_capacity(self.people.len()),
            vectors: self.vectors,
            names: self.names.into_keys().collect(),
            genres: Vec::new(),
        };
        for (user, (vector, mut genres)) in self.people {
            for genre in &mut genres {
                genre.0 = numbers.get(usize::from(genre.0)).copied().unwrap_or(0);
            }
            genres.sort_unstable();
            packed.genres.extend(genres);
            let end = u32::try_from(packed.genres.len()).unwrap_or(u32::MAX);
            packed.people.push(Packed { user, vector, genres: end });
        }
        packed.vectors.shrink_to_fit();
        packed.genres.shrink_to_fit();
        packed
    }
}

fn dot(a: &[i16], b: &[i16]) -> i32 {
    a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum()
}

#[expect(clippy::cast_possible_truncation, reason = "a coordinate of a vector of this length fits")]
fn whole(number: f32) -> i16 {
    number.round().clamp(-LENGTH, LENGTH) as i16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{GenreExpertise, Timestamp};
    use crate::taste::{cosine, distinct_overlap, overlap};

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_seconds(1), [n; 10])
    }

    fn profile(n: u8, seed: &[f32], genres: &BTreeMap<String, u32>) -> TasteProfile {
        let vector: Vec<f32> =
            (0..VECTOR_DIMENSIONS).map(|i| seed[i % seed.len()] * (i as f32).cos()).collect();
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        let sure = |c: &u32| GenreExpertise { confidence: Millionths::new(*c).unwrap(), hours: 1.0 };
        TasteProfile {
            user: user(n),
            model: ModelId::new("m"),
            trained: true,
            vector: vector.iter().map(|x| if length > 0.0 { x / length } else { 0.0 }).collect(),
            genres: genres.iter().map(|(name, c)| (name.clone(), sure(c))).collect(),
            hours: 1.0,
            plays: 1,
            built_at: Timestamp::from_seconds(9),
        }
    }

    fn pack(profiles: impl IntoIterator<Item = TasteProfile>) -> Profiles {
        let mut packing = Packing::default();
        for profile in profiles {
            packing.add(profile);
        }
        packing.finish()
    }

    fn near(packed: &Profiles, a: &TasteProfile, b: &TasteProfile) -> Option<f64> {
        packed.row(a.user)?.cosine(&packed.row(b.user)?)
    }

    fn cosine_of(packed: &Profiles, a: u8, b: u8) -> Option<f64> {
        packed.row(user(a))?.cosine(&packed.row(user(b))?)
    }

    #[test]
    fn other_models_and_untrained_vectors_are_never_compared() {
        let none = BTreeMap::new();
        let one = profile(1, &[1.0], &none);
        let foreign = TasteProfile { model: ModelId::new("other"), ..profile(2, &[1.0], &none) };
        let untrained = TasteProfile { trained: false, ..profile(3, &[1.0], &none) };
        let silent = profile(4, &[0.0], &none);
        let packed = pack([silent, untrained, foreign, one]);
        assert_eq!(packed.len(), 4);
        assert_eq!(
            [1, 2, 3, 4, 5].map(|n| cosine_of(&packed, 1, n).is_some()),
            [true, false, false, false, false]
        );
        assert_eq!(cosine_of(&packed, 2, 2), Some(1.0));
    }

    #[test]
    fn packing_costs_a_hundred_thousandth() {
        let none = BTreeMap::new();
        let long = |n: u8| (0..97).map(|i| ((i * i + i32::from(n) * 7) as f32).sin()).collect::<Vec<f32>>();
        let profiles: Vec<_> = (0..40).map(|n| profile(n, &long(n), &none)).collect();
        let packed = pack(profiles.iter().cloned());
        let pairs = profiles.iter().flat_map(|a| profiles.iter().map(move |b| (a, b)));
        let errors = pairs.map(|(a, b)| near(&packed, a, b).unwrap() - cosine(a, b).unwrap());
        let mean = (errors.map(|error| error * error).sum::<f64>() / 1_600.0).sqrt();
        assert!(mean < 1.5e-5, "{mean}");
    }

    proptest! {
        /// What is told of packed profiles is what the profiles say.
        #[test]
        fn packing_keeps_what_matters(
            seeds in prop::collection::vec(prop::collection::vec(-1f32..1.0, 1..9), 3),
            genres in prop::collection::vec(prop::collection::btree_map("[a-f]{1,2}", 1u32..=1_000_000, 0..6), 3),
        ) {
            let profiles: Vec<_> = (0u8..).zip(seeds.iter().zip(&genres)).map(|(n, (seed, genres))| profile(n, seed, genres)).collect();
            let packed = pack(profiles.iter().rev().cloned());
            let gathered = packed.gathered(&profiles.iter().map(|profile| profile.user).collect::<Vec<_>>());
            prop_assert_eq!(gathered.rows().count(), profiles.len());
            for a in &profiles {
                let told: Vec<_> = packed.genres(a.user).map(|(name, sure)| (name.to_owned(), sure)).collect();
                let held: Vec<_> = a.genres.iter().map(|(name, genre)| (name.clone(), genre.confidence)).collect();
                prop_assert_eq!(told, held);
                for b in &profiles {
                    let rows = (packed.row(a.user).unwrap(), gathered.row(b.user).unwrap());
                    prop_assert_eq!(rows.0.genre_overlap(&rows.1), overlap(&a.genres, &b.genres));
                    let distinct = (rows.0.distinct_overlap(&rows.1), distinct_overlap(a, b));
                    prop_assert_eq!(distinct.0.is_some(), distinct.1.is_some());
                    prop_assert!(distinct.0.zip(distinct.1).is_none_or(|(x, y)| (x - y).abs() < 0.02), "{distinct:?}");
                    let (near, exact) = (rows.0.cosine(&rows.1), cosine(a, b));
                    prop_assert_eq!(near.is_some(), exact.is_some());
                    prop_assert!(near.zip(exact).is_none_or(|(x, y)| (x - y).abs() < 6.1e-4), "{near:?} {exact:?}");
                }
            }
        }
    }
}
