//! Where the vectors lie: in blocks, so that growing copies nothing and a scan has its parts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use pulp::Arch;
use rayon::prelude::*;

use super::code::{Code, Query};
use super::kernel::{CHUNK, Chunk, exact_product, fetch, rough_products};
use super::{Neighbour, NeighbourError, TasteVector};
use crate::model::{ModelId, Timestamp, UserId};

/// People whom an index can hold; the numbers of their slots have 32 bits.
pub const MOST_VECTORS: usize = 1 << 30;
/// Vectors of a block: 384 KiB of coarse bytes at 384 dimensions, which the second-level cache holds.
pub(super) const BLOCK: usize = 1_024;
/// The score of a slot where nobody is; below every cosine and what its bound adds.
pub(super) const NOBODY: f32 = -9.0;

/// Slots by id. The hash has a fixed key: nothing here depends on the system's randomness.
type Slots = HashMap<UserId, u32, BuildHasherDefault<DefaultHasher>>;

/// Vectors of one model and one length, as [coded](super) bytes: 2 a dimension and about 60 a person.
///
/// A removed vector is overwritten at once, and its place is taken by the next that comes.
#[derive(Debug, Clone)]
pub struct Vectors {
    model: ModelId,
    dimensions: usize,
    stride: usize,
    blocks: Vec<Block>,
    slots: Slots,
    free: Vec<u32>,
    arch: Arch,
}

/// The vectors of [`BLOCK`] slots, by part.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    coarse: Vec<Chunk>,
    fine: Vec<Chunk>,
    /// 0 where nobody is.
    unit: Vec<f32>,
    rough: Vec<f32>,
    users: Vec<UserId>,
}

impl Vectors {
    /// Room for vectors of this model and so many numbers each.
    pub fn new(model: ModelId, dimensions: usize) -> Self {
        let stride = dimensions.max(1).next_multiple_of(CHUNK);
        Self {
            model,
            dimensions,
            stride,
            blocks: Vec::new(),
            slots: Slots::default(),
            free: Vec::new(),
            arch: Arch::new(),
        }
    }

    pub(super) const fn model(&self) -> &ModelId {
        &self.model
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// One more than the largest slot that was ever taken.
    pub(super) fn end(&self) -> usize {
        self.slots.len() + self.free.len()
    }

    pub(super) fn bytes(&self) -> usize {
        let each = 2 * self.stride + 2 * size_of::<f32>() + size_of::<UserId>();
        self.blocks.len() * BLOCK * each
            + self.slots.capacity() * (size_of::<(UserId, u32)>() + 1)
            + self.free.capacity() * size_of::<u32>()
    }

    fn check(&self, vector: TasteVector<'_>) -> Result<(), NeighbourError> {
        if *vector.model == self.model {
            return Ok(());
        }
        Err(NeighbourError::OtherModel { expected: self.model.clone(), found: vector.model.clone() })
    }

    /// A vector as it would be kept.
    fn code(&self, vector: TasteVector<'_>) -> Result<Code, NeighbourError> {
        self.check(vector)?;
        Code::of(vector.numbers, self.dimensions, self.stride)
    }

    /// The vectors of many people as they would be kept, of each the last, in parallel on rayon's threads.
    pub(super) fn codes(
        &self,
        people: &[(UserId, TasteVector<'_>)],
    ) -> Result<Vec<(UserId, Code)>, NeighbourError> {
        let codes: Result<Vec<_>, _> =
            people.par_iter().map(|(user, vector)| Ok((*user, self.code(*vector)?))).collect();
        let (mut codes, mut last) = (codes?, Slots::default());
        for ((user, _), place) in codes.iter().zip(0u32..) {
            last.insert(*user, place);
        }
        let mut place = 0u32..;
        codes.retain(|(user, _)| place.next() == last.get(user).copied());
        Ok(codes)
    }

    /// A vector as it is asked about.
    pub(super) fn query(&self, vector: TasteVector<'_>) -> Result<Query, NeighbourError> {
        self.check(vector)?;
        Query::of(vector.numbers, self.dimensions, self.stride)
    }

    /// Fails where so many more people might not fit.
    pub(super) fn room(&self, people: usize) -> Result<(), NeighbourError> {
        let fits = self.end().checked_add(people).is_some_and(|end| end <= MOST_VECTORS);
        if fits { Ok(()) } else { Err(NeighbourError::Full) }
    }

    pub(super) fn slot(&self, user: UserId) -> Option<u32> {
        self.slots.get(&user).copied()
    }

    pub(super) fn user(&self, slot: u32) -> Option<UserId> {
        let block = self.blocks.get(slot as usize / BLOCK)?;
        let lives = block.unit.get(slot as usize % BLOCK).is_some_and(|unit| *unit != 0.0);
        block.users.get(slot as usize % BLOCK).copied().filter(|_| lives)
    }

    /// Slots and people, in the order of slots.
    pub(super) fn people(&self) -> impl Iterator<Item = (u32, UserId)> + '_ {
        (0u32..).take(self.end()).filter_map(|slot| Some((slot, self.user(slot)?)))
    }

    /// Keeps a coded vector of somebody who has none, and says where. The caller has asked for [room](Self::room).
    pub(super) fn put(&mut self, user: UserId, code: &Code) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        if slot as usize / BLOCK >= self.blocks.len() {
            self.blocks.push(Block::new(self.stride, user));
        }
        self.slots.insert(user, slot);
        self.write(slot, user, code);
        slot
    }

    /// Overwrites a person's vector; where it was.
    pub(super) fn take(&mut self, user: UserId) -> Option<u32> {
        let slot = self.slots.remove(&user)?;
        let zeros = vec![0; self.stride];
        let nobody = Code { coarse: zeros.clone(), fine: zeros, unit: 0.0, rough: 0.0 };
        self.write(slot, UserId::new(Timestamp::from_seconds(0), [0; 10]), &nobody);
        self.free.push(slot);
        Some(slot)
    }

    fn write(&mut self, slot: u32, user: UserId, code: &Code) {
        let (place, chunks) = (slot as usize % BLOCK, self.chunks_of(slot));
        let Some(block) = self.blocks.get_mut(slot as usize / BLOCK) else { return };
        let parts = [(&mut block.coarse, &code.coarse), (&mut block.fine, &code.fine)];
        for (kept, bytes) in parts {
            let kept = kept.get_mut(chunks.clone()).unwrap_or_default().iter_mut();
            kept.zip(bytes.as_chunks::<CHUNK>().0).for_each(|(kept, bytes)| kept.0 = *bytes);
        }
        let numbers =
            block.unit.get_mut(place).zip(block.rough.get_mut(place)).zip(block.users.get_mut(place));
        if let Some(((unit, rough), owner)) = numbers {
            (*unit, *rough, *owner) = (code.unit, code.rough, user);
        }
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The rough score of every slot of a block and how far the cosine may be from it, into `out`.
    pub(super) fn rough_scores_of(
        &self,
        block: usize,
        query: &Query,
        products: &mut Vec<i32>,
        out: &mut Vec<(f32, f32)>,
    ) {
        out.clear();
        products.clear();
        let Some(block) = self.blocks.get(block) else { return };
        let codes = block.coarse.chunks_exact(self.stride / CHUNK);
        rough_products(self.arch, &query.wide, codes, products);
        let numbers = products.iter().zip(&block.unit).zip(&block.rough);
        out.extend(numbers.map(|((product, unit), rough)| {
            if *unit == 0.0 {
                (NOBODY, 0.0)
            } else {
                (*product as f32 * (unit * query.step), query.bound(*rough))
            }
        }));
    }

    /// The rough scores of these slots, into `out`; [`NOBODY`] where nobody is.
    pub(super) fn rough_scores(
        &self,
        query: &Query,
        slots: &[u32],
        products: &mut Vec<i32>,
        out: &mut Vec<f32>,
    ) {
        products.clear();
        out.clear();
        let codes = slots.iter().map(|slot| self.coarse(*slot));
        fetch(codes.clone());
        rough_products(self.arch, &query.wide, codes, products);
        out.extend(products.iter().zip(slots).map(|(product, slot)| {
            let unit = self.unit(*slot);
            if unit == 0.0 { NOBODY } else { *product as f32 * (unit * query.step) }
        }));
    }

    /// The cosine with the vector in a slot, and whose it is.
    pub(super) fn cosine(&self, query: &Query, slot: u32) -> Option<Neighbour> {
        let user = self.user(slot)?;
        let product = exact_product(self.arch, &query.exact, self.coarse(slot), self.fine(slot));
        Some(Neighbour { user, cosine: (product * self.unit(slot)).clamp(-1.0, 1.0) })
    }

    /// Turns the vector in a slot into a question for the first look.
    pub(super) fn ask_slot(&self, slot: u32, query: &mut Query) {
        query.wide.resize(self.stride, 0);
        for (wide, chunk) in query.wide.as_chunks_mut::<CHUNK>().0.iter_mut().zip(self.coarse(slot)) {
            wide.iter_mut().zip(&chunk.0).for_each(|(wide, byte)| *wide = i16::from(*byte));
        }
        query.step = 256.0 * 256.0 * self.unit(slot);
    }

    fn unit(&self, slot: u32) -> f32 {
        let block = self.blocks.get(slot as usize / BLOCK);
        block.and_then(|block| block.unit.get(slot as usize % BLOCK)).copied().unwrap_or(0.0)
    }

    fn coarse(&self, slot: u32) -> &[Chunk] {
        let block = self.blocks.get(slot as usize / BLOCK);
        block.and_then(|block| block.coarse.get(self.chunks_of(slot))).unwrap_or(&[])
    }

    fn fine(&self, slot: u32) -> &[Chunk] {
        let block = self.blocks.get(slot as usize / BLOCK);
        block.and_then(|block| block.fine.get(self.chunks_of(slot))).unwrap_or(&[])
    }

    const fn chunks_of(&self, slot: u32) -> std::ops::Range<usize> {
        let (place, chunks) = (slot as usize % BLOCK, self.stride / CHUNK);
        place * chunks..(place + 1) * chunks
    }
}

impl Block {
    fn new(stride: usize, user: UserId) -> Self {
        Self {
            coarse: vec![Chunk([0; CHUNK]); BLOCK * stride / CHUNK],
            fine: vec![Chunk([0; CHUNK]); BLOCK * stride / CHUNK],
            unit: vec![0.0; BLOCK],
            rough: vec![0.0; BLOCK],
            users: vec![user; BLOCK],
        }
    }
}
