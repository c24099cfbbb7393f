//! What has to be done again and again: settling what is due, closing the day, learning what people have heard since. Each
//! is a named job with a lease in the store, so that one of several processes does it.

use crate::engine::{Engine, EngineError, EpochAnswer, SettleAnswer};
use crate::host::random;
use crate::model::{Timestamp, UtcDay};
use crate::store::Lease;

/// A named job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// Ends every drop that is due. Runs whenever it is asked to.
    Settle,
    /// Closes an epoch. Runs once a UTC day, after settling: ratings of a day are weighed by what was known before it.
    Epoch,
    /// Builds everybody's profile from what they have heard by now. Runs once a UTC day.
    Profiles,
    /// Folds old listens into monthly counts. Runs once a UTC day.
    Retention {
        /// Days for which single listens are kept; the month that they end in is kept whole.
        keep_days: u32,
    },
    /// Does what the store wants done now and then. Runs once a UTC day.
    Upkeep,
}

impl Job {
    /// Seconds that the job is held at most; a process that dies holds it no longer.
    const fn lease_seconds(self) -> i64 {
        match self {
            Self::Settle | Self::Epoch | Self::Upkeep => 600,
            Self::Profiles | Self::Retention { .. } => 4 * 3_600,
        }
    }

    /// The job's name, as leases carry it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::Epoch => "epoch",
            Self::Profiles => "profiles",
            Self::Retention { .. } => "retention",
            Self::Upkeep => "upkeep",
        }
    }

    /// The state value that names the last UTC day a daily job ran on.
    fn day(self) -> String {
        format!("job:{}:day", self.name())
    }
}

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    /// A sweep over open drops.
    Settled(SettleAnswer),
    /// A day that was closed.
    Closed(EpochAnswer),
    /// So many profiles were built.
    Built(usize),
    /// So many listens were folded.
    Folded(u64),
    /// The store was looked after.
    Tended,
    /// Nothing was due, or another process is at it.
    Nothing,
}

/// Runs a job unless another process holds it or nothing is due.
pub async fn run(engine: &Engine, job: Job) -> Result<Done, EngineError> {
    let now = engine.now();
    let holder = hex::encode(random::<8>(engine.host()));
    let lease = Lease { job: job.name().to_owned(), holder, until: now.plus_seconds(job.lease_seconds()) };
    if !engine.store().acquire(&lease, now).await? {
        return Ok(Done::Nothing);
    }
    let done = match job {
        Job::Settle => engine.settle_due().await.map(Done::Settled),
        Job::Epoch => daily(engine, job, now, async || engine.close_epoch().await.map(Done::Closed)).await,
        Job::Profiles => {
            daily(engine, job, now, async || engine.build_profiles().await.map(Done::Built)).await
        }
        Job::Retention { keep_days } => {
            daily(engine, job, now, async || engine.fold_listens(keep_days).await.map(Done::Folded)).await
        }
        Job::Upkeep => {
            daily(engine, job, now, async || Ok(engine.store().upkeep(now).await.map(|()| Done::Tended)?))
                .await
        }
    };
    // The lease goes back also when the job failed; what failed is what the caller hears of.
    let released = engine.store().release(&lease.job, &lease.holder).await;
    let done = done?;
    released?;
    Ok(done)
}

/// Does the work on the first run of a UTC day.
async fn daily(
    engine: &Engine,
    job: Job,
    now: Timestamp,
    work: impl AsyncFnOnce() -> Result<Done, EngineError>,
) -> Result<Done, EngineError> {
    let today = now.utc_day();
    if last_day(engine, job).await? == Some(today) {
        return Ok(Done::Nothing);
    }
    let done = work().await?;
    engine.store().put_state(&job.day(), today.start().to_string().as_bytes()).await?;
    Ok(done)
}

async fn last_day(engine: &Engine, job: Job) -> Result<Option<UtcDay>, EngineError> {
    let bytes = engine.store().state(&job.day()).await?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text.and_then(|text| text.parse::<Timestamp>().ok()).map(Timestamp::utc_day))
}

#[cfg(all(test, feature = "simulation"))]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::simulation::SimulatedHost;
    use crate::store::{HistoryStore, MemoryStore, StateStore};

    #[test]
    fn a_day_is_closed_once_and_by_one() {
        block_on(async {
            let host = Arc::new(SimulatedHost::new(1, "2026-01-01T23:00:00Z".parse().expect("a time")));
            let store = MemoryStore::new();
            let engine = Engine::new(Arc::new(store.clone()), host.clone());
            engine.register(&"ana".parse().expect("a handle")).await.expect("registers");
            let closed = |done: &Done| matches!(done, Done::Closed(_));
            assert!(closed(&run(&engine, Job::Epoch).await.expect("runs")));
            assert_eq!(run(&engine, Job::Epoch).await.expect("runs"), Done::Nothing);
            host.set_now("2026-01-02T00:00:00Z".parse().expect("a time"));
            let until = engine.now().plus_seconds(60);
            let other = Lease { job: "epoch".to_owned(), holder: "another".to_owned(), until };
            assert!(store.acquire(&other, engine.now()).await.expect("asks"));
            assert_eq!(run(&engine, Job::Epoch).await.expect("runs"), Done::Nothing);
            host.set_now(until);
            assert!(closed(&run(&engine, Job::Epoch).await.expect("runs")));
        });
    }

    #[test]
    fn old_listens_are_folded_and_the_store_is_looked_after() {
        block_on(async {
            let host = Arc::new(SimulatedHost::new(1, "2026-06-15T12:00:00Z".parse().expect("a time")));
            let store = MemoryStore::new();
            let engine = Engine::new(Arc::new(store.clone()), host.clone());
            let ana = engine.register(&"ana".parse().expect("a handle")).await.expect("registers");
            // The 90th day before is the 17th of March: February is over by then, March is not.
            for start in ["2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"] {
                let listen = crate::model::Listen {
                    user: ana,
                    track: crate::model::TrackId::from_uuid(uuid::Uuid::from_u128(1)),
                    start: start.parse().expect("a time"),
                    exactness: crate::model::Exactness::Exact,
                    played_ms: None,
                    source: "spotify".to_owned(),
                };
                store.add_listens(&[listen]).await.expect("listens");
            }
            let retention = Job::Retention { keep_days: 90 };
            assert_eq!(run(&engine, retention).await.expect("runs"), Done::Folded(2));
            assert_eq!(run(&engine, retention).await.expect("runs"), Done::Nothing);
            assert_eq!(store.history_totals().await.expect("totals").listens, 1);
            assert_eq!(store.history_totals().await.expect("totals").counted_plays, 2);
            assert_eq!(run(&engine, Job::Upkeep).await.expect("runs"), Done::Tended);
            host.set_now("2026-07-01T00:00:00Z".parse().expect("a time"));
            assert_eq!(run(&engine, retention).await.expect("runs"), Done::Folded(1));
        });
    }

    #[test]
    fn profiles_are_built_once_a_day() {
        block_on(async {
            let host = Arc::new(SimulatedHost::new(1, "2026-01-01T23:00:00Z".parse().expect("a time")));
            let engine = Engine::new(Arc::new(MemoryStore::new()), host.clone());
            assert_eq!(run(&engine, Job::Profiles).await.expect("runs"), Done::Built(0));
            assert_eq!(run(&engine, Job::Profiles).await.expect("runs"), Done::Nothing);
            host.set_now("2026-01-02T00:00:00Z".parse().expect("a time"));
            assert_eq!(run(&engine, Job::Profiles).await.expect("runs"), Done::Built(0));
        });
    }
}
