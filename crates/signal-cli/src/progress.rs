//! Progress on standard error, for whatever takes over half a second and only where somebody watches.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a person waits without wondering.
const PATIENCE: Duration = Duration::from_millis(500);

/// A running piece of work. Dropped, it leaves no trace on the screen.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Closed with this value, which ends the thread that waits to show the bar.
    _open: Sender<()>,
}

impl Progress {
    /// Work whose length is known, in bytes.
    pub(crate) fn bytes(label: &'static str, length: u64) -> Self {
        let style = "{msg} [{bar:30}] {bytes} of {total_bytes}, {eta} left";
        Self::start(ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden()), style, label)
    }

    /// Work whose length is known, in steps.
    pub(crate) fn steps(label: &'static str, length: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        Self::start(bar, "{msg} [{bar:30}] {pos} of {len}, {eta} left", label)
    }

    /// Work of unknown length.
    pub(crate) fn spinner(label: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self::start(bar, "{spinner} {msg}", label)
    }

    /// Work that counts up without a known end.
    pub(crate) fn counter(label: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self::start(bar, "{spinner} {msg}: {human_pos}", label)
    }

    fn start(bar: ProgressBar, template: &str, label: &'static str) -> Self {
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(label);
        let (open, closed) = mpsc::channel::<()>();
        let shown = bar.clone();
        thread::spawn(move || {
            if closed.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(120));
            }
        });
        Self { bar, _open: open }
    }

    /// How far it is.
    pub(crate) fn at(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// A handle that another piece of the same work can move.
    pub(crate) fn hand(&self) -> ProgressBar {
        self.bar.clone()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
