//! The feed: candidates from the graph, circles and ears, ranked, cut, paged under an opaque cursor.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::answer::{FeedAnswer, FeedBasis, FeedItem};
use super::{Engine, EngineError, Result, locked};
use crate::compatibility::{Basis, coarse};
use crate::feed::{AffinityKind, Candidate, Ranked, paginate, rank};
use crate::live::{Ears, FeedView, Sources, YoungDrop, trusted};
use crate::model::{DropId, Hash, Pseudonym, Timestamp, UserId, Viewer};
use crate::policy::Policy;
use crate::privacy::visible;
use crate::store::SeenMark;
use crate::taste::shared_artists;
use crate::trust::{PathLimits, strength};

/// Where a page begins: the instant and ledger position of the first page, and the page's number. New drops and new
/// marks do not move the pages that follow; whom the viewer mutes or blocks meanwhile is gone at once.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Cursor {
    at: Timestamp,
    position: u64,
    page: usize,
    size: usize,
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
        let policy = self.policy().await?.1;
        let cursor = if let Some(text) = cursor {
            Cursor::decode(text)?
        } else {
            let size = size.unwrap_or(policy.feed.page).clamp(1, policy.limits.page);
            Cursor { at: self.now(), position: self.live(|live| live.position), page: 0, size }
        };
        let ears = self.ears().await?;
        let trusted = trusted(&self.graph(), viewer, &policy);
        let drops = self.reachable_drops(viewer, &trusted, &cursor, &ears, &policy).await?;
        let candidates = self.candidates(viewer, &cursor, drops, &trusted, &ears, &policy).await?;
        let pages = paginate(
            rank(&candidates, &policy.feed),
            cursor.size.clamp(1, policy.limits.page),
            policy.feed.per_author,
        );
        let page = pages.get(cursor.page).cloned().unwrap_or_default();
        let next =
            (cursor.page + 1 < pages.len()).then(|| Cursor { page: cursor.page + 1, ..cursor }.encode());
        let items = self.feed_items(viewer, &page, &ears, &policy).await?;
        let basis = self.feed_basis(viewer, &trusted, policy.limits.feed_people, &ears, candidates.len());
        Ok(FeedAnswer { items, next, basis })
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

    /// Drops that could be in the feed: of people whom the viewer trusts, is in a circle with, whose taste is nearest, or
    /// whom the community trusts most, and the newest of all; young enough, not hidden, not taken back, not of muted or
    /// blocked ones.
    async fn reachable_drops(
        &self,
        viewer: UserId,
        trusted: &BTreeMap<UserId, f64>,
        cursor: &Cursor,
        ears: &Arc<Ears>,
        policy: &Policy,
    ) -> Result<Vec<YoungDrop>> {
        let muted = self.muted(Viewer::User(viewer)).await?;
        let leaders = self.leaders(cursor.at, policy.limits.feed_leaders).await?;
        let near = self.near_authors(viewer, ears, policy).await?;
        Ok(self.live(|live| {
            let mut authors = live.circle_mates(viewer);
            authors.extend(trusted.keys());
            authors.extend(near);
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

    async fn candidates(
        &self,
        viewer: UserId,
        cursor: &Cursor,
        drops: Vec<YoungDrop>,
        trusted: &BTreeMap<UserId, f64>,
        ears: &Ears,
        policy: &Policy,
    ) -> Result<Vec<Candidate>> {
        let tracks: Vec<_> = drops.iter().map(|drop| drop.track).collect();
        let played = self.store().played(viewer, &tracks).await?;
        let marks = self.store().seen_of(viewer).await?;
        let seen: BTreeSet<_> = marks.into_iter().filter(|m| m.at < cursor.at).map(|m| m.drop).collect();
        let tables = match self.epoch_before(cursor.at).await? {
            Some(epoch) => Some(self.tables(&epoch).await?),
            None => None,
        };
        let graph = self.graph();
        let told =
            drops.into_iter().zip(played).map(|(drop, played)| (drop, played, seen.contains(&drop.id)));
        Ok(self.live(|live| {
            let tables = tables.as_deref();
            let view = FeedView { live, graph: &graph, ears, tables, policy, at: cursor.at };
            view.candidates(viewer, told, trusted)
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

    async fn feed_items(
        &self,
        viewer: UserId,
        page: &[Ranked],
        ears: &Ears,
        policy: &Policy,
    ) -> Result<Vec<FeedItem>> {
        let ids: Vec<_> = page.iter().map(|r| r.drop).collect();
        let mut answers: BTreeMap<_, _> = self
            .drop_answers(Viewer::User(viewer), &ids, policy)
            .await?
            .into_iter()
            .map(|d| (d.id, d))
            .collect();
        let mates = self.live(|live| live.circle_mates(viewer));
        let mut items = Vec::with_capacity(page.len());
        for ranked in page {
            let Some(drop) = answers.remove(&ranked.drop) else {
                continue;
            };
            let same_circle = mates.contains(&ranked.author);
            let reasons = self.feed_reasons(viewer, ranked, same_circle, ears, policy).await?;
            let score = if self.may_tell_exactly(viewer, ranked.author, policy).await? {
                ranked.score
            } else {
                coarse(ranked.score, policy.compatibility.coarse_step)
            };
            items.push(FeedItem { drop, score, because: ranked.because, reasons });
        }
        Ok(items)
    }

    /// Whether an exact score tells the viewer nothing that the author, or someone on the path to them, keeps back:
    /// everything else in it is known to the viewer.
    async fn may_tell_exactly(&self, viewer: UserId, author: UserId, policy: &Policy) -> Result<bool> {
        let relation = self.relation(Viewer::User(viewer), author).await?;
        if !visible(self.dials_of(author).await?.taste, &relation) {
            return Ok(false);
        }
        match strength(&self.graph(), viewer, author, PathLimits::of(policy)).path {
            Some(path) => self.may_show_path(&path.users).await,
            None => Ok(true),
        }
    }

    /// Why a drop is here, in words, as far as privacy allows.
    async fn feed_reasons(
        &self,
        viewer: UserId,
        ranked: &Ranked,
        same_circle: bool,
        ears: &Ears,
        policy: &Policy,
    ) -> Result<Vec<String>> {
        let author = ranked.author;
        let name = self.person(author).name;
        let mut reasons = Vec::new();
        let path = strength(&self.graph(), viewer, author, PathLimits::of(policy)).path;
        if let Some(path) = path {
            let hops = path.users.len().saturating_sub(1);
            let shown = self.may_show_path(&path.users).await?;
            let between = path.users.get(1..hops).unwrap_or_default();
            reasons.push(match (hops, shown) {
                (1, _) => format!("you trust {name} ({:.2})", path.strength),
                (_, true) => {
                    let names: Vec<_> = between.iter().map(|user| self.person(*user).name).collect();
                    format!(
                        "you trust {}, who trusts {name} ({:.2})",
                        names.join(", who trusts "),
                        path.strength
                    )
                }
                (_, false) => format!("someone you trust leads to {name}"),
            });
        }
        let relation = self.relation(Viewer::User(viewer), author).await?;
        let open = visible(self.dials_of(author).await?.taste, &relation);
        if let Some((value, basis)) = ears.similarity(viewer, author).filter(|(value, _)| *value > 0.05) {
            let artists = shared_artists(&ears.matrix, viewer, author, 2);
            let names = self.artist_names(artists.iter().map(|s| s.artist)).await?;
            let names: Vec<_> = artists.iter().filter_map(|s| names.get(&s.artist).cloned()).collect();
            reasons.push(match (open, basis, names.is_empty()) {
                (true, Basis::Artists | Basis::Vectors, false) => {
                    format!("you both play {} (taste {value:.2})", names.join(" and "))
                }
                _ => "similar taste".to_owned(),
            });
        }
        if same_circle {
            reasons.push(format!("you are in a circle with {name}"));
        }
        if reasons.is_empty() || ranked.because == AffinityKind::Standing {
            reasons.push(format!("{name} is well trusted here"));
        }
        Ok(reasons)
    }

    fn feed_basis(
        &self,
        viewer: UserId,
        trusted: &BTreeMap<UserId, f64>,
        most: usize,
        ears: &Ears,
        drops: usize,
    ) -> FeedBasis {
        let circles = self.live(|live| live.circles_of(viewer).count());
        let heard = !ears.matrix.row(viewer).is_empty();
        let genres = ears.profiles.genres(viewer).next().is_some();
        let taste = match (heard, genres) {
            (true, _) => Basis::Artists,
            (false, true) => Basis::Genres,
            (false, false) => Basis::None,
        };
        let mut parts = Vec::new();
        if !trusted.is_empty() {
            let more = if trusted.len() < most { "" } else { "at least " };
            parts.push(format!("{more}{} people within your trust", trusted.len()));
        }
        if taste != Basis::None {
            parts.push("your own listening".to_owned());
        }
        if circles > 0 {
            parts.push(format!("{circles} circles"));
        }
        let based = if parts.is_empty() {
            "nothing yet but the community's standing".to_owned()
        } else {
            parts.join(", ")
        };
        let text = if drops == 0 {
            format!("based on {based}; nobody within reach has dropped a track yet")
        } else {
            format!("based on {based}; {drops} drops considered")
        };
        FeedBasis { people_in_reach: trusted.len(), taste, circles, drops_considered: drops, text }
    }
}
