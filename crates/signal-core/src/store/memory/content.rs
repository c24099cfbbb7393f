//! The content side of the reference store.

use std::ops::Bound;

use async_trait::async_trait;
use uuid::Uuid;

use super::MemoryStore;
use crate::ledger::{Doc, DocKind};
use crate::model::{CircleId, PrivacyDials, UserId, normalise_name};
use crate::store::{ContentStore, Edge, Page, Result, SearchHit, Seat};
use crate::trust::{PathLimits, Reach, TrustGraph, reach};

/// The part of a sorted map after a key.
pub(super) fn after<K: Clone>(key: Option<&K>) -> (Bound<K>, Bound<K>) {
    (key.map_or(Bound::Unbounded, |key| Bound::Excluded(key.clone())), Bound::Unbounded)
}

#[async_trait]
impl ContentStore for MemoryStore {
    async fn key(&self, key: &str) -> Result<Option<Uuid>> {
        Ok(self.lock().keys.get(key).copied())
    }

    async fn keys(&self, keys: &[String]) -> Result<Vec<Option<Uuid>>> {
        let shelf = self.lock();
        Ok(keys.iter().map(|key| shelf.keys.get(key).copied()).collect())
    }

    async fn keys_of(&self, owner: Uuid) -> Result<Vec<String>> {
        Ok(self.lock().keys.iter().filter(|(_, o)| **o == owner).map(|(key, _)| key.clone()).collect())
    }

    async fn all_keys(&self, page: Page<String>) -> Result<Vec<(String, Uuid)>> {
        let shelf = self.lock();
        let rows = shelf.keys.range(after(page.after.as_ref())).take(page.limit as usize);
        Ok(rows.map(|(key, owner)| (key.clone(), *owner)).collect())
    }

    async fn docs(&self, kind: DocKind, ids: &[Uuid]) -> Result<Vec<Option<Doc>>> {
        let shelf = self.lock();
        Ok(ids.iter().map(|id| shelf.docs.get(&(kind, *id)).cloned()).collect())
    }

    async fn all_docs(&self, kind: DocKind, page: Page<Uuid>) -> Result<Vec<Doc>> {
        let shelf = self.lock();
        let of_kind =
            shelf.docs.values().filter(|d| d.kind == kind && page.after.is_none_or(|after| d.id > after));
        Ok(of_kind.take(page.limit as usize).cloned().collect())
    }

    async fn docs_under(&self, kind: DocKind, parent: Uuid, limit: u32) -> Result<Vec<Doc>> {
        let shelf = self.lock();
        let mut docs: Vec<_> =
            shelf.docs.values().filter(|d| d.kind == kind && d.parent == Some(parent)).cloned().collect();
        docs.sort_by_key(|doc| (doc.at, doc.id));
        docs.truncate(limit as usize);
        Ok(docs)
    }

    async fn docs_of(&self, owner: UserId) -> Result<Vec<Doc>> {
        let shelf = self.lock();
        let mut docs: Vec<_> = shelf.docs.values().filter(|d| d.owner == Some(owner)).cloned().collect();
        docs.sort_by_key(|doc| (doc.kind.as_str(), doc.id));
        Ok(docs)
    }

    async fn search(&self, words: &str, kinds: &[DocKind], limit: u32) -> Result<Vec<SearchHit>> {
        let wanted = normalise_name(words);
        let wanted: Vec<_> = wanted.split_whitespace().collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let shelf = self.lock();
        let mut hits = Vec::new();
        for doc in shelf.docs.values().filter(|d| kinds.contains(&d.kind)) {
            let text = normalise_name(&doc.text);
            let fits = |word: &&str| text.split_whitespace().any(|have| have.starts_with(*word));
            if wanted.iter().all(fits) {
                let length = text.split_whitespace().count().max(1);
                hits.push(SearchHit { doc: doc.clone(), rank: wanted.len() as f64 / length as f64 });
            }
        }
        hits.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(a.doc.id.cmp(&b.doc.id)));
        hits.truncate(limit as usize);
        Ok(hits)
    }

    async fn edges_from(&self, user: UserId) -> Result<Vec<Edge>> {
        let shelf = self.lock();
        let rows = shelf.edges.range((user, UserId::from_uuid(Uuid::nil()))..);
        let own = rows.take_while(|((from, _), _)| *from == user);
        Ok(own.map(|((from, to), weight)| Edge { from: *from, to: *to, weight: *weight }).collect())
    }

    async fn edges_to(&self, user: UserId) -> Result<Vec<Edge>> {
        let shelf = self.lock();
        let rows = shelf.edges_to.range((user, UserId::from_uuid(Uuid::nil()))..);
        let own = rows.take_while(|(to, _)| *to == user);
        Ok(own
            .filter_map(|(to, from)| {
                let weight = shelf.edges.get(&(*from, *to))?;
                Some(Edge { from: *from, to: *to, weight: *weight })
            })
            .collect())
    }

    async fn all_edges(&self, page: Page<(UserId, UserId)>) -> Result<Vec<Edge>> {
        let shelf = self.lock();
        let rows = shelf.edges.range(after(page.after.as_ref())).take(page.limit as usize);
        Ok(rows.map(|((from, to), weight)| Edge { from: *from, to: *to, weight: *weight }).collect())
    }

    async fn reach(&self, user: UserId, limits: PathLimits, most: u32) -> Result<Reach> {
        let shelf = self.lock();
        let edges = shelf.edges.iter().map(|((from, to), weight)| (*from, *to, *weight));
        let graph = TrustGraph::from_edges(edges);
        drop(shelf);
        Ok(reach(&graph, user, limits, most as usize))
    }

    async fn seats_of(&self, user: UserId) -> Result<Vec<Seat>> {
        let shelf = self.lock();
        let rows = shelf.seats.iter().filter(|((_, member), _)| *member == user);
        Ok(rows.map(|((circle, user), role)| Seat { circle: *circle, user: *user, role: *role }).collect())
    }

    async fn all_seats(&self, page: Page<(CircleId, UserId)>) -> Result<Vec<Seat>> {
        let shelf = self.lock();
        let rows = shelf.seats.range(after(page.after.as_ref())).take(page.limit as usize);
        Ok(rows.map(|((circle, user), role)| Seat { circle: *circle, user: *user, role: *role }).collect())
    }

    async fn dials(&self, user: UserId) -> Result<Option<PrivacyDials>> {
        Ok(self.lock().dials.get(&user).copied())
    }
}
