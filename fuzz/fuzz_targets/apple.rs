//! The play activity of Apple Music's privacy export.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = "Song Name,Artist Name,Event Start Timestamp,Event End Timestamp,Play Duration Milliseconds,Media Duration In Milliseconds,Event Type,Item Type\nOne,The Invented,2023-05-01T10:00:00Z,2023-05-01T10:03:00Z,180000,200000,PLAY_END,ORIGINAL_CONTENT_SUBSCRIPTION\n";

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::AppleActivity, HEAD, rest));
