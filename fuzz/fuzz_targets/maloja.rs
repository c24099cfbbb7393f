//! Scrobbles of Maloja.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = r#"{"scrobbles":[{"time":1682935200,"track":{"artists":["The Invented"],"title":"One"},"duration":200},"#;

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::Maloja, HEAD, rest));
