//! Plays, page by page from the last one down.
//!
//! Pages are counted from the newest play, so they would shift while the person listens: the end of what is asked for is fixed
//! before the first page is read. Where a play comes into that span late, or leaves it, they shift all the same; the total
//! tells, and the pages are read from the last one again.

use serde::{Deserialize, Serialize};
use signal_core::model::Timestamp;
use signal_core::platform::{Authorization, Coverage, History, HistoryCursor, HistoryFrom, PlatformError};

use super::wire::{Recent, RecentAnswer, Track};
use super::{LastFm, NAME, Refusal, Way};

const WHAT: &str = "list what was played";
/// Plays on a page: the number that is documented officially.
const PAGE: &str = "200";
/// Only a session may read these plays.
const PRIVATE: i64 = 17;
/// What an empty account gives at times.
const NOTHING: [i64; 2] = [6, 7];
/// How often the last page is looked for where the plays change meanwhile.
const LOOKS: u32 = 4;
/// Seconds after which late plays are looked for again, and how many seconds late they may be.
const DAY: i64 = 86_400;
const LATE: i64 = 14 * DAY;

/// What is remembered between two calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    v: u32,
    /// The second from which plays are asked for, inclusive.
    from: i64,
    /// What was told of that second.
    seen: Vec<String>,
    /// The pages that are still to be read, where there are any.
    window: Option<Window>,
    /// Whether the plays are private.
    private: bool,
    /// Since when nothing is missing.
    whole: Option<Timestamp>,
    /// Whether plays were ever told.
    #[serde(default)]
    told: bool,
    /// The second at which late plays were last looked for; before the first look none could be late.
    #[serde(default)]
    swept: Option<i64>,
}

impl Memory {
    /// Once a day the reading goes back: a device that was offline brings its plays late, below what was told.
    fn swept(self, now: Timestamp) -> Self {
        let swept = Some(now.seconds());
        match self.swept {
            Some(last) if self.window.is_none() && now.seconds().saturating_sub(last) >= DAY => {
                Self { from: (self.from - LATE).max(0), seen: Vec::new(), swept, ..self }
            }
            Some(_) => self,
            None => Self { swept, ..self },
        }
    }
}

/// A span whose pages are read from the last one down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    /// The first second that is not in it.
    to: i64,
    /// The page to read next.
    page: i64,
    /// How many plays were in it when the last page was read; none before.
    total: Option<i64>,
    /// The newest second that was told, and what was told of it.
    newest: i64,
    seen: Vec<String>,
}

impl LastFm {
    pub(super) async fn scrobbles(
        &self,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
        now: Timestamp,
    ) -> Result<History, PlatformError> {
        let mut memory = remembered(from)?.swept(now);
        let account = authorization.account.as_ref().ok_or(PlatformError::NeedsConsent { platform: NAME })?;
        let mut window = memory.window.take().unwrap_or_else(|| Window {
            to: now.seconds().saturating_add(1),
            page: 1,
            total: None,
            newest: memory.from,
            seen: memory.seen.clone(),
        });
        for _ in 0..LOOKS {
            let page = self.page(authorization, &account.id, &mut memory, &window).await?;
            let last = page.attributes.pages.max(1);
            let same = window.total == Some(page.attributes.total);
            window.total = Some(page.attributes.total);
            if same || window.page == last {
                return told(memory, window, &page);
            }
            window.page = last;
        }
        Err(failed("its plays change faster than they can be read", true))
    }

    /// One page; without a session first, which few accounts need.
    async fn page(
        &self,
        authorization: &Authorization,
        user: &str,
        memory: &mut Memory,
        window: &Window,
    ) -> Result<Recent, PlatformError> {
        // The bound is inclusive as far as anybody measured; if not, nothing is lost either.
        let (from, to, page) =
            ((memory.from - 1).max(0).to_string(), window.to.to_string(), window.page.to_string());
        let mut parts = vec![("user", user), ("limit", PAGE), ("page", &page), ("from", &from), ("to", &to)];
        let mut asked = Err(Refusal::Told(PRIVATE));
        if !memory.private {
            asked = self.ask::<RecentAnswer>(WHAT, "user.getRecentTracks", &parts, Way::Open).await;
        }
        if let Err(Refusal::Told(PRIVATE)) = asked {
            memory.private = true;
            parts.push(("sk", authorization.access.reveal()));
            asked = self.ask::<RecentAnswer>(WHAT, "user.getRecentTracks", &parts, Way::Signed).await;
        }
        match asked {
            // Seldom, the answer is about another person.
            Ok(answer) if !answer.recenttracks.attributes.user.eq_ignore_ascii_case(user) => {
                Err(failed("its answer is about somebody else", true))
            }
            Ok(answer) => Ok(answer.recenttracks),
            Err(Refusal::Told(error)) if NOTHING.contains(&error) => match window.total {
                None | Some(0) if !memory.told => Ok(Recent::nothing(user)),
                // Whoever played something has no empty account, but may have another name by now.
                None | Some(0) => Err(failed("it does not know this account any more", false)),
                // In the middle of a reading it is a fault, and asked again.
                Some(_) => Err(failed("it lost the plays that it had", true)),
            },
            Err(refusal) => Err(self.meant(WHAT, refusal)),
        }
    }
}

impl Recent {
    fn nothing(user: &str) -> Self {
        let attributes = super::wire::Attributes { user: user.to_owned(), pages: 0, total: 0 };
        Self { track: Vec::new(), attributes }
    }
}

fn failed(reason: &str, retry: bool) -> PlatformError {
    PlatformError::Failed { platform: NAME, what: WHAT, reason: reason.to_owned(), retry }
}

fn remembered(from: HistoryFrom<'_>) -> Result<Memory, PlatformError> {
    let since = |from, whole| Memory {
        v: 1,
        from,
        seen: Vec::new(),
        window: None,
        private: false,
        whole,
        told: false,
        swept: None,
    };
    match from {
        HistoryFrom::Beginning => Ok(since(0, None)),
        HistoryFrom::Since(time) => Ok(since(time.seconds(), Some(time))),
        HistoryFrom::Cursor(cursor) => serde_json::from_str::<Memory>(cursor.as_str())
            .ok()
            .filter(|memory| memory.v == 1)
            // Places that were kept before do not say it.
            .map(|memory| Memory { told: memory.told || !memory.seen.is_empty(), ..memory })
            .ok_or_else(|| failed("the kept place in the history cannot be read", false)),
    }
}

/// What tells two plays of one second apart.
fn key(track: &Track) -> String {
    format!("{}\u{1f}{}", track.artist(), track.name)
}

/// What a page says after what was remembered.
fn told(mut memory: Memory, mut window: Window, page: &Recent) -> Result<History, PlatformError> {
    let mut rows: Vec<_> = page.track.iter().filter_map(|track| Some((track.began()?, track))).collect();
    rows.sort_by_key(|(began, _)| *began);
    rows.retain(|(began, track)| {
        *began > memory.from || (*began == memory.from && !memory.seen.contains(&key(track)))
    });
    if let Some((newest, _)) = rows.last().filter(|(newest, _)| *newest >= window.newest) {
        if *newest > window.newest {
            window.seen.clear();
        }
        window.newest = *newest;
        let keys = rows.iter().filter(|(began, _)| began == newest).map(|(_, track)| key(track));
        window.seen.extend(keys);
        window.seen.sort();
        window.seen.dedup();
    }
    memory.told |= !rows.is_empty();
    memory.whole = memory.whole.or_else(|| rows.first().map(|(began, _)| Timestamp::from_seconds(*began)));
    let plays = rows.iter().filter_map(|(_, track)| track.play()).collect();
    let more = window.page > 1;
    if more {
        memory.window = Some(Window { page: window.page - 1, ..window });
    } else {
        (memory.from, memory.seen) = (window.newest, window.seen);
    }
    let cursor = serde_json::to_string(&memory)
        .map_err(|_| failed("the place in the history cannot be kept", false))?;
    Ok(History {
        plays,
        coverage: Coverage { complete_since: memory.whole, gap_suspected: false },
        cursor: HistoryCursor::new(cursor),
        more,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places as earlier versions kept them, the newest last.
    const YESTERDAY: [&str; 3] = [
        r#"{"v":1,"from":1764374400,"seen":[],"window":null,"private":false,"whole":null}"#,
        r#"{"v":1,"from":1764374400,"seen":["a"],"window":{"to":1764375000,"page":3,"total":500,"newest":1764374900,"seen":["b"]},"private":true,"whole":1764374400000000,"swept":1764374000}"#,
        r#"{"v":1,"from":1764374400,"seen":["a"],"window":{"to":1764375000,"page":3,"total":500,"newest":1764374900,"seen":["b"]},"private":true,"whole":1764374400000000,"told":true,"swept":1764374000}"#,
    ];

    #[test]
    fn kept_places_of_yesterday_are_read() {
        for text in YESTERDAY {
            let cursor = HistoryCursor::new(text);
            let memory = remembered(HistoryFrom::Cursor(&cursor)).expect("reads");
            assert_eq!(memory.from, 1_764_374_400);
            assert!(memory.window.is_none_or(|window| (window.to, window.page) == (1_764_375_000, 3)));
        }
        let newest = HistoryCursor::new(YESTERDAY[2]);
        let memory = remembered(HistoryFrom::Cursor(&newest)).expect("reads");
        assert_eq!(serde_json::to_string(&memory).expect("writes"), newest.as_str());
        let newer = HistoryCursor::new(newest.as_str().replace(r#""v":1"#, r#""v":2"#));
        assert!(remembered(HistoryFrom::Cursor(&newer)).is_err());
    }
}
