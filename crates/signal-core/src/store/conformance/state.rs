//! Profiles, values, leases and secrets.

use super::fixtures::{at, user};
use crate::model::{GenreExpertise, Millionths, ModelId, TasteProfile, VECTOR_DIMENSIONS};
use crate::store::{Lease, Store};

/// The profile of person `n`, with numbers that no short decimal hits.
pub(super) fn profile(n: u32) -> TasteProfile {
    let tenth = f64::from(n) + 0.1;
    let expertise = |millionths| GenreExpertise {
        confidence: Millionths::clamped(millionths),
        hours: tenth / 3.0 + millionths as f64 / 7.0,
    };
    TasteProfile {
        user: user(n),
        model: ModelId::new(format!("model-{n}")),
        trained: n.is_multiple_of(2),
        vector: (0..VECTOR_DIMENSIONS).map(|i| (n as f32 + i as f32).sqrt() / 20.0).collect(),
        genres: [("dub".to_owned(), expertise(333_333)), ("trip hop".to_owned(), expertise(1))].into(),
        hours: tenth * tenth / 3.0,
        plays: u64::from(n) * 1_000_003,
        built_at: at(i64::from(n)),
    }
}

pub(super) async fn profiles_come_back_bit_for_bit(store: &dyn Store) {
    assert_eq!(store.profile(user(1)).await.expect("a profile"), None);
    store.put_profiles(&[]).await.expect("profiles");
    let profiles = [profile(1), profile(2), profile(3)];
    store.put_profiles(&profiles).await.expect("profiles");
    for profile in &profiles {
        assert_eq!(store.profile(profile.user).await.expect("a profile").as_ref(), Some(profile));
    }
    let newer = TasteProfile { genres: [].into(), vector: vec![0.0; VECTOR_DIMENSIONS], ..profile(2) };
    store.put_profiles(std::slice::from_ref(&newer)).await.expect("profiles");
    assert_eq!(store.profile(user(2)).await.expect("a profile"), Some(newer));
    assert_eq!(store.profile(user(9)).await.expect("a profile"), None);
}

pub(super) async fn values_are_set_and_removed(store: &dyn Store) {
    assert_eq!(store.state("cursor").await.expect("a value"), None);
    store.put_state("cursor", b"one").await.expect("a value is set");
    store.put_state("empty", b"").await.expect("a value is set");
    store.put_state("cursor", &[0, 255, 0]).await.expect("a value is set");
    assert_eq!(store.state("cursor").await.expect("a value"), Some(vec![0, 255, 0]));
    assert_eq!(store.state("empty").await.expect("a value"), Some(vec![]));
    assert_eq!(store.state("Cursor").await.expect("a value"), None, "case matters");
    store.remove_state("cursor").await.expect("a value is removed");
    store.remove_state("cursor").await.expect("one that is not there is no error");
    assert_eq!(store.state("cursor").await.expect("a value"), None);
    assert_eq!(store.state("empty").await.expect("a value"), Some(vec![]));
}

pub(super) async fn leases_exclude_each_other(store: &dyn Store) {
    let lease =
        |holder: &str, until| Lease { job: "settle".to_owned(), holder: holder.to_owned(), until: at(until) };
    let acquire = async |holder: &str, until, now| {
        store.acquire(&lease(holder, until), at(now)).await.expect("a lease is asked for")
    };
    assert!(acquire("a", 10, 0).await, "it was free");
    assert!(!acquire("b", 20, 5).await, "a holds it");
    assert!(acquire("a", 15, 5).await, "a renews it");
    assert!(!acquire("b", 20, 14).await, "until the renewed time");
    assert!(acquire("b", 20, 15).await, "it expired");
    assert!(!acquire("a", 30, 16).await, "b holds it");
    store.release("settle", "a").await.expect("somebody else's is no error");
    assert!(!acquire("a", 30, 16).await, "b still holds it");
    store.release("settle", "b").await.expect("a lease is given back");
    assert!(acquire("a", 30, 16).await, "it was given back");
    let other = Lease { job: "profile".to_owned(), ..lease("b", 30) };
    assert!(store.acquire(&other, at(16)).await.expect("a lease is asked for"), "each job has its own");
    store.release("nothing", "a").await.expect("one that is not there is no error");
}

pub(super) async fn a_lease_that_somebody_took_is_not_prolonged(store: &dyn Store) {
    let lease =
        |holder: &str, until| Lease { job: "read".to_owned(), holder: holder.to_owned(), until: at(until) };
    let acquire = async |holder: &str, until, now| {
        store.acquire(&lease(holder, until), at(now)).await.expect("a lease is asked for")
    };
    let prolong =
        async |holder: &str, until| store.prolong(&lease(holder, until)).await.expect("a lease is prolonged");
    assert!(!prolong("a", 10).await, "nobody had it");
    assert!(acquire("b", 10, 0).await, "and nobody has it by that");
    store.release("read", "b").await.expect("a lease is given back");
    assert!(acquire("a", 10, 0).await, "it was free");
    assert!(prolong("a", 20).await, "a has it");
    assert!(!acquire("b", 30, 19).await, "until the new end");
    assert!(prolong("a", 20).await, "to the same end again");
    assert!(!prolong("b", 90).await, "a has it, not b");
    assert!(prolong("a", 40).await, "it ran out, and nobody took it");
    assert!(!acquire("b", 50, 39).await, "a has it again");
    assert!(acquire("b", 50, 40).await, "it ran out");
    assert!(!prolong("a", 90).await, "b took it");
    assert!(acquire("c", 60, 50).await, "and a did not move its end");
    store.release("read", "c").await.expect("a lease is given back");
    assert!(!prolong("a", 90).await, "it was taken, and given back since");
    assert!(acquire("d", 90, 50).await, "and nobody has it by that");
    let other = Lease { job: "write".to_owned(), ..lease("d", 90) };
    assert!(!store.prolong(&other).await.expect("a lease is prolonged"), "each job has its own");
}

pub(super) async fn secrets_are_kept_by_platform_and_field(store: &dyn Store) {
    let who = user(1);
    let secret =
        async |user, platform, field| store.secret(user, platform, field).await.expect("a ciphertext");
    assert_eq!(secret(who, "spotify", "access").await, None);
    for (platform, field, value) in
        [("spotify", "access", b"1"), ("spotify", "refresh", b"2"), ("tidal", "access", b"3")]
    {
        store.put_secret(who, platform, field, value).await.expect("a ciphertext is set");
    }
    store.put_secret(user(2), "spotify", "access", b"4").await.expect("a ciphertext is set");
    store.put_secret(who, "spotify", "access", &[0, 1, 255]).await.expect("a ciphertext is replaced");
    assert_eq!(secret(who, "spotify", "access").await, Some(vec![0, 1, 255]));
    assert_eq!(secret(who, "spotify", "refresh").await, Some(b"2".to_vec()));
    store.remove_secrets(who, "spotify").await.expect("ciphertexts are removed");
    store.remove_secrets(who, "spotify").await.expect("none is no error");
    assert_eq!(secret(who, "spotify", "access").await, None);
    assert_eq!(secret(who, "spotify", "refresh").await, None);
    assert_eq!(secret(who, "tidal", "access").await, Some(b"3".to_vec()));
    assert_eq!(secret(user(2), "spotify", "access").await, Some(b"4".to_vec()));
}
