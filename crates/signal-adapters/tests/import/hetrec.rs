//! The `HetRec` folder: an invented one, and the real one where it is.

use std::collections::HashSet;
use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;

use signal_adapters::import::{Format, Import, ImportItem, ImportOptions};
use signal_core::platform::ImportRecord;

use super::{artist, folder, friends, person, plays, read_path, skipped};

pub(super) const INVENTED: [(&str, &[u8]); 5] = [
    ("artists.dat", b"id\tname\turl\tpictureURL\n7\t\"Quoted\" One\thttp://x\thttp://y\n9\tS\xc3\xb3\t\t\n"),
    ("tags.dat", b"tagID\ttagValue\r\n1\ttropic\xe1lia\r\n2\t\r\n"),
    ("user_artists.dat", b"userID\tartistID\tweight\n2\t7\t13\n2\t9\t0\n5\t8\t4\n5\t9\t1"),
    ("user_friends.dat", b"userID\tfriendID\n2\t5\n5\t2\n2\t30\n2\t2\n"),
    (
        "user_taggedartists.dat",
        b"userID\tartistID\ttagID\tday\tmonth\tyear\n2\t9\t1\t1\t4\t2009\n\
          99\t9\t2\t1\t4\t2009\n2\t8\t1\t1\t4\t2009\n",
    ),
];

#[test]
fn an_invented_folder_gives_all_it_says() {
    let folder = folder(&INVENTED);
    let (format, items) = read_path(folder.path(), None).expect("a HetRec folder");
    assert_eq!(format, Format::HetRec);
    let tag = ImportRecord::ArtistTag { artist: artist(Some("9"), "Só"), tag: "tropicália".to_owned() };
    let expected = [
        person("2"),
        plays("2", artist(Some("7"), "\"Quoted\" One"), 13),
        skipped("no plays"),
        person("5"),
        skipped("artist without a name"),
        plays("5", artist(Some("9"), "Só"), 1),
        friends("2", "5"),
        friends("5", "2"),
        person("30"),
        friends("2", "30"),
        skipped("trust in oneself"),
        ImportItem::Record(tag),
        skipped("tag without a name"),
        skipped("artist without a name"),
    ];
    assert_eq!(items, expected);
}

/// `SIGNAL_DATA`, else the folder that the data is kept in beside the checkout.
fn real_data() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = env::var_os("SIGNAL_DATA").map_or_else(beside, PathBuf::from).join("hetrec-lastfm");
    data.is_dir().then_some(data)
}

#[derive(Debug, Default, PartialEq)]
struct Tally {
    people: usize,
    play_counts: usize,
    plays: u64,
    trust: usize,
    tags: usize,
    tags_of_nameless_artists: usize,
    artists: usize,
}

#[test]
fn the_real_folder_has_its_published_numbers() {
    let Some(data) = real_data() else {
        // Past the test harness, which hides what passing tests print.
        writeln!(io::stderr(), "skipped: the HetRec import needs SIGNAL_DATA").expect("standard error");
        return;
    };
    let import = Import::open(&data, &ImportOptions::default()).expect("the real folder");
    let mut tally = Tally::default();
    let mut artists = HashSet::new();
    for item in import.records().expect("readable") {
        match item.expect("a row") {
            ImportItem::Record(ImportRecord::Person { .. }) => tally.people += 1,
            ImportItem::Record(ImportRecord::ArtistPlays { artist, plays, .. }) => {
                tally.play_counts += 1;
                tally.plays += plays;
                artists.insert(artist);
            }
            ImportItem::Record(ImportRecord::Trust { weight: None, mutual: true, .. }) => tally.trust += 1,
            ImportItem::Record(ImportRecord::ArtistTag { artist, tag }) => {
                tally.tags += 1;
                assert!(!tag.contains(char::REPLACEMENT_CHARACTER), "{tag}");
                artists.insert(artist);
            }
            ImportItem::Skipped { reason: "artist without a name" } => tally.tags_of_nameless_artists += 1,
            other => panic!("{other:?}"),
        }
    }
    tally.artists = artists.len();
    // Of the 186,479 published tag assignments, 1,538 are of 390 artists that artists.dat does not name.
    let expected = Tally {
        people: 1_892,
        play_counts: 92_834,
        plays: 69_183_975,
        trust: 25_434,
        tags: 186_479 - 1_538,
        tags_of_nameless_artists: 1_538,
        artists: 17_632,
    };
    assert_eq!(tally, expected);
}
