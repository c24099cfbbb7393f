//! Listens, oldest first: with a lower bound alone the server gives the oldest above it.
//!
//! Several listens may share one second, which bounds cannot split. So each page begins with the second at which the last one
//! ended, and what was told of that second is left out.

use serde::{Deserialize, Serialize};
use signal_core::model::Timestamp;
use signal_core::platform::{Authorization, Coverage, History, HistoryCursor, HistoryFrom, PlatformError};

use super::wire::{Listen, Listens, Payload};
use super::{ListenBrainz, NAME, name};

const WHAT: &str = "list what was played";
/// Listens at once. The server gives 1,000, each of up to 10 KiB: half of them stay within any cap.
const PAGE: usize = 500;
/// Seconds after which late listens are looked for again, and how many seconds late they may be.
const DAY: i64 = 86_400;
const LATE: i64 = 14 * DAY;

/// What is remembered between two calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    v: u32,
    /// The second at which the last page ended.
    last: i64,
    /// What was told of that second.
    seen: Vec<String>,
    /// Since when nothing is missing.
    whole: Option<Timestamp>,
    /// The second at which late listens were last looked for; before the first look none could be late.
    #[serde(default)]
    swept: Option<i64>,
}

impl ListenBrainz {
    pub(super) async fn listens(
        &self,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
        now: Timestamp,
    ) -> Result<History, PlatformError> {
        let memory = remembered(from)?.swept(now);
        let call = self
            .question(WHAT, &["1", "user", name(authorization)?, "listens"], authorization.access.reveal())?
            .query("count", PAGE)
            .query("min_ts", memory.last - 1);
        let listens: Listens = self.ask(&call).await?.json()?;
        told(memory, listens.payload, now)
    }
}

impl Memory {
    /// Once a day the reading goes back: a device that was offline brings its listens late, below what was told.
    fn swept(self, now: Timestamp) -> Self {
        let swept = Some(now.seconds());
        match self.swept {
            Some(last) if now.seconds().saturating_sub(last) >= DAY => {
                Self { last: (self.last - LATE).max(1), seen: Vec::new(), swept, ..self }
            }
            Some(_) => self,
            None => Self { swept, ..self },
        }
    }
}

fn failed(reason: &str) -> PlatformError {
    PlatformError::Failed { platform: NAME, what: WHAT, reason: reason.to_owned(), retry: false }
}

fn remembered(from: HistoryFrom<'_>) -> Result<Memory, PlatformError> {
    let since = |last: i64, whole| Memory { v: 1, last, seen: Vec::new(), whole, swept: None };
    match from {
        HistoryFrom::Beginning => Ok(since(1, None)),
        HistoryFrom::Since(time) => Ok(since(time.seconds(), Some(time))),
        HistoryFrom::Cursor(cursor) => serde_json::from_str::<Memory>(cursor.as_str())
            .ok()
            .filter(|memory| memory.v == 1)
            .ok_or_else(|| failed("the kept place in the history cannot be read")),
    }
}

/// What listens say after what was remembered.
fn told(memory: Memory, payload: Payload, now: Timestamp) -> Result<History, PlatformError> {
    let full = payload.listens.len() >= PAGE;
    let mut listens: Vec<Listen> = payload.listens.into_iter().flatten().collect();
    let oldest = payload.oldest_listen_ts.filter(|oldest| *oldest > 0).map(Timestamp::from_seconds);
    listens.sort_by_key(|listen| listen.listened_at);
    listens
        .retain(|listen| listen.listened_at > memory.last || !memory.seen.contains(&listen.recording_msid));
    // A clock that runs ahead must not hide what comes before its time: up to now, nothing later counts as told.
    let newest = listens.iter().map(|listen| listen.listened_at).filter(|at| *at <= now.seconds()).max();
    let stuck = full && listens.is_empty();
    let (last, seen) = match newest {
        // More listens in one second than a page holds: the rest of them cannot be asked for.
        None if stuck => (memory.last + 1, Vec::new()),
        None => (memory.last, memory.seen),
        Some(newest) => {
            let ids = listens.iter().filter(|listen| listen.listened_at == newest);
            let ids = ids.map(|listen| listen.recording_msid.clone());
            let before = if newest == memory.last { memory.seen } else { Vec::new() };
            (newest, before.into_iter().chain(ids).collect())
        }
    };
    let next = Memory { last, seen, whole: memory.whole.or(oldest), ..memory };
    let cursor =
        serde_json::to_string(&next).map_err(|_| failed("the place in the history cannot be kept"))?;
    Ok(History {
        plays: listens.iter().filter_map(Listen::play).collect(),
        coverage: Coverage { complete_since: next.whole, gap_suspected: stuck },
        cursor: HistoryCursor::new(cursor),
        // The server may give fewer than were asked for.
        more: stuck || newest.is_some_and(|newest| full || payload.latest_listen_ts > Some(newest)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places as earlier versions kept them, the newest last.
    const YESTERDAY: [&str; 2] = [
        r#"{"v":1,"last":1764374400,"seen":["a"],"whole":null}"#,
        r#"{"v":1,"last":1764374400,"seen":["a"],"whole":1764374400000000,"swept":1764374000}"#,
    ];

    #[test]
    fn kept_places_of_yesterday_are_read() {
        for text in YESTERDAY {
            let cursor = HistoryCursor::new(text);
            let memory = remembered(HistoryFrom::Cursor(&cursor)).expect("reads");
            assert_eq!((memory.last, memory.seen), (1_764_374_400, vec!["a".to_owned()]));
        }
        let newest = HistoryCursor::new(YESTERDAY[1]);
        let memory = remembered(HistoryFrom::Cursor(&newest)).expect("reads");
        assert_eq!(serde_json::to_string(&memory).expect("writes"), newest.as_str());
        let newer = HistoryCursor::new(newest.as_str().replace(r#""v":1"#, r#""v":2"#));
        assert!(remembered(HistoryFrom::Cursor(&newer)).is_err());
    }
}
