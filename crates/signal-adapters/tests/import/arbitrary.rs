//! Whatever bytes come: an answer or an error, never a panic, and `check` and `records` agree.

use proptest::prelude::*;
use signal_adapters::import::{Import, ImportOptions, signed_edges};
use signal_core::trust::predict::{Method, Split, evaluate};

use super::{folder, hetrec};

/// Files that go wrong in more interesting places than their first byte.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: [&[u8]; 38] = [
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
        b"{\"listened_at\":1700000000,\"track_metadata\":{\"artist_name\":\"A\",\"track_name\":\"T\"}}",
        b"{\"recenttracks\":{\"track\":",
        b"{\"artist\":{\"#text\":\"A\"},\"name\":\"T\",\"date\":{\"uts\":\"1700000000\"}}",
        b"{\"scrobbles\":[",
        b"{\"time\":1700000000,\"track\":{\"artists\":[\"A\"],\"title\":\"T\"}}",
        b"{\"timeMs\":1700000000000,\"artist\":\"A\",\"track\":\"T\"}",
        b"Time,Artist,Track,Album\n",
        b"1700000000,A,T,B\n",
        b"A,B,T,\"31 Jan 2020 14:05\"\n",
        b"Song Name,Artist Name,Event Start Timestamp,Play Duration Milliseconds\n",
        b"T,A,2023-05-01T10:00:00Z,60000\n",
        b"\x1f\x8b\x08\x00",
        b"\x28\xb5\x2f\xfd",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b";",
    ];
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn survive(path: &std::path::Path) -> Result<(), TestCaseError> {
    for import in Import::open_all(path, &ImportOptions::default()).unwrap_or_default() {
        let checked = import.check().is_ok();
        let read = import.records().is_ok_and(|mut records| records.all(|item| item.is_ok()));
        prop_assert_eq!(checked, read);
    }
    Ok(())
}

/// An edge list, and where it was damaged: bytes that are replaced, put in, or left out.
fn damaged_edges() -> impl Strategy<Value = Vec<u8>> {
    let weight = prop_oneof![
        (-1_000i32..=1_000).prop_map(|n| format!("{}", f64::from(n) / 100.0)),
        prop::sample::select(vec!["1e308", "-1e308", "1e-320", "0", "-0", "NaN", "inf", ""])
            .prop_map(str::to_owned),
    ];
    let time = prop_oneof![
        3 => any::<i64>().prop_map(|seconds| seconds.to_string()),
        1 => prop::sample::select(vec!["", "1e300", "2020-01-01", "2020-01-01T00:00:00Z"]).prop_map(str::to_owned),
    ];
    let row = (0u8..12, 0u8..12, weight, prop::option::of(time)).prop_map(|(from, to, weight, time)| {
        let time = time.map_or(String::new(), |time| format!(",{time}"));
        format!("p{from},p{to},{weight}{time}\n")
    });
    let damage = (any::<prop::sample::Index>(), any::<u8>(), 0u8..3);
    let rows = prop::collection::vec(row, 0..60);
    (any::<bool>(), rows, prop::collection::vec(damage, 0..6)).prop_map(|(header, rows, damages)| {
        let header = if header { "from,to,weight,time\n" } else { "" };
        let mut bytes = [header, &rows.concat()].concat().into_bytes();
        for (place, byte, kind) in damages {
            let at = place.index(bytes.len().max(1));
            match kind {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                _ if at < bytes.len() => drop(bytes.remove(at)),
                _ => {}
            }
        }
        bytes
    })
}

/// Reads a signed network, and evaluates it where it could be read.
fn survive_evaluation(content: &[u8]) -> Result<(), TestCaseError> {
    let folder = folder(&[("edges", content)]);
    let Ok(network) = signed_edges(&folder.path().join("edges")) else {
        return Ok(());
    };
    for edge in &network.edges {
        prop_assert!((-1.0..=1.0).contains(&edge.weight), "{edge:?}");
        prop_assert!(edge.from.max(edge.to) < u32::try_from(network.names.len()).expect("few people"));
    }
    for split in [Split::Random { folds: 2, seed: 1 }, Split::Time] {
        let methods = [Method::FairnessGoodness, Method::Neighbours];
        if let Ok(scores) = evaluate(&network.edges, &network.names, split, &methods) {
            prop_assert!(scores.iter().all(|score| score.rmse.is_finite() && score.pcc.is_finite()));
        }
    }
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

    #[test]
    fn any_edge_list_is_survived(content in damaged_edges()) {
        let folder = folder(&[("file", &content)]);
        survive(&folder.path().join("file"))?;
        survive_evaluation(&content)?;
    }

    #[test]
    fn any_bytes_are_survived_as_an_edge_list(
        content in prop_oneof![pieces(), prop::collection::vec(any::<u8>(), 0..200)],
    ) {
        survive_evaluation(&content)?;
    }
}
