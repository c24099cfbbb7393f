//! Taste is trained where enough people listen, and compared by artists where fewer do.

use std::sync::Arc;

use pollster::block_on;
use signal_core::compatibility::Basis;
use signal_core::engine::{Engine, ImportOptions, Imported};
use signal_core::model::{Claim, UserId, Viewer};
use signal_core::platform::{ImportRecord, ImportedArtist};
use signal_core::policy::{CompatibilityPolicy, Policy};
use signal_core::simulation::SimulatedHost;
use signal_core::store::MemoryStore;

/// Forty people of two scenes; so many are enough for a model.
async fn town(trained_from: usize) -> Engine {
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    let engine = Engine::new(Arc::new(MemoryStore::new()), Arc::new(SimulatedHost::new(7, start)));
    let compatibility = CompatibilityPolicy { trained_from, ..CompatibilityPolicy::default() };
    engine.set_policy(Policy { compatibility, ..Policy::default() }).await.expect("a policy");
    let artist = |n: u32| ImportedArtist { id: None, name: format!("Band {n}") };
    let mut records: Vec<ImportRecord> = (0..20)
        .map(|n| ImportRecord::ArtistTag {
            artist: artist(n),
            tag: if n < 10 { "jazz" } else { "metal" }.to_owned(),
        })
        .collect();
    for person in 0..40u32 {
        records.extend((0..10).filter(|n| (person + n) % 4 != 0).map(|n| ImportRecord::ArtistPlays {
            person: Some(format!("p{person}")),
            artist: artist(person % 2 * 10 + n),
            plays: u64::from(n + 3),
        }));
    }
    let options = ImportOptions { source: "town".to_owned(), person: None };
    let mut rows = records.into_iter().map(Imported::Record);
    engine.import(&mut rows, &options, &|_| ()).await.expect("imports");
    assert_eq!(engine.build_profiles().await.expect("profiles"), 40);
    engine
}

async fn person(engine: &Engine, number: u32) -> UserId {
    let claim: Claim = format!("town:p{number}").parse().expect("a claim");
    engine.find_user(Viewer::Operator, claim.as_str()).await.expect("a person")
}

#[test]
fn enough_people_are_compared_by_vectors() {
    block_on(async {
        let engine = town(40).await;
        let [a, near, far] = [person(&engine, 0).await, person(&engine, 4).await, person(&engine, 1).await];
        let to = |b| engine.compatibility(Viewer::Operator, a, b);
        let (same, other) = (to(near).await.expect("a match"), to(far).await.expect("a match"));
        assert_eq!((same.basis, other.basis), (Basis::Vectors, Basis::Vectors));
        assert!(same.taste > Some(0.8) && other.taste < Some(0.2), "{:?} {:?}", same.taste, other.taste);
        assert!(same.genre_overlap > other.genre_overlap && same.percentile > other.percentile);
        let model = engine.taste_model().await.expect("reads").expect("a model");
        let profiles = engine.profiles(Viewer::Operator).await.expect("profiles");
        assert!(profiles.iter().all(|p| p.trained && p.model == *model.id() && p.vector.len() == 384));
        // Many at once are one at a time.
        let many = engine.compatibilities(Viewer::Operator, &[a], &[near, far]).await.expect("matches");
        assert_eq!(many, [vec![same.score, other.score]]);
        assert!(engine.compatibilities(Viewer::User(a), &[a], &[far]).await.is_err());
        // Building again makes the same model, and erasing somebody forgets it.
        engine.build_profiles().await.expect("profiles");
        let again = engine.taste_model().await.expect("reads").expect("a model");
        assert_eq!(again.id(), model.id());
        engine.erase(near).await.expect("erases");
        assert!(engine.taste_model().await.expect("reads").is_none());
    });
}

#[test]
fn fewer_are_compared_by_artists() {
    block_on(async {
        let engine = town(41).await;
        let (a, b) = (person(&engine, 0).await, person(&engine, 4).await);
        let found = engine.compatibility(Viewer::Operator, a, b).await.expect("a match");
        assert_eq!(found.basis, Basis::Artists);
        assert!(found.genre_overlap > Some(0.5));
        assert!(engine.taste_model().await.expect("reads").is_none());
        let profiles = engine.profiles(Viewer::Operator).await.expect("profiles");
        assert!(profiles.iter().all(|profile| !profile.trained));
    });
}
