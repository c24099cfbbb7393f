//! The ledger, and what follows from it.

use serde::Serialize;

use super::super::shown;
use super::people::{Person, TrustScoreAnswer};
use crate::ledger::{EventKind, Fault, Outcome, Resolution};
use crate::model::{Account, DropId, FindingId, Hash, Millionths, Points, Timestamp};
use crate::policy::FindingEffect;

/// One line of the arithmetic behind a balance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainLine {
    /// Which entry.
    pub position: u64,
    /// When.
    #[serde(with = "shown::time")]
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// What it moved on the person's accounts: `available` or `staked`, and how much.
    pub moves: Vec<(String, Points)>,
    /// Available points afterwards.
    pub available_millipoints: Points,
    /// Staked points afterwards.
    pub staked_millipoints: Points,
}

/// What one settled drop added to a trust score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainDrop {
    /// The entry that settled it.
    pub position: u64,
    /// Which drop.
    pub drop: DropId,
    /// How its stake ended.
    pub outcome: Outcome,
    /// What was left of the stake then.
    pub stake_millipoints: Points,
    /// Its validation score.
    #[serde(serialize_with = "shown::fraction::serialize")]
    pub score: Option<Millionths>,
    /// Stake · score, in 10⁻⁹ points, which is exact.
    pub bonus_nanopoints: i64,
    /// The stake, where the drop failed.
    pub penalty_millipoints: Points,
    /// Σ of the bonuses up to here.
    pub bonus_sum_nanopoints: i64,
    /// Σ of the penalties up to here.
    pub penalty_sum_millipoints: Points,
}

/// A sum over the entries beside what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainSum {
    /// Of what.
    pub what: String,
    /// What the entries sum to.
    pub entries: String,
    /// What is stored, or answered elsewhere.
    pub stored: String,
    /// Whether they are the same.
    pub equal: bool,
}

/// The entries behind a person's balance and score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainAnswer {
    /// Whose.
    pub user: Person,
    /// In order.
    pub lines: Vec<ExplainLine>,
    /// The settled drops among them that count for the score.
    pub drops: Vec<ExplainDrop>,
    /// Whether every sum over the entries is what is stored.
    pub equal: bool,
    /// The sums.
    pub sums: Vec<ExplainSum>,
    /// Entries of the person whose bodies went with somebody else who left; sums may then lack what they said.
    pub erased_entries: u64,
    /// The score they lead to.
    pub score: TrustScoreAnswer,
}

/// The newest state of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckpointAnswer {
    /// Entries.
    pub entries: u64,
    /// The root over them.
    pub root: Hash,
    /// Instant of the newest.
    #[serde(with = "shown::some_time")]
    pub at: Option<Timestamp>,
}

/// A verification of the whole ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyAnswer {
    /// Whether everything holds.
    pub verified: bool,
    /// Entries checked.
    pub entries: u64,
    /// The root over them.
    pub root: Option<Hash>,
    /// Bodies that were erased.
    pub erased_bodies: u64,
    /// The first entry that is wrong.
    pub position: Option<u64>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// What that is called.
    pub fault: Option<Fault>,
}

/// A stored projection that does not follow from the entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which, such as `state of user:…` or `edge … → …`.
    pub what: String,
    /// What is stored.
    pub stored: String,
    /// What follows from the entries.
    pub recomputed: String,
}

/// A replay of the whole ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayAnswer {
    /// Whether everything stored follows from the entries.
    pub equal: bool,
    /// Entries folded.
    pub entries: u64,
    /// State rows compared.
    pub states: u64,
    /// Trust edges compared.
    pub edges: u64,
    /// The newest epoch, whose standings were compared; none before the first, and where somebody was erased since.
    pub standings_of_epoch: Option<u64>,
    /// Sum over all accounts; zero.
    pub books_sum_millipoints: Points,
    /// Accounts below zero other than `mint`.
    pub negative: Vec<Account>,
    /// What differs; at most 100.
    pub differences: Vec<Difference>,
}

/// What closing an epoch fixed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EpochAnswer {
    /// Its number.
    pub number: u64,
    /// People with a standing.
    pub people: usize,
    /// What the restart set was.
    pub restart: String,
    /// Findings, each with its members.
    pub findings: Vec<FindingAnswer>,
}

/// A scan for abuse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScanAnswer {
    /// Entries of the ledger that it looked at: all of them.
    pub entries: u64,
    /// What it found.
    pub findings: Vec<FindingAnswer>,
}

/// Accounts by how suspicious the newest epoch has them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SuspectsAnswer {
    /// The epoch's number; none before the first.
    pub epoch: Option<u64>,
    /// Accounts it has.
    pub accounts: usize,
    /// The most suspicious first.
    pub suspects: Vec<SuspectAnswer>,
}

/// What an epoch says of one account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SuspectAnswer {
    /// Whose.
    pub user: Person,
    /// The share of accounts that are less suspicious, in [0, 1].
    pub suspicion: f64,
    /// Standing; 1 is average.
    pub standing: f64,
    /// How well their early ratings fared, in [0, 1].
    pub reliability: f64,
    /// The share of all privileges, in [0, 1].
    pub privilege: f64,
    /// Whether the account is in a finding of that epoch that was not dismissed.
    pub found: bool,
    /// Whether it is frozen.
    pub frozen: bool,
}

/// A pattern that suggests abuse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingAnswer {
    /// The same for the same kind over the same people.
    pub id: FindingId,
    /// The end of it, which is what people see.
    pub short: String,
    /// What was found.
    pub kind: String,
    /// Who is part of it.
    pub members: Vec<Person>,
    /// In [0, 1].
    pub probability: f64,
    /// What a moderator can read.
    pub evidence: String,
    /// What follows from it.
    pub effect: FindingEffect,
    /// What the operator made of it.
    pub resolution: Option<ResolutionAnswer>,
}

/// What the operator made of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResolutionAnswer {
    /// What it is.
    pub resolution: Resolution,
    /// Why.
    pub note: String,
    /// When that was said.
    #[serde(with = "shown::time")]
    pub at: Timestamp,
}
