//! Why an account of a platform could not be connected or read.

use super::super::EngineError;
use crate::platform::{InvalidAuthorization, PlatformError};
use crate::store::StoreError;
use crate::vault::VaultError;

/// The result of every call about accounts.
pub type AccountResult<T, E = AccountError> = Result<T, E>;

/// What went wrong with an account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Signal itself could not do it, or refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The service could not do it, or refused.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// What is kept cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What is kept cannot be read.
    #[error(transparent)]
    Unreadable(#[from] InvalidAuthorization),
    /// Nobody knows a service of that name.
    #[error("no platform is called {name}")]
    UnknownPlatform {
        /// The name.
        name: String,
    },
    /// The person has no account of it connected.
    #[error("no {platform} account is connected")]
    NotConnected {
        /// Of which service.
        platform: String,
    },
    /// No connecting was begun, or it was ended already.
    #[error("connecting {platform} was not begun, or is over")]
    NoAttempt {
        /// Of which service.
        platform: String,
    },
    /// The account there belongs to somebody else here.
    #[error("this {platform} account belongs to another user")]
    Taken {
        /// Of which service.
        platform: String,
    },
    /// Another task or process is at the same account.
    #[error("another program is at the {platform} account; nothing was done")]
    Busy {
        /// Of which service.
        platform: String,
    },
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl AccountError {
    /// Whether the same call may succeed later.
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Engine(error) => error.may_retry(),
            Self::Platform(error) => {
                matches!(error, PlatformError::RateLimited { .. } | PlatformError::Failed { retry: true, .. })
            }
            Self::Busy { .. } => true,
            Self::Vault(_)
            | Self::Unreadable(_)
            | Self::UnknownPlatform { .. }
            | Self::NotConnected { .. }
            | Self::NoAttempt { .. }
            | Self::Taken { .. } => false,
        }
    }

    /// Whether the world failed, rather than the asker.
    pub const fn is_world(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_world(),
            Self::Platform(error) => !matches!(error, PlatformError::Unsupported { .. }),
            Self::Vault(_) | Self::Unreadable(_) | Self::Busy { .. } => true,
            Self::UnknownPlatform { .. }
            | Self::NotConnected { .. }
            | Self::NoAttempt { .. }
            | Self::Taken { .. } => false,
        }
    }

    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Engine(error) => return error.hint(),
            Self::Platform(PlatformError::RateLimited { until, .. }) => format!("come back at {until}"),
            Self::Platform(PlatformError::NeedsConsent { platform }) => {
                format!("connect {platform} again, and agree")
            }
            Self::Platform(PlatformError::Failed { retry: true, .. }) | Self::Busy { .. } => {
                "try again in a moment".to_owned()
            }
            Self::Platform(_) | Self::UnknownPlatform { .. } => return None,
            Self::Vault(VaultError::UnknownKey { .. }) => {
                "bring the vault's key back, or connect the account again".to_owned()
            }
            Self::Vault(_) | Self::Unreadable(_) => "connect the account again".to_owned(),
            Self::NotConnected { .. } | Self::NoAttempt { .. } => "connect it first".to_owned(),
            Self::Taken { .. } => "act as that user, or connect another account".to_owned(),
        })
    }
}
