//! All that the server remembers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sha2::{Digest, Sha256};
use signal_core::model::Timestamp;

use crate::{Apple, Fault, LastFm, ListenBrainz, Quota, Spotify, Tidal};

/// One of the five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Spotify.
    Spotify,
    /// Apple Music.
    Apple,
    /// Tidal.
    Tidal,
    /// ListenBrainz.
    ListenBrainz,
    /// Last.fm.
    LastFm,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Spotify, Self::Apple, Self::Tidal, Self::ListenBrainz, Self::LastFm];

    /// The first part of its paths.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Spotify => "spotify",
            Self::Apple => "apple",
            Self::Tidal => "tidal",
            Self::ListenBrainz => "listenbrainz",
            Self::LastFm => "lastfm",
        }
    }
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When, by the server's clock.
    pub at: Timestamp,
    /// Of which service.
    pub service: Service,
    /// Its method.
    pub method: String,
    /// Its path below the service.
    pub path: String,
    /// Its query.
    pub query: String,
    /// What it said it is.
    pub agent: String,
}

/// A call with what was answered to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The call.
    pub call: Recorded,
    /// The answer's status.
    pub status: u16,
    /// The answer's kind.
    pub kind: String,
    /// The answer's text.
    pub body: Vec<u8>,
}

/// What was issued, and to whom.
#[derive(Debug, Default)]
pub(crate) struct Mint {
    issued: BTreeSet<String>,
}

impl Mint {
    /// A token that nobody had before.
    pub(crate) fn token(&mut self, kind: &str) -> String {
        let number = self.issued.len();
        let digest = hex::encode(Sha256::digest(format!("{kind} {number}")));
        let token = format!("{kind}{}", &digest[..40]);
        self.issued.insert(token.clone());
        token
    }

    /// Remembers a secret that somebody else made.
    pub(crate) fn know(&mut self, secret: &str) {
        self.issued.insert(secret.to_owned());
    }
}

/// The five services and what went on.
#[derive(Debug)]
pub struct State {
    clock: Arc<AtomicI64>,
    pub(crate) mint: Mint,
    pub(crate) faults: BTreeMap<Service, VecDeque<Fault>>,
    /// What was answered so far, without what a [`Fault`] made of it; nothing is kept where it is none.
    pub answers: Option<Vec<Answered>>,
    /// Calls so far.
    pub calls: Vec<Recorded>,
    /// How many calls each service takes; without one, any number.
    pub quotas: BTreeMap<Service, Quota>,
    /// Spotify.
    pub spotify: Spotify,
    /// Apple Music.
    pub apple: Apple,
    /// Tidal.
    pub tidal: Tidal,
    /// ListenBrainz.
    pub listenbrainz: ListenBrainz,
    /// Last.fm.
    pub lastfm: LastFm,
}

impl State {
    pub(crate) fn new(clock: Arc<AtomicI64>) -> Self {
        let mut mint = Mint::default();
        Self {
            clock,
            faults: BTreeMap::new(),
            answers: None,
            calls: Vec::new(),
            quotas: BTreeMap::new(),
            spotify: Spotify::new(),
            apple: Apple::new(&mut mint),
            tidal: Tidal::new(),
            listenbrainz: ListenBrainz::new(&mut mint),
            lastfm: LastFm::new(&mut mint),
            mint,
        }
    }

    /// The instant it is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.load(Ordering::SeqCst))
    }

    /// Every secret that was issued or is needed: tokens, codes, keys.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.mint.issued.iter().map(String::as_str)
    }

    /// Lets something happen to the next call of a service, after what was asked for before.
    pub fn fail_next(&mut self, service: Service, fault: Fault) {
        self.faults.entry(service).or_default().push_back(fault);
    }

    /// Nothing more happens to the next calls.
    pub fn forget_faults(&mut self) {
        self.faults.clear();
    }
}
