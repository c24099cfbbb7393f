//! The feed.

use serde::Serialize;
use signal_core::compatibility::Basis;
use signal_core::engine::{
    FeedAnswer, FeedBasis as CoreBasis, FeedItem as CoreItem, FeedReason as CoreReason,
};
use signal_core::feed::AffinityKind;
use utoipa::ToSchema;

use super::{Drop, Versioned};

/// A page of a feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feed {
    /// Best first.
    items: Vec<FeedItem>,
    /// Where the next page begins; null at the end.
    next: Option<String>,
    basis: FeedBasis,
}

impl Versioned for Feed {
    const SCHEMA: &'static str = "signal.feed/1";
}

impl From<FeedAnswer> for Feed {
    fn from(answer: FeedAnswer) -> Self {
        let items = answer.items.into_iter().map(FeedItem::from).collect();
        Self { items, next: answer.next, basis: answer.basis.into() }
    }
}

/// A drop, and why it is there.
#[derive(Debug, Serialize, ToSchema)]
struct FeedItem {
    drop: Drop,
    /// What the feed is ordered by.
    score: f64,
    /// What carried it here: `trust`, `taste`, `circle`, `standing`, or `new` where none of these does.
    #[schema(value_type = String, example = "trust")]
    because: AffinityKind,
    /// All that speaks for it, at least one: first what carried it here, then trust, taste, circle.
    reasons: Vec<FeedReason>,
}

impl From<CoreItem> for FeedItem {
    fn from(item: CoreItem) -> Self {
        let reasons = item.reasons.into_iter().map(FeedReason::from).collect();
        Self { drop: item.drop.into(), score: item.score, because: item.because, reasons }
    }
}

/// Why a drop is in a feed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FeedReason {
    /// A path of trust leads from the user to the author.
    TrustedPath {
        /// Edges on it.
        hops: usize,
        /// The product of their weights.
        strength: f64,
        /// People on it, both ends included.
        through: Vec<String>,
    },
    /// A path of trust leads there, and someone on it keeps their trust to themselves.
    HiddenPath,
    /// Both play some artists.
    SharedArtists {
        /// One or two of them.
        artists: Vec<String>,
        /// How alike the tastes are.
        taste: f64,
    },
    /// Their tastes are alike; all that is said where the author's is not visible, and where no shared artist shows.
    SimilarTaste,
    /// Both are members of one circle.
    SharedCircle,
    /// The author's standing is the average of the community or more.
    WellTrusted,
    /// The author has standing, less than the average.
    SomeStanding,
    /// The drop is one of the newest of the whole community; nothing else speaks for it.
    New,
}

impl From<CoreReason> for FeedReason {
    fn from(reason: CoreReason) -> Self {
        match reason {
            CoreReason::TrustedPath { hops, strength, through } => {
                Self::TrustedPath { hops, strength, through }
            }
            CoreReason::HiddenPath => Self::HiddenPath,
            CoreReason::SharedArtists { artists, taste } => Self::SharedArtists { artists, taste },
            CoreReason::SimilarTaste => Self::SimilarTaste,
            CoreReason::SharedCircle => Self::SharedCircle,
            CoreReason::WellTrusted => Self::WellTrusted,
            CoreReason::SomeStanding => Self::SomeStanding,
            CoreReason::New => Self::New,
        }
    }
}

/// What a feed is based on.
#[derive(Debug, Serialize, ToSchema)]
struct FeedBasis {
    /// People within reach of trust.
    people_in_reach: usize,
    /// What taste was computed from: `vectors`, `artists`, `genres` or `none`.
    #[schema(value_type = String, example = "artists")]
    taste: Basis,
    /// Circles the user is in.
    circles: usize,
    /// Drops that were considered.
    drops_considered: usize,
    /// The same in words.
    text: String,
}

impl From<CoreBasis> for FeedBasis {
    fn from(basis: CoreBasis) -> Self {
        Self {
            people_in_reach: basis.people_in_reach,
            taste: basis.taste,
            circles: basis.circles,
            drops_considered: basis.drops_considered,
            text: basis.text,
        }
    }
}

/// What a report of seen drops changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewlySeen {
    /// How many were not seen before.
    pub(crate) new: u64,
}

impl Versioned for NewlySeen {
    const SCHEMA: &'static str = "signal.seen/1";
}
