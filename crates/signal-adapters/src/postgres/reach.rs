//! Whom trust reaches, found by the database.

use signal_core::model::UserId;
use signal_core::store::Result;
use signal_core::trust::{MAX_HOPS, PathLimits, Reach, Reached};
use sqlx::{AssertSqlSafe, PgPool};

use super::error::Doing;
use super::row;

const DOING: &str = "search along trust edges";
/// A product of 1, in units of 10⁻¹⁶ as the core counts them.
const ONE: f64 = 1e16;

/// Layer by layer: everybody at the end of exactly so many edges, with the best product. Products are whole numbers of at
/// most 10¹⁶, and each division leaves no rest, so nothing is rounded. Of the ways to one person only the best is walked on:
/// a layer looks at no edge twice, however many paths there are. Nobody is walked on from whom fewer edges reach as strongly, nor
/// who is further than all whom the answer will name, since no edge makes a product larger. Once so many edges as are allowed
/// and one more have been looked at, the search ends.
///
/// `$1` is the person, `$2` the edges that may be looked at, `$3` how many people to name.
fn statement(hops: u8) -> String {
    let mut layers = vec![
        "layer1(user_id, product, looked) AS MATERIALIZED (
            SELECT to_user, weight * 1000000000000, 1::int8
            FROM (SELECT to_user, weight FROM edges WHERE from_user = $1 LIMIT $2 + 1) AS own)"
            .to_owned(),
    ];
    for layer in 2..=hops {
        let before = layer - 1;
        let looked: Vec<_> =
            (1..layer).map(|n| format!("(SELECT coalesce(sum(looked), 0)::int8 FROM layer{n})")).collect();
        let looked = looked.join(" - ");
        let nearer: Vec<_> = (1..before).map(not_nearer).collect();
        let nearer = nearer.concat();
        layers.push(format!(
            "least{layer}(product) AS MATERIALIZED (
                SELECT coalesce((
                    SELECT max(product) FROM ({}) AS so_far WHERE user_id <> $1
                    GROUP BY user_id ORDER BY 1 DESC OFFSET $3 - 1 LIMIT 1), 0))",
            union(before)
        ));
        layers.push(format!(
            "layer{layer}(user_id, product, looked) AS MATERIALIZED (
                SELECT user_id, max(product), count(*)
                FROM (SELECT e.to_user AS user_id, l.product / 10000 * e.weight AS product
                      FROM layer{before} l JOIN edges e ON e.from_user = l.user_id
                      WHERE l.user_id <> $1 AND l.product >= (SELECT product FROM least{layer}){nearer}
                      LIMIT greatest(0, $2 + 1 - {looked})) AS next
                GROUP BY user_id)"
        ));
    }
    format!(
        "WITH {}, all_layers AS MATERIALIZED ({})
         SELECT user_id, max(product) AS product, (SELECT sum(looked)::int8 FROM all_layers) AS looked
         FROM all_layers WHERE user_id <> $1 GROUP BY user_id ORDER BY product DESC, user_id LIMIT $3",
        layers.join(", "),
        union(hops)
    )
}

/// That fewer edges do not reach a person as strongly.
fn not_nearer(layer: u8) -> String {
    format!(
        " AND NOT EXISTS (SELECT FROM layer{layer} n WHERE n.user_id = l.user_id AND n.product >= l.product)"
    )
}

/// All rows of the first layers.
fn union(layers: u8) -> String {
    let all: Vec<_> = (1..=layers).map(|n| format!("SELECT * FROM layer{n}")).collect();
    all.join(" UNION ALL ")
}

pub(super) async fn reach(pool: &PgPool, user: UserId, limits: PathLimits, most: u32) -> Result<Reach> {
    let hops = limits.hops.min(MAX_HOPS);
    if hops == 0 || most == 0 {
        return Ok(Reach { people: Vec::new(), complete: true });
    }
    let query = sqlx::query(AssertSqlSafe(statement(hops))).bind(user.uuid());
    let query = query.bind(i64::from(limits.edges)).bind(i64::from(most));
    let rows = query.fetch_all(pool).await.doing(DOING)?;
    let looked = rows.first().map(|row| row::unsigned(row, "looked")).transpose().doing(DOING)?;
    let people = row::all(&rows, |row| {
        let product = row::unsigned(row, "product")?;
        let strength = product as f64 / ONE;
        Ok(Reached { user: row::user(row, "user_id")?, strength, product })
    });
    let complete = looked.is_none_or(|looked| looked <= u64::from(limits.edges));
    Ok(Reach { people: people.doing(DOING)?, complete })
}
