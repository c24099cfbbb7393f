//! The tables that an epoch fixes. They speak of pseudonyms only, so an erasure need not touch them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::to_json;
use crate::model::{Hash, Millionths, Pseudonym};

/// What an epoch says of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who.
    pub who: Pseudonym,
    /// Share of all standing, times the number of people, in millionths: 1,000,000 is average.
    pub standing: u64,
    /// How well their early ratings fared.
    pub reliability: Millionths,
    /// How suspicious the account looks.
    pub suspicion: Millionths,
}

/// What kind of pattern was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A group that praises its own members far beyond what shared taste explains.
    MutualPraise,
}

/// A pattern that suggests abuse. It merges votes and raises flags; it never bans by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub kind: FindingKind,
    /// Who is part of it, sorted.
    pub members: Vec<Pseudonym>,
    /// How sure we are.
    pub probability: Millionths,
    /// What a moderator can read.
    pub evidence: String,
}

/// Everything one epoch fixes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EpochTables {
    /// Every claimed person, sorted by pseudonym.
    pub standings: Vec<Standing>,
    /// Every finding.
    pub findings: Vec<Finding>,
}

impl EpochTables {
    /// The bytes a store keeps and the digest the ledger carries.
    pub fn to_bytes(&self) -> (Vec<u8>, Hash) {
        let bytes = to_json(self);
        let hash = Self::digest(&bytes);
        (bytes, hash)
    }

    /// The digest under which tables are kept.
    pub fn digest(bytes: &[u8]) -> Hash {
        Hash::from_bytes(Sha256::digest(bytes).into())
    }

    /// Reads the bytes a store kept.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// What the epoch says of a person, where it knows them.
    pub fn standing(&self, who: Pseudonym) -> Option<&Standing> {
        self.standings.binary_search_by_key(&who, |s| s.who).ok().and_then(|i| self.standings.get(i))
    }

    /// The finding a person is part of, by its index.
    pub fn finding_of(&self, who: Pseudonym) -> Option<usize> {
        self.findings.iter().position(|f| f.members.binary_search(&who).is_ok())
    }
}
