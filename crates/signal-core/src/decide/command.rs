//! Everything that people, moderators, the operator and jobs can ask for.

use crate::ledger::{FindingKind, Resolution, StreamId};
use crate::model::{
    CircleId, Claim, CommentId, DropId, FindingId, Handle, Hash, Millionths, Points, Pseudonym, Role, Stars,
    Text, TrackId, TrustWeight, UserId, Verification,
};
use crate::policy::Policy;

/// In whose name a moderating act is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// Whoever runs this Signal.
    Operator,
    /// A person, who must have the right.
    User(UserId),
}

/// A wish that may change the ledger. Ids and pseudonyms come from the host's entropy, or from a client that
/// wants to retry safely.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A person appears.
    Register {
        /// Their id.
        user: UserId,
        /// Their name in public leaves.
        pseudonym: Pseudonym,
        /// Their handle; imported people have none.
        handle: Option<Handle>,
        /// Names that other systems give them.
        claims: Vec<Claim>,
        /// Whether a person stands behind it.
        claimed: bool,
    },
    /// An imported account gets its person, or a person another name.
    Claim {
        /// Who.
        user: UserId,
        /// A handle, for who has none.
        handle: Option<Handle>,
        /// Further names.
        claims: Vec<Claim>,
    },
    /// An identity was checked.
    Verify {
        /// Who.
        user: UserId,
        /// How far.
        level: Verification,
        /// Digest of the token that proves it.
        token: Hash,
    },
    /// The operator stops a person from acting, or allows it again.
    Freeze {
        /// Who.
        user: UserId,
        /// Whether frozen from now on.
        frozen: bool,
    },
    /// The operator lets standing spring from a person where nobody is verified, or no longer.
    Seed {
        /// Who.
        user: UserId,
        /// Whether a seed from now on.
        seed: bool,
    },
    /// A person no longer wants to see another, or does again.
    Block {
        /// Who.
        user: UserId,
        /// Whom.
        target: UserId,
        /// Whether blocked from now on.
        blocked: bool,
    },
    /// A person leaves for good.
    Erase {
        /// Who.
        user: UserId,
        /// Whether the words of their drops stay, without the person.
        keep_drops: bool,
    },
    /// A trust edge is set, or removed by `None`.
    SetTrust {
        /// Who trusts.
        from: UserId,
        /// Whom.
        to: UserId,
        /// How much.
        weight: Option<TrustWeight>,
    },
    /// Trust edges of one person arrive from elsewhere.
    ImportTrust {
        /// Who trusts.
        from: UserId,
        /// Whom, and how much.
        edges: Vec<(UserId, TrustWeight)>,
    },
    /// A track is vouched for.
    MakeDrop {
        /// The drop's id.
        drop: DropId,
        /// Who vouches.
        author: UserId,
        /// For what.
        track: TrackId,
        /// In which words.
        context: Text,
        /// With how much; `None` takes the minimum.
        stake: Option<Points>,
        /// In which circle, if any.
        circle: Option<CircleId>,
    },
    /// Stars for a drop.
    Rate {
        /// Which.
        drop: DropId,
        /// Who.
        rater: UserId,
        /// How many.
        stars: Stars,
    },
    /// A remark under a drop.
    Comment {
        /// Which.
        drop: DropId,
        /// The remark's id.
        comment: CommentId,
        /// Who.
        author: UserId,
        /// The words.
        text: Text,
    },
    /// A moderator should look.
    Report {
        /// At which drop.
        drop: DropId,
        /// Who says so.
        reporter: UserId,
        /// Why.
        reason: Text,
    },
    /// The author takes a drop back.
    Withdraw {
        /// Which.
        drop: DropId,
        /// The author.
        author: UserId,
    },
    /// A drop is hidden, or shown again.
    Hide {
        /// Which.
        drop: DropId,
        /// By whom.
        by: Authority,
        /// Whether hidden from now on.
        hidden: bool,
    },
    /// A drop is removed.
    Annul {
        /// Which.
        drop: DropId,
        /// By whom.
        by: Authority,
        /// Whether for abuse, which forfeits the stake.
        abuse: bool,
    },
    /// A drop's stake ends if it is due.
    Settle {
        /// Which.
        drop: DropId,
    },
    /// A circle begins.
    CreateCircle {
        /// Its id.
        circle: CircleId,
        /// Its creator.
        creator: UserId,
        /// Its name.
        name: Text,
        /// Genres it cares about, normalised.
        focus: Vec<String>,
        /// Whether one needs an invitation.
        invite_only: bool,
    },
    /// A member asks someone in.
    Invite {
        /// Where.
        circle: CircleId,
        /// The member.
        by: UserId,
        /// Whom.
        user: UserId,
    },
    /// Someone joins.
    Join {
        /// Where.
        circle: CircleId,
        /// Who.
        user: UserId,
    },
    /// Someone leaves.
    Leave {
        /// Where.
        circle: CircleId,
        /// Who.
        user: UserId,
    },
    /// A moderator removes someone.
    RemoveMember {
        /// Where.
        circle: CircleId,
        /// Whom.
        user: UserId,
        /// Who does it.
        by: Authority,
    },
    /// The creator gives someone another part.
    SetRole {
        /// Where.
        circle: CircleId,
        /// Whom.
        user: UserId,
        /// Which part.
        role: Role,
        /// Who does it.
        by: Authority,
    },
    /// A circle takes no drops and members, or does again.
    FreezeCircle {
        /// Which.
        circle: CircleId,
        /// Who does it.
        by: Authority,
        /// Whether frozen from now on.
        frozen: bool,
    },
    /// A circle ends.
    CloseCircle {
        /// Which.
        circle: CircleId,
        /// Who does it.
        by: Authority,
    },
    /// The rules change.
    SetPolicy {
        /// To these.
        policy: Box<Policy>,
    },
    /// An epoch is fixed.
    CloseEpoch {
        /// Digest of its tables.
        tables: Hash,
    },
    /// The operator says what a finding is.
    ResolveFinding {
        /// Which.
        finding: FindingId,
        /// What was found.
        kind: FindingKind,
        /// Who is part of it.
        members: Vec<UserId>,
        /// How sure the scan was.
        probability: Millionths,
        /// What it is.
        resolution: Resolution,
        /// Why.
        note: Text,
    },
    /// An entry's bookings are undone.
    Reverse {
        /// Which entry.
        position: u64,
        /// Why.
        reason: Text,
    },
}

impl Command {
    /// The streams that the command names by itself.
    pub(super) fn streams(&self) -> Vec<StreamId> {
        use StreamId::{Circle, Drop, User};
        let by = |authority: &Authority| match authority {
            Authority::Operator => None,
            Authority::User(user) => Some(User(*user)),
        };
        match self {
            Self::Register { user, .. }
            | Self::Claim { user, .. }
            | Self::Verify { user, .. }
            | Self::Freeze { user, .. }
            | Self::Seed { user, .. }
            | Self::Erase { user, .. } => vec![User(*user)],
            Self::Block { user, target, .. } => vec![User(*user), User(*target)],
            Self::SetTrust { from, to, .. } => vec![User(*from), User(*to)],
            Self::ImportTrust { from, .. } => vec![User(*from)],
            Self::MakeDrop { drop, author, circle, .. } => {
                [Drop(*drop), User(*author)].into_iter().chain(circle.map(Circle)).collect()
            }
            Self::Rate { drop, rater: user, .. }
            | Self::Comment { drop, author: user, .. }
            | Self::Report { drop, reporter: user, .. }
            | Self::Withdraw { drop, author: user } => vec![Drop(*drop), User(*user)],
            Self::Hide { drop, by: who, .. } | Self::Annul { drop, by: who, .. } => {
                std::iter::once(Drop(*drop)).chain(by(who)).collect()
            }
            Self::Settle { drop } => vec![Drop(*drop)],
            Self::CreateCircle { circle, creator: user, .. }
            | Self::Join { circle, user }
            | Self::Leave { circle, user } => vec![Circle(*circle), User(*user)],
            Self::Invite { circle, by, user } => vec![Circle(*circle), User(*by), User(*user)],
            Self::RemoveMember { circle, user, by: who } | Self::SetRole { circle, user, by: who, .. } => {
                [Circle(*circle), User(*user)].into_iter().chain(by(who)).collect()
            }
            Self::FreezeCircle { circle, by: who, .. } | Self::CloseCircle { circle, by: who } => {
                std::iter::once(Circle(*circle)).chain(by(who)).collect()
            }
            Self::SetPolicy { .. }
            | Self::CloseEpoch { .. }
            | Self::ResolveFinding { .. }
            | Self::Reverse { .. } => vec![],
        }
    }

    /// Whether the decision looks at the author and the circle of the drop it names. A rating reads the circle but
    /// never the author, so that the ratings of a popular author's drops do not wait for each other.
    pub(super) const fn needs_author_and_circle(&self) -> bool {
        matches!(
            self,
            Self::Rate { .. }
                | Self::Comment { .. }
                | Self::Report { .. }
                | Self::Hide { .. }
                | Self::Annul { .. }
                | Self::Settle { .. }
                | Self::Withdraw { .. }
        )
    }

    /// Whether only the circle of the drop matters, not its author.
    pub(super) const fn leaves_author_alone(&self) -> bool {
        matches!(self, Self::Rate { .. } | Self::Comment { .. } | Self::Report { .. } | Self::Hide { .. })
    }
}
