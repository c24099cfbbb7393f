//! Rules, epochs, and proof that nothing was changed behind anybody's back.

mod audit;
mod epoch;
mod explain;
pub(super) mod findings;
mod guard;
mod proofs;
mod replay;

pub(super) use epoch::restart;

use super::answer::CheckpointAnswer;
use super::drops::text;
use super::{Engine, Result, corrupt};
use crate::decide::Command;
use crate::ledger::{CommunityState, StreamId, StreamState};
use crate::policy::Policy;

impl Engine {
    /// The policy in force, and its number; 0 is the default.
    pub async fn policy(&self) -> Result<(u32, Policy)> {
        let state = self.community().await?;
        Ok((state.policy_number, state.policy))
    }

    pub(super) async fn community(&self) -> Result<CommunityState> {
        let row = self.store().streams(&[StreamId::Community]).await?.into_iter().next().flatten();
        let Some(row) = row else {
            return Ok(CommunityState::default());
        };
        let state = StreamState::from_bytes(&row.state)
            .map_err(|error| corrupt("read the rules", "the community's state", error))?;
        match state {
            StreamState::Community(state) => Ok(*state),
            _ => Err(corrupt("read the rules", "the community's state", "it is of another kind").into()),
        }
    }

    /// Sets the policy, and gives its number. Drops settle under the policy of their creation.
    pub async fn set_policy(&self, policy: Policy) -> Result<u32> {
        self.execute(&Command::SetPolicy { policy: Box::new(policy) }).await?;
        Ok(self.policy().await?.0)
    }

    /// Undoes what an entry gave and took.
    pub async fn reverse(&self, position: u64, reason: &str) -> Result<()> {
        let reason = text("reason", reason, self.policy().await?.1.limits.report_chars)?;
        self.execute(&Command::Reverse { position, reason }).await?;
        Ok(())
    }

    /// The newest state of the ledger.
    pub async fn checkpoint(&self) -> Result<CheckpointAnswer> {
        let head = self.store().head().await?;
        Ok(CheckpointAnswer { entries: head.size, root: head.root(), at: head.last_at })
    }
}
