//! The inner loops: plain code that the compiler turns into vector instructions, and one dispatch to the best that the
//! processor has.
//!
//! Coarse products are whole numbers, so their sum is the same in any order. Exact products are added up in [`LANES`]
//! sums of their own, in a fixed order, so that wider registers give the same bits.

use pulp::{Arch, NullaryFnOnce};

/// Bytes that a loop takes at once; vectors are padded to whole ones.
pub(super) const CHUNK: usize = 64;

/// Bytes of a vector that lie in one line of the cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Chunk(pub(super) [i8; CHUNK]);

/// Running sums of an exact product.
const LANES: usize = 16;

/// Σ query · coarse for each of these vectors, appended to `out`.
pub(super) fn rough_products<'a>(
    arch: Arch,
    query: &[i16],
    codes: impl Iterator<Item = &'a [Chunk]>,
    out: &mut Vec<i32>,
) {
    arch.dispatch(Rough { query, codes, out });
}

/// Brings vectors that lie apart into the cache, all at once: products would wait for them one after the other.
pub(super) fn fetch<'a>(codes: impl Iterator<Item = &'a [Chunk]>) {
    std::hint::black_box(codes.flatten().fold(0i8, |bits, chunk| bits ^ chunk.0[0]));
}

/// Σ query · (256 · coarse + fine).
pub(super) fn exact_product(arch: Arch, query: &[f32], coarse: &[Chunk], fine: &[Chunk]) -> f32 {
    arch.dispatch(Exact { query, coarse, fine })
}

struct Rough<'a, I> {
    query: &'a [i16],
    codes: I,
    out: &'a mut Vec<i32>,
}

impl<'a, I: Iterator<Item = &'a [Chunk]>> NullaryFnOnce for Rough<'_, I> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "only an inlined body is compiled for the dispatched processor")]
    #[inline(always)]
    fn call(self) {
        for code in self.codes {
            self.out.push(rough(self.query, code));
        }
    }
}

struct Exact<'a> {
    query: &'a [f32],
    coarse: &'a [Chunk],
    fine: &'a [Chunk],
}

impl NullaryFnOnce for Exact<'_> {
    type Output = f32;

    #[expect(clippy::inline_always, reason = "only an inlined body is compiled for the dispatched processor")]
    #[inline(always)]
    fn call(self) -> f32 {
        let mut sums = [0.0f32; LANES];
        let chunks = self.query.as_chunks::<CHUNK>().0.iter().zip(self.coarse).zip(self.fine);
        for ((query, coarse), fine) in chunks {
            let lanes = query.as_chunks::<LANES>().0.iter().zip(coarse.0.as_chunks::<LANES>().0);
            for ((query, coarse), fine) in lanes.zip(fine.0.as_chunks::<LANES>().0) {
                for (((sum, x), coarse), fine) in sums.iter_mut().zip(query).zip(coarse).zip(fine) {
                    *sum += x * f32::from(i16::from(*coarse) * 256 + i16::from(*fine));
                }
            }
        }
        sums.iter().sum()
    }
}

/// One product. Both are padded to whole chunks.
#[expect(clippy::inline_always, reason = "only an inlined body is compiled for the dispatched processor")]
#[inline(always)]
fn rough(query: &[i16], code: &[Chunk]) -> i32 {
    let mut total = 0i32;
    for (query, code) in query.as_chunks::<CHUNK>().0.iter().zip(code) {
        let mut sum = 0i32;
        for (x, y) in query.iter().zip(&code.0) {
            sum += i32::from(*x) * i32::from(*y);
        }
        total += sum;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_processor_gives_the_same_bits() {
        let mut state = 1u64;
        let mut roll = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i32::try_from(state >> 33).unwrap() - (1 << 30)
        };
        let mut chunks = || {
            (0..6).map(|_| Chunk([0; CHUNK].map(|_| i8::try_from(roll() % 128).unwrap()))).collect::<Vec<_>>()
        };
        let (coarse, other, fine) = (chunks(), chunks(), chunks());
        let wide: Vec<i16> = (0..CHUNK * 6).map(|_| i16::try_from(roll() % 32_513).unwrap()).collect();
        let exact: Vec<f32> = wide.iter().map(|x| f32::from(*x) / 40_000.0).collect();
        let run = |arch: Arch| {
            let mut out = Vec::new();
            rough_products(arch, &wide, [&coarse[..], &other[..]].into_iter(), &mut out);
            (out, exact_product(arch, &exact, &coarse, &fine).to_bits())
        };
        let plain = [&coarse, &other].map(|code| {
            let bytes = code.iter().flat_map(|chunk| chunk.0);
            bytes.zip(&wide).map(|(y, x)| i32::from(*x) * i32::from(y)).sum::<i32>()
        });
        let found = run(Arch::new());
        assert_eq!(found.0, plain);
        assert_eq!(found, run(Arch::Scalar));
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        // 512 dimensions of the largest numbers: 32,512 · 127 · 512 < 2³¹.
        let mut out = Vec::new();
        let code = [Chunk([127; CHUNK]); 8];
        rough_products(Arch::new(), &[32_512; 512], [&code[..]].into_iter(), &mut out);
        assert_eq!(out, [2_114_060_288]);
    }
}
