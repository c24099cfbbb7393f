//! The trust graph that readers share, and its upkeep.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use super::answer::{RankedPerson, TrustPredictionAnswer, TrustRankAnswer};
use super::ledger::restart;
use super::{Engine, EngineError, Result};
use crate::compatibility::coarse;
use crate::host::offload;
use crate::model::{TrustAudience, TrustWeight, UserId, Viewer};
use crate::policy::Policy;
use crate::trust::predict::{Method, Predictor, Ratings, SignedEdge};
use crate::trust::{Ranking, RestartKind, Spread, Stop, TrustGraph, rank_from, standing};

/// What one person's ranking passes on at least, a unit of weight on an edge.
const LEAST_PASSED_ON: f64 = 1e-7;
/// People who are asked, of each further step of a ranking, whether they show whom they trust: the highest so many.
const ASKED: usize = 1_000;

/// Takes the mark off again, also where the work was dropped half way.
struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Engine {
    /// The newest graph, whole. Waits for nobody, and stays as it is while it is held.
    pub(super) fn graph(&self) -> Arc<TrustGraph> {
        self.inner.graph.load()
    }

    /// Packs the graph when enough has changed: one caller does it beside all others, who go on with what there is.
    pub(super) async fn merge_graph(&self) -> Result<()> {
        let start = self.graph();
        if !start.wants_merge() || self.inner.merging.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let _turn = Turn(&self.inner.merging);
        let from = Arc::clone(&start);
        let merged = offload(self.host(), move || from.merged()).await;
        let merged = merged.ok_or(EngineError::Lost { what: "the packed trust graph" })?;
        let mut live = self.inner.live.write().unwrap_or_else(PoisonError::into_inner);
        live.graph.adopt(&start, merged);
        self.inner.graph.publish(live.graph.clone());
        Ok(())
    }
}

impl Engine {
    /// People by standing: in the eyes of one person, for them and the operator, or, for the operator alone, in the
    /// whole community. To a person standing spreads along their own edges and those of people who show theirs to everyone:
    /// names, order and numbers would tell the edges of all others.
    pub async fn trust_rank(
        &self,
        viewer: Viewer,
        from: Option<UserId>,
        most: usize,
    ) -> Result<TrustRankAnswer> {
        self.catch_up().await?;
        let policy = self.policy().await?.1;
        let most = most.min(policy.limits.reach_people);
        let (rows, restart, missing) = match from {
            Some(user) => {
                self.own(viewer, user).await?;
                self.state_of(user).await?;
                let ranking = match viewer {
                    Viewer::Operator => self.rank_around(user, &policy, most, None).await?,
                    _ => self.rank_in_sight(user, &policy, most).await?,
                };
                let rows = ranking.people.into_iter().map(|one| (one.user, one.standing)).collect();
                (rows, format!("{} alone", self.person(user).name), ranking.missing)
            }
            None if viewer == Viewer::Operator => {
                let (rows, kind) = self.rank_all(policy, most).await?;
                (rows, restart_words(kind).to_owned(), 0.0)
            }
            None => {
                return Err(EngineError::invalid(
                    "ranking",
                    "that of the whole community is the operator's; name a person",
                ));
            }
        };
        let people = rows
            .into_iter()
            .map(|(user, standing): (UserId, f64)| RankedPerson { user: self.person(user), standing });
        Ok(TrustRankAnswer {
            from: from.map(|user| self.person(user)),
            restart,
            people: people.collect(),
            missing,
        })
    }

    /// The ranking along a person's own edges and those of people who show theirs: found step by step, since only who has
    /// been reached is asked. How many are wanted makes no difference to anybody's standing.
    async fn rank_in_sight(&self, user: UserId, policy: &Policy, most: usize) -> Result<Ranking> {
        let mut asked = BTreeSet::from([user]);
        let mut showing = asked.clone();
        let widest = most.max(ASKED);
        let mut ranking = self.rank_around(user, policy, widest, Some(showing.clone())).await?;
        for _ in 1..policy.trust.max_hops {
            let before = showing.len();
            for one in ranking.people.iter().take(ASKED).map(|one| one.user) {
                if asked.insert(one) && self.dials_of(one).await?.trust == TrustAudience::Public {
                    showing.insert(one);
                }
            }
            if showing.len() == before {
                break;
            }
            ranking = self.rank_around(user, policy, widest, Some(showing.clone())).await?;
        }
        ranking.people.truncate(most);
        Ok(ranking)
    }

    /// The ranking along the edges of everyone, or of some.
    async fn rank_around(
        &self,
        user: UserId,
        policy: &Policy,
        most: usize,
        showing: Option<BTreeSet<UserId>>,
    ) -> Result<Ranking> {
        let graph = self.graph();
        let (damping, edges) = (policy.integrity.damping, u64::from(policy.limits.path_edges));
        let shows = move |who: UserId| showing.as_ref().is_none_or(|showing| showing.contains(&who));
        let work = move || rank_from(&graph, user, damping, LEAST_PASSED_ON, edges, most, shows);
        offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the ranking" })
    }

    async fn rank_all(&self, policy: Policy, most: usize) -> Result<(Vec<(UserId, f64)>, RestartKind)> {
        let graph = self.graph();
        let restart = self.live(|live| restart(live, &policy.integrity));
        let kind = restart.kind;
        let work = move || {
            let stop = Stop::After(policy.integrity.iterations);
            standing(&graph, &restart, Spread { damping: policy.integrity.damping, stop }).top(most)
        };
        let rows = offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the ranking" })?;
        Ok((rows, kind))
    }

    /// What weight a person would give another, by what the rest of the network says; for the person and the operator.
    /// An edge between the two is not used.
    pub async fn trust_predict(
        &self,
        viewer: Viewer,
        from: UserId,
        to: UserId,
    ) -> Result<TrustPredictionAnswer> {
        self.own(viewer, from).await?;
        self.state_of(from).await?;
        self.state_of(to).await?;
        let step = self.policy().await?.1.compatibility.coarse_step;
        let graph = self.graph();
        let given = graph.weight(from, to).map(TrustWeight::as_f64);
        let method = Method::Neighbours;
        let work = move || {
            // Numbers change with every merge, and predictions shall not.
            let (people, places) = graph.in_order();
            let place = |user| places.get(graph.index(user)? as usize).copied();
            let pair = (place(from)?, place(to)?);
            let ratings = Arc::new(Ratings::new(edges_but(&graph, &people, &places, pair)));
            (!ratings.is_empty()).then(|| Predictor::fit(method, ratings).predict(pair.0, pair.1))
        };
        let predicted =
            offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the prediction" })?;
        let shown = |weight| if viewer == Viewer::Operator { weight } else { coarse(weight, step) };
        Ok(TrustPredictionAnswer {
            from: self.person(from),
            to: self.person(to),
            weight: predicted.map(shown),
            given,
            method: method.name().to_owned(),
        })
    }
}

/// All edges of a graph but one, between places in the order of ids.
fn edges_but<'g>(
    graph: &'g TrustGraph,
    people: &'g [(UserId, u32)],
    places: &'g [u32],
    pair: (u32, u32),
) -> impl Iterator<Item = SignedEdge> + 'g {
    let place = |number: u32| places.get(number as usize).copied();
    let row = move |(&(_, number), from): (&(UserId, u32), u32)| {
        graph.outgoing(number).filter_map(move |(to, weight)| Some((from, place(to)?, weight)))
    };
    let edges = people.iter().zip(0..).flat_map(row);
    edges.filter(move |&(from, to, _)| (from, to) != pair).map(|(from, to, weight)| SignedEdge {
        from,
        to,
        weight: f32::from(weight) / f32::from(TrustWeight::ONE),
        time: None,
    })
}

/// Where standing springs from, in words.
pub(super) const fn restart_words(kind: RestartKind) -> &'static str {
    match kind {
        RestartKind::Verified => "verified people",
        RestartKind::OperatorSeeds => "the operator's seeds",
        RestartKind::AllClaimed => "everyone who claimed an account, alike",
    }
}
