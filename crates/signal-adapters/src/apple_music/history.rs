//! Plays, as the changes of the list.

use serde::{Deserialize, Serialize};
use signal_core::model::{Exactness, Timestamp};
use signal_core::platform::{
    Authorization, Coverage, History, HistoryCursor, HistoryFrom, PlatformError, PlayedTrack,
};

use super::diff::{Change, diff, remember};
use super::wire::{Song, Songs, code};
use super::{AppleMusic, NAME, judged};

const WHAT: &str = "list what was played";
/// Songs on a page; where that is too many for the service, the fewer that an older list of it takes.
const PAGE: usize = 30;
const SMALL_PAGE: usize = 10;
/// "Bad parameter".
const TOO_MANY: &str = "40005";
/// How far down the list is read. Its depth is 50 or 200, depending on whom one asks; what is played between two looks is at
/// its top.
const LIST_MAX: usize = 60;
/// The length of a song that says none, in milliseconds.
const USUAL_MS: u32 = 200_000;

/// What is remembered between two calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    v: u32,
    /// The list, newest first.
    list: Vec<String>,
    /// Marks of earlier lists.
    recent: Vec<u64>,
}

impl AppleMusic {
    pub(super) async fn recently_played(
        &self,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
        now: Timestamp,
    ) -> Result<History, PlatformError> {
        let memory = remembered(from)?;
        let songs = self.list(authorization).await?;
        told(memory, &songs, now)
    }

    /// The list as it is now.
    async fn list(&self, authorization: &Authorization) -> Result<Vec<Song>, PlatformError> {
        let mut songs = Vec::new();
        let mut limit = PAGE;
        while songs.len() < LIST_MAX {
            let path = ["me", "recent", "played", "tracks"];
            let call = self
                .question(WHAT, &path, Some(&authorization.access))?
                .query("types", "songs,library-songs")
                .query("limit", limit)
                .query("offset", songs.len());
            let answer = self.http.send(&call).await?;
            if limit > SMALL_PAGE && code(&answer).as_deref() == Some(TOO_MANY) {
                limit = SMALL_PAGE;
                continue;
            }
            let answer = judged(answer)?.ok_or_else(|| failed("it has no such list"))?;
            let page: Songs = answer.json()?;
            let end = page.data.is_empty() || page.next.is_none();
            songs.extend(page.data);
            if end {
                break;
            }
        }
        songs.truncate(LIST_MAX);
        Ok(songs)
    }
}

fn failed(reason: &str) -> PlatformError {
    PlatformError::Failed { platform: NAME, what: WHAT, reason: reason.to_owned(), retry: false }
}

/// None before the first look: nothing in a list says when it was played.
fn remembered(from: HistoryFrom<'_>) -> Result<Option<Memory>, PlatformError> {
    let HistoryFrom::Cursor(cursor) = from else { return Ok(None) };
    let memory = serde_json::from_str::<Memory>(cursor.as_str()).ok().filter(|memory| memory.v == 1);
    memory.map(Some).ok_or_else(|| failed("the kept place in the history cannot be read"))
}

/// What a list says after what was remembered.
fn told(memory: Option<Memory>, songs: &[Song], now: Timestamp) -> Result<History, PlatformError> {
    let list: Vec<String> = songs.iter().map(|song| song.id.clone()).collect();
    let mark = mark(&list);
    let (change, before) = match memory {
        None => (Change::None, None),
        Some(memory) => (diff(&memory.list, &list, &memory.recent, mark), Some(memory)),
    };
    let plays = match &change {
        Change::Played(places) => plays(songs, places, now),
        Change::None | Change::Stale | Change::Reset => Vec::new(),
    };
    if change == Change::Reset {
        tracing::info!(
            platform = NAME,
            "the list of what was played changed in a way that plays do not explain"
        );
    }
    let next = match before {
        // What it will show next goes on from the newest list that was seen, not from this one.
        Some(before) if change == Change::Stale => before,
        before => {
            let recent = before.map(|before| before.recent).unwrap_or_default();
            Memory { v: 1, list, recent: remember(recent, mark) }
        }
    };
    let cursor =
        serde_json::to_string(&next).map_err(|_| failed("the place in the history cannot be kept"))?;
    Ok(History {
        plays,
        coverage: Coverage { complete_since: None, gap_suspected: change == Change::Reset },
        cursor: HistoryCursor::new(cursor),
        more: false,
    })
}

/// The newest began about now, each older one its own length earlier.
fn plays(songs: &[Song], places: &[usize], now: Timestamp) -> Vec<PlayedTrack> {
    let mut start = now;
    let mut plays = Vec::new();
    for (count, song) in places.iter().filter_map(|place| songs.get(*place)).enumerate() {
        if count > 0 {
            let length = i64::from(song.length_ms().unwrap_or(USUAL_MS)) * 1_000;
            start = Timestamp::from_micros(start.micros() - length);
        }
        let play = |track| PlayedTrack { track, start, exactness: Exactness::Estimated, played_ms: None };
        plays.extend(song.known().map(play));
    }
    plays.reverse();
    plays
}

/// A short mark of a list: FNV-1a over its ids.
fn mark(list: &[String]) -> u64 {
    let bytes = list.iter().flat_map(|id| id.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |mark, byte| (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places as earlier versions kept them, the newest last.
    const YESTERDAY: [&str; 1] = [r#"{"v":1,"list":["100001","100002"],"recent":[18446744073709551615,7]}"#];

    #[test]
    fn kept_places_of_yesterday_are_read() {
        for text in YESTERDAY {
            let cursor = HistoryCursor::new(text);
            let memory = remembered(HistoryFrom::Cursor(&cursor)).expect("reads").expect("a list");
            assert_eq!(memory.list, ["100001", "100002"]);
            assert_eq!(memory.recent, [u64::MAX, 7]);
        }
        let newest = HistoryCursor::new(YESTERDAY[0]);
        let memory = remembered(HistoryFrom::Cursor(&newest)).expect("reads");
        assert_eq!(serde_json::to_string(&memory).expect("writes"), newest.as_str());
        let newer = HistoryCursor::new(newest.as_str().replace(r#""v":1"#, r#""v":2"#));
        assert!(remembered(HistoryFrom::Cursor(&newer)).is_err());
    }
}
