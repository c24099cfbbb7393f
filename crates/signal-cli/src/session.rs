//! An open store, and the people and things that arguments name in it.

use std::sync::Arc;

use signal_adapters::SystemHost;
use signal_adapters::snapshot::SnapshotFile;
use signal_core::decide::{Authority, Refusal};
use signal_core::engine::{Engine, EngineError};
use signal_core::model::{CircleId, DropId, Timestamp, UserId, Viewer};
use signal_core::store::Store;

use crate::context::Context;
use crate::failure::Failure;
use crate::layout::fit;
use crate::recall;

/// The state value that holds where a file's clock stands still; the demo leaves one.
pub(crate) const CLOCK: &str = "clock";
/// Columns of a name in an error.
const SHOWN: usize = 60;

/// An open store, seen by one person or by the operator.
pub(crate) struct Session<'c> {
    /// What answers.
    pub(crate) engine: Engine,
    /// The machine it runs on.
    pub(crate) host: SystemHost,
    context: &'c Context,
}

impl<'c> Session<'c> {
    /// Opens a store. The clock is `--now`, else the file's own, else the system's.
    pub(crate) async fn open(context: &'c Context, store: &str) -> Result<Self, Failure> {
        let place = SnapshotFile::of(store);
        let store = context.connect(store).await?;
        let host = match context.global.now {
            Some(now) => SystemHost::fixed(now),
            None => own_clock(&*store).await?.map_or_else(SystemHost::new, SystemHost::fixed),
        };
        let engine = match place {
            Some(place) => Engine::resuming(store, Arc::new(host), Arc::new(place)),
            None => Engine::new(store, Arc::new(host)),
        };
        Ok(Self { engine, host, context })
    }

    /// The person that `--as` names.
    pub(crate) async fn me(&self) -> Result<Option<UserId>, Failure> {
        match &self.context.global.person {
            Some(name) => self.find_user(Viewer::Operator, name).await.map(Some),
            None => Ok(None),
        }
    }

    /// Who looks.
    pub(crate) async fn viewer(&self) -> Result<Viewer, Failure> {
        Ok(self.me().await?.map_or(Viewer::Operator, Viewer::User))
    }

    /// In whose name a moderating act is done.
    pub(crate) async fn authority(&self) -> Result<Authority, Failure> {
        Ok(self.me().await?.map_or(Authority::Operator, Authority::User))
    }

    /// The person who acts; there must be one.
    pub(crate) async fn actor(&self) -> Result<UserId, Failure> {
        let missing = || {
            Failure::wrong("nobody is named to do this").hint("say who you are: `--as USER`, or SIGNAL_AS")
        };
        self.me().await?.ok_or_else(missing)
    }

    /// Refuses whoever is not the operator.
    pub(crate) fn operator(&self) -> Result<(), Failure> {
        match self.context.global.person {
            Some(_) => {
                Err(Failure::wrong("only the operator can do this")
                    .hint("leave out `--as`, and unset SIGNAL_AS"))
            }
            None => Ok(()),
        }
    }

    /// The person that an argument names.
    pub(crate) async fn user(&self, name: &str) -> Result<UserId, Failure> {
        let viewer = if name == "me" { Viewer::User(self.actor().await?) } else { self.viewer().await? };
        self.find_user(viewer, name).await
    }

    /// The person that an argument names, else who `--as` names.
    pub(crate) async fn user_or_me(&self, name: Option<&str>) -> Result<UserId, Failure> {
        match name {
            Some(name) => self.user(name).await,
            None => self.me().await?.ok_or_else(|| {
                Failure::wrong("nobody is named").hint("name a USER, or say who you are: `--as USER`")
            }),
        }
    }

    async fn find_user(&self, viewer: Viewer, name: &str) -> Result<UserId, Failure> {
        let hint = "`signal user list` shows who there is, `signal user add HANDLE` adds a person";
        self.engine.find_user(viewer, name).await.map_err(|error| named(error, name, hint))
    }

    /// The drop that an argument names.
    pub(crate) async fn drop(&self, name: &str) -> Result<DropId, Failure> {
        if let Some(number) = recall::number(name) {
            return recall::nth(self, number).await;
        }
        let found = self.engine.find_drop(name).await;
        found.map_err(|error| named(error, name, "`signal drop list` shows the newest"))
    }

    /// The circle that an argument names.
    pub(crate) async fn circle(&self, name: &str) -> Result<CircleId, Failure> {
        let found = self.engine.find_circle(name).await;
        found.map_err(|error| named(error, name, "`signal circle list` shows them all"))
    }
}

/// What was not found gets the name that was typed.
pub(crate) fn named(error: EngineError, name: &str, hint: &str) -> Failure {
    match error {
        EngineError::Refused(Refusal::NotFound { what }) => {
            Failure::wrong(format!("no such {what}: {}", fit(name, SHOWN))).hint(hint)
        }
        error => error.into(),
    }
}

async fn own_clock(store: &dyn Store) -> Result<Option<Timestamp>, Failure> {
    let Some(value) = store.state(CLOCK).await? else {
        return Ok(None);
    };
    let read = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok());
    read.map(Some).ok_or_else(|| {
        Failure::world("the file's own clock is damaged").hint("give the instant with `--now TIME`")
    })
}
