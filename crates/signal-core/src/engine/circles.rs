//! Circles.

use super::answer::{CircleAnswer, DropAnswer};
use super::drops::text;
use super::error::found;
use super::{Engine, EngineError, Result};
use crate::decide::{Authority, Command};
use crate::model::{CircleId, Role, UserId, Viewer};
use crate::taste::genres;

impl Engine {
    /// Begins a circle. Focus genres are normalised; unknown ones are refused.
    pub async fn create_circle(
        &self,
        creator: UserId,
        name: &str,
        focus: &[String],
        invite_only: bool,
    ) -> Result<CircleId> {
        let name = text("name", name, self.policy().await?.1.limits.circle_name_chars)?;
        let known = |genre: &String| {
            let found = genres::resolve(genre).map(|g| g.name().to_owned());
            found.ok_or_else(|| EngineError::invalid("genre", format!("{genre:?} is not in the vocabulary")))
        };
        let mut focus = focus.iter().map(known).collect::<Result<Vec<_>>>()?;
        focus.dedup();
        let circle = self.new_circle_id();
        self.execute(&Command::CreateCircle { circle, creator, name, focus, invite_only }).await?;
        Ok(circle)
    }

    /// A member asks someone in.
    pub async fn invite(&self, by: UserId, circle: CircleId, user: UserId) -> Result<()> {
        self.execute(&Command::Invite { circle, by, user }).await?;
        Ok(())
    }

    /// Joins a circle; the seats are counted under the store's lock.
    pub async fn join(&self, user: UserId, circle: CircleId) -> Result<()> {
        self.execute(&Command::Join { circle, user }).await?;
        Ok(())
    }

    /// Leaves a circle. A creator's part passes on; the last one closes it.
    pub async fn leave(&self, user: UserId, circle: CircleId) -> Result<()> {
        self.execute(&Command::Leave { circle, user }).await?;
        Ok(())
    }

    /// A moderator removes someone.
    pub async fn remove_member(&self, by: Authority, circle: CircleId, user: UserId) -> Result<()> {
        self.execute(&Command::RemoveMember { circle, user, by }).await?;
        Ok(())
    }

    /// The creator gives someone another part.
    pub async fn set_role(&self, by: Authority, circle: CircleId, user: UserId, role: Role) -> Result<()> {
        self.execute(&Command::SetRole { circle, user, role, by }).await?;
        Ok(())
    }

    /// A circle takes no drops and members, or does again.
    pub async fn freeze_circle(&self, by: Authority, circle: CircleId, frozen: bool) -> Result<()> {
        self.execute(&Command::FreezeCircle { circle, by, frozen }).await?;
        Ok(())
    }

    /// A circle ends.
    pub async fn close_circle(&self, by: Authority, circle: CircleId) -> Result<()> {
        self.execute(&Command::CloseCircle { circle, by }).await?;
        Ok(())
    }

    /// A circle, as the viewer may see it: who is in it is for members.
    pub async fn circle(&self, viewer: Viewer, circle: CircleId) -> Result<CircleAnswer> {
        self.admit(viewer).await?;
        let state = self.circle_state(circle).await?;
        self.circle_answer(viewer, &state).await
    }

    /// All circles, in the order of their ids.
    pub async fn circles(&self, viewer: Viewer) -> Result<Vec<CircleAnswer>> {
        self.admit(viewer).await?;
        let ids: Vec<_> = self.live(|live| live.circles.keys().copied().collect());
        let mut answers = Vec::with_capacity(ids.len());
        for id in ids {
            // One that closed meanwhile is no circle any more.
            if let Some(state) = found(self.circle_state(id).await)? {
                answers.push(self.circle_answer(viewer, &state).await?);
            }
        }
        Ok(answers)
    }

    /// Drops of a circle, newest first, for its members and the operator, without those of people the viewer muted, and
    /// those that are hidden, taken back or removed.
    pub async fn circle_feed(
        &self,
        viewer: Viewer,
        circle: CircleId,
        limit: usize,
    ) -> Result<Vec<DropAnswer>> {
        self.admit(viewer).await?;
        let state = self.circle_state(circle).await?;
        let inside =
            viewer == Viewer::Operator || viewer.user().is_some_and(|user| state.member(user).is_some());
        if !inside {
            return Err(EngineError::not_found("circle"));
        }
        let muted = self.muted(viewer).await?;
        let policy = self.policy().await?.1;
        let mut found: Vec<_> = self.live(|live| {
            let within = live.drops.iter().filter(|(_, d)| d.circle == Some(circle) && !d.is_gone());
            let within = within.filter(|(_, d)| !d.keeps_words_back() && !muted.contains(&d.author));
            within.map(|(id, d)| (d.position, *id)).collect()
        });
        found.sort_unstable_by(|a, b| b.cmp(a));
        let ids: Vec<_> = found.into_iter().take(limit).map(|(_, id)| id).collect();
        self.drop_answers(viewer, &ids, &policy).await
    }
}
