//! Verifying the tree, and explaining a balance.

use super::super::answer::{ExplainAnswer, ExplainLine, VerifyAnswer};
use super::super::{Engine, Result};
use crate::ledger::{NodeId, StreamId, Verifier, VerifyError};
use crate::model::{Account, Hash, Points, UserId, Viewer};

/// Entries checked at once.
const CHUNK: u32 = 1_000;

impl Engine {
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
                let error = VerifyError { position: gap, reason: "the entry is missing".to_owned() };
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
            VerifyError { position: *position, reason }
        }))
    }

    /// The entries behind a person's balance and score, with the arithmetic; for themselves and the operator.
    pub async fn explain(&self, viewer: Viewer, user: UserId) -> Result<ExplainAnswer> {
        self.own(viewer, user).await?;
        let state = self.state_of(user).await?;
        let (mut available, mut staked) = (Points::ZERO, Points::ZERO);
        let mut lines = Vec::new();
        let mut version = 0;
        loop {
            let entries = self.store().stream_entries(StreamId::User(user), version, CHUNK).await?;
            for stored in &entries {
                let entry = stored.read()?;
                let Some(body) = entry.body else { continue };
                version = body
                    .streams
                    .iter()
                    .find(|(s, _)| *s == StreamId::User(user))
                    .map_or(version, |(_, v)| *v);
                let mut moves = Vec::new();
                for booked in &entry.leaf.moves {
                    match booked.0 {
                        Account::Available(who) if who == state.pseudonym => {
                            available = available + booked.1;
                            moves.push(("available".to_owned(), booked.1));
                        }
                        Account::Staked(who) if who == state.pseudonym => {
                            staked = staked + booked.1;
                            moves.push(("staked".to_owned(), booked.1));
                        }
                        _ => {}
                    }
                }
                lines.push(ExplainLine {
                    position: entry.leaf.position,
                    at: entry.leaf.at,
                    kind: entry.leaf.kind,
                    moves,
                    available_millipoints: available,
                    staked_millipoints: staked,
                });
            }
            if entries.len() < CHUNK as usize {
                break;
            }
        }
        let score = self.trust_score(viewer, user).await?;
        Ok(ExplainAnswer { user: self.person(user), lines, score })
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
    }
}
