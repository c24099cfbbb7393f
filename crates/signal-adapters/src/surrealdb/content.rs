//! The content side: names, words, edges, seats and dials.

use std::ops::Bound;

use async_trait::async_trait;
use signal_core::ledger::{Doc, DocKind};
use signal_core::model::{CircleId, PrivacyDials, Timestamp, TrustWeight, UserId};
use signal_core::store::{ContentStore, Edge, Page, Result, SearchHit, Seat};
use signal_core::trust::{PathLimits, Reach};
use surrealdb_types::{RecordId, RecordIdKey, SurrealValue, object};
use uuid::Uuid;

use super::change::{doc_of, person, words_of};
use super::error::{Doing, Read, damaged};
use super::link::Asks;
use super::row::{
    self, Parts, Row, below, between, coded, found, last, list, record, record_named, record_of, text, uuid,
    uuid_of,
};
use super::{SurrealStore, reach};
use crate::code;

/// Beginnings of words that the index keeps, in characters: see the analyzer `beginnings`.
const LONGEST_BEGINNING: usize = 32;

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct NameRow {
    id: RecordId,
    owner: Uuid,
}

impl Row for NameRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

impl NameRow {
    pub(super) fn name(self) -> Read<(String, Uuid)> {
        Ok((row::text_of(self.id)?, self.owner))
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct DocRow {
    id: RecordId,
    kind: String,
    item: Uuid,
    owner: Option<Uuid>,
    parent: Option<Uuid>,
    at: i64,
    text: String,
    fit: Option<f64>,
}

impl Row for DocRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

impl DocRow {
    pub(super) fn doc(self) -> Read<Doc> {
        let kind = DocKind::parse(&self.kind);
        Ok(Doc {
            kind: kind.ok_or_else(|| damaged("kind", format_args!("{:?} is no kind", self.kind)))?,
            id: self.item,
            owner: self.owner.map(UserId::from_uuid),
            parent: self.parent,
            at: Timestamp::from_micros(self.at),
            text: self.text,
        })
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct EdgeRow {
    id: RecordId,
    weight: i64,
}

impl EdgeRow {
    pub(super) fn edge(self) -> Read<Edge> {
        let mut parts = Parts::of(self.id)?;
        let weight = u16::try_from(self.weight).map_err(|error| damaged("weight", error))?;
        Ok(Edge {
            from: parts.user()?,
            to: parts.user()?,
            weight: TrustWeight::from_ten_thousandths(weight).map_err(|error| damaged("weight", error))?,
        })
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct SeatRow {
    id: RecordId,
    role: i64,
}

impl SeatRow {
    pub(super) fn seat(self) -> Read<Seat> {
        let mut parts = Parts::of(self.id)?;
        Ok(Seat {
            circle: CircleId::from_uuid(parts.uuid()?),
            user: parts.user()?,
            role: coded("role", self.role, code::role)?,
        })
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct DialsRow {
    id: RecordId,
    history: i64,
    taste: i64,
    trust: i64,
}

impl DialsRow {
    pub(super) fn dials(self) -> Read<(UserId, PrivacyDials)> {
        let dials = PrivacyDials {
            history: coded("history", self.history, code::audience)?,
            taste: coded("taste", self.taste, code::audience)?,
            trust: coded("trust", self.trust, code::trust_audience)?,
        };
        Ok((UserId::from_uuid(uuid_of(&self.id)?), dials))
    }
}

/// What is searched for: the words, each once; none where nothing can match.
fn wanted(words: &str) -> Option<Vec<String>> {
    let words = words_of(words);
    if words.is_empty() || words.contains(char::is_control) {
        return None;
    }
    let mut wanted: Vec<_> = words.split(' ').map(str::to_owned).collect();
    wanted.sort_unstable();
    wanted.dedup();
    Some(wanted)
}

/// Whether a text has all words, each at least as the beginning of one of its own.
fn fits(text: &str, wanted: &[String]) -> bool {
    let words = words_of(text);
    wanted.iter().all(|wanted| words.split(' ').any(|word| word.starts_with(wanted.as_str())))
}

impl SurrealStore {
    async fn docs_by(&self, text: &'static str, with: surrealdb_types::Object) -> Read<Vec<Doc>> {
        row::rows::<DocRow>(self.link.ask(text, with).await?)?.into_iter().map(DocRow::doc).collect()
    }

    async fn edges_by(&self, text: &'static str, with: surrealdb_types::Object) -> Read<Vec<Edge>> {
        row::rows::<EdgeRow>(self.link.ask(text, with).await?)?.into_iter().map(EdgeRow::edge).collect()
    }

    async fn seats_by(&self, text: &'static str, with: surrealdb_types::Object) -> Read<Vec<Seat>> {
        row::rows::<SeatRow>(self.link.ask(text, with).await?)?.into_iter().map(SeatRow::seat).collect()
    }
}

#[async_trait]
impl ContentStore for SurrealStore {
    async fn key(&self, key: &str) -> Result<Option<Uuid>> {
        let with = object! { id: record_named("name", key) };
        let owner = self.link.ask("SELECT VALUE owner FROM ONLY $id", with).await;
        owner.and_then(row::maybe).doing("look up a name")
    }

    async fn keys(&self, keys: &[String]) -> Result<Vec<Option<Uuid>>> {
        let ids: Vec<_> = keys.iter().map(|key| record_named("name", key)).collect();
        let rows = found::<NameRow>(&self.link, ids.iter().cloned()).await.doing("look up names")?;
        Ok(ids.iter().map(|id| rows.get(id).map(|row| row.owner)).collect())
    }

    async fn keys_of(&self, owner: Uuid) -> Result<Vec<String>> {
        const DOING: &str = "list the names of an owner";
        let ids = self.link.ask("SELECT VALUE id FROM name WHERE owner = $owner", object! { owner: owner });
        let ids = ids.await.and_then(row::rows::<RecordId>).doing(DOING)?;
        let mut names = ids.into_iter().map(row::text_of).collect::<Read<Vec<_>>>().doing(DOING)?;
        names.sort_unstable();
        Ok(names)
    }

    async fn all_keys(&self, page: Page<String>) -> Result<Vec<(String, Uuid)>> {
        const DOING: &str = "list names";
        let range = row::after("name", page.after.map(RecordIdKey::String));
        let with = object! { range: range, limit: i64::from(page.limit) };
        let rows = self.link.ask("SELECT * FROM $range LIMIT $limit", with).await;
        let rows = rows.and_then(row::rows::<NameRow>).doing(DOING)?;
        rows.into_iter().map(NameRow::name).collect::<Read<_>>().doing(DOING)
    }

    async fn docs(&self, kind: DocKind, ids: &[Uuid]) -> Result<Vec<Option<Doc>>> {
        const DOING: &str = "read documents";
        let ids: Vec<_> = ids.iter().map(|id| doc_of(kind, *id)).collect();
        let rows = found::<DocRow>(&self.link, ids.iter().cloned()).await.doing(DOING)?;
        let mut docs = std::collections::BTreeMap::new();
        for (id, row) in rows {
            docs.insert(id, row.doc().doing(DOING)?);
        }
        Ok(ids.iter().map(|id| docs.get(id).cloned()).collect())
    }

    async fn all_docs(&self, kind: DocKind, page: Page<Uuid>) -> Result<Vec<Doc>> {
        let kind = text(kind.as_str());
        let start = match page.after {
            Some(id) => Bound::Excluded(RecordIdKey::Array([kind.clone(), uuid(id)].into_iter().collect())),
            None => Bound::Included(row::first([kind.clone()])),
        };
        let range = between("doc", start, Bound::Included(last([kind])));
        let with = object! { range: range, limit: i64::from(page.limit) };
        self.docs_by("SELECT * FROM $range LIMIT $limit", with).await.doing("list documents")
    }

    async fn docs_under(&self, kind: DocKind, parent: Uuid, limit: u32) -> Result<Vec<Doc>> {
        const UNDER: &str =
            "SELECT * FROM doc WHERE parent = $parent AND kind = $kind ORDER BY at, item LIMIT $limit";
        let with = object! { parent: parent, kind: kind.as_str(), limit: i64::from(limit) };
        self.docs_by(UNDER, with).await.doing("list the documents under a parent")
    }

    async fn docs_of(&self, owner: UserId) -> Result<Vec<Doc>> {
        const OF: &str = "SELECT * FROM doc WHERE owner = $owner ORDER BY kind, item";
        let with = object! { owner: owner.uuid() };
        self.docs_by(OF, with).await.doing("list the documents of a person")
    }

    async fn search(&self, words: &str, kinds: &[DocKind], limit: u32) -> Result<Vec<SearchHit>> {
        const DOING: &str = "search";
        // A word that more than half of the documents have is worth nothing to the score: then the shorter text wins.
        const SEARCH: &str = "SELECT *, search::score(0) + 0.001f / length AS fit FROM doc \
                              WHERE words @0@ $words AND kind IN $kinds ORDER BY fit DESC, item LIMIT $limit";
        let Some(wanted) = wanted(words) else {
            return Ok(Vec::new());
        };
        // Of longer words the index knows the beginning only, so what it finds is looked at once more.
        let is_long = |word: &String| word.chars().count() > LONGEST_BEGINNING;
        let fetched = if wanted.iter().any(is_long) { u32::MAX } else { limit };
        let kinds = list(kinds.iter().map(|kind| kind.as_str()));
        let with = object! { words: wanted.join(" "), kinds: kinds, limit: i64::from(fetched) };
        let rows = self.link.ask(SEARCH, with).await.and_then(row::rows::<DocRow>).doing(DOING)?;
        let mut hits = Vec::with_capacity(rows.len());
        for row in rows.into_iter().filter(|row| fits(&row.text, &wanted)).take(limit as usize) {
            let rank = row.fit.unwrap_or_default();
            hits.push(SearchHit { doc: row.doc().doing(DOING)?, rank });
        }
        Ok(hits)
    }

    async fn edges_from(&self, user: UserId) -> Result<Vec<Edge>> {
        let with = object! { range: below("trusts", [uuid(user.uuid())]) };
        self.edges_by("SELECT id, weight FROM $range", with).await.doing("list the trust edges from a person")
    }

    async fn edges_to(&self, user: UserId) -> Result<Vec<Edge>> {
        let edges = self.edges_by("SELECT id, weight FROM $person<-trusts", object! { person: person(user) });
        let mut edges = edges.await.doing("list the trust edges to a person")?;
        edges.sort_unstable();
        Ok(edges)
    }

    async fn all_edges(&self, page: Page<(UserId, UserId)>) -> Result<Vec<Edge>> {
        let key = |(from, to): (UserId, UserId)| record("trusts", [uuid(from.uuid()), uuid(to.uuid())]).key;
        let with = object! { range: row::after("trusts", page.after.map(key)), limit: i64::from(page.limit) };
        self.edges_by("SELECT id, weight FROM $range LIMIT $limit", with).await.doing("list trust edges")
    }

    async fn reach(&self, user: UserId, limits: PathLimits, most: u32) -> Result<Reach> {
        reach::reach(&self.link, user, limits, most).await.doing("search along trust edges")
    }

    async fn seats_of(&self, user: UserId) -> Result<Vec<Seat>> {
        let seats = self.seats_by("SELECT id, role FROM $person->seat", object! { person: person(user) });
        let mut seats = seats.await.doing("list the seats of a person")?;
        seats.sort_unstable();
        Ok(seats)
    }

    async fn all_seats(&self, page: Page<(CircleId, UserId)>) -> Result<Vec<Seat>> {
        let key =
            |(circle, user): (CircleId, UserId)| record("seat", [uuid(circle.uuid()), uuid(user.uuid())]).key;
        let with = object! { range: row::after("seat", page.after.map(key)), limit: i64::from(page.limit) };
        self.seats_by("SELECT id, role FROM $range LIMIT $limit", with).await.doing("list seats")
    }

    async fn dials(&self, user: UserId) -> Result<Option<PrivacyDials>> {
        const DOING: &str = "read a person's dials";
        let with = object! { id: record_of("dials", user.uuid()) };
        let row = self.link.ask("SELECT * FROM ONLY $id", with).await;
        let row = row.and_then(row::maybe::<DialsRow>).doing(DOING)?;
        Ok(row.map(DialsRow::dials).transpose().doing(DOING)?.map(|(_, dials)| dials))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wanted_once_and_fit_as_beginnings() {
        let asked = wanted("Late night LATE").expect("words");
        assert_eq!(asked, ["late", "night"]);
        assert!(fits("Nightly, and too late", &asked));
        assert!(!fits("Tonight, and late", &asked));
        for nothing in ["", " \t\n", "\0", "\u{1}"] {
            assert_eq!(wanted(nothing), None, "{nothing:?}");
        }
    }
}
