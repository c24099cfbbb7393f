//! Drops.

use serde::Serialize;

use super::super::shown;
use super::people::Person;
use crate::ledger::{Method, Outcome};
use crate::model::{CircleId, CommentId, DropId, Millionths, Points, Stars, Timestamp, Track};

/// A remark under a drop.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommentAnswer {
    /// Its id.
    pub id: CommentId,
    /// Who says it.
    pub author: Person,
    /// The words.
    pub text: String,
    /// When.
    #[serde(with = "shown::time")]
    pub at: Timestamp,
}

/// A drop as a viewer may see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DropAnswer {
    /// Its id.
    pub id: DropId,
    /// What people call it: the last eight digits.
    pub short: String,
    /// Who vouches.
    pub author: Person,
    /// For what.
    pub track: Option<Track>,
    /// In which words; `None` where hidden or taken back.
    pub words: Option<String>,
    /// With how much.
    pub stake_millipoints: Points,
    /// In which circle.
    pub circle: Option<CircleId>,
    /// When.
    #[serde(with = "shown::time")]
    pub made_at: Timestamp,
    /// `open`, or how it ended.
    pub status: String,
    /// The validation score, once settled with one.
    #[serde(with = "shown::fraction")]
    pub score: Option<Millionths>,
    /// What came back to the author on top or was lost; once settled.
    pub settlement: Option<SettlementAnswer>,
    /// How many rated; hidden while open.
    pub ratings: Option<u32>,
    /// The viewer's own rating.
    #[serde(with = "shown::stars")]
    pub my_stars: Option<Stars>,
    /// How many people were shown it. This and the next two, where they may be told; for others than the operator, as of
    /// the last epoch.
    pub shown: Option<u64>,
    /// How many people played it after they were shown it, and not after a later drop of the same track.
    pub conversions: Option<u64>,
    /// How many of these played it on several days.
    pub kept: Option<u64>,
    /// Whether a moderator hid it, or its author took the words back.
    pub hidden: bool,
    /// Remarks, oldest first; filled by `drop`, not in lists.
    pub comments: Vec<CommentAnswer>,
    /// Why people reported it, without their names; filled by `drop`, for the operator and the circle's moderators.
    pub reports: Vec<String>,
}

/// How a stake ended, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettlementAnswer {
    /// How.
    pub outcome: Outcome,
    /// What was left when it was decided.
    pub left_millipoints: Points,
    /// The instant the rules decided at.
    #[serde(with = "shown::time")]
    pub effective_at: Timestamp,
    /// How the score was found, where there is one; not known any more where its author was erased.
    pub method: Option<Method>,
    /// Standard error of the score.
    #[serde(with = "shown::fraction")]
    pub uncertainty: Option<Millionths>,
}

/// What a sweep over open drops did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SettleAnswer {
    /// Drops that ended.
    pub settled: Vec<DropId>,
    /// Drops that are still open.
    pub open: usize,
}
