//! How fast entries are sealed beside plain SHA-256 over the same bytes, and how fast a proof is made in memory.
//!
//! `cargo bench -p signal-adapters --bench ledger -- [ENTRIES]`; one line of JSON.

use std::hint::black_box;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use signal_core::ledger::{NodeId, ProofPlan, Tree, body_hash, root_from_inclusion};
use signal_core::model::Hash;

/// Entries that are sealed.
const SEALED: u64 = 1_000_000;
/// Bytes of a body like that of a rating.
const BODY_BYTES: usize = 340;
/// Bytes of its leaf.
const LEAF_BYTES: usize = 230;
/// Proofs that are timed.
const PROOFS: usize = 20_000;

fn seconds(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64()
}

/// Seconds of sealing, and of hashing the same salts, bodies and leaves in one go; the best of five of each.
fn sealing() -> (f64, f64) {
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let mut bytes = vec![0_u8; 16 + BODY_BYTES + LEAF_BYTES];
    dice.fill(&mut bytes[..]);
    let (salt, rest) = bytes.split_at(16);
    let salt: [u8; 16] = salt.try_into().unwrap_or_default();
    let (body, leaf) = rest.split_at(BODY_BYTES);
    let (mut sealed, mut plain) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..5 {
        plain = plain.min(seconds(|| {
            let mut hasher = Sha256::new();
            for _ in 0..SEALED {
                hasher.update(black_box(&bytes));
            }
            black_box(hasher.finalize());
        }));
        sealed = sealed.min(seconds(|| {
            let mut tree = Tree::default();
            for _ in 0..SEALED {
                black_box(body_hash(&salt, black_box(body)));
                black_box(tree.push(black_box(leaf)));
            }
            black_box(tree.root());
        }));
    }
    (sealed, plain)
}

/// Every node of a tree, by level.
fn grow(entries: u64) -> Vec<Vec<Hash>> {
    let mut tree = Tree::default();
    let mut levels: Vec<Vec<Hash>> = Vec::new();
    for entry in 0..entries {
        for (id, hash) in tree.push(&entry.to_le_bytes()) {
            let level = usize::from(id.level);
            if levels.len() <= level {
                levels.resize(level + 1, Vec::new());
            }
            levels[level].push(hash);
        }
    }
    levels
}

fn node(levels: &[Vec<Hash>], id: NodeId) -> Option<Hash> {
    let index = usize::try_from(id.index).ok()?;
    levels.get(usize::from(id.level))?.get(index).copied()
}

fn main() {
    // What cargo itself adds is no number.
    let entries = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(10_000_000_u64);
    let (sealed, plain) = sealing();
    let levels = grow(entries);
    let roots: Vec<_> = ProofPlan::root(entries).nodes().iter().map(|id| node(&levels, *id)).collect();
    let root = ProofPlan::root(entries).fill(&roots).expect("every node is there");
    let mut dice = ChaCha8Rng::seed_from_u64(2);
    let mut micros: Vec<f64> = (0..PROOFS)
        .map(|_| {
            let index = dice.random_range(0..entries);
            let started = Instant::now();
            let plan = ProofPlan::inclusion(index, entries).expect("is in it");
            let stored: Vec<_> = plan.nodes().iter().map(|id| node(&levels, *id)).collect();
            let path = plan.fill(&stored).expect("every node is there");
            let micros = started.elapsed().as_secs_f64() * 1e6;
            let leaf = levels[0][usize::try_from(index).expect("fits")];
            assert_eq!(root_from_inclusion(leaf, index, entries, &path).as_ref(), root.first());
            micros
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    let bytes = (SEALED * (16 + BODY_BYTES + LEAF_BYTES) as u64) as f64;
    println!(
        "{{\"sealing_mb_s\":{:.0},\"sha256_mb_s\":{:.0},\"share\":{:.3},\"entries\":{entries},\"proof_us_p50\":{:.1},\
         \"proof_us_p99\":{:.1}}}",
        bytes / sealed / 1e6,
        bytes / plain / 1e6,
        plain / sealed,
        micros[PROOFS / 2],
        micros[PROOFS * 99 / 100]
    );
}
