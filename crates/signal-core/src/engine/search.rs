//! Search over handles, words and circles.

use super::answer::SearchAnswer;
use super::error::found;
use super::{Engine, EngineError, Result};
use crate::ledger::DocKind;
use crate::model::{CircleId, DropId, UserId, Viewer};

/// Hits asked of the store for each answer wanted, since some are cut for the viewer.
const MARGIN: usize = 4;

impl Engine {
    /// People, drops and circles whose words begin with the given ones, best first, as the viewer may see them.
    pub async fn search(&self, viewer: Viewer, words: &str, limit: usize) -> Result<Vec<SearchAnswer>> {
        let policy = self.policy().await?.1;
        if words.chars().count() > policy.limits.search_chars {
            let reason = format!("the text has more than {} characters", policy.limits.search_chars);
            return Err(EngineError::invalid("search", reason));
        }
        self.admit(viewer).await?;
        let wanted = u32::try_from(limit.saturating_mul(MARGIN)).unwrap_or(u32::MAX);
        let kinds = [DocKind::User, DocKind::Drop, DocKind::Circle];
        let mut answers = Vec::new();
        for hit in self.store().search(words, &kinds, wanted).await? {
            if answers.len() == limit {
                break;
            }
            match hit.doc.kind {
                DocKind::User => {
                    let user = self.person(UserId::from_uuid(hit.doc.id));
                    answers.push(SearchAnswer::User { user });
                }
                DocKind::Drop => {
                    let drops = self.drop_answers(viewer, &[DropId::from_uuid(hit.doc.id)], &policy).await?;
                    let shown = drops.into_iter().filter(|drop| drop.words.is_some());
                    answers.extend(shown.map(|drop| SearchAnswer::Drop { drop: Box::new(drop) }));
                }
                DocKind::Circle => {
                    // One that closed meanwhile is no circle any more.
                    if let Some(state) = found(self.circle_state(CircleId::from_uuid(hit.doc.id)).await)? {
                        let circle = self.circle_answer(viewer, &state).await?;
                        answers.push(SearchAnswer::Circle { circle });
                    }
                }
                DocKind::Comment | DocKind::Report => {}
            }
        }
        Ok(answers)
    }
}
