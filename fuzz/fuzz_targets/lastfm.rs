//! Pages of Last.fm's API.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = r##"[{"recenttracks":{"track":[{"artist":{"#text":"The Invented"},"name":"One","date":{"uts":"1682935200"}},"##;

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::Lastfm, HEAD, rest));
