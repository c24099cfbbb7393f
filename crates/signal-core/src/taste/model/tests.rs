use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::policy::Policy;
use crate::taste::{Played, cosine};

fn user(n: u32) -> UserId {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&n.to_be_bytes());
    UserId::new(Timestamp::from_seconds(1), random)
}

fn artist(n: u32) -> ArtistId {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&n.to_be_bytes());
    ArtistId::new(Timestamp::from_seconds(2), random)
}

/// Two scenes of people and artists, jazz and metal; everybody plays most of their scene, and one hit of the other.
fn scenes() -> (PlayMatrix, ArtistGenres) {
    let plays = (0..60u32).flat_map(|u| {
        let scene = u % 2;
        let own = (0..20)
            .filter(move |i| (u * 7 + i * 3) % 4 != 0)
            .map(move |i| (user(u), artist(scene * 20 + i), u64::from(i + 5)));
        own.chain([(user(u), artist((1 - scene) * 20 + u % 20), 1)])
    });
    let genres = (0..40).map(|i| (artist(i), vec![(if i < 20 { "jazz" } else { "metal" }.to_owned(), 1.0)]));
    (PlayMatrix::build(plays), genres.collect())
}

fn fitted() -> (TasteModel, PlayMatrix, ArtistGenres) {
    let (matrix, genres) = scenes();
    (TasteModel::fit(&matrix, &genres, &TastePolicy::default(), 1).unwrap(), matrix, genres)
}

fn heard(plays: &[(u32, u64)]) -> Vec<ArtistHeard> {
    let policy = TastePolicy::default();
    plays.iter().map(|&(n, plays)| ArtistHeard::counted(artist(n), plays, &policy)).collect()
}

fn profiled(model: &TasteModel, user: UserId, matrix: &PlayMatrix, genres: &ArtistGenres) -> TasteProfile {
    model.profile(user, &matrix.heard(user), genres, &TastePolicy::default(), Timestamp::from_seconds(9))
}

fn bits(vector: &[f32]) -> Vec<u32> {
    vector.iter().map(|number| number.to_bits()).collect()
}

fn length(vector: &[f32]) -> f64 {
    vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt()
}

#[test]
fn profiles_have_the_same_bits_on_any_number_of_threads() {
    let (matrix, genres) = scenes();
    let mut policy = Policy::default();
    policy.compatibility.trained_from = 1;
    let all = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (model, profiles) = pool
            .install(|| crate::taste::profiles(&matrix, &genres, &policy, 1, Timestamp::from_seconds(9)))
            .unwrap();
        (model.unwrap().to_bytes(), profiles.iter().map(|p| bits(&p.vector)).collect::<Vec<_>>())
    };
    let one = all(1);
    assert_eq!(one, all(2));
    assert_eq!(one, all(8));
}

#[test]
fn people_of_one_scene_are_nearer_and_each_block_counts() {
    let (model, matrix, genres) = fitted();
    let [a, b, other] = [0, 2, 1].map(|u| profiled(&model, user(u), &matrix, &genres));
    assert!(a.trained && a.model == *model.id() && (length(&a.vector) - 1.0).abs() < 1e-6);
    let (near, far) = (cosine(&a, &b).unwrap(), cosine(&a, &other).unwrap());
    assert!(near > 0.4 && far < 0.0, "{near} {far}");
    assert!(distinct_overlap(&a, &b) > distinct_overlap(&a, &other));
    for block in [0..SPECTRUM, SPECTRUM..SPECTRUM + FACTORS, SPECTRUM + FACTORS..VECTOR_DIMENSIONS] {
        let third = length(&a.vector[block]);
        assert!((third * third - 1.0 / 3.0).abs() < 1e-5, "{third}");
    }
}

#[test]
fn a_new_person_is_folded_in_where_they_belong() {
    let (model, matrix, genres) = fitted();
    let plays = heard(&[(3, 9), (1, 2), (3, 4), (999, 50)]);
    let mut shuffled = plays.clone();
    shuffled.reverse();
    let policy = TastePolicy::default();
    let fold_in = |heard: &[ArtistHeard]| bits(&model.fold_in(heard, &genres, &policy));
    assert_eq!(fold_in(&plays), fold_in(&shuffled));
    let profile = |u| profiled(&model, user(u), &matrix, &genres);
    let new = model.profile(user(777), &plays, &genres, &policy, Timestamp::from_seconds(9));
    assert!(cosine(&new, &profile(0)) > cosine(&new, &profile(1)));
    assert_eq!(new.plays, 65);
    // Whoever the model was fitted to folds in to what their profile says.
    assert_eq!(bits(&profile(0).vector), fold_in(&matrix.heard(user(0))));
}

#[test]
fn skips_weigh_little_in_every_block() {
    let (model, _, genres) = fitted();
    let (policy, now) = (TastePolicy::default(), Timestamp::from_seconds(9));
    let played = |n, played_ms| {
        let played = Played { plays: 9, at: Some(now), played_ms: Some(played_ms) };
        ArtistHeard::of(artist(n), &[played], now, &policy)
    };
    let vector = |one, other| {
        let heard = [played(1, one), played(25, other)];
        let profile = model.profile(user(777), &heard, &genres, &policy, now);
        (profile.genres["jazz"].confidence.as_f64(), profile.genres["metal"].confidence.as_f64(), profile)
    };
    let (jazz, metal, fan) = vector(200_000, 5_000);
    let (skipped, kept, other) = vector(5_000, 200_000);
    assert!(jazz > 2.0 * metal && kept > 2.0 * skipped, "{jazz} {metal} {skipped} {kept}");
    let dot = |of: &TasteProfile, with: &[f32], block: std::ops::Range<usize>| -> f32 {
        of.vector[block.clone()].iter().zip(&with[block]).map(|(x, y)| x * y).sum()
    };
    let jazz_alone = model.fold_in(&[played(1, 200_000)], &genres, &policy);
    for block in [0..SPECTRUM, SPECTRUM..SPECTRUM + FACTORS, SPECTRUM + FACTORS..VECTOR_DIMENSIONS] {
        assert!(dot(&fan, &jazz_alone, block.clone()) > dot(&other, &jazz_alone, block));
    }
}

#[test]
fn what_is_not_known_is_zero() {
    let (model, ..) = fitted();
    let fold_in =
        |heard: &[ArtistHeard], genres: &ArtistGenres| model.fold_in(heard, genres, &TastePolicy::default());
    assert_eq!(fold_in(&[], &ArtistGenres::new()), vec![0.0; VECTOR_DIMENSIONS]);
    assert_eq!(fold_in(&heard(&[(999, 4)]), &ArtistGenres::new()), vec![0.0; VECTOR_DIMENSIONS]);
    let genre_alone = ArtistGenres::from([(artist(999), vec![("jazz".to_owned(), 1.0)])]);
    let vector = fold_in(&heard(&[(999, 4)]), &genre_alone);
    assert!((length(&vector) - 1.0).abs() < 1e-6 && length(&vector[..SPECTRUM + FACTORS]) == 0.0);
    let plays_alone = fold_in(&heard(&[(1, 4)]), &ArtistGenres::new());
    assert!((length(&plays_alone) - 1.0).abs() < 1e-6 && length(&plays_alone[SPECTRUM + FACTORS..]) == 0.0);
}

/// Person, artist, plays.
type Plays = Vec<(u32, u32, u64)>;

#[test]
fn degenerate_communities_have_finite_answers() {
    let cases: [(&str, Plays); 5] = [
        ("nobody", vec![]),
        ("one play", vec![(0, 0, 1)]),
        ("all the same artist", (0..50).map(|u| (u, 0, 1)).collect()),
        ("a billion plays", vec![(0, 0, 1_000_000_000), (1, 0, u64::MAX), (1, 1, 1)]),
        ("one listener of ten thousand artists", (0..10_000).map(|i| (0, i, 1)).collect()),
    ];
    for (case, plays) in cases {
        finite(case, &plays);
    }
}

#[test]
#[ignore = "half a minute"]
fn two_million_artists_have_finite_answers() {
    let plays: Plays = (0..2_000_000).map(|i| (i % 2, i, 1)).collect();
    finite("two listeners of two million artists", &plays);
}

/// Fits a model, and checks everybody's profile.
fn finite(case: &str, plays: &[(u32, u32, u64)]) {
    let jazz = ArtistGenres::from([(artist(0), vec![("jazz".to_owned(), 1.0)])]);
    let matrix = PlayMatrix::build(plays.iter().map(|&(u, i, n)| (user(u), artist(i), n)));
    let model = TasteModel::fit(&matrix, &jazz, &TastePolicy::default(), 1).unwrap();
    assert_eq!(model.artists(), matrix.artists().min(MODEL_ARTISTS_MAX), "{case}");
    for person in matrix.people() {
        let profile = profiled(&model, person, &matrix, &jazz);
        assert!(profile.vector.iter().all(|x| x.is_finite()), "{case}");
        assert!((length(&profile.vector) - 1.0).abs() < 1e-5, "{case}: {}", length(&profile.vector));
        assert!(profile.hours.is_finite(), "{case}");
    }
}

#[test]
fn a_model_that_is_too_large_keeps_the_artists_with_the_most_listeners() {
    let plays = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3)];
    let matrix = PlayMatrix::build(plays.map(|(u, i)| (user(u), artist(i), 1)));
    let selection = Selection::of(&matrix, 2);
    let kept = selection.interactions(&matrix, |_| 1.0).unwrap();
    assert_eq!((kept.users(), kept.items(), kept.len()), (3, 2, 4));
    assert_eq!(selection.into_artists(), [artist(1), artist(2)]);
}

#[test]
fn models_of_yesterday_are_read() {
    let model = TasteModel::from_bytes(YESTERDAY).unwrap();
    assert_eq!((model.artists(), model.genres.0.len()), (1, 1));
    assert_eq!(model.id().as_str(), YESTERDAYS_ID);
    assert_eq!(model.to_bytes(), YESTERDAY);
    let genres = ArtistGenres::from([(artist(1), vec![("jazz".to_owned(), 1.0)])]);
    let vector = model.fold_in(&heard(&[(1, 3)]), &genres, &TastePolicy::default());
    // The spectrum points along its first number, the factors along theirs, and the one genre up.
    let third = 1.0 / 3.0_f32.sqrt();
    for place in [0, SPECTRUM, SPECTRUM + FACTORS] {
        assert!((vector[place] - third).abs() < 1e-6, "{place}: {}", vector[place]);
    }
}

/// Written by version 1; it must be read for ever.
const YESTERDAY: &[u8] = include_bytes!("yesterday.bin");
const YESTERDAYS_ID: &str = "composed-1:8c5ea51f0d60b27b";

#[test]
fn bytes_come_back_bit_for_bit_and_lies_are_refused() {
    let (model, _, genres) = fitted();
    let bytes = model.to_bytes();
    let read = TasteModel::from_bytes(&bytes).unwrap();
    assert_eq!((read.id(), read.to_bytes() == bytes), (model.id(), true));
    let (plays, policy) = (heard(&[(3, 9), (25, 2)]), TastePolicy::default());
    assert_eq!(bits(&read.fold_in(&plays, &genres, &policy)), bits(&model.fold_in(&plays, &genres, &policy)));
    assert_eq!(TasteModel::from_bytes(b"").unwrap_err(), ModelBytesError::Length);
    assert_eq!(TasteModel::from_bytes(&bytes[..bytes.len() - 1]).unwrap_err(), ModelBytesError::Length);
    assert_eq!(TasteModel::from_bytes(&[&bytes[..], &[0]].concat()).unwrap_err(), ModelBytesError::Length);
    let with = |place: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[place] = byte;
        TasteModel::from_bytes(&changed).unwrap_err()
    };
    assert_eq!(with(0, b'S'), ModelBytesError::Foreign);
    assert_eq!(with(8, 2), ModelBytesError::Foreign);
    assert_eq!(with(12, 255), ModelBytesError::Content { what: "number of artists" });
    // Another artist first: no longer in order.
    assert_eq!(with(13, 255), ModelBytesError::Content { what: "list of artists" });
}

#[test]
fn another_seed_or_other_plays_make_another_model() {
    let (model, matrix, genres) = fitted();
    assert_ne!(TasteModel::fit(&matrix, &genres, &TastePolicy::default(), 2).unwrap().id(), model.id());
    assert_eq!(TasteModel::fit(&matrix, &genres, &TastePolicy::default(), 1).unwrap().id(), model.id());
    let fewer: BTreeMap<_, _> = genres.into_iter().skip(1).collect();
    assert_ne!(TasteModel::fit(&matrix, &fewer, &TastePolicy::default(), 1).unwrap().id(), model.id());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Vectors are finite and of length 1 or 0; overlaps are symmetric and lie in [0, 1], 1 with oneself.
    #[test]
    fn vectors_and_overlaps_keep_to_their_ranges(
        one in prop::collection::vec((0u32..45, 0u64..1_000), 0..12), other in prop::collection::vec((0u32..45, 1u64..9), 1..12),
    ) {
        static MODEL: std::sync::LazyLock<(TasteModel, PlayMatrix, ArtistGenres)> = std::sync::LazyLock::new(fitted);
        let (model, _, genres) = &*MODEL;
        let profile = |n, plays: &[(u32, u64)]| {
            model.profile(user(n), &heard(plays), genres, &TastePolicy::default(), Timestamp::from_seconds(9))
        };
        let (x, y) = (profile(1, &one), profile(2, &other));
        for profile in [&x, &y] {
            let length = length(&profile.vector);
            prop_assert!(length == 0.0 || (length - 1.0).abs() < 1e-5, "{}", length);
        }
        let found = distinct_overlap(&x, &y);
        prop_assert_eq!(found, distinct_overlap(&y, &x));
        prop_assert!(found.is_none_or(|shared| (0.0..=1.0).contains(&shared)));
        prop_assert!(distinct_overlap(&x, &x).is_none_or(|shared| shared >= 1.0));
    }
}
