//! The reference store passes the public suite of stores.

use signal_core::store::{MemoryStore, conformance};

#[test]
fn memory_passes_the_suite() {
    let report = pollster::block_on(conformance::all(|| async { MemoryStore::new() }));
    assert_eq!(
        report.skipped,
        [("search::the_better_fit_comes_first", "the store does not rank by relevance")]
    );
    assert!(report.ran.len() > 40, "{:?}", report.ran);
}
