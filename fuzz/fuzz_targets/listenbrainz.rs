//! Listens from ListenBrainz.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = concat!(r#"{"listened_at":1682935200,"track_metadata":{"artist_name":"The Invented","track_name":"One","additional_info":{}}}"#, "\n");

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::ListenBrainz, HEAD, rest));
