//! An attack and its honest twin, side by side.

use std::sync::Arc;

use serde::Serialize;

use super::super::{Outcome, Plan, Simulation};
use super::{AttackKind, Plant, Planted};
use crate::engine::Result;
use crate::store::MemoryStore;

/// A community to be attacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttackTrial {
    /// How many people there are, attackers included.
    pub size: usize,
    /// Of a hundred people, how many attack.
    pub percent: usize,
    /// How many days they live.
    pub days: u32,
    /// Decides everything that chance decides.
    pub seed: u64,
}

/// What came of an attack.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttackRow {
    /// Which attack.
    pub kind: &'static str,
    /// How many attacked.
    pub attackers: usize,
    /// Of those in a finding, the share who attack; none where nobody is.
    pub detected_precision: Option<f64>,
    /// Of those who attack, the share who are in a finding.
    pub detected_recall: f64,
    /// What an attacker holds on average over what the same person holds in the honest twin, opening balances aside.
    pub attacker_gain_points: f64,
    /// What an honest person lost on average, beside the honest twin.
    pub honest_loss_points: f64,
    /// Of the honest, the share who are in a finding.
    pub honest_flagged: f64,
}

impl AttackRow {
    /// The mean of trials of one kind; precision over those in which anybody was found.
    pub fn mean(rows: &[Self]) -> Option<Self> {
        let first = rows.first()?;
        let mean = |of: &dyn Fn(&Self) -> f64| rows.iter().map(of).sum::<f64>() / rows.len() as f64;
        let precisions: Vec<f64> = rows.iter().filter_map(|row| row.detected_precision).collect();
        let found = !precisions.is_empty();
        Some(Self {
            detected_precision: found.then(|| precisions.iter().sum::<f64>() / precisions.len() as f64),
            detected_recall: mean(&|row| row.detected_recall),
            attacker_gain_points: mean(&|row| row.attacker_gain_points),
            honest_loss_points: mean(&|row| row.honest_loss_points),
            honest_flagged: mean(&|row| row.honest_flagged),
            ..first.clone()
        })
    }
}

impl AttackTrial {
    /// How many attack.
    pub const fn attackers(&self) -> usize {
        self.size * self.percent / 100
    }

    /// Lives the days, with so many planted people.
    pub async fn live(&self, what: Planted, people: usize) -> Result<Outcome> {
        let plan = Plan {
            seed: self.seed,
            people: self.size,
            days: self.days,
            sybils: 0,
            praise_ring: 0,
            friends: 0,
            plant: Some(Plant { what, people }),
            ..Plan::default()
        };
        Simulation::run(&plan, Arc::new(MemoryStore::new()), &|_, _| ()).await
    }

    /// Lives the days with the same people watched, all of them honest.
    pub async fn twin(&self) -> Result<Outcome> {
        self.live(Planted::Nothing, self.attackers()).await
    }
}

/// Lives an attack, and compares it with its honest twin.
pub async fn try_attack(trial: &AttackTrial, kind: AttackKind, twin: &Outcome) -> Result<AttackRow> {
    let lived = trial.live(Planted::Attack(kind), trial.attackers()).await?;
    let (caught, flagged) = (lived.caught.len(), lived.flagged.len());
    let points = |gain: &super::super::Gain| gain.net().milli() as f64 / 1e3 / gain.people.max(1) as f64;
    let found = caught + flagged;
    Ok(AttackRow {
        kind: kind.name(),
        attackers: lived.truth.attackers().count(),
        detected_precision: (found > 0).then(|| caught as f64 / found as f64),
        detected_recall: caught as f64 / (caught + lived.missed.len()).max(1) as f64,
        attacker_gain_points: points(&lived.attackers) - points(&twin.attackers),
        honest_loss_points: points(&twin.honest) - points(&lived.honest),
        honest_flagged: flagged as f64 / lived.honest.people.max(1) as f64,
    })
}
