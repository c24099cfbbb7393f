//! The reference store passes the public suite of stores.

use signal_core::store::{MemoryStore, conformance};

#[test]
#[expect(clippy::disallowed_macros, reason = "the table of stores is made of what this test prints")]
fn the_public_suite_passes() {
    let report = pollster::block_on(conformance::all(|| async { MemoryStore::new() }));
    print!("{}", report.lines("memory"));
    assert_eq!(
        report.skipped,
        [
            ("search::the_better_fit_comes_first", "the store does not rank by relevance"),
            (
                "reach::random_graphs_are_searched_as_the_core_does",
                "the store leaves the search along trust edges to the core"
            ),
            (
                "reach::a_search_that_may_not_look_far_says_so",
                "the store leaves the search along trust edges to the core"
            ),
        ]
    );
    assert!(report.ran.len() > 40, "{:?}", report.ran);
}
