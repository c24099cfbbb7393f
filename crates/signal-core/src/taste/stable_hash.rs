//! A hash that is the same on every platform and in every release, because its results are stored.
//!
//! FNV-1a over the bytes (Fowler, Noll and Vo), then the finaliser of `SplitMix64` (Steele, Lea and Flood, OOPSLA
//! 2014), which spreads what FNV leaves in the low bits over all of them. Not for secrets: anybody can find two inputs
//! that meet.

/// 64 well-mixed bits of the bytes; another seed gives an unrelated hash.
pub fn stable_hash(seed: u64, bytes: &[u8]) -> u64 {
    let fnv = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    finish(fnv ^ finish(seed))
}

/// The finaliser of `SplitMix64`.
const fn finish(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_hold() {
        // SplitMix64 from the state 0 begins with this number.
        assert_eq!(finish(0), 0xe220_a839_7b1d_cdaf);
        // FNV-1a of "a" is 0xaf63dc4c8601ec8c.
        assert_eq!(stable_hash(7, b"a"), finish(0xaf63_dc4c_8601_ec8c ^ finish(7)));
    }

    #[test]
    fn every_bit_is_set_about_half_of_the_time() {
        let mut ones = [0u32; 64];
        for n in 0u32..4_096 {
            let hash = stable_hash(1, &n.to_be_bytes());
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += u32::from(hash >> bit & 1 == 1);
            }
        }
        // 2,048 ± 6 standard deviations of 32.
        assert!(ones.iter().all(|count| (1_856..=2_240).contains(count)), "{ones:?}");
    }
}
