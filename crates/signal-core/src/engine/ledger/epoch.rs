//! Closing an epoch: standings, reliabilities and findings, fixed as one entry.

use std::collections::BTreeMap;

use super::super::answer::EpochAnswer;
use super::super::graph::restart_words;
use super::super::{Engine, EngineError, Result, TAIL_CHUNK, corrupt};
use super::findings::findings;
use super::guard::finding_answer;
use crate::decide::Command;
use crate::host::offload;
use crate::integrity::sybil::{Labels, Links, suspicions};
use crate::integrity::{reliability, suspicion};
use crate::ledger::{ContentChange, EpochTables, Standing};
use crate::live::Live;
use crate::model::{Millionths, UserId, Verification};
use crate::policy::{IntegrityPolicy, Policy};
use crate::trust::{Restart, RestartKind, Spread, Standings, Stop, standing};

/// Difference between a rating and the outcome up to which they agree, in [0, 1].
const AGREEMENT: f64 = 0.25;

impl Engine {
    /// Fixes what the next settlements will weigh ratings by: standing and reliability of everyone claimed, and the
    /// findings. They come from everything up to the newest entry.
    pub async fn close_epoch(&self) -> Result<EpochAnswer> {
        self.catch_up().await?;
        let (rules, policy) = self.policy().await?;
        let ears = self.ears().await?;
        let live = self.live(Live::clone);
        let work = offload(self.host(), move || {
            let (standings, restart) = standings(&live, &policy);
            let findings = findings(&live, &ears, &policy.integrity);
            let (v, position) = (EpochTables::VERSION, live.position);
            let tables = EpochTables { v, position, policy: rules, standings, findings };
            (tables, restart, live, policy)
        });
        let (tables, restart, live, policy) = work.await.ok_or(EngineError::Lost { what: "the epoch" })?;
        let (bytes, hash) = tables.to_bytes();
        let content = vec![ContentChange::PutTables { hash, bytes }];
        self.execute_with(&Command::CloseEpoch { tables: hash }, content).await?;
        let number = self.community().await?.epoch.map_or(0, |epoch| epoch.number);
        self.fix_counts(&live, number, &policy).await?;
        Ok(EpochAnswer {
            number,
            people: tables.standings.len(),
            restart: restart_words(restart).to_owned(),
            findings: tables.findings.iter().map(|finding| finding_answer(finding, &live)).collect(),
        })
    }

    /// The standings that follow from the first entries of the ledger under a policy.
    pub(super) async fn recompute_standings(&self, position: u64, policy: u32) -> Result<Vec<Standing>> {
        let policy = self.policy_number(policy).await?;
        let mut live = Live::default();
        while live.position < position {
            let limit = u32::try_from(position - live.position).unwrap_or(TAIL_CHUNK).min(TAIL_CHUNK);
            let entries = self.store().entries(live.position, limit).await?;
            if entries.is_empty() {
                return Err(corrupt(
                    "compute standings",
                    format!("entry {}", live.position),
                    "it is missing",
                )
                .into());
            }
            for entry in &entries {
                live.apply(entry)?;
            }
        }
        let work = offload(self.host(), move || standings(&live, &policy).0);
        work.await.ok_or(EngineError::Lost { what: "the standings" })
    }
}

/// Standing, reliability and suspicion of everyone claimed, sorted by pseudonym. They follow from the ledger alone.
fn standings(live: &Live, policy: &Policy) -> (Vec<Standing>, RestartKind) {
    let restart = restart(live, &policy.integrity);
    let stop = Stop::After(policy.integrity.iterations);
    let shares = standing(&live.graph, &restart, Spread { damping: policy.integrity.damping, stop });
    let suspicions = suspects(live, &restart, &shares);
    let records = records(live);
    let claimed = || live.people.iter().filter(|(_, p)| p.claimed && !p.frozen);
    let number = claimed().count() as f64;
    let mut standings: Vec<_> = claimed()
        .map(|(id, person)| {
            let (agreements, rated) = records.get(id).copied().unwrap_or_default();
            Standing {
                who: person.pseudonym,
                standing: millionths(shares.of(*id) * number),
                reliability: Millionths::from_f64(reliability(agreements, rated)),
                suspicion: Millionths::from_f64(suspicions.get(id).copied().unwrap_or(1.0)),
            }
        })
        .collect();
    standings.sort_by_key(|s| s.who);
    (standings, restart.kind)
}

/// How suspicious everyone is: by the people whom standing springs from, as honest seeds with their verification as a
/// prior, and by frozen accounts, as known bad ones. Where nobody is vouched for, by standing alone.
///
/// What a frozen account says of somebody who does not trust it counts for nothing: anybody can be smeared so.
fn suspects(live: &Live, restart: &Restart, shares: &Standings) -> BTreeMap<UserId, f64> {
    if restart.kind == RestartKind::AllClaimed {
        return suspicion(&live.graph, shares);
    }
    let frozen = |user: &UserId| live.people.get(user).is_some_and(|person| person.frozen);
    let mut graph = live.graph.clone();
    for user in live.people.keys() {
        graph.add_user(*user);
    }
    let speaks = |by, of| !frozen(&by) || live.graph.weight(of, by).is_some();
    let (links, people) = Links::of_trust(&graph, speaks);
    let number = |user: &UserId| people.binary_search(user).ok().and_then(|at| u32::try_from(at).ok());
    let honest = restart.weights.iter().filter_map(|(user, weight)| Some((number(user)?, *weight)));
    let labels = Labels {
        honest: honest.collect(),
        sybil: people.iter().filter(|user| frozen(user)).filter_map(number).collect(),
    };
    let found = suspicions(&links, &labels);
    people.into_iter().zip(found).collect()
}

/// Verified people by level; nobody verified: the operator's seeds, else everyone claimed, alike.
pub(in crate::engine) fn restart(live: &Live, policy: &IntegrityPolicy) -> Restart {
    let active = || live.people.iter().filter(|(_, p)| p.claimed && !p.frozen);
    let verified: Vec<_> = active()
        .filter_map(|(id, person)| match person.verification {
            Verification::None => None,
            Verification::Phone => Some((*id, policy.restart_phone)),
            Verification::Paid => Some((*id, policy.restart_paid)),
        })
        .collect();
    if !verified.is_empty() {
        return Restart { weights: verified, kind: RestartKind::Verified };
    }
    let seeds: Vec<_> = active().filter(|(_, person)| person.seed).map(|(id, _)| (*id, 1.0)).collect();
    if !seeds.is_empty() {
        return Restart { weights: seeds, kind: RestartKind::OperatorSeeds };
    }
    Restart { weights: active().map(|(id, _)| (*id, 1.0)).collect(), kind: RestartKind::AllClaimed }
}

/// For every rater, how many of their ratings given before an outcome was known agreed with it, and of how many.
fn records(live: &Live) -> BTreeMap<UserId, (u32, u32)> {
    let mut records: BTreeMap<UserId, (u32, u32)> = BTreeMap::new();
    for drop in live.drops.values() {
        let Some((_, Some(score), ..)) = drop.ended else {
            continue;
        };
        for (rater, stars, _) in drop.ratings.iter().filter(|(.., at)| drop.rated_blind(*at)) {
            let record = records.entry(*rater).or_default();
            record.1 += 1;
            let agrees = (stars.millionths().as_f64() - score.as_f64()).abs() <= AGREEMENT;
            record.0 += u32::from(agrees);
        }
    }
    records
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
fn millionths(value: f64) -> u64 {
    (value * 1e6).round().clamp(0.0, 1e15) as u64
}
