//! Nearest vectors by the database.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use signal_adapters::surrealdb::SurrealStore;
use signal_core::model::{ModelId, TasteProfile, Timestamp, UserId, VECTOR_DIMENSIONS};
use signal_core::store::{LedgerStore, ProfileStore, Store};

use crate::fixtures::{erase, user};

const PEOPLE: u128 = 400;
const ASKED: u32 = 20;
/// Tastes that people share, so that near ones are nearer than far ones.
const TASTES: usize = 8;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nearest_vectors_are_found() {
    let store = SurrealStore::open("surreal-mem:").await.expect("the store opens");
    assert!(store.capabilities().vector_search);
    let profiles = profiles();
    for some in profiles.chunks(100) {
        store.put_profiles(some).await.expect("profiles");
    }
    let model = ModelId::new("one");
    let (mut found, mut wanted) = (0, 0);
    for asker in profiles.iter().filter(|profile| profile.model == model && profile.trained).take(20) {
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
