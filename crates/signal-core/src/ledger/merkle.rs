//! RFC 6962 trees over stored nodes: a frontier that grows leaf by leaf, and the root at every size.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{Hash, Timestamp};

/// Names a finished node: the root of a full subtree of 2^level leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves, which are level 0.
    pub level: u8,
    /// Place in its level, from 0.
    pub index: u64,
}

/// The newest state of a ledger: what an append needs to go on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Head {
    /// Entries so far.
    pub size: u64,
    /// Instant of the newest entry.
    pub last_at: Option<Timestamp>,
    /// Roots of the full subtrees, largest first: one for every bit set in `size`.
    pub frontier: Vec<Hash>,
}

impl Head {
    /// The root of the tree.
    pub fn root(&self) -> Hash {
        root_of(&self.frontier)
    }
}

/// Hash of a leaf: SHA-256(0x00 ‖ leaf) (RFC 6962 §2.1).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(leaf);
    Hash::from_bytes(hasher.finalize().into())
}

/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    Hash::from_bytes(hasher.finalize().into())
}

/// The root over full subtrees given largest first. The empty tree's root is SHA-256 of nothing.
pub fn root_of(frontier: &[Hash]) -> Hash {
    frontier
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right))
        .unwrap_or_else(|| Hash::from_bytes(Sha256::digest([]).into()))
}

/// A tree that grows. Appending costs O(log n) hashes, amortised two.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    size: u64,
    frontier: Vec<Hash>,
}

impl Tree {
    /// Goes on from a head.
    pub fn from_head(head: &Head) -> Self {
        Self { size: head.size, frontier: head.frontier.clone() }
    }

    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf and gives every node that it finishes, from the leaf upwards.
    pub fn push(&mut self, leaf: &[u8]) -> Vec<(NodeId, Hash)> {
        let mut hash = leaf_hash(leaf);
        let mut id = NodeId { level: 0, index: self.size };
        let mut finished = vec![(id, hash)];
        while id.index & 1 == 1 {
            // An odd index has a finished left sibling, which is the frontier's last.
            let Some(left) = self.frontier.pop() else { break };
            hash = node_hash(&left, &hash);
            id = NodeId { level: id.level + 1, index: id.index >> 1 };
            finished.push((id, hash));
        }
        self.frontier.push(hash);
        self.size += 1;
        finished
    }

    /// The head of this tree, with the instant of its newest entry.
    pub fn head(&self, last_at: Option<Timestamp>) -> Head {
        Head { size: self.size, last_at, frontier: self.frontier.clone() }
    }

    /// The root.
    pub fn root(&self) -> Hash {
        root_of(&self.frontier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Merkle Tree Hash, straight from RFC 6962 §2.1.
    fn reference(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Hash::from_bytes(Sha256::digest([]).into()),
            [one] => leaf_hash(one),
            many => {
                let split = many.len().next_power_of_two() / 2;
                let (left, right) = many.split_at(split);
                node_hash(&reference(left), &reference(right))
            }
        }
    }

    #[test]
    fn roots_equal_the_rfc_and_ct_merkle_at_every_size() {
        let leaves: Vec<Vec<u8>> = (0..70u8).map(|i| vec![i; usize::from(i) % 5]).collect();
        let mut tree = Tree::default();
        let mut peer = ct_merkle::mem_backed_tree::MemoryBackedTree::<Sha256, Vec<u8>>::new();
        assert_eq!(tree.root(), reference(&[]));
        for (n, leaf) in leaves.iter().enumerate() {
            tree.push(leaf);
            peer.push(leaf.clone());
            assert_eq!(tree.root(), reference(&leaves[..=n]), "size {}", n + 1);
            assert_eq!(tree.root().as_bytes()[..], peer.root().as_bytes()[..], "size {}", n + 1);
            assert_eq!(tree.frontier.len(), tree.size.count_ones() as usize);
        }
    }

    #[test]
    fn known_answers() {
        // Certificate Transparency's published test tree: leaves "", 00, 10, 2021, …
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
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        for (leaf, root) in leaves.iter().zip(roots) {
            tree.push(&hex::decode(leaf).expect("hex"));
            assert_eq!(tree.root().to_string(), root);
        }
    }
}
