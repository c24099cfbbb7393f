//! Edge lists and plays tables.

use signal_adapters::import::{Format, Import, ImportItem, ImportOptions};

use super::{artist, folder, plays, read, read_scaled, skipped, trust};

fn edges(content: &[u8], scale: Option<f64>) -> Vec<ImportItem> {
    let (format, items) = read_scaled(content, scale).expect("an edge list");
    assert_eq!(format, Format::EdgeList);
    items
}

#[test]
fn edges_come_with_commas_or_tabs_with_a_header_or_without() {
    let expected = [trust("ana", "ben", 5_000), trust("ben", "ana b", 10_000)];
    for content in [
        "ana,ben,0.5\nben,ana b,1\n",
        "ana,ben,0.5\r\nben,ana b,1\r\n",
        "from,to,weight\nana,ben,0.5\nben,ana b,1",
        "source\ttarget\trating\ttime\nana\tben\t0.5\t\nben\tana b\t1.0\t7\n",
        "\u{feff}ana, ben ,.5\n\n\"ben\",\"ana b\",1e0\n",
    ] {
        assert_eq!(edges(content.as_bytes(), None), expected, "{content:?}");
    }
    assert_eq!(edges(b"from,to,weight\n", None), []);
}

#[test]
fn a_scale_divides_and_zero_and_below_stay_out() {
    let items = edges(b"1,2,10\n1,3,5\n1,4,0\n1,5,-10\n6,6,1\n1,7,0.00001\n", Some(10.0));
    let expected = [
        trust("1", "2", 10_000),
        trust("1", "3", 5_000),
        skipped("no trust (weight 0)"),
        skipped("distrust (negative weight)"),
        skipped("trust in oneself"),
        trust("1", "7", 1),
    ];
    assert_eq!(items, expected);
}

#[test]
fn the_newest_row_about_a_pair_holds() {
    const REPLACED: &str = "replaced by a newer row";
    let timed = edges(b"a,b,0.9,200.5\na,b,0.1,100\nb,a,0.3,1\nb,a,0.4,1\nc,a,0.2\nc,a,0.7,3\n", None);
    let expected = [
        trust("a", "b", 9_000),
        skipped(REPLACED),
        skipped(REPLACED),
        trust("b", "a", 4_000),
        skipped(REPLACED),
        trust("c", "a", 7_000),
    ];
    assert_eq!(timed, expected);
    let untimed = edges(b"a,b,0.9\na,b,0.1\n", None);
    assert_eq!(untimed, [skipped(REPLACED), trust("a", "b", 1_000)]);
    let dated = edges(b"a,b,0.9,2024-02-01\na,b,0.1,2024-01-01T00:00:00Z\n", None);
    assert_eq!(dated, [trust("a", "b", 9_000), skipped(REPLACED)]);
    // Trust that was taken back is no trust, although an older row gave it.
    let withdrawn = edges(b"a,b,0.9,1\na,b,-0.9,2\n", None);
    assert_eq!(withdrawn, [skipped(REPLACED), skipped("distrust (negative weight)")]);
}

#[test]
fn records_without_a_check_first_are_the_same() {
    let folder = folder(&[("edges.txt", b"a,b,0.9\na,b,0.1\n")]);
    let import = Import::open(&folder.path().join("edges.txt"), &ImportOptions::default()).expect("a list");
    let items: Vec<_> = import.records().expect("readable").map(|item| item.expect("a row")).collect();
    assert_eq!(items, [skipped("replaced by a newer row"), trust("a", "b", 1_000)]);
    assert_eq!((import.default_source(), import.bytes()), ("edges", 16));
}

#[test]
fn plays_tables_are_known_by_their_header() {
    let expected = [
        plays("ana", artist(None, "Crosby, Stills"), 3),
        plays("ben", artist(None, "\"Weird\" One"), 12),
        skipped("no plays"),
        skipped("nothing named"),
    ];
    for content in [
        "user,artist,plays\nana,\"Crosby, Stills\",3\nben,\"\"\"Weird\"\" One\",12\nben,X,0\nben, ,4\n",
        "User\tplays\tnote\tArtist\r\nana\t3\t\tCrosby, Stills\r\nben\t12\tx\t\"Weird\" One\r\n\
         ben\t0\t\tX\r\nben\t4\t\t",
    ] {
        let (format, items) = read(content).expect("a plays table");
        assert_eq!((format, items.as_slice()), (Format::PlaysTable, expected.as_slice()), "{content:?}");
    }
}

#[test]
fn long_names_stay_out() {
    let table = format!("user,artist,plays\nana,{},1\nana,{},1\n", "x".repeat(1_000), "x".repeat(1_001));
    let (_, items) = read(table).expect("a plays table");
    assert_eq!(items, [plays("ana", artist(None, &"x".repeat(1_000)), 1), skipped("name too long")]);
}
