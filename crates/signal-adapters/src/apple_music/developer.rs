//! The developer's token: a JWT (RFC 7519) signed with ES256.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;
use signal_core::model::Timestamp;
use signal_core::platform::{PlatformError, Secret};

use super::NAME;
use crate::http::SetupError;

/// How long a token holds. Apple takes six months; each call has one of its own.
const SECONDS: i64 = 3_600;
/// How far our clock may run ahead of Apple's.
const AHEAD_SECONDS: i64 = 60;
/// Team and key names have 10 letters and digits.
const NAME_BYTES: usize = 10;

/// A developer who signs.
pub(super) struct Developer {
    team_id: String,
    key_id: String,
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl fmt::Debug for Developer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Developer").field("team_id", &self.team_id).finish_non_exhaustive()
    }
}

impl Developer {
    pub(super) fn new(team_id: &str, key_id: &str, pem: &Secret) -> Result<Self, SetupError> {
        let wrong = |what, reason| SetupError { platform: NAME, what, reason };
        for (name, what) in [(team_id, "the team id"), (key_id, "the key id")] {
            if name.len() != NAME_BYTES || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(wrong(what, "must have 10 letters and digits"));
            }
        }
        let random = SystemRandom::new();
        let der = der(pem.reveal()).ok_or_else(|| wrong("the key", "is no PEM of a private key"))?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random)
            .map_err(|_| wrong("the key", "is no key of the curve P-256 in PKCS#8"))?;
        Ok(Self { team_id: team_id.to_owned(), key_id: key_id.to_owned(), key, random })
    }

    /// A token that holds for an hour; for a page it names the page's origin, and no other page can use it.
    pub(super) fn token(&self, now: Timestamp, origin: Option<&str>) -> Result<Secret, PlatformError> {
        let begin = now.plus_seconds(-AHEAD_SECONDS).seconds();
        let head = json!({"alg": "ES256", "kid": self.key_id, "typ": "JWT"});
        let mut claims = json!({"iss": self.team_id, "iat": begin, "exp": begin + SECONDS});
        if let Some(origin) = origin {
            claims["origin"] = json!([origin]);
        }
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&head), part(&claims));
        let signature = self.key.sign(&self.random, text.as_bytes()).map_err(|_| PlatformError::Failed {
            platform: NAME,
            what: "take the developer's token",
            reason: "it could not be signed".to_owned(),
            retry: false,
        })?;
        Ok(Secret::new(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

/// The bytes of a private key in PEM (RFC 7468).
fn der(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair as _, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    /// A developer with a new key, and the key's public half.
    fn developer() -> (Developer, Vec<u8>) {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(made.as_ref())
        );
        let developer = Developer::new("TEAM123456", "KEY1234567", &Secret::new(pem)).expect("a developer");
        let public = developer.key.public_key().as_ref().to_vec();
        (developer, public)
    }

    /// Head and claims of a token whose signature holds.
    fn read(token: &Secret, public: &[u8]) -> (Value, Value) {
        let (signed, signature) = token.reveal().rsplit_once('.').expect("three parts");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)
            .verify(signed.as_bytes(), &signature)
            .expect("the signature of the key");
        let (head, claims) = signed.split_once('.').expect("three parts");
        let part = |text: &str| {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64")).expect("JSON")
        };
        (part(head), part(claims))
    }

    #[test]
    fn the_developers_token_names_key_and_team_and_holds_less_than_six_months() {
        const SIX_MONTHS: i64 = 15_777_000;
        let (developer, public) = developer();
        let now = Timestamp::from_seconds(1_800_000_000);
        let (head, claims) = read(&developer.token(now, None).expect("a token"), &public);
        assert_eq!((&head["alg"], &head["kid"]), (&json!("ES256"), &json!("KEY1234567")));
        assert_eq!(claims["iss"], "TEAM123456");
        let (begin, end) = (claims["iat"].as_i64().expect("a time"), claims["exp"].as_i64().expect("a time"));
        assert!(begin <= now.seconds() && now.seconds() < end && end - begin <= SIX_MONTHS);
        assert_eq!(claims.get("origin"), None);
        let page = developer.token(now, Some("http://127.0.0.1:1")).expect("a token");
        assert_eq!(read(&page, &public).1["origin"], json!(["http://127.0.0.1:1"]));
    }

    #[test]
    fn names_and_keys_that_cannot_be_are_refused_without_being_repeated() {
        let told = |team: &str, key: &str| {
            let refused = Developer::new(team, "ABCDE12345", &Secret::new(key)).expect_err("is refused");
            format!("{refused} {refused:?}")
        };
        assert!(told("SHORT", "").contains("the team id must have 10 letters and digits"));
        assert!(told("ABCDE12345", "s3cret").contains("the key is no PEM of a private key"));
        let no_key = "-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----";
        assert!(told("ABCDE12345", no_key).contains("no key of the curve P-256"));
        assert!(!told("ABCDE12345", no_key).contains("czNjcmV0"));
    }
}
