//! What a person pinned, which here is what they saved.

use signal_core::platform::{Authorization, PlatformError, SavedPage, SavedTracks};

use super::wire::{Pin, Pins};
use super::{ListenBrainz, NAME, name};

const WHAT: &str = "list pinned tracks";
/// Pins at once: the most that the server gives.
const PAGE: usize = 100;

impl ListenBrainz {
    pub(super) async fn pinned(
        &self,
        authorization: &Authorization,
        page: Option<&SavedPage>,
    ) -> Result<SavedTracks, PlatformError> {
        let offset: usize = match page {
            None => 0,
            Some(page) => page.0.parse().map_err(|_| PlatformError::Failed {
                platform: NAME,
                what: WHAT,
                reason: "the kept page is none".to_owned(),
                retry: false,
            })?,
        };
        let call = self
            .question(WHAT, &["1", name(authorization)?, "pins"], authorization.access.reveal())?
            .query("count", PAGE)
            .query("offset", offset);
        let pins: Pins = self.ask(&call).await?.json()?;
        let told = pins.pinned_recordings.len();
        let more = told > 0 && pins.total_count.is_none_or(|all| offset + told < all);
        Ok(SavedTracks {
            tracks: pins.pinned_recordings.into_iter().flatten().filter_map(Pin::saved).collect(),
            next: more.then(|| SavedPage((offset + told).to_string())),
        })
    }
}
