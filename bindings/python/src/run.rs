//! The one way from Python into Signal.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use pyo3::prelude::*;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use crate::failure::Failure;

/// How often Python is asked whether somebody pressed Ctrl-C.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Does the work while other Python threads run. Failures and panics become exceptions.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let ended = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    let done = ended.unwrap_or_else(|payload| Err(Failure::panic(&*payload)));
    done.map_err(|failure| failure.into_exception(py))
}

/// The same for work that awaits. Ctrl-C ends it with `KeyboardInterrupt`; what was written by then stays whole.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    work: impl Future<Output = Result<T, Failure>> + Send,
) -> PyResult<T> {
    detached(py, || runtime()?.block_on(interruptible(work)))
}

async fn interruptible<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = sleep(ASK_EVERY) => Python::attach(|py| py.check_signals().map_err(Failure::Python))?,
        }
    }
}

/// The runtime of this process, started with the first call.
fn runtime() -> Result<&'static Runtime, Failure> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let started = RUNTIME.get_or_init(|| Runtime::new().map_err(|error| error.to_string()));
    started.as_ref().map_err(|reason| Failure::Bug(format!("no runtime: {reason}")))
}
