//! The feed that drops reach people by, and why each is there.

use serde::Serialize;

use super::drops::DropAnswer;
use crate::compatibility::Basis;
use crate::feed::AffinityKind;

/// One page of a feed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedAnswer {
    /// Best first.
    pub items: Vec<FeedItem>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
    /// What it is based on.
    pub basis: FeedBasis,
}

/// One drop on a page of a feed, and why it is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedItem {
    /// The drop.
    pub drop: DropAnswer,
    /// Its rank score; coarse where the exact one would tell what somebody keeps to themselves.
    pub score: f64,
    /// What carried it here.
    pub because: AffinityKind,
    /// All that speaks for it, at least one: first what carried it here, then trust, taste, circle.
    pub reasons: Vec<FeedReason>,
}

impl FeedItem {
    /// The reasons in words, for the viewer, in the same order.
    pub fn why(&self) -> Vec<String> {
        self.reasons.iter().map(|reason| reason.said_of(&self.drop.author.name)).collect()
    }
}

/// Why a drop is in somebody's feed. Each is true of what is known as of the page's cursor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FeedReason {
    /// A path of trust leads from the viewer to the author.
    TrustedPath {
        /// Edges on it, at least 1.
        hops: usize,
        /// Best product of weights, in (0, 1].
        strength: f64,
        /// Names on it, both ends included.
        through: Vec<String>,
    },
    /// A path of trust leads there, and someone on it keeps their edges to themselves.
    HiddenPath,
    /// Both play some artists.
    SharedArtists {
        /// Their names, at least one and at most two: those that say most.
        artists: Vec<String>,
        /// How alike the tastes are, in (0, 1].
        taste: f64,
    },
    /// The tastes are alike, above 0; all that is said where the author's is not visible, and where no shared artist shows.
    SimilarTaste,
    /// Both are members of one circle.
    SharedCircle,
    /// The author's standing is the average of the community or more, in the newest epoch.
    WellTrusted,
    /// The author has standing in the newest epoch, less than the average.
    SomeStanding,
    /// The drop is one of the newest of the whole community, `feed_newest` of the policy; nothing else speaks for it.
    New,
}

impl FeedReason {
    /// The reason in words, for the viewer, of an author of this name.
    fn said_of(&self, author: &str) -> String {
        match self {
            Self::TrustedPath { hops: 1, strength, .. } => format!("you trust {author} ({strength:.2})"),
            Self::TrustedPath { strength, through, .. } => {
                let after_the_viewer = through.get(1..).unwrap_or_default();
                format!("you trust {} ({strength:.2})", after_the_viewer.join(", who trusts "))
            }
            Self::HiddenPath => format!("someone you trust leads to {author}"),
            Self::SharedArtists { artists, taste } => {
                format!("you both play {} (taste {taste:.2})", artists.join(" and "))
            }
            Self::SimilarTaste => "similar taste".to_owned(),
            Self::SharedCircle => format!("you are in a circle with {author}"),
            Self::WellTrusted => format!("{author} is well trusted here"),
            Self::SomeStanding => format!("{author} has some standing here"),
            Self::New => "among the newest drops here".to_owned(),
        }
    }
}

/// What a feed is based on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedBasis {
    /// People within reach of trust, at most `feed_people` of the policy.
    pub people_in_reach: usize,
    /// What taste was computed from.
    pub taste: Basis,
    /// Circles the viewer is in.
    pub circles: usize,
    /// Drops that were considered.
    pub drops_considered: usize,
    /// The same in words.
    pub text: String,
}
