//! Taking somebody out of the graph.

use super::Hnsw;
use super::walk::Walk;
use crate::taste::neighbours::code::Query;

impl Hnsw {
    /// Takes a slot's links away, and links those around it past it. Somebody far who linked to it keeps a link that
    /// leads nowhere, or to whoever takes the slot next: a detour of one step, until their list is next chosen anew.
    pub(super) fn unlink(&mut self, slot: u32) {
        let (mut walk, mut query, mut asked) = (Walk::default(), Query::default(), Query::default());
        for layer in 0..=self.links.layer(slot) {
            let outward = self.links.of(layer, slot).to_vec();
            for near in self.linked_to(layer, slot, &outward) {
                let kept = self.links.of(layer, near).iter().chain(&outward).copied();
                let mut links: Vec<u32> = kept.filter(|to| *to != slot && *to != near).collect();
                links.sort_unstable();
                links.dedup();
                links.retain(|to| self.links.layer(*to) >= layer);
                self.vectors.ask_slot(near, &mut query);
                let ranked = self.scored(&query, &links, &mut walk);
                let chosen = self.choose(&ranked, self.links.room(layer), &mut walk, &mut asked);
                self.links.set(layer, near, &chosen);
            }
        }
        self.links.clear(slot);
        if self.entry == Some(slot) {
            let others = self.vectors.people().map(|(other, _)| other).filter(|other| *other != slot);
            self.entry = self.links.highest(others);
        }
    }

    /// Who links to a slot, among those it leads to within two steps; in the order of slots.
    fn linked_to(&self, layer: usize, slot: u32, outward: &[u32]) -> Vec<u32> {
        let second = outward.iter().flat_map(|near| self.links.of(layer, *near)).copied();
        let mut around: Vec<u32> = outward.iter().copied().chain(second).collect();
        around.sort_unstable();
        around.dedup();
        around.retain(|near| *near != slot && self.links.of(layer, *near).contains(&slot));
        around
    }
}
