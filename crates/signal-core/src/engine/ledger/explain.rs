//! What is behind a balance and a score: the entries, and the sums over them beside what is stored.

use std::collections::BTreeSet;

use super::super::answer::{ExplainAnswer, ExplainDrop, ExplainLine, ExplainSum};
use super::super::{Engine, Result};
use crate::ledger::{Entry, Event, Outcome, Settlement, StreamId, UserState};
use crate::model::{Account, DropId, Points, Timestamp, UserId, UtcDay, Viewer};
use crate::trust::{ScoreInput, trust_score};

/// Entries read at once.
const CHUNK: u32 = 1_000;

/// Sums over the entries of one person.
struct Sums {
    available: Points,
    staked: Points,
    days: BTreeSet<UtcDay>,
    registered_at: Option<Timestamp>,
    last_drop_at: Option<Timestamp>,
    bonus: i64,
    penalty: Points,
    lines: Vec<ExplainLine>,
    drops: Vec<ExplainDrop>,
}

impl Sums {
    fn new() -> Self {
        Self {
            available: Points::ZERO,
            staked: Points::ZERO,
            days: BTreeSet::new(),
            registered_at: None,
            last_drop_at: None,
            bonus: 0,
            penalty: Points::ZERO,
            lines: Vec::new(),
            drops: Vec::new(),
        }
    }

    fn add(&mut self, entry: &Entry, event: &Event, who: &UserState) {
        let leaf = &entry.leaf;
        self.registered_at = self.registered_at.or(Some(leaf.at));
        if event.deliberate_actor() == Some(who.id) {
            self.days.insert(leaf.at.utc_day());
        }
        match event {
            Event::DropMade { author, .. } if *author == who.id => self.last_drop_at = Some(leaf.at),
            Event::DropSettled { drop, author, settlement } if *author == who.id => {
                self.settle(leaf.position, *drop, settlement);
            }
            _ => {}
        }
        let mut moves = Vec::new();
        for booked in &leaf.moves {
            match booked.0 {
                Account::Available(one) if one == who.pseudonym => {
                    self.available = self.available + booked.1;
                    moves.push(("available".to_owned(), booked.1));
                }
                Account::Staked(one) if one == who.pseudonym => {
                    self.staked = self.staked + booked.1;
                    moves.push(("staked".to_owned(), booked.1));
                }
                _ => {}
            }
        }
        self.lines.push(ExplainLine {
            position: leaf.position,
            at: leaf.at,
            kind: leaf.kind,
            moves,
            available_millipoints: self.available,
            staked_millipoints: self.staked,
        });
    }

    /// Adds what a settled drop adds to the score: stake · score, and the stake itself where it failed.
    fn settle(&mut self, position: u64, drop: DropId, settlement: &Settlement) {
        let Some(score) = settlement.score else { return };
        let bonus = settlement.left.milli().saturating_mul(i64::from(score.get()));
        let penalty = if settlement.outcome == Outcome::Failure { settlement.left } else { Points::ZERO };
        self.bonus = self.bonus.saturating_add(bonus);
        self.penalty = self.penalty + penalty;
        self.drops.push(ExplainDrop {
            position,
            drop,
            outcome: settlement.outcome,
            stake_millipoints: settlement.left,
            score: Some(score),
            bonus_nanopoints: bonus,
            penalty_millipoints: penalty,
            bonus_sum_nanopoints: self.bonus,
            penalty_sum_millipoints: self.penalty,
        });
    }
}

impl Engine {
    /// The entries behind a person's balance and score, with the arithmetic, and whether the sums over them are what
    /// is stored; for themselves and the operator. Costs a read of every entry of the person.
    pub async fn explain(&self, viewer: Viewer, user: UserId) -> Result<ExplainAnswer> {
        self.own(viewer, user).await?;
        let policy = self.policy().await?.1.trust;
        let state = self.state_of(user).await?;
        let (mut sums, mut version, mut erased) = (Sums::new(), 0, 0);
        loop {
            let entries = self.store().stream_entries(StreamId::User(user), version, CHUNK).await?;
            for stored in &entries {
                let mut entry = stored.read()?;
                let Some(body) = entry.body.take() else { continue };
                let own = body.streams.iter().find(|(stream, _)| *stream == StreamId::User(user));
                let next = own.map_or(version + 1, |(_, version)| *version);
                erased += next.saturating_sub(version + 1);
                version = next;
                sums.add(&entry, &body.event, &state);
            }
            if entries.len() < CHUNK as usize {
                break;
            }
        }
        let score = self.trust_score(viewer, user).await?;
        let input = ScoreInput {
            active_days: u32::try_from(sums.days.len()).unwrap_or(u32::MAX),
            registered_at: sums.registered_at.unwrap_or(state.registered_at),
            last_drop_at: sums.last_drop_at,
            bonus: sums.bonus,
            penalty: sums.penalty,
        };
        let again = trust_score(&input, &policy, score.at);
        let sum = |what: &str, entries: String, stored: String| ExplainSum {
            what: what.to_owned(),
            equal: entries == stored,
            entries,
            stored,
        };
        let mut checks = vec![
            sum("available", sums.available.to_string(), state.available.to_string()),
            sum("staked", sums.staked.to_string(), state.staked.to_string()),
            sum("active days", input.active_days.to_string(), state.active_days.to_string()),
            sum("bonus", nanopoints(sums.bonus), nanopoints(state.bonus)),
            sum("penalty", sums.penalty.to_string(), state.penalty.to_string()),
            sum("score", again.score.to_string(), score.score.to_string()),
        ];
        if let Some(decay) = score.decay {
            checks.push(sum("decay", again.decay.to_string(), decay.to_string()));
        }
        Ok(ExplainAnswer {
            user: self.person(user),
            lines: sums.lines,
            drops: sums.drops,
            equal: checks.iter().all(|check| check.equal),
            sums: checks,
            erased_entries: erased,
            score,
        })
    }
}

/// Points to the ninth place, as stakes times millionths have them.
fn nanopoints(nano: i64) -> String {
    format!("{}.{:09}", nano.div_euclid(1_000_000_000), nano.rem_euclid(1_000_000_000))
}
