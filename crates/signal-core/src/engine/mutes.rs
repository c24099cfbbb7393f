//! Whom a person does not want to hear of: a private setting beside the ledger, which no entry tells.

use std::collections::BTreeSet;

use super::answer::Person;
use super::{Engine, Result};
use crate::decide::Refusal;
use crate::model::{UserId, Viewer};

impl Engine {
    /// Leaves a person's drops out of the user's feeds from now on, or brings them back. For the user and the operator;
    /// nobody else can know of it. Refused for oneself, and beyond the policy's `mutes_per_user`.
    pub async fn mute(&self, viewer: Viewer, user: UserId, target: UserId, muted: bool) -> Result<()> {
        self.own(viewer, user).await?;
        self.state_of(user).await?;
        if !muted {
            return Ok(self.store().unmute(user, target).await?);
        }
        if user == target {
            return Err(Refusal::Oneself { what: "mute themselves" }.into());
        }
        self.state_of(target).await?;
        let limit = self.policy().await?.1.limits.mutes_per_user;
        if !self.store().mute(user, target, limit).await? {
            // Not for somebody who was erased meanwhile: then that is the answer.
            self.state_of(user).await?;
            self.state_of(target).await?;
            return Err(Refusal::Limit { what: "people one can mute", limit: u64::from(limit) }.into());
        }
        Ok(())
    }

    /// Whom a person has muted, for the person and the operator, in the order of ids.
    pub async fn mutes(&self, viewer: Viewer, user: UserId) -> Result<Vec<Person>> {
        self.own(viewer, user).await?;
        self.state_of(user).await?;
        Ok(self.store().muted_by(user).await?.into_iter().map(|target| self.person(target)).collect())
    }

    /// Whose drops a viewer does not want to see.
    pub(super) async fn muted(&self, viewer: Viewer) -> Result<BTreeSet<UserId>> {
        Ok(match viewer.user() {
            Some(user) => self.store().muted_by(user).await?.into_iter().collect(),
            None => BTreeSet::new(),
        })
    }
}
