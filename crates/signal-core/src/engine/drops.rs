//! Drops, from the first word to the settlement.

use super::answer::{DropAnswer, SettleAnswer};
use super::{Engine, EngineError, Result};
use crate::decide::{Authority, Command, Refusal};
use crate::ledger::Event;
use crate::live::LiveDrop;
use crate::model::{CircleId, CommentId, DropId, Points, Stars, Text, TrackId, TrackRef, UserId, Viewer};
use uuid::Uuid;

impl Engine {
    /// Vouches for a track. `stake` of `None` takes the smallest allowed; a client may supply the drop's id to make a
    /// retry safe.
    pub async fn make_drop(
        &self,
        author: UserId,
        track: &TrackRef,
        words: &str,
        stake: Option<Points>,
        circle: Option<CircleId>,
        id: Option<DropId>,
    ) -> Result<DropId> {
        let limits = self.policy().await?.1.limits;
        let context = text("words", words, limits.context_chars)?;
        // A refused drop leaves nothing behind, also not in the catalogue.
        let (drop, nothing) = (id.unwrap_or(DropId::from_uuid(Uuid::max())), TrackId::from_uuid(Uuid::nil()));
        let trial =
            Command::MakeDrop { drop, author, track: nothing, context: context.clone(), stake, circle };
        self.consider(&trial).await?;
        let track = self.put_track(track).await?;
        let drop = id.unwrap_or_else(|| self.new_drop_id());
        self.execute(&Command::MakeDrop { drop, author, track, context, stake, circle }).await?;
        Ok(drop)
    }

    /// Gives a drop stars, once.
    pub async fn rate(&self, rater: UserId, drop: DropId, stars: Stars) -> Result<()> {
        self.execute(&Command::Rate { drop, rater, stars }).await?;
        Ok(())
    }

    /// Says something under a drop.
    pub async fn comment(&self, author: UserId, drop: DropId, words: &str) -> Result<CommentId> {
        let text = text("comment", words, self.policy().await?.1.limits.comment_chars)?;
        let comment = self.new_comment_id();
        self.execute(&Command::Comment { drop, comment, author, text }).await?;
        Ok(comment)
    }

    /// Asks a moderator to look at a drop.
    pub async fn report(&self, reporter: UserId, drop: DropId, reason: &str) -> Result<()> {
        let reason = text("reason", reason, self.policy().await?.1.limits.report_chars)?;
        self.execute(&Command::Report { drop, reporter, reason }).await?;
        Ok(())
    }

    /// Takes a drop back, and gives whether its stake came back too.
    pub async fn withdraw(&self, author: UserId, drop: DropId) -> Result<bool> {
        let events = self.execute(&Command::Withdraw { drop, author }).await?;
        Ok(events.iter().any(|event| matches!(event, Event::DropWithdrawn { refunded: true, .. })))
    }

    /// Hides a drop, or shows it again.
    pub async fn hide(&self, by: Authority, drop: DropId, hidden: bool) -> Result<()> {
        self.execute(&Command::Hide { drop, by, hidden }).await?;
        Ok(())
    }

    /// Removes a drop: its stake returns, or is forfeited for abuse.
    pub async fn annul(&self, by: Authority, drop: DropId, abuse: bool) -> Result<()> {
        self.execute(&Command::Annul { drop, by, abuse }).await?;
        Ok(())
    }

    /// A drop with its comments, as the viewer may see it.
    pub async fn drop(&self, viewer: Viewer, drop: DropId) -> Result<DropAnswer> {
        self.admit(viewer).await?;
        let policy = self.policy().await?.1;
        let answer = self.drop_answers(viewer, &[drop], &policy).await?.into_iter().next();
        let answer = answer.ok_or_else(|| EngineError::not_found("drop"))?;
        let comments = if answer.hidden { Vec::new() } else { self.comments(viewer, drop).await? };
        let known = self.live(|live| live.drops.get(&answer.id).cloned());
        let reviews =
            known.is_some_and(|known| viewer.user() != Some(known.author) && self.may_review(viewer, &known));
        let reports = if reviews { self.reports(answer.id).await? } else { Vec::new() };
        Ok(DropAnswer { comments, reports, ..answer })
    }

    /// Drops, newest first, of one author or of all, as the viewer may see them.
    pub async fn drops(
        &self,
        viewer: Viewer,
        author: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<DropAnswer>> {
        self.admit(viewer).await?;
        let policy = self.policy().await?.1;
        let mut found: Vec<_> = self.live(|live| {
            let told = |(id, d): (DropId, &LiveDrop)| (d.position, id, d.clone());
            match author {
                Some(author) => live.drops_of(author).map(told).collect(),
                None => live.drops.iter().map(|(id, d)| told((*id, d))).collect(),
            }
        });
        found.retain(|(_, _, drop)| self.may_see(viewer, drop));
        found.sort_by_key(|(position, ..)| std::cmp::Reverse(*position));
        let ids: Vec<_> = found.into_iter().take(limit).map(|(_, id, _)| id).collect();
        self.drop_answers(viewer, &ids, &policy).await
    }

    /// Ends one drop if it is due, and gives whether it ended now.
    pub async fn settle_drop(&self, drop: DropId) -> Result<bool> {
        match self.execute(&Command::Settle { drop }).await {
            Ok(events) => Ok(!events.is_empty()),
            Err(EngineError::Refused(Refusal::NotDue { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ends every drop that is due. Late or repeated sweeps decide the same. A drop that cannot be read holds no other up:
    /// the first error comes when all are done.
    pub async fn settle_due(&self) -> Result<SettleAnswer> {
        let (answer, failed) = self.sweep().await?;
        failed.into_iter().next().map_or(Ok(answer), |(_, error)| Err(error))
    }

    /// Ends every drop that is due, and tells which could not be decided, and why.
    pub(super) async fn sweep(&self) -> Result<(SettleAnswer, Vec<(DropId, EngineError)>)> {
        self.catch_up().await?;
        let now = self.now();
        let open: Vec<_> = self.live(|live| {
            let open = live.drops.iter().filter(|(_, d)| d.ended.is_none());
            // Every drop made less than a day ago is too young under any policy; the decision itself knows the rest.
            open.map(|(id, d)| (d.position, *id, d.made_at.plus_days(1) <= now)).collect()
        });
        let mut answer = SettleAnswer { settled: Vec::new(), open: open.len() };
        let mut due = open;
        due.sort_unstable();
        let mut failed = Vec::new();
        for (_, drop, _) in due.into_iter().filter(|(_, _, due)| *due) {
            match self.settle_drop(drop).await {
                Ok(true) => answer.settled.push(drop),
                Ok(false) => continue,
                // Its author was erased meanwhile.
                Err(EngineError::Refused(Refusal::NotFound { .. })) => {}
                Err(error) => {
                    failed.push((drop, error));
                    continue;
                }
            }
            answer.open -= 1;
        }
        Ok((answer, failed))
    }
}

/// Words of a person, within a limit that the policy names.
pub(super) fn text(what: &'static str, words: &str, limit: usize) -> Result<Text> {
    Text::new(words, limit).map_err(|error| EngineError::invalid(what, error))
}
