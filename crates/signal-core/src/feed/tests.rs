use proptest::prelude::*;

use super::*;
use crate::model::Timestamp;
use crate::policy::Policy;

fn drop_id(n: u16) -> DropId {
    let mut random = [0; 10];
    random[..2].copy_from_slice(&n.to_be_bytes());
    DropId::new(Timestamp::from_seconds(1), random)
}

fn user(n: u8) -> UserId {
    UserId::new(Timestamp::from_seconds(1), [n; 10])
}

fn candidate(n: u16) -> Candidate {
    Candidate {
        drop: drop_id(n),
        author: user(1),
        trust: 0.0,
        taste: 0.0,
        same_circle: false,
        standing: 0.0,
        validation: 0.45,
        age_days: 0.0,
        played: false,
        seen: false,
        newest: true,
    }
}

fn ranked(drop: u16, author: u8, score: f64) -> Ranked {
    let candidate = Candidate { author: user(author), trust: score, ..candidate(drop) };
    Ranked { candidate, score, affinity: score, because: AffinityKind::Trust }
}

/// The authors of each page, by number.
fn authors(order: &[u8], size: usize, per_author: usize) -> Vec<Vec<u8>> {
    let items = (0u16..).zip(order).map(|(n, &author)| ranked(n, author, 1.0 / (f64::from(n) + 1.0)));
    let pages = paginate(items.collect(), size, per_author);
    let number = |item: &Ranked| (0..=9).find(|&n| user(n) == item.candidate.author).unwrap();
    pages.iter().map(|page| page.iter().map(number).collect()).collect()
}

#[test]
fn golden_scores() {
    // docs/algorithms.md, "Feed".
    let policy = Policy::default().feed;
    let base = candidate(1);
    let table = [
        (Candidate { trust: 0.8, taste: 0.6, ..base }, AffinityKind::Trust, 0.36),
        (Candidate { trust: 0.8, age_days: 3.0, ..base }, AffinityKind::Trust, 0.18),
        (Candidate { trust: 0.8, validation: 0.9, age_days: 6.0, ..base }, AffinityKind::Trust, 0.18),
        (Candidate { trust: 0.2, taste: 0.6, seen: true, ..base }, AffinityKind::Taste, 0.027),
        (Candidate { taste: 0.4, same_circle: true, ..base }, AffinityKind::Circle, 0.225),
        (Candidate { standing: 0.5, ..base }, AffinityKind::Standing, 0.0225),
        (Candidate { standing: 40.0, ..base }, AffinityKind::Standing, 0.045),
        (Candidate { trust: 0.5, taste: 0.5, same_circle: true, ..base }, AffinityKind::Trust, 0.225),
        (base, AffinityKind::New, 0.0),
    ];
    for (candidate, because, expected) in table {
        let found = score(&candidate, &policy).unwrap();
        assert!((found.score - expected).abs() < 1e-12, "{candidate:?}: {found:?}");
        assert_eq!(found.because, because, "{candidate:?}");
    }
    assert_eq!(score(&Candidate { trust: 1.0, played: true, ..base }, &policy), None);
    assert_eq!(score(&Candidate { newest: false, ..base }, &policy), None, "nothing speaks for it");
    assert!(score(&Candidate { newest: false, taste: 1e-9, ..base }, &policy).is_some());
}

#[test]
fn numbers_that_are_no_numbers_sink() {
    let policy = Policy::default().feed;
    let wild = Candidate {
        trust: f64::NAN,
        taste: 7.0,
        validation: f64::INFINITY,
        age_days: f64::NAN,
        ..candidate(1)
    };
    assert_eq!(score(&wild, &policy).map(|found| found.score), Some(1.0));
    let unvalidated = Candidate { trust: 1.0, validation: f64::NAN, ..candidate(1) };
    assert_eq!(score(&unvalidated, &policy).map(|found| found.score), Some(0.0));
}

fn order(candidates: &[Candidate]) -> Vec<DropId> {
    rank(candidates, &Policy::default().feed).iter().map(|item| item.candidate.drop).collect()
}

#[test]
fn equals_are_ordered_by_age_then_id() {
    let candidates = [3, 1, 2].map(|n| Candidate { trust: if n == 2 { 0.9 } else { 0.5 }, ..candidate(n) });
    assert_eq!(order(&candidates), [2, 1, 3].map(drop_id));
    // Nothing but age tells strangers' drops apart: what is new comes first.
    let strangers =
        [(1, 3.0), (2, 0.5), (3, 9.0)].map(|(n, age)| Candidate { age_days: age, ..candidate(n) });
    assert_eq!(order(&strangers), [2, 1, 3].map(drop_id));
}

#[test]
fn golden_pages() {
    // docs/algorithms.md, "Feed": the rank 1 1 1 2 1 3 2 in pages of three, two of one author.
    assert_eq!(authors(&[1, 1, 1, 2, 1, 3, 2], 3, 2), [vec![1, 1, 2], vec![1, 1, 3], vec![2]]);
    assert_eq!(authors(&[1, 1, 1, 1, 1], 3, 2), [vec![1, 1], vec![1, 1], vec![1]]);
    assert_eq!(authors(&[1, 2, 3], 0, 0), [vec![1], vec![2], vec![3]]);
    assert_eq!(authors(&[], 3, 2), Vec::<Vec<u8>>::new());
}

/// The rule of [`paginate`], read literally: look for the first page with room, from the front.
fn first_fit(order: &[u8], size: usize, per_author: usize) -> Vec<Vec<u8>> {
    let mut pages: Vec<Vec<u8>> = Vec::new();
    for &author in order {
        let theirs = |page: &[u8]| page.iter().map(|other| usize::from(*other == author)).sum::<usize>();
        let room = |page: &Vec<u8>| page.len() < size && theirs(page) < per_author;
        match pages.iter().position(room) {
            Some(place) => pages[place].push(author),
            None => pages.push(vec![author]),
        }
    }
    pages
}

proptest! {
    /// The quick layout is the literal one: every drop once, in the first page with room for it and its author.
    #[test]
    fn pages_are_filled_from_the_front(
        order in prop::collection::vec(0u8..5, 0..60), size in 1usize..6, per_author in 1usize..4,
    ) {
        let pages = authors(&order, size, per_author);
        prop_assert!(pages.iter().all(|page| !page.is_empty()));
        prop_assert_eq!(pages, first_fit(&order, size, per_author));
    }

    /// More trust, a better record or a younger drop never ranks lower; having seen it never ranks higher.
    #[test]
    fn what_speaks_for_a_drop_raises_it(
        trust in 0.0f64..1.0, taste in 0.0f64..1.0, validation in 0.0f64..1.0, age in 0.0f64..60.0, more in 0.0f64..1.0,
    ) {
        let policy = Policy::default().feed;
        let one = Candidate { trust, taste, validation, age_days: age, ..candidate(1) };
        let at = |candidate: Candidate| score(&candidate, &policy).unwrap().score;
        let base = at(one);
        let trusted = at(Candidate { trust: trust + more, ..one });
        let praised = at(Candidate { validation: validation + more, ..one });
        let older = at(Candidate { age_days: age + more, ..one });
        let seen = at(Candidate { seen: true, ..one });
        prop_assert!((0.0..=1.0).contains(&base));
        prop_assert!(trusted >= base && praised >= base, "{trusted} {praised} {base}");
        prop_assert!(older <= base && seen <= base, "{older} {seen} {base}");
    }
}
