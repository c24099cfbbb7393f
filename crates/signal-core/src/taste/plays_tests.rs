use proptest::prelude::*;

use super::*;
use crate::model::Timestamp;

fn user(n: u8) -> UserId {
    UserId::new(Timestamp::from_seconds(1), [n; 10])
}

fn artist(n: u8) -> ArtistId {
    ArtistId::new(Timestamp::from_seconds(2), [n; 10])
}

fn matrix(plays: &[(u8, u8, u64)]) -> PlayMatrix {
    PlayMatrix::build(plays.iter().map(|&(u, i, plays)| (user(u), artist(i), plays)))
}

/// docs/algorithms.md, "Compatibility": ann plays x and y, ben x and z, cleo x.
const GOLDEN: [(u8, u8, u64); 5] = [(1, 1, 9), (1, 2, 99), (2, 1, 99), (2, 3, 9), (3, 1, 1)];

#[test]
fn golden_similarities() {
    let matrix = matrix(&GOLDEN);
    let idf = |n| matrix.index(artist(n)).map(|index| matrix.idf(index));
    assert_eq!(idf(1), Some(1.0));
    assert!((idf(2).unwrap() - 1.693_147_181).abs() < 1e-9);
    let near = |a, b, expected: f64| {
        let found = similarity(&matrix, user(a), user(b)).unwrap();
        assert!((found - expected).abs() < 1e-9, "{a} and {b}: {found} is not {expected}");
    };
    near(1, 2, 0.216_159_170);
    near(1, 3, 0.283_216_925);
    near(2, 3, 0.763_228_292);
    near(1, 1, 1.0);
    assert_eq!(similarity(&matrix, user(1), user(9)), None);
}

#[test]
fn what_is_shared_and_what_is_new() {
    let matrix = matrix(&GOLDEN);
    let shared = shared_artists(&matrix, user(1), user(2), 5);
    assert_eq!(shared, [SharedArtist { artist: artist(1), plays_a: 9, plays_b: 99, weight: 9.0 }]);
    assert_eq!(introduces(&matrix, user(1), user(2), 5), [(artist(2), 99)]);
    assert_eq!(introduces(&matrix, user(2), user(9), 1), [(artist(1), 99)]);
    assert_eq!(introduces(&matrix, user(9), user(1), 5), []);
}

#[test]
fn counts_add_up_and_zeros_are_nothing() {
    let matrix = matrix(&[(1, 1, 3), (2, 1, 0), (1, 2, 1), (1, 1, 4)]);
    assert_eq!((matrix.users(), matrix.artists()), (1, 2));
    let row: Vec<_> = matrix.row(user(1)).iter().map(|cell| (cell.artist, cell.plays)).collect();
    assert_eq!(row, [(0, 7), (1, 1)]);
    assert!(matrix.row(user(2)).is_empty());
}

proptest! {
    /// Symmetric, within [0, 1], 1 with oneself, and above 0 exactly when an artist is shared.
    #[test]
    fn similarity_is_a_cosine(plays in prop::collection::vec((0u8..5, 0u8..8, 0u64..1_000_000), 0..60)) {
        let matrix = matrix(&plays);
        for a in 0..5 {
            for b in 0..5 {
                let found = similarity(&matrix, user(a), user(b));
                prop_assert_eq!(found, similarity(&matrix, user(b), user(a)));
                let Some(found) = found else { continue };
                prop_assert!((0.0..=1.0).contains(&found));
                prop_assert!(a != b || (found - 1.0).abs() < 1e-12);
                prop_assert_eq!(found > 0.0, !shared_artists(&matrix, user(a), user(b), 1).is_empty());
            }
        }
    }
}
