//! From start to stop: open the store, listen, sweep, and leave nobody's request half answered.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use signal_adapters::host::SystemHost;
use signal_adapters::keyfile::{self, KeyFileError};
use signal_adapters::snapshot::SnapshotFile;
use signal_core::engine::Engine;
use signal_core::jobs::{self, Done, Job};
use signal_core::ledger::{InvalidKey, KeyKind, SigningKey};
use signal_core::store::StoreError;
use signal_core::store::transfer::is_unfinished;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::config::Config;
use crate::{AppState, router};

/// How often drops whose time has come are settled.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How long to wait before the ledger is followed again.
const FOLLOW_AGAIN: Duration = Duration::from_secs(1);

/// How often it is asked whether what is done once a day is due.
const TEND_EVERY: Duration = Duration::from_mins(10);

/// Why the server ended other than as asked.
#[derive(Debug, thiserror::Error)]
pub enum StopReason {
    /// The operating system gave no threads.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody moves something into the store.
    #[error(
        "something was begun to be moved into this store, and is not there yet: run the same move again first"
    )]
    Unfinished,
    /// The key of the ledger cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// What `SIGNAL_LEDGER_KEY` holds is no key of a ledger.
    #[error("SIGNAL_LEDGER_KEY: {0}")]
    KeyText(InvalidKey),
    /// A witness's key cannot sign checkpoints.
    #[error("the key of {name} is a witness's, and signs no checkpoints of a ledger")]
    KeyKind {
        /// The key's name.
        name: String,
    },
    /// The address cannot be used.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Signals cannot be caught, or connections no longer accepted.
    #[error("cannot go on: {0}")]
    Serve(io::Error),
    /// Requests were still running when their time was up.
    #[error("requests were still running {seconds} s after the order to stop; they were cut off")]
    Deadline {
        /// How long they had.
        seconds: u64,
    },
    /// A second order came before the first was carried out.
    #[error("stopped at once, as asked a second time; running requests were cut off")]
    Impatient,
}

impl StopReason {
    /// What the program answers its caller: 2 where the key is wrong, 3 where the world failed.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Key(error) if !error.is_world() => 2,
            Self::KeyText(_) | Self::KeyKind { .. } => 2,
            _ => 3,
        }
    }
}

/// Serves until SIGTERM or SIGINT. `listening` hears the real address as soon as connections are taken.
pub async fn run(config: &Config, listening: impl FnOnce(SocketAddr)) -> Result<(), StopReason> {
    let mut orders = Orders::new().map_err(StopReason::Serve)?;
    let store = signal_adapters::open(&config.db).await?;
    if is_unfinished(&*store).await? {
        return Err(StopReason::Unfinished);
    }
    let host = Arc::new(SystemHost::new());
    let place = config.snapshot.clone().map(SnapshotFile::new).or_else(|| SnapshotFile::of(&config.db));
    let engine = match place {
        Some(place) => Engine::resuming(Arc::clone(&store), host, Arc::new(place)),
        None => Engine::new(Arc::clone(&store), host),
    };
    let mut state = AppState::new(engine, Duration::from_secs(config.request_timeout));
    if let Some(key) = ledger_key(config)? {
        tracing::info!(key = %key.public(), "signing the ledger's checkpoints");
        state = state.signing(key);
    }

    let address = config.listen.address();
    let cannot_listen = |cause| StopReason::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(cannot_listen)?;
    listening(listener.local_addr().map_err(cannot_listen)?);

    let (stop, stopped) = watch::channel(false);
    let sweep = tokio::spawn(sweep(state.engine().clone(), stopped.clone()));
    let learning = tokio::spawn(tend(state.engine().clone(), config.keep_listens));
    state.start();
    let following = tokio::spawn(follow(state.clone()));
    let serving = tokio::spawn(serve(listener, state.clone(), stopped));

    orders.next().await;
    tracing::info!("stopping: no longer ready");
    state.stop();
    let winding_down = async {
        sleep(Duration::from_secs(config.drain)).await;
        stop.send_replace(true);
        // The next one builds them anew.
        learning.abort();
        following.abort();
        let finished = async {
            let served = serving.await;
            let _ = sweep.await;
            if let Err(error) = state.engine().keep_snapshot().await {
                tracing::warn!(%error, "the next start reads more of the ledger");
            }
            store.close().await;
            served
        };
        match timeout(Duration::from_secs(config.deadline), finished).await {
            Ok(Ok(served)) => served.map_err(StopReason::Serve),
            Ok(Err(lost)) => Err(StopReason::Serve(io::Error::other(lost))),
            Err(_) => Err(StopReason::Deadline { seconds: config.deadline }),
        }
    };
    tokio::select! {
        ended = winding_down => ended,
        () = orders.next() => Err(StopReason::Impatient),
    }
}

/// The key that is named, if any is: a file, or the text in the environment.
fn ledger_key(config: &Config) -> Result<Option<SigningKey>, StopReason> {
    let key = match (&config.ledger_key_file, std::env::var("SIGNAL_LEDGER_KEY")) {
        (Some(path), _) => keyfile::read(path)?,
        (None, Ok(text)) if !text.is_empty() => text.parse().map_err(StopReason::KeyText)?,
        _ => return Ok(None),
    };
    match key.public().kind() {
        KeyKind::Log => Ok(Some(key)),
        KeyKind::Witness => Err(StopReason::KeyKind { name: key.public().name().to_owned() }),
    }
}

async fn serve(listener: TcpListener, state: AppState, stopped: watch::Receiver<bool>) -> io::Result<()> {
    axum::serve(listener, router(state)).with_graceful_shutdown(until(stopped)).await
}

/// Follows what other processes write, so that no request has to; tries again after a while where it failed.
async fn follow(state: AppState) {
    loop {
        let error = match state.engine().catch_up().await {
            Ok(()) => {
                state.started();
                let Err(error) = state.engine().keep_up().await;
                error
            }
            Err(error) => error,
        };
        tracing::warn!(%error, "the ledger is not followed for a moment");
        sleep(FOLLOW_AGAIN).await;
    }
}

/// Does what is due once a day, beside all else because it takes long; asked again after a while where it failed.
async fn tend(engine: Engine, keep_days: u32) {
    let retention = (keep_days > 0).then_some(Job::Retention { keep_days });
    let mut ticks = interval(TEND_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for job in [Job::Profiles].into_iter().chain(retention).chain([Job::Upkeep]) {
            match jobs::run(&engine, job).await {
                Ok(Done::Built(profiles)) => tracing::info!(profiles, "built the profiles"),
                Ok(Done::Folded(listens)) => tracing::info!(listens, "folded old listens"),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, job = job.name(), "a job failed"),
            }
        }
    }
}

/// Settles what is due and closes the day, now and every minute, until told to stop. A sweep that runs then is finished first.
async fn sweep(engine: Engine, stopped: watch::Receiver<bool>) {
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = until(stopped.clone()) => return,
            _ = ticks.tick() => {}
        }
        for job in [Job::Settle, Job::Epoch] {
            match jobs::run(&engine, job).await {
                Ok(Done::Settled(done)) if !done.settled.is_empty() => {
                    tracing::info!(settled = done.settled.len(), open = done.open, "settled what was due");
                }
                Ok(Done::Closed(epoch)) => {
                    tracing::info!(number = epoch.number, findings = epoch.findings.len(), "closed the day");
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, job = job.name(), "a job failed"),
            }
        }
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // The sender lives as long as the server: an error means it is gone, which is an order as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Orders to stop, from the operating system.
struct Orders {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Orders {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot hear orders to stop");
            std::future::pending::<()>().await;
        }
    }
}
