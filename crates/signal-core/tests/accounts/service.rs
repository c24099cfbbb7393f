//! A streaming service with one account: it keeps plays, gives tokens that run out and may rotate, tells its history in
//! pages, asks to wait, and fails as it is told to.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use signal_core::model::{Exactness, Isrc, Timestamp, TrackRef};
use signal_core::platform::{
    Attempt, Authorization, Consent, ConsentAnswer, ConsentRequest, ConsentStep, Coverage, History,
    HistoryCursor, HistoryFrom, ImportRecord, Platform, PlatformAccount, PlatformCapabilities, PlatformError,
    PlatformTrack, PlayedTrack, SavedPage, SavedTrack, SavedTracks, Secret,
};

/// Plays on a page.
pub(crate) const PAGE: usize = 7;
/// Seconds that an access token holds.
pub(crate) const ACCESS_SECONDS: i64 = 3_600;

/// Numbers that follow from a seed.
#[derive(Debug, Clone)]
pub(crate) struct Luck(u64);

impl Luck {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    pub(crate) fn in_hundred(&mut self, chances: u64) -> bool {
        self.below(100) < chances
    }
}

/// How the service behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    /// Whether it says when each play was; else every answer guesses anew.
    pub(crate) exact: bool,
    /// Whether a renewal brings a new refresh token, and the old one dies.
    pub(crate) rotates: bool,
    /// Calls in a hundred that fail in some way.
    pub(crate) faults: u64,
}

/// What the service knows.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) habits: Habits,
    pub(crate) plays: Vec<(TrackRef, Timestamp)>,
    /// Its name of the account; none where it is empty.
    pub(crate) account: &'static str,
    /// Which access and refresh token is the newest.
    pub(crate) tokens: (u64, u64),
    pub(crate) expires_at: Timestamp,
    pub(crate) gate: Timestamp,
    /// Calls of each kind, and those that came before the gate opened.
    pub(crate) histories: u64,
    pub(crate) refreshes: u64,
    pub(crate) early: u64,
    pub(crate) faults: u64,
    pub(crate) luck: Luck,
    /// Noughts before each cursor.
    pub(crate) cursor_padding: usize,
    /// What the person saved there, newest first, with what they said of it.
    pub(crate) saved: Vec<(TrackRef, Option<&'static str>)>,
    pub(crate) follows: Vec<&'static str>,
    /// How often it was asked whom the person follows.
    pub(crate) asked: u64,
    /// What it says the next time instead of an answer.
    pub(crate) refuses: Option<PlatformError>,
}

/// The service; clones share everything.
#[derive(Debug, Clone)]
pub(crate) struct Service(Arc<Mutex<State>>);

pub(crate) const CONSENT: PlatformError = PlatformError::NeedsConsent { platform: "fake" };
const EXPIRED: PlatformError = PlatformError::Expired { platform: "fake" };

fn failed(reason: &str) -> PlatformError {
    PlatformError::Failed { platform: "fake", what: "answer", reason: reason.to_owned(), retry: true }
}

fn unsupported(what: &'static str) -> PlatformError {
    PlatformError::Unsupported { platform: "fake", what }
}

/// Others have their turn.
async fn turn() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

impl Service {
    pub(crate) fn new(habits: Habits, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            habits,
            plays: Vec::new(),
            account: "ana-there",
            tokens: (0, 0),
            expires_at: Timestamp::MIN,
            gate: Timestamp::MIN,
            histories: 0,
            refreshes: 0,
            early: 0,
            faults: 0,
            luck: Luck::new(seed),
            cursor_padding: 0,
            saved: Vec::new(),
            follows: Vec::new(),
            asked: 0,
            refuses: None,
        })))
    }

    pub(crate) fn state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The person plays a track there.
    pub(crate) fn play(&self, title: &str, start: Timestamp) {
        let track = TrackRef::named("Some Band", title).expect("a track");
        self.state(|state| state.plays.push((track, start)));
    }
}

impl State {
    fn permission(&mut self, now: Timestamp, refresh: bool) -> Authorization {
        self.tokens.0 += 1;
        self.expires_at = now.plus_seconds(ACCESS_SECONDS);
        let account = PlatformAccount { id: self.account.to_owned(), name: Some("Ana".to_owned()) };
        Authorization {
            access: Secret::new(format!("access-s3cret-{}", self.tokens.0)),
            refresh: refresh.then(|| Secret::new(format!("refresh-s3cret-{}", self.tokens.1))),
            expires_at: Some(self.expires_at),
            consented_at: now,
            consent_ends_at: None,
            account: (!self.account.is_empty()).then_some(account),
            region: None,
        }
    }

    /// Refuses as it was told to, once.
    fn refuse(&mut self) -> Result<(), PlatformError> {
        self.refuses.take().map_or(Ok(()), Err)
    }

    fn let_in(&self, permission: &Authorization) -> Result<(), PlatformError> {
        let newest = format!("access-s3cret-{}", self.tokens.0);
        if permission.access.reveal() == newest { Ok(()) } else { Err(EXPIRED) }
    }

    /// Turns away whoever comes before the gate opens.
    fn heed(&mut self, now: Timestamp) -> Result<(), PlatformError> {
        if now >= self.gate {
            return Ok(());
        }
        self.early += 1;
        Err(PlatformError::RateLimited { platform: "fake", until: self.gate })
    }

    /// What every question meets first: the gate, and bad luck before anything was done.
    fn meet(&mut self, now: Timestamp) -> Result<(), PlatformError> {
        self.heed(now)?;
        if !self.luck.in_hundred(self.habits.faults) {
            return Ok(());
        }
        self.faults += 1;
        match self.luck.below(5) {
            0 => Err(failed("it took too long")),
            1 => Err(failed("the connection was reset")),
            2 => Err(failed("status 502 with a page in HTML")),
            3 => {
                self.gate = now.plus_seconds(86_400);
                Err(PlatformError::RateLimited { platform: "fake", until: self.gate })
            }
            _ => {
                self.expires_at = now;
                Err(EXPIRED)
            }
        }
    }

    fn page(&mut self, from: usize, now: Timestamp) -> History {
        let end = self.plays.len().min(from + PAGE);
        let exact = self.habits.exact;
        let mut guess = 0;
        let mut plays = Vec::new();
        let told = self.plays[from..end].to_vec();
        for (track, start) in told {
            guess += 1 + i64::try_from(self.luck.below(1_000)).expect("small");
            let start = if exact { start } else { now.plus_seconds(-3_000_000 + guess * 400) };
            let exactness = if exact { Exactness::Exact } else { Exactness::Estimated };
            let track = PlatformTrack { track, isrc: None, length_ms: None, genres: Vec::new() };
            plays.push(PlayedTrack { track, start, exactness, played_ms: None });
        }
        History {
            plays,
            coverage: Coverage {
                complete_since: self.plays.first().map(|play| play.1),
                gap_suspected: false,
            },
            cursor: HistoryCursor::new(format!("{}{end}", "0".repeat(self.cursor_padding))),
            more: end < self.plays.len(),
        }
    }
}

#[async_trait]
impl Platform for Service {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn capabilities(&self) -> PlatformCapabilities {
        let exact_times = self.state(|state| state.habits.exact);
        PlatformCapabilities {
            refresh: true,
            history: true,
            exact_times,
            saved: true,
            follows: true,
            ..PlatformCapabilities::default()
        }
    }

    async fn authorize(&self, request: ConsentRequest<'_>) -> Result<Consent, PlatformError> {
        self.state(|state| state.heed(request.now))?;
        let state = hex::encode(&request.entropy[..8]);
        let memory = Secret::new(format!("attempt-s3cret-{state}"));
        let attempt = Attempt { platform: "fake".to_owned(), began_at: request.now, memory };
        Ok(Consent { step: ConsentStep::Visit { url: state }, attempt })
    }

    async fn complete(
        &self,
        attempt: &Attempt,
        answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        turn().await;
        if !attempt.memory.reveal().ends_with(answer.0) {
            return Err(failed("this answers another attempt"));
        }
        self.state(|state| {
            state.heed(now)?;
            state.tokens.1 += 1;
            Ok(state.permission(now, true))
        })
    }

    async fn refresh(&self, old: &Authorization, now: Timestamp) -> Result<Authorization, PlatformError> {
        turn().await;
        self.state(|state| {
            state.refreshes += 1;
            state.meet(now)?;
            let newest = format!("refresh-s3cret-{}", state.tokens.1);
            if old.refresh.as_ref().map(Secret::reveal) != Some(&newest) {
                return Err(CONSENT);
            }
            state.tokens.1 += u64::from(state.habits.rotates);
            let renewed = state.permission(now, state.habits.rotates);
            // The answer is lost on its way.
            if state.luck.in_hundred(state.habits.faults / 4) {
                state.faults += 1;
                return Err(failed("the connection was reset"));
            }
            Ok(renewed)
        })
    }

    async fn history(
        &self,
        permission: &Authorization,
        from: HistoryFrom<'_>,
        now: Timestamp,
    ) -> Result<History, PlatformError> {
        turn().await;
        self.state(|state| {
            state.histories += 1;
            state.meet(now)?;
            state.refuse()?;
            if now >= state.expires_at {
                return Err(EXPIRED);
            }
            state.let_in(permission)?;
            let from = match from {
                HistoryFrom::Cursor(cursor) => cursor.as_str().parse().expect("a cursor of ours"),
                _ => 0,
            };
            Ok(state.page(from, now))
        })
    }

    async fn track(
        &self,
        _: Option<&Authorization>,
        _: &str,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        Err(unsupported("look up a track"))
    }

    async fn track_by_isrc(
        &self,
        _: Option<&Authorization>,
        _: &Isrc,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        Err(unsupported("look up a code"))
    }

    async fn saved(
        &self,
        permission: &Authorization,
        page: Option<&SavedPage>,
    ) -> Result<SavedTracks, PlatformError> {
        turn().await;
        self.state(|state| {
            state.let_in(permission)?;
            let from: usize = page.map_or(0, |page| page.0.parse().expect("a page of ours"));
            let end = state.saved.len().min(from + PAGE);
            let saved = |(track, words): &(TrackRef, Option<&str>)| SavedTrack {
                track: PlatformTrack {
                    track: track.clone(),
                    isrc: None,
                    length_ms: None,
                    genres: Vec::new(),
                },
                saved_at: None,
                words: words.map(str::to_owned),
            };
            let next = (end < state.saved.len()).then(|| SavedPage(end.to_string()));
            Ok(SavedTracks { tracks: state.saved[from..end].iter().map(saved).collect(), next })
        })
    }

    async fn follows(&self, permission: &Authorization) -> Result<Vec<ImportRecord>, PlatformError> {
        turn().await;
        self.state(|state| {
            state.asked += 1;
            state.refuse()?;
            state.let_in(permission)?;
            let suggest = |to: &&str| ImportRecord::Trust {
                from: "ana-there".to_owned(),
                to: (*to).to_owned(),
                weight: None,
                mutual: false,
            };
            Ok(state.follows.iter().map(suggest).collect())
        })
    }
}
