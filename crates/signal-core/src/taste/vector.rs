//! A taste as 384 numbers, without training: signed feature hashing (Weinberger, Dasgupta, Langford, Smola and
//! Attenberg, ICML 2009).
//!
//! Each feature adds its weight, with a sign of its own, to one slot of its own. Signs make collisions cancel on
//! average, so that the dot product of two such vectors estimates the one of the rows they stand for. 256 slots hold
//! the tf-idf row of artists, 128 the genre confidences; each block is scaled to length 1 and to half of the whole.

use super::genre_profile::{ArtistGenres, expertise};
use super::heard::ArtistHeard;
use super::plays::PlayMatrix;
use super::stable_hash::stable_hash;
use crate::model::{ModelId, TasteProfile, Timestamp, UserId, VECTOR_DIMENSIONS};
use crate::policy::TastePolicy;

const ARTIST_SLOTS: usize = 256;
const GENRE_SLOTS: usize = VECTOR_DIMENSIONS - ARTIST_SLOTS;

/// Seeds of the two blocks' hashes; part of the model.
const ARTIST_SEED: u64 = 1;
const GENRE_SEED: u64 = 2;

/// The model of this room's vectors. Another hash, seed or layout is another model.
pub fn model() -> ModelId {
    ModelId::new("hashed-1")
}

/// A person's taste profile from what they and all others play. The vector is not trained; for someone who plays
/// nothing it is all zero. Takes O(artists of the person · genres of an artist).
pub fn profile(
    user: UserId,
    matrix: &PlayMatrix,
    artist_genres: &ArtistGenres,
    policy: &TastePolicy,
    now: Timestamp,
) -> TasteProfile {
    let row = matrix.row(user);
    let heard = matrix.heard(user);
    let genres = expertise(&heard, artist_genres, policy);
    let artists = heard
        .iter()
        .zip(row)
        .map(|(one, cell)| (stable_hash(ARTIST_SEED, one.artist.uuid().as_bytes()), cell.weight));
    let confident = genres
        .iter()
        .map(|(name, genre)| (stable_hash(GENRE_SEED, name.as_bytes()), genre.confidence.as_f64()));
    let mut vector = block::<ARTIST_SLOTS>(artists).to_vec();
    vector.extend(block::<GENRE_SLOTS>(confident));
    TasteProfile {
        user,
        model: model(),
        trained: false,
        vector: unit(vector.iter().copied()).map(to_f32).collect(),
        genres,
        hours: ArtistHeard::hours(&heard),
        plays: ArtistHeard::plays(&heard),
        built_at: now,
    }
}

/// The cosine of two taste vectors, in [−1, 1]. `None` when their models differ or either says nothing.
///
/// Whether the model was trained at all is for the caller to ask: see [`TasteProfile::trained`].
pub fn cosine(a: &TasteProfile, b: &TasteProfile) -> Option<f64> {
    if a.model != b.model || a.vector.len() != b.vector.len() {
        return None;
    }
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let lengths = (dot(&a.vector, &a.vector) * dot(&b.vector, &b.vector)).sqrt();
    let cosine = dot(&a.vector, &b.vector) / lengths;
    (lengths > 0.0 && cosine.is_finite()).then(|| cosine.clamp(-1.0, 1.0))
}

/// Features hashed into slots and scaled to length 1; all zero without features.
fn block<const SLOTS: usize>(features: impl Iterator<Item = (u64, f64)>) -> [f64; SLOTS] {
    let mut slots = [0.0; SLOTS];
    for (hash, weight) in features {
        // The sign comes from the top bit, the slot from the low ones, so that they do not depend on each other.
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        let slot = usize::try_from(hash % SLOTS as u64).ok().and_then(|slot| slots.get_mut(slot));
        if let Some(slot) = slot {
            *slot += sign * weight;
        }
    }
    let mut scaled = [0.0; SLOTS];
    scaled.iter_mut().zip(unit(slots.iter().copied())).for_each(|(to, from)| *to = from);
    scaled
}

/// The numbers scaled to length 1, or as they are when all are zero.
fn unit(numbers: impl Iterator<Item = f64> + Clone) -> impl Iterator<Item = f64> {
    let length = numbers.clone().map(|x| x * x).sum::<f64>().sqrt();
    numbers.map(move |x| if length > 0.0 { x / length } else { x })
}

#[expect(clippy::cast_possible_truncation, reason = "a stored vector keeps seven digits")]
fn to_f32(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::ArtistId;
    use crate::taste::similarity;

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_seconds(1), [n; 10])
    }

    fn artist(n: u32) -> ArtistId {
        let mut random = [0; 10];
        random[..4].copy_from_slice(&n.to_be_bytes());
        ArtistId::new(Timestamp::from_seconds(2), random)
    }

    fn profiled(n: u8, plays: &[(u8, u32, u64)], genres: &ArtistGenres) -> TasteProfile {
        let matrix = PlayMatrix::build(plays.iter().map(|&(u, i, plays)| (user(u), artist(i), plays)));
        profile(user(n), &matrix, genres, &TastePolicy::default(), Timestamp::from_seconds(9))
    }

    fn length(profile: &TasteProfile) -> f64 {
        profile.vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt()
    }

    #[test]
    fn one_artist_and_one_genre_share_the_vector_alike() {
        let genres = ArtistGenres::from([(artist(1), vec![("jazz".to_owned(), 1.0)])]);
        let profile = profiled(1, &[(1, 1, 120)], &genres);
        let set: Vec<f32> = profile.vector.iter().copied().filter(|x| *x != 0.0).map(f32::abs).collect();
        assert_eq!(set, [std::f32::consts::FRAC_1_SQRT_2; 2]);
        assert_eq!((profile.vector.len(), profile.plays, profile.trained), (384, 120, false));
        assert!((profile.hours - 7.0).abs() < 1e-12);
    }

    #[test]
    fn the_slots_never_move() {
        // Stored vectors are compared with fresh ones: when this fails, the model needs a new name.
        let genres = ArtistGenres::from([(artist(1), vec![("jazz".to_owned(), 1.0)])]);
        let profile = profiled(1, &[(1, 1, 120)], &genres);
        let set: Vec<(usize, bool)> = profile
            .vector
            .iter()
            .enumerate()
            .filter(|(_, x)| **x != 0.0)
            .map(|(n, x)| (n, *x > 0.0))
            .collect();
        assert_eq!(set, [(246, true), (260, false)]);
    }

    #[test]
    fn who_plays_nothing_has_no_direction() {
        let genres = ArtistGenres::new();
        let (one, other) = (profiled(1, &[(1, 1, 5)], &genres), profiled(2, &[(1, 1, 5)], &genres));
        assert!(length(&other) == 0.0 && (length(&one) - 1.0).abs() < 1e-6);
        assert_eq!(cosine(&one, &other), None);
        let foreign = TasteProfile { model: ModelId::new("other"), ..one.clone() };
        assert_eq!(cosine(&one, &foreign), None);
        assert!(cosine(&one, &one).is_some_and(|c| (c - 1.0).abs() < 1e-6));
    }

    #[test]
    fn hashing_keeps_similarities_roughly() {
        // Two people with 40 artists each, 20 of them shared: the estimate's error is about 1/√256.
        let plays: Vec<(u8, u32, u64)> = (0..40)
            .flat_map(|i| [(1, i, 10), (2, i + 20, 10)])
            .chain((60..200).map(|i| (3, i, 10)))
            .collect();
        let matrix = PlayMatrix::build(plays.iter().map(|&(u, i, plays)| (user(u), artist(i), plays)));
        let exact = similarity(&matrix, user(1), user(2)).unwrap();
        let genres = ArtistGenres::new();
        let hashed = cosine(&profiled(1, &plays, &genres), &profiled(2, &plays, &genres)).unwrap();
        assert!((exact - hashed).abs() < 0.2, "{exact} {hashed}");
    }

    proptest! {
        /// A vector has length 1, and a cosine lies in [−1, 1] whichever way it is asked.
        #[test]
        fn cosines_are_cosines(plays in prop::collection::vec((1u8..3, 0u32..50, 1u64..1_000), 1..40)) {
            let genres = ArtistGenres::from([(artist(1), vec![("jazz".to_owned(), 1.0)])]);
            let (one, other) = (profiled(1, &plays, &genres), profiled(2, &plays, &genres));
            for each in [&one, &other] {
                prop_assert!(each.plays == 0 || (length(each) - 1.0).abs() < 1e-5 || length(each) == 0.0);
            }
            let found = cosine(&one, &other);
            prop_assert_eq!(found, cosine(&other, &one));
            prop_assert!(found.is_none_or(|c| (-1.0..=1.0).contains(&c)));
        }
    }
}
