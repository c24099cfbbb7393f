//! The tables that an epoch fixes. They speak of pseudonyms only, so an erasure need not touch them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::to_json;
use super::finding::Finding;
use crate::model::{Hash, Millionths, Pseudonym, Timestamp};

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
    /// The share of all privileges that the account has; written where it is not all of them.
    #[serde(default = "all", skip_serializing_if = "is_all")]
    pub privilege: Millionths,
}

const fn all() -> Millionths {
    Millionths::ONE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_all(share: &Millionths) -> bool {
    *share == Millionths::ONE
}

/// How a rater rates, in millionths of all stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stance {
    /// How much more than others they give.
    pub tendency: i32,
    /// How far, and to which of two sides, their stars move where people divide. Which of the sides is positive means
    /// nothing.
    pub side: i32,
}

/// What the bridging model knows of a rater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaterStance {
    /// Who.
    pub who: Pseudonym,
    /// Their stance.
    pub stance: Stance,
    /// Their stance fitted without the raters who rated most; none for those.
    pub without_top: Option<Stance>,
}

/// Everything one epoch fixes, and what it was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochTables {
    /// Version of this format.
    pub v: u8,
    /// Entries it was computed from: the size of the ledger then.
    pub position: u64,
    /// Number of the policy it was computed under.
    pub policy: u32,
    /// When it was computed, where accounts had an age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Every claimed person, sorted by pseudonym.
    pub standings: Vec<Standing>,
    /// Every finding.
    pub findings: Vec<Finding>,
    /// Every rater whom the bridging model knows, sorted by pseudonym; none where there were too few ratings to fit it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stances: Vec<RaterStance>,
}

impl EpochTables {
    /// Version of the format written by this code. The second knows of newcomers, and of stances.
    pub const VERSION: u8 = 2;

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

    /// What the bridging model knows of a person, where it knows them.
    pub fn stance(&self, who: Pseudonym) -> Option<&RaterStance> {
        self.stances.binary_search_by_key(&who, |s| s.who).ok().and_then(|i| self.stances.get(i))
    }

    /// Whether the epoch decided who is a newcomer: whoever it does not know then is one. Before, nobody was.
    pub const fn knows_newcomers(&self) -> bool {
        self.at.is_some()
    }

    /// The `most` people of the highest standing, highest first, equals by pseudonym. Takes O(people).
    pub fn leaders(&self, most: usize) -> Vec<Pseudonym> {
        let mut rows: Vec<&Standing> = self.standings.iter().filter(|row| row.standing > 0).collect();
        let order = |x: &&Standing, y: &&Standing| y.standing.cmp(&x.standing).then(x.who.cmp(&y.who));
        if most > 0 && most < rows.len() {
            rows.select_nth_unstable_by(most - 1, order);
        }
        rows.truncate(most);
        rows.sort_unstable_by(order);
        rows.into_iter().map(|row| row.who).collect()
    }

    /// Whether a finding raises the minimum stake of a person. Takes O(findings · log members).
    pub fn raises(&self, who: Pseudonym) -> bool {
        let raises =
            |finding: &Finding| finding.effect.raises() && finding.members.binary_search(&who).is_ok();
        self.findings.iter().any(raises)
    }

    /// The finding that merges a person's votes with others', by its index. Nobody is in two of those.
    pub fn finding_of(&self, who: Pseudonym) -> Option<usize> {
        let merges =
            |finding: &Finding| finding.effect.merges() && finding.members.binary_search(&who).is_ok();
        self.findings.iter().position(merges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_yesterday_are_read() {
        let bytes = br#"{"v":1,"position":42,"policy":3,"standings":[{"who":"000102030405060708090a0b0c0d0e0f","standing":1500000,"reliability":500000,"suspicion":250000}],"findings":[{"kind":"mutual_praise","members":["000102030405060708090a0b0c0d0e0f"],"probability":900000,"evidence":"words"}]}"#;
        let tables = EpochTables::from_bytes(bytes).expect("reads");
        let who = "000102030405060708090a0b0c0d0e0f".parse().expect("a pseudonym");
        assert_eq!((tables.v, tables.position, tables.policy), (1, 42, 3));
        assert_eq!(
            tables.standing(who).map(|s| (s.standing, s.privilege)),
            Some((1_500_000, Millionths::ONE))
        );
        assert!(!tables.knows_newcomers());
        assert_eq!(tables.finding_of(who), Some(0));
        assert_eq!((tables.leaders(0), tables.leaders(5)), (vec![], vec![who]));
        assert_eq!(tables.to_bytes(), (bytes.to_vec(), EpochTables::digest(bytes)));
    }

    #[test]
    fn only_what_merges_votes_links_people() {
        let bytes = br#"{"v":1,"position":42,"policy":3,"standings":[],"findings":[{"kind":"abnormal_pace","members":["000102030405060708090a0b0c0d0e0f"],"probability":950000,"evidence":"words","effect":"flag"},{"kind":"lockstep","members":["000102030405060708090a0b0c0d0e0f"],"probability":900000,"evidence":"words"}]}"#;
        let tables = EpochTables::from_bytes(bytes).expect("reads");
        let who = "000102030405060708090a0b0c0d0e0f".parse().expect("a pseudonym");
        assert_eq!((tables.finding_of(who), tables.raises(who)), (Some(1), false));
        assert_eq!(tables.to_bytes().0, bytes);
        let text = std::str::from_utf8(bytes).expect("text").replace("\"flag\"", "\"raise\"");
        let raised = EpochTables::from_bytes(text.as_bytes()).expect("reads");
        assert!(raised.raises(who) && !raised.raises(Pseudonym::from_bytes([9; 16])));
        assert_eq!(raised.finding_of(who), Some(0));
        assert_eq!(raised.to_bytes().0, text.as_bytes());
    }

    #[test]
    fn tables_with_newcomers_and_stances_are_read() {
        let bytes = br#"{"v":2,"position":42,"policy":3,"at":1780272000000000,"standings":[{"who":"000102030405060708090a0b0c0d0e0f","standing":0,"reliability":500000,"suspicion":250000,"privilege":400000},{"who":"100102030405060708090a0b0c0d0e0f","standing":2,"reliability":500000,"suspicion":250000}],"findings":[],"stances":[{"who":"000102030405060708090a0b0c0d0e0f","stance":{"tendency":-20000,"side":150000},"without_top":{"tendency":-21000,"side":140000}},{"who":"100102030405060708090a0b0c0d0e0f","stance":{"tendency":0,"side":-150000},"without_top":null}]}"#;
        let tables = EpochTables::from_bytes(bytes).expect("reads");
        let known = "100102030405060708090a0b0c0d0e0f".parse().expect("a pseudonym");
        assert_eq!(
            tables.stance(known).map(|row| (row.stance.side, row.without_top)),
            Some((-150_000, None))
        );
        assert_eq!(tables.stance(Pseudonym::from_bytes([9; 16])), None);
        let shares: Vec<_> = tables.standings.iter().map(|row| row.privilege.get()).collect();
        assert!(tables.knows_newcomers() && shares == [400_000, 1_000_000], "{shares:?}");
        assert_eq!(tables.to_bytes().0, bytes);
    }
}
