//! Tables of plays.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = "user,artist,plays\nana,The Invented,3\n";

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::PlaysTable, HEAD, rest));
