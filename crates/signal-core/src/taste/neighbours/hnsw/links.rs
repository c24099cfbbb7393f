//! Who is linked to whom, layer by layer.

/// Fills the places of a list that are not taken.
const NONE: u32 = u32::MAX;

/// Lists of slots: a flat one for the ground layer, in which everybody is, and small ones above.
#[derive(Debug, Clone)]
pub(super) struct Links {
    most: usize,
    /// Twice `most` places for each slot.
    ground: Vec<u32>,
    /// For each slot the lists of layer 1 and up.
    upper: Vec<Vec<Vec<u32>>>,
}

impl Links {
    pub(super) const fn new(most: usize) -> Self {
        Self { most, ground: Vec::new(), upper: Vec::new() }
    }

    /// Links that a new person gets in each layer.
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Links that a person may have in a layer.
    pub(super) const fn room(&self, layer: usize) -> usize {
        if layer == 0 { 2 * self.most } else { self.most }
    }

    /// Makes room for a slot whose highest layer is `layer`, without links.
    pub(super) fn admit(&mut self, slot: u32, layer: usize) {
        let slot = slot as usize;
        let end = slot + 1;
        if end > self.upper.len() {
            self.upper.resize_with(end, Vec::new);
            self.ground.resize(end * self.room(0), NONE);
        }
        if let Some(lists) = self.upper.get_mut(slot) {
            *lists = vec![Vec::new(); layer];
        }
    }

    /// The highest layer of a slot.
    pub(super) fn layer(&self, slot: u32) -> usize {
        self.upper.get(slot as usize).map_or(0, Vec::len)
    }

    pub(super) fn of(&self, layer: usize, slot: u32) -> &[u32] {
        let slot = slot as usize;
        match layer.checked_sub(1) {
            None => {
                let room = self.room(0);
                let list = self.ground.get(slot * room..(slot + 1) * room).unwrap_or(&[]);
                let taken = list.iter().position(|link| *link == NONE).unwrap_or(list.len());
                list.get(..taken).unwrap_or(list)
            }
            Some(above) => self.upper.get(slot).and_then(|lists| lists.get(above)).map_or(&[], Vec::as_slice),
        }
    }

    /// Replaces a list; what goes beyond its room is left out.
    pub(super) fn set(&mut self, layer: usize, slot: u32, links: &[u32]) {
        let (room, slot) = (self.room(layer), slot as usize);
        let links = links.get(..room).unwrap_or(links);
        match layer.checked_sub(1) {
            None => {
                if let Some(list) = self.ground.get_mut(slot * room..(slot + 1) * room) {
                    list.fill(NONE);
                    list.iter_mut().zip(links).for_each(|(place, link)| *place = *link);
                }
            }
            Some(above) => {
                if let Some(list) = self.upper.get_mut(slot).and_then(|lists| lists.get_mut(above)) {
                    list.clear();
                    list.extend_from_slice(links);
                }
            }
        }
    }

    /// Takes a slot's lists away.
    pub(super) fn clear(&mut self, slot: u32) {
        self.set(0, slot, &[]);
        if let Some(lists) = self.upper.get_mut(slot as usize) {
            *lists = Vec::new();
        }
    }

    /// Somebody of the highest layer that anybody is in, among these slots.
    pub(super) fn highest(&self, slots: impl Iterator<Item = u32>) -> Option<u32> {
        slots.max_by_key(|slot| (self.layer(*slot), u32::MAX - slot))
    }

    pub(super) fn bytes(&self) -> usize {
        let list = size_of::<Vec<u32>>();
        let lists: usize = self.upper.iter().map(|lists| lists.capacity() * list).sum();
        let above: usize = self.upper.iter().flatten().map(Vec::capacity).sum();
        (self.ground.capacity() + above) * size_of::<u32>() + self.upper.capacity() * list + lists
    }
}
