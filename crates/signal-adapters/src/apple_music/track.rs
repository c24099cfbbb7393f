//! Songs of the catalogue.

use signal_core::model::Isrc;
use signal_core::platform::{Authorization, PlatformError, PlatformTrack};

use super::AppleMusic;
use super::wire::{Song, Songs};

/// The shop that is asked for nobody in particular.
const ANY_SHOP: &str = "us";

fn shop(authorization: Option<&Authorization>) -> &str {
    authorization.and_then(|authorization| authorization.region.as_deref()).unwrap_or(ANY_SHOP)
}

impl AppleMusic {
    pub(super) async fn song(
        &self,
        authorization: Option<&Authorization>,
        id: &str,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(None);
        }
        let path = ["catalog", shop(authorization), "songs", id];
        let call = self.question("look a song up", &path, None)?;
        let Some(answer) = self.ask(&call).await? else { return Ok(None) };
        Ok(answer.json::<Songs>()?.data.iter().flatten().find_map(Song::known))
    }

    /// A code has a song for each album it is on; they are one recording.
    pub(super) async fn song_by_code(
        &self,
        authorization: Option<&Authorization>,
        isrc: &Isrc,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        let path = ["catalog", shop(authorization), "songs"];
        let call = self.question("look a recording up", &path, None)?.query("filter[isrc]", isrc.as_str());
        let Some(answer) = self.ask(&call).await? else { return Ok(None) };
        Ok(answer.json::<Songs>()?.data.iter().flatten().find_map(Song::known))
    }
}
