//! Balances from the sealed leaves alone.

use std::collections::BTreeMap;

use super::SoakError;
use crate::ledger::{Leaf, StreamState};
use crate::model::{Account, Move, Points};

/// What every account holds.
#[derive(Debug, Default)]
pub(super) struct Books {
    balances: BTreeMap<Account, Points>,
    /// Σ over all of them, kept up with every move.
    sum: i128,
    pub(super) moving: u64,
}

impl Books {
    /// Books a leaf, and looks whether the sum is zero and whether anybody but `mint` is below it.
    pub(super) fn book(&mut self, leaf: &Leaf) -> Result<(), SoakError> {
        let wrong = |what: String| SoakError::Books { position: leaf.position, what };
        for Move(account, points) in &leaf.moves {
            let balance = self.balances.entry(*account).or_default();
            *balance = *balance + *points;
            self.sum += i128::from(points.milli());
        }
        self.moving += u64::from(!leaf.moves.is_empty());
        if self.sum != 0 {
            return Err(wrong(format!("the books sum to {} milli-points", self.sum)));
        }
        for Move(account, _) in &leaf.moves {
            let balance = self.of(*account);
            if balance < Points::ZERO && *account != Account::Mint {
                return Err(wrong(format!("{account} holds {balance}")));
            }
            if balance == Points::ZERO {
                self.balances.remove(account);
            }
        }
        Ok(())
    }

    /// What an account holds.
    pub(super) fn of(&self, account: Account) -> Points {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// Looks whether a person's folded state says what the leaves say.
    pub(super) fn agree(&self, position: u64, state: &StreamState) -> Result<(), SoakError> {
        let StreamState::User(user) = state else { return Ok(()) };
        let booked = (self.of(Account::Available(user.pseudonym)), self.of(Account::Staked(user.pseudonym)));
        if booked == (user.available, user.staked) {
            return Ok(());
        }
        let (available, staked) = booked;
        let what = format!(
            "{} has {} available and {} staked, and the leaves say {available} and {staked}",
            user.id, user.available, user.staked
        );
        Err(SoakError::Books { position, what })
    }

    /// Adds everything up anew.
    pub(super) fn recount(&self, position: u64) -> Result<(), SoakError> {
        let sum: i128 = self.balances.values().map(|points| i128::from(points.milli())).sum();
        let wrong = |what: String| Err(SoakError::Books { position, what });
        if sum != 0 {
            return wrong(format!("the accounts sum to {sum} milli-points"));
        }
        let below =
            |(account, points): &(&Account, &Points)| **points < Points::ZERO && **account != Account::Mint;
        match self.balances.iter().find(below) {
            Some((account, points)) => wrong(format!("{account} holds {points}")),
            None => Ok(()),
        }
    }
}
