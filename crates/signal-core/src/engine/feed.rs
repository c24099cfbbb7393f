//! The feed: candidates from the graph, circles and ears, ranked, cut, paged under an opaque cursor.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::answer::{FeedAnswer, FeedBasis};
use super::{Engine, EngineError, Result, locked};
use crate::compatibility::Basis;
use crate::feed::{Candidate, paginate, rank};
use crate::ledger::EpochTables;
use crate::live::{Ears, FeedView, Sources, YoungDrop, trusted};
use crate::model::{DropId, Hash, Pseudonym, Timestamp, UserId, Viewer};
use crate::policy::Policy;
use crate::store::SeenMark;
use crate::trust::TrustGraph;

/// Where a page begins: the instant and ledger position of the first page, and the page's number.
///
/// The layout is computed again for each page. Drops, ratings, settlements and epochs that came after the first page do
/// not change it, and neither do marks of what was seen. These do, so that what follows may move up by some places:
///
/// - what the viewer has played meanwhile, whom they muted or blocked, which drops were hidden or taken back or are of
///   circles or people that are gone: they are left out at once;
/// - trust edges, circles joined or left, profiles built again and the policy: the rank is that of today, and a drop may
///   be shown twice or not at all. Only the present graph and profiles are kept, so there is no older rank to go back to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Cursor {
    at: Timestamp,
    position: u64,
    page: usize,
    size: usize,
    /// Whether the people of the nearest taste were known: a graph that is there only for a later page does not move it.
    near: bool,
}

/// Everything around a viewer that a page is made from.
pub(super) struct Around {
    pub(super) viewer: UserId,
    pub(super) policy: Policy,
    pub(super) ears: Arc<Ears>,
    pub(super) graph: Arc<TrustGraph>,
    cursor: Cursor,
    trusted: BTreeMap<UserId, f64>,
    near: Vec<UserId>,
    tables: Option<Arc<EpochTables>>,
}

/// The people of the highest standing in an epoch.
#[derive(Debug, Clone)]
pub(super) struct Leaders {
    epoch: Hash,
    /// How many were asked for.
    most: usize,
    people: Arc<Vec<Pseudonym>>,
}

impl Cursor {
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn decode(text: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor.ok_or_else(|| EngineError::invalid("cursor", "it is not one that a feed gave"))
    }
}

impl Engine {
    /// A page of a person's feed. Reading changes nothing: [`Engine::seen`] is a call of its own.
    pub async fn feed(
        &self,
        viewer: UserId,
        cursor: Option<&str>,
        size: Option<usize>,
    ) -> Result<FeedAnswer> {
        self.catch_up().await?;
        self.state_of(viewer).await?;
        let around = self.around(viewer, cursor, size).await?;
        let (cursor, policy) = (around.cursor, &around.policy);
        let drops = self.reachable_drops(&around).await?;
        let candidates = self.candidates(&around, drops).await?;
        let pages = paginate(
            rank(&candidates, &policy.feed),
            cursor.size.clamp(1, policy.limits.page),
            policy.feed.per_author,
        );
        let page = pages.get(cursor.page).map(Vec::as_slice).unwrap_or_default();
        let next =
            (cursor.page + 1 < pages.len()).then(|| Cursor { page: cursor.page + 1, ..cursor }.encode());
        let items = self.feed_items(&around, page).await?;
        Ok(FeedAnswer { items, next, basis: self.feed_basis(&around, candidates.len()) })
    }

    /// Marks drops as shown to a person; the first time counts. Gives how many marks are new.
    pub async fn seen(&self, viewer: UserId, drops: &[DropId]) -> Result<u64> {
        self.catch_up().await?;
        let at = self.now();
        let known: Vec<_> = self.live(|live| {
            drops.iter().filter_map(|id| live.drops.get(id).map(|d| (*id, d.clone()))).collect()
        });
        let visible = known.into_iter().filter(|(_, drop)| self.may_see(Viewer::User(viewer), drop));
        let marks: Vec<_> = visible.map(|(drop, _)| SeenMark { user: viewer, drop, at }).collect();
        Ok(self.store().mark_seen(&marks).await?)
    }

    /// Gathers what a page is made from, as of the cursor where there is one.
    async fn around(&self, viewer: UserId, cursor: Option<&str>, size: Option<usize>) -> Result<Around> {
        let policy = self.policy().await?.1;
        let ears = self.ears().await?;
        let (cursor, near) = if let Some(text) = cursor {
            let cursor = Cursor::decode(text)?;
            let near = if cursor.near { self.near_authors(viewer, &ears, &policy).await? } else { None };
            (cursor, near)
        } else {
            let size = size.unwrap_or(policy.feed.page).clamp(1, policy.limits.page);
            let position = self.live(|live| live.position);
            let near = self.near_authors(viewer, &ears, &policy).await?;
            (Cursor { at: self.now(), position, page: 0, size, near: near.is_some() }, near)
        };
        let (near, graph) = (near.unwrap_or_default(), self.graph());
        let trusted = trusted(&graph, viewer, &policy);
        let tables = match self.epoch_before(cursor.at).await? {
            Some(epoch) => Some(self.tables(&epoch).await?),
            None => None,
        };
        Ok(Around { viewer, policy, ears, graph, cursor, trusted, near, tables })
    }

    /// Drops that could be in the feed: of people whom the viewer trusts, is in a circle with, whose taste is nearest, or
    /// whom the community trusts most, and the newest of all; young enough, not hidden, not taken back, not of muted or
    /// blocked ones.
    async fn reachable_drops(&self, around: &Around) -> Result<Vec<YoungDrop>> {
        let (viewer, cursor, policy) = (around.viewer, &around.cursor, &around.policy);
        let muted = self.muted(Viewer::User(viewer)).await?;
        let leaders = self.leaders(cursor.at, policy.limits.feed_leaders).await?;
        Ok(self.live(|live| {
            let mut authors = live.circle_mates(viewer);
            authors.extend(around.trusted.keys());
            authors.extend(&around.near);
            authors.extend(leaders.iter().filter_map(|who| live.called(*who)));
            let sources = Sources {
                authors: &authors,
                newest: policy.limits.feed_newest,
                muted: &muted,
                oldest: cursor.at.plus_days(-policy.feed.horizon_days),
                before: cursor.position,
            };
            live.young_drops(viewer, &sources)
        }))
    }

    async fn candidates(&self, around: &Around, drops: Vec<YoungDrop>) -> Result<Vec<Candidate>> {
        let (viewer, at) = (around.viewer, around.cursor.at);
        let tracks: Vec<_> = drops.iter().map(|drop| drop.track).collect();
        let played = self.store().played(viewer, &tracks).await?;
        let marks = self.store().seen_of(viewer).await?;
        let seen: BTreeSet<_> = marks.into_iter().filter(|m| m.at < at).map(|m| m.drop).collect();
        let told =
            drops.into_iter().zip(played).map(|(drop, played)| (drop, played, seen.contains(&drop.id)));
        Ok(self.live(|live| {
            let view = FeedView {
                live,
                graph: &around.graph,
                ears: &around.ears,
                tables: around.tables.as_deref(),
                policy: &around.policy,
                at,
            };
            view.candidates(viewer, told, &around.trusted)
        }))
    }

    /// The people of the highest standing, as of the newest epoch before an instant.
    async fn leaders(&self, at: Timestamp, most: usize) -> Result<Arc<Vec<Pseudonym>>> {
        let Some(epoch) = self.epoch_before(at).await? else {
            return Ok(Arc::default());
        };
        let kept = locked(&self.inner.leaders).clone();
        if let Some(kept) = kept.filter(|kept| kept.epoch == epoch.tables && kept.most == most) {
            return Ok(kept.people);
        }
        let people = Arc::new(self.tables(&epoch).await?.leaders(most));
        let kept = Leaders { epoch: epoch.tables, most, people: Arc::clone(&people) };
        *locked(&self.inner.leaders) = Some(kept);
        Ok(people)
    }

    fn feed_basis(&self, around: &Around, drops: usize) -> FeedBasis {
        let (viewer, ears) = (around.viewer, &around.ears);
        let circles = self.live(|live| live.circles_of(viewer).count());
        let heard = !ears.matrix.row(viewer).is_empty();
        let genres = ears.profiles.genres(viewer).next().is_some();
        let taste = match (heard, genres) {
            (true, _) => Basis::Artists,
            (false, true) => Basis::Genres,
            (false, false) => Basis::None,
        };
        let people = around.trusted.len();
        let mut parts = Vec::new();
        if people > 0 {
            let more = if people < around.policy.limits.feed_people { "" } else { "at least " };
            parts.push(format!("{more}{people} people within your trust"));
        }
        if taste != Basis::None {
            parts.push("your own listening".to_owned());
        }
        if circles > 0 {
            parts.push(format!("{circles} circles"));
        }
        let based = match (parts.is_empty(), &around.tables) {
            (false, _) => parts.join(", "),
            (true, Some(_)) => "nothing yet but the community's standing and what is new".to_owned(),
            (true, None) => "nothing yet but what is new".to_owned(),
        };
        let text = if drops == 0 {
            format!("based on {based}; nobody within reach has dropped a track yet")
        } else {
            format!("based on {based}; {drops} drops considered")
        };
        FeedBasis { people_in_reach: people, taste, circles, drops_considered: drops, text }
    }
}
