//! Scrobbles of Pano Scrobbler.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = concat!(r#"{"timeMs":1682935200000,"artist":"The Invented","track":"One","event":"scrobble"}"#, "\n");

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::PanoScrobbler, HEAD, rest));
