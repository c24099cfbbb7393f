//! What was done to a proof, a checkpoint or a ledger is caught, and named.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{Hash, Move, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

fn ledger_key() -> SigningKey {
    SigningKey::from_seed("signal.example/ledger", KeyKind::Log, &[1; 32]).expect("a key")
}

fn witness_key() -> SigningKey {
    SigningKey::from_seed("witness.example/w1", KeyKind::Witness, &[2; 32]).expect("a key")
}

/// A ledger of so many entries; with another `taste` it is another one from entry `differs` on.
struct Town {
    leaves: Vec<Vec<u8>>,
    nodes: BTreeMap<NodeId, Hash>,
}

impl Town {
    fn of(entries: u64, differs: u64, taste: u8) -> Self {
        let mut tree = Tree::default();
        let (mut leaves, mut nodes) = (Vec::new(), BTreeMap::new());
        for position in 0..entries {
            let body = Hash::from_bytes([if position >= differs { taste } else { 0 }; 32]);
            let leaf = Leaf {
                v: 1,
                position,
                at: NOW,
                kind: EventKind::TrustSet,
                policy: 0,
                moves: Vec::<Move>::new(),
                body,
            };
            let bytes = serde_json::to_vec(&leaf).expect("JSON");
            nodes.extend(tree.push(&bytes));
            leaves.push(bytes);
        }
        Self { leaves, nodes }
    }

    fn fill(&self, plan: &ProofPlan) -> Vec<Hash> {
        let stored: Vec<_> = plan.nodes().iter().map(|id| self.nodes.get(id).copied()).collect();
        plan.fill(&stored).expect("every node is there")
    }

    fn checkpoint(&self, size: u64) -> SignedCheckpoint {
        let root = self.fill(&ProofPlan::root(size)).first().copied().unwrap_or_else(|| root_of(&[]));
        SignedCheckpoint::sign(&ledger_key(), size, root, NOW)
    }

    fn inclusion(&self, index: u64, size: u64) -> InclusionProof {
        InclusionProof {
            index,
            leaf: self.leaves[usize::try_from(index).expect("small")].clone(),
            path: self.fill(&ProofPlan::inclusion(index, size).expect("is in it")),
            checkpoint: self.checkpoint(size),
        }
    }

    fn consistency(&self, old: u64, size: u64) -> ConsistencyProof {
        let path = self.fill(&ProofPlan::consistency(old, size).expect("grew"));
        ConsistencyProof { old, path, checkpoint: self.checkpoint(size) }
    }
}

fn fault<T: std::fmt::Debug>(checked: Result<T, ProofError>) -> Fault {
    checked.expect_err("is wrong").fault
}

#[test]
fn the_example_of_the_documentation_comes_out() {
    // docs/ledger.md; made with OpenSSL.
    let root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    let root = Hash::from_slice(&hex::decode(root).expect("hex")).expect("32 bytes");
    let checkpoint = SignedCheckpoint::sign(&ledger_key(), 8, root, NOW);
    let note = "signal.example/ledger\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\
                \u{2014} signal.example/ledger jsejz7u/XalXCA+rckg9rDN2/dN8Rku81zCYGa3R5jd7CC5dK3aKHuDnq1h1JI4ckmNP8zvVNlCgig4eUung9GshxwY=\n";
    assert_eq!(checkpoint.to_string(), note);
    assert_eq!(
        ledger_key().public().to_string(),
        "signal.example/ledger+8ec7a3cf+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
    );
    let request = ConsistencyProof { old: 0, path: Vec::new(), checkpoint };
    let line = cosign(&request, None, ledger_key().public(), &witness_key(), NOW).expect("is the first");
    assert_eq!(
        line.to_string(),
        "\u{2014} witness.example/w1 3xwKNQAAAABpVbkAbtEAxP8sP8xbKTZnufFiaSp6bfRV61rfoSPFgEDDgNd9DO8ZBrPvX7FY1eoKy5eQyNS2n2ziK0NCxalPBsE5DQ==\n"
    );
}

#[test]
fn proofs_of_every_entry_are_believed() {
    let town = Town::of(13, 99, 0);
    for size in 1..=13 {
        for index in 0..size {
            let proof = town.inclusion(index, size);
            let read: ProofFile = proof.to_string().parse().expect("a proof");
            assert_eq!(read, ProofFile::Inclusion(proof.clone()));
            assert_eq!(proof.check(ledger_key().public(), &[]).expect("holds").position, index);
        }
        for old in 0..=size {
            let proof = town.consistency(old, size);
            let read: ProofFile = proof.to_string().parse().expect("a proof");
            assert_eq!(read, ProofFile::Consistency(proof.clone()));
            proof.check(&town.checkpoint(old), ledger_key().public(), &[]).expect("holds");
        }
    }
}

#[test]
fn a_forged_checkpoint_is_named() {
    let town = Town::of(8, 99, 0);
    let ledger = ledger_key();
    let other = SigningKey::from_seed("signal.example/ledger", KeyKind::Log, &[9; 32]).expect("a key");
    let stranger = SigningKey::from_seed("other.example/ledger", KeyKind::Log, &[1; 32]).expect("a key");
    for key in [other, stranger] {
        let forged = SignedCheckpoint::sign(&key, 8, town.checkpoint(8).root(), NOW);
        assert_eq!(fault(forged.check(ledger.public())), Fault::ForgedCheckpoint);
        let proof = InclusionProof { checkpoint: forged, ..town.inclusion(3, 8) };
        assert_eq!(fault(proof.check(ledger.public(), &[])), Fault::ForgedCheckpoint);
    }
    // A real signature under another text.
    let text = town.checkpoint(8).to_string().replace("\n8\n", "\n9\n");
    let forged: SignedCheckpoint = text.parse().expect("a checkpoint");
    assert_eq!(fault(forged.check(ledger.public())), Fault::ForgedCheckpoint);
    let seen = town.consistency(4, 8).check(&forged, ledger.public(), &[]);
    assert_eq!(fault(seen), Fault::ForgedCheckpoint);
}

#[test]
fn a_flipped_bit_is_named() {
    let town = Town::of(11, 99, 0);
    let ledger = ledger_key();
    for bit in 0..8 {
        let mut proof = town.inclusion(6, 11);
        let last = proof.leaf.len() - 5;
        proof.leaf[last] ^= 1 << bit;
        assert_eq!(fault(proof.check(ledger.public(), &[])), Fault::BitFlip, "bit {bit} of the entry");
        for (old, place) in [(6, 0), (6, 1), (6, 2), (8, 0)] {
            let flip = |path: &mut Vec<Hash>| {
                let mut bytes = *path[place].as_bytes();
                bytes[31] ^= 1 << bit;
                path[place] = Hash::from_bytes(bytes);
            };
            let mut proof = town.inclusion(old, 11);
            flip(&mut proof.path);
            assert_eq!(fault(proof.check(ledger.public(), &[])), Fault::BitFlip, "{old} {place}");
            let mut proof = town.consistency(old, 11);
            flip(&mut proof.path);
            let checked = proof.check(&town.checkpoint(old), ledger.public(), &[]);
            assert_eq!(fault(checked), Fault::BitFlip, "{old} {place}");
        }
    }
}

#[test]
fn a_changed_order_is_named() {
    let town = Town::of(11, 99, 0);
    let ledger = ledger_key();
    let mut proof = town.inclusion(6, 11);
    proof.path.swap(0, 2);
    assert_eq!(fault(proof.check(ledger.public(), &[])), Fault::Reorder);
    let mut proof = town.consistency(6, 11);
    proof.path.swap(0, 1);
    assert_eq!(fault(proof.check(&town.checkpoint(6), ledger.public(), &[])), Fault::Reorder);
    // The proof of an entry in the name of another place.
    let proof = InclusionProof { index: 5, ..town.inclusion(6, 11) };
    assert_eq!(fault(proof.check(ledger.public(), &[])), Fault::Reorder);
    // A ledger that holds two entries in the wrong order, and signs it.
    let mut swapped = Town::of(0, 0, 0);
    let mut tree = Tree::default();
    let mut leaves = town.leaves.clone();
    leaves.swap(3, 4);
    for leaf in &leaves {
        swapped.nodes.extend(tree.push(leaf));
    }
    swapped.leaves = leaves;
    assert_eq!(fault(swapped.inclusion(3, 11).check(ledger.public(), &[])), Fault::Reorder);
}

#[test]
fn what_was_cut_off_is_named() {
    let town = Town::of(11, 99, 0);
    let ledger = ledger_key();
    let mut proof = town.inclusion(6, 11);
    proof.path.pop();
    assert_eq!(fault(proof.check(ledger.public(), &[])), Fault::Truncation);
    let mut proof = town.consistency(6, 11);
    proof.path.remove(0);
    assert_eq!(fault(proof.check(&town.checkpoint(6), ledger.public(), &[])), Fault::Truncation);
    // A ledger that lost its end.
    let shorter = town.consistency(6, 9);
    assert_eq!(fault(shorter.check(&town.checkpoint(11), ledger.public(), &[])), Fault::Truncation);
    let beyond = InclusionProof { checkpoint: town.checkpoint(6), ..town.inclusion(6, 11) };
    assert_eq!(fault(beyond.check(ledger.public(), &[])), Fault::Truncation);
    // A file that lost its end, wherever that was.
    let text = town.inclusion(6, 11).to_string();
    let head = text.find('\n').expect("lines") + 1;
    for end in (head..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let wrong = text[..end].parse::<ProofFile>().expect_err("is cut off");
        let named = wrong.fault().expect("was a proof").fault;
        assert!(matches!(named, Fault::Truncation | Fault::BitFlip), "{end}: {wrong}");
    }
}

#[test]
fn a_proof_from_another_checkpoint_is_no_flipped_bit() {
    let town = Town::of(11, 99, 0);
    let ledger = ledger_key();
    for (from, kept) in [(6, 7), (7, 6), (8, 6), (6, 8), (4, 8)] {
        let proof = town.consistency(from, 11);
        let checked = proof.check(&town.checkpoint(kept), ledger.public(), &[]);
        assert_eq!(fault(checked), Fault::OtherCheckpoint, "{from} {kept}");
        // The right path under another number.
        let proof = ConsistencyProof { old: from, ..town.consistency(kept, 11) };
        let checked = proof.check(&town.checkpoint(kept), ledger.public(), &[]);
        assert_eq!(fault(checked), Fault::BitFlip, "{from} {kept}");
    }
    // Nothing has grown since: a path without hashes fits whatever it is called.
    let checked = town.consistency(0, 11).check(&town.checkpoint(11), ledger.public(), &[]);
    assert_eq!(fault(checked), Fault::OtherCheckpoint);
}

#[test]
fn a_split_view_is_named() {
    let ledger = ledger_key();
    for old in [5, 6, 8] {
        let (one, other) = (Town::of(11, 99, 0), Town::of(11, 2, 7));
        let checked = other.consistency(old, 11).check(&one.checkpoint(old), ledger.public(), &[]);
        assert_eq!(fault(checked), Fault::SplitView, "{old}");
        let checked = other.consistency(11, 11).check(&one.checkpoint(11), ledger.public(), &[]);
        assert_eq!(fault(checked), Fault::SplitView);
    }
}

#[test]
fn a_witness_sees_each_ledger_grow() {
    let (town, ledger, witness) = (Town::of(11, 99, 0), ledger_key(), witness_key());
    let line = cosign(&town.consistency(0, 5), None, ledger.public(), &witness, NOW).expect("is the first");
    let five: SignedCheckpoint = format!("{}{line}", town.checkpoint(5)).parse().expect("a checkpoint");
    five.check(ledger.public()).expect("is signed");
    five.check_witness(witness.public()).expect("is cosigned");
    assert_eq!(fault(town.checkpoint(5).check_witness(witness.public())), Fault::MissingCosignature);
    let ask = |town: &Town, old, size| {
        cosign(&town.consistency(old, size), Some(&five), ledger.public(), &witness, NOW)
    };
    ask(&town, 5, 11).expect("grew");
    ask(&town, 5, 5).expect("is the same");
    let stale = ask(&town, 4, 11);
    assert_eq!(stale, Err(WitnessError::Stale { old: 4, seen: 5 }));
    let faults = |asked: Result<NoteSignature, WitnessError>| match asked {
        Err(WitnessError::Fault(error)) => error.fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(faults(ask(&town, 3, 4)), Fault::Truncation);
    assert_eq!(faults(ask(&Town::of(11, 2, 7), 5, 11)), Fault::SplitView);
    assert_eq!(faults(ask(&Town::of(11, 2, 7), 5, 5)), Fault::SplitView);
    let refused = cosign(&town.consistency(0, 5), None, ledger.public(), &ledger, NOW);
    assert!(matches!(refused, Err(WitnessError::Key { .. })), "{refused:?}");
}

#[test]
fn other_files_are_no_proofs() {
    for text in ["", "hello", "old", "c2sp.org/tlog-proof@v2\n", "{\"schema\": 1}\n\n"] {
        assert_eq!(text.parse::<ProofFile>(), Err(InvalidProof::Unknown), "{text:?}");
    }
    let long = " ".repeat(MAX_PROOF_BYTES + 1);
    assert_eq!(long.parse::<ProofFile>(), Err(InvalidProof::TooLarge));
    let town = Town::of(3, 99, 0);
    let many = town.inclusion(0, 3).to_string();
    let line = many.lines().nth(3).expect("a hash").to_owned() + "\n";
    let many = many.replacen(&line, &line.repeat(MAX_PROOF_HASHES + 1), 1);
    assert_eq!(many.parse::<ProofFile>(), Err(InvalidProof::TooLarge));
}

proptest! {
    /// Whatever single bit of a proof file is turned, nobody believes it.
    #[test]
    fn no_flipped_bit_of_a_file_is_believed(index in 0u64..13, old in 1u64..13, place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let town = Town::of(13, 99, 0);
        let ledger = ledger_key();
        for text in [town.inclusion(index, 13).to_string(), town.consistency(old, 13).to_string()] {
            let mut bytes = text.into_bytes();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let believed = match text.parse::<ProofFile>() {
                Err(_) => false,
                Ok(ProofFile::Inclusion(proof)) => proof.check(ledger.public(), &[]).is_ok(),
                Ok(ProofFile::Consistency(proof)) => proof.check(&town.checkpoint(old), ledger.public(), &[]).is_ok(),
                Ok(ProofFile::Checkpoint(checkpoint)) => checkpoint.check(ledger.public()).is_ok(),
            };
            prop_assert!(!believed, "{text}");
        }
    }

    /// No text makes the readers panic, and what they read they write again.
    #[test]
    fn reading_never_panics(lines in prop::collection::vec(
        prop_oneof![
            Just("c2sp.org/tlog-proof@v1".to_owned()), Just("extra e30=".to_owned()), Just(String::new()),
            Just("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned()), Just("\u{2014} a AAAAAAA=".to_owned()),
            "(index|old) [0-9]{1,20}", "[0-9]{1,20}", "\\PC{0,12}",
        ], 0..12)) {
        let text = lines.join("\n");
        for text in [text.clone(), text + "\n"] {
            if let Ok(read) = text.parse::<ProofFile>() {
                prop_assert_eq!(read.to_string(), text.clone());
                let proof = (ledger_key(), Town::of(3, 99, 0).checkpoint(2));
                let _ = match &read {
                    ProofFile::Inclusion(file) => file.check(proof.0.public(), &[]).map(|_| ()),
                    ProofFile::Consistency(file) => file.check(&proof.1, proof.0.public(), &[]),
                    ProofFile::Checkpoint(file) => file.check(proof.0.public()),
                };
            }
            let _ = text.parse::<SignedCheckpoint>();
        }
    }
}
