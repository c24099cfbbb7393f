//! Nearest vectors by the database, where it has pgvector.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use signal_core::model::{ModelId, TasteProfile, Timestamp, UserId, VECTOR_DIMENSIONS};
use signal_core::store::{LedgerStore, ProfileStore, Store};

use crate::fixtures::{erase, user};
use crate::server::{self, Database};

const PEOPLE: u128 = 2_000;
const ASKED: u32 = 20;
/// Tastes that people share, so that near ones are nearer than far ones.
const TASTES: usize = 40;

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn profiles() -> Vec<TasteProfile> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let mut vector =
        || (0..VECTOR_DIMENSIONS).map(|_| random.random_range(-1.0_f32..1.0)).collect::<Vec<_>>();
    let tastes: Vec<_> = (0..TASTES).map(|_| vector()).collect();
    let mut near = |n: u128| {
        let taste = &tastes[usize::try_from(n).expect("few") % TASTES];
        taste.iter().zip(vector()).map(|(a, b)| a + 0.7 * b).collect()
    };
    (0..PEOPLE)
        .map(|n| TasteProfile {
            user: user(n),
            model: ModelId::new(if n % 10 == 9 { "other" } else { "one" }),
            trained: n % 10 != 8,
            vector: near(n),
            genres: BTreeMap::new(),
            hours: 1.0,
            plays: 1,
            built_at: Timestamp::from_seconds(1_767_225_600),
        })
        .collect()
}

#[tokio::test]
async fn nearest_vectors_are_found() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = database.open().await;
    if !store.capabilities().vector_search {
        println!("left out: the server has no pgvector");
        let error = store.nearest(&ModelId::new("one"), &[0.0], 1).await.expect_err("it cannot");
        assert!(error.to_string().contains("pgvector"), "{error}");
        return;
    }
    let profiles = profiles();
    store.put_profiles(&profiles).await.expect("profiles");
    let model = ModelId::new("one");
    let (mut found, mut wanted) = (0, 0);
    for asker in profiles.iter().filter(|profile| profile.model == model && profile.trained).take(50) {
        let mut exact: Vec<_> = profiles
            .iter()
            .filter(|profile| profile.model == model && profile.trained)
            .map(|profile| (cosine(&asker.vector, &profile.vector), profile.user))
            .collect();
        exact.sort_by(|a, b| b.0.total_cmp(&a.0));
        let exact: BTreeSet<UserId> = exact.iter().take(ASKED as usize).map(|(_, user)| *user).collect();
        let nearest = store.nearest(&model, &asker.vector, ASKED).await.expect("the nearest");
        assert_eq!(nearest.len(), ASKED as usize);
        assert_eq!(nearest[0].0, asker.user, "oneself is nearest");
        assert!((nearest[0].1 - 1.0).abs() < 1e-5, "{nearest:?}");
        assert!(nearest.is_sorted_by(|a, b| a.1 >= b.1), "nearest first");
        found += nearest.iter().filter(|(user, _)| exact.contains(user)).count();
        wanted += exact.len();
    }
    let recall = found as f64 / wanted as f64;
    println!("recall {recall:.3}");
    assert!(recall >= 0.95, "{recall}");
    let gone = &profiles[0];
    store.append(&[erase(0, vec![])]).await.expect("an append");
    let nearest = store.nearest(&model, &gone.vector, ASKED).await.expect("the nearest");
    assert!(nearest.iter().all(|(user, _)| *user != gone.user), "who was erased is not found");
}

#[tokio::test]
async fn profiles_of_before_the_extension_are_found_after_it() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = database.open().await;
    if !store.capabilities().vector_search {
        println!("left out: the server has no pgvector");
        return;
    }
    database
        .execute(
            "DROP TABLE profile_vectors; DROP FUNCTION signal_keep_vector() CASCADE; DROP EXTENSION vector; \
                  DELETE FROM personal_tables WHERE name = 'profile_vectors'",
        )
        .await;
    let profiles = profiles();
    store.put_profiles(&profiles[..20]).await.expect("profiles");
    let again = database.open().await;
    let nearest = again.nearest(&ModelId::new("one"), &profiles[3].vector, 3).await.expect("the nearest");
    assert_eq!(nearest[0].0, profiles[3].user);
}
