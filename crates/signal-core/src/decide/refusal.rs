//! Why a command changes nothing, in one line, with a hint.

use crate::model::{Points, Timestamp};

/// A decision's no. The message is a lower-case fragment; [`Refusal::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing, or the asker may not know of it.
    #[error("no such {what}")]
    NotFound {
        /// What was named.
        what: &'static str,
    },
    /// The account was only imported.
    #[error("this account is not claimed by a person yet")]
    Unclaimed,
    /// The account may not act.
    #[error("this account is frozen")]
    Frozen,
    /// There is one already.
    #[error("{what} exists already")]
    Exists {
        /// What.
        what: String,
    },
    /// A name is taken.
    #[error("{what} is taken")]
    Taken {
        /// Which name.
        what: String,
    },
    /// One may not do this to oneself.
    #[error("nobody can {what}")]
    Oneself {
        /// What was tried.
        what: &'static str,
    },
    /// The stake is below the minimum.
    #[error("the stake of {stake} points is below the minimum of {minimum}")]
    StakeTooSmall {
        /// What was offered.
        stake: Points,
        /// What is needed.
        minimum: Points,
    },
    /// The stake is above the maximum.
    #[error("the stake of {stake} points is above the maximum of {maximum}")]
    StakeTooLarge {
        /// What was offered.
        stake: Points,
        /// What is allowed.
        maximum: Points,
    },
    /// There are not enough points.
    #[error("the stake of {stake} points is more than the {available} available")]
    NotEnoughPoints {
        /// What was offered.
        stake: Points,
        /// What there is.
        available: Points,
    },
    /// Too many drops.
    #[error("{limit} drops in {hours} hours is the limit; the next one is possible at {until}")]
    TooManyDrops {
        /// How many are allowed.
        limit: u32,
        /// In how long.
        hours: i64,
        /// When to come back.
        until: Timestamp,
    },
    /// The drop no longer takes this.
    #[error("this drop is {is}")]
    DropIs {
        /// Its condition.
        is: &'static str,
    },
    /// Nothing is due yet.
    #[error("this drop is not due before {until}")]
    NotDue {
        /// When to come back.
        until: Timestamp,
    },
    /// The circle does not take this.
    #[error("this circle is {is}")]
    CircleIs {
        /// Its condition.
        is: &'static str,
    },
    /// The circle has no seat left.
    #[error("this circle has {limit} members, and no seat is free")]
    CircleFull {
        /// How many seats there are.
        limit: usize,
    },
    /// One must be a member.
    #[error("only members of the circle can do this")]
    NotMember,
    /// One must be invited.
    #[error("this circle is by invitation")]
    NotInvited,
    /// The right is missing.
    #[error("only {who} can do this")]
    NotAllowed {
        /// Who may.
        who: &'static str,
    },
    /// A limit with a name was reached.
    #[error("{limit} is the limit for {what}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: u64,
    },
    /// The policy cannot be used.
    #[error("{reason}")]
    Policy {
        /// Why.
        reason: String,
    },
    /// The entry cannot be reversed.
    #[error("entry {position} cannot be reversed: {reason}")]
    NotReversible {
        /// Which entry.
        position: u64,
        /// Why.
        reason: &'static str,
    },
}

impl Refusal {
    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unclaimed => "claim it first: `signal user claim`".to_owned(),
            Self::StakeTooSmall { minimum, .. } => format!("stake at least {minimum}"),
            Self::StakeTooLarge { maximum, .. } => format!("stake at most {maximum}"),
            Self::NotEnoughPoints { available, .. } => {
                format!(
                    "stake at most {available}; points return when drops settle, and grow back with ratings"
                )
            }
            Self::TooManyDrops { until, .. } | Self::NotDue { until } => format!("come back at {until}"),
            Self::Taken { .. } => "choose another".to_owned(),
            Self::NotMember => "join the circle first".to_owned(),
            Self::NotInvited => "ask a member for an invitation".to_owned(),
            Self::CircleFull { .. } => "start a circle of your own".to_owned(),
            Self::Exists { .. } => "it stays as it is, and nothing is left to do".to_owned(),
            Self::Oneself { .. } => "leave it to others".to_owned(),
            Self::NotFound { .. }
            | Self::Frozen
            | Self::DropIs { .. }
            | Self::CircleIs { .. }
            | Self::NotAllowed { .. }
            | Self::Limit { .. }
            | Self::Policy { .. }
            | Self::NotReversible { .. } => return None,
        })
    }
}
