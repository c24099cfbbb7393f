use std::collections::BTreeSet;

use super::*;
use crate::taste::factors::{Cells, Interactions};

/// Two scenes of twenty people who play eight of their scene's twelve artists and trust their neighbour in it.
fn scenes() -> Listening {
    let scene = |user: u32| user / 20;
    let plays =
        (0..40u32).flat_map(|user| (0..8).map(move |n| (user, scene(user) * 12 + (user * 5 + n * 7) % 12)));
    let trust = (0..40u32).map(|user| (user, scene(user) * 20 + (user + 1) % 20, 0.5));
    Listening {
        users: (0..40).map(|n| format!("u{n}")).collect(),
        items: (0..24).map(|n| format!("a{n}")).collect(),
        plays: plays.collect(),
        trust: trust.collect(),
    }
}

fn ndcg(method: Method, protocol: Protocol) -> f64 {
    let exams = exams(&scenes(), protocol, 7).unwrap();
    // One fold of people is enough to see it.
    let lists = exams.iter().take(1).flat_map(|exam| {
        let fitted = Recommender::fit(method, &exam.plays).unwrap();
        exam.cases
            .iter()
            .map(|case| Quality::of(&fitted.recommend(case.listener(), &case.masked, 4), &case.targets, 4))
            .collect::<Vec<_>>()
    });
    Quality::summary(&lists.collect::<Vec<_>>()).0.ndcg
}

#[test]
fn every_method_finds_the_scene_that_popularity_cannot_see() {
    for protocol in [Protocol::Split, Protocol::FoldIn, Protocol::Cold] {
        let yardstick = ndcg(Method::Popularity, protocol);
        for method in [Method::ItemKnn, Method::Ials64, Method::Ials, Method::Signal] {
            let found = ndcg(method, protocol);
            assert!(found > yardstick + 0.05, "{protocol:?} {}: {found} {yardstick}", method.name());
        }
    }
}

#[test]
fn a_split_deals_each_play_once() {
    let listening = scenes();
    let [exam] = &exams(&listening, Protocol::Split, 3).unwrap()[..] else { panic!("one exam") };
    assert_eq!((exam.cases.len(), exam.validation.len(), exam.plays.len()), (40, 40, 40 * 6));
    for ((user, case), check) in (0u32..).zip(&exam.cases).zip(&exam.validation) {
        let known: BTreeSet<u32> = exam.plays.user(user).ids().iter().copied().collect();
        assert_eq!(known, case.history.iter().copied().collect());
        assert_eq!((&case.masked, &check.masked), (&check.targets, &vec![]));
        let all: BTreeSet<u32> = known.iter().chain(&case.masked).chain(&case.targets).copied().collect();
        let played = listening.plays.iter().filter(|play| play.0 == user).map(|play| play.1).collect();
        assert_eq!(all, played);
        assert_eq!(case.friends, [user / 20 * 20 + (user + 1) % 20]);
    }
}

#[test]
fn a_split_is_that_of_the_published_hash() {
    // sha256sum of "1,u0,a0", "1,u0,a1", … by any other program: the smallest is the target, the next validation.
    let mut listening = scenes();
    listening.plays.retain(|play| play.0 != 0);
    listening.plays.extend([(0, 0), (0, 1), (0, 2), (0, 3)]);
    let exam = exams(&listening, Protocol::Split, 1).unwrap().remove(0);
    let case = &exam.cases[0];
    assert_eq!((&case.targets[..], &case.masked[..], &case.history[..]), (&[2][..], &[1][..], &[0, 3][..]));
}

#[test]
fn people_are_held_out_once_and_help_nobody_meanwhile() {
    for protocol in [Protocol::FoldIn, Protocol::Cold] {
        let all = exams(&scenes(), protocol, 3).unwrap();
        assert_eq!(all.len(), FOLDS);
        assert_eq!(all.iter().map(|exam| exam.cases.len()).sum::<usize>(), 40);
        for exam in &all {
            let unseen = (0..40).filter(|user| exam.plays.user(*user).is_empty()).count();
            assert_eq!((unseen, exam.plays.len()), (8, 32 * 8));
            for case in &exam.cases {
                let (targets, history) = if protocol == Protocol::Cold { (8, 0) } else { (1, 7) };
                assert_eq!((case.targets.len(), case.history.len()), (targets, history));
            }
        }
    }
}

#[test]
fn what_shows_nothing_is_refused() {
    let few = Listening { plays: vec![(0, 0), (1, 0)], ..scenes() };
    assert_eq!(exams(&few, Protocol::Split, 1).unwrap_err(), ExamError::TooFewPeople { found: 2 });
    let alone = Listening { trust: vec![(3, 3, 1.0)], ..scenes() };
    assert_eq!(exams(&alone, Protocol::Cold, 1).unwrap_err(), ExamError::NoTrust);
    let nameless = Listening { items: vec![], ..scenes() };
    assert!(matches!(exams(&nameless, Protocol::Split, 1), Err(ExamError::Factors(_))));
}

#[test]
fn who_has_neither_history_nor_friends_gets_what_most_play() {
    let plays = Interactions::new(3, 3, [(0, 1, 1.0), (1, 1, 1.0), (2, 2, 1.0)]).unwrap();
    for method in Method::ALL {
        let fitted = Recommender::fit(method, &plays).unwrap();
        assert_eq!(fitted.recommend(Listener::default(), &[], 2), [1, 2], "{}", method.name());
        let masked = fitted.recommend(Listener::default(), &[1], 5);
        assert_eq!(masked, [2, 0], "{}", method.name());
    }
    // A friend who plays nothing that is known is no friend of the ears; one who does is followed.
    let fitted = Recommender::fit(Method::Signal, &plays).unwrap();
    let friend = |n: &'static [u32]| Listener { friends: Cells::new(n, &[1.0]), ..Listener::default() };
    assert_eq!(fitted.recommend(friend(&[9]), &[], 1), [1]);
    assert_eq!(fitted.recommend(friend(&[2]), &[], 1), [2]);
}

#[test]
fn degenerate_plays_give_finite_scores() {
    for cells in [vec![], vec![(0, 0, 1.0)], vec![(0, 0, 1e9), (1, 0, 1.0)]] {
        let plays = Interactions::new(2, 3, cells).unwrap();
        for method in Method::ALL {
            let fitted = Recommender::fit(method, &plays).unwrap();
            let listener = Listener { history: Cells::new(&[0, 7], &[1.0, 1.0]), ..Listener::default() };
            assert!(fitted.scores(listener).iter().all(|score| score.is_finite()), "{}", method.name());
        }
    }
}
