//! Listens that go the other way.

use http::StatusCode;
use serde_json::{Value, json};
use signal_core::model::{Exactness, Timestamp};
use signal_core::platform::{Authorization, PlatformError, PlayedTrack};

use super::wire::LENGTH_MS_MAX;
use super::{ListenBrainz, NAME};

const WHAT: &str = "take listens";
/// The most listens, and bytes, in one submission.
const LISTENS_MAX: usize = 1_000;
const BYTES_MAX: usize = 10_240_000;
/// The most bytes in one listen.
const LISTEN_BYTES_MAX: usize = 10_240;
/// The first time that the server takes: 2002-10-01.
const EARLIEST: Timestamp = Timestamp::from_seconds(1_033_410_600);
/// Half a track is a listen, and four minutes of any are.
const ENOUGH_MS: u32 = 240_000;

/// What became of listens that were to be submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Submitted {
    /// How many the server took.
    pub taken: usize,
    /// How many were not sent: without names or exact start, played too little, or at a time that the server refuses.
    pub left_out: usize,
}

impl ListenBrainz {
    /// Submits listens, in as many calls as their number and size ask for. Where one of them fails, those before it were
    /// taken.
    pub async fn submit(
        &self,
        authorization: &Authorization,
        plays: &[PlayedTrack],
        now: Timestamp,
    ) -> Result<Submitted, PlatformError> {
        let rows: Vec<String> = plays.iter().filter_map(|play| row(play, now)).collect();
        let mut submitted = Submitted { taken: 0, left_out: plays.len() - rows.len() };
        for batch in batches(&rows) {
            let body = format!(r#"{{"listen_type":"import","payload":[{}]}}"#, batch.join(","));
            let call = self
                .http
                .post(WHAT, &self.api, &["1", "submit-listens"])
                .authorization("Token", authorization.access.reveal())?
                .body("application/json", body.into_bytes());
            let answer = self.http.send(&call).await?;
            match answer.status {
                StatusCode::OK => submitted.taken += batch.len(),
                StatusCode::UNAUTHORIZED => return Err(PlatformError::NeedsConsent { platform: NAME }),
                _ => return Err(answer.refused()),
            }
        }
        Ok(submitted)
    }
}

/// Groups of rows that one submission holds.
fn batches(rows: &[String]) -> Vec<&[String]> {
    /// For the frame around the rows.
    const FRAME: usize = 100;
    let (mut batches, mut begin, mut bytes) = (Vec::new(), 0, FRAME);
    for (index, row) in rows.iter().enumerate() {
        if index - begin == LISTENS_MAX || bytes + row.len() + 1 > BYTES_MAX {
            batches.push(&rows[begin..index]);
            (begin, bytes) = (index, FRAME);
        }
        bytes += row.len() + 1;
    }
    batches.extend((begin < rows.len()).then(|| &rows[begin..]));
    batches
}

/// A play as the server takes it; none where it would refuse.
fn row(play: &PlayedTrack, now: Timestamp) -> Option<String> {
    let (artist, title) = play.track.track.names()?;
    let half = play.track.length_ms.map_or(ENOUGH_MS, |length| (length / 2).min(ENOUGH_MS));
    let enough = play.played_ms.is_none_or(|played| played >= half);
    let in_time = play.start >= EARLIEST && play.start <= now.plus_seconds(3_600);
    if !enough || !in_time || play.exactness != Exactness::Exact {
        return None;
    }
    let mut info = json!({"submission_client": "signal", "media_player": "signal"});
    // One longer length, and the server refuses all rows beside it.
    if let Some(length) = play.track.length_ms.filter(|length| *length <= LENGTH_MS_MAX) {
        info["duration_ms"] = length.into();
    }
    if let Some(isrc) = &play.track.isrc {
        info["isrc"] = Value::from(isrc.as_str());
    }
    let metadata = json!({"artist_name": artist, "track_name": title, "additional_info": info});
    let row = json!({"listened_at": play.start.seconds(), "track_metadata": metadata}).to_string();
    (row.len() <= LISTEN_BYTES_MAX).then_some(row)
}

#[cfg(test)]
mod tests {
    use signal_core::model::TrackRef;
    use signal_core::platform::PlatformTrack;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn played(title: &str, length_ms: Option<u32>, played_ms: Option<u32>) -> PlayedTrack {
        let track: TrackRef = "https://tidal.com/track/1".parse().expect("a track");
        let track = track.with_names("Ada Quartet", title);
        PlayedTrack {
            track: PlatformTrack { track, isrc: None, length_ms, genres: Vec::new() },
            start: NOW.plus_seconds(-3_600),
            exactness: Exactness::Exact,
            played_ms,
        }
    }

    #[test]
    fn a_listen_is_half_a_track_or_four_minutes_of_it() {
        const MINUTE: u32 = 60_000;
        for (length, listened, taken) in [
            (Some(3 * MINUTE), Some(3 * MINUTE / 2), true),
            (Some(3 * MINUTE), Some(3 * MINUTE / 2 - 1), false),
            (Some(60 * MINUTE), Some(4 * MINUTE), true),
            (Some(60 * MINUTE), Some(4 * MINUTE - 1), false),
            (None, Some(4 * MINUTE), true),
            (None, Some(4 * MINUTE - 1), false),
            (Some(60 * MINUTE), None, true),
        ] {
            let row = row(&played("Seven", length, listened), NOW);
            assert_eq!(row.is_some(), taken, "{listened:?} of {length:?}");
        }
    }

    #[test]
    fn a_listen_of_more_than_ten_kib_is_left_out() {
        let row_of = |letters: usize| row(&played(&"x".repeat(letters), None, None), NOW);
        let frame = row_of(1).expect("a short one").len() - 1;
        let longest = LISTEN_BYTES_MAX - frame;
        assert_eq!(row_of(longest).map(|row| row.len()), Some(LISTEN_BYTES_MAX));
        assert_eq!(row_of(longest + 1), None);
    }

    #[test]
    fn batches_keep_the_limits_of_number_and_size_and_lose_nothing() {
        let small = vec!["x".to_owned(); 2_500];
        assert_eq!(batches(&small).iter().map(|batch| batch.len()).collect::<Vec<_>>(), [1_000, 1_000, 500]);
        let large = vec!["x".repeat(LISTEN_BYTES_MAX); 1_500];
        let cut = batches(&large);
        assert_eq!(cut.iter().map(|batch| batch.len()).sum::<usize>(), 1_500);
        assert!(cut.iter().all(|batch| batch.iter().map(|row| row.len() + 1).sum::<usize>() <= BYTES_MAX));
        assert!(batches(&[]).is_empty());
    }
}
