use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use super::*;

/// Two communities of 30 that know each other along strides, joined by `attacks`; 0..30 are honest.
fn two_regions(attacks: &[(u32, u32)]) -> Links {
    let inside =
        |start: u32| (0..30).flat_map(move |n| [1, 2, 3, 7].map(|step| (start + n, start + (n + step) % 30)));
    Links::undirected(60, inside(0).chain(inside(30)).chain(attacks.iter().copied()))
}

fn labels(honest: &[u32], sybil: &[u32]) -> Labels {
    Labels { honest: honest.iter().map(|person| (*person, 1.0)).collect(), sybil: sybil.to_vec() }
}

#[test]
fn both_ways_find_a_region_behind_a_few_links() {
    let links = two_regions(&[(0, 30), (9, 44), (20, 51)]);
    for labels in [labels(&[1, 11, 21], &[]), labels(&[1, 11, 21], &[35, 55]), labels(&[], &[35, 50])] {
        let found = suspicions(&links, &labels);
        let most_honest = found[..30].iter().copied().fold(0.0, f64::max);
        let least_sybil = found[30..].iter().copied().fold(1.0, f64::min);
        assert!(least_sybil > most_honest, "{labels:?}: {least_sybil} {most_honest}");
    }
}

#[test]
fn links_that_mostly_join_opposites_say_so() {
    // Inside a region people link in triangles; every person also has two links across, which close none.
    let inside =
        |start: u32| (0..30).flat_map(move |n| [1, 2, 3].map(|step| (start + n, start + (n + step) % 30)));
    let across = (0..30).flat_map(|n| [(n, 30 + (n * 7 + 3) % 30), (n, 30 + (n * 11 + 17) % 30)]);
    let links = Links::undirected(60, inside(0).chain(inside(30)).chain(across));
    let found = suspicions(&links, &labels(&[0, 4, 8, 12, 16, 20, 24, 28], &[32, 36, 40, 44, 48, 52, 56]));
    let scores: Vec<(f64, bool)> = found.iter().enumerate().map(|(n, score)| (*score, n >= 30)).collect();
    assert_eq!(crate::integrity::auc(&scores), Some(1.0));
}

#[test]
fn what_cannot_be_told_is_told_alike() {
    assert!(suspicions(&Links::undirected(0, []), &Labels::default()).is_empty());
    assert_eq!(suspicions(&Links::undirected(1, []), &labels(&[0], &[])), [0.0]);
    assert_eq!(suspicions(&Links::undirected(3, [(0, 1)]), &Labels::default()), [0.5; 3]);
    // Labels of people who do not exist, and weights that are none.
    let wild = Labels { honest: vec![(9, 1.0), (0, f64::NAN), (1, -1.0)], sybil: vec![7] };
    assert_eq!(suspicions(&Links::undirected(2, [(0, 1)]), &wild), [0.5, 0.5]);
    // No links at all: only the labels speak.
    assert_eq!(suspicions(&Links::undirected(3, []), &labels(&[0], &[2])), [0.0, 0.5, 1.0]);
    assert_eq!(suspicions(&Links::undirected(3, []), &labels(&[0], &[])), [0.0, 0.75, 0.75]);
    // Two regions without a link between them: who is not reached by any label stands between.
    let apart = Links::undirected(6, [(0, 1), (2, 3), (4, 5)]);
    assert_eq!(suspicions(&apart, &labels(&[0], &[2])), [0.0, 0.2, 1.0, 0.8, 0.5, 0.5]);
}

#[test]
fn a_bad_label_is_stronger_than_a_place_among_the_honest() {
    let links = Links::undirected(3, [(0, 1), (1, 2)]);
    assert_eq!(suspicions(&links, &labels(&[0, 2], &[2])), suspicions(&links, &labels(&[0], &[2])));
}

#[test]
fn a_surer_seed_is_less_suspicious() {
    let links = Links::undirected(4, [(0, 1), (2, 3)]);
    let found = suspicions(&links, &Labels { honest: vec![(0, 3.0), (2, 1.0)], sybil: vec![] });
    assert!(found[0] < found[2] && found[1] < found[3], "{found:?}");
}

#[test]
fn the_same_bits_on_any_number_of_threads_and_under_any_numbers() {
    let attacks: Vec<(u32, u32)> = (0..60).map(|n| (n * 7 % 30, 30 + n * 11 % 30)).collect();
    // Many copies, so that there are several pieces of rows.
    let pairs = (0..40).flat_map(|copy| {
        let links = two_regions(&attacks);
        (0..60).flat_map(move |n| {
            links.row(n as usize).to_vec().into_iter().map(move |end| (copy * 50 + n, copy * 50 + end))
        })
    });
    let pairs: Vec<(u32, u32)> = pairs.collect();
    let links = Links::undirected(2_100, pairs.clone());
    let honest: Vec<u32> = (0..40).map(|n| n * 50 + 5).collect();
    for labels in [labels(&honest, &[]), labels(&honest, &[47, 547, 1_047])] {
        let on = |threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| suspicions(&links, &labels));
            found.into_iter().map(f64::to_bits).collect::<Vec<_>>()
        };
        assert_eq!(on(1), on(2));
        assert_eq!(on(1), on(8));
    }
    let turned = pairs.iter().map(|&(a, b)| (2_099 - a, 2_099 - b));
    let honest_turned: Vec<u32> = honest.iter().map(|person| 2_099 - person).collect();
    let mut turned = suspicions(&Links::undirected(2_100, turned), &labels(&honest_turned, &[]));
    turned.reverse();
    assert_eq!(turned, suspicions(&links, &labels(&honest, &[])), "numbers mean nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Other numbers for the same people give the same suspicions, and those are ranks.
    #[test]
    fn numbers_mean_nothing(
        pairs in prop::collection::vec((0u32..12, 0u32..12), 0..40),
        honest in prop::collection::vec(0u32..12, 0..6),
        sybil in prop::collection::vec(0u32..12, 0..3),
        order in Just((0u32..12).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let to = |n: u32| order[n as usize];
        let before = suspicions(&Links::undirected(12, pairs.clone()), &labels(&honest, &sybil));
        let renumbered = pairs.iter().map(|&(a, b)| (to(a), to(b)));
        let honest: Vec<u32> = honest.into_iter().map(to).collect();
        let sybil: Vec<u32> = sybil.into_iter().map(to).collect();
        let after = suspicions(&Links::undirected(12, renumbered), &labels(&honest, &sybil));
        prop_assert!((0..12).all(|n| before[n as usize].to_bits() == after[to(n) as usize].to_bits()), "{before:?} {after:?}");
        prop_assert!((before.iter().sum::<f64>() / 12.0 - 0.5).abs() < 1e-9);
        prop_assert!(before.iter().all(|value| (0.0..=1.0).contains(value)));
    }
}
