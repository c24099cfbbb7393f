//! Archives and compressed files, read in place; and those that are made to do harm.

use std::io::{Cursor, Read as _, Write as _};

use signal_adapters::import::{Format, Import, ImportError, ImportItem, ImportOptions};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::folder;

const ACCOUNT: &[u8] = include_bytes!("../data/account.json");
const EXTENDED: &[u8] = include_bytes!("../data/extended.json");
const LISTEN: &str = r#"{"listened_at": 1682935200, "user_name": "ana", "track_metadata": {"artist_name": "A", "track_name": "T"}}"#;

/// A ZIP archive, its entries in turn deflated and stored.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (number, (name, content)) in files.iter().enumerate() {
        let method = if number % 2 == 0 { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("an entry");
        zip.write_all(content).expect("writes");
    }
    zip.finish().expect("an archive").into_inner()
}

/// A tar archive.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries = files.iter().map(|(name, content)| entry(b'0', name, content.len(), content));
    [entries.collect::<Vec<_>>().concat(), vec![0; 1_024]].concat()
}

/// An entry of a tar archive, and how long its header says that it is.
fn entry(kind: u8, name: &str, told: usize, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..136].copy_from_slice(format!("{told:011o} ").as_bytes());
    header[148..156].copy_from_slice(b"        ");
    header[156] = kind;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = [header.as_slice(), content].concat();
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("writes");
    encoder.finish().expect("finishes")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("compresses")
}

/// All sources in a file with no telling name, and their items; the first error of any reading.
fn all(content: &[u8]) -> Result<Vec<(Format, Vec<ImportItem>)>, ImportError> {
    let folder = folder(&[("file", content)]);
    let imports = Import::open_all(&folder.path().join("file"), &ImportOptions::default())?;
    let read = |import: &Import| {
        import.check()?;
        Ok((import.format(), import.records()?.collect::<Result<_, _>>()?))
    };
    imports.iter().map(read).collect()
}

/// The same as in a plain file.
fn plain(content: &[u8]) -> Vec<(Format, Vec<ImportItem>)> {
    all(content).expect("a history")
}

fn said(content: &[u8]) -> String {
    let error = all(content).expect_err("something is wrong");
    let text = error.to_string();
    text.split_once("/file").map_or(text.clone(), |(_, after)| after.to_owned())
}

#[test]
fn a_history_is_the_same_in_every_container() {
    let one = plain(EXTENDED);
    for content in [
        gzip(EXTENDED),
        zstd(EXTENDED),
        zip(&[("My Data/endsong_0.json", EXTENDED)]),
        tar(&[("endsong_0.json", EXTENDED)]),
        gzip(&tar(&[("ReadMe", b"words"), ("endsong_0.json", EXTENDED)])),
    ] {
        assert!(all(&content).expect("a history") == one, "{:?}", &content[..8]);
    }
}

#[test]
fn many_entries_are_read_in_order_and_others_are_passed_over() {
    let many: Vec<_> =
        plain(ACCOUNT).remove(0).1.into_iter().cycle().take(3 * plain(ACCOUNT)[0].1.len()).collect();
    let files: [(&str, &[u8]); 6] = [
        ("a.json", ACCOUNT),
        ("Userdata.json", br#"{"username": "left alone"}"#),
        ("b.json", ACCOUNT),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0"),
        ("inner.zip", b"PK\x03\x04"),
        ("deep/er/c.json", ACCOUNT),
    ];
    for content in [zip(&files), tar(&files), zstd(&tar(&files))] {
        assert!(all(&content).expect("a history") == [(Format::SpotifyAccount, many.clone())]);
    }
}

#[test]
fn an_archive_gives_one_import_for_each_source() {
    let formats =
        |content: &[u8]| all(content).map(|all| all.iter().map(|(format, _)| *format).collect::<Vec<_>>());
    let files: [(&str, &[u8]); 3] = [
        ("s.json", ACCOUNT),
        ("l.jsonl", LISTEN.as_bytes()),
        ("t.csv", b"Time,Artist,Track,Album\n1682935200,A,T,\n"),
    ];
    let both = [Format::SpotifyAccount, Format::ListenBrainz, Format::Librefm];
    assert_eq!(formats(&zip(&files)).expect("sources"), both);
    let folder = folder(&[("export.zip", &zip(&files)), ("more.jsonl", LISTEN.as_bytes())]);
    let imports = Import::open_all(folder.path(), &ImportOptions::default()).expect("sources");
    assert_eq!(imports.iter().map(Import::format).collect::<Vec<_>>(), both);
    assert!(matches!(
        Import::open(folder.path(), &ImportOptions::default()),
        Err(ImportError::Several { .. })
    ));
}

#[test]
fn listens_in_a_tar_archive_are_a_dump_of_many_people() {
    let content = zstd(&tar(&[("COPYING", b"words"), ("listens/2023/5.listens", LISTEN.as_bytes())]));
    assert_eq!(all(&content).expect("a dump")[0].0, Format::ListenBrainzDump);
}

/// Somebody who packed their own export anew.
#[test]
fn listens_in_a_tar_archive_that_name_nobody_are_a_persons_own() {
    let line = LISTEN.replace(r#""user_name": "ana", "#, "");
    let content = gzip(&tar(&[("listens/2023/5.jsonl", line.as_bytes())]));
    let read = all(&content).expect("an export");
    assert!(read == plain(line.as_bytes()) && read[0].0 == Format::ListenBrainz);
}

/// What is longer than a tar header has room for says so in a header before it.
#[test]
fn sizes_in_extended_tar_headers_count() {
    let records = format!("30 mtime=1682935200.123456789\n{} size={}\n", 13, EXTENDED.len());
    assert_eq!(records.len(), 30 + 13, "records say how long they are");
    let content = [
        entry(b'x', "PaxHeaders/a.json", records.len(), records.as_bytes()),
        entry(b'0', "a.json", 0, EXTENDED),
        tar(&[("b.json", EXTENDED)]),
    ];
    let twice = [plain(EXTENDED).remove(0).1, plain(EXTENDED).remove(0).1].concat();
    assert!(all(&content.concat()).expect("a history") == [(Format::SpotifyExtended, twice)]);
    let long = entry(b'x', "PaxHeaders/a.json", (1 << 20) + 1, records.as_bytes());
    assert_eq!(said(&long), ": a tar header of more than 1048576 bytes");
}

#[test]
fn archives_inside_archives_are_read_four_deep() {
    let one = plain(EXTENDED);
    let mut content = zip(&[("a.json", EXTENDED)]);
    for depth in 2..=4 {
        content = zip(&[("words", b"words"), ("inner.zip", &content)]);
        assert!(all(&content).expect("a history") == one, "{depth}");
        assert!(all(&tar(&[("inner.zip", &content)])).is_ok() == (depth < 4), "{depth}");
    }
    let fifth = zip(&[("a.json", EXTENDED), ("inner.zip", &content)]);
    let items = all(&fifth).expect("a history").remove(0).1;
    let told = |item: &ImportItem| match item {
        ImportItem::Unknown { path, what, .. } => Some((path.ends_with("inner.zip"), what.clone())),
        _ => None,
    };
    assert_eq!(told(&items[0]), Some((true, "more than 4 archives inside each other".to_owned())));
    assert_eq!(items.len(), one[0].1.len() + 1);
}

#[test]
fn errors_in_an_inner_archive_name_their_place() {
    let cut = zip(&[("a.json", b"[{\"ts\": 1, \"ms_played\": 1},\n")]);
    assert_eq!(said(&zip(&[("in.zip", &cut)])), "/in.zip/a.json line 2: the file ends inside its list");
    let half = &cut[..cut.len() / 2];
    assert!(said(&zip(&[("in.zip", half)])).starts_with("/in.zip: damaged archive ("));
}

#[test]
fn errors_name_the_entry_and_the_line() {
    let rows = [ACCOUNT.trim_ascii_end().strip_suffix(b"]").expect("a list"), b",\n5]"].concat();
    let line = std::str::from_utf8(&rows).expect("UTF-8").lines().count();
    for content in [zip(&[("in/a.json", &rows)]), gzip(&tar(&[("in/a.json", &rows)]))] {
        assert_eq!(said(&content), format!("/in/a.json line {line}: expected a list of objects"));
    }
}

#[test]
fn a_cut_archive_names_its_place() {
    let long = format!("[{}]", vec![r#"{"endTime":"2023-05-01 10:04","msPlayed":1}"#; 5_000].join(","));
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    for content in [half(&gzip(long.as_bytes())), half(&zstd(&tar(&[("a.json", long.as_bytes())])))] {
        let said = said(&content);
        assert!(said.starts_with(": damaged after ") && said.contains(" unpacked bytes ("), "{said}");
    }
    let said = said(&half(&zip(&[("a.json", long.as_bytes())])));
    assert!(said.starts_with(": damaged archive ("), "{said}");
}

#[test]
fn a_changed_byte_in_an_archive_shows() {
    let mut content = zip(&[("x", b"words"), ("a.json", ACCOUNT)]);
    let place = content.windows(9).position(|bytes| bytes == b"trackName").expect("stored as it is");
    content[place + 14] ^= 1;
    let said = said(&content);
    assert!(said.starts_with("/a.json: damaged: its "), "{said}");
}

/// A history of one play and many blanks.
fn blanks(bytes: u64) -> impl std::io::Read {
    let play = br#"[{"endTime":"2023-05-01 10:04","msPlayed":40000,"artistName":"A","trackName":"T"}"#;
    play.as_slice().chain(std::io::repeat(b' ').take(bytes)).chain(b"]".as_slice())
}

#[test]
fn bombs_are_refused_whatever_they_are_packed_in() {
    const BOMB: u64 = 80 << 20;
    let mut zipped = ZipWriter::new(Cursor::new(Vec::new()));
    zipped.start_file("a.json", SimpleFileOptions::default()).expect("an entry");
    std::io::copy(&mut blanks(BOMB), &mut zipped).expect("writes");
    let mut coded = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    std::io::copy(&mut blanks(BOMB), &mut coded).expect("writes");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::copy(&mut blanks(BOMB), &mut packed).expect("writes");
    let zipped = zipped.finish().expect("an archive").into_inner();
    for content in [zipped, coded.finish().expect("finishes"), packed.finish().expect("finishes")] {
        assert_eq!(said(&content), ": unpacks to more than 200 times its size");
    }
}

/// Each inner archive gives less than is looked at; together they give too much.
#[test]
fn bombs_in_inner_archives_count_together() {
    let inner = |bytes: u64| {
        let mut inner = ZipWriter::new(Cursor::new(Vec::new()));
        inner.start_file("a.json", SimpleFileOptions::default()).expect("an entry");
        std::io::copy(&mut blanks(bytes), &mut inner).expect("writes");
        inner.finish().expect("an archive").into_inner()
    };
    let part = inner(40 << 20);
    assert!(all(&zip(&[("1.zip", &part)])).is_ok(), "one of them is small");
    let both = zip(&[("1.zip", &part), ("2.zip", &part)]);
    assert_eq!(said(&both), ": unpacks to more than 200 times its size");
}

#[test]
fn what_is_dense_but_small_is_no_bomb() {
    let mut coded = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    std::io::copy(&mut blanks(20 << 20), &mut coded).expect("writes");
    assert_eq!(all(&coded.finish().expect("finishes")).expect("a history")[0].1.len(), 1);
}

/// What is in memory is what has been read and not been taken yet: a buffer's worth.
#[test]
fn a_history_is_read_no_further_than_it_is_taken() {
    let play = r#"{"endTime":"2023-05-01 10:04","msPlayed":40000,"artistName":"A","trackName":"T"}"#;
    let long = format!("[{}]", vec![play; 100_000].join(",\n"));
    let stored = zip(&[("x", b"words"), ("a.json", long.as_bytes())]);
    for content in [long.as_bytes(), &stored] {
        let folder = folder(&[("file", content)]);
        let import = Import::open(&folder.path().join("file"), &ImportOptions::default()).expect("a history");
        let mut records = import.records().expect("opens");
        let mut taken = 0_u64;
        while records.next().transpose().expect("a row").is_some() {
            taken += play.len() as u64 + 2;
            let ahead = records.bytes_read().saturating_sub(taken);
            assert!(ahead <= 2 << 16, "{ahead} bytes are held after {taken}");
        }
        assert_eq!(taken, 100_000 * (play.len() as u64 + 2));
        assert_eq!(records.bytes_read(), import.bytes());
    }
}
