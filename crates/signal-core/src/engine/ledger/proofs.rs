//! Checkpoints and proofs for those who have no access to the store.

use super::super::{Engine, EngineError, Result, corrupt};
use crate::ledger::{
    ConsistencyProof, InclusionProof, ProofPlan, PublicKey, SignedCheckpoint, SigningKey, root_of,
};
use crate::model::Hash;

impl Engine {
    /// The newest state of the ledger, signed.
    pub async fn sign_checkpoint(&self, key: &SigningKey) -> Result<SignedCheckpoint> {
        let head = self.store().head().await?;
        Ok(SignedCheckpoint::sign(key, head.size, head.root(), self.now()))
    }

    /// That an entry is in the ledger of a checkpoint. One read of at most 128 tree nodes, and one of the entry.
    pub async fn prove_inclusion(
        &self,
        position: u64,
        checkpoint: SignedCheckpoint,
        key: &PublicKey,
    ) -> Result<InclusionProof> {
        self.own_checkpoint(&checkpoint, key).await?;
        let plan = ProofPlan::inclusion(position, checkpoint.size()).ok_or_else(|| {
            let entries = checkpoint.size();
            EngineError::invalid("position", format!("there are {entries} entries, and they count from 0"))
        })?;
        let entry = self.store().entries(position, 1).await?.into_iter().find(|e| e.position == position);
        let entry = entry.ok_or_else(|| {
            corrupt("prove an entry", format!("entry {position}"), "it is missing; `audit verify` says more")
        })?;
        Ok(InclusionProof { index: position, leaf: entry.leaf, path: self.fill(&plan).await?, checkpoint })
    }

    /// That the ledger of a checkpoint holds the first `old` entries unchanged. One read of at most 128 tree nodes.
    pub async fn prove_consistency(
        &self,
        old: u64,
        checkpoint: SignedCheckpoint,
        key: &PublicKey,
    ) -> Result<ConsistencyProof> {
        self.own_checkpoint(&checkpoint, key).await?;
        let plan = ProofPlan::consistency(old, checkpoint.size()).ok_or_else(|| {
            EngineError::invalid("entries", format!("there are {}, which is fewer", checkpoint.size()))
        })?;
        Ok(ConsistencyProof { old, path: self.fill(&plan).await?, checkpoint })
    }

    /// The root over the first entries.
    pub(super) async fn root_at(&self, size: u64) -> Result<Hash> {
        let root = self.fill(&ProofPlan::root(size)).await?.into_iter().next();
        Ok(root.unwrap_or_else(|| root_of(&[])))
    }

    /// Refuses a checkpoint that is not one of this ledger: a proof for it would be one of nothing.
    async fn own_checkpoint(&self, checkpoint: &SignedCheckpoint, key: &PublicKey) -> Result<()> {
        let foreign = |reason: String| EngineError::invalid("checkpoint", reason);
        checkpoint.check(key).map_err(|error| foreign(error.to_string()))?;
        let size = self.store().head().await?.size;
        if checkpoint.size() > size {
            return Err(foreign(format!("it has {} entries, and the ledger has {size}", checkpoint.size())));
        }
        if self.root_at(checkpoint.size()).await? != checkpoint.root() {
            return Err(foreign("its root is not that of this ledger".to_owned()));
        }
        Ok(())
    }

    async fn fill(&self, plan: &ProofPlan) -> Result<Vec<Hash>> {
        let nodes = self.store().nodes(&plan.nodes()).await?;
        plan.fill(&nodes).map_err(|node| {
            let what = format!("the tree node {}/{}", node.level, node.index);
            corrupt("prove something", what, "it is missing; `audit verify` says more").into()
        })
    }
}
