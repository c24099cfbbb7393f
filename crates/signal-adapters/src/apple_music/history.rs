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
/// its top: two pages, which share a song.
const LIST_MAX: usize = 2 * PAGE - 1;
/// How often the list is read before it is given up because it moves.
const READINGS: usize = 3;
/// Plays that began since a look that was longer ago are known to the day alone. Whoever watches looks every ten minutes at least.
const LOOK_MICROS: i64 = 11 * 60 * 1_000_000;
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
    /// When the list was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked_at: Option<Timestamp>,
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
        let mut limit = PAGE;
        for _ in 0..READINGS {
            if let Some(songs) = self.pages(authorization, &mut limit).await? {
                return Ok(songs);
            }
        }
        Err(failed("its list moves while it is read", true))
    }

    /// All pages; none where the list moved between two of them. So that this shows, each page begins with the last song of the
    /// one before.
    async fn pages(
        &self,
        authorization: &Authorization,
        limit: &mut usize,
    ) -> Result<Option<Vec<Song>>, PlatformError> {
        let mut rows: Vec<Option<Song>> = Vec::new();
        while rows.len() < LIST_MAX {
            let path = ["me", "recent", "played", "tracks"];
            let call = self
                .question(WHAT, &path, Some(&authorization.access))?
                .query("types", "songs,library-songs")
                .query("limit", *limit)
                .query("offset", rows.len().saturating_sub(1));
            let answer = self.http.send(&call).await?;
            if *limit > SMALL_PAGE && code(&answer).as_deref() == Some(TOO_MANY) {
                *limit = SMALL_PAGE;
                continue;
            }
            let answer = judged(answer)?.ok_or_else(|| failed("it has no such list", false))?;
            let page: Songs = answer.json()?;
            let known = rows.len();
            let again = usize::from(known > 0);
            let id = |row: &Option<Song>| row.as_ref().map(|song| song.id.clone());
            if page.data.first().zip(rows.last()).is_some_and(|(again, last)| id(again) != id(last)) {
                return Ok(None);
            }
            rows.extend(page.data.into_iter().skip(again));
            if rows.len() == known || page.next.is_none() {
                break;
            }
        }
        rows.truncate(LIST_MAX);
        Ok(Some(rows.into_iter().flatten().collect()))
    }
}

fn failed(reason: &str, retry: bool) -> PlatformError {
    PlatformError::Failed { platform: NAME, what: WHAT, reason: reason.to_owned(), retry }
}

/// None before the first look: nothing in a list says when it was played.
fn remembered(from: HistoryFrom<'_>) -> Result<Option<Memory>, PlatformError> {
    let HistoryFrom::Cursor(cursor) = from else { return Ok(None) };
    let memory = serde_json::from_str::<Memory>(cursor.as_str()).ok().filter(|memory| memory.v == 1);
    memory.map(Some).ok_or_else(|| failed("the kept place in the history cannot be read", false))
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
        Change::Played(places) => plays(songs, places, now, exactness(before.as_ref(), now)),
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
            Memory { v: 1, list, recent: remember(recent, mark), looked_at: Some(now) }
        }
    };
    let cursor =
        serde_json::to_string(&next).map_err(|_| failed("the place in the history cannot be kept", false))?;
    Ok(History {
        plays,
        coverage: Coverage { complete_since: None, gap_suspected: change == Change::Reset },
        cursor: HistoryCursor::new(cursor),
        more: false,
    })
}

/// How well starts are known of what was played since a look.
fn exactness(before: Option<&Memory>, now: Timestamp) -> Exactness {
    let looked_at = before.and_then(|before| before.looked_at);
    let lately = looked_at.is_some_and(|at| now.micros().saturating_sub(at.micros()) <= LOOK_MICROS);
    if lately { Exactness::Estimated } else { Exactness::Day }
}

/// The newest began about now, each older one its own length earlier.
fn plays(songs: &[Song], places: &[usize], now: Timestamp, exactness: Exactness) -> Vec<PlayedTrack> {
    let mut start = now;
    let mut plays = Vec::new();
    for (count, song) in places.iter().filter_map(|place| songs.get(*place)).enumerate() {
        if count > 0 {
            let length = i64::from(song.length_ms().unwrap_or(USUAL_MS)) * 1_000;
            start = Timestamp::from_micros(start.micros() - length);
        }
        let play = |track| PlayedTrack { track, start, exactness, played_ms: None };
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
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The deepest that the list goes.
    const DEPTH: usize = 8;

    fn song(id: u8) -> Song {
        let attributes = json!({"name": format!("Song {id}"), "artistName": "Somebody"});
        serde_json::from_value(json!({"id": id.to_string(), "type": "songs", "attributes": attributes}))
            .expect("a song")
    }

    /// A look at a list, after those before: which songs were told, oldest first, and whether plays may be missing.
    fn look(memory: &mut Option<Memory>, list: &[u8]) -> (Vec<u8>, bool) {
        let songs: Vec<_> = list.iter().map(|id| song(*id)).collect();
        let history = told(memory.take(), &songs, Timestamp::from_seconds(0)).expect("an answer");
        *memory = remembered(HistoryFrom::Cursor(&history.cursor)).expect("a place of ours");
        let id = |play: &PlayedTrack| {
            let claim = play.track.track.claim();
            claim.as_str().strip_prefix("apple:").and_then(|id| id.parse().ok()).expect("an id of ours")
        };
        (history.plays.iter().map(id).collect(), history.coverage.gap_suspected)
    }

    #[test]
    fn an_empty_answer_between_two_lists_is_no_play_and_no_gap() {
        let mut memory = None;
        let mut looks = |list: &[u8]| look(&mut memory, list);
        assert_eq!(looks(&[3, 2, 1]), (vec![], false), "the first look");
        assert_eq!(looks(&[]), (vec![], false));
        assert_eq!(looks(&[3, 2, 1]), (vec![], false));
        assert_eq!(looks(&[]), (vec![], false));
        assert_eq!(looks(&[4, 3, 2, 1]), (vec![4], false));
    }

    #[test]
    fn after_an_empty_first_look_the_next_list_is_a_new_baseline() {
        let mut memory = None;
        let mut looks = |list: &[u8]| look(&mut memory, list);
        assert_eq!(looks(&[]), (vec![], false));
        assert_eq!(looks(&[]), (vec![], false));
        assert_eq!(looks(&[3, 2, 1]), (vec![], true), "plays may be missing, and none is invented");
        assert_eq!(looks(&[4, 3, 2, 1]), (vec![4], false));
    }

    #[test]
    fn an_empty_list_that_was_kept_before_invents_nothing() {
        // As it was kept when an empty answer still took the place of a list.
        let list = ["3", "2", "1"].map(String::from);
        let mut memory = Some(Memory { v: 1, list: Vec::new(), recent: vec![mark(&list)], looked_at: None });
        let mut looks = |list: &[u8]| look(&mut memory, list);
        assert_eq!(looks(&[3, 2, 1]), (vec![], true));
        assert_eq!(looks(&[4, 3, 2, 1]), (vec![4], false));
    }

    /// What a look shows.
    #[derive(Debug, Clone)]
    enum Shown {
        /// The list as it is.
        All,
        /// Its top alone.
        Top(usize),
        /// Nothing.
        Nothing,
        /// What an earlier look showed.
        Old(usize),
    }

    fn shown() -> impl Strategy<Value = Shown> {
        prop_oneof![
            4 => Just(Shown::All),
            1 => (0..DEPTH).prop_map(Shown::Top),
            1 => Just(Shown::Nothing),
            2 => any::<usize>().prop_map(Shown::Old),
        ]
    }

    proptest! {
        /// Whatever is played, and however wrong the lists are meanwhile: no song is told more often than it was played.
        #[test]
        fn no_play_is_invented(
            before in vec(0_u8..9, 0..8),
            // Fewer looks than lists are remembered.
            rounds in vec((vec(0_u8..12, 0..5), shown()), 1..11),
        ) {
            let (mut list, mut memory, mut earlier) = (Vec::new(), None, Vec::<Vec<u8>>::new());
            let (mut played, mut told) = (BTreeMap::<u8, usize>::new(), BTreeMap::<u8, usize>::new());
            let play = |list: &mut Vec<u8>, song: u8| {
                list.retain(|known| *known != song);
                list.insert(0, song);
                list.truncate(DEPTH);
            };
            for song in before {
                play(&mut list, song);
            }
            for (songs, shown) in rounds {
                for song in songs {
                    play(&mut list, song);
                    // What is played before the first look is in its baseline.
                    *played.entry(song).or_default() += usize::from(memory.is_some());
                }
                let answer = match shown {
                    Shown::Old(at) if !earlier.is_empty() => earlier[at % earlier.len()].clone(),
                    Shown::All | Shown::Old(_) => list.clone(),
                    Shown::Top(length) => list[..length.min(list.len())].to_vec(),
                    Shown::Nothing => Vec::new(),
                };
                for song in look(&mut memory, &answer).0 {
                    *told.entry(song).or_default() += 1;
                }
                earlier.push(answer);
                for (song, count) in &told {
                    prop_assert!(*count <= played.get(song).copied().unwrap_or(0), "song {}", song);
                }
            }
        }
    }

    /// Places as earlier versions kept them, the newest last.
    const YESTERDAY: [&str; 2] = [
        r#"{"v":1,"list":["100001","100002"],"recent":[18446744073709551615,7]}"#,
        r#"{"v":1,"list":["100001","100002"],"recent":[18446744073709551615,7],"looked_at":1767225600000000}"#,
    ];

    #[test]
    fn kept_places_of_yesterday_are_read() {
        for text in YESTERDAY {
            let cursor = HistoryCursor::new(text);
            let memory = remembered(HistoryFrom::Cursor(&cursor)).expect("reads").expect("a list");
            assert_eq!(memory.list, ["100001", "100002"]);
            assert_eq!(memory.recent, [u64::MAX, 7]);
        }
        let newest = HistoryCursor::new(YESTERDAY[1]);
        let memory = remembered(HistoryFrom::Cursor(&newest)).expect("reads");
        assert_eq!(serde_json::to_string(&memory).expect("writes"), newest.as_str());
        let newer = HistoryCursor::new(newest.as_str().replace(r#""v":1"#, r#""v":2"#));
        assert!(remembered(HistoryFrom::Cursor(&newer)).is_err());
    }
}
