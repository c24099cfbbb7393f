//! Streams and their small folded states: all that a decision needs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entry::to_json;
use super::event::{Outcome, Settlement};
use crate::model::{
    CircleId, DropId, Hash, InvalidId, Millionths, Points, Pseudonym, Role, Text, Timestamp, TrackId, UserId,
    UtcDay, Verification,
};
use crate::policy::Policy;

/// The entries about one user, drop or circle, or about the whole community. Sorts like its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum StreamId {
    /// One circle.
    Circle(CircleId),
    /// Policy and epochs.
    Community,
    /// One drop.
    Drop(DropId),
    /// One person.
    User(UserId),
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Drop(id) => write!(f, "drop:{id}"),
            Self::Circle(id) => write!(f, "circle:{id}"),
            Self::Community => f.write_str("community"),
        }
    }
}

impl FromStr for StreamId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once(':') {
            Some(("user", id)) => id.parse().map(Self::User),
            Some(("drop", id)) => id.parse().map(Self::Drop),
            Some(("circle", id)) => id.parse().map(Self::Circle),
            None if text == "community" => Ok(Self::Community),
            _ => Err(InvalidId::new("stream", text)),
        }
    }
}

impl TryFrom<String> for StreamId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<StreamId> for String {
    fn from(stream: StreamId) -> Self {
        stream.to_string()
    }
}

impl StreamId {
    /// The UUID behind the stream; the community has the nil one.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::Drop(id) => id.uuid(),
            Self::Circle(id) => id.uuid(),
            Self::Community => Uuid::nil(),
        }
    }
}

/// What a store keeps for one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// Entries so far.
    pub version: u64,
    /// The folded state, in the core's bytes.
    pub state: Vec<u8>,
}

impl StreamRow {
    /// Whether it belongs to a person who left for good. Stores write no row about such a person any more. A row that
    /// cannot be read is an error: it might be one of those.
    pub fn is_erased(&self) -> Result<bool, serde_json::Error> {
        let state = StreamState::from_bytes(&self.state)?;
        Ok(matches!(state, StreamState::User(user) if user.status == UserStatus::Erased))
    }
}

/// Where a person stands in the life of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Only imported: no points, ratings, seats or seed weight.
    Unclaimed,
    /// A person stands behind it.
    Claimed,
    /// May not act.
    Frozen,
    /// Gone.
    Erased,
}

/// What a person did on the newest day on which they did any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCounts {
    /// Which day.
    pub day: UtcDay,
    /// Ratings given.
    pub ratings: u32,
    /// Trust edges set, new or changed.
    pub trust_edges: u32,
}

impl DayCounts {
    /// The counts of a day: none where the newest is another.
    pub fn of(counts: Option<Self>, day: UtcDay) -> Self {
        counts.filter(|counts| counts.day == day).unwrap_or(Self { day, ratings: 0, trust_edges: 0 })
    }
}

/// Everything about a person that decisions need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserState {
    /// Who.
    pub id: UserId,
    /// Their name in public leaves.
    pub pseudonym: Pseudonym,
    /// Life of the account.
    pub status: UserStatus,
    /// Whether it has a handle.
    #[serde(default)]
    pub has_handle: bool,
    /// How far the identity was checked.
    pub verification: Verification,
    /// First entry.
    pub registered_at: Timestamp,
    /// Points that may be staked.
    pub available: Points,
    /// Points locked on open drops.
    pub staked: Points,
    /// Distinct UTC days with a deliberate act.
    pub active_days: u32,
    /// The newest of them.
    pub last_active_day: Option<UtcDay>,
    /// The newest drop.
    pub last_drop_at: Option<Timestamp>,
    /// Drops that still count for the rate, oldest first.
    pub recent_drops: Vec<Timestamp>,
    /// Failures that may still raise the minimum stake, oldest first; bounded.
    pub failures: Vec<Timestamp>,
    /// Σ stake · score over settled drops, in milli-points times millionths.
    pub bonus: i64,
    /// Σ stake over failed drops.
    pub penalty: Points,
    /// Drops made.
    pub drops: u32,
    /// Drops that settled with a score.
    pub settled: u32,
    /// Drops that succeeded.
    pub succeeded: u32,
    /// The newest day an allowance was paid for.
    pub allowance_day: Option<UtcDay>,
    /// What counts for the limits of a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_counts: Option<DayCounts>,
    /// Names that other systems give them.
    #[serde(default)]
    pub claims: u32,
    /// Whether the operator lets standing spring from them.
    #[serde(default)]
    pub seed: bool,
    /// People blocked.
    pub blocks: u32,
    /// Circles this person is in.
    pub circles: u32,
}

/// Where a drop stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DropStatus {
    /// Its stake is locked.
    Open,
    /// Its stake ended.
    Ended {
        /// How.
        outcome: Outcome,
        /// The validation score, where there is one.
        score: Option<Millionths>,
        /// What was left of the stake when it was decided.
        left: Points,
        /// The instant the rules decided at.
        effective_at: Timestamp,
    },
    /// Its author was erased.
    Erased,
}

/// Everything about a drop that decisions need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropState {
    /// Which drop.
    pub id: DropId,
    /// Who vouches.
    pub author: UserId,
    /// For what.
    pub track: TrackId,
    /// In which circle, if any.
    pub circle: Option<CircleId>,
    /// What is at stake.
    pub stake: Points,
    /// Since when.
    pub made_at: Timestamp,
    /// Number of the policy it settles under.
    pub policy: u32,
    /// Ratings so far.
    pub ratings: u32,
    /// Comments so far.
    pub comments: u32,
    /// Reports so far.
    pub reports: u32,
    /// Hidden by a moderator.
    pub hidden: bool,
    /// Words taken back by the author.
    pub words_withdrawn: bool,
    /// Open, or how it ended.
    pub status: DropStatus,
}

/// One member of a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

/// Everything about a circle that decisions need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircleState {
    /// Which circle.
    pub id: CircleId,
    /// What it is called; here too, because the entry that said so goes with its creator.
    pub name: Text,
    /// Members in the order they joined; at most 150.
    pub members: Vec<Member>,
    /// People invited who have not joined yet; bounded like members.
    pub invited: Vec<UserId>,
    /// Genres it cares about.
    pub focus: Vec<String>,
    /// Whether one needs an invitation.
    pub invite_only: bool,
    /// Takes no drops and members.
    pub frozen: bool,
    /// When it ended, if it did.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
}

impl CircleState {
    /// The member, if the person is one.
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.iter().find(|m| m.user == user)
    }
}

/// One closing of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochRef {
    /// Its number, from 1.
    pub number: u64,
    /// When it closed.
    pub at: Timestamp,
    /// Digest of its tables.
    pub tables: Hash,
}

/// The rules in force and the newest epoch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CommunityState {
    /// Number of the policy in force.
    pub policy_number: u32,
    /// The policy in force.
    pub policy: Policy,
    /// The newest epoch.
    pub epoch: Option<EpochRef>,
}

/// The folded state of one stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamState {
    /// One person.
    User(UserState),
    /// One drop.
    Drop(DropState),
    /// One circle.
    Circle(CircleState),
    /// Policy and epochs.
    Community(Box<CommunityState>),
}

impl StreamState {
    /// The bytes a store keeps.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_json(self)
    }

    /// Reads the bytes a store kept.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

impl DropState {
    pub(super) fn end(&mut self, settlement: &Settlement) {
        self.status = DropStatus::Ended {
            outcome: settlement.outcome,
            score: settlement.score,
            left: settlement.left,
            effective_at: settlement.effective_at,
        };
    }

    /// Whether the stake is still locked.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, DropStatus::Open)
    }

    /// The validation score, once settled with one.
    pub const fn score(&self) -> Option<Millionths> {
        match self.status {
            DropStatus::Ended { score, .. } => score,
            DropStatus::Open | DropStatus::Erased => None,
        }
    }
}
