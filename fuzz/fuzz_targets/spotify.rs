//! Spotify's extended streaming history.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = r#"[{"ts":"2023-05-01T10:04:00Z","ms_played":200000,"master_metadata_track_name":"One","master_metadata_album_artist_name":"The Invented","spotify_track_uri":null,"offline_timestamp":0,"incognito_mode":false},"#;

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::SpotifyExtended, HEAD, rest));
