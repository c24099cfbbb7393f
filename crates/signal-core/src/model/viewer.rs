//! Who is looking, and what people let others see.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{CircleId, UserId};

/// Who asks. Every personal read takes one, and cuts what it may not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// Anybody.
    Public,
    /// A person.
    User(UserId),
    /// A person acting as moderator of a circle.
    Moderator(UserId, CircleId),
    /// Whoever runs this Signal: the owner of a personal file, the host of a server.
    Operator,
}

impl Viewer {
    /// The person who looks, where there is one.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) | Self::Moderator(user, _) => Some(user),
            Self::Public | Self::Operator => None,
        }
    }
}

/// How far an identity was checked. Order is strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// Not at all.
    #[default]
    None,
    /// By a telephone number.
    Phone,
    /// By a payment.
    Paid,
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Phone => "phone",
            Self::Paid => "paid",
        })
    }
}

impl FromStr for Verification {
    type Err = super::InvalidId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "phone" => Ok(Self::Phone),
            "paid" => Ok(Self::Paid),
            _ => Err(super::InvalidId::new("verification level (none, phone, paid)", text)),
        }
    }
}

/// A member's part in a circle. Order is power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees, drops and rates.
    Member,
    /// May also remove members and hide drops.
    Moderator,
    /// May also name moderators; passes on when they leave.
    Creator,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Creator => "creator",
        })
    }
}

/// Who may see something of a person. Order is openness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The person alone.
    Private,
    /// Members of the person's circles and people the person trusts.
    Friends,
    /// Everybody.
    Public,
}

/// What others may see of a person's trust edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustAudience {
    /// How many, refreshed nightly, never shown below five.
    Counts,
    /// Who, and how much.
    Public,
}

/// A person's three dials, each with a careful default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PrivacyDials {
    /// Who sees single listens and play counts.
    pub history: Audience,
    /// Who sees taste and the reasons that come from it.
    pub taste: Audience,
    /// What others see of trust edges.
    pub trust: TrustAudience,
}

impl PrivacyDials {
    /// Everything open: how imported research data is treated.
    pub const OPEN: Self =
        Self { history: Audience::Public, taste: Audience::Public, trust: TrustAudience::Public };
}

impl Default for PrivacyDials {
    fn default() -> Self {
        Self { history: Audience::Private, taste: Audience::Friends, trust: TrustAudience::Counts }
    }
}
