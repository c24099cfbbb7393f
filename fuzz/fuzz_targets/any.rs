//! Files that may be anything.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| signal_fuzz::file(bytes));
