//! The public test suite of stores: an adapter that passes it may be used wherever [`MemoryStore`] may.
//!
//! It writes whatever it likes into the stores it is given, so give it empty ones that nobody needs. What it checks
//! grows with the contract; it is not covered by semantic versioning.
//!
//! ```
//! use signal_core::store::{MemoryStore, conformance};
//! let report = pollster::block_on(conformance::all(|| async { MemoryStore::new() }));
//! assert!(report.ran.len() > 30);
//! ```
//!
//! [`MemoryStore`]: super::MemoryStore
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "this is test code that other crates run: a panic is how it says no"
)]

mod agree;
mod append;
mod catalogue;
mod content;
mod erase;
mod fixtures;
mod fold;
mod late;
mod ledger;
mod marks;
mod merges;
mod mutes;
mod names;
mod naming;
mod pages;
mod plays;
mod random;
mod reach;
mod relations;
mod search;
mod state;
mod story;
mod transfer;

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use super::{Capabilities, Store};

pub use agree::agree;
pub use random::against_memory;
pub use story::{Raw, Story};

impl Report {
    /// A line a case, for whoever puts several stores side by side: which store, which case, and `passed` or why it was left
    /// out, with tabs between them.
    ///
    /// ```
    /// use signal_core::store::conformance::Report;
    /// let report = Report { ran: vec!["names::taken"], skipped: vec![("reach::far", "it cannot")] };
    /// assert_eq!(report.lines("mem"), "conformance\tmem\tnames::taken\tpassed\nconformance\tmem\treach::far\tit cannot\n");
    /// ```
    pub fn lines(&self, store: &str) -> String {
        let passed = self.ran.iter().map(|case| (case, "passed"));
        let left_out = self.skipped.iter().map(|(case, why)| (case, *why));
        let line = |(case, how)| format!("conformance\t{store}\t{case}\t{how}\n");
        let lines: Vec<_> = passed.chain(left_out).map(line).collect();
        lines.concat()
    }
}

type Check = for<'a> fn(&'a dyn Store) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One thing that a store must do.
struct Case {
    name: &'static str,
    check: Check,
    /// Why a store with these capabilities need not do it.
    exempt: fn(Capabilities) -> Option<&'static str>,
}

/// What a run of the suite did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Names of the cases that passed.
    pub ran: Vec<&'static str>,
    /// Names of the cases that do not apply to the store, and why.
    pub skipped: Vec<(&'static str, &'static str)>,
}

/// Cases of a module, each named like its function.
macro_rules! cases {
    ($($module:ident: $($case:ident),+;)+) => {
        &[$($(Case {
            name: concat!(stringify!($module), "::", stringify!($case)),
            check: |store| Box::pin($module::$case(store)),
            exempt: |_| None,
        }),+),+]
    };
}

const CASES: &[Case] = cases! {
    append: accepted_entries_read_back_byte_for_byte, stale_batches_conflict, a_refused_batch_leaves_no_trace,
        one_group_may_raise_a_stream_twice, time_never_runs_backwards, a_clock_far_behind_is_refused,
        a_batch_without_events_writes_content, a_batch_that_no_decision_makes_is_refused,
        an_empty_group_changes_nothing;
    naming: an_entry_that_slips_in_conflicts, exactly_these_entries_must_name_a_person,
        entries_of_the_same_group_count, whoever_was_erased_is_not_named_again;
    names: names_are_taken_and_released, a_refused_batch_gives_its_names_back;
    ledger: an_empty_ledger_answers, entries_come_in_pages, stream_entries_come_in_pages,
        entries_are_found_by_person, positions_are_found_by_time, nodes_and_root_are_the_trees,
        streams_come_in_the_order_of_their_text, tables_are_kept_by_digest;
    content: empty_content_answers, names_are_listed, documents_are_kept_by_kind_and_id,
        documents_are_listed_under_their_parent;
    relations: the_last_of_several_changes_counts, edges_are_read_both_ways, seats_are_read_by_person,
        dials_are_kept;
    search: words_match_as_beginnings, accents_and_case_do_not_matter, all_words_must_match, signs_are_harmless,
        only_the_kinds_asked_for_are_found, search_follows_changes;
    erase: everything_of_a_person_goes, what_others_own_stays, bodies_at_positions_go, words_of_drops_may_stay,
        what_one_batch_erases_is_gone_for_the_next;
    late: late_listens_are_left_out, late_play_counts_are_left_out, late_marks_are_left_out, late_mutes_are_left_out,
        late_profiles_are_left_out, late_secrets_are_left_out, late_dials_are_left_out;
    catalogue: an_empty_catalogue_answers, claims_find_items, putting_again_changes_nothing,
        items_of_one_call_share_claims, tracks_carry_their_artist, genres_are_replaced;
    plays: empty_plays_answer, listens_are_idempotent, a_more_exact_listen_wins,
        a_listen_that_is_known_better_takes_the_others_place, listens_come_newest_first, play_counts_are_replaced, plays_add_up_by_artist, plays_are_told_apart_by_week_and_length,
        merged_tracks_count_for_the_artist_they_are_read_as;
    fold: old_months_become_counts, importing_again_changes_nothing, counts_of_months_add_up;
    marks: played_tracks_are_told, marks_count_once, plays_after_a_drop_are_told;
    merges: merges_are_kept_and_undone, plays_of_one_track_are_plays_of_all_that_are_one_with_it;
    mutes: mutes_are_kept_up_to_a_limit, mutes_go_with_either_person;
    pages: every_paged_read_is_complete_and_in_order;
    state: profiles_come_back_bit_for_bit, values_are_set_and_removed, leases_exclude_each_other,
        a_lease_that_somebody_took_is_not_prolonged, secrets_are_kept_by_platform_and_field;
    transfer: a_dump_is_of_one_moment, a_copy_is_the_same_and_goes_on, an_interrupted_copy_goes_on,
        only_an_empty_store_takes_a_copy;
    random: random_calls_agree_with_memory;
};

/// Cases that need more than the minimum.
const BEYOND: &[Case] = &[
    Case {
        name: "search::the_better_fit_comes_first",
        check: |store| Box::pin(search::the_better_fit_comes_first(store)),
        exempt: |can| (!can.full_text_search).then_some("the store does not rank by relevance"),
    },
    Case {
        name: "reach::random_graphs_are_searched_as_the_core_does",
        check: |store| Box::pin(reach::random_graphs_are_searched_as_the_core_does(store)),
        exempt: no_reach,
    },
    Case {
        name: "reach::a_search_that_may_not_look_far_says_so",
        check: |store| Box::pin(reach::a_search_that_may_not_look_far_says_so(store)),
        exempt: no_reach,
    },
];

fn no_reach(can: Capabilities) -> Option<&'static str> {
    (!can.graph_reach).then_some("the store leaves the search along trust edges to the core")
}

/// Runs every case, each on a fresh store. Panics in the end when any failed, and names them all.
pub async fn all<F, Fut, S>(fresh: F) -> Report
where
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
    S: Store,
{
    let mut report = Report::default();
    let mut failures = Vec::new();
    for case in CASES.iter().chain(BEYOND) {
        let store = fresh().await;
        if let Some(why) = (case.exempt)(store.capabilities()) {
            report.skipped.push((case.name, why));
            continue;
        }
        match caught((case.check)(&store)).await {
            Ok(()) => report.ran.push(case.name),
            Err(panic) => failures.push(format!("{}: {}", case.name, message(panic.as_ref()))),
        }
    }
    assert!(failures.is_empty(), "the store fails {} case(s):\n{}", failures.len(), failures.join("\n"));
    report
}

/// Awaits, and gives a panic as an error.
async fn caught(mut future: Pin<Box<dyn Future<Output = ()> + '_>>) -> Result<(), Box<dyn Any + Send>> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked without a message")
}
