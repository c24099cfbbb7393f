//! What a service knows that its person might act upon here: whom to trust, and what to vouch for.

use super::super::answer::SuggestionsAnswer;
use super::super::suggest::Liked;
use super::hold::Hold;
use super::{AccountResult, Accounts};
use crate::model::UserId;
use crate::platform::{Authorization, ImportRecord, Platform, PlatformError, SavedTracks};

/// The most people and tracks that are looked at; and the most pages of tracks.
const PEOPLE_MAX: usize = 1_000;
const TRACKS_MAX: usize = 100;
const PAGES_MAX: usize = 10;

/// What a service told.
#[derive(Debug, Default)]
struct Told {
    people: Vec<String>,
    tracks: Vec<Liked>,
}

impl Accounts {
    /// Asks a service whom the person follows or resembles and what they saved or pinned, and gives those whom they do not trust
    /// and, of the hundred tracks that were saved last, those that they have not vouched for. Nothing of it is kept, and nothing
    /// is done with it: whom somebody trusts and what they stake is theirs to say. What a service can tell is told whole or not
    /// at all.
    pub async fn suggestions(&self, user: UserId, platform: &str) -> AccountResult<SuggestionsAnswer> {
        let service = self.platform(platform)?;
        let can = service.capabilities();
        if !(can.follows || can.saved) {
            return Err(
                PlatformError::Unsupported { platform: service.name(), what: "suggest anything" }.into()
            );
        }
        let hold = self.hold_soon(user, platform).await?;
        let done = async {
            let (kept, mut reading) = self.open(user, service).await?;
            let told = self.told(user, service, &hold, kept).await;
            if let Err(super::AccountError::Platform(error)) = &told {
                self.note(user, platform, &hold, &mut reading, error).await?;
            }
            told
        };
        let done = done.await;
        let Told { people, tracks } = self.release(hold, done).await?;
        Ok(SuggestionsAnswer {
            platform: platform.to_owned(),
            people: self.engine.suggest_people(user, platform, people).await?,
            tracks: self.engine.suggest_tracks(user, tracks).await?,
        })
    }

    /// All that the service tells.
    async fn told(
        &self,
        user: UserId,
        service: &dyn Platform,
        hold: &Hold,
        kept: Authorization,
    ) -> AccountResult<Told> {
        let can = service.capabilities();
        let mut kept = self.fresh(user, service, kept).await?;
        let mut told = Told::default();
        if can.follows {
            let follows = match service.follows(&kept).await {
                Err(error) => {
                    self.renew_after(user, service, hold, &mut kept, error).await?;
                    service.follows(&kept).await.map_err(for_good)?
                }
                follows => follows?,
            };
            let names = follows.into_iter().filter_map(|record| match record {
                ImportRecord::Trust { to, .. } => Some(to),
                _ => None,
            });
            told.people = names.take(PEOPLE_MAX).collect();
        }
        let mut page = None;
        for _ in 0..PAGES_MAX {
            if !can.saved || told.tracks.len() >= TRACKS_MAX {
                break;
            }
            self.keep_hold(hold, service.name()).await?;
            let SavedTracks { tracks, next } = match service.saved(&kept, page.as_ref()).await {
                Err(error) => {
                    self.renew_after(user, service, hold, &mut kept, error).await?;
                    service.saved(&kept, page.as_ref()).await.map_err(for_good)?
                }
                saved => saved?,
            };
            let liked = tracks.into_iter().map(|saved| Liked {
                track: saved.track.track,
                words: saved.words,
                at: saved.saved_at,
            });
            told.tracks.extend(liked.take(TRACKS_MAX - told.tracks.len()));
            page = next;
            if page.is_none() {
                break;
            }
        }
        Ok(told)
    }

    /// Renews the permission where it is what a service refused, for whoever still holds the account; any other refusal stays
    /// one.
    async fn renew_after(
        &self,
        user: UserId,
        service: &dyn Platform,
        hold: &Hold,
        kept: &mut Authorization,
        refusal: PlatformError,
    ) -> AccountResult<()> {
        if !matches!(refusal, PlatformError::Expired { .. }) {
            return Err(refusal.into());
        }
        self.keep_hold(hold, service.name()).await?;
        *kept = self.renew(user, service, kept).await?;
        self.keep_hold(hold, service.name()).await
    }
}

/// A permission that was renewed a moment ago and does not hold never will.
pub(super) fn for_good(error: PlatformError) -> PlatformError {
    match error {
        PlatformError::Expired { platform } => PlatformError::NeedsConsent { platform },
        error => error,
    }
}
