//! Which tracks are one: `signal track`.

mod support;

use support::{LATER, Place, START, without_ids};

const LINK: &str = "spotify:track:4uLU6hMCjMI75M1A2tKUQC";

/// `ann` dropped a link without names, and `ben` the same song by name.
fn place() -> Place {
    let place = Place::new();
    for name in ["ann", "ben"] {
        place.ok(START, &["user", "add", name]);
    }
    place.ok(START, &["--as", "ann", "drop", "add", LINK, "listen"]);
    place.ok(START, &["--as", "ben", "drop", "add", "Nina Simone - Sinnerman", "listen"]);
    place
}

#[test]
fn tracks_are_merged_listed_and_taken_back() {
    let place = place();
    assert_eq!(place.ok(LATER, &["track", "merges"]), "0 merges\n");
    place.ok(LATER, &["track", "merge", LINK, "Nina Simone - Sinnerman (2013 Remaster)"]);
    without_ids(|| insta::assert_snapshot!("track_merges", place.ok(LATER, &["track", "merges"])));
    let answer = place.json(LATER, &["track", "merges"]);
    assert_eq!(
        (&answer["schema"], &answer["merges"][0]["why"]),
        (&"signal.track.merges/1".into(), &"operator".into())
    );
    assert_eq!(place.ok(LATER, &["track", "unmerge", LINK]), "taken back\n");
    assert_eq!(place.ok(LATER, &["track", "unmerge", LINK]), "it was not merged\n");
}

#[test]
fn only_the_operator_merges_and_only_what_is_known() {
    let place = place();
    let refused = |arguments: &[&str]| {
        let ran = place.run(LATER, arguments);
        assert!(ran.code != 0 && ran.out.is_empty(), "{ran:?}");
        ran.err
    };
    without_ids(|| {
        insta::assert_snapshot!(
            "track_merge_by_a_person",
            refused(&["--as", "ann", "track", "merge", LINK, "Nina Simone - Sinnerman"])
        );
        insta::assert_snapshot!(
            "track_merge_unknown",
            refused(&["track", "merge", LINK, "Nobody - Nothing"])
        );
        insta::assert_snapshot!("track_merge_itself", refused(&["track", "merge", LINK, LINK]));
    });
}
