//! What one person heard of one artist: the plays, and what they are worth.

use super::preference::{Played, effective_plays};
use crate::model::{ArtistId, Timestamp};
use crate::policy::TastePolicy;

/// Minutes that one play counts where its length is unknown: about the length of a popular song.
pub const MINUTES_PER_PLAY: f64 = 3.5;

/// What one person heard of one artist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArtistHeard {
    /// The artist.
    pub artist: ArtistId,
    /// How often, skips and all.
    pub plays: u64,
    /// Plays that count in full and are new, worth as much as these: see [`effective_plays`].
    pub effective: f64,
    /// For how many minutes; plays of unknown length count [`MINUTES_PER_PLAY`].
    pub minutes: f64,
}

impl ArtistHeard {
    /// What plays of an artist amount to at an instant. Takes O(plays that happened alike).
    ///
    /// ```
    /// use signal_core::model::{ArtistId, Timestamp};
    /// use signal_core::policy::TastePolicy;
    /// use signal_core::taste::{ArtistHeard, Played};
    ///
    /// let now = Timestamp::from_seconds(1_000_000_000);
    /// let artist = ArtistId::new(now, [1; 10]);
    /// let skipped = Played { plays: 6, at: Some(now), played_ms: Some(10_000) };
    /// let counted = Played { plays: 2, at: None, played_ms: None };
    /// let heard = ArtistHeard::of(artist, &[skipped, counted], now, &TastePolicy::default());
    /// assert_eq!((heard.plays, heard.effective, heard.minutes), (8, 2.6, 8.0));
    /// ```
    pub fn of(artist: ArtistId, played: &[Played], now: Timestamp, policy: &TastePolicy) -> Self {
        let minutes = |played: &Played| {
            let each = played.played_ms.map_or(MINUTES_PER_PLAY, |ms| f64::from(ms) / 60_000.0);
            played.plays as f64 * each
        };
        Self {
            artist,
            plays: played.iter().fold(0u64, |sum, played| sum.saturating_add(played.plays)),
            effective: effective_plays(played.iter().copied(), now, policy),
            minutes: played.iter().map(minutes).sum(),
        }
    }

    /// What a bare count amounts to: plays of unknown length at unknown times.
    pub fn counted(artist: ArtistId, plays: u64, policy: &TastePolicy) -> Self {
        let played = Played { plays, at: None, played_ms: None };
        Self::of(artist, &[played], Timestamp::MIN, policy)
    }

    /// All plays of these artists.
    pub(super) fn plays(heard: &[Self]) -> u64 {
        heard.iter().fold(0u64, |sum, one| sum.saturating_add(one.plays))
    }

    /// All hours of these artists.
    pub(super) fn hours(heard: &[Self]) -> f64 {
        heard.iter().map(|one| one.minutes).sum::<f64>() / 60.0
    }

    /// How much the artist is liked: ln(1 + effective plays).
    pub fn preference(&self) -> f64 {
        libm::log1p(self.effective)
    }
}
