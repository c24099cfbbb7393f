//! Closing an epoch: standings, reliabilities and findings, fixed as one entry.

use std::collections::BTreeMap;

use super::super::answer::EpochAnswer;
use super::super::graph::restart_words;
use super::super::{Engine, EngineError, Result, TAIL_CHUNK, corrupt};
use super::findings::{Counted, findings};
use super::guard::finding_answer;
use crate::decide::Command;
use crate::host::offload;
use crate::integrity::sybil::{Labels, Links, suspicions};
use crate::integrity::{reliability, suspicion};
use crate::ledger::{ContentChange, EpochTables, RaterStance, Standing};
use crate::live::Live;
use crate::model::{Millionths, Timestamp, UserId, Verification};
use crate::policy::{AdmissionPolicy, BridgingPolicy, IntegrityPolicy, Policy, ValidationPolicy};
use crate::reputation::bridging::{RatedDrop, fit};
use crate::reputation::{Applicant, privilege, settled_age};
use crate::trust::{Restart, RestartKind, Spread, Standings, Stop, standing};

impl Engine {
    /// Fixes what the next settlements will weigh ratings by: standing and reliability of everyone claimed, and the
    /// findings. They come from everything up to the newest entry.
    pub async fn close_epoch(&self) -> Result<EpochAnswer> {
        self.catch_up().await?;
        let (rules, policy) = self.policy().await?;
        let ears = self.ears().await?;
        let (live, before) = (self.live(Live::clone), self.counted());
        let now = self.now();
        let work = offload(self.host(), move || {
            let (standings, restart) = standings(&live, &policy, now);
            let counted = Counted::follow(before.as_deref(), &live);
            let findings = findings(&live, &counted, &ears, &policy.integrity);
            let stances = stances(&live, &policy.validation.bridging);
            let (v, position, at) = (EpochTables::VERSION, live.position, Some(now));
            let tables = EpochTables { v, position, policy: rules, at, standings, findings, stances };
            (tables, restart, live, policy, counted)
        });
        let (tables, restart, live, policy, counted) =
            work.await.ok_or(EngineError::Lost { what: "the epoch" })?;
        self.keep_counted(counted);
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

    /// The standings and stances that follow from what an epoch's tables say they were computed from.
    pub(super) async fn recompute_tables(
        &self,
        tables: &EpochTables,
    ) -> Result<(Vec<Standing>, Vec<RaterStance>)> {
        let policy = self.policy_number(tables.policy).await?;
        let (position, at) = (tables.position, tables.at.unwrap_or_default());
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
        let work = offload(self.host(), move || {
            (standings(&live, &policy, at).0, stances(&live, &policy.validation.bridging))
        });
        work.await.ok_or(EngineError::Lost { what: "the standings" })
    }
}

/// Standing, reliability, suspicion and privileges of everyone claimed, sorted by pseudonym. They follow from the ledger and
/// the instant alone.
fn standings(live: &Live, policy: &Policy, now: Timestamp) -> (Vec<Standing>, RestartKind) {
    let restart = restart(live, &policy.integrity);
    let stop = Stop::After(policy.integrity.iterations);
    let shares = standing(&live.graph, &restart, Spread { damping: policy.integrity.damping, stop });
    let suspicions = suspects(live, &restart, &shares);
    let records = records(live, &policy.validation);
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
                privilege: Millionths::ONE,
            }
        })
        .collect();
    standings.sort_by_key(|s| s.who);
    admit(&mut standings, live, &policy.admission, now);
    (standings, restart.kind)
}

/// Gives everybody their share of all privileges: all of them where few are known.
fn admit(standings: &mut [Standing], live: &Live, policy: &AdmissionPolicy, now: Timestamp) {
    if standings.len() < policy.least_people {
        return;
    }
    let known: BTreeMap<_, _> = live.people.values().map(|person| (person.pseudonym, person)).collect();
    let applicants: Vec<_> = standings
        .iter()
        .filter_map(|row| {
            let person = known.get(&row.who)?;
            let verified = person.verification > Verification::None;
            Some(Applicant { since: person.since, standing: row.standing, verified })
        })
        .collect();
    let settled = settled_age(&applicants, now, policy);
    for (row, applicant) in standings.iter_mut().zip(&applicants) {
        row.privilege = privilege(applicant, now, settled, policy);
    }
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

/// For every rater, how many of their ratings given before an outcome was known agreed with it, and of how many. What a circle
/// says among itself says nothing of how well its members judge for all.
fn records(live: &Live, policy: &ValidationPolicy) -> BTreeMap<UserId, (u32, u32)> {
    let mut records: BTreeMap<UserId, (u32, u32)> = BTreeMap::new();
    for drop in live.drops.values().filter(|drop| drop.circle.is_none()) {
        let Some((_, Some(score), ..)) = drop.ended else {
            continue;
        };
        for (rater, stars, _) in drop.ratings.iter().filter(|(.., at)| drop.rated_blind(*at)) {
            let record = records.entry(*rater).or_default();
            record.1 += 1;
            let agrees = (stars.millionths().as_f64() - score.as_f64()).abs() <= policy.agreement.as_f64();
            record.0 += u32::from(agrees);
        }
    }
    records
}

/// What the bridging model learns from the ratings of drops for everybody, sorted by pseudonym. It follows from the ledger
/// alone.
fn stances(live: &Live, policy: &BridgingPolicy) -> Vec<RaterStance> {
    let mut ratings = Vec::new();
    for (id, drop) in live.drops.iter().filter(|(_, drop)| drop.circle.is_none()) {
        ratings.extend(drop.ratings.iter().filter(|(.., at)| drop.rated_blind(*at)).filter_map(
            |(rater, stars, at)| {
                let rater = live.people.get(rater)?.pseudonym;
                Some(RatedDrop { rater, drop: *id, value: stars.millionths(), at: *at })
            },
        ));
    }
    let found = fit(ratings, policy).unwrap_or_default().raters;
    found.into_iter().map(|(who, stance, without_top)| RaterStance { who, stance, without_top }).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
fn millionths(value: f64) -> u64 {
    (value * 1e6).round().clamp(0.0, 1e15) as u64
}
