//! A music streaming service behind one trait.

use async_trait::async_trait;

use super::{
    Attempt, Authorization, Consent, ConsentAnswer, ConsentRequest, History, HistoryFrom, ImportRecord,
    PlatformCapabilities, PlatformError, PlatformTrack, SavedPage, SavedTracks,
};
use crate::model::{Isrc, Timestamp};

/// A music streaming service. Implementations live in `signal-adapters`.
///
/// # Contract
///
/// - What a service cannot do is [`PlatformError::Unsupported`], never an empty list, and its capabilities say so before.
/// - "Not found" is `Ok(None)`; "could not ask" is an error.
/// - No call waits longer than a few seconds for the service's quota: longer waits are [`PlatformError::RateLimited`], also for
///   calls that were not made because an earlier answer said so.
/// - A call with a permission that has run out is [`PlatformError::Expired`] where it can be renewed, else
///   [`PlatformError::NeedsConsent`]. No call renews a permission by itself: two would do so at once.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The service's name in claims: lower case, such as `spotify`.
    fn name(&self) -> &'static str;

    /// What it can do.
    fn capabilities(&self) -> PlatformCapabilities;

    /// How a person gives permission. May ask the service.
    async fn authorize(&self, request: ConsentRequest<'_>) -> Result<Consent, PlatformError>;

    /// Turns what came back into a permission. An answer to another attempt, or one that comes after
    /// [`Attempt::VALID_SECONDS`], fails; a person who did not agree is [`PlatformError::NeedsConsent`].
    async fn complete(
        &self,
        attempt: &Attempt,
        answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError>;

    /// Renews a permission. The answer replaces the old one at once: the old one may be dead. What the service does not send
    /// again (refresh token, account) is kept. A permission that is over for good is [`PlatformError::NeedsConsent`].
    async fn refresh(
        &self,
        authorization: &Authorization,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError>;

    /// The next plays of the person. A cursor that the adapter did not write is an error.
    async fn history(
        &self,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
        now: Timestamp,
    ) -> Result<History, PlatformError>;

    /// A track by the service's own id. Services that answer nobody else need somebody's permission.
    async fn track(
        &self,
        authorization: Option<&Authorization>,
        id: &str,
    ) -> Result<Option<PlatformTrack>, PlatformError>;

    /// A track by its recording code: the first that the service names, where several share it.
    async fn track_by_isrc(
        &self,
        authorization: Option<&Authorization>,
        isrc: &Isrc,
    ) -> Result<Option<PlatformTrack>, PlatformError>;

    /// Tracks that the person saved or pinned, newest first. They are no plays.
    async fn saved(
        &self,
        authorization: &Authorization,
        page: Option<&SavedPage>,
    ) -> Result<SavedTracks, PlatformError>;

    /// Whom the person follows or resembles, as suggestions of trust: [`ImportRecord::Trust`] from the person's name there,
    /// without weight.
    async fn follows(&self, authorization: &Authorization) -> Result<Vec<ImportRecord>, PlatformError>;
}
