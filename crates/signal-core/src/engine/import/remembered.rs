//! What rows call tracks, and which tracks those are: most rows name one that an earlier row has named.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::model::{TrackId, TrackRef};

/// Tracks that are remembered, in less than 10 MB; beyond that they are looked for once more.
const TRACKS: usize = 200_000;

/// What a row says of its track, as half of the SHA-256 of it: nobody finds two that are alike, and no text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Called([u8; 16]);

impl Called {
    pub(super) fn of(track: &TrackRef) -> Self {
        let (artist, title) = track.names().unwrap_or_default();
        let mut hash = Sha256::new();
        for text in [track.claim().as_str(), artist, title] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let whole: [u8; 32] = hash.finalize().into();
        Self(whole.first_chunk().copied().unwrap_or_default())
    }
}

/// Tracks by what rows called them; none where an artist's name cannot be used.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    tracks: HashMap<Called, Option<TrackId>>,
}

impl Remembered {
    /// The first of each that is not remembered, in the order given. Makes room for them before.
    pub(super) fn unknown<'t>(
        &mut self,
        named: impl Iterator<Item = (Called, &'t TrackRef)>,
    ) -> (Vec<Called>, Vec<&'t TrackRef>) {
        if self.tracks.len() >= TRACKS {
            self.tracks.clear();
        }
        let mut seen = HashSet::new();
        named.filter(|(called, _)| !self.tracks.contains_key(called) && seen.insert(*called)).unzip()
    }

    pub(super) fn learn(&mut self, called: Vec<Called>, tracks: Vec<Option<TrackId>>) {
        self.tracks.extend(called.into_iter().zip(tracks));
    }

    pub(super) fn find(&self, called: Called) -> Option<TrackId> {
        self.tracks.get(&called).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracks() -> Vec<TrackRef> {
        let link = |id: &str| format!("spotify:track:{id}").parse::<TrackRef>().expect("a track");
        let named = |artist, title| TrackRef::named(artist, title).expect("a track");
        vec![
            link("a"),
            link("b"),
            link("a").with_names("Ann", "Song"),
            link("a").with_names("AnnS", "ong"),
            named("Ann", "Song"),
            named("ann", "Song"),
        ]
    }

    #[test]
    fn whatever_a_row_says_differently_is_called_differently() {
        let called: HashSet<_> = tracks().iter().map(Called::of).collect();
        assert_eq!(called.len(), tracks().len());
        assert_eq!(tracks().iter().map(Called::of).collect::<HashSet<_>>(), called);
    }

    #[test]
    fn what_is_remembered_is_asked_for_once() {
        let tracks = tracks();
        let named = || tracks.iter().chain(&tracks).map(|track| (Called::of(track), track));
        let mut remembered = Remembered::default();
        let (called, unknown) = remembered.unknown(named());
        assert_eq!(unknown, tracks.iter().collect::<Vec<_>>());
        let id = TrackId::from_uuid(uuid::Uuid::from_u128(1));
        let ids = vec![Some(id), None, None, None, None, None];
        remembered.learn(called, ids);
        assert_eq!(remembered.unknown(named()).1, Vec::<&TrackRef>::new());
        let found: Vec<_> = tracks.iter().map(|track| remembered.find(Called::of(track))).collect();
        assert_eq!(found, [Some(id), None, None, None, None, None]);
    }
}
