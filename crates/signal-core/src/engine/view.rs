//! Drops and circles as a viewer may see them.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{CircleAnswer, CommentAnswer, DropAnswer, MemberAnswer, SettlementAnswer};
use super::attribution::Dropped;
use super::counts::Reach;
use super::{Engine, EngineError, Result, corrupt};
use crate::ledger::{CircleState, Doc, DocKind, StreamId, StreamState};
use crate::live::LiveDrop;
use crate::model::{CircleId, CommentId, DropId, UserId, Viewer};
use crate::policy::Policy;
use uuid::Uuid;

/// Comments shown under a drop.
const COMMENTS: u32 = 1_000;

impl Engine {
    /// Whether the viewer may know of a drop: circle drops are for members, and blocks hide both ways.
    pub(super) fn may_see(&self, viewer: Viewer, drop: &LiveDrop) -> bool {
        let Some(user) = viewer.user() else {
            return viewer == Viewer::Operator || drop.circle.is_none();
        };
        self.live(|live| live.sees(user, drop))
    }

    /// Whether the viewer may see hidden words and reports: the operator, and moderators of the drop's circle. The
    /// author sees their own hidden words.
    pub(super) fn may_review(&self, viewer: Viewer, drop: &LiveDrop) -> bool {
        let Some(user) = viewer.user() else { return viewer == Viewer::Operator };
        drop.author == user || self.live(|live| drop.circle.is_some_and(|id| live.moderates(id, user)))
    }

    /// Why people reported a drop, oldest first, without their names.
    pub(super) async fn reports(&self, drop: DropId) -> Result<Vec<String>> {
        let docs = self.store().docs_under(DocKind::Report, drop.uuid(), COMMENTS).await?;
        Ok(docs.into_iter().map(|doc| doc.text).collect())
    }

    /// Drops as the viewer may see them, in the order given; those the viewer may not know of are left out.
    pub(super) async fn drop_answers(
        &self,
        viewer: Viewer,
        ids: &[DropId],
        policy: &Policy,
    ) -> Result<Vec<DropAnswer>> {
        let known: Vec<(DropId, LiveDrop)> = self
            .live(|live| ids.iter().filter_map(|id| live.drops.get(id).map(|d| (*id, d.clone()))).collect());
        let known: Vec<_> = known.into_iter().filter(|(_, drop)| self.may_see(viewer, drop)).collect();
        let tracks: Vec<_> = known.iter().map(|(_, drop)| drop.track).collect();
        let tracks = self.store().tracks(&tracks).await?;
        let uuids: Vec<Uuid> = known.iter().map(|(id, _)| id.uuid()).collect();
        let docs = self.store().docs(DocKind::Drop, &uuids).await?;
        let mut answers = Vec::with_capacity(known.len());
        let reach = self.reach(viewer, &known, policy).await?;
        for (((id, drop), track), doc) in known.into_iter().zip(tracks).zip(docs) {
            let Reach { shown, played, kept } = reach.get(&id).copied().unwrap_or_default();
            answers.push(DropAnswer {
                track,
                shown,
                conversions: played,
                kept,
                words: doc
                    .filter(|_| !drop.keeps_words_back() || self.may_review(viewer, &drop))
                    .map(|doc| doc.text),
                ..self.bare_drop(viewer, id, &drop)
            });
        }
        Ok(answers)
    }

    /// How far drops came: to the operator as it is now, to everybody else as it was when the last epoch closed. An author,
    /// too, could otherwise watch one listener move the number.
    async fn reach(
        &self,
        viewer: Viewer,
        drops: &[(DropId, LiveDrop)],
        policy: &Policy,
    ) -> Result<BTreeMap<DropId, Reach>> {
        let ids: BTreeSet<DropId> = drops.iter().map(|(id, _)| *id).collect();
        if viewer != Viewer::Operator {
            let nightly = self.counts(self.community().await?.epoch).await?;
            return Ok(ids.into_iter().map(|id| (id, nightly.reach(id).large(&policy.privacy))).collect());
        }
        let merges = self.all_merges().await?;
        let dropped = self.live(|live| Dropped::of(live, &merges, Some(&ids)));
        let responses = self.responses(&dropped, policy).await?;
        let asked: Vec<_> = ids.into_iter().collect();
        let shown = self.store().shown_counts(&asked).await?;
        let reach = |(id, shown): (DropId, u64)| {
            let response = responses.get(&id).copied().unwrap_or_default();
            (id, Reach { shown: Some(shown), played: Some(response.played), kept: Some(response.kept) })
        };
        Ok(asked.into_iter().zip(shown).map(reach).collect())
    }

    fn bare_drop(&self, viewer: Viewer, id: DropId, drop: &LiveDrop) -> DropAnswer {
        let settlement = drop.ended.map(|(outcome, _, left, effective_at)| SettlementAnswer {
            outcome,
            left_millipoints: left,
            effective_at,
            method: drop.found.map(|(method, _)| method),
            uncertainty: drop.found.map(|(_, uncertainty)| uncertainty),
        });
        let mine = viewer.user().and_then(|user| drop.ratings.iter().find(|r| r.0 == user)).map(|r| r.1);
        // Ratings stay hidden from everybody until the outcome is known, so that nobody follows the crowd.
        let count = u32::try_from(drop.ratings.len()).unwrap_or(u32::MAX);
        DropAnswer {
            id,
            short: id.short(),
            author: self.person(drop.author),
            track: None,
            words: None,
            stake_millipoints: drop.stake,
            circle: drop.circle,
            made_at: drop.made_at,
            status: settlement.as_ref().map_or_else(|| "open".to_owned(), |s| s.outcome.to_string()),
            score: drop.ended.and_then(|(_, score, ..)| score),
            settlement,
            ratings: drop.ended.is_some().then_some(count),
            my_stars: mine,
            shown: None,
            conversions: None,
            kept: None,
            hidden: drop.keeps_words_back(),
            comments: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// Comments of a drop, without those of people the viewer blocked.
    pub(super) async fn comments(&self, viewer: Viewer, drop: DropId) -> Result<Vec<CommentAnswer>> {
        let docs = self.store().docs_under(DocKind::Comment, drop.uuid(), COMMENTS).await?;
        let blocked = |author: UserId| {
            viewer.user().is_some_and(|user| {
                self.live(|live| {
                    live.blocks.contains(&(user, author)) || live.blocks.contains(&(author, user))
                })
            })
        };
        let answer = |doc: Doc| {
            let author = doc.owner.filter(|author| !blocked(*author))?;
            let id = CommentId::from_uuid(doc.id);
            Some(CommentAnswer { id, author: self.person(author), text: doc.text, at: doc.at })
        };
        Ok(docs.into_iter().filter_map(answer).collect())
    }

    /// The state of a circle that is not closed.
    pub(super) async fn circle_state(&self, id: CircleId) -> Result<CircleState> {
        let stream = StreamId::Circle(id);
        let row = self.store().streams(&[stream]).await?.into_iter().next().flatten();
        let row = row.ok_or_else(|| EngineError::not_found("circle"))?;
        match StreamState::from_bytes(&row.state).map_err(|error| corrupt("read a circle", stream, error))? {
            StreamState::Circle(circle) if circle.closed_at.is_none() => Ok(circle),
            _ => Err(EngineError::not_found("circle")),
        }
    }

    /// A circle as the viewer may see it.
    pub(super) async fn circle_answer(&self, viewer: Viewer, state: &CircleState) -> Result<CircleAnswer> {
        let doc = self.store().docs(DocKind::Circle, &[state.id.uuid()]).await?.into_iter().next().flatten();
        let inside =
            viewer == Viewer::Operator || viewer.user().is_some_and(|user| state.member(user).is_some());
        let contribution = |user: UserId| {
            self.live(|live| live.circles.get(&state.id).and_then(|c| c.contributions.get(&user).copied()))
                .unwrap_or(0)
        };
        let members = state.members.iter().filter(|_| inside).map(|m| MemberAnswer {
            user: self.person(m.user),
            role: m.role,
            joined_at: m.joined_at,
            contribution: contribution(m.user) as f64 / 1e9,
        });
        Ok(CircleAnswer {
            id: state.id,
            short: state.id.short(),
            name: doc.map(|doc| doc.text).unwrap_or_default(),
            focus: state.focus.clone(),
            size: state.members.len(),
            members: members.collect(),
            invite_only: state.invite_only,
            frozen: state.frozen,
        })
    }
}
