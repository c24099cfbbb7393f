//! Whoever was away for so long that another had the account meanwhile, as a laptop that slept, goes on with nothing old.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pollster::block_on;
use signal_core::engine::{AccountError, Accounts, SyncOutcome};
use signal_core::platform::{ConsentAnswer, ConsentStep};

use super::service::{ACCESS_SECONDS, Habits, PAGE};
use super::world::World;
use super::{GOOD, ROTATING, play, sync};

/// Times are guessed anew in each answer: an old page that is taken in shows as plays that nobody made.
const GUESSED: Habits = Habits { exact: false, ..GOOD };
/// Seconds after which a hold has run out.
const AWAY: i64 = 400;

type Task<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Goes on with a task until it has to wait.
fn poll<T>(task: &mut Task<'_, T>) -> Option<T> {
    match task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// A world whose person has an account, and two programs.
fn two_programs() -> (World, [Accounts; 2]) {
    let world = block_on(World::new(GUESSED, 1));
    let programs = [world.process(), world.process()];
    block_on(world.connect(&programs[0], world.ana)).expect("connects");
    (world, programs)
}

#[test]
fn an_old_page_is_not_taken_in_after_another_program_has_read() {
    let (world, [sleeper, other]) = two_programs();
    play(&world, PAGE - 2);
    let mut reading: Task<'_, _> = Box::pin(sync(&world, &sleeper));
    assert_eq!(poll(&mut reading), None, "the service takes its time");
    world.pass(AWAY);
    assert_eq!(block_on(sync(&world, &other)).outcome, SyncOutcome::Synced);
    let starts = block_on(world.starts());
    assert_eq!(starts.len(), PAGE - 2);
    let answer = block_on(reading);
    assert_eq!((answer.outcome, answer.read), (SyncOutcome::Busy, 0));
    assert_eq!(block_on(world.starts()), starts, "nothing was taken in twice");
    assert_eq!(block_on(sync(&world, &sleeper)).read, 0, "and it is read no further back");
}

#[test]
fn who_was_away_and_lost_the_account_to_nobody_goes_on() {
    let (world, [sleeper, _]) = two_programs();
    play(&world, PAGE - 2);
    let mut reading: Task<'_, _> = Box::pin(sync(&world, &sleeper));
    assert_eq!(poll(&mut reading), None, "the service takes its time");
    world.pass(AWAY);
    let answer = block_on(reading);
    assert_eq!((answer.outcome, answer.new), (SyncOutcome::Synced, PAGE as u64 - 2));
}

#[test]
fn an_old_refusal_does_not_set_the_reading_back() {
    let (world, [sleeper, other]) = two_programs();
    play(&world, PAGE - 2);
    let mut reading: Task<'_, _> = Box::pin(sync(&world, &sleeper));
    assert_eq!(poll(&mut reading), None, "the service takes its time");
    world.pass(AWAY);
    block_on(sync(&world, &other));
    let until = world.host_now().plus_seconds(AWAY);
    world.service.state(|state| state.gate = until);
    assert_eq!(block_on(reading).outcome, SyncOutcome::Busy);
    // The wish to wait is not forgotten by whoever heard it.
    world.service.state(|state| assert_eq!(std::mem::take(&mut state.early), 1));
    assert_eq!(block_on(sync(&world, &sleeper)).outcome, SyncOutcome::Waiting);
    assert_eq!(world.service.state(|state| state.early), 0);
    world.pass(AWAY);
    assert_eq!(block_on(sync(&world, &sleeper)).read, 0);
    assert_eq!(block_on(world.starts()).len(), PAGE - 2);
}

#[test]
fn whatever_it_was_away_at_nothing_is_turned_back_to() {
    let mut moments = 0;
    for steps in 1.. {
        let (world, [sleeper, other]) = two_programs();
        play(&world, 3 * PAGE);
        let mut reading: Task<'_, _> = Box::pin(sync(&world, &sleeper));
        if (0..steps).any(|_| poll(&mut reading).is_some()) {
            break;
        }
        moments = steps;
        world.pass(AWAY);
        block_on(sync(&world, &other));
        let starts = block_on(world.starts());
        assert_eq!(starts.len(), 3 * PAGE, "at moment {steps}");
        assert_eq!(block_on(reading).outcome, SyncOutcome::Busy, "at moment {steps}");
        assert_eq!(block_on(world.starts()), starts, "at moment {steps}");
        assert_eq!(block_on(sync(&world, &other)).read, 0, "at moment {steps}");
    }
    assert_eq!(moments, 4, "a renewal and three pages");
}

#[test]
fn who_asked_for_suggestions_and_was_away_renews_nothing_that_another_has_renewed() {
    let world = block_on(World::new(ROTATING, 1));
    let [sleeper, other] = [world.process(), world.process()];
    block_on(world.connect(&other, world.ana)).expect("connects");
    let mut asking: Task<'_, _> = Box::pin(sleeper.suggestions(world.ana, "fake"));
    assert!(poll(&mut asking).is_none(), "the service takes its time");
    world.pass(ACCESS_SECONDS);
    assert_eq!(block_on(sync(&world, &other)).outcome, SyncOutcome::Synced);
    assert_eq!(world.service.state(|state| state.refreshes), 1);
    let lost = block_on(asking).expect_err("another had the account");
    assert!(matches!(lost, AccountError::Busy { .. }), "{lost}");
    assert_eq!(world.service.state(|state| state.refreshes), 1);
    world.pass(ACCESS_SECONDS);
    assert_eq!(block_on(sync(&world, &other)).outcome, SyncOutcome::Synced, "the newest permission is kept");
}

#[test]
fn a_consent_is_kept_by_whoever_was_away_while_it_came() {
    let (world, [sleeper, other]) = two_programs();
    let step = block_on(sleeper.begin_connect(world.ana, "fake", None)).expect("begins");
    let ConsentStep::Visit { url } = step else { panic!("{step:?}") };
    let mut completing: Task<'_, Result<(), AccountError>> =
        Box::pin(sleeper.complete_connect(world.ana, "fake", ConsentAnswer(&url)));
    assert!(poll(&mut completing).is_none(), "the service takes its time");
    world.pass(AWAY);
    play(&world, 2);
    block_on(sync(&world, &other));
    block_on(completing).expect("connects");
    let answer = block_on(sync(&world, &other));
    assert_eq!(
        (answer.outcome, answer.read),
        (SyncOutcome::Synced, 0),
        "how far it was read is not forgotten"
    );
}
