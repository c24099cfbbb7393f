//! Findings as epochs fix them, how they are named, and what the operator makes of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{FindingId, InvalidId, Millionths, Pseudonym};
use crate::policy::{FindingEffect, FindingEffects};

/// What kind of pattern was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A group that praises its own members far beyond what shared taste explains.
    MutualPraise,
    /// A group that rates the same drops at the same time with the same stars.
    Lockstep,
    /// A group that praises, or damns, the same drops against what all others say of them.
    OneWay,
    /// A person who rated far more on one day than others ever do.
    AbnormalPace,
    /// People who rate one author far more than others' choices explain.
    AbnormalShare,
}

impl FindingKind {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MutualPraise => "mutual praise",
            Self::Lockstep => "lockstep",
            Self::OneWay => "one-way praise or blame",
            Self::AbnormalPace => "abnormal pace",
            Self::AbnormalShare => "abnormal share for one author",
        }
    }

    /// Whether it is about people who do something together, rather than about how much each of them does.
    pub const fn is_group(self) -> bool {
        matches!(self, Self::MutualPraise | Self::Lockstep | Self::OneWay)
    }

    /// What follows from a finding of this kind.
    pub const fn effect(self, effects: &FindingEffects) -> FindingEffect {
        match self {
            Self::MutualPraise => effects.mutual_praise,
            Self::Lockstep => effects.lockstep,
            Self::OneWay => effects.one_way,
            Self::AbnormalPace => effects.abnormal_pace,
            Self::AbnormalShare => effects.abnormal_share,
        }
    }

    /// The kind as it is hashed; never changes.
    const fn code(self) -> &'static str {
        match self {
            Self::MutualPraise => "mutual_praise",
            Self::Lockstep => "lockstep",
            Self::OneWay => "one_way",
            Self::AbnormalPace => "abnormal_pace",
            Self::AbnormalShare => "abnormal_share",
        }
    }
}

/// A pattern that suggests abuse. It merges votes or raises a flag, as policy has it; it never bans by itself.
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
    /// What follows from it. Before there was a choice, votes were merged.
    #[serde(default, skip_serializing_if = "FindingEffect::is_merge")]
    pub effect: FindingEffect,
}

impl Finding {
    /// What the finding is called: the same kind over the same people has the same name in every scan.
    pub fn id(&self) -> FindingId {
        finding_id(self.kind, &self.members)
    }
}

/// The first 16 bytes of SHA-256 over `signal.finding/1`, the kind and the members, sorted, each followed by a newline.
pub fn finding_id(kind: FindingKind, members: &[Pseudonym]) -> FindingId {
    let mut sorted = members.to_vec();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(format!("signal.finding/1\n{}\n", kind.code()));
    for member in sorted {
        hash.update(format!("{member}\n"));
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
    FindingId::from_bytes(id)
}

/// What the operator, having looked, makes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// There is nothing to it: the same finding takes no effect any more.
    Dismissed,
    /// It is so: it stays, also when the ratings alone no longer show it.
    Confirmed,
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Dismissed => "dismissed",
            Self::Confirmed => "confirmed",
        })
    }
}

impl FromStr for Resolution {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "dismissed" => Ok(Self::Dismissed),
            "confirmed" => Ok(Self::Confirmed),
            _ => Err(InvalidId::new("resolution (dismissed, confirmed)", text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonym(byte: u8) -> Pseudonym {
        Pseudonym::from_bytes([byte; 16])
    }

    #[test]
    fn a_finding_is_called_after_its_kind_and_its_people_in_any_order() {
        let id = finding_id(FindingKind::Lockstep, &[pseudonym(1), pseudonym(2)]);
        // printf 'signal.finding/1\nlockstep\n%s\n%s\n' (01 and 02, sixteen times each) | sha256sum | cut -c1-32
        assert_eq!(id.to_string(), "69464a3af1cc140abb6e5c9e438af01a");
        assert_eq!(id.short(), id.to_string()[24..]);
        assert_eq!(finding_id(FindingKind::Lockstep, &[pseudonym(2), pseudonym(1)]), id);
        assert_ne!(finding_id(FindingKind::OneWay, &[pseudonym(1), pseudonym(2)]), id);
        assert_ne!(finding_id(FindingKind::Lockstep, &[pseudonym(1)]), id);
    }

    #[test]
    fn kinds_are_spelled_alike_where_they_are_hashed_and_where_they_are_written() {
        for kind in [
            FindingKind::MutualPraise,
            FindingKind::Lockstep,
            FindingKind::OneWay,
            FindingKind::AbnormalPace,
            FindingKind::AbnormalShare,
        ] {
            assert_eq!(serde_json::to_string(&kind).expect("writes"), format!("{:?}", kind.code()));
        }
    }

    #[test]
    fn resolutions_are_read_as_they_are_shown() {
        for resolution in [Resolution::Dismissed, Resolution::Confirmed] {
            assert_eq!(resolution.to_string().parse(), Ok(resolution));
        }
        assert!("maybe".parse::<Resolution>().is_err());
    }
}
