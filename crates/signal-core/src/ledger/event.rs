//! The catalogue: everything that can happen, as the bodies of entries carry it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::finding::{FindingKind, Resolution};
use super::state::{DropStatus, StreamId, StreamState};
use crate::model::{
    CircleId, Claim, CommentId, DropId, FindingId, Handle, Hash, Millionths, Points, Pseudonym, Role, Stars,
    Text, Timestamp, TrackId, TrustWeight, UserId, UtcDay, Verification,
};
use crate::policy::Policy;

/// How a stake ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Score at or above the success mark: the stake returns with a reward.
    Success,
    /// In between: the stake returns.
    Neutral,
    /// Score below the failure mark: the stake is forfeited.
    Failure,
    /// No quorum came: what faded is gone.
    Faded,
    /// Taken back by the author in time.
    Withdrawn,
    /// Removed by a moderator.
    Annulled,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Success => "success",
            Self::Neutral => "neutral",
            Self::Failure => "failure",
            Self::Faded => "faded",
            Self::Withdrawn => "withdrawn",
            Self::Annulled => "annulled",
        })
    }
}

/// How a validation score was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Weighted mean, shrunk to a prior.
    ShrunkMean,
    /// What the neutral rater would say: agreement across people who usually disagree weighs more.
    Bridging,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ShrunkMean => "mean",
            Self::Bridging => "bridging",
        })
    }
}

/// What bridging said of a drop, whether or not it decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgingTrial {
    /// The score.
    pub score: Millionths,
    /// Its standard error.
    pub uncertainty: Millionths,
    /// The score without the raters who rated most.
    pub without_top: Millionths,
    /// Distinct, unlinked raters whom the model knows.
    pub raters: u32,
}

/// What a settlement decided, so that late or repeated sweeps change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// How it ended.
    pub outcome: Outcome,
    /// The validation score, where a quorum gave one.
    pub score: Option<Millionths>,
    /// Standard error of the score.
    pub uncertainty: Option<Millionths>,
    /// How the score was found.
    pub method: Option<Method>,
    /// What was left of the stake when it was decided.
    pub left: Points,
    /// What goes back to the author.
    pub returned: Points,
    /// What is minted on top.
    pub reward: Points,
    /// What is burnt.
    pub burnt: Points,
    /// The instant the rules decided at, however late the sweep came.
    pub effective_at: Timestamp,
    /// Raters needed.
    pub quorum: u32,
    /// Distinct, unlinked raters found.
    pub raters: u32,
    /// The epoch whose standings weighed the ratings.
    pub epoch: Option<u64>,
    /// Weight of each rating that counted, in millionths.
    pub weights: Vec<(Pseudonym, Millionths)>,
    /// What bridging said, where the epoch's model knew raters enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bridging: Option<BridgingTrial>,
}

/// The state of a stream after an erasure took bodies out of its past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Which stream.
    pub stream: StreamId,
    /// What its state is from here on.
    pub state: StreamState,
}

impl Checkpoint {
    /// Everyone the state speaks of.
    fn people(&self) -> Vec<UserId> {
        match &self.state {
            StreamState::User(user) => vec![user.id],
            StreamState::Drop(drop) if drop.status == DropStatus::Erased => vec![],
            StreamState::Drop(drop) => vec![drop.author],
            StreamState::Circle(circle) => {
                circle.members.iter().map(|m| m.user).chain(circle.invited.iter().copied()).collect()
            }
            StreamState::Community(_) => vec![],
        }
    }
}

/// The positions whose bodies an erasure deleted.
pub type Redacted = Vec<u64>;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A person appears: claimed, or only imported.
    UserRegistered {
        /// Who.
        user: UserId,
        /// Their name in public leaves.
        pseudonym: Pseudonym,
        /// The handle; imported people have none.
        handle: Option<Handle>,
        /// Names that other systems give them.
        claims: Vec<Claim>,
        /// Whether a person stands behind it yet.
        claimed: bool,
    },
    /// An imported account gets its person, or a person gets another name.
    UserClaimed {
        /// Who.
        user: UserId,
        /// The new handle, where one is taken.
        handle: Option<Handle>,
        /// Further names.
        claims: Vec<Claim>,
    },
    /// An identity was checked.
    UserVerified {
        /// Who.
        user: UserId,
        /// How far.
        level: Verification,
        /// Digest of the token, which counts once.
        token: Hash,
    },
    /// A person may no longer act, or may again.
    UserFrozen {
        /// Who.
        user: UserId,
        /// Whether frozen now.
        frozen: bool,
    },
    /// A person left for good.
    UserErased {
        /// Who it was; nothing else Signal holds leads from here to a person.
        user: UserId,
        /// Positions whose bodies and salts are gone.
        redacted: Redacted,
        /// Whether the words of their drops stayed, owned by nobody.
        keep_drops: bool,
        /// States of the streams that lost a body.
        checkpoints: Vec<Checkpoint>,
        /// People erased earlier whose erasure entry goes with this one, and whether their drops stayed.
        #[serde(default)]
        earlier: Vec<(UserId, bool)>,
    },
    /// A person no longer wants to see another, or does again.
    UserBlocked {
        /// Who blocks.
        user: UserId,
        /// Whom.
        target: UserId,
        /// Whether blocked now.
        blocked: bool,
    },
    /// The operator lets standing spring from a person where nobody is verified, or no longer.
    UserSeeded {
        /// Who.
        user: UserId,
        /// Whether a seed now.
        seed: bool,
    },
    /// A day with a counted rating minted an allowance.
    UserAllowancePaid {
        /// Who.
        user: UserId,
        /// For which day.
        day: UtcDay,
    },
    /// One trust edge.
    TrustSet {
        /// Who trusts.
        from: UserId,
        /// Whom.
        to: UserId,
        /// How much.
        weight: TrustWeight,
    },
    /// One trust edge is gone.
    TrustRemoved {
        /// Who trusted.
        from: UserId,
        /// Whom.
        to: UserId,
    },
    /// Trust edges of one person, all at once.
    TrustImported {
        /// Who trusts.
        from: UserId,
        /// Whom, and how much.
        edges: Vec<(UserId, TrustWeight)>,
    },
    /// A track is vouched for.
    DropMade {
        /// The drop.
        drop: DropId,
        /// Who vouches.
        author: UserId,
        /// For what.
        track: TrackId,
        /// In their own words.
        context: Text,
        /// With how much at stake.
        stake: Points,
        /// In which circle, if any.
        circle: Option<CircleId>,
    },
    /// Stars for a drop.
    DropRated {
        /// The drop.
        drop: DropId,
        /// Who rates.
        rater: UserId,
        /// How many stars.
        stars: Stars,
    },
    /// A remark under a drop.
    DropCommented {
        /// The drop.
        drop: DropId,
        /// The remark.
        comment: CommentId,
        /// Who says it.
        author: UserId,
        /// The words.
        text: Text,
    },
    /// A moderator should look at a drop.
    DropReported {
        /// The drop.
        drop: DropId,
        /// Who reports.
        reporter: UserId,
        /// Why.
        reason: Text,
    },
    /// The author takes a drop back: with its stake when in time, else only its words.
    DropWithdrawn {
        /// The drop.
        drop: DropId,
        /// The author.
        author: UserId,
        /// Whether the stake came back.
        refunded: bool,
    },
    /// A moderator hides a drop, or shows it again.
    DropHidden {
        /// The drop.
        drop: DropId,
        /// The moderator; none for the operator.
        by: Option<UserId>,
        /// Whether hidden now.
        hidden: bool,
    },
    /// Ratings decided a drop.
    DropSettled {
        /// The drop.
        drop: DropId,
        /// Whose stake.
        author: UserId,
        /// What was decided.
        settlement: Settlement,
    },
    /// No quorum came until the stake had faded.
    DropFaded {
        /// The drop.
        drop: DropId,
        /// Whose stake.
        author: UserId,
        /// What was decided.
        settlement: Settlement,
    },
    /// A moderator removed a drop.
    DropAnnulled {
        /// The drop.
        drop: DropId,
        /// Whose stake.
        author: UserId,
        /// The moderator; none for the operator.
        by: Option<UserId>,
        /// What happened to the stake.
        settlement: Settlement,
    },
    /// A circle begins.
    CircleCreated {
        /// The circle.
        circle: CircleId,
        /// Its creator and first member.
        creator: UserId,
        /// Its name.
        name: Text,
        /// Genres it cares about, normalised.
        focus: Vec<String>,
        /// Whether one needs an invitation.
        invite_only: bool,
    },
    /// Someone is asked to join.
    CircleInvited {
        /// The circle.
        circle: CircleId,
        /// Who asks.
        by: UserId,
        /// Whom.
        user: UserId,
    },
    /// Someone joins.
    CircleJoined {
        /// The circle.
        circle: CircleId,
        /// Who.
        user: UserId,
    },
    /// Someone leaves.
    CircleLeft {
        /// The circle.
        circle: CircleId,
        /// Who.
        user: UserId,
    },
    /// Someone is removed.
    CircleRemoved {
        /// The circle.
        circle: CircleId,
        /// Who.
        user: UserId,
        /// By whom; none for the operator.
        by: Option<UserId>,
    },
    /// A member's part changes.
    CircleRoleSet {
        /// The circle.
        circle: CircleId,
        /// Who.
        user: UserId,
        /// To what.
        role: Role,
        /// By whom; none for the operator.
        by: Option<UserId>,
    },
    /// A circle takes no more drops and members, or does again.
    CircleFrozen {
        /// The circle.
        circle: CircleId,
        /// Whether frozen now.
        frozen: bool,
    },
    /// A circle ends.
    CircleClosed {
        /// The circle.
        circle: CircleId,
        /// Who was in it.
        members: Vec<UserId>,
    },
    /// The rules change.
    PolicySet {
        /// Number of the policy from here on.
        number: u32,
        /// All of it.
        policy: Box<Policy>,
    },
    /// Standings, reliabilities and findings are fixed.
    EpochClosed {
        /// Number of the epoch, from 1.
        number: u64,
        /// Digest of its tables.
        tables: Hash,
    },
    /// The operator looked at a finding and says what it is.
    FindingResolved {
        /// Which finding; it follows from the kind and the members.
        finding: FindingId,
        /// What was found.
        kind: FindingKind,
        /// Who is part of it.
        members: Vec<UserId>,
        /// How sure the scan was.
        probability: Millionths,
        /// What the operator makes of it.
        resolution: Resolution,
        /// Why.
        note: Text,
    },
    /// The bookings of an earlier entry are undone.
    Reversed {
        /// Which entry.
        position: u64,
        /// The people whose accounts change.
        users: Vec<UserId>,
        /// Why.
        reason: Text,
    },
}

macro_rules! kinds {
    ($($event:ident => $text:literal),* $(,)?) => {
        /// The kind of an entry, as public leaves name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $(#[doc = concat!("`", $text, "`")] #[serde(rename = $text)] $event,)*
        }

        impl EventKind {
            /// Every kind, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$event),*];

            /// The kind as leaves spell it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$event => $text),* }
            }
        }

        impl Event {
            /// The kind of this event.
            pub const fn kind(&self) -> EventKind {
                match self { $(Self::$event { .. } => EventKind::$event),* }
            }
        }
    };
}

kinds! {
    UserRegistered => "user.registered",
    UserClaimed => "user.claimed",
    UserVerified => "user.verified",
    UserFrozen => "user.frozen",
    UserErased => "user.erased",
    UserBlocked => "user.blocked",
    UserSeeded => "user.seeded",
    UserAllowancePaid => "user.allowance_paid",
    TrustSet => "trust.set",
    TrustRemoved => "trust.removed",
    TrustImported => "trust.imported",
    DropMade => "drop.made",
    DropRated => "drop.rated",
    DropCommented => "drop.commented",
    DropReported => "drop.reported",
    DropWithdrawn => "drop.withdrawn",
    DropHidden => "drop.hidden",
    DropSettled => "drop.settled",
    DropFaded => "drop.faded",
    DropAnnulled => "drop.annulled",
    CircleCreated => "circle.created",
    CircleInvited => "circle.invited",
    CircleJoined => "circle.joined",
    CircleLeft => "circle.left",
    CircleRemoved => "circle.removed",
    CircleRoleSet => "circle.role_set",
    CircleFrozen => "circle.frozen",
    CircleClosed => "circle.closed",
    PolicySet => "all.policy_set",
    EpochClosed => "all.epoch_closed",
    FindingResolved => "all.finding_resolved",
    Reversed => "all.reversed",
}

impl Event {
    /// The streams this event writes. A rating writes the rater's and the drop's, never the author's.
    pub fn streams(&self) -> Vec<StreamId> {
        use StreamId::{Circle, Community, Drop, User};
        match self {
            Self::UserRegistered { user, .. }
            | Self::UserClaimed { user, .. }
            | Self::UserVerified { user, .. }
            | Self::UserFrozen { user, .. }
            | Self::UserBlocked { user, .. }
            | Self::UserSeeded { user, .. }
            | Self::UserAllowancePaid { user, .. } => vec![User(*user)],
            Self::UserErased { checkpoints, .. } => checkpoints.iter().map(|c| c.stream).collect(),
            Self::TrustSet { from, .. }
            | Self::TrustRemoved { from, .. }
            | Self::TrustImported { from, .. } => {
                vec![User(*from)]
            }
            Self::DropMade { drop, author, .. }
            | Self::DropSettled { drop, author, .. }
            | Self::DropFaded { drop, author, .. }
            | Self::DropAnnulled { drop, author, .. }
            | Self::DropWithdrawn { drop, author, .. } => vec![Drop(*drop), User(*author)],
            Self::DropRated { drop, rater: user, .. } => vec![Drop(*drop), User(*user)],
            Self::DropCommented { drop, .. }
            | Self::DropReported { drop, .. }
            | Self::DropHidden { drop, .. } => {
                vec![Drop(*drop)]
            }
            Self::CircleCreated { circle, creator: user, .. }
            | Self::CircleJoined { circle, user }
            | Self::CircleLeft { circle, user }
            | Self::CircleRemoved { circle, user, .. } => vec![Circle(*circle), User(*user)],
            Self::CircleInvited { circle, .. }
            | Self::CircleRoleSet { circle, .. }
            | Self::CircleFrozen { circle, .. } => vec![Circle(*circle)],
            Self::CircleClosed { circle, members } => {
                std::iter::once(Circle(*circle)).chain(members.iter().copied().map(User)).collect()
            }
            Self::PolicySet { .. } | Self::EpochClosed { .. } | Self::FindingResolved { .. } => {
                vec![Community]
            }
            Self::Reversed { users, .. } => {
                let mut streams: Vec<_> = users.iter().copied().map(User).collect();
                streams.push(Community);
                streams
            }
        }
    }

    /// Everyone the body names, so that an erasure finds it.
    pub fn people(&self) -> Vec<UserId> {
        match self {
            Self::UserRegistered { user, .. }
            | Self::UserClaimed { user, .. }
            | Self::UserVerified { user, .. }
            | Self::UserFrozen { user, .. }
            | Self::UserSeeded { user, .. }
            | Self::UserAllowancePaid { user, .. }
            | Self::CircleJoined { user, .. }
            | Self::CircleLeft { user, .. }
            | Self::DropRated { rater: user, .. }
            | Self::DropReported { reporter: user, .. } => vec![*user],
            Self::UserErased { user, checkpoints, .. } => {
                checkpoints.iter().flat_map(Checkpoint::people).filter(|who| who != user).collect()
            }
            Self::CircleFrozen { .. } | Self::PolicySet { .. } | Self::EpochClosed { .. } => vec![],
            Self::UserBlocked { user, target, .. } => vec![*user, *target],
            Self::TrustSet { from, to, .. } | Self::TrustRemoved { from, to } => vec![*from, *to],
            Self::TrustImported { from, edges } => {
                std::iter::once(*from).chain(edges.iter().map(|(to, _)| *to)).collect()
            }
            Self::DropMade { author, .. }
            | Self::DropCommented { author, .. }
            | Self::DropWithdrawn { author, .. }
            | Self::DropSettled { author, .. }
            | Self::DropFaded { author, .. } => vec![*author],
            Self::DropHidden { by, .. } => by.iter().copied().collect(),
            Self::DropAnnulled { author, by, .. } => std::iter::once(*author).chain(*by).collect(),
            Self::CircleCreated { creator, .. } => vec![*creator],
            Self::CircleInvited { by, user, .. } => vec![*by, *user],
            Self::CircleRemoved { user, by, .. } | Self::CircleRoleSet { user, by, .. } => {
                std::iter::once(*user).chain(*by).collect()
            }
            Self::CircleClosed { members: users, .. }
            | Self::FindingResolved { members: users, .. }
            | Self::Reversed { users, .. } => users.clone(),
        }
    }

    /// The person whose deliberate act this is, for days of activity; none for everything that happens to people.
    pub const fn deliberate_actor(&self) -> Option<UserId> {
        match self {
            Self::TrustSet { from: user, .. }
            | Self::TrustRemoved { from: user, .. }
            | Self::DropMade { author: user, .. }
            | Self::DropRated { rater: user, .. }
            | Self::CircleCreated { creator: user, .. }
            | Self::CircleJoined { user, .. }
            | Self::CircleLeft { user, .. } => Some(*user),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_spelled_alike_in_code_and_on_the_wire() {
        for kind in EventKind::ALL {
            let text = serde_json::to_string(kind).expect("serialises");
            assert_eq!(text, format!("{:?}", kind.as_str()));
        }
        assert_eq!(EventKind::ALL.len(), 32);
    }
}
