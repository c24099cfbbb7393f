//! Single tracks, and those that a person saved.

use http::StatusCode;
use signal_core::model::Isrc;
use signal_core::platform::{
    Authorization, PlatformError, PlatformTrack, SavedPage, SavedTrack, SavedTracks,
};

use super::wire::{Found, SavedRows, Track};
use super::{NAME, Spotify, judged};

const SAVED: &str = "list saved tracks";
/// Saved tracks at once.
const PAGE: usize = 50;

impl Spotify {
    pub(super) async fn track_by_id(
        &self,
        authorization: Option<&Authorization>,
        id: &str,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        let authorization = authorization.ok_or(PlatformError::NeedsConsent { platform: NAME })?;
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let call = self.question(authorization, "look a track up", &["tracks", id], &[])?;
        let answer = self.http.send(&call).await?;
        // Spotify calls a text that cannot be an id a bad question; there is no such track either way.
        if answer.status == StatusCode::BAD_REQUEST {
            return Ok(None);
        }
        let Some(answer) = judged(answer)? else { return Ok(None) };
        Ok(answer.json::<Track>()?.known())
    }

    pub(super) async fn search(
        &self,
        authorization: Option<&Authorization>,
        isrc: &Isrc,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        let authorization = authorization.ok_or(PlatformError::NeedsConsent { platform: NAME })?;
        let query = [
            ("q", format!("isrc:{}", isrc.as_str())),
            ("type", "track".to_owned()),
            ("limit", "10".to_owned()),
        ];
        let answer = self.ask(authorization, "look a recording up", &["search"], &query).await?;
        let Some(answer) = answer else { return Ok(None) };
        let found: Found = answer.json()?;
        let mut known = found.tracks.items.iter().flatten().filter_map(Track::known);
        Ok(known.find(|track| track.isrc.as_ref() == Some(isrc)))
    }

    pub(super) async fn library(
        &self,
        authorization: &Authorization,
        page: Option<&SavedPage>,
    ) -> Result<SavedTracks, PlatformError> {
        let failed = |reason: &str| PlatformError::Failed {
            platform: NAME,
            what: SAVED,
            reason: reason.to_owned(),
            retry: false,
        };
        let offset: usize = match page {
            None => 0,
            Some(page) => page.0.parse().map_err(|_| failed("the kept page is none"))?,
        };
        let query = [("limit", PAGE.to_string()), ("offset", offset.to_string())];
        let answer = self.ask(authorization, SAVED, &["me", "tracks"], &query).await?;
        let rows: SavedRows = answer.ok_or_else(|| failed("it has no such list"))?.json()?;
        let tracks = rows.items.iter().flatten().filter_map(|row| {
            let saved_at = row.added_at.as_deref().and_then(|time| time.parse().ok());
            Some(SavedTrack { track: row.track.as_ref()?.known()?, saved_at, words: None })
        });
        let next = rows.next.is_some().then(|| SavedPage((offset + PAGE).to_string()));
        Ok(SavedTracks { tracks: tracks.collect(), next })
    }
}
