//! The accounts of the double-entry books.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{InvalidId, Points, Pseudonym};

/// Where points can lie. People appear by pseudonym, because leaves of the ledger are public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// Points a person may stake.
    Available(Pseudonym),
    /// Points a person has locked on open drops.
    Staked(Pseudonym),
    /// Where points come from; the only account that may be negative.
    Mint,
    /// Where forfeited points go.
    Burn,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Available(who) => write!(f, "available:{who}"),
            Self::Staked(who) => write!(f, "staked:{who}"),
            Self::Mint => f.write_str("mint"),
            Self::Burn => f.write_str("burn"),
        }
    }
}

impl FromStr for Account {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once(':') {
            Some(("available", who)) => who.parse().map(Self::Available),
            Some(("staked", who)) => who.parse().map(Self::Staked),
            _ if text == "mint" => Ok(Self::Mint),
            _ if text == "burn" => Ok(Self::Burn),
            _ => Err(InvalidId::new("account", text)),
        }
    }
}

impl TryFrom<String> for Account {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

/// One line of a booking: an account and what it gains (or loses, when negative).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move(pub Account, pub Points);
