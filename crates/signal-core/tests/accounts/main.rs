//! Accounts of platforms: connecting, reading and renewing, whatever fails meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod away;
mod faults;
mod secrets;
mod service;
mod suggestions;
mod watching;
mod world;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pollster::block_on;
use service::{ACCESS_SECONDS, Habits, PAGE};
use signal_core::engine::{
    AccountError, AccountStatus, Accounts, ImportOptions, Imported, REST_MICROS_MAX, SyncAnswer, SyncOutcome,
};
use signal_core::model::{Exactness, TrackRef, Viewer};
use signal_core::platform::{ConsentAnswer, ConsentStep, HistoryCursor, ImportRecord, PlatformError};
use signal_core::store::VaultStore;
use world::World;

const GOOD: Habits = Habits { exact: true, rotates: false, faults: 0 };
const ROTATING: Habits = Habits { rotates: true, ..GOOD };
const DAY: i64 = 86_400;

async fn sync(world: &World, accounts: &Accounts) -> SyncAnswer {
    accounts.sync(world.ana, "fake", &|_| {}).await.expect("reads")
}

/// The person plays so many tracks there, one every four minutes.
fn play(world: &World, plays: usize) {
    for n in 0..plays {
        world.service.play(&format!("Song {n}"), world.host_now());
        world.pass(240);
    }
}

#[test]
fn a_history_is_read_page_by_page_and_then_only_what_is_new() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        play(&world, 2 * PAGE + 3);
        let unknown = accounts.sync(world.ana, "fake", &|_| {}).await.expect_err("is not connected");
        assert!(matches!(unknown, AccountError::NotConnected { .. }), "{unknown}");
        world.connect(&accounts, world.ana).await.expect("connects");
        let answer = sync(&world, &accounts).await;
        assert_eq!(answer.outcome, SyncOutcome::Synced);
        assert_eq!((answer.pages, answer.read, answer.new, answer.known), (3, 17, 17, 0));
        assert_eq!(world.starts().await.len(), 17);
        assert_eq!(sync(&world, &accounts).await.read, 0);
        play(&world, 1);
        let answer = sync(&world, &accounts).await;
        assert_eq!((answer.read, answer.new), (1, 1));
        let listed = accounts.accounts(world.ana).await.expect("lists");
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (listed[0].status, listed[0].account.as_deref()),
            (AccountStatus::Connected, Some("ana-there"))
        );
        assert_eq!(listed[0].synced_at, Some(world.host_now()));
        assert!(listed[0].complete_since.is_some());
        // The account there leads to the person here.
        let found = world.engine.find_user(Viewer::Operator, "fake:ana-there").await.expect("is found");
        assert_eq!(found, world.ana);
    });
}

#[test]
fn the_same_play_from_an_export_and_a_poll_is_one_listen() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        play(&world, 3);
        world.connect(&accounts, world.ana).await.expect("connects");
        let export = |seconds| {
            Imported::Record(ImportRecord::Listen {
                person: None,
                track: TrackRef::named("Some Band", "Song 1").expect("a track"),
                start: "2026-03-01T00:04:00Z"
                    .parse::<signal_core::model::Timestamp>()
                    .expect("a time")
                    .plus_seconds(seconds),
                exactness: Exactness::Minute,
                played_ms: None,
            })
        };
        let options = ImportOptions { source: "export".to_owned(), person: Some(world.ana) };
        let mut rows = [export(20), export(3_600)].into_iter();
        world.engine.import(&mut rows, &options, &|_| {}).await.expect("imports");
        let answer = sync(&world, &accounts).await;
        assert_eq!((answer.read, answer.new, answer.known), (3, 2, 1));
        assert_eq!(world.starts().await.len(), 4);
    });
}

#[test]
fn a_permission_that_has_run_out_is_renewed_and_keeps_what_is_not_sent_again() {
    for habits in [GOOD, ROTATING] {
        block_on(async {
            let world = World::new(habits, 1).await;
            let accounts = world.process();
            world.connect(&accounts, world.ana).await.expect("connects");
            let consented = world.host_now();
            for round in 1..=3 {
                world.pass(ACCESS_SECONDS);
                play(&world, 1);
                assert_eq!(sync(&world, &accounts).await.outcome, SyncOutcome::Synced);
                assert_eq!(world.service.state(|state| state.refreshes), round);
            }
            let permission = accounts.authorization(world.ana, "fake").await.expect("holds");
            assert!(permission.refresh.is_some(), "{habits:?}");
            assert_eq!(permission.consented_at, consented, "renewing is no consent");
            assert_eq!(world.starts().await.len(), 3);
        });
    }
}

#[test]
fn a_token_that_dies_between_two_pages_is_renewed() {
    block_on(async {
        let world = World::new(ROTATING, 1).await;
        let accounts = world.process();
        play(&world, 3 * PAGE);
        world.connect(&accounts, world.ana).await.expect("connects");
        let service = world.service.clone();
        let kill = move |read| {
            if read == PAGE as u64 {
                service.state(|state| state.tokens.0 += 1);
            }
        };
        let answer = accounts.sync(world.ana, "fake", &kill).await.expect("reads");
        assert_eq!((answer.outcome, answer.new), (SyncOutcome::Synced, 3 * PAGE as u64));
        assert_eq!(world.service.state(|state| state.refreshes), 1);
    });
}

/// Runs tasks side by side on one thread.
fn run_side_by_side(mut tasks: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    let mut context = Context::from_waker(Waker::noop());
    while !tasks.is_empty() {
        tasks.retain_mut(|task| task.as_mut().poll(&mut context) == Poll::Pending);
    }
}

#[test]
fn tasks_of_several_processes_renew_a_permission_once() {
    let world = block_on(World::new(ROTATING, 1));
    let processes = [world.process(), world.process(), world.process()];
    block_on(world.connect(&processes[0], world.ana)).expect("connects");
    world.pass(ACCESS_SECONDS);
    let mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for process in &processes {
        for _ in 0..8 {
            tasks.push(Box::pin(async {
                let permission = process.authorization(world.ana, "fake").await.expect("is renewed");
                assert_eq!(permission.access.reveal(), "access-s3cret-2");
            }));
        }
    }
    run_side_by_side(tasks);
    assert_eq!(world.service.state(|state| state.refreshes), 1);
}

#[test]
fn one_program_at_a_time_reads_an_account() {
    let world = block_on(World::new(GOOD, 1));
    let processes = [world.process(), world.process(), world.process()];
    play(&world, 2 * PAGE);
    block_on(world.connect(&processes[0], world.ana)).expect("connects");
    let outcomes = std::cell::RefCell::new(Vec::new());
    let mut tasks: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    for process in &processes {
        let (outcomes, world) = (&outcomes, &world);
        tasks.push(Box::pin(async move {
            let answer = sync(world, process).await;
            outcomes.borrow_mut().push(answer.outcome);
        }));
    }
    run_side_by_side(tasks);
    let mut outcomes = outcomes.into_inner();
    outcomes.sort_by_key(|outcome| format!("{outcome:?}"));
    assert_eq!(outcomes, [SyncOutcome::Busy, SyncOutcome::Busy, SyncOutcome::Synced]);
    assert_eq!(world.service.state(|state| state.histories), 2, "each page once");
}

#[test]
fn nothing_is_asked_before_the_gate_opens_not_even_by_another_process() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        world.connect(&world.process(), world.ana).await.expect("connects");
        play(&world, 1);
        let until = world.host_now().plus_seconds(DAY);
        world.service.state(|state| state.gate = until);
        let answer = sync(&world, &world.process()).await;
        assert_eq!((answer.outcome, answer.until), (SyncOutcome::Waiting, Some(until)));
        world.service.state(|state| assert_eq!(std::mem::take(&mut state.early), 1, "nobody knew"));
        world.pass(ACCESS_SECONDS);
        for _ in 0..3 {
            let accounts = world.process();
            assert_eq!(sync(&world, &accounts).await.outcome, SyncOutcome::Waiting);
            let refused = accounts.authorization(world.ana, "fake").await.expect_err("is not renewed");
            assert!(
                matches!(refused, AccountError::Platform(PlatformError::RateLimited { .. })),
                "{refused}"
            );
            let listed = accounts.accounts(world.ana).await.expect("lists");
            assert_eq!((listed[0].status, listed[0].waiting_until), (AccountStatus::Waiting, Some(until)));
            assert_eq!(
                accounts.rest_micros(std::slice::from_ref(&answer)),
                REST_MICROS_MAX,
                "never longer than the cap"
            );
        }
        world.service.state(|state| assert_eq!((state.early, state.refreshes), (0, 0)));
        world.pass(DAY);
        assert_eq!(sync(&world, &world.process()).await.outcome, SyncOutcome::Synced);
        assert_eq!(world.starts().await.len(), 1);
    });
}

#[test]
fn nobody_connects_before_the_gate_opens() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        let waits =
            |error: AccountError| matches!(error, AccountError::Platform(PlatformError::RateLimited { .. }));
        let early = || world.service.state(|state| std::mem::take(&mut state.early));
        // Turned away at the beginning, and then at the end.
        world.service.state(|state| state.gate = world.host_now().plus_seconds(DAY));
        for asked in [1, 0, 0] {
            let accounts = world.process();
            assert!(waits(accounts.begin_connect(world.ana, "fake", None).await.expect_err("has to wait")));
            assert_eq!(early(), asked);
        }
        world.pass(DAY);
        let step = accounts.begin_connect(world.ana, "fake", None).await.expect("begins");
        let ConsentStep::Visit { url } = step else { panic!("{step:?}") };
        world.service.state(|state| state.gate = world.host_now().plus_seconds(DAY));
        for asked in [1, 0] {
            let accounts = world.process();
            let refused = accounts.complete_connect(world.ana, "fake", ConsentAnswer(&url)).await;
            assert!(waits(refused.expect_err("has to wait")));
            assert_eq!(early(), asked);
        }
        world.pass(DAY);
        world.connect(&accounts, world.ana).await.expect("connects");
    });
}

#[test]
fn an_answer_that_is_too_large_is_not_kept() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        world.connect(&accounts, world.ana).await.expect("connects");
        play(&world, 2);
        world.service.state(|state| state.cursor_padding = HistoryCursor::BYTES_MAX);
        let answer = sync(&world, &accounts).await;
        assert_eq!(answer.outcome, SyncOutcome::Failed);
        assert!(answer.reason.as_deref().is_some_and(|reason| reason.contains("65536")), "{answer:?}");
        assert_eq!(world.starts().await.len(), 0);
        world.service.state(|state| state.cursor_padding = 0);
        assert_eq!(sync(&world, &accounts).await.new, 2);
    });
}

#[test]
fn a_person_who_must_agree_again_is_asked_before_the_service_is() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        world.connect(&accounts, world.ana).await.expect("connects");
        play(&world, PAGE);
        assert_eq!(sync(&world, &accounts).await.new, PAGE as u64);
        // The service forgets the permission.
        world.service.state(|state| state.tokens = (100, 100));
        play(&world, 2);
        assert_eq!(sync(&world, &accounts).await.outcome, SyncOutcome::NeedsConsent);
        let calls = world.service.state(|state| (state.histories, state.refreshes));
        assert_eq!(sync(&world, &world.process()).await.outcome, SyncOutcome::NeedsConsent);
        assert_eq!(world.service.state(|state| (state.histories, state.refreshes)), calls, "nobody asks");
        assert_eq!(accounts.accounts(world.ana).await.expect("lists")[0].status, AccountStatus::NeedsConsent);
        world.connect(&accounts, world.ana).await.expect("connects again");
        let answer = sync(&world, &accounts).await;
        assert_eq!((answer.outcome, answer.read), (SyncOutcome::Synced, 2), "from where it was");
    });
}

#[test]
fn an_account_belongs_to_one_person() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        let ben = world.engine.register(&"ben".parse().expect("a handle")).await.expect("joins");
        world.connect(&accounts, world.ana).await.expect("connects");
        let refused = world.connect(&accounts, ben).await.expect_err("is hers");
        assert!(matches!(refused, AccountError::Taken { .. }), "{refused}");
        assert_eq!(accounts.accounts(ben).await.expect("lists"), []);
        world.connect(&accounts, world.ana).await.expect("again");
        // Another account of hers is read from its beginning.
        play(&world, 1);
        sync(&world, &accounts).await;
        world.service.state(|state| state.account = "ana-too");
        world.connect(&accounts, world.ana).await.expect("connects");
        assert_eq!(sync(&world, &accounts).await.read, 1);
    });
}

#[test]
fn where_a_service_names_no_account_every_consent_begins_anew() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        world.service.state(|state| state.account = "");
        world.connect(&accounts, world.ana).await.expect("connects");
        play(&world, 3);
        assert_eq!(sync(&world, &accounts).await.new, 3);
        assert_eq!(sync(&world, &accounts).await.read, 0);
        // It may be another account: nothing says that it is the same.
        world.connect(&accounts, world.ana).await.expect("connects again");
        let answer = sync(&world, &accounts).await;
        assert_eq!((answer.read, answer.new, answer.known), (3, 0, 3));
    });
}

#[test]
fn an_answer_counts_once_and_for_its_own_attempt() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        let complete =
            async |answer: &str| accounts.complete_connect(world.ana, "fake", ConsentAnswer(answer)).await;
        let none = complete("x").await.expect_err("was not begun");
        assert!(matches!(none, AccountError::NoAttempt { .. }), "{none}");
        accounts.begin_connect(world.ana, "fake", None).await.expect("begins");
        let other = complete("x").await.expect_err("is another's answer");
        assert!(matches!(other, AccountError::Platform(PlatformError::Failed { .. })), "{other}");
        world.connect(&accounts, world.ana).await.expect("connects");
        let over = complete("").await.expect_err("is over");
        assert!(matches!(over, AccountError::NoAttempt { .. }), "{over}");
        let unknown = accounts.begin_connect(world.ana, "nobody", None).await.expect_err("is unknown");
        assert!(matches!(unknown, AccountError::UnknownPlatform { .. }), "{unknown}");
    });
}

#[test]
fn who_disconnects_leaves_nothing_but_what_was_heard() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        world.connect(&accounts, world.ana).await.expect("connects");
        play(&world, 2);
        sync(&world, &accounts).await;
        assert!(accounts.disconnect(world.ana, "fake").await.expect("lets go"));
        assert!(!accounts.disconnect(world.ana, "fake").await.expect("lets go"), "was gone");
        for field in ["authorization", "attempt", "reading"] {
            assert_eq!(world.memory.secret(world.ana, "fake", field).await.expect("reads"), None);
        }
        let gone = accounts.sync(world.ana, "fake", &|_| {}).await.expect_err("is not connected");
        assert!(matches!(gone, AccountError::NotConnected { .. }), "{gone}");
        assert_eq!(world.starts().await.len(), 2);
    });
}

#[test]
fn guessed_times_are_taken_once_whenever_the_program_ends() {
    // However far the reading came before it was cut off, going on takes every play once.
    let mut ends = 0;
    for steps in 0.. {
        let world = block_on(World::new(Habits { exact: false, ..GOOD }, 1));
        let store = signal_core::simulation::FaultyStore::new(
            Arc::new(world.memory.clone()),
            signal_core::simulation::FaultPlan { seed: 1, before: 0.0, instead: 0.0, after: 0.0, turns: 1 },
        );
        let accounts = world.process_over(Arc::new(store), &[1]);
        block_on(world.connect(&accounts, world.ana)).expect("connects");
        play(&world, PAGE + 2);
        let mut reading = Box::pin(accounts.sync(world.ana, "fake", &|_| {}));
        let mut context = Context::from_waker(Waker::noop());
        let done = (0..steps).any(|_| reading.as_mut().poll(&mut context).is_ready());
        drop(reading);
        // Whoever was cut off holds the account for a while.
        world.pass(3_000);
        block_on(async {
            let answer = sync(&world, &world.process()).await;
            assert_eq!(answer.outcome, SyncOutcome::Synced, "after {steps} steps");
            assert_eq!(world.starts().await.len(), PAGE + 2, "after {steps} steps");
        });
        if done {
            ends = steps;
            break;
        }
    }
    assert!(ends > 20, "there were only {ends} moments to end at");
}
