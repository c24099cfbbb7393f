//! The feed.

use serde::Serialize;
use signal_core::compatibility::Basis;
use signal_core::engine::{FeedAnswer, FeedBasis as CoreBasis, FeedItem as CoreItem};
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
    /// What carried it here: `trust`, `taste`, `circle` or `standing`.
    #[schema(value_type = String, example = "trust")]
    because: AffinityKind,
    /// The same in words, strongest first.
    reasons: Vec<String>,
}

impl From<CoreItem> for FeedItem {
    fn from(item: CoreItem) -> Self {
        Self { drop: item.drop.into(), score: item.score, because: item.because, reasons: item.reasons }
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
