//! How the program ends: four exit codes, and errors of one line with a hint.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use signal_adapters::import::ImportError;
use signal_core::engine::{AccountError, EngineError};
use signal_core::store::StoreError;

use crate::args;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It is done.
    Done,
    /// The answer is no: a verification failed, or there is a finding.
    No,
    /// What was asked cannot be asked so.
    Use,
    /// The store, a file or the machine failed.
    World,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Use => 2,
            Exit::World => 3,
        })
    }
}

/// What went wrong, and what may help.
#[derive(Debug)]
pub(crate) struct Complaint {
    message: String,
    hint: Option<String>,
}

/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong use, and refusals.
    Use(Complaint),
    /// The world failed.
    World(Complaint),
    /// A verification failed.
    No(Complaint),
    /// Nobody reads our output any more.
    Pipe,
}

impl Failure {
    /// Wrong use.
    pub(crate) fn wrong(message: impl Into<String>) -> Self {
        Self::Use(Complaint { message: message.into(), hint: None })
    }

    /// The world failed.
    pub(crate) fn world(message: impl Into<String>) -> Self {
        Self::World(Complaint { message: message.into(), hint: None })
    }

    /// A verification failed.
    pub(crate) fn refuted(message: impl Into<String>) -> Self {
        Self::No(Complaint { message: message.into(), hint: None })
    }

    /// The same with what may help, in place of an earlier hint.
    pub(crate) fn hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Use(complaint) | Self::World(complaint) | Self::No(complaint) = &mut self {
            complaint.hint = Some(text.into());
        }
        self
    }

    /// What went wrong, in one line.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Use(complaint) | Self::World(complaint) | Self::No(complaint) => &complaint.message,
            Self::Pipe => "nobody reads the output",
        }
    }

    /// Tells the person, and gives the exit code.
    pub(crate) fn report(&self) -> Exit {
        let (complaint, exit) = match self {
            Self::Use(complaint) => (complaint, Exit::Use),
            Self::World(complaint) => (complaint, Exit::World),
            Self::No(complaint) => (complaint, Exit::No),
            Self::Pipe => return Exit::Done,
        };
        tell(&complaint.message, complaint.hint.as_deref());
        exit
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let complaint = Complaint { message: error.to_string(), hint: error.hint() };
        if error.is_world() { Self::World(complaint) } else { Self::Use(complaint) }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        let complaint = Complaint { message: error.to_string(), hint: error.hint() };
        if error.is_world() { Self::World(complaint) } else { Self::Use(complaint) }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let complaint = Complaint { message: error.to_string(), hint: error.hint() };
        match error {
            ImportError::Unreadable { .. } => Self::World(complaint),
            _ => Self::Use(complaint),
        }
    }
}

/// An error of standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Pipe;
        }
        Self::world(format!("cannot write the answer: {error}"))
    }
}

/// One line, and a hint after a blank one.
fn tell(message: &str, hint: Option<&str>) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let cyan = anstyle::AnsiColor::Cyan.on_default().bold();
    let mut err = anstream::stderr().lock();
    // Where even this cannot be written there is nobody to tell.
    let _ = writeln!(err, "{red}error:{red:#} {}", one_line(message));
    if let Some(hint) = hint {
        let _ = writeln!(err, "\n{cyan}hint:{cyan:#} {}", one_line(hint));
    }
}

/// Names of files and words of people may hold anything; an error is one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Shows what is wrong with the arguments, or the help that they ask for.
pub(crate) fn explain_arguments(error: &clap::Error) -> Exit {
    let value_of = |kind| error.get(kind).map(ToString::to_string);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            Exit::Done
        }
        ErrorKind::ValueValidation => {
            let reason =
                std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
            let argument = value_of(ContextKind::InvalidArg).unwrap_or_default();
            let typed = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned());
            let command = args::command_of(typed);
            Failure::wrong(reason).hint(format!("see {argument} in `{command} --help`")).report()
        }
        _ => {
            let _ = error.print();
            Exit::Use
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_without_codes_for_the_terminal() {
        assert_eq!(one_line("a\nb\u{1b}[31mc"), "a b [31mc");
    }

    #[test]
    fn the_store_is_the_world_and_a_refusal_is_use() {
        let store = StoreError::Failed { doing: "read".into(), reason: "gone".into(), retry: false };
        assert!(matches!(Failure::from(store), Failure::World(_)));
        let refused = EngineError::from(signal_core::decide::Refusal::Frozen);
        assert!(matches!(Failure::from(refused), Failure::Use(_)));
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        assert!(matches!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)), Failure::Pipe));
        assert_eq!(Failure::Pipe.report(), Exit::Done);
    }
}
