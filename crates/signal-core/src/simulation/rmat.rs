//! Random graphs of any size, with hubs as communities have them.

use rayon::prelude::*;

use crate::model::{Timestamp, TrustWeight, UserId};

/// 2¹⁶ times the chances of the four quarters: .57, .19, .19 and .05.
const QUARTERS: [u64; 3] = [37_355, 49_807, 62_259];
/// When the made-up people registered: a thousand a second from here on.
const FIRST_SECOND: i64 = 1_767_225_600;
/// Draws for one edge before it is left out; one in four is out of range at most.
const DRAWS: u64 = 64;

/// People without names and trust between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomGraph {
    /// People in the order of their ids.
    pub people: Vec<UserId>,
    /// Edges between their places in that list. The same pair may come twice, and a person may trust themselves: who
    /// builds a graph of it leaves those out.
    pub edges: Vec<(u32, u32, TrustWeight)>,
}

/// Draws `edges` edges between `people` people by R-MAT (Chakrabarti, Zhan and Faloutsos, SDM 2004) with chances
/// .57, .19, .19 and .05, and weights in whole hundredths. The same arguments give the same graph on any number of
/// threads. O(edges · log people).
pub fn random_graph(people: u32, edges: u64, seed: u64) -> RandomGraph {
    let levels = people.saturating_sub(1).checked_ilog2().map_or(0, |highest| highest + 1);
    let drawn =
        (0..edges).into_par_iter().filter_map(|edge| draw(people, levels, mix(seed) ^ edge)).collect();
    RandomGraph { people: (0..people).map(random_person).collect(), edges: drawn }
}

fn draw(people: u32, levels: u32, place: u64) -> Option<(u32, u32, TrustWeight)> {
    let mut dice = Dice(mix(place));
    for _ in 0..DRAWS {
        let (mut from, mut to) = (0u32, 0u32);
        let mut bits = 0;
        for level in 0..levels {
            if level % 4 == 0 {
                bits = dice.roll();
            }
            let quarter = QUARTERS.iter().filter(|bound| bits & 0xffff >= **bound).count();
            bits >>= 16;
            from = from << 1 | u32::from(quarter >= 2);
            to = to << 1 | u32::from(quarter % 2 == 1);
        }
        if from < people && to < people {
            let hundredths = u16::try_from(dice.roll() % 100).unwrap_or(0) + 1;
            return Some((from, to, TrustWeight::from_ten_thousandths(hundredths * 100).ok()?));
        }
    }
    None
}

/// `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
pub(super) struct Dice(u64);

impl Dice {
    /// Dice that fall like no others of another place and seed.
    pub(super) fn at(seed: u64, place: u64) -> Self {
        Self(mix(mix(seed) ^ place))
    }

    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

/// A made-up person by number; larger numbers have larger ids.
pub fn random_person(number: u32) -> UserId {
    let mut random = [0; 10];
    for (place, byte) in random.iter_mut().skip(6).zip(number.to_be_bytes()) {
        *place = byte;
    }
    UserId::new(Timestamp::from_seconds(FIRST_SECOND + i64::from(number / 1_000)), random)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::TrustGraph;

    #[test]
    fn the_same_seed_gives_the_same_graph_with_hubs() {
        let one = random_graph(1_000, 20_000, 7);
        assert_eq!(one, random_graph(1_000, 20_000, 7));
        assert_ne!(one.edges, random_graph(1_000, 20_000, 8).edges);
        assert!(one.people.is_sorted_by(|a, b| a < b));
        let graph = TrustGraph::from_numbered(one.people, &one.edges);
        let mut degrees: Vec<usize> = (0..1_000).map(|n| graph.incoming(n).degree()).collect();
        degrees.sort_unstable();
        assert!((8_000..=20_000).contains(&graph.edges()), "{} edges", graph.edges());
        assert!(degrees[999] > 8 * degrees[500], "{} {}", degrees[999], degrees[500]);
    }

    #[test]
    fn tiny_communities_have_edges_too() {
        assert_eq!(random_graph(0, 10, 1).edges, []);
        let pair = random_graph(2, 100, 1);
        assert!(pair.edges.iter().all(|edge| edge.0 < 2 && edge.1 < 2));
        assert_eq!(pair.edges.len(), 100);
    }
}
