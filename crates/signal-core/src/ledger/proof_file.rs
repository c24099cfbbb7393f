//! Proofs as files that are checked without a store: an entry in a ledger (c2sp.org/tlog-proof), and a ledger that
//! only grew (the request of c2sp.org/tlog-witness).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::{InvalidCheckpoint, SignedCheckpoint, hash, number};
use super::entry::{Leaf, StoredEntry};
use super::fault::{Fault, ProofError};
use super::merkle::leaf_hash;
use super::note::{InvalidNote, MAX_NOTE_BYTES, PublicKey};
use super::proof::{MAX_PROOF_HASHES, ProofPlan, is_consistent, root_from_inclusion, roots_from_consistency};
use crate::model::Hash;

/// Longest proof file that is read, in bytes: a checkpoint, and a leaf in base64.
pub const MAX_PROOF_BYTES: usize = 2 * MAX_NOTE_BYTES;
/// The first line of an inclusion proof.
const INCLUSION: &str = "c2sp.org/tlog-proof@v1";

/// Why a text is no proof file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProof {
    /// It is longer than any proof.
    #[error("a proof has at most {MAX_PROOF_BYTES} bytes")]
    TooLarge,
    /// It is neither a proof nor a checkpoint.
    #[error("this is neither a proof nor a checkpoint")]
    Unknown,
    /// It ends before its checkpoint.
    #[error("the file ends before its checkpoint does")]
    CutOff,
    /// A line is not what it must be.
    #[error("line {line} is not {wanted}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What it must be.
        wanted: &'static str,
    },
    /// The checkpoint in it is none.
    #[error(transparent)]
    Checkpoint(InvalidCheckpoint),
}

impl InvalidProof {
    /// What was done to a file that had been a proof; none where it never was one.
    pub fn fault(&self) -> Option<ProofError> {
        let fault = match self {
            Self::TooLarge | Self::Unknown => return None,
            Self::CutOff => Fault::Truncation,
            Self::Line { .. } | Self::Checkpoint(_) => Fault::BitFlip,
        };
        Some(ProofError::new(fault, self.to_string()))
    }
}

/// An entry, and the path from it to the root of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Which entry.
    pub index: u64,
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
    /// From the leaf's sibling up.
    pub path: Vec<Hash>,
    /// The ledger that it is in.
    pub checkpoint: SignedCheckpoint,
}

/// What shows that a ledger holds all that an earlier checkpoint held, unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// How many entries the earlier checkpoint had.
    pub old: u64,
    /// The proof.
    pub path: Vec<Hash>,
    /// The later checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// Any of the files that can be checked without a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofFile {
    /// That an entry is in a ledger.
    Inclusion(InclusionProof),
    /// That a ledger only grew.
    Consistency(ConsistencyProof),
    /// What a ledger says of itself.
    Checkpoint(SignedCheckpoint),
}

/// Whether the proof holds after two of its hashes change places, or one of its bits; the more telling name first.
fn mended(path: &[Hash], holds: impl Fn(&[Hash]) -> bool) -> Option<Fault> {
    let mut tried = path.to_vec();
    for a in 0..path.len() {
        for b in a + 1..path.len() {
            tried.swap(a, b);
            if holds(&tried) {
                return Some(Fault::Reorder);
            }
            tried.swap(a, b);
        }
    }
    for place in 0..path.len() {
        for bit in 0..256_usize {
            let (Some(slot), Some(was)) = (tried.get_mut(place), path.get(place)) else { continue };
            let mut bytes = *was.as_bytes();
            bytes.iter_mut().skip(bit / 8).take(1).for_each(|byte| *byte ^= 1 << (bit % 8));
            *slot = Hash::from_bytes(bytes);
            if holds(&tried) {
                return Some(Fault::BitFlip);
            }
            tried = path.to_vec();
        }
    }
    None
}

fn check_length(path: &[Hash], plan: &ProofPlan) -> Result<(), ProofError> {
    let (is, needs) = (path.len(), plan.len());
    let told = |fault| Err(ProofError::new(fault, format!("the path has {is} hashes, and needs {needs}")));
    match is.cmp(&needs) {
        std::cmp::Ordering::Less => told(Fault::Truncation),
        std::cmp::Ordering::Greater => told(Fault::BitFlip),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

fn check_signatures(
    checkpoint: &SignedCheckpoint,
    ledger: &PublicKey,
    witnesses: &[PublicKey],
) -> Result<(), ProofError> {
    checkpoint.check(ledger)?;
    witnesses.iter().try_for_each(|witness| checkpoint.check_witness(witness))
}

impl InclusionProof {
    /// Checks signatures and path, and gives the entry.
    pub fn check(&self, ledger: &PublicKey, witnesses: &[PublicKey]) -> Result<Leaf, ProofError> {
        check_signatures(&self.checkpoint, ledger, witnesses)?;
        let Self { index, path, checkpoint, .. } = self;
        let stored = StoredEntry { position: *index, leaf: self.leaf.clone(), body: None };
        let leaf = stored.leaf().map_err(|error| ProofError::new(Fault::BitFlip, error.to_string()))?;
        let hash = leaf_hash(&self.leaf);
        let leads = |index: u64, path: &[Hash]| {
            root_from_inclusion(hash, index, checkpoint.size(), path) == Some(checkpoint.root())
        };
        let elsewhere = leaf.position != *index;
        if elsewhere && (leads(leaf.position, path) || leads(*index, path)) {
            let reason =
                format!("the entry says that it is entry {}, and the proof is of {index}", leaf.position);
            return Err(ProofError::new(Fault::Reorder, reason));
        }
        let plan = ProofPlan::inclusion(*index, checkpoint.size()).ok_or_else(|| {
            let reason = format!("the ledger ends before entry {index}: it has {}", checkpoint.size());
            ProofError::new(Fault::Truncation, reason)
        })?;
        check_length(path, &plan)?;
        if leads(*index, path) {
            return Ok(leaf);
        }
        Err(match mended(path, |path| leads(*index, path)) {
            Some(Fault::Reorder) => {
                ProofError::new(Fault::Reorder, "two hashes of the path have changed places")
            }
            _ => ProofError::new(Fault::BitFlip, "entry and path do not lead to the root of the checkpoint"),
        })
    }
}

impl ConsistencyProof {
    /// Checks signatures, and that the ledger holds all that an earlier checkpoint of it held.
    pub fn check(
        &self,
        seen: &SignedCheckpoint,
        ledger: &PublicKey,
        witnesses: &[PublicKey],
    ) -> Result<(), ProofError> {
        check_signatures(&self.checkpoint, ledger, witnesses)?;
        seen.check(ledger).map_err(|error| {
            ProofError::new(error.fault, format!("the earlier checkpoint: {}", error.reason))
        })?;
        self.checkpoint.follows(seen)?;
        let old = (seen.size(), seen.root());
        let new = (self.checkpoint.size(), self.checkpoint.root());
        if self.old != old.0 {
            let reason =
                format!("the proof begins at {} entries, the earlier checkpoint has {}", self.old, old.0);
            // Where the path fits all the same, the number alone was changed.
            let changed = !self.path.is_empty() && is_consistent(old, new, &self.path);
            let fault = if changed { Fault::BitFlip } else { Fault::OtherCheckpoint };
            return Err(ProofError::new(fault, reason));
        }
        if let Some(plan) = ProofPlan::consistency(old.0, new.0) {
            check_length(&self.path, &plan)?;
        }
        if is_consistent(old, new, &self.path) {
            return Ok(());
        }
        let leads_to = roots_from_consistency(old, new.0, self.path.iter().copied());
        // What leads to the new root was made for it: from another past than the one that was signed.
        let of_another_past = leads_to.is_some_and(|(_, is)| is == new.1);
        let mended = || mended(&self.path, |path| is_consistent(old, new, path));
        Err(match if of_another_past { None } else { mended() } {
            Some(Fault::Reorder) => {
                ProofError::new(Fault::Reorder, "two hashes of the path have changed places")
            }
            None if of_another_past || old.0.is_power_of_two() => ProofError::new(
                Fault::SplitView,
                format!("both are signed, and the {} entries are not the first of the {}", old.0, new.0),
            ),
            _ => ProofError::new(Fault::BitFlip, "the path leads to neither of the two roots"),
        })
    }
}

impl ProofFile {
    /// The checkpoint in it.
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        match self {
            Self::Inclusion(InclusionProof { checkpoint, .. })
            | Self::Consistency(ConsistencyProof { checkpoint, .. })
            | Self::Checkpoint(checkpoint) => checkpoint,
        }
    }
}

fn write_path(f: &mut fmt::Formatter<'_>, path: &[Hash], checkpoint: &SignedCheckpoint) -> fmt::Result {
    path.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash.as_bytes())))?;
    write!(f, "\n{checkpoint}")
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{INCLUSION}\nextra {}\nindex {}", STANDARD.encode(&self.leaf), self.index)?;
        write_path(f, &self.path, &self.checkpoint)
    }
}

impl fmt::Display for ConsistencyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        write_path(f, &self.path, &self.checkpoint)
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inclusion(proof) => proof.fmt(f),
            Self::Consistency(proof) => proof.fmt(f),
            Self::Checkpoint(checkpoint) => checkpoint.fmt(f),
        }
    }
}

/// The lines before the checkpoint, and the checkpoint.
fn halves(text: &str) -> Result<(Vec<&str>, SignedCheckpoint), InvalidProof> {
    let (head, checkpoint) = text.split_once("\n\n").ok_or(InvalidProof::CutOff)?;
    let cut_off = |error| match error {
        InvalidCheckpoint::Note(InvalidNote::CutOff) => InvalidProof::CutOff,
        error => InvalidProof::Checkpoint(error),
    };
    let head: Vec<_> = head.split('\n').collect();
    if head.len() > MAX_PROOF_HASHES + 3 {
        return Err(InvalidProof::TooLarge);
    }
    Ok((head, checkpoint.parse().map_err(cut_off)?))
}

fn path(lines: &[&str], first: usize) -> Result<Vec<Hash>, InvalidProof> {
    let wrong = |line| InvalidProof::Line { line, wanted: "a hash in base64" };
    lines.iter().skip(first).zip(first + 1..).map(|(text, line)| hash(text).ok_or(wrong(line))).collect()
}

/// What follows a word on a line.
fn after<'a>(lines: &[&'a str], line: usize, word: &str) -> Option<&'a str> {
    lines.get(line - 1).and_then(|text| text.strip_prefix(word))
}

impl FromStr for ProofFile {
    type Err = InvalidProof;

    fn from_str(text: &str) -> Result<Self, InvalidProof> {
        if text.len() > MAX_PROOF_BYTES {
            return Err(InvalidProof::TooLarge);
        }
        let wrong = |line, wanted| InvalidProof::Line { line, wanted };
        if text.strip_prefix(INCLUSION).is_some_and(|rest| rest.starts_with('\n')) {
            let (lines, checkpoint) = halves(text)?;
            // Other programs may write proofs without it; here it is the entry that is proven.
            let leaf = after(&lines, 2, "extra ").and_then(|text| STANDARD.decode(text).ok());
            let leaf = leaf.ok_or(wrong(2, "`extra` and the entry in base64"))?;
            let index =
                after(&lines, 3, "index ").and_then(number).ok_or(wrong(3, "`index` and a number"))?;
            return Ok(Self::Inclusion(InclusionProof { index, leaf, path: path(&lines, 3)?, checkpoint }));
        }
        if text.starts_with("old ") {
            let (lines, checkpoint) = halves(text)?;
            let old = after(&lines, 1, "old ").and_then(number).ok_or(wrong(1, "`old` and a number"))?;
            return Ok(Self::Consistency(ConsistencyProof { old, path: path(&lines, 1)?, checkpoint }));
        }
        text.parse().map(Self::Checkpoint).map_err(|error| match error {
            // Without a line of a signature it never was a checkpoint.
            InvalidCheckpoint::Note(_) if !text.contains("\n\n\u{2014} ") => InvalidProof::Unknown,
            InvalidCheckpoint::Note(InvalidNote::CutOff) => InvalidProof::CutOff,
            error => InvalidProof::Checkpoint(error),
        })
    }
}
