//! A person's permission, and the form in which it is kept.

use serde::{Deserialize, Serialize};

use super::Secret;
use crate::model::Timestamp;

/// The newest form of a permission's bytes.
const VERSION: u32 = 1;

/// Who somebody is on a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformAccount {
    /// The service's own id, which never changes.
    pub id: String,
    /// What the service calls them, where it says.
    pub name: Option<String>,
}

/// A person's permission, as the service gave it. Shows no token when printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// What calls carry.
    pub access: Secret,
    /// What renews `access`, where the service has such a thing.
    pub refresh: Option<Secret>,
    /// Until when `access` holds, where the service says.
    pub expires_at: Option<Timestamp>,
    /// When the person agreed. Renewing does not change it.
    pub consented_at: Timestamp,
    /// When the person has to agree again whatever is renewed, where the service has such an end.
    pub consent_ends_at: Option<Timestamp>,
    /// Who they are there, where the service says.
    pub account: Option<PlatformAccount>,
    /// The market whose catalogue they see (ISO 3166-1, as the service writes it), where look-ups need it.
    pub region: Option<String>,
}

/// Bytes that are no permission. They are not repeated, for they may be secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the kept permission cannot be read: {reason}")]
pub struct InvalidAuthorization {
    reason: &'static str,
}

/// The kept form.
#[derive(Serialize, Deserialize)]
struct Kept<T> {
    v: u32,
    authorization: T,
}

/// The part that tells the form.
#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

impl Authorization {
    /// The form in which a vault encrypts it: JSON with a version.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Texts and numbers alone: there is nothing that JSON could not hold.
        serde_json::to_vec(&Kept { v: VERSION, authorization: self }).unwrap_or_default()
    }

    /// Reads what [`Self::to_bytes`] wrote, of this version or an earlier one.
    ///
    /// ```
    /// # use signal_core::platform::Authorization;
    /// assert!(Authorization::from_bytes(br#"{"v":9}"#).is_err());
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidAuthorization> {
        // The reason of serde_json would show a piece of the text.
        let unreadable = |_| InvalidAuthorization { reason: "it is not in the form of any version" };
        let versioned: Versioned = serde_json::from_slice(bytes).map_err(unreadable)?;
        match versioned.v {
            VERSION => {
                let kept: Kept<Self> = serde_json::from_slice(bytes).map_err(unreadable)?;
                Ok(kept.authorization)
            }
            _ => Err(InvalidAuthorization { reason: "a newer program wrote it" }),
        }
    }

    /// Whether `access` has run out by then, or will within a minute. Where the service names no end it never does.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        const AHEAD_SECONDS: i64 = 60;
        self.expires_at.is_some_and(|end| end <= now.plus_seconds(AHEAD_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permission() -> Authorization {
        Authorization {
            access: Secret::new("access-token"),
            refresh: Some(Secret::new("refresh-token")),
            expires_at: Some(Timestamp::from_seconds(3_600)),
            consented_at: Timestamp::from_seconds(0),
            consent_ends_at: None,
            account: Some(PlatformAccount { id: "ana-1".to_owned(), name: Some("Ana".to_owned()) }),
            region: Some("GB".to_owned()),
        }
    }

    /// What the first version wrote.
    const YESTERDAY: &str = r#"{"v":1,"authorization":{"access":"access-token","refresh":"refresh-token","expires_at":3600000000,"consented_at":0,"consent_ends_at":null,"account":{"id":"ana-1","name":"Ana"},"region":"GB"}}"#;

    #[test]
    fn a_permission_comes_back_from_its_bytes_and_from_those_of_yesterday() {
        assert_eq!(String::from_utf8(permission().to_bytes()).expect("JSON"), YESTERDAY);
        assert_eq!(Authorization::from_bytes(YESTERDAY.as_bytes()), Ok(permission()));
    }

    #[test]
    fn what_is_no_permission_is_refused_without_being_repeated() {
        for (bytes, told) in [
            (r#"{"v":2,"authorization":"s3cret"}"#, "a newer program wrote it"),
            (r#"{"v":1,"authorization":"s3cret"}"#, "it is not in the form of any version"),
            ("s3cret", "it is not in the form of any version"),
        ] {
            let refused = Authorization::from_bytes(bytes.as_bytes()).expect_err("is refused");
            assert!(refused.to_string().ends_with(told), "{refused}");
            assert!(!format!("{refused:?}").contains("s3cret"));
        }
    }

    #[test]
    fn printing_a_permission_shows_neither_token() {
        let shown = format!("{:?}", permission());
        assert!(
            shown.contains("ana-1") && !shown.contains("access-token") && !shown.contains("refresh-token")
        );
    }

    #[test]
    fn a_permission_counts_as_run_out_a_minute_before_it_is() {
        let permission = permission();
        assert!(!permission.is_expired(Timestamp::from_seconds(3_539)));
        assert!(permission.is_expired(Timestamp::from_seconds(3_540)));
        assert!(!Authorization { expires_at: None, ..permission }.is_expired(Timestamp::MAX));
    }
}
