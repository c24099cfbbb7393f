//! Lists of trust edges.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal_adapters::import::Format;

const HEAD: &str = "from,to,weight,time\nana,bo,0.5,1682935200\n";

fuzz_target!(|rest: &[u8]| signal_fuzz::file_of(Format::EdgeList, HEAD, rest));
