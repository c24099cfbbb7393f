//! Linking people into the graph, many at once.

use rayon::prelude::*;

use super::walk::Walk;
use super::{Hnsw, layer_of};
use crate::model::UserId;
use crate::taste::neighbours::code::Query;
use crate::taste::neighbours::rank::Rank;

/// A group has at most one person for so many in the graph, so that the graph it is searched on is nearly whole.
const GROUP_SHARE: usize = 16;
/// People in a group at most; everybody in it is compared with everybody else.
const LARGEST_GROUP: usize = 512;

/// A list that is chosen anew keeps one place in so many free, so that it is not chosen anew for the next link too.
const FREE_SHARE: usize = 8;

/// A person's links in one layer.
struct List {
    layer: usize,
    slot: u32,
    links: Vec<u32>,
}

/// What a thread works with.
#[derive(Default)]
struct Bench {
    walk: Walk,
    query: Query,
    asked: Query,
}

impl Hnsw {
    /// Links these people, whose vectors are kept already.
    pub(super) fn link(&mut self, people: &[(u32, UserId)]) {
        let mut rest = people;
        let mut linked = self.vectors.len() - people.len();
        while !rest.is_empty() {
            let size = (linked / GROUP_SHARE).clamp(1, LARGEST_GROUP).min(rest.len());
            let Some((group, later)) = rest.split_at_checked(size) else { return };
            self.link_group(group);
            linked += size;
            rest = later;
        }
    }

    fn link_group(&mut self, group: &[(u32, UserId)]) {
        for (slot, user) in group {
            self.links.admit(*slot, layer_of(*user, self.links.most()));
        }
        let slots: Vec<u32> = group.iter().map(|(slot, _)| *slot).collect();
        let forward: Vec<List> = slots
            .par_iter()
            .map_init(Bench::default, |bench, slot| self.links_for(*slot, &slots, bench))
            .flatten_iter()
            .collect();
        let mut back: Vec<(usize, u32, u32)> = Vec::new();
        for list in &forward {
            self.links.set(list.layer, list.slot, &list.links);
            back.extend(list.links.iter().map(|to| (list.layer, *to, list.slot)));
        }
        back.sort_unstable();
        let targets: Vec<&[(usize, u32, u32)]> = back.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).collect();
        let lists: Vec<List> = targets
            .par_iter()
            .map_init(Bench::default, |bench, back| self.with_back_links(back, bench))
            .flatten_iter()
            .collect();
        for list in lists {
            self.links.set(list.layer, list.slot, &list.links);
        }
        self.entry = self.links.highest(self.entry.into_iter().chain(slots));
    }

    /// A new person's links in each of their layers, to people of the graph as it is and to others of their group.
    fn links_for(&self, slot: u32, group: &[u32], bench: &mut Bench) -> Vec<List> {
        let Bench { walk, query, asked } = bench;
        self.vectors.ask_slot(slot, query);
        let others = self.scored(query, group, walk);
        let top = self.links.layer(slot);
        let mut from = Vec::new();
        let mut lists = Vec::with_capacity(top + 1);
        for layer in (0..=top).rev() {
            from = if from.is_empty() {
                self.search(query, layer, self.build_beam, walk)
            } else {
                self.search_layer(query, layer, &from, self.build_beam, walk)
            };
            let mut ranked: Vec<Rank> = others
                .iter()
                .filter(|rank| self.links.layer(rank.slot()) >= layer)
                .take(self.build_beam)
                .chain(&from)
                .copied()
                .filter(|rank| rank.slot() != slot && self.links.layer(rank.slot()) >= layer)
                .collect();
            ranked.sort_unstable_by(|a, b| b.cmp(a));
            ranked.dedup();
            lists.push(List { layer, slot, links: self.choose(&ranked, self.links.most(), walk, asked) });
        }
        lists
    }

    /// A person's list with links back to those who linked to them, chosen anew where they are too many.
    fn with_back_links(&self, back: &[(usize, u32, u32)], bench: &mut Bench) -> Option<List> {
        let &(layer, slot, _) = back.first()?;
        let mut links = self.links.of(layer, slot).to_vec();
        for (_, _, from) in back {
            if !links.contains(from) {
                links.push(*from);
            }
        }
        if links.len() > self.links.room(layer) {
            let Bench { walk, query, asked } = bench;
            self.vectors.ask_slot(slot, query);
            let ranked = self.scored(query, &links, walk);
            let room = self.links.room(layer);
            links = self.choose(&ranked, room - room / FREE_SHARE, walk, asked);
        }
        Some(List { layer, slot, links })
    }
}
