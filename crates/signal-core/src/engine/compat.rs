//! How well two people match (§5.2), and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::{CompatibilityAnswer, Introduction, PartAnswer, PartsAnswer, Reason};
use super::{Engine, EngineError, Result, locked};
use crate::compatibility::{self, Basis, Part, Shared, coarse, many_to_many};
use crate::host::offload;
use crate::live::{Ears, Match, Peers};
use crate::model::{ArtistId, TrustAudience, UserId, Viewer};
use crate::policy::Policy;
use crate::privacy::visible;
use crate::taste::{introduces, shared, shared_artists};
use crate::trust::{PathLimits, TrustPath, strength};

/// Shared artists and genres told as reasons.
const REASONS: usize = 5;
/// Artists each could introduce the other to.
const INTRODUCTIONS: usize = 5;
/// Pairs that are matched at once.
pub const MATCHES_MAX: usize = 1_000_000;

impl Engine {
    /// How well b's ears serve a, for a and the operator. Where b's taste is not visible to a, the answer is a coarse
    /// score without parts; where b's history is not, numbers of plays, what b could introduce and a track that both
    /// played are left out; where someone on the path of trust keeps their edges to themselves, the score is that of
    /// its coarse strength.
    pub async fn compatibility(&self, viewer: Viewer, a: UserId, b: UserId) -> Result<CompatibilityAnswer> {
        self.own(viewer, a).await?;
        self.state_of(a).await?;
        self.state_of(b).await?;
        let policy = self.policy().await?.1;
        let ears = self.ears().await?;
        let (peers, step) = (self.peers(&policy, &ears), policy.compatibility.coarse_step);
        let path = peers.path(&policy, a, b);
        let trust = match &path {
            Some(path) if viewer == Viewer::Operator || self.may_show_path(&path.users).await? => {
                Some(path.strength)
            }
            Some(path) => Some(self.veiled(path, step)),
            None => None,
        };
        let Match { parts: result, path, percentile } = peers.weigh(&policy, (a, b), path, trust);
        let relation =
            self.relation(if viewer == Viewer::Operator { viewer } else { Viewer::User(a) }, b).await?;
        let dials = self.dials_of(b).await?;
        let (detailed, history) = (visible(dials.taste, &relation), visible(dials.history, &relation));
        let people = (self.person(a), self.person(b));
        if !detailed {
            return Ok(CompatibilityAnswer {
                score: coarse(result.score, step),
                reasons: if result.taste.value > 0.0 { vec![Reason::SimilarTaste] } else { Vec::new() },
                basis: Basis::None,
                percentile: None,
                ..blank(people)
            });
        }
        let artists = shared_artists(&ears.matrix, a, b, REASONS);
        let bridge = artists.first().map(|s| s.artist);
        let mut reasons = self.reasons(&ears, path.as_ref(), viewer, a, b).await?;
        if !history {
            reasons.iter_mut().for_each(Reason::without_plays_of_b);
        }
        Ok(CompatibilityAnswer {
            score: result.score,
            trust_path: Some(result.trust_path.value),
            taste: Some(result.taste.value),
            genre_overlap: Some(result.genre_overlap.value),
            parts: Some(PartsAnswer {
                trust_path: part(&result.trust_path),
                taste: part(&result.taste),
                genre_overlap: part(&result.genre_overlap),
            }),
            basis: result.basis,
            percentile,
            reasons,
            bridge: self.bridge(a, b, bridge, history).await?,
            b_introduces: if history { self.introductions(&ears, b, a).await? } else { Vec::new() },
            a_introduces: self.introductions(&ears, a, b).await?,
            detailed: true,
            ..blank(people)
        })
    }

    /// The people whom a score is compared among, gathered again where somebody came or trust changed.
    fn peers(&self, policy: &Policy, ears: &Arc<Ears>) -> Arc<Peers> {
        let (graph, size) = (self.graph(), policy.compatibility.percentile_sample);
        let mut kept = locked(&self.inner.peers);
        self.live(|live| {
            if let Some(peers) = kept.as_ref().filter(|kept| kept.are_of(&graph, ears, live.crowd(), size)) {
                return Arc::clone(peers);
            }
            let peers = Peers::gather(graph, Arc::clone(ears), live.crowd(), size);
            Arc::clone(kept.insert(Arc::new(peers)))
        })
    }

    /// The scores of many people with many others, a row for each of `people`, for the operator. At most
    /// [`MATCHES_MAX`] pairs.
    pub async fn compatibilities(
        &self,
        viewer: Viewer,
        people: &[UserId],
        others: &[UserId],
    ) -> Result<Vec<Vec<f64>>> {
        if viewer != Viewer::Operator {
            return Err(EngineError::not_found("matches"));
        }
        if people.len().saturating_mul(others.len()) > MATCHES_MAX {
            return Err(EngineError::invalid("matches", format!("at most {MATCHES_MAX} pairs at once")));
        }
        self.catch_up().await?;
        for user in people.iter().chain(others) {
            self.state_of(*user).await?;
        }
        let (policy, ears, graph) = (self.policy().await?.1, self.ears().await?, self.graph());
        let (people, others) = (people.to_vec(), others.to_vec());
        let work = move || {
            let evidence = |a: &UserId, b: &UserId| {
                let path = strength(&graph, *a, *b, PathLimits::of(&policy)).path;
                ears.evidence(*a, *b, path.map(|p| p.strength), policy.compatibility.overlap)
            };
            many_to_many(&people, &others, evidence, &policy.compatibility)
        };
        let found = offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the matches" })?;
        Ok(found.into_iter().map(|row| row.into_iter().map(|found| found.score).collect()).collect())
    }

    async fn reasons(
        &self,
        ears: &Ears,
        path: Option<&TrustPath>,
        viewer: Viewer,
        a: UserId,
        b: UserId,
    ) -> Result<Vec<Reason>> {
        let artists = shared_artists(&ears.matrix, a, b, REASONS);
        let genres = shared(ears.profiles.genres(a), ears.profiles.genres(b), REASONS);
        let mut open = BTreeMap::new();
        for user in path.map(|p| p.users.as_slice()).unwrap_or_default() {
            let public = self.dials_of(*user).await?.trust == TrustAudience::Public;
            open.insert(*user, public || viewer == Viewer::Operator);
        }
        let step = self.policy().await?.1.compatibility.coarse_step;
        let facts = Shared { path, artists: &artists, genres: &genres };
        let sees = |user: UserId| open.get(&user).copied().unwrap_or(false);
        let names = self.artist_names(artists.iter().map(|s| s.artist)).await?;
        let told = compatibility::reasons(&facts, true, &sees).into_iter().map(|reason| match reason {
            compatibility::Reason::Trust { users, .. } if users.is_empty() => {
                let strength = path.map_or(0.0, |path| self.veiled(path, step));
                Reason::TrustedPath { hops: 0, strength, through: Vec::new() }
            }
            compatibility::Reason::Trust { strength, hops, users } => Reason::TrustedPath {
                hops,
                strength,
                through: users.iter().map(|user| self.person(*user).name).collect(),
            },
            compatibility::Reason::Artist { artist, plays_a, plays_b } => Reason::SharedArtist {
                artist: names.get(&artist).cloned().unwrap_or_default(),
                plays_a,
                plays_b: Some(plays_b),
            },
            compatibility::Reason::Genre { name, confidence } => {
                Reason::SharedGenre { genre: name, confidence }
            }
            compatibility::Reason::SimilarTaste => Reason::SimilarTaste,
        });
        Ok(told.collect())
    }

    /// The track both played most, where single plays are known and may be told; else the artist both share most.
    async fn bridge(
        &self,
        a: UserId,
        b: UserId,
        artist: Option<ArtistId>,
        history: bool,
    ) -> Result<Option<String>> {
        /// Newest listens of each that are looked through.
        const LISTENS: u32 = 5_000;
        let count = |rows: Vec<crate::store::PlayedTrackRow>| {
            let mut plays: BTreeMap<_, (u64, String)> = BTreeMap::new();
            for row in rows {
                plays.entry(row.track.id).or_insert_with(|| (0, row.track.to_string())).0 += 1;
            }
            plays
        };
        let (end, most) = (crate::model::Timestamp::MAX, if history { LISTENS } else { 0 });
        let ours = count(self.store().listens(a, end, most).await?);
        let theirs = count(self.store().listens(b, end, most).await?);
        let both = ours.iter().filter_map(|(id, (n, name))| theirs.get(id).map(|(m, _)| (n.min(m), name)));
        if let Some((_, name)) = both.max_by(|x, y| x.0.cmp(y.0).then(y.1.cmp(x.1))) {
            return Ok(Some(name.clone()));
        }
        let names = self.artist_names(artist).await?;
        Ok(artist.and_then(|id| names.get(&id).cloned()))
    }

    async fn introductions(&self, ears: &Ears, from: UserId, to: UserId) -> Result<Vec<Introduction>> {
        let known = introduces(&ears.matrix, from, to, INTRODUCTIONS);
        let names = self.artist_names(known.iter().map(|(artist, _)| *artist)).await?;
        let named = known.into_iter().map(|(artist, plays)| (names.get(&artist).cloned(), plays));
        Ok(named.filter_map(|(artist, plays)| Some(Introduction { artist: artist?, plays })).collect())
    }

    /// Names of artists by id.
    pub(super) async fn artist_names(
        &self,
        ids: impl IntoIterator<Item = ArtistId>,
    ) -> Result<BTreeMap<ArtistId, String>, EngineError> {
        let ids: Vec<_> = ids.into_iter().collect();
        let artists = self.store().artists(&ids).await?;
        Ok(artists.into_iter().flatten().map(|artist| (artist.id, artist.name)).collect())
    }
}

fn part(part: &Part) -> PartAnswer {
    PartAnswer { value: part.value, weight: part.weight, known: part.known }
}

fn blank((a, b): (super::answer::Person, super::answer::Person)) -> CompatibilityAnswer {
    CompatibilityAnswer {
        a,
        b,
        score: 0.0,
        trust_path: None,
        taste: None,
        genre_overlap: None,
        parts: None,
        basis: Basis::None,
        percentile: None,
        reasons: Vec::new(),
        bridge: None,
        b_introduces: Vec::new(),
        a_introduces: Vec::new(),
        detailed: false,
    }
}
