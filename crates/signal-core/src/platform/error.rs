//! Why a service gave no answer.

use crate::model::Timestamp;

/// Why a service gave no answer. "Not found" is not here: it is `Ok(None)`. No variant holds a token, an address with a query,
/// or the body of an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// The service has no such thing; asking again is useless.
    #[error("{platform} cannot {what}")]
    Unsupported {
        /// Which service.
        platform: &'static str,
        /// What was asked of it.
        what: &'static str,
    },
    /// Too many questions. The instant is to be kept with the permission: nothing may be asked with it before, also by
    /// another process.
    #[error("{platform} asks to wait until {until}")]
    RateLimited {
        /// Which service.
        platform: &'static str,
        /// When to ask again.
        until: Timestamp,
    },
    /// The access token holds no longer. Renew the permission and ask once more; where it cannot be renewed, the service says
    /// [`PlatformError::NeedsConsent`] instead.
    #[error("the permission for {platform} has run out")]
    Expired {
        /// Which service.
        platform: &'static str,
    },
    /// The person has to agree (again).
    #[error("{platform} needs the person's consent")]
    NeedsConsent {
        /// Which service.
        platform: &'static str,
    },
    /// The service could not be asked, or answered nonsense.
    #[error("asking {platform} to {what} failed: {reason}")]
    Failed {
        /// Which service.
        platform: &'static str,
        /// What was asked of it.
        what: &'static str,
        /// What happened, without secrets.
        reason: String,
        /// Whether the same question may be asked again later.
        retry: bool,
    },
}
