//! Verifying the tree.

use super::super::answer::VerifyAnswer;
use super::super::{Engine, Result};
use crate::ledger::{Fault, NodeId, PublicKey, SignedCheckpoint, Verifier, VerifyError};
use crate::model::Hash;

/// Entries checked at once.
const CHUNK: u32 = 1_000;

impl Engine {
    /// Like [`Engine::verify_ledger`], and that the ledger holds all that an earlier checkpoint of it held: whoever can write the store can
    /// make a whole ledger with another past, but not one that leads to a root that was signed.
    pub async fn verify_against(
        &self,
        seen: &SignedCheckpoint,
        key: &PublicKey,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<VerifyAnswer> {
        let size = self.store().head().await?.size;
        let wrong = |position, fault, reason: String| failed(size, &VerifyError { position, fault, reason });
        if let Err(error) = seen.check(key) {
            return Ok(wrong(0, error.fault, format!("the checkpoint: {}", error.reason)));
        }
        let answer = self.verify_ledger(progress).await?;
        if !answer.verified {
            return Ok(answer);
        }
        if size < seen.size() {
            let reason = format!("the ledger ends here, and the checkpoint has {} entries", seen.size());
            return Ok(wrong(size, Fault::Truncation, reason));
        }
        if self.root_at(seen.size()).await? != seen.root() {
            let reason = format!("the first {} entries are not those of the checkpoint", seen.size());
            return Ok(wrong(0, Fault::SplitView, reason));
        }
        Ok(answer)
    }

    /// Checks every entry and every tree node. What is wrong is an answer, not an error; it names the first position.
    pub async fn verify_ledger(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<VerifyAnswer> {
        // The head is read first: entries that come while we check are left for the next time.
        let head = self.store().head().await?;
        let mut verifier = Verifier::new();
        let mut position = 0;
        while position < head.size {
            let limit = u32::try_from(head.size - position).unwrap_or(CHUNK).min(CHUNK);
            let entries = self.store().entries(position, limit).await?;
            let mut finished: Vec<(u64, (NodeId, Hash))> = Vec::new();
            for entry in &entries {
                match verifier.push(entry) {
                    Ok(nodes) => finished.extend(nodes.into_iter().map(|node| (entry.position, node))),
                    Err(error) => return Ok(failed(position, &error)),
                }
            }
            if let Some(error) = self.wrong_node(&finished).await? {
                return Ok(failed(position, &error));
            }
            if entries.len() < limit as usize {
                let gap = position + entries.len() as u64;
                let reason = "the entry is missing".to_owned();
                let error = VerifyError { position: gap, fault: Fault::Truncation, reason };
                return Ok(failed(position, &error));
            }
            position += entries.len() as u64;
            progress(position);
        }
        Ok(match verifier.finish(&head) {
            Ok(done) => VerifyAnswer {
                verified: true,
                entries: done.entries,
                root: Some(done.root),
                erased_bodies: done.erased_bodies,
                position: None,
                problem: None,
                fault: None,
            },
            Err(error) => failed(position, &error),
        })
    }

    async fn wrong_node(&self, finished: &[(u64, (NodeId, Hash))]) -> Result<Option<VerifyError>> {
        let ids: Vec<_> = finished.iter().map(|(_, (id, _))| *id).collect();
        let stored = self.store().nodes(&ids).await?;
        let wrong = finished.iter().zip(stored).find(|((_, (_, hash)), stored)| *stored != Some(*hash));
        Ok(wrong.map(|((position, (id, _)), stored)| {
            let is = if stored.is_some() { "does not match its leaves" } else { "is missing" };
            let reason = match id.level {
                0 => "the leaf does not match the tree".to_owned(),
                level => format!("the tree node {level}/{} {is}", id.index),
            };
            VerifyError { position: *position, fault: Fault::BitFlip, reason }
        }))
    }
}

fn failed(entries: u64, error: &VerifyError) -> VerifyAnswer {
    VerifyAnswer {
        verified: false,
        entries,
        root: None,
        erased_bodies: 0,
        position: Some(error.position),
        problem: Some(error.reason.clone()),
        fault: Some(error.fault),
    }
}
