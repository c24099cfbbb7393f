//! Whatever bytes come: an answer or an error, never a panic, and `check` and `records` agree.

use proptest::prelude::*;
use signal_adapters::import::{Import, ImportOptions};

use super::{folder, hetrec};

/// Files that go wrong in more interesting places than their first byte.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: [&[u8]; 22] = [
        b"from,to,weight\n",
        b"user,artist,plays\n",
        b"a,b,0.5",
        b"a\tb\t1\t5",
        b"\n",
        b"\r\n",
        b",",
        b"\t",
        b"\"",
        b"\"\"",
        b"[",
        b"]",
        b"{",
        b"}",
        b"\\",
        b":",
        b"\xef\xbb\xbf",
        b"\xe9",
        b"-1e999",
        b"\"ts\":\"2023-05-01T10:04:00Z\",\"ms_played\":",
        b"{\"endTime\":\"2023-05-01 10:04\",\"msPlayed\":40000}",
        b"9223372036854775807",
    ];
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn survive(path: &std::path::Path) -> Result<(), TestCaseError> {
    let Ok(import) = Import::open(path, &ImportOptions::default()) else {
        return Ok(());
    };
    let checked = import.check().is_ok();
    let read = import.records().is_ok_and(|mut records| records.all(|item| item.is_ok()));
    prop_assert_eq!(checked, read);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_file_is_survived(content in pieces()) {
        let folder = folder(&[("file.json", &content)]);
        survive(&folder.path().join("file.json"))?;
        survive(folder.path())?;
    }

    #[test]
    fn any_table_of_a_hetrec_folder_is_survived(which in 0..5usize, tail in pieces()) {
        let mut files = hetrec::INVENTED.map(|(name, content)| (name, content.to_vec()));
        files[which].1.extend(&tail);
        let files: Vec<_> = files.iter().map(|(name, content)| (*name, content.as_slice())).collect();
        survive(folder(&files).path())?;
    }
}
