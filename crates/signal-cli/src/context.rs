//! What a command is given: the global options, the output, and the way to the store.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use etcetera::BaseStrategy;
use signal_adapters::registry::file_of;
use signal_core::store::Store;
use signal_core::store::transfer::is_unfinished;

use crate::args::Global;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// The world of one command.
pub(crate) struct Context {
    /// The options that every command takes.
    pub(crate) global: Global,
    /// Where answers go.
    pub(crate) output: Output,
    opened: OnceLock<Arc<dyn Store>>,
}

impl Context {
    /// Nothing is opened yet.
    pub(crate) fn new(global: Global) -> Self {
        let output = Output::new(global.format);
        Self { global, output, opened: OnceLock::new() }
    }

    /// Opens the one store of this command.
    pub(crate) async fn connect(&self, store: &str) -> Result<Arc<dyn Store>, Failure> {
        let store = signal_adapters::open(store).await?;
        let store = Arc::clone(self.opened.get_or_init(|| store));
        if is_unfinished(&*store).await? {
            return Err(Failure::world(
                "something was begun to be moved into this store, and is not there yet",
            )
            .hint("run the same `signal migrate` or `signal restore` again: it goes on where it was"));
        }
        Ok(store)
    }

    /// Closes what the command opened, so that a copy of the file is a copy of the store.
    pub(crate) async fn close(&self) {
        if let Some(store) = self.opened.get() {
            store.close().await;
        }
    }

    /// The store that is meant.
    pub(crate) fn store(&self) -> Result<String, Failure> {
        if let Some(store) = &self.global.db {
            return Ok(store.clone());
        }
        let named = || "name the store with `--db STORE`";
        let path = Self::data_folder().map_err(|failure| failure.hint(named()))?.join("signal.db");
        path.to_str()
            .map(ToOwned::to_owned)
            .ok_or_else(|| Failure::world("the path of the data directory is not UTF-8").hint(named()))
    }

    /// Where this program keeps its files unless they are named.
    pub(crate) fn data_folder() -> Result<PathBuf, Failure> {
        let folders = etcetera::choose_base_strategy()
            .map_err(|error| Failure::world(format!("cannot find the data directory: {error}")))?;
        Ok(folders.data_dir().join("signal-music"))
    }

    /// Opens the store, which must be there.
    pub(crate) async fn open(&self) -> Result<Session<'_>, Failure> {
        let store = self.store()?;
        if let Some(path) = file_of(&store)
            && !exists(&path)
        {
            return Err(Failure::world(format!("no store at {}", path.display())).hint(
                "`signal user add`, `signal import` and `signal demo` make one; `--db STORE` names another",
            ));
        }
        Session::open(self, &store).await
    }

    /// Opens the store, and makes it where there is none.
    pub(crate) async fn open_or_create(&self) -> Result<Session<'_>, Failure> {
        Session::open(self, &self.store()?).await
    }
}

/// Whether there is something. What cannot be looked at is: opening it says what is wrong.
pub(crate) fn exists(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}
