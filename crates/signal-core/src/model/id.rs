//! Identifiers: `UUIDv7` for things, random pseudonyms for people in the public ledger.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Timestamp;

/// A text that should have been an identifier but is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {what}")]
pub struct InvalidId {
    what: &'static str,
    text: String,
}

impl InvalidId {
    pub(crate) fn new(what: &'static str, text: &str) -> Self {
        Self { what, text: text.chars().take(80).collect() }
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a fresh `UUIDv7` from the time and ten random bytes of the host's entropy.
            pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(at.millis_since_epoch(), &random).into_uuid())
            }

            /// Takes an identifier that a client or a store supplied.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The identifier as a UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// The last eight hexadecimal digits, which is what people see: the first ones are a clock.
            pub fn short(self) -> String {
                let text = self.0.simple().to_string();
                text.chars().skip(24).collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| InvalidId::new($what, text))
            }
        }
    };
}

id!(
    /// A person, claimed or only imported.
    UserId,
    "user id"
);
id!(
    /// One track that one person vouches for.
    DropId,
    "drop id"
);
id!(
    /// A community of at most 150 members.
    CircleId,
    "circle id"
);
id!(
    /// A platform-neutral recording.
    TrackId,
    "track id"
);
id!(
    /// A platform-neutral artist.
    ArtistId,
    "artist id"
);
id!(
    /// One remark under a drop.
    CommentId,
    "comment id"
);

macro_rules! bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(#[serde(with = "hex::serde")] [u8; $len]);

        impl $name {
            /// Wraps the given bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Reads bytes of a store or of the wire; `None` when the length is wrong.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), hex::encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let mut bytes = [0; $len];
                hex::decode_to_slice(text, &mut bytes)
                    .map(|()| Self(bytes))
                    .map_err(|_| InvalidId::new($what, text))
            }
        }
    };
}

bytes!(
    /// A random name for a person in the public ledger. Its link to the [`UserId`] can be erased.
    Pseudonym,
    16,
    "pseudonym"
);
bytes!(
    /// A finding: what kind of pattern, and who is part of it.
    FindingId,
    16,
    "finding id"
);

impl FindingId {
    /// The last eight hexadecimal digits, which is what people see.
    pub fn short(&self) -> String {
        self.to_string().chars().skip(24).collect()
    }
}

bytes!(
    /// A SHA-256 digest.
    Hash,
    32,
    "hash"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_the_random_end_of_an_id() {
        let id = DropId::new(Timestamp::from_micros(1_700_000_000_000_000), [0xab; 10]);
        assert_eq!(id.short(), "abababab");
        assert_eq!(id.to_string().parse::<DropId>(), Ok(id));
        assert_eq!(id.uuid().get_version_num(), 7);
    }

    #[test]
    fn a_wrong_id_says_what_was_expected() {
        let error = "nonsense".parse::<UserId>().map_err(|e| e.to_string());
        assert_eq!(error, Err("\"nonsense\" is not a user id".to_owned()));
    }
}
