//! The streaming history among Spotify's account data.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = r#"[{"endTime":"2023-05-01 10:04","artistName":"The Invented","trackName":"One","msPlayed":200000},"#;

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::SpotifyAccount, HEAD, rest));
