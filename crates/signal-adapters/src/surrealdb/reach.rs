//! Whom trust reaches: the edges come from the database, a layer at a time, and are walked here.

use std::collections::BTreeMap;

use signal_core::model::UserId;
use signal_core::store::Edge;
use signal_core::trust::{MAX_HOPS, PathLimits, Reach, Reached};
use surrealdb_types::object;

use super::content::EdgeRow;
use super::error::Read;
use super::link::Asks;
use super::row::{self, below, list, uuid};

/// A product of 1, in units of 10⁻¹⁶ as the core counts them, and of a weight.
const ONE: u64 = 10_000_000_000_000_000;
const FULL_WEIGHT: u64 = 10_000;
/// People whose edges are asked for at once.
const AT_ONCE: usize = 64;

/// Edges from people, at most so many in all.
async fn edges_of(asks: &dyn Asks, people: Vec<UserId>, most: u64) -> Read<Vec<Edge>> {
    const EDGES: &str = "RETURN array::flatten($ranges.map(|$range| \
                         (SELECT id, weight FROM $range LIMIT $limit)))";
    let mut edges = Vec::new();
    for people in people.chunks(AT_ONCE) {
        let left = most - edges.len() as u64;
        if left == 0 {
            break;
        }
        let ranges = list(people.iter().map(|user| below("trusts", [uuid(user.uuid())])));
        let limit = left.min(u64::from(u32::MAX));
        let rows = asks.ask(EDGES, object! { ranges: ranges, limit: row::signed(limit) }).await?;
        let rows = row::rows::<EdgeRow>(rows)?.into_iter();
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        edges.extend(rows.take(most).map(EdgeRow::edge).collect::<Read<Vec<_>>>()?);
    }
    Ok(edges)
}

/// Layer by layer: everybody at the end of exactly so many edges, with the best product. Products are whole numbers of at
/// most 10¹⁶, and each division leaves no rest, so nothing is rounded. Of the ways to one person only the best is walked on:
/// a layer looks at no edge twice, however many paths there are. Once so many edges as are allowed and one more
/// have been looked at, the search ends.
pub(super) async fn reach(asks: &dyn Asks, user: UserId, limits: PathLimits, most: u32) -> Read<Reach> {
    let hops = limits.hops.min(MAX_HOPS);
    if hops == 0 || most == 0 {
        return Ok(Reach { people: Vec::new(), complete: true });
    }
    let mut best: BTreeMap<UserId, u64> = BTreeMap::new();
    let mut layer = BTreeMap::from([(user, ONE)]);
    let mut left = u64::from(limits.edges) + 1;
    for _ in 0..hops {
        if layer.is_empty() || left == 0 {
            break;
        }
        let edges = edges_of(asks, layer.keys().copied().collect(), left).await?;
        left -= edges.len() as u64;
        let mut next: BTreeMap<UserId, u64> = BTreeMap::new();
        for edge in edges {
            let before = layer.get(&edge.from).copied().unwrap_or_default();
            let product = before / FULL_WEIGHT * u64::from(edge.weight.ten_thousandths());
            let kept = next.entry(edge.to).or_default();
            *kept = product.max(*kept);
        }
        for (user, product) in &next {
            let kept = best.entry(*user).or_default();
            *kept = (*product).max(*kept);
        }
        layer = next;
    }
    best.remove(&user);
    let mut people: Vec<_> = best
        .into_iter()
        .map(|(user, product)| Reached { user, strength: product as f64 / ONE as f64, product })
        .collect();
    people.sort_by_key(|reached| (std::cmp::Reverse(reached.product), reached.user));
    people.truncate(most as usize);
    Ok(Reach { people, complete: left > 0 })
}
