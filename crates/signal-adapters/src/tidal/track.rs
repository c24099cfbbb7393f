//! Single tracks.

use signal_core::model::Isrc;
use signal_core::platform::{Authorization, PlatformError, PlatformTrack};

use super::wire::{Attributes, Included, Many, Single};
use super::{NAME, Tidal};

impl Tidal {
    pub(super) async fn track_by_id(
        &self,
        authorization: Option<&Authorization>,
        id: &str,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        let authorization = authorization.ok_or(PlatformError::NeedsConsent { platform: NAME })?;
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let mut query = vec![("include", "artists")];
        query.extend(authorization.region.as_deref().map(|region| ("countryCode", region)));
        let answer = self.ask(authorization, "look a track up", &["tracks", id], &query).await?;
        let Some(answer) = answer else { return Ok(None) };
        let found: Single<Attributes> = answer.json()?;
        Ok(Included::new(&found.included).known(&found.data))
    }

    pub(super) async fn track_by_code(
        &self,
        authorization: Option<&Authorization>,
        isrc: &Isrc,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        let authorization = authorization.ok_or(PlatformError::NeedsConsent { platform: NAME })?;
        let mut query = vec![("filter[isrc]", isrc.as_str()), ("include", "artists")];
        query.extend(authorization.region.as_deref().map(|region| ("countryCode", region)));
        let answer = self.ask(authorization, "look a recording up", &["tracks"], &query).await?;
        let Some(answer) = answer else { return Ok(None) };
        let found: Many<Attributes> = answer.json()?;
        let included = Included::new(&found.included);
        Ok(found.data.iter().flatten().find_map(|resource| included.known(resource)))
    }
}
