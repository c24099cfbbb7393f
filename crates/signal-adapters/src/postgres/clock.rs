//! Whether this machine's clock may be written into entries: one that runs ahead would settle everything.

use std::time::{SystemTime, UNIX_EPOCH};

use signal_core::ledger::Batch;
use signal_core::model::Timestamp;

/// How far this machine's clock may lie from the database server's, in microseconds.
const TOLERANCE_MICROS: i64 = 5_000_000;

/// What this machine's clock says.
pub(super) fn now() -> Timestamp {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    };
    Timestamp::from_micros(micros)
}

/// Compares the server's clock, read at some moment between two readings of this machine's.
pub(super) fn check(before: Timestamp, server: Timestamp, after: Timestamp) -> Result<(), String> {
    let ahead = before.micros().saturating_sub(server.micros());
    let behind = server.micros().saturating_sub(after.micros());
    let (off, side) = if ahead >= behind { (ahead, "ahead of") } else { (behind, "behind") };
    if off <= TOLERANCE_MICROS {
        return Ok(());
    }
    Err(format!(
        "this machine's clock is {:.1} seconds {side} the database server's: set both right, then write",
        off as f64 / 1e6
    ))
}

/// An instant that the server's clock has not reached yet.
pub(super) fn check_instants(batches: &[Batch], server: Timestamp) -> Result<(), String> {
    let latest = server.micros().saturating_add(TOLERANCE_MICROS);
    let early = batches.iter().find(|batch| !batch.events.is_empty() && batch.at.micros() > latest);
    early.map_or(Ok(()), |batch| {
        Err(format!(
            "an entry is to bear the instant {}, but the database server's clock says {server}",
            batch.at
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_767_225_600 + seconds)
    }

    #[test]
    fn a_clock_may_be_five_seconds_off() {
        for (before, after) in [(0, 0), (-9, 9), (5, 5), (-5, -5), (-20, 5)] {
            assert_eq!(check(at(before), at(0), at(after)), Ok(()), "{before} to {after}");
        }
        let ahead = check(at(6), at(0), at(7)).expect_err("it is ahead");
        assert!(ahead.contains("6.0 seconds ahead of"), "{ahead}");
        let behind = check(at(-9), at(0), at(-7)).expect_err("it is behind");
        assert!(behind.contains("7.0 seconds behind"), "{behind}");
    }

    #[test]
    fn the_clock_is_between_two_readings_of_itself() {
        let before = now();
        assert!(check(before, now(), now()).is_ok());
        assert!(before.micros() > at(0).micros(), "{before}");
    }
}
