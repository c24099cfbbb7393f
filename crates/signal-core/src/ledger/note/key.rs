//! Keys of signed notes: a name, what they sign, and ed25519 (c2sp.org/signed-note, c2sp.org/tlog-cosignature).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256};

use super::NoteSignature;
use crate::model::Timestamp;

/// Longest name of a key, in bytes: 255, the most that any form of cosignature can carry.
pub const MAX_KEY_NAME_BYTES: usize = 255;
/// What a private key's text begins with.
const PRIVATE: &str = "PRIVATE+KEY+";
/// Bytes of an ed25519 signature.
const SIGNATURE_BYTES: usize = 64;

/// What a key signs, which its id and its text name by one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Notes as they are (type 1): the key of a ledger.
    Log,
    /// Cosignatures with their instant (type 4): the key of a witness.
    Witness,
}

impl KeyKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }
}

/// A text that is no key. It does not say what the text was: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The name is empty, too long, or holds a space, a plus or a control character.
    #[error("the name of the key is empty, longer than 255 bytes, or holds a space or a plus")]
    Name,
    /// Not `NAME+ID+KEY`, for a private key after `PRIVATE+KEY+`.
    #[error("this is no key of the form {0}")]
    Form(&'static str),
    /// Another algorithm than ed25519.
    #[error("this key is of a type that is not known")]
    Type,
    /// The id does not belong to the name and the key.
    #[error("the id of this key does not belong to it: part of it is missing or was changed")]
    Id,
}

/// Whose signatures count: `NAME+ID+KEY`, as c2sp.org/signed-note writes verifier keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    kind: KeyKind,
    id: [u8; 4],
    key: ed25519_dalek::VerifyingKey,
}

/// A private key. Its `Debug` shows name and id alone; [`SigningKey::reveal`] gives the text to keep.
#[derive(Clone)]
pub struct SigningKey {
    public: PublicKey,
    key: ed25519_dalek::SigningKey,
}

fn check_name(name: &str) -> Result<(), InvalidKey> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.len() > MAX_KEY_NAME_BYTES || name.contains(bad) {
        return Err(InvalidKey::Name);
    }
    Ok(())
}

/// The first four bytes of SHA-256(name ‖ newline ‖ type ‖ key).
fn key_id(name: &str, kind: KeyKind, key: &ed25519_dalek::VerifyingKey) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update([b'\n', kind.byte()]);
    hasher.update(key.as_bytes());
    let [a, b, c, d, ..] = <[u8; 32]>::from(hasher.finalize());
    [a, b, c, d]
}

/// What a cosignature signs: a header, the instant in seconds, and the note's text.
fn cosigned(seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

impl PublicKey {
    fn new(name: &str, kind: KeyKind, key: ed25519_dalek::VerifyingKey) -> Result<Self, InvalidKey> {
        check_name(name)?;
        Ok(Self { id: key_id(name, kind, &key), name: name.to_owned(), kind, key })
    }

    /// Its name; a ledger's is the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Whether the signature says that it is of this key.
    pub fn made(&self, signature: &NoteSignature) -> bool {
        signature.name == self.name && signature.id == self.id
    }

    /// Whether the signature is of this key over this text.
    pub fn verifies(&self, text: &str, signature: &NoteSignature) -> bool {
        let holds = |message: &str, bytes: &[u8]| {
            ed25519_dalek::Signature::from_slice(bytes)
                .is_ok_and(|signature| self.key.verify_strict(message.as_bytes(), &signature).is_ok())
        };
        self.made(signature)
            && match self.kind {
                KeyKind::Log => holds(text, &signature.bytes),
                KeyKind::Witness => signature
                    .bytes
                    .split_first_chunk::<8>()
                    .is_some_and(|(time, bytes)| holds(&cosigned(u64::from_be_bytes(*time), text), bytes)),
            }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(key))
    }
}

/// Name, id, kind and 32 bytes from `NAME+ID+KEY`.
fn parts<'a>(text: &'a str, form: &'static str) -> Result<(&'a str, &'a str, KeyKind, [u8; 32]), InvalidKey> {
    let wrong = InvalidKey::Form(form);
    let (name, rest) = text.split_once('+').ok_or(wrong)?;
    let (id, key) = rest.split_once('+').ok_or(wrong)?;
    check_name(name)?;
    if key.len() > MAX_KEY_NAME_BYTES {
        return Err(wrong);
    }
    let key = STANDARD.decode(key).map_err(|_| wrong)?;
    let (kind, key) = key.split_first().ok_or(wrong)?;
    let kind = match kind {
        1 => KeyKind::Log,
        4 => KeyKind::Witness,
        _ => return Err(InvalidKey::Type),
    };
    Ok((name, id, kind, key.try_into().map_err(|_| wrong)?))
}

impl FromStr for PublicKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        const FORM: &str = "NAME+ID+KEY";
        let (name, id, kind, key) = parts(text.trim(), FORM)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(|_| InvalidKey::Form(FORM))?;
        let public = Self::new(name, kind, key)?;
        if id == hex::encode(public.id) { Ok(public) } else { Err(InvalidKey::Id) }
    }
}

impl SigningKey {
    /// A key from 32 random bytes.
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, InvalidKey> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        Ok(Self { public: PublicKey::new(name, kind, key.verifying_key())?, key })
    }

    /// The key that others check with.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The secret, as text that [`str::parse`] reads.
    pub fn reveal(&self) -> String {
        let mut key = vec![self.public.kind.byte()];
        key.extend(self.key.as_bytes());
        let public = &self.public;
        format!("{PRIVATE}{}+{}+{}", public.name, hex::encode(public.id), STANDARD.encode(key))
    }

    /// Signs a text; a witness says at which instant.
    pub(in crate::ledger) fn sign(&self, text: &str, now: Timestamp) -> NoteSignature {
        let mut bytes = Vec::with_capacity(8 + SIGNATURE_BYTES);
        match self.public.kind {
            KeyKind::Log => bytes.extend(self.key.sign(text.as_bytes()).to_bytes()),
            KeyKind::Witness => {
                let seconds = u64::try_from(now.micros().div_euclid(1_000_000)).unwrap_or(0);
                bytes.extend(seconds.to_be_bytes());
                bytes.extend(self.key.sign(cosigned(seconds, text).as_bytes()).to_bytes());
            }
        }
        NoteSignature { name: self.public.name.clone(), id: self.public.id, bytes }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("name", &self.public.name)
            .field("id", &hex::encode(self.public.id))
            .finish_non_exhaustive()
    }
}

impl FromStr for SigningKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        const FORM: &str = "PRIVATE+KEY+NAME+ID+KEY";
        let rest = text.trim().strip_prefix(PRIVATE).ok_or(InvalidKey::Form(FORM))?;
        let (name, id, kind, seed) = parts(rest, FORM)?;
        let key = Self::from_seed(name, kind, &seed)?;
        if id == hex::encode(key.public.id) { Ok(key) } else { Err(InvalidKey::Id) }
    }
}
