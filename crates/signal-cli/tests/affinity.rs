//! `signal eval affinity`, on a small community and on the public data set.

mod support;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use support::{Place, START};

/// Two circles of friends who each play most of their own ten artists.
fn community(place: &Place) -> [String; 3] {
    let (mut plays, mut trust, mut tags) =
        (String::new(), String::from("from,to\n"), String::from("item,tag\n"));
    for person in 0..40 {
        for artist in (0..10).filter(|artist| (person + artist) % 5 != 0) {
            writeln!(plays, "p{person},a{},{}", person % 2 * 10 + artist, artist + 1).expect("a string");
        }
        writeln!(trust, "p{person},p{}", (person + 2) % 40).expect("a string");
    }
    for artist in 0..20 {
        writeln!(tags, "a{artist},{}", if artist < 10 { "jazz" } else { "metal" }).expect("a string");
    }
    [place.file("plays.csv", plays), place.file("trust.csv", trust), place.file("tags.csv", tags)]
}

fn measured(place: &Place, [plays, trust, tags]: &[String; 3]) -> Vec<(String, f64, f64)> {
    let args = ["eval", "affinity", "--plays", plays, "--trust", trust, "--tags", tags];
    let rows = place.json(START, &args)["items"].as_array().cloned().unwrap_or_default();
    let number = |row: &Value, name: &str| row[name].as_f64().expect("a number");
    rows.iter()
        .map(|row| {
            (
                row["signal"].as_str().expect("a name").to_owned(),
                number(row, "auc"),
                number(row, "auc_matched"),
            )
        })
        .collect()
}

#[test]
fn friends_are_told_from_strangers() {
    let place = Place::new();
    let files = community(&place);
    let found = measured(&place, &files);
    let names: Vec<_> = found.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(names, ["taste", "genres", "compatibility"]);
    // Half of the strangers are of the same circle, whom nothing tells apart.
    assert!(found.iter().all(|(_, auc, matched)| *auc > 0.65 && *matched > 0.65), "{found:?}");
    assert_eq!(found, measured(&place, &files));
    assert!(!place.store().exists());
}

#[test]
fn what_cannot_be_measured_is_wrong_use() {
    let place = Place::new();
    let [plays, _, _] = community(&place);
    let nobody = place.file("nobody.csv", "x,y\n");
    let ran = place.run(START, &["eval", "affinity", "--plays", &plays, "--trust", &nobody]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains("no two people with plays trust each other"), "{}", ran.err);
    let torn = place.file("torn.csv", "p1,a1,much\n");
    let ran = place.run(START, &["eval", "affinity", "--plays", &torn, "--trust", &nobody]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("line 1"), "{}", ran.err);
}

#[test]
fn the_public_data_set_is_known_as_well_as_promised() {
    let set = std::env::var_os("SIGNAL_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = set.unwrap_or(beside).join("hetrec-lastfm");
    if !data.exists() {
        eprintln!("SKIPPED: no HetRec data; set SIGNAL_DATA to measure affinity");
        return;
    }
    if cfg!(debug_assertions) {
        eprintln!("SKIPPED: a model of 128 factors takes minutes without optimisation; run with --release");
        return;
    }
    let file = |name: &str| data.join(name).to_str().expect("UTF-8").to_owned();
    let files = ["user_artists.dat", "user_friends.dat", "user_taggedartists.dat"].map(file);
    let found = measured(&Place::new(), &files);
    for ((name, auc, matched), (least, least_matched)) in
        found.iter().zip([(0.848, 0.78), (0.83, 0.74), (0.853, 0.775)])
    {
        assert!(*auc >= least && *matched >= least_matched, "{name}: {auc} {matched}");
    }
}
