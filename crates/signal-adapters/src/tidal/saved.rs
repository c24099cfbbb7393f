//! Saved tracks.

use signal_core::platform::{Authorization, PlatformError, SavedPage, SavedTrack, SavedTracks};

use super::wire::{Attributes, Included, Many};
use super::{NAME, Tidal};

const WHAT: &str = "list saved tracks";

impl Tidal {
    pub(super) async fn collection(
        &self,
        authorization: &Authorization,
        page: Option<&SavedPage>,
    ) -> Result<SavedTracks, PlatformError> {
        let path = ["userCollectionTracks", "me", "relationships", "items"];
        let mut query = vec![("sort", "-addedAt"), ("include", "items,items.artists")];
        query.extend(page.map(|page| ("page[cursor]", page.0.as_str())));
        let answer = self.ask(authorization, WHAT, &path, &query).await?;
        let answer = answer.ok_or_else(|| PlatformError::Failed {
            platform: NAME,
            what: WHAT,
            reason: "it shows no collection".to_owned(),
            retry: false,
        })?;
        let rows: Many<Attributes> = answer.json()?;
        let included = Included::new(&rows.included);
        let tracks = rows.data.iter().flatten().filter(|row| row.kind == "tracks").filter_map(|row| {
            let added = row.meta.as_ref().and_then(|meta| meta.added_at.as_deref());
            // What is not included any more was taken from the catalogue; its id is known all the same.
            let track = included.track(&row.id).or_else(|| included.known(row))?;
            Some(SavedTrack { track, saved_at: added.and_then(|time| time.parse().ok()), words: None })
        });
        Ok(SavedTracks { tracks: tracks.collect(), next: rows.next().map(SavedPage) })
    }
}
