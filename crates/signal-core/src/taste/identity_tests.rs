use proptest::prelude::*;

use super::*;
use crate::model::Timestamp;

fn track(n: u8) -> TrackId {
    TrackId::new(Timestamp::from_seconds(3), [n; 10])
}

fn named(title: &str, seconds: Option<u32>) -> Recording {
    let names = Some(("Nina Simone".to_owned(), title.to_owned()));
    Recording { names, length_ms: seconds.map(|s| s * 1_000), ..Recording::default() }
}

fn verdict(a: &Recording, b: &Recording) -> Verdict {
    judge(a, b, &TastePolicy::default())
}

#[test]
fn codes_join_and_versions_never_do() {
    let isrc: Option<Isrc> = "USRC17607839".parse().ok();
    let coded = |title: &str| Recording { isrc: isrc.clone(), ..named(title, None) };
    let mbid = |title: &str, n: u128| Recording { mbid: Some(Uuid::from_u128(n)), ..named(title, None) };
    assert_eq!(verdict(&coded("Sinnerman"), &coded("Sinner Man")), Verdict::Same(Same::Isrc));
    assert_eq!(verdict(&coded("Sinnerman"), &coded("Sinnerman (Live)")), Verdict::Apart(Apart::Version));
    assert_eq!(verdict(&mbid("One", 1), &mbid("Two", 1)), Verdict::Same(Same::Mbid));
    assert_eq!(verdict(&mbid("One", 1), &mbid("One", 2)), Verdict::Apart(Apart::Mbid));
    assert_eq!(verdict(&mbid("One", 1), &named("One", None)), Verdict::Same(Same::Name));
    let bare = Recording { isrc: isrc.clone(), ..Recording::default() };
    assert_eq!(verdict(&bare, &coded("Sinnerman (Live)")), Verdict::Same(Same::Isrc));
    assert_eq!(verdict(&bare, &named("Sinnerman", None)), Verdict::Unrelated);
}

#[test]
fn names_join_within_a_length() {
    let song = named("Sinnerman", Some(622));
    for (other, expected) in [
        (named("sinnerman", Some(617)), Verdict::Same(Same::Name)),
        (named("Sinnerman", Some(616)), Verdict::Apart(Apart::Length)),
        (named("Sinnerman (feat. Somebody)", None), Verdict::Same(Same::Name)),
        (named("Sinnerman - 2013 Remaster", Some(620)), Verdict::Same(Same::Name)),
        (named("Sinnerman (Radio Edit)", Some(210)), Verdict::Same(Same::Name)),
        (named("Sinnerman (Somebody Remix)", Some(622)), Verdict::Apart(Apart::Version)),
        (named("Feeling Good", Some(622)), Verdict::Unrelated),
    ] {
        assert_eq!(verdict(&song, &other), expected, "{other:?}");
    }
}

#[test]
fn an_undone_merge_leaves_everything_as_it_was() {
    let merge =
        |from, into| Merge { from: track(from), into: track(into), why: Same::Name, at: Timestamp::MIN };
    let mut merges = Merges::default();
    merges.note(merge(1, 2)).expect("two tracks");
    let before = merges.clone();
    merges.note(merge(2, 3)).expect("a chain");
    assert_eq!(merges.root(track(1)), track(3));
    assert_eq!(merges.one_with(track(2)), [track(1), track(2), track(3)]);
    assert_eq!(merges.note(merge(3, 1)), Err(MergeError::OneAlready(track(3))));
    assert_eq!(merges.note(merge(1, 4)), Err(MergeError::Merged(track(1))));
    let rows = merges.all().copied().chain([merge(3, 1)]);
    assert_eq!(Merges::standing(rows), merges, "a circle in a store");
    assert_eq!(merges.undo(track(2)), Some(merge(2, 3)));
    assert_eq!(merges, before);
    assert_eq!((merges.root(track(1)), merges.undo(track(9))), (track(2), None));
}

fn recording() -> impl Strategy<Value = Recording> {
    let title =
        prop::sample::select(vec!["One", "One (Live)", "One (X Remix)", "One - Radio Edit", "Two", "two "]);
    let isrc = prop::option::of(prop::sample::select(vec!["USRC17607839", "USRC17607840"]));
    (prop::option::of(title), isrc, prop::option::of(0u128..3), prop::option::of(100_000u32..120_000))
        .prop_map(|(title, isrc, mbid, length_ms)| Recording {
            isrc: isrc.and_then(|code| code.parse().ok()),
            mbid: mbid.map(Uuid::from_u128),
            names: title.map(|title| ("A".to_owned(), title.to_owned())),
            length_ms,
        })
}

proptest! {
    /// It does not matter who is asked first, and different versions are never one.
    #[test]
    fn judging_is_symmetric_and_keeps_versions_apart(a in recording(), b in recording()) {
        prop_assert_eq!(verdict(&a, &b), verdict(&b, &a));
        if let (Some(x), Some(y)) = (read(&a), read(&b)) {
            prop_assert!(x.1.versions() == y.1.versions() || verdict(&a, &b) == Verdict::Apart(Apart::Version));
        }
    }

    /// Whatever is merged and undone in whatever order, no circle arises, and undoing all gives the beginning.
    #[test]
    fn merges_have_no_circles(steps in prop::collection::vec((0u8..6, 0u8..6, any::<bool>()), 0..30)) {
        let mut merges = Merges::default();
        for (from, into, undo) in steps {
            if undo {
                merges.undo(track(from));
            } else {
                let merge = Merge { from: track(from), into: track(into), why: Same::Isrc, at: Timestamp::MIN };
                let apart = merges.root(track(from)) != merges.root(track(into));
                let noted = merges.note(merge).is_ok();
                prop_assert!(!noted || (apart && merges.root(track(from)) == merges.root(track(into))));
            }
            for n in 0..6 {
                prop_assert!(merges.one_with(track(n)).contains(&track(n)));
            }
        }
        for n in 0..6 {
            merges.undo(track(n));
        }
        prop_assert_eq!(merges, Merges::default());
    }
}
