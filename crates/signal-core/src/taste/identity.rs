//! Which tracks are one: rules that merge, rules that never do, and merges that can be undone.
//!
//! 1. Versions (live, remix, sped up, slowed, acoustic, instrumental, karaoke, cover, demo) are tracks of their own,
//!    whatever else agrees: an ISRC put on the wrong one is a common slip.
//! 2. The same recording MBID, or the same ISRC, is the same track.
//! 3. Two MBIDs that differ keep two tracks apart, whatever their names: who gave them listened.
//! 4. The same artist and song is the same track, unless both lengths are known and differ by more than the policy's
//!    `same_length_ms`. A radio edit and other cuts of a recording are that recording, so its length is not asked.
//!
//! Remasters and guests (`feat.`) make no difference: see [`Title`].

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::model::{Isrc, Merge, Same, Title, TrackId, artist_key};
use crate::policy::TastePolicy;

/// What is known of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    /// Its code.
    pub isrc: Option<Isrc>,
    /// Its id at `MusicBrainz`.
    pub mbid: Option<Uuid>,
    /// Artist and title, where known.
    pub names: Option<(String, String)>,
    /// How long it is, in milliseconds.
    pub length_ms: Option<u32>,
}

/// Why two recordings are not one track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Apart {
    /// They are different versions of a song, or of different songs.
    Version,
    /// Their recording MBIDs differ.
    Mbid,
    /// Their lengths differ too much.
    Length,
}

/// Whether two recordings are one track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are.
    Same(Same),
    /// They are not, and no name may join them.
    Apart(Apart),
    /// Nothing joins them.
    Unrelated,
}

/// Judges two recordings; the order of the two does not matter.
///
/// ```
/// use signal_core::model::Same;
/// use signal_core::policy::TastePolicy;
/// use signal_core::taste::identity::{Apart, Recording, Verdict, judge};
///
/// let named = |title: &str, seconds: u32| Recording {
///     names: Some(("Nina Simone".to_owned(), title.to_owned())),
///     length_ms: Some(seconds * 1_000),
///     ..Recording::default()
/// };
/// let policy = TastePolicy::default();
/// let verdict = |a, b| judge(&a, &b, &policy);
/// assert_eq!(
///     verdict(named("Sinnerman", 622), named("Sinnerman - 2013 Remaster", 620)),
///     Verdict::Same(Same::Name),
/// );
/// assert_eq!(
///     verdict(named("Sinnerman", 622), named("Sinnerman (Live)", 622)),
///     Verdict::Apart(Apart::Version),
/// );
/// ```
pub fn judge(a: &Recording, b: &Recording, policy: &TastePolicy) -> Verdict {
    let titles = read(a).zip(read(b));
    if titles.as_ref().is_some_and(|((_, x), (_, y))| x.versions() != y.versions()) {
        return Verdict::Apart(Apart::Version);
    }
    let mbids = a.mbid.zip(b.mbid);
    if mbids.is_some_and(|(x, y)| x == y) {
        return Verdict::Same(Same::Mbid);
    }
    if a.isrc.as_ref().zip(b.isrc.as_ref()).is_some_and(|(x, y)| x == y) {
        return Verdict::Same(Same::Isrc);
    }
    let Some(((artist_a, title_a), (artist_b, title_b))) = titles else {
        return if mbids.is_some() { Verdict::Apart(Apart::Mbid) } else { Verdict::Unrelated };
    };
    if mbids.is_some() {
        return Verdict::Apart(Apart::Mbid);
    }
    if (artist_a, title_a.song()) != (artist_b, title_b.song()) {
        return Verdict::Unrelated;
    }
    let cut = title_a.is_cut() || title_b.is_cut();
    match a.length_ms.zip(b.length_ms) {
        Some((x, y)) if !cut && x.abs_diff(y) > policy.same_length_ms => Verdict::Apart(Apart::Length),
        _ => Verdict::Same(Same::Name),
    }
}

/// The artist's key and the title.
fn read(recording: &Recording) -> Option<(String, Title)> {
    let (artist, title) = recording.names.as_ref()?;
    Some((artist_key(artist), Title::read(title)))
}

/// A merge that would say that a track is itself, or that contradicts one that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The two are one track already.
    #[error("merging {0}: both are one track already")]
    OneAlready(TrackId),
    /// The track was merged into another one before; undo that first.
    #[error("merging {0}: it is merged into another track already")]
    Merged(TrackId),
}

/// The merges that stand. A merge only adds a record: undoing it leaves everything as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merges(BTreeMap<TrackId, Merge>);

impl Merges {
    /// The track that this one is read as; itself where it was never merged.
    pub fn root(&self, track: TrackId) -> TrackId {
        let mut at = track;
        while let Some(merge) = self.0.get(&at) {
            at = merge.into;
        }
        at
    }

    /// The merges of a store. Two processes at once may have closed a circle there: the row that would close it says
    /// nothing new and is left out.
    pub fn standing(rows: impl IntoIterator<Item = Merge>) -> Self {
        let mut merges = Self::default();
        for merge in rows {
            if merges.check(&merge).is_ok() {
                merges.0.insert(merge.from, merge);
            }
        }
        merges
    }

    /// Notes a merge. Chains are allowed, circles are not.
    pub fn note(&mut self, merge: Merge) -> Result<(), MergeError> {
        self.check(&merge)?;
        self.0.insert(merge.from, merge);
        Ok(())
    }

    fn check(&self, merge: &Merge) -> Result<(), MergeError> {
        if self.0.contains_key(&merge.from) {
            return Err(MergeError::Merged(merge.from));
        }
        if self.root(merge.into) == self.root(merge.from) {
            return Err(MergeError::OneAlready(merge.from));
        }
        Ok(())
    }

    /// Takes a merge back; gives it where there was one.
    pub fn undo(&mut self, from: TrackId) -> Option<Merge> {
        self.0.remove(&from)
    }

    /// All tracks that are read as the same one as this, itself included, sorted.
    pub fn one_with(&self, track: TrackId) -> Vec<TrackId> {
        let root = self.root(track);
        let merged = self.0.keys().copied().filter(|from| self.root(*from) == root);
        let mut all: Vec<_> = merged.chain([root]).collect();
        all.sort_unstable();
        all
    }

    /// All merges that stand, by the track that was merged.
    pub fn all(&self) -> impl Iterator<Item = &Merge> {
        self.0.values()
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
