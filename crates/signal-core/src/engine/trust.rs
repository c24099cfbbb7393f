//! Trust edges, paths and scores.

use super::answer::{TrustPathAnswer, TrustScoreAnswer};
use super::{Engine, EngineError, Result};
use crate::compatibility::coarse;
use crate::decide::Command;
use crate::ledger::UserState;
use crate::model::{TrustAudience, TrustWeight, UserId, Viewer};
use crate::policy::TrustPolicy;
use crate::trust::{PathLimits, PathSearch, ScoreInput, TrustPath, TrustScore, strength, trust_score};

impl Engine {
    /// Sets how much a person trusts another; `None` removes the edge.
    pub async fn set_trust(&self, from: UserId, to: UserId, weight: Option<TrustWeight>) -> Result<()> {
        self.execute(&Command::SetTrust { from, to, weight }).await?;
        Ok(())
    }

    /// The trust score of a person, with its terms, the position and the instant it was computed at. The terms are
    /// for the person and the operator; others see the score alone.
    ///
    /// Reads the person's row and not the ledger: the position is one at which the row was no older.
    pub async fn trust_score(&self, viewer: Viewer, user: UserId) -> Result<TrustScoreAnswer> {
        self.attest(viewer).await?;
        let position = self.store().head().await?.size;
        let state = self.state_of(user).await?;
        let full = viewer == Viewer::Operator || viewer.user() == Some(user);
        let terms = self.score_of(&state, &self.policy().await?.1.trust);
        let visible = |term: f64| full.then_some(term);
        Ok(TrustScoreAnswer {
            user: self.person_of(&state).await?,
            score: terms.score,
            base: visible(terms.base),
            bonus: visible(terms.bonus),
            penalty: visible(terms.penalty),
            decay: visible(terms.decay),
            active_days: full.then_some(terms.active_days),
            days_since_last_drop: visible(terms.days_since_last_drop),
            position,
            at: self.now(),
        })
    }

    pub(super) fn score_of(&self, state: &UserState, policy: &TrustPolicy) -> TrustScore {
        let input = ScoreInput {
            active_days: state.active_days,
            registered_at: state.registered_at,
            last_drop_at: state.last_drop_at,
            bonus: state.bonus,
            penalty: state.penalty,
        };
        trust_score(&input, policy, self.now())
    }

    /// The best path of trust from one person to another, for the one it starts at and the operator. People on it are
    /// named where their own dials allow it.
    pub async fn trust_path(&self, viewer: Viewer, from: UserId, to: UserId) -> Result<TrustPathAnswer> {
        self.own(viewer, from).await?;
        self.state_of(to).await?;
        let policy = self.policy().await?.1;
        let PathSearch { path, complete } = strength(&self.graph(), from, to, PathLimits::of(&policy));
        let (from, to) = (self.person(from), self.person(to));
        let Some(path) = path else {
            return Ok(TrustPathAnswer { from, to, strength: 0.0, people: Vec::new(), hops: 0, complete });
        };
        let shown = viewer == Viewer::Operator || self.may_show_path(&path.users).await?;
        if !shown {
            // Length and exact strength of a path would tell one edge of a person who keeps them to themselves.
            let strength = self.veiled(&path, policy.compatibility.coarse_step);
            return Ok(TrustPathAnswer { from, to, strength, people: Vec::new(), hops: 0, complete });
        }
        let hops = path.users.len().saturating_sub(1);
        let people = path.users.iter().map(|user| self.person(*user)).collect();
        Ok(TrustPathAnswer { from, to, strength: path.strength, people, hops, complete })
    }

    /// The strength of a path as its first person may know it where others on it keep their edges to themselves. What the
    /// others give is rounded before the first person's own weight comes in: they could turn that until the rounded product
    /// jumps, and read off the rest.
    pub(super) fn veiled(&self, path: &TrustPath, step: f64) -> f64 {
        let own = match path.users.as_slice() {
            [first, second, ..] => self.graph().weight(*first, *second).map_or(0.0, TrustWeight::as_f64),
            _ => 0.0,
        };
        if own > 0.0 { own * coarse((path.strength / own).min(1.0), step) } else { 0.0 }
    }

    /// Whether the first person of a path may know everyone on it: each step after the first is someone else's edge.
    pub(super) async fn may_show_path(&self, users: &[UserId]) -> Result<bool> {
        let (Some(_), inner) =
            (users.first(), users.get(1..users.len().saturating_sub(1)).unwrap_or_default())
        else {
            return Err(EngineError::not_found("path"));
        };
        for user in inner {
            if self.dials_of(*user).await?.trust != TrustAudience::Public {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
