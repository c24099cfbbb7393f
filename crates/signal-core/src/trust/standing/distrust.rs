//! Distrust counts once, after trust has spread.

use std::collections::BTreeMap;

use super::Standings;
use crate::model::{TrustWeight, UserId};
use crate::trust::graph::TrustGraph;

/// Takes from everybody who is distrusted what would have reached them, had the distrust been trust: the distruster's
/// standing, times the weight, over all that the distruster gives in trust and in distrust. Nobody falls below 0.
///
/// One step only, after trust has converged: that the distrusted of my distrusted deserve trust is what nobody means
/// (Guha, Kumar, Raghavan and Tomkins, WWW 2004, section 3.2, "one-step distrust"). What is taken goes to nobody.
///
/// `distrust` holds who, whom and how much; of a pair that comes twice the last one counts. O(edges of distrust ·
/// log + edges of the distrusters).
pub fn discount(standings: &mut Standings, graph: &TrustGraph, distrust: &[(UserId, UserId, TrustWeight)]) {
    let mut rows: BTreeMap<UserId, BTreeMap<UserId, u64>> = BTreeMap::new();
    for &(from, to, weight) in distrust {
        if from != to {
            rows.entry(from).or_default().insert(to, u64::from(weight.ten_thousandths()));
        }
    }
    let mut taken: BTreeMap<UserId, f64> = BTreeMap::new();
    for (from, row) in rows {
        let trust: u64 =
            graph.index(from).map_or(0, |index| graph.outgoing(index).map(|edge| u64::from(edge.1)).sum());
        let all = (trust + row.values().sum::<u64>()) as f64;
        let standing = standings.of(from);
        for (to, weight) in row {
            *taken.entry(to).or_default() += standing * weight as f64 / all;
        }
    }
    for (user, taken) in taken {
        if let Ok(place) = standings.people.binary_search(&user)
            && let Some(value) = standings.values.get_mut(place)
        {
            *value = (*value - taken).max(0.0);
        }
    }
}
