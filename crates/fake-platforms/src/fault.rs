//! What goes wrong on the way.

use std::collections::VecDeque;

use signal_core::model::Timestamp;

/// Something that happens to the next call instead of, or after, what it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: what was asked for after it happens to the call after this one.
    Spared,
    /// Another answer; the call has no effect.
    Answer {
        /// Its status.
        status: u16,
        /// Its kind.
        kind: &'static str,
        /// Further headers.
        headers: Vec<(&'static str, String)>,
        /// Its text.
        body: String,
    },
    /// The right answer, but only its first half, as if it were whole.
    Cut,
    /// The right answer's first half, then the connection breaks. The call had its effect.
    Broken,
    /// No answer for a minute of real time.
    Silent,
    /// So many bytes.
    Long(usize),
}

impl Fault {
    /// An answer in plain text.
    pub fn text(status: u16, body: &str) -> Self {
        Self::Answer { status, kind: "text/plain", headers: Vec::new(), body: body.to_owned() }
    }

    /// A page of a proxy.
    pub fn html(status: u16) -> Self {
        let body = format!("<html><head><title>{status}</title></head><body>Bad gateway</body></html>");
        Self::Answer { status, kind: "text/html", headers: Vec::new(), body }
    }

    /// An answer in JSON.
    pub fn json(status: u16, body: &str) -> Self {
        Self::Answer { status, kind: "application/json", headers: Vec::new(), body: body.to_owned() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_string()));
        }
        self
    }
}

/// How many calls a service takes.
#[derive(Debug, Clone)]
pub struct Quota {
    /// So many in each window.
    pub calls: u32,
    /// The window's length.
    pub seconds: i64,
    /// What a refused call is told to wait: a sentence of its own, longer than the window.
    pub penalty_seconds: Option<i64>,
    window: VecDeque<Timestamp>,
    shut_until: Timestamp,
    early: u32,
}

impl Quota {
    /// So many calls in so many seconds.
    pub fn new(calls: u32, seconds: i64) -> Self {
        Self {
            calls,
            seconds,
            penalty_seconds: None,
            window: VecDeque::new(),
            shut_until: Timestamp::MIN,
            early: 0,
        }
    }

    /// Calls that were made while the service had said "later".
    pub fn early(&self) -> u32 {
        self.early
    }

    /// Counts a call; the seconds to wait where it is one too many.
    pub(crate) fn take(&mut self, now: Timestamp) -> Result<(), i64> {
        if now < self.shut_until {
            self.early += 1;
            return Err(seconds(self.shut_until, now));
        }
        while self.window.front().is_some_and(|first| *first <= now.plus_seconds(-self.seconds)) {
            self.window.pop_front();
        }
        if self.window.len() < self.calls as usize {
            self.window.push_back(now);
            return Ok(());
        }
        let frees = self.window.front().map_or(now, |first| first.plus_seconds(self.seconds));
        let told = self.penalty_seconds.unwrap_or_else(|| seconds(frees, now));
        self.shut_until = now.plus_seconds(told);
        Err(told)
    }

    /// Calls left in this window, and seconds until one more is.
    pub(crate) fn left(&self, now: Timestamp) -> (u32, i64) {
        let used = self.window.iter().filter(|at| **at > now.plus_seconds(-self.seconds)).count();
        let frees = self.window.front().map_or(now, |first| first.plus_seconds(self.seconds));
        (self.calls.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)), seconds(frees, now))
    }
}

/// Whole seconds from `now` to `then`, rounded up.
fn seconds(then: Timestamp, now: Timestamp) -> i64 {
    (then.micros_since(now).max(0) + 999_999) / 1_000_000
}
