//! Findings that share a person are one: a vote cannot be merged into two.

use std::collections::BTreeSet;

use super::praise::GroupFinding;
use crate::model::UserId;

/// Joins findings that share members, so that nobody is in two. What joins is as sure as its surest part and of that
/// part's kind, and its evidence is that of all parts. In the order of the smallest member.
pub fn join_overlapping<K: Copy>(findings: Vec<(K, GroupFinding)>) -> Vec<(K, GroupFinding)> {
    let mut joined: Vec<(K, GroupFinding)> = Vec::new();
    for (kind, finding) in findings {
        let (touching, apart): (Vec<_>, Vec<_>) =
            joined.into_iter().partition(|(_, other)| overlap(&other.members, &finding.members));
        joined = apart;
        joined.push(touching.into_iter().fold((kind, finding), |new, old| join(old, new)));
    }
    joined.sort_by(|x, y| x.1.members.cmp(&y.1.members));
    joined
}

fn overlap(one: &[UserId], other: &[UserId]) -> bool {
    one.iter().any(|member| other.binary_search(member).is_ok())
}

fn join<K: Copy>(one: (K, GroupFinding), other: (K, GroupFinding)) -> (K, GroupFinding) {
    let kind = if other.1.probability > one.1.probability { other.0 } else { one.0 };
    let members: BTreeSet<UserId> = one.1.members.iter().chain(&other.1.members).copied().collect();
    let finding = GroupFinding {
        members: members.into_iter().collect(),
        probability: one.1.probability.max(other.1.probability),
        evidence: format!("{}; and {}", one.1.evidence, other.1.evidence),
    };
    (kind, finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn what_shares_a_person_is_one_finding() {
        let user = |n: u8| UserId::new(Timestamp::from_seconds(1), [n; 10]);
        let finding = |members: &[u8], probability: f64, evidence: &str| GroupFinding {
            members: members.iter().copied().map(user).collect(),
            probability,
            evidence: evidence.to_owned(),
        };
        let found = join_overlapping(vec![
            ('p', finding(&[1, 2], 0.5, "one")),
            ('p', finding(&[5, 6], 0.6, "two")),
            ('l', finding(&[8, 9], 0.7, "three")),
            ('l', finding(&[2, 5], 0.9, "four")),
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0, &found[0].1), ('l', &finding(&[1, 2, 5, 6], 0.9, "two; and one; and four")));
        assert_eq!((found[1].0, &found[1].1), ('l', &finding(&[8, 9], 0.7, "three")));
    }
}
