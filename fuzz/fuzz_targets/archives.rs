//! Archives, and single files within a compression.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| signal_fuzz::file(bytes));
