//! The inner loops: plain code that the compiler turns into vector instructions, and one dispatch to the best that the
//! processor has.
//!
//! Coarse products are whole numbers, so their sum is the same in any order. Exact products are added up in [`LANES`]
//! sums of their own, in a fixed order, so that wider registers give the same bits.

use pulp::{Arch, NullaryFnOnce};

/// Bytes that a loop takes at once; vectors are padded to whole ones.
pub(super) const CHUNK: usize = 64;
/// Running sums of an exact product.
const LANES: usize = 16;

/// Σ query · coarse for every vector of `stride` bytes in `coarse`, appended to `out`.
pub(super) fn rough_products(arch: Arch, query: &[i16], coarse: &[i8], stride: usize, out: &mut Vec<i32>) {
    arch.dispatch(Rows { query, coarse, stride, out });
}

/// Σ query · coarse for the vectors in these places, each in the bytes that `of` gives, appended to `out`.
pub(super) fn rough_products_at<'a>(
    arch: Arch,
    query: &[i16],
    codes: impl Iterator<Item = &'a [i8]>,
    out: &mut Vec<i32>,
) {
    arch.dispatch(Places { query, codes, out });
}

/// Σ query · (256 · coarse + fine).
pub(super) fn exact_product(arch: Arch, query: &[f32], coarse: &[i8], fine: &[i8]) -> f32 {
    arch.dispatch(Exact { query, coarse, fine })
}

struct Rows<'a> {
    query: &'a [i16],
    coarse: &'a [i8],
    stride: usize,
    out: &'a mut Vec<i32>,
}

impl NullaryFnOnce for Rows<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "only an inlined body is compiled for the dispatched processor")]
    #[inline(always)]
    fn call(self) {
        for code in self.coarse.chunks_exact(self.stride) {
            self.out.push(rough(self.query, code));
        }
    }
}

struct Places<'a, I> {
    query: &'a [i16],
    codes: I,
    out: &'a mut Vec<i32>,
}

impl<'a, I: Iterator<Item = &'a [i8]>> NullaryFnOnce for Places<'_, I> {
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
    coarse: &'a [i8],
    fine: &'a [i8],
}

impl NullaryFnOnce for Exact<'_> {
    type Output = f32;

    #[expect(clippy::inline_always, reason = "only an inlined body is compiled for the dispatched processor")]
    #[inline(always)]
    fn call(self) -> f32 {
        let mut sums = [0.0f32; LANES];
        let chunks = self.query.as_chunks::<LANES>().0.iter().zip(self.coarse.as_chunks::<LANES>().0);
        for ((query, coarse), fine) in chunks.zip(self.fine.as_chunks::<LANES>().0) {
            for (((sum, x), coarse), fine) in sums.iter_mut().zip(query).zip(coarse).zip(fine) {
                *sum += x * f32::from(i16::from(*coarse) * 256 + i16::from(*fine));
            }
        }
        sums.iter().sum()
    }
}

/// One product. Both are padded to whole chunks.
#[expect(clippy::inline_always, reason = "only an inlined body is compiled for the dispatched processor")]
#[inline(always)]
fn rough(query: &[i16], code: &[i8]) -> i32 {
    let mut total = 0i32;
    for (query, code) in query.as_chunks::<CHUNK>().0.iter().zip(code.as_chunks::<CHUNK>().0) {
        let mut sum = 0i32;
        for (x, y) in query.iter().zip(code) {
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
            (state >> 33) as i32
        };
        let coarse: Vec<i8> = (0..CHUNK * 6 * 5).map(|_| (roll() % 128) as i8).collect();
        let fine: Vec<i8> = (0..CHUNK * 6).map(|_| (roll() % 128) as i8).collect();
        let wide: Vec<i16> = (0..CHUNK * 6).map(|_| (roll() % 32_513) as i16).collect();
        let exact: Vec<f32> = wide.iter().map(|x| f32::from(*x) / 40_000.0).collect();
        let run = |arch: Arch| {
            let mut out = Vec::new();
            rough_products(arch, &wide, &coarse, CHUNK * 6, &mut out);
            let mut at = Vec::new();
            rough_products_at(arch, &wide, coarse.chunks(CHUNK * 6), &mut at);
            assert_eq!(out, at);
            (out, exact_product(arch, &exact, &coarse[..CHUNK * 6], &fine).to_bits())
        };
        let plain: Vec<i32> = coarse
            .chunks(CHUNK * 6)
            .map(|code| code.iter().zip(&wide).map(|(y, x)| i32::from(*x) * i32::from(*y)).sum())
            .collect();
        let found = run(Arch::new());
        assert_eq!(found.0, plain);
        assert_eq!(found, run(Arch::Scalar));
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        // 512 dimensions of the largest numbers: 32,512 · 127 · 512 < 2³¹.
        let mut out = Vec::new();
        rough_products(Arch::new(), &[32_512; 512], &[127; 512], 512, &mut out);
        assert_eq!(out, [2_114_060_288]);
    }
}
