//! Inclusion and consistency proofs of RFC 6962 trees (RFC 9162 §2.1.3, §2.1.4), from stored nodes.
//!
//! A [`ProofPlan`] names the stored nodes that a proof is made of, so that a store is asked once; [`ProofPlan::fill`]
//! makes the proof from them. Checking needs no tree: [`root_from_inclusion`] and [`is_consistent`].

use super::merkle::{NodeId, node_hash, root_of};
use crate::model::Hash;

/// Most hashes that any proof has: a tree of 2^63 leaves.
pub const MAX_PROOF_HASHES: usize = 64;

/// What a proof is made of: each of its hashes is the root over full subtrees, largest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofPlan {
    hashes: Vec<Vec<NodeId>>,
}

/// The full subtrees over `len` leaves from `start` on, largest first. Subtrees of a tree begin where these fit.
fn cover(start: u64, len: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut at = start;
    for level in (0..u8::try_from(u64::BITS).unwrap_or(64)).rev() {
        if len >> level & 1 == 1 {
            nodes.push(NodeId { level, index: at >> level });
            at += 1 << level;
        }
    }
    nodes
}

/// Leaves of the left subtree of a tree of at least two: the largest power of two below its size.
const fn left_size(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

impl ProofPlan {
    /// The path from a leaf to the root of the first `size` leaves; `None` where the leaf is not among them.
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        (index < size).then(|| {
            let (mut start, mut size, mut hashes) = (0, size, Vec::new());
            while size > 1 {
                let left = left_size(size);
                if index - start < left {
                    hashes.push(cover(start + left, size - left));
                    size = left;
                } else {
                    hashes.push(cover(start, left));
                    (start, size) = (start + left, size - left);
                }
            }
            hashes.reverse();
            Self { hashes }
        })
    }

    /// What shows that the first `old` leaves of `new` are as they were; `None` where there were more than there are.
    /// Empty for an empty tree, and for trees of one size.
    pub fn consistency(old: u64, new: u64) -> Option<Self> {
        if old > new {
            return None;
        }
        let mut hashes = Vec::new();
        if old == 0 || old == new {
            return Some(Self { hashes });
        }
        // The old root is known to whoever asks, unless the old tree turns out not to be a subtree of the new one.
        let (mut start, mut size, mut known) = (0, new, true);
        while old != start + size {
            let left = left_size(size);
            if old <= start + left {
                hashes.push(cover(start + left, size - left));
                size = left;
            } else {
                hashes.push(cover(start, left));
                (start, size, known) = (start + left, size - left, false);
            }
        }
        if !known {
            hashes.push(cover(start, size));
        }
        hashes.reverse();
        Some(Self { hashes })
    }

    /// The root of the first `size` leaves, as a proof of one hash; none for the empty tree.
    pub fn root(size: u64) -> Self {
        Self { hashes: if size == 0 { Vec::new() } else { vec![cover(0, size)] } }
    }

    /// How many hashes the proof has.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether the proof needs no hash.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The stored nodes that it needs, at most twice the tree's height.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.hashes.iter().flatten().copied().collect()
    }

    /// The proof, from the stored nodes in the order of [`ProofPlan::nodes`]; the first one that is missing otherwise.
    pub fn fill(&self, stored: &[Option<Hash>]) -> Result<Vec<Hash>, NodeId> {
        let mut stored = stored.iter().copied();
        let root = |nodes: &Vec<NodeId>| {
            let found = nodes.iter().map(|node| stored.next().flatten().ok_or(*node));
            found.collect::<Result<Vec<_>, _>>().map(|hashes| root_of(&hashes))
        };
        self.hashes.iter().map(root).collect()
    }
}

/// The root that a leaf's path leads to (RFC 9162 §2.1.3.2); `None` where a path of this length cannot be one.
pub fn root_from_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let mut last = size.checked_sub(1)?;
    let mut at = index;
    if at > last {
        return None;
    }
    let mut root = leaf;
    for hash in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            root = node_hash(hash, &root);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            root = node_hash(&root, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

/// The two roots that a consistency proof leads to (RFC 9162 §2.1.4.2), of an old tree that is neither empty nor all of
/// the new one; `None` where a proof of this length cannot be one. The old root itself is used where it is full.
pub(super) fn roots_from_consistency(
    old: (u64, Hash),
    new_size: u64,
    proof: impl Iterator<Item = Hash>,
) -> Option<(Hash, Hash)> {
    let (old_size, old_root) = old;
    if old_size == 0 || old_size >= new_size {
        return None;
    }
    let mut hashes = proof;
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let first = if old_size.is_power_of_two() { old_root } else { hashes.next()? };
    let (mut was, mut is) = (first, first);
    for hash in hashes {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            (was, is) = (node_hash(&hash, &was), node_hash(&hash, &is));
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            is = node_hash(&is, &hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some((was, is))
}

/// Whether a tree is an earlier one and more; every tree is the empty one and more.
pub fn is_consistent(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    if old.0 == 0 || old.0 == new.0 {
        return proof.is_empty() && (old.0 == 0 || old.1 == new.1);
    }
    roots_from_consistency(old, new.0, proof.iter().copied()) == Some((old.1, new.1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::*;
    use crate::ledger::{Tree, leaf_hash};

    /// Leaves, and every finished node over them.
    struct Grown {
        leaves: Vec<Vec<u8>>,
        nodes: BTreeMap<NodeId, Hash>,
    }

    impl Grown {
        fn of(leaves: Vec<Vec<u8>>) -> Self {
            let mut tree = Tree::default();
            let nodes = leaves.iter().flat_map(|leaf| tree.push(leaf)).collect();
            Self { leaves, nodes }
        }

        fn fill(&self, plan: &ProofPlan) -> Vec<Hash> {
            let stored: Vec<_> = plan.nodes().iter().map(|id| self.nodes.get(id).copied()).collect();
            plan.fill(&stored).expect("every node is there")
        }

        fn root(&self, size: u64) -> Hash {
            self.fill(&ProofPlan::root(size)).first().copied().unwrap_or_else(|| root_of(&[]))
        }

        fn leaf(&self, index: u64) -> Hash {
            leaf_hash(&self.leaves[usize::try_from(index).expect("small")])
        }
    }

    fn hash(text: &str) -> Hash {
        Hash::from_slice(&hex::decode(text).expect("hex")).expect("32 bytes")
    }

    /// Certificate Transparency's published test tree.
    fn published() -> Grown {
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        Grown::of(leaves.iter().map(|leaf| hex::decode(leaf).expect("hex")).collect())
    }

    #[test]
    fn the_published_inclusion_proofs_come_out() {
        // Index, size, path: the audit paths of Certificate Transparency's test tree.
        let table: [(u64, u64, &[&str]); 5] = [
            (0, 1, &[]),
            (
                0,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                5,
                8,
                &[
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
            (
                1,
                5,
                &[
                    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ];
        let tree = published();
        for (index, size, path) in table {
            let path: Vec<_> = path.iter().map(|text| hash(text)).collect();
            assert_eq!(
                tree.fill(&ProofPlan::inclusion(index, size).expect("is in it")),
                path,
                "{index} of {size}"
            );
            assert_eq!(root_from_inclusion(tree.leaf(index), index, size, &path), Some(tree.root(size)));
        }
    }

    #[test]
    fn the_published_consistency_proofs_come_out() {
        let table: [(u64, u64, &[&str]); 4] = [
            (1, 1, &[]),
            (
                1,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                6,
                8,
                &[
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (
                2,
                5,
                &[
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ];
        let tree = published();
        for (old, new, proof) in table {
            let proof: Vec<_> = proof.iter().map(|text| hash(text)).collect();
            assert_eq!(tree.fill(&ProofPlan::consistency(old, new).expect("grew")), proof, "{old} to {new}");
            assert!(is_consistent((old, tree.root(old)), (new, tree.root(new)), &proof), "{old} to {new}");
        }
    }

    #[test]
    fn every_proof_of_small_trees_holds_for_its_own_tree_alone() {
        let tree = Grown::of((0..40_u8).map(|i| vec![i]).collect());
        for size in 0..=40 {
            for index in 0..size {
                let path = tree.fill(&ProofPlan::inclusion(index, size).expect("is in it"));
                assert_eq!(root_from_inclusion(tree.leaf(index), index, size, &path), Some(tree.root(size)));
                let neighbour = (index + 1) % size;
                if neighbour != index {
                    assert_ne!(
                        root_from_inclusion(tree.leaf(neighbour), index, size, &path),
                        Some(tree.root(size))
                    );
                }
                assert!(
                    path.is_empty()
                        || root_from_inclusion(tree.leaf(index), index, size, &path[1..]).is_none()
                );
            }
            assert_eq!(ProofPlan::inclusion(size, size), None);
            for old in 0..=size {
                let proof = tree.fill(&ProofPlan::consistency(old, size).expect("grew"));
                let (was, is) = ((old, tree.root(old)), (size, tree.root(size)));
                assert!(is_consistent(was, is, &proof), "{old} to {size}");
                if old > 0 {
                    assert!(!is_consistent((old, tree.leaf(3)), is, &proof), "{old} to {size}");
                    assert!(!is_consistent(was, (size, tree.leaf(3)), &proof), "{old} to {size}");
                }
                assert!(!is_consistent(was, is, &[proof.as_slice(), &[tree.leaf(0)]].concat()));
            }
            assert_eq!(ProofPlan::consistency(size + 1, size), None);
        }
    }

    #[test]
    fn a_missing_node_is_named() {
        let plan = ProofPlan::inclusion(0, 2).expect("is in it");
        assert_eq!(plan.fill(&[None]), Err(NodeId { level: 0, index: 1 }));
        assert_eq!(plan.fill(&[]), Err(NodeId { level: 0, index: 1 }));
    }

    fn bytes(hashes: &[Hash]) -> Vec<u8> {
        hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    proptest! {
        /// The proofs are those of an independent implementation, byte for byte.
        #[test]
        fn proofs_equal_those_of_ct_merkle(
            leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 2..200), pick in any::<(u16, u16)>(),
        ) {
            let size = leaves.len() as u64;
            let (index, old) = (u64::from(pick.0) % size, 1 + u64::from(pick.1) % (size - 1));
            let mut peer = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            for leaf in &leaves {
                peer.push(leaf.clone());
            }
            let tree = Grown::of(leaves);
            let path = tree.fill(&ProofPlan::inclusion(index, size).expect("is in it"));
            let place = usize::try_from(index).expect("small");
            let inclusion = peer.prove_inclusion(place);
            prop_assert_eq!(&bytes(&path)[..], inclusion.as_bytes());
            let proof = tree.fill(&ProofPlan::consistency(old, size).expect("grew"));
            let added = usize::try_from(size - old).expect("small");
            let consistency = peer.prove_consistency(added);
            prop_assert_eq!(&bytes(&proof)[..], consistency.as_bytes());
        }

        /// Checking never panics, whatever it is given.
        #[test]
        fn checking_never_panics(
            numbers in any::<(u64, u64)>(), small in any::<(u8, u8)>(), proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
        ) {
            let proof: Vec<_> = proof.into_iter().map(Hash::from_bytes).collect();
            let hash = Hash::from_bytes([0; 32]);
            for (a, b) in [numbers, (u64::from(small.0), u64::from(small.1))] {
                let _ = root_from_inclusion(hash, a, b, &proof);
                let _ = is_consistent((a, hash), (b, hash), &proof);
                let _ = (ProofPlan::inclusion(a, b), ProofPlan::consistency(a, b));
            }
        }
    }
}
