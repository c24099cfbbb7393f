//! Scrobbles of Libre.fm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = "Time,Artist,Track,Album\n1682935200,The Invented,One,Album\n";

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::Librefm, HEAD, rest));
