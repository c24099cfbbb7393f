//! Scrobbles that Pano Scrobbler writes into a file. Which app and which device played is never looked at.

use serde::Deserialize;
use signal_core::model::Exactness;

use super::item::{Skip, listen, reason, track};
use super::json::Row;
use super::times;

/// One line: what is read of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scrobble {
    /// Milliseconds since 1970 when the play began.
    time_ms: Option<f64>,
    artist: Option<String>,
    track: Option<String>,
    /// What happened; scrobbles are plays, loves and the like are not.
    event: Option<String>,
}

impl Scrobble {
    pub(super) fn record(&self) -> Row {
        if !is_play(self.event.as_deref()) {
            return Err(Skip(reason::NOT_PLAYED));
        }
        let track = track(None, self.artist.as_deref(), self.track.as_deref())?;
        let start = self.time_ms.and_then(times::unix).ok_or(Skip(reason::NO_TIME))?;
        Ok(listen(track, (start, Exactness::Exact), None))
    }
}

/// Whether an event is a play; files without events hold nothing else.
pub(super) fn is_play(event: Option<&str>) -> bool {
    event.is_none_or(|event| event.is_empty() || event.eq_ignore_ascii_case("scrobble"))
}
