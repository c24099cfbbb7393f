//! Reading a person's accounts again and again, each as often as its service is worth it.

use std::collections::BTreeMap;

use super::super::answer::{SyncAnswer, SyncOutcome};
use super::{AGAIN_MICROS, AccountResult, Accounts, MICROS, REST_MICROS_MAX, REST_MICROS_MIN};
use crate::model::UserId;

/// Who played nothing for so long is not listening.
const SILENT_MICROS: u64 = 15 * 60 * MICROS;
/// The shortest rest of an account whose person is not listening.
const QUIET_MICROS: u64 = 10 * 60 * MICROS;

/// A watch over accounts of a person: whoever has it reads those that are due, and rests until the next one is.
#[derive(Debug)]
pub struct Watch {
    accounts: Accounts,
    user: UserId,
    only: Option<String>,
    rounds: BTreeMap<String, Round>,
    /// Whether the last reading ended with an error.
    failed: bool,
}

/// Where an account stands, in microseconds of rest: the machine's clock may stand still.
#[derive(Debug, Clone, Copy, Default)]
struct Round {
    /// How long until it is due.
    left: u64,
    /// How long nothing was played.
    silent: u64,
}

impl Accounts {
    /// A watch over one account of a person, or over all that are connected, also later on.
    pub fn watch(&self, user: UserId, only: Option<&str>) -> Watch {
        let only = only.map(ToOwned::to_owned);
        Watch { accounts: self.clone(), user, only, rounds: BTreeMap::new(), failed: false }
    }
}

impl Watch {
    /// Reads what is new of the accounts that are due, as [`Accounts::sync`] and [`Accounts::sync_all`] do. After an error
    /// the next rest is a minute.
    pub async fn read(&mut self, progress: &(dyn Fn(u64) + Sync)) -> AccountResult<Vec<SyncAnswer>> {
        let done = self.read_due(progress).await;
        self.failed = done.is_err();
        done
    }

    async fn read_due(&mut self, progress: &(dyn Fn(u64) + Sync)) -> AccountResult<Vec<SyncAnswer>> {
        let watched = match &self.only {
            Some(platform) => vec![platform.clone()],
            None => self.accounts.connected(self.user).await?,
        };
        self.rounds.retain(|platform, _| watched.contains(platform));
        let mut answers = Vec::new();
        for platform in watched {
            let before = *self.rounds.entry(platform.clone()).or_default();
            if before.left > 0 {
                continue;
            }
            let answer = match &self.only {
                Some(_) => self.accounts.sync(self.user, &platform, progress).await?,
                None => self.accounts.sync_or_say(self.user, &platform, progress).await?,
            };
            let silent = if answer.read == 0 { before.silent } else { 0 };
            self.rounds.insert(platform, Round { left: self.rest_after(&answer, silent), silent });
            answers.push(answer);
        }
        Ok(answers)
    }

    fn rest_after(&self, answer: &SyncAnswer, silent: u64) -> u64 {
        let rest = self.accounts.rest_micros(std::slice::from_ref(answer));
        let is_quiet = answer.outcome == SyncOutcome::Synced && silent >= SILENT_MICROS;
        if is_quiet { rest.max(QUIET_MICROS) } else { rest }
    }

    /// Rests until the first account is due, within [`REST_MICROS_MIN`] and [`REST_MICROS_MAX`]: an account that is connected
    /// meanwhile is seen after that.
    pub async fn rest(&mut self) {
        let soonest = self.rounds.values().map(|round| round.left).min();
        let rest = if self.failed { AGAIN_MICROS } else { soonest.unwrap_or(REST_MICROS_MAX) };
        let rest = rest.clamp(REST_MICROS_MIN, REST_MICROS_MAX);
        self.accounts.engine.host().sleep(rest).await;
        for round in self.rounds.values_mut() {
            round.left = round.left.saturating_sub(rest);
            round.silent = round.silent.saturating_add(rest);
        }
    }
}
