//! Two cards side by side.
//!
//! ```text
//! taste          = Σ over shared artists √(share_a · share_b) / √(Σ share_a · Σ share_b)      Bhattacharyya 1943
//! genre_overlap  = Σ min / Σ max of the confidences                                           Ružička 1958
//! score          = (0.4 · taste + 0.2 · genre_overlap) / 0.6          the parts that a card can know, renormalised
//! ```
//!
//! Artists of two cards are the same where they have a claim in common, else where their normalised names are equal.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{CardArtist, TasteCard};
use crate::compatibility::{Basis, Evidence, combine};
use crate::policy::CompatibilityPolicy;

/// An artist on both cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardArtists {
    /// The name on the first card.
    pub artist: String,
    /// About what part of the first person's plays, in percent.
    pub share_a: u8,
    /// About what part of the second person's plays, in percent.
    pub share_b: u8,
}

/// A genre on both cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardGenres {
    /// Its name.
    pub genre: String,
    /// The smaller confidence, in percent.
    pub confidence: u8,
}

/// How two cards match.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardComparison {
    /// The name on the first card.
    pub a: String,
    /// Its signer's fingerprint.
    pub a_signer: String,
    /// The name on the second card.
    pub b: String,
    /// Its signer's fingerprint.
    pub b_signer: String,
    /// In [0, 1].
    pub score: f64,
    /// What it was computed from: artists, genres alone, or nothing.
    pub basis: Basis,
    /// How alike the artists are, in [0, 1]; none where a card has none.
    pub taste: Option<f64>,
    /// How much the genres overlap, in [0, 1]; none where a card has none.
    pub genre_overlap: Option<f64>,
    /// Artists of both, those that say most first.
    pub artists: Vec<CardArtists>,
    /// Genres of both, surest first.
    pub genres: Vec<CardGenres>,
    /// Artists of the first that the second has not: what a could introduce b to.
    pub a_introduces: Vec<String>,
    /// Artists of the second that the first has not.
    pub b_introduces: Vec<String>,
}

/// Artists each could introduce the other to.
const INTRODUCTIONS: usize = 5;

/// Compares two cards; swapping them swaps the answer's sides and changes nothing else. Takes O(artists of a · artists of b).
pub fn compare(a: &TasteCard, b: &TasteCard, policy: &CompatibilityPolicy) -> CardComparison {
    let pairs = pairs(a.artists(), b.artists());
    let genres = shared_genres(a, b);
    let taste = taste(a, b, &pairs);
    let genre_overlap = genre_overlap(a, b, &genres);
    let basis = if taste.is_some() { Basis::Artists } else { Basis::Genres };
    let likeness = taste.or(genre_overlap).map(|value| (value, basis));
    // Trust is not on a card: its weight goes to what is.
    let policy = CompatibilityPolicy { renormalise: true, ..policy.clone() };
    let found = combine(&Evidence { trust_path: None, taste: likeness, genre_overlap }, &policy);
    let (known_a, known_b): (BTreeSet<usize>, BTreeSet<usize>) = pairs.iter().copied().unzip();
    let mut artists: Vec<_> = pairs
        .iter()
        .filter_map(|(x, y)| {
            let (x, y) = (a.artists().get(*x)?, b.artists().get(*y)?);
            Some(CardArtists { artist: x.name.clone(), share_a: x.share, share_b: y.share })
        })
        .collect();
    artists.sort_by(|x, y| {
        let weight = |one: &CardArtists| u16::from(one.share_a) * u16::from(one.share_b);
        weight(y).cmp(&weight(x)).then_with(|| x.artist.cmp(&y.artist))
    });
    CardComparison {
        a: a.name().to_owned(),
        a_signer: a.fingerprint().to_owned(),
        b: b.name().to_owned(),
        b_signer: b.fingerprint().to_owned(),
        score: found.score,
        basis: found.basis,
        taste,
        genre_overlap,
        artists,
        genres,
        a_introduces: introduces(a.artists(), &known_a),
        b_introduces: introduces(b.artists(), &known_b),
    }
}

/// Places of the same artist on both, each place once: by claim before by name, and nearer to the top before farther. Two
/// pairs that fight for a place never stand alike in that order, so that it is the same from either side.
fn pairs(a: &[CardArtist], b: &[CardArtist]) -> Vec<(usize, usize)> {
    let same = |x: &CardArtist, y: &CardArtist| {
        let claimed = x.claims.iter().any(|claim| y.claims.contains(claim));
        (claimed || x.key == y.key).then_some(!claimed)
    };
    let mut candidates: Vec<(bool, usize, usize, usize)> = Vec::new();
    for (x, one) in a.iter().enumerate() {
        let found = b.iter().enumerate().filter_map(|(y, other)| Some((same(one, other)?, x + y, x, y)));
        candidates.extend(found);
    }
    candidates.sort_unstable();
    let (mut taken_a, mut taken_b) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Vec::new();
    for (_, _, x, y) in candidates {
        if !taken_a.contains(&x) && !taken_b.contains(&y) {
            taken_a.insert(x);
            taken_b.insert(y);
            found.push((x, y));
        }
    }
    found
}

fn taste(a: &TasteCard, b: &TasteCard, pairs: &[(usize, usize)]) -> Option<f64> {
    let total = |card: &TasteCard| card.artists().iter().map(|artist| f64::from(artist.share)).sum::<f64>();
    let length = (total(a) * total(b)).sqrt();
    let share =
        |artists: &[CardArtist], place: usize| artists.get(place).map_or(0.0, |one| f64::from(one.share));
    let mut shared: Vec<f64> =
        pairs.iter().map(|(x, y)| (share(a.artists(), *x) * share(b.artists(), *y)).sqrt()).collect();
    // In one order whichever card comes first, so that the sum has the same bits.
    shared.sort_by(f64::total_cmp);
    (length > 0.0).then(|| (shared.iter().sum::<f64>() / length).clamp(0.0, 1.0))
}

fn shared_genres(a: &TasteCard, b: &TasteCard) -> Vec<CardGenres> {
    let other: BTreeMap<&str, u8> =
        b.genres().iter().map(|one| (one.name.as_str(), one.confidence)).collect();
    let both = a.genres().iter().filter_map(|genre| {
        let confidence = genre.confidence.min(*other.get(genre.name.as_str())?);
        Some(CardGenres { genre: genre.name.clone(), confidence })
    });
    let mut both: Vec<_> = both.collect();
    both.sort_by(|x, y| y.confidence.cmp(&x.confidence).then_with(|| x.genre.cmp(&y.genre)));
    both
}

fn genre_overlap(a: &TasteCard, b: &TasteCard, shared: &[CardGenres]) -> Option<f64> {
    let total = |card: &TasteCard| card.genres().iter().map(|genre| u32::from(genre.confidence)).sum::<u32>();
    let (total_a, total_b) = (total(a), total(b));
    let least: u32 = shared.iter().map(|genre| u32::from(genre.confidence)).sum();
    let most = (total_a + total_b).saturating_sub(least);
    (total_a > 0 && total_b > 0).then(|| (f64::from(least) / f64::from(most)).clamp(0.0, 1.0))
}

fn introduces(artists: &[CardArtist], known: &BTreeSet<usize>) -> Vec<String> {
    let fresh = artists.iter().enumerate().filter(|(place, _)| !known.contains(place));
    fresh.take(INTRODUCTIONS).map(|(_, artist)| artist.name.clone()).collect()
}
