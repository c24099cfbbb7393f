//! Builds the demo's file: beside the target, then in its place, so that nobody meets half a community.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use signal_adapters::sqlite::{SqliteOptions, SqliteStore};
use signal_core::simulation::{Outcome, Plan, Simulation};
use signal_core::store::{StateStore, Store};

use crate::failure::Failure;
use crate::progress::Progress;
use crate::session::CLOCK;

/// The state value that marks a file as a demo; it holds the seed.
const MARK: &str = "demo";
/// What `SQLite`, and an engine, keep beside a file.
const BESIDE: [&str; 4] = ["-wal", "-shm", "-journal", ".live"];

/// Lives the plan into a new file at `target`. What is there must be an earlier demo.
pub(super) async fn build(target: &Path, plan: &Plan) -> Result<Outcome, Failure> {
    refuse_foreign(target).await?;
    let building = with_suffix(target, ".building");
    remove(&building)?;
    let outcome = apart(&building, plan);
    if outcome.is_err() {
        // The reason is worth more than what may go wrong with the remains.
        let _ = remove(&building);
        return outcome;
    }
    remove(target)?;
    let moved = fs::rename(&building, target);
    moved.map_err(|error| Failure::world(format!("cannot put the demo at {}: {error}", target.display())))?;
    outcome
}

/// Lives on a thread with a runtime of its own: each of the many small questions to the file then changes threads
/// once, not three times.
fn apart(path: &Path, plan: &Plan) -> Result<Outcome, Failure> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::world(format!("cannot start: {error}")))?;
        runtime.block_on(live(path, plan))
    };
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

async fn live(path: &Path, plan: &Plan) -> Result<Outcome, Failure> {
    let store = SqliteStore::open_with(path, SqliteOptions { bulk: true }).await?;
    let progress = Progress::steps("a community lives through its days", u64::from(plan.days));
    let lived =
        Simulation::run(plan, Arc::new(store.clone()) as Arc<dyn Store>, &|day, _| progress.at(day.into()))
            .await;
    drop(progress);
    let marked = match lived {
        Ok(outcome) => mark(&store, plan, outcome).await,
        Err(error) => Err(error.into()),
    };
    store.close().await;
    marked
}

/// The file's clock stays where the community stopped.
async fn mark(store: &SqliteStore, plan: &Plan, outcome: Outcome) -> Result<Outcome, Failure> {
    store.put_state(CLOCK, outcome.end.to_string().as_bytes()).await?;
    store.put_state(MARK, plan.seed.to_string().as_bytes()).await?;
    Ok(outcome)
}

/// Nothing but a demo is ever overwritten.
async fn refuse_foreign(target: &Path) -> Result<(), Failure> {
    match fs::metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Ok(metadata) if metadata.is_file() => {}
        _ => return Err(foreign(target)),
    }
    let Ok(store) = SqliteStore::open(target).await else {
        return Err(foreign(target));
    };
    let mark = store.state(MARK).await;
    store.close().await;
    if mark?.is_some() { Ok(()) } else { Err(foreign(target)) }
}

fn foreign(target: &Path) -> Failure {
    Failure::wrong(format!("{} is there already and is no demo, so it is left alone", target.display()))
        .hint("name another file: `signal demo --db FILE`")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Removes a file and what is kept beside it.
fn remove(path: &Path) -> Result<(), Failure> {
    let beside = BESIDE.iter().map(|suffix| with_suffix(path, suffix));
    for path in std::iter::once(path.to_owned()).chain(beside) {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Failure::world(format!("cannot remove {}: {error}", path.display())));
            }
            _ => {}
        }
    }
    Ok(())
}
