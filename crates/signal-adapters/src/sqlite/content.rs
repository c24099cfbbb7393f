//! The content side: names, words, edges, seats and dials.

use async_trait::async_trait;
use signal_core::ledger::{Doc, DocKind};
use signal_core::model::{CircleId, PrivacyDials, UserId};
use signal_core::store::{ContentStore, Edge, Page, Result, SearchHit, Seat};
use signal_core::trust::{PathLimits, Reach};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::bulk::{id_list, in_order, list};
use super::change::words_of;
use super::error::Doing;
use super::row::{self, after, bytes};
use super::{SqliteStore, reach};
use crate::code;

/// A query that matches documents with all words, each at least as the beginning of a word; none where nothing can
/// match. Within quotes no character has a meaning but the quote, which is doubled.
fn match_all(words: &str) -> Option<String> {
    let words = words_of(words);
    if words.is_empty() || words.contains(char::is_control) {
        return None;
    }
    let mut quoted: Vec<_> =
        words.split(' ').map(|word| format!("\"{}\"*", word.replace('"', "\"\""))).collect();
    quoted.sort_unstable();
    quoted.dedup();
    Some(quoted.join(" "))
}

pub(super) fn dials(row: &SqliteRow) -> Result<PrivacyDials, sqlx::Error> {
    Ok(PrivacyDials {
        history: row::coded(row, "history", code::audience)?,
        taste: row::coded(row, "taste", code::audience)?,
        trust: row::coded(row, "trust", code::trust_audience)?,
    })
}

#[async_trait]
impl ContentStore for SqliteStore {
    async fn key(&self, key: &str) -> Result<Option<Uuid>> {
        const DOING: &str = "look up a name";
        let query = sqlx::query("SELECT owner FROM keys WHERE key = ?").bind(key);
        let row = query.fetch_optional(&self.readers).await.doing(DOING)?;
        row.map(|row| row::id(&row, "owner")).transpose().doing(DOING)
    }

    async fn keys(&self, keys: &[String]) -> Result<Vec<Option<Uuid>>> {
        const DOING: &str = "look up names";
        const KEYS: &str =
            "SELECT j.key AS n, k.owner FROM json_each(?) j CROSS JOIN keys k ON k.key = j.value";
        let rows = sqlx::query(KEYS).bind(list(keys)).fetch_all(&self.readers).await.doing(DOING)?;
        in_order(keys.len(), &rows, |row| row::id(row, "owner")).doing(DOING)
    }

    async fn keys_of(&self, owner: Uuid) -> Result<Vec<String>> {
        let query =
            sqlx::query_scalar("SELECT key FROM keys WHERE owner = ? ORDER BY key").bind(bytes(owner));
        query.fetch_all(&self.readers).await.doing("list the names of an owner")
    }

    async fn all_keys(&self, page: Page<String>) -> Result<Vec<(String, Uuid)>> {
        const DOING: &str = "list names";
        let query = sqlx::query("SELECT key, owner FROM keys WHERE key > ? ORDER BY key LIMIT ?");
        let query = query.bind(page.after.unwrap_or_default()).bind(page.limit);
        let rows = query.fetch_all(&self.readers).await.doing(DOING)?;
        row::all(&rows, |row| Ok((row.try_get("key")?, row::id(row, "owner")?))).doing(DOING)
    }

    async fn docs(&self, kind: DocKind, ids: &[Uuid]) -> Result<Vec<Option<Doc>>> {
        const DOING: &str = "read documents";
        const DOCS: &str = "SELECT j.key AS n, d.* FROM json_each(?) j CROSS JOIN docs d \
                            ON d.kind = ? AND d.id = unhex(j.value)";
        let query = sqlx::query(DOCS).bind(id_list(ids.iter().copied())).bind(kind.as_str());
        let rows = query.fetch_all(&self.readers).await.doing(DOING)?;
        in_order(ids.len(), &rows, row::doc).doing(DOING)
    }

    async fn all_docs(&self, kind: DocKind, page: Page<Uuid>) -> Result<Vec<Doc>> {
        const DOING: &str = "list documents";
        let query = sqlx::query("SELECT * FROM docs WHERE kind = ? AND id > ? ORDER BY id LIMIT ?");
        let query = query.bind(kind.as_str()).bind(after(page.after)).bind(page.limit);
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::doc).doing(DOING)
    }

    async fn docs_under(&self, kind: DocKind, parent: Uuid, limit: u32) -> Result<Vec<Doc>> {
        const DOING: &str = "list the documents under a parent";
        let query = sqlx::query("SELECT * FROM docs WHERE parent = ? AND kind = ? ORDER BY at, id LIMIT ?");
        let query = query.bind(bytes(parent)).bind(kind.as_str()).bind(limit);
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::doc).doing(DOING)
    }

    async fn docs_of(&self, owner: UserId) -> Result<Vec<Doc>> {
        const DOING: &str = "list the documents of a person";
        let query =
            sqlx::query("SELECT * FROM docs WHERE owner = ? ORDER BY kind, id").bind(bytes(owner.uuid()));
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::doc).doing(DOING)
    }

    async fn search(&self, words: &str, kinds: &[DocKind], limit: u32) -> Result<Vec<SearchHit>> {
        const DOING: &str = "search";
        const SEARCH: &str = "SELECT d.*, -bm25(docs_fts) AS fit FROM docs_fts CROSS JOIN docs d \
                              ON d.row = docs_fts.rowid WHERE docs_fts MATCH ? \
                              AND d.kind IN (SELECT value FROM json_each(?)) ORDER BY fit DESC, d.id LIMIT ?";
        let Some(wanted) = match_all(words) else {
            return Ok(Vec::new());
        };
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
        let query = sqlx::query(SEARCH).bind(wanted).bind(list(&kinds)).bind(limit);
        let rows = query.fetch_all(&self.readers).await.doing(DOING)?;
        row::all(&rows, |row| Ok(SearchHit { doc: row::doc(row)?, rank: row.try_get("fit")? })).doing(DOING)
    }

    async fn edges_from(&self, user: UserId) -> Result<Vec<Edge>> {
        const DOING: &str = "list the trust edges from a person";
        let query =
            sqlx::query("SELECT * FROM edges WHERE from_user = ? ORDER BY to_user").bind(bytes(user.uuid()));
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::edge).doing(DOING)
    }

    async fn edges_to(&self, user: UserId) -> Result<Vec<Edge>> {
        const DOING: &str = "list the trust edges to a person";
        let query =
            sqlx::query("SELECT * FROM edges WHERE to_user = ? ORDER BY from_user").bind(bytes(user.uuid()));
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::edge).doing(DOING)
    }

    async fn all_edges(&self, page: Page<(UserId, UserId)>) -> Result<Vec<Edge>> {
        const DOING: &str = "list trust edges";
        const EDGES: &str = "SELECT * FROM edges WHERE (from_user, to_user) > (?, ?) \
                             ORDER BY from_user, to_user LIMIT ?";
        let (from, to) = page.after.map(|(from, to)| (from.uuid(), to.uuid())).unzip();
        let query = sqlx::query(EDGES).bind(after(from)).bind(after(to)).bind(page.limit);
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::edge).doing(DOING)
    }

    async fn reach(&self, user: UserId, limits: PathLimits, most: u32) -> Result<Reach> {
        reach::reach(&self.readers, user, limits, most).await
    }

    async fn seats_of(&self, user: UserId) -> Result<Vec<Seat>> {
        const DOING: &str = "list the seats of a person";
        let query =
            sqlx::query("SELECT * FROM seats WHERE user = ? ORDER BY circle").bind(bytes(user.uuid()));
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::seat).doing(DOING)
    }

    async fn all_seats(&self, page: Page<(CircleId, UserId)>) -> Result<Vec<Seat>> {
        const DOING: &str = "list seats";
        const SEATS: &str = "SELECT * FROM seats WHERE (circle, user) > (?, ?) ORDER BY circle, user LIMIT ?";
        let (circle, user) = page.after.map(|(circle, user)| (circle.uuid(), user.uuid())).unzip();
        let query = sqlx::query(SEATS).bind(after(circle)).bind(after(user)).bind(page.limit);
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::seat).doing(DOING)
    }

    async fn dials(&self, user: UserId) -> Result<Option<PrivacyDials>> {
        const DOING: &str = "read a person's dials";
        let query = sqlx::query("SELECT * FROM dials WHERE user = ?").bind(bytes(user.uuid()));
        let row = query.fetch_optional(&self.readers).await.doing(DOING)?;
        row.map(|row| dials(&row)).transpose().doing(DOING)
    }
}
