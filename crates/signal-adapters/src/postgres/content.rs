//! The content side: names, words, edges, seats and dials.

use async_trait::async_trait;
use signal_core::ledger::{Doc, DocKind};
use signal_core::model::{CircleId, PrivacyDials, UserId};
use signal_core::store::{ContentStore, Edge, Page, Result, SearchHit, Seat};
use signal_core::trust::{PathLimits, Reach};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::error::Doing;
use super::row::{self, after, after_both, in_order};
use super::words::tsquery;
use super::{PostgresStore, reach};
use crate::code;

pub(super) fn dials(row: &PgRow) -> Result<PrivacyDials, sqlx::Error> {
    Ok(PrivacyDials {
        history: row::coded(row, "history", code::audience)?,
        taste: row::coded(row, "taste", code::audience)?,
        trust: row::coded(row, "trust", code::trust_audience)?,
    })
}

#[async_trait]
impl ContentStore for PostgresStore {
    async fn key(&self, key: &str) -> Result<Option<Uuid>> {
        let query = sqlx::query_scalar("SELECT owner FROM keys WHERE key = $1").bind(key);
        query.fetch_optional(&self.pool).await.doing("look up a name")
    }

    async fn keys(&self, keys: &[String]) -> Result<Vec<Option<Uuid>>> {
        const DOING: &str = "look up names";
        const KEYS: &str = "SELECT a.n, k.owner FROM unnest($1::text[]) WITH ORDINALITY AS a (key, n) \
                            JOIN keys k ON k.key = a.key";
        let rows = sqlx::query(KEYS).bind(keys).fetch_all(&self.pool).await.doing(DOING)?;
        in_order(keys.len(), &rows, |row| row.try_get("owner")).doing(DOING)
    }

    async fn keys_of(&self, owner: Uuid) -> Result<Vec<String>> {
        let query = sqlx::query_scalar("SELECT key FROM keys WHERE owner = $1 ORDER BY key").bind(owner);
        query.fetch_all(&self.pool).await.doing("list the names of an owner")
    }

    async fn all_keys(&self, page: Page<String>) -> Result<Vec<(String, Uuid)>> {
        let query = sqlx::query_as("SELECT key, owner FROM keys WHERE key > $1 ORDER BY key LIMIT $2");
        let query = query.bind(page.after.unwrap_or_default()).bind(i64::from(page.limit));
        query.fetch_all(&self.pool).await.doing("list names")
    }

    async fn docs(&self, kind: DocKind, ids: &[Uuid]) -> Result<Vec<Option<Doc>>> {
        const DOING: &str = "read documents";
        const DOCS: &str = "SELECT a.n, d.kind, d.id, d.owner, d.parent, d.at, d.text \
                            FROM unnest($1::uuid[]) WITH ORDINALITY AS a (id, n) \
                            JOIN docs d ON d.kind = $2 AND d.id = a.id";
        let query = sqlx::query(DOCS).bind(ids).bind(kind.as_str());
        let rows = query.fetch_all(&self.pool).await.doing(DOING)?;
        in_order(ids.len(), &rows, row::doc).doing(DOING)
    }

    async fn all_docs(&self, kind: DocKind, page: Page<Uuid>) -> Result<Vec<Doc>> {
        const DOING: &str = "list documents";
        const DOCS: &str = "SELECT kind, id, owner, parent, at, text FROM docs \
                            WHERE kind = $1 AND (id, 0) > ($2, $3) ORDER BY id LIMIT $4";
        let (id, first) = after(page.after);
        let query = sqlx::query(DOCS).bind(kind.as_str()).bind(id).bind(first).bind(i64::from(page.limit));
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::doc).doing(DOING)
    }

    async fn docs_under(&self, kind: DocKind, parent: Uuid, limit: u32) -> Result<Vec<Doc>> {
        const DOING: &str = "list the documents under a parent";
        const DOCS: &str = "SELECT kind, id, owner, parent, at, text FROM docs \
                            WHERE parent = $1 AND kind = $2 ORDER BY at, id LIMIT $3";
        let query = sqlx::query(DOCS).bind(parent).bind(kind.as_str()).bind(i64::from(limit));
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::doc).doing(DOING)
    }

    async fn docs_of(&self, owner: UserId) -> Result<Vec<Doc>> {
        const DOING: &str = "list the documents of a person";
        const DOCS: &str =
            "SELECT kind, id, owner, parent, at, text FROM docs WHERE owner = $1 ORDER BY kind, id";
        let query = sqlx::query(DOCS).bind(owner.uuid());
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::doc).doing(DOING)
    }

    async fn search(&self, words: &str, kinds: &[DocKind], limit: u32) -> Result<Vec<SearchHit>> {
        const DOING: &str = "search";
        // A word weighs less in a long text (1), and by how many different words there are (8).
        const SEARCH: &str = "SELECT kind, id, owner, parent, at, text, ts_rank(words, $1::text::tsquery, 1 | 8) AS fit \
                              FROM docs WHERE words @@ $1::text::tsquery AND kind = ANY($2) \
                              ORDER BY fit DESC, id LIMIT $3";
        let Some(wanted) = tsquery(words) else {
            return Ok(Vec::new());
        };
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
        let query = sqlx::query(SEARCH).bind(wanted).bind(kinds).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await.doing(DOING)?;
        let hit = |row: &PgRow| {
            let rank: f32 = row.try_get("fit")?;
            Ok(SearchHit { doc: row::doc(row)?, rank: f64::from(rank) })
        };
        row::all(&rows, hit).doing(DOING)
    }

    async fn edges_from(&self, user: UserId) -> Result<Vec<Edge>> {
        const DOING: &str = "list the trust edges from a person";
        let query =
            sqlx::query("SELECT * FROM edges WHERE from_user = $1 ORDER BY to_user").bind(user.uuid());
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::edge).doing(DOING)
    }

    async fn edges_to(&self, user: UserId) -> Result<Vec<Edge>> {
        const DOING: &str = "list the trust edges to a person";
        let query =
            sqlx::query("SELECT * FROM edges WHERE to_user = $1 ORDER BY from_user").bind(user.uuid());
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::edge).doing(DOING)
    }

    async fn all_edges(&self, page: Page<(UserId, UserId)>) -> Result<Vec<Edge>> {
        const DOING: &str = "list trust edges";
        const EDGES: &str = "SELECT * FROM edges WHERE (from_user, to_user, 0) > ($1, $2, $3) \
                             ORDER BY from_user, to_user LIMIT $4";
        let (from, to, first) = after_both(page.after.map(|(from, to)| (from.uuid(), to.uuid())));
        let query = sqlx::query(EDGES).bind(from).bind(to).bind(first).bind(i64::from(page.limit));
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::edge).doing(DOING)
    }

    async fn reach(&self, user: UserId, limits: PathLimits, most: u32) -> Result<Reach> {
        reach::reach(&self.pool, user, limits, most).await
    }

    async fn seats_of(&self, user: UserId) -> Result<Vec<Seat>> {
        const DOING: &str = "list the seats of a person";
        let query = sqlx::query("SELECT * FROM seats WHERE user_id = $1 ORDER BY circle").bind(user.uuid());
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::seat).doing(DOING)
    }

    async fn all_seats(&self, page: Page<(CircleId, UserId)>) -> Result<Vec<Seat>> {
        const DOING: &str = "list seats";
        const SEATS: &str = "SELECT * FROM seats WHERE (circle, user_id, 0) > ($1, $2, $3) \
                             ORDER BY circle, user_id LIMIT $4";
        let (circle, user, first) = after_both(page.after.map(|(circle, user)| (circle.uuid(), user.uuid())));
        let query = sqlx::query(SEATS).bind(circle).bind(user).bind(first).bind(i64::from(page.limit));
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::seat).doing(DOING)
    }

    async fn dials(&self, user: UserId) -> Result<Option<PrivacyDials>> {
        const DOING: &str = "read a person's dials";
        let query = sqlx::query("SELECT * FROM dials WHERE user_id = $1").bind(user.uuid());
        let row = query.fetch_optional(&self.pool).await.doing(DOING)?;
        row.map(|row| dials(&row)).transpose().doing(DOING)
    }
}
