//! Failures as Python's exceptions. The classes are written in Python, in `signal_music.errors`.

use std::any::Any;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyModule, PyType};
use signal_core::decide::Refusal;
use signal_core::engine::EngineError;
use signal_core::store::StoreError;

/// Why a call did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The engine's answer.
    Engine(EngineError),
    /// An argument cannot be used.
    Invalid(String),
    /// Nobody is called so.
    Nobody(String),
    /// Python has its own exception, such as a pressed Ctrl-C.
    Python(PyErr),
    /// We are wrong somewhere.
    Bug(String),
}

impl Failure {
    /// What a panic said.
    pub(crate) fn panic(payload: &(dyn Any + Send)) -> Self {
        let said = payload.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| payload.downcast_ref::<&str>().copied());
        Self::Bug(said.unwrap_or("a panic without a message").to_owned())
    }

    /// The exception to raise.
    pub(crate) fn into_exception(self, py: Python<'_>) -> PyErr {
        let mut retry_at = None;
        let (class, message, hint) = match self {
            Self::Python(exception) => return exception,
            Self::Engine(error) => {
                if let EngineError::Refused(refusal) = &error {
                    retry_at = refusal.retry_at().map(|at| at.to_string());
                }
                (class_of(&error), error.to_string(), error.hint())
            }
            Self::Invalid(message) => ("InvalidError", message, None),
            Self::Nobody(name) => ("NotFoundError", format!("no user is called {name:?}"), None),
            Self::Bug(message) => ("SignalError", format!("a bug in Signal: {message}"), None),
        };
        exception(py, class, (&message, hint.as_deref(), retry_at.as_deref())).unwrap_or_else(|broken| broken)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

fn class_of(error: &EngineError) -> &'static str {
    match error {
        EngineError::Refused(Refusal::NotFound { .. }) => "NotFoundError",
        EngineError::Verification(error) if error.is_world() => "StoreError",
        EngineError::Refused(_) | EngineError::Verification(_) => "RefusedError",
        EngineError::Invalid { .. } => "InvalidError",
        EngineError::Store(_) | EngineError::Busy { .. } | EngineError::Lost { .. } => "StoreError",
    }
}

/// The exception of a class, with its message, its hint and the instant to come back at.
fn exception(py: Python<'_>, class: &str, said: (&str, Option<&str>, Option<&str>)) -> PyResult<PyErr> {
    static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let errors = ERRORS.get_or_try_init(py, || py.import("signal_music.errors").map(Bound::unbind))?;
    let class = errors.bind(py).getattr(class)?.cast_into::<PyType>()?;
    Ok(PyErr::from_value(class.call1(said)?))
}
