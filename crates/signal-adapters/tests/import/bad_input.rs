//! Everything that can be wrong with a file: one line that says where, and often a hint.

use signal_adapters::import::{Import, ImportError, ImportItem, ImportOptions};

use std::io::Read as _;

use super::{folder, hetrec, read, read_path, read_scaled, skipped, unknown};

/// What is said about a file, without its path.
fn said(error: &ImportError) -> String {
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    text.split_once("/file").map_or(text.clone(), |(_, after)| after.to_owned())
}

#[test]
fn each_mistake_names_its_line() {
    let long_line = [b"a,b,".as_slice(), &vec![b'1'; 1 << 20]].concat();
    let long_entry = [br#"[{"x": ""#.as_slice(), &vec![b'1'; 1 << 20]].concat();
    let long_id = format!("a,b,1\n{},b,1\n", "x".repeat(129));
    let cases: &[(&[u8], &str)] = &[
        (b"a,b,0.5\nb,c,2\n", " line 2: weight 2 is not in (0, 1]"),
        (b"from,to,weight\na,b,0.5\r\n\r\nb,c,NaN", " line 4: weight NaN is not in (0, 1]"),
        (b"a,b,inf\n", " line 1: weight inf is not in (0, 1]"),
        (b"a,b,-inf\n", " line 1: weight -inf is not in (0, 1]"),
        (b"a,b,0.5\na,b,high\n", " line 2: weight \"high\" is not a number"),
        (b"a,b,\n", " line 1: weight \"\" is not a number"),
        (b"a,b,1\na,b,1\na,b\n", " line 3: expected from,to,weight[,time]"),
        (b"a,b,1\na,b,1,2,3\n", " line 2: expected from,to,weight[,time]"),
        (b"to,from,weight\na,b,1\n", " line 1: expected from,to,weight[,time]"),
        (b"a,b\n", " line 1: expected from,to,weight[,time] or the header user,artist,plays"),
        (b"a,b,1,soon\n", " line 1: time \"soon\" is not a time"),
        (b"a,b,1,NaN\n", " line 1: time \"NaN\" is not a time"),
        (b"a,b,1\n,b,1\n", " line 2: from is empty"),
        (b"a,b,1\na,b\0b,1\n", " line 2: to holds a control character"),
        (long_id.as_bytes(), " line 2: from is longer than 128 bytes"),
        (&long_line, " line 1: line longer than 1048576 bytes"),
        (b"a,b,1\na,\xe9,1\n", " line 2 is not UTF-8 text (byte 8)"),
        (b"\xef\xbb\xbfa,\xe9,1\n", " line 1 is not UTF-8 text (byte 5)"),
        (b"\xff\xfea\0,\0", " line 1 is not UTF-8 text (byte 0)"),
        (b"user,artist,plays\na,b\n", " line 2: expected user,artist,plays"),
        (
            b"user,artist,plays\na,b,1.5\n",
            " line 2: plays \"1.5\" is not a whole number from 0 to 4294967295",
        ),
        (
            b"user,artist,plays\n\na,b,-1\n",
            " line 3: plays \"-1\" is not a whole number from 0 to 4294967295",
        ),
        (b"user,artist,plays\n ,b,1\n", " line 2: user is empty"),
        (b"", ": no known format"),
        (b" \n \n", ": no known format"),
        (b"words and more words\n", ": no known format"),
        (b"Well, this is, prose\nand so, is, this", ": no known format"),
        (b"Well, this is, prose\n", ": no known format"),
        (b"{\"a\": 1}", ": no known format"),
        (b"[]", ": no known format"),
        (b"[{\"a\": 1}]", ": no known format"),
        (b"[1, 2]", " line 1: expected a list of objects"),
        (b"[\n", " line 2: the file ends inside its list"),
        (&long_entry, " line 1: entry longer than 1048576 bytes"),
    ];
    for (content, expected) in cases {
        let error = read(content).expect_err(expected);
        assert_eq!(said(&error), *expected);
    }
}

#[test]
fn each_mistake_in_a_history_names_its_line() {
    const PLAY: &str =
        r#"{"endTime": "2023-05-01 10:04", "artistName": "A", "trackName": "T", "msPlayed": 40000}"#;
    for (rest, expected) in [
        ("", " line 2: the file ends inside its list"),
        (",\n{\"endTime\": ", " line 3: the file ends inside its list"),
        (" x", " line 2: expected a comma or the end of the list"),
        (",\n]", " line 3: expected a list of objects"),
        ("]\n{}", " line 3: text after the end of the list"),
        (",\n{\"endTime\": x}]", " line 3: expected value"),
    ] {
        let error = read(format!("[\n{PLAY}{rest}")).expect_err(expected);
        assert_eq!(said(&error), expected);
    }
    let error = read(b"[\n{\"ts\": \"now\",\n\"ms_played\": \"\xe9\"}]").expect_err("a wrong byte");
    assert_eq!(said(&error), " line 3 is not UTF-8 text (byte 30)");
}

#[test]
fn rows_that_are_whole_but_odd_are_told_with_their_lines_and_stop_nothing() {
    const PLAY: &str =
        r#"{"endTime": "2023-05-01 10:04", "artistName": "A", "trackName": "T", "msPlayed": 40000}"#;
    for (rest, line, what) in [
        (",\n\n{\"endTime\": \"2023-05-01 10:04\"}", 4, "missing field `msPlayed`"),
        (
            ",{\n\"endTime\": \"2023-05-01 10:04\",\n\"msPlayed\": 1.5}",
            4,
            "invalid type: floating point `1.5`, expected i64",
        ),
        (",\n{\"endTime\": \"yesterday\", \"msPlayed\": 1}", 3, "endTime \"yesterday\" is not a time"),
    ] {
        let (_, items) = read(format!("[\n{PLAY}{rest},{PLAY}]")).expect("a history");
        assert_eq!(unknown(&items[1]), Some((line, what)));
        assert_eq!((items.len(), &items[0]), (3, &items[2]));
    }
}

#[test]
fn rows_of_which_none_is_understood_are_an_error() {
    let error = read(b"[\n{\"ts\": \"now\",\n\"ms_played\": 1}]").expect_err("no row");
    assert_eq!(said(&error), " line 2: no row is understood: ts \"now\" is not a time");
    let error = read("Time,Artist,Track,Album\nsoon,A,T,\n\nlater,A,T,\n").expect_err("no row");
    assert_eq!(said(&error), " line 2: no row is understood: time \"soon\" is not a time");
    assert!(error.hint().is_some());
    assert_eq!(read("Time,Artist,Track,Album\n").expect("an empty table").1, []);
}

/// A table in the wide text that spreadsheets save.
fn wide(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn files_that_look_like_a_history_and_cannot_be_read_are_told() {
    let table = "Time,Artist,Track,Album\n1682935200,A,T,\n";
    let files: [(&str, &[u8]); 6] = [
        ("a.csv", table.as_bytes()),
        ("b.csv", &wide(table)),
        ("c.csv", b"Zeit;K\xfcnstler;Titel\n1;A;T\n"),
        ("d.jsonl.xz", b"\xfd7zXZ\0\0\x04"),
        ("e.png", b"\x89PNG\r\n\x1a\n\0\0"),
        ("f.txt", b"words"),
    ];
    let folder_of = folder(&files);
    let zip = folder(&[("file", &super::containers::zip(&files))]);
    for path in [folder_of.path(), &zip.path().join("file")] {
        let (_, items) = read_path(path, None).expect("a history");
        let told = |item: &ImportItem| match item {
            ImportItem::Unknown { path, line: 1, what } => {
                format!("{}: {what}", path.file_name().expect("a name").display())
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(
            items[..3].iter().map(told).collect::<Vec<_>>(),
            [
                "b.csv: UTF-16 text; only UTF-8 is read",
                "c.csv: no UTF-8 text",
                "d.jsonl.xz: packed with xz, which is not read"
            ]
        );
        assert_eq!(items.len(), 4);
    }
    let alone = folder(&[("b.csv", &wide(table)), ("f.txt", b"words")]);
    let error = read_path(alone.path(), None).expect_err("no history");
    assert!(error.to_string().ends_with("b.csv: UTF-16 text; only UTF-8 is read"), "{error}");
}

#[test]
fn other_ways_to_pack_are_named() {
    for (content, how) in [
        (b"\xfd7zXZ\0\0\x04".as_slice(), "xz"),
        (b"BZh91AY&SY", "bzip2"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "7z"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
    ] {
        let error = read(content).expect_err("packed");
        assert_eq!(said(&error), format!(": packed with {how}, which is not read"));
        assert!(error.hint().is_some_and(|hint| hint.contains(".tar.zst")));
    }
}

#[test]
fn hostile_texts_are_refused_with_their_place() {
    let deep = "[".repeat(100_000);
    let nested = format!(
        "[{{\"endTime\": \"2023-05-01 10:04\", \"msPlayed\": 1, \"x\": {0}1{1}}}]",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let wide: Vec<u8> =
        "[{\"endTime\": 1, \"msPlayed\": 1}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = [b"\xff\xfe".as_slice(), &wide].concat();
    let page = format!("{}{{}}", "{\"payload\": ".repeat(9));
    let cases: [(&[u8], &str); 3] = [
        (deep.as_bytes(), " line 1: more than 8 lists inside each other"),
        (&wide, " line 1 is not UTF-8 text (byte 0)"),
        (page.as_bytes(), " line 1: more than 8 lists inside each other"),
    ];
    for (content, expected) in cases {
        assert_eq!(said(&read(content).expect_err(expected)), expected);
    }
    // What nothing is read of may be as deep as it likes: nobody descends into it.
    assert_eq!(read(nested).expect("a history").1, [skipped("nothing named")]);
}

/// A history of one play, then of one string without an end.
#[test]
fn a_string_of_a_hundred_megabytes_is_refused_after_the_first() {
    let folder = folder(&[]);
    let path = folder.path().join("file");
    let mut file = std::fs::File::create(&path).expect("a file");
    let play = br#"[{"endTime": "2023-05-01 10:04", "msPlayed": 1}, {"x": ""#;
    std::io::copy(&mut play.as_slice().chain(std::io::repeat(b'x').take(100 << 20)), &mut file)
        .expect("writes");
    let import = Import::open(&path, &ImportOptions::default()).expect("a history");
    let mut records = import.records().expect("opens");
    let error = records.find_map(Result::err).expect("an error");
    assert_eq!(said(&error), " line 1: entry longer than 1048576 bytes");
    assert!(records.bytes_read() < 2 << 20, "{} bytes read", records.bytes_read());
}

#[test]
fn hints_help() {
    let hint = |content: &[u8], scale| read_scaled(content, scale).expect_err("wrong").hint();
    assert_eq!(hint(b"a,b,2\n", None).as_deref(), Some("--scale 2"));
    // One hint is enough: it holds for what follows, too.
    assert_eq!(hint(b"a,b,2\na,b,-9\na,b,7.5\nshort\n", None).as_deref(), Some("--scale 7.5"));
    assert_eq!(hint(b"a,b,12\n", Some(10.0)).as_deref(), Some("--scale 12"));
    assert!(hint(b"userID\tfriendID\n1\t2\n", None).is_some_and(|hint| hint.contains("folder")));
    for content in [b"".as_slice(), b"\xff", b"a,b,NaN"] {
        assert!(hint(content, None).is_some(), "{content:?}");
    }
    assert_eq!(hint(b"a,b,1\na,b\n", None), None);
}

#[test]
fn a_scale_is_above_zero() {
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = read_scaled(b"a,b,1\n", Some(scale)).expect_err("a wrong scale");
        assert_eq!(error.to_string(), format!("scale {scale} is not a number above 0"));
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = folder(&[("empty/readme", b"")]);
    let missing = folder.path().join("file");
    let error = Import::open(&missing, &ImportOptions::default()).expect_err("no such file");
    assert!(error.to_string().starts_with(&format!("cannot read {}: ", missing.display())), "{error}");
    let error =
        Import::open(&folder.path().join("empty"), &ImportOptions::default()).expect_err("nothing in it");
    assert!(error.to_string().ends_with("empty: no known format"), "{error}");
}

#[test]
fn a_damaged_hetrec_folder_names_file_and_line() {
    let cases: &[(&str, Option<&[u8]>, &str)] = &[
        ("user_friends.dat", None, "user_friends.dat: "),
        ("tags.dat", Some(b"1\tmetal\n"), "tags.dat line 1: expected the header tagID, tagValue"),
        ("artists.dat", Some(b""), "artists.dat line 1: expected the header id, name"),
        (
            "user_friends.dat",
            Some(b"userID\tfriendID\n2\n"),
            "user_friends.dat line 2: expected userID, friendID",
        ),
        (
            "user_artists.dat",
            Some(b"userID\tartistID\tweight\n2\t7\tmany\n"),
            "user_artists.dat line 2: weight \"many\" is not a whole number from 0 to 4294967295",
        ),
    ];
    for (name, content, expected) in cases {
        let others = hetrec::INVENTED.iter().copied().filter(|(other, _)| other != name);
        let files: Vec<_> = others.chain(content.map(|content| (*name, content))).collect();
        let error = read_path(folder(&files).path(), None).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
}
