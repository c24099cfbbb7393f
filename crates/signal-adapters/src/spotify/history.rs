//! The 50 newest plays.

use serde::{Deserialize, Serialize};
use signal_core::model::{Exactness, Timestamp};
use signal_core::platform::{
    Authorization, Coverage, History, HistoryCursor, HistoryFrom, PlatformError, PlayedTrack,
};

use super::wire::{Play, Recent};
use super::{NAME, Spotify};

const WHAT: &str = "list what was played";

/// How many plays Spotify keeps, and gives at once.
const HORIZON: usize = 50;

/// What is remembered between two calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    v: u32,
    /// Plays before it are not wanted, in milliseconds.
    #[serde(default)]
    since: Option<i64>,
    /// The newest time that was told, in milliseconds.
    after: Option<i64>,
    /// The times of the last answer: what was told of them is not told again.
    #[serde(default)]
    told: Vec<i64>,
    /// Since when nothing is missing.
    whole: Option<Timestamp>,
}

impl Spotify {
    pub(super) async fn recently_played(
        &self,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
    ) -> Result<History, PlatformError> {
        let memory = remembered(from)?;
        // All that there is, each time: a device that was offline brings its plays late, below what was told.
        let query = [("limit", HORIZON.to_string())];
        let path = ["me", "player", "recently-played"];
        let answer = self.ask(authorization, WHAT, &path, &query).await?;
        let answer = answer.ok_or_else(|| failed("it has no such list", false))?;
        let recent: Recent = answer.json()?;
        told(memory, matches!(from, HistoryFrom::Cursor(_)), recent.items)
    }
}

fn failed(reason: &str, retry: bool) -> PlatformError {
    PlatformError::Failed { platform: NAME, what: WHAT, reason: reason.to_owned(), retry }
}

fn remembered(from: HistoryFrom<'_>) -> Result<Memory, PlatformError> {
    match from {
        HistoryFrom::Beginning => {
            Ok(Memory { v: 1, since: None, after: None, told: Vec::new(), whole: None })
        }
        HistoryFrom::Since(since) => {
            let millis = since.micros().div_euclid(1_000);
            let (since, whole) = (Some(millis), Some(since));
            Ok(Memory { v: 1, since, after: since, told: Vec::new(), whole })
        }
        HistoryFrom::Cursor(cursor) => serde_json::from_str::<Memory>(cursor.as_str())
            .ok()
            .filter(|memory| memory.v == 1)
            .ok_or_else(|| failed("the kept place in the history cannot be read", false)),
    }
}

/// What rows (newest first) say after what was remembered.
fn told(memory: Memory, again: bool, rows: Vec<Option<Play>>) -> Result<History, PlatformError> {
    let full = rows.len() >= HORIZON;
    let mut timed = Vec::with_capacity(rows.len());
    for row in rows.into_iter().flatten() {
        match row.played_at.parse::<Timestamp>() {
            Ok(time) => timed.push((time, row)),
            Err(_) => {
                tracing::warn!(platform = NAME, "a play has no time that can be read, and is passed over");
            }
        }
    }
    let millis = |time: Timestamp| time.micros().div_euclid(1_000);
    timed.sort_by_key(|(time, _)| *time);
    let oldest = timed.first().map(|(time, _)| *time);
    // A full answer that does not reach back to the last one: what was between is beyond the horizon.
    let beyond = full && oldest.is_some_and(|oldest| memory.after.is_none_or(|after| millis(oldest) > after));
    let gap = again && beyond;
    let whole = if beyond || memory.whole.is_none() { oldest.or(memory.whole) } else { memory.whole };
    let newest = timed.last().map(|(time, _)| millis(*time));
    // An answer may be empty for a while: what was told stays told.
    let told = match newest {
        Some(_) => timed.iter().map(|(time, _)| millis(*time)).collect(),
        None => memory.told.clone(),
    };
    timed.retain(|(time, _)| {
        let time = millis(*time);
        memory.since.is_none_or(|since| time >= since) && !memory.told.contains(&time)
    });
    let next = Memory { after: newest.max(memory.after), whole, told, ..memory };
    let cursor =
        serde_json::to_string(&next).map_err(|_| failed("the place in the history cannot be kept", false))?;
    Ok(History {
        plays: timed.iter().filter_map(|(time, row)| play(*time, row)).collect(),
        coverage: Coverage { complete_since: whole, gap_suspected: gap },
        cursor: HistoryCursor::new(cursor),
        more: false,
    })
}

/// The longest track whose start is an estimate worth its name, in microseconds: 12 minutes.
const ESTIMATED_MAX: i64 = 12 * 60 * 1_000_000;

/// The time is mostly that of the end, so the start is an estimate. How much of a long mix was played nobody says.
fn play(time: Timestamp, row: &Play) -> Option<PlayedTrack> {
    let track = row.track.as_ref()?.known()?;
    let length = i64::from(track.length_ms.unwrap_or(0)) * 1_000;
    let start = Timestamp::from_micros(time.micros() - length);
    let exactness = if length > ESTIMATED_MAX { Exactness::Day } else { Exactness::Estimated };
    Some(PlayedTrack { track, start, exactness, played_ms: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places as earlier versions kept them, the newest last.
    const YESTERDAY: [&str; 2] = [
        r#"{"v":1,"after":1764374400123,"whole":1764374400123000}"#,
        r#"{"v":1,"since":null,"after":1764374400123,"told":[1764374400123,1764374200000],"whole":1764374400123000}"#,
    ];

    #[test]
    fn kept_places_of_yesterday_are_read() {
        for text in YESTERDAY {
            let cursor = HistoryCursor::new(text);
            let memory = remembered(HistoryFrom::Cursor(&cursor)).expect("reads");
            assert_eq!(memory.after, Some(1_764_374_400_123));
            assert_eq!(memory.whole, Some(Timestamp::from_micros(1_764_374_400_123_000)));
        }
        let newest = HistoryCursor::new(YESTERDAY[1]);
        let memory = remembered(HistoryFrom::Cursor(&newest)).expect("reads");
        assert_eq!(serde_json::to_string(&memory).expect("writes"), newest.as_str());
        let newer = HistoryCursor::new(newest.as_str().replace(r#""v":1"#, r#""v":2"#));
        assert!(remembered(HistoryFrom::Cursor(&newer)).is_err());
    }
}
