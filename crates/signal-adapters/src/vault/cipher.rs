//! Sealing and opening.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use signal_core::vault::{NONCE_BYTES, SecretPlace, Vault, VaultError};

use super::keys::{KEY_NAME_BYTES, VaultKey, VaultKeys};

/// The newest form of a sealed text.
const VERSION: u8 = 1;
/// Bytes before the ciphertext.
const HEAD: usize = 1 + KEY_NAME_BYTES + NONCE_BYTES;

/// A vault over keys that it is given. Shows none of them when printed.
pub struct KeyVault {
    keys: VaultKeys,
}

impl fmt::Debug for KeyVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyVault").field("keys", &self.keys).finish()
    }
}

impl KeyVault {
    /// A vault that opens with any of the keys and seals with the newest.
    pub const fn new(keys: VaultKeys) -> Self {
        Self { keys }
    }
}

/// The parts of a sealed text.
struct Sealed<'a> {
    key: [u8; KEY_NAME_BYTES],
    nonce: [u8; NONCE_BYTES],
    ciphertext: &'a [u8],
}

/// None for what is in no form that this code wrote.
fn parts(sealed: &[u8]) -> Option<Sealed<'_>> {
    let (head, ciphertext) = sealed.split_at_checked(HEAD)?;
    let (version, head) = head.split_first()?;
    let (key, nonce) = head.split_at_checked(KEY_NAME_BYTES)?;
    let (key, nonce) = (key.try_into().ok()?, nonce.try_into().ok()?);
    (*version == VERSION).then_some(Sealed { key, nonce, ciphertext })
}

/// What is bound to the text: each part with its length before it, so that no two places give the same bytes.
fn bound(key: [u8; KEY_NAME_BYTES], place: SecretPlace<'_>) -> Vec<u8> {
    let mut bytes = b"signal vault".to_vec();
    bytes.push(VERSION);
    bytes.extend(key);
    for part in [place.user.uuid().as_bytes().as_slice(), place.platform.as_bytes(), place.field.as_bytes()] {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    }
    bytes
}

fn cipher(key: &VaultKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

impl Vault for KeyVault {
    fn seal(
        &self,
        place: SecretPlace<'_>,
        secret: &[u8],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Vec<u8>, VaultError> {
        let key = self.keys.newest();
        let aad = bound(key.name(), place);
        let payload = Payload { msg: secret, aad: &aad };
        let ciphertext = cipher(key)
            .encrypt(&nonce.into(), payload)
            .map_err(|_| VaultError::TooLong { platform: place.platform.to_owned() })?;
        let mut sealed = Vec::with_capacity(HEAD + ciphertext.len());
        sealed.push(VERSION);
        sealed.extend(key.name());
        sealed.extend(nonce);
        sealed.extend(ciphertext);
        Ok(sealed)
    }

    fn open(&self, place: SecretPlace<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let platform = || place.platform.to_owned();
        let parts = parts(sealed).ok_or_else(|| VaultError::Unreadable { platform: platform() })?;
        let key = self
            .keys
            .named(parts.key)
            .ok_or_else(|| VaultError::UnknownKey { platform: platform(), key: hex::encode(parts.key) })?;
        let aad = bound(parts.key, place);
        let payload = Payload { msg: parts.ciphertext, aad: &aad };
        cipher(key)
            .decrypt(&parts.nonce.into(), payload)
            .map_err(|_| VaultError::Damaged { platform: platform() })
    }

    fn is_newest(&self, sealed: &[u8]) -> bool {
        parts(sealed).is_some_and(|parts| parts.key == self.keys.newest().name())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use signal_core::model::UserId;
    use uuid::Uuid;

    use super::*;

    const NONCE: [u8; NONCE_BYTES] = [3; NONCE_BYTES];

    fn user(n: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(n))
    }

    fn vault(keys: &[u8]) -> KeyVault {
        let keys = keys.iter().map(|byte| VaultKey::from_bytes([*byte; 32])).collect();
        KeyVault::new(VaultKeys::new(keys).expect("keys"))
    }

    fn place(user_number: u128, platform: &'static str, field: &'static str) -> SecretPlace<'static> {
        SecretPlace { user: user(user_number), platform, field }
    }

    #[test]
    fn what_is_sealed_opens_at_its_own_place_alone() {
        let vault = vault(&[1]);
        let here = place(7, "spotify", "authorization");
        let sealed = vault.seal(here, b"s3cret", NONCE).expect("seals");
        assert_eq!(vault.open(here, &sealed).expect("opens"), b"s3cret");
        let elsewhere = [
            place(8, "spotify", "authorization"),
            place(7, "tidal", "authorization"),
            place(7, "spotify", "progress"),
            place(7, "spotifya", "uthorization"),
        ];
        for place in elsewhere {
            let refused = vault.open(place, &sealed).expect_err("is elsewhere");
            assert!(matches!(refused, VaultError::Damaged { .. }), "{refused}");
        }
    }

    #[test]
    fn a_key_that_is_not_here_is_named() {
        let here = place(7, "spotify", "authorization");
        let sealed = vault(&[1]).seal(here, b"s3cret", NONCE).expect("seals");
        let refused = vault(&[2]).open(here, &sealed).expect_err("has another key");
        let name = hex::encode(VaultKey::from_bytes([1; 32]).name());
        assert_eq!(refused, VaultError::UnknownKey { platform: "spotify".to_owned(), key: name });
        for bytes in [&b""[..], b"\x02", &[9; 200]] {
            let refused = vault(&[1]).open(here, bytes).expect_err("is no sealed text");
            assert!(matches!(refused, VaultError::Unreadable { .. }), "{refused}");
        }
    }

    #[test]
    fn several_keys_open_and_the_newest_seals() {
        let here = place(7, "spotify", "authorization");
        let old = vault(&[1]).seal(here, b"s3cret", NONCE).expect("seals");
        let both = vault(&[1, 2]);
        assert_eq!(both.open(here, &old).expect("opens"), b"s3cret");
        assert!(!both.is_newest(&old));
        let new = both.seal(here, b"s3cret", NONCE).expect("seals");
        assert!(both.is_newest(&new));
        assert_eq!(vault(&[2]).open(here, &new).expect("opens"), b"s3cret");
        assert!(vault(&[1]).open(here, &new).is_err());
    }

    #[test]
    fn what_was_sealed_yesterday_opens() {
        let bytes = hex::decode(YESTERDAY).expect("hex");
        let opened = vault(&[1]).open(place(7, "spotify", "authorization"), &bytes).expect("opens");
        assert_eq!(opened, b"s3cret");
    }

    /// `s3cret` under the key of ones, as another implementation of the cipher (`PyCryptodome`) seals it in the first form.
    const YESTERDAY: &str = "011b5885b4599a95180303030303030303030303030303030303030303030303033d33\
                             6c03954bb6fb62bec9709fa1bbc5ef6d181a685b";

    #[test]
    fn printing_shows_no_key() {
        let shown = format!("{:?}", vault(&[171, 205]));
        assert!(!shown.contains("171") && !shown.contains("abab") && !shown.contains("cdcd"), "{shown}");
    }

    proptest! {
        #[test]
        fn a_changed_byte_never_opens(secret in prop::collection::vec(any::<u8>(), 0..80), at in any::<usize>(), bit in 0..8_u8) {
            let vault = vault(&[1]);
            let here = place(7, "spotify", "authorization");
            let mut sealed = vault.seal(here, &secret, NONCE).expect("seals");
            prop_assert!(secret.len() < 4 || !sealed.windows(secret.len()).any(|window| window == secret));
            let at = at % sealed.len();
            sealed[at] ^= 1 << bit;
            prop_assert!(vault.open(here, &sealed).is_err());
        }
    }
}
