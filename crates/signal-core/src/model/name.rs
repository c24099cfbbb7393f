//! Names and words that people type: handles, claims, free text, and the normal form of names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text that is not a handle or a claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {what}")]
pub struct InvalidName {
    what: &'static str,
    text: String,
}

impl InvalidName {
    fn new(what: &'static str, text: &str) -> Self {
        Self { what, text: text.chars().take(64).collect() }
    }
}

/// A person's name in Signal: `[a-z0-9][a-z0-9_-]{1,31}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle(String);

impl Handle {
    /// The handle as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Handle {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        let mut bytes = text.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        // `me` means the person who asks, at every door.
        if first && (2..=32).contains(&text.len()) && bytes.all(inner) && text != "me" {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::new("handle (2 to 32 of a-z, 0-9, _ and -, not starting with _ or -)", text))
        }
    }
}

/// A name that another system gives a person, an artist or a track: `source:id`, such as `hetrec:2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Claim(String);

impl Claim {
    /// The longest claim, in bytes.
    pub const MAX_BYTES: usize = 512;

    /// A claim from its two parts.
    pub fn new(source: &str, id: &str) -> Result<Self, InvalidName> {
        if source.contains(':') {
            return Err(InvalidName::new("source of claims", source));
        }
        format!("{source}:{id}").parse()
    }

    /// The part before the colon.
    pub fn source(&self) -> &str {
        self.0.split_once(':').map_or("", |(source, _)| source)
    }

    /// The part after the colon.
    pub fn id(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, id)| id)
    }

    /// The whole claim.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Claim {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName::new("claim (source:id)", text);
        let (source, id) = text.split_once(':').ok_or_else(invalid)?;
        let plain =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-' || b == b'.';
        let source_fits = (1..=32).contains(&source.len()) && source.bytes().all(plain);
        if source_fits && !id.is_empty() && text.len() <= Self::MAX_BYTES && !id.chars().any(char::is_control)
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid())
        }
    }
}

macro_rules! text_conversions {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    )*};
}

text_conversions!(Handle, Claim);

/// Free words that are too long, or have nothing in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextTooLong {
    /// More characters than the policy allows.
    #[error("the text has {characters} characters, {limit} is the limit")]
    TooLong {
        /// What was given.
        characters: usize,
        /// What the policy allows.
        limit: usize,
    },
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
}

/// Free words of a person: trimmed, not empty, without control characters but line breaks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Checks and tidies the words. `limit` counts characters.
    pub fn new(words: &str, limit: usize) -> Result<Self, TextTooLong> {
        let characters = words.chars().count();
        if characters > limit {
            return Err(TextTooLong::TooLong { characters, limit });
        }
        let kept: String = words.chars().filter(|c| !c.is_control() || *c == '\n').collect();
        let trimmed = kept.trim();
        if trimmed.is_empty() { Err(TextTooLong::Empty) } else { Ok(Self(trimmed.to_owned())) }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The normal form under which names of artists and tracks are compared.
///
/// Compatibility decomposition (NFKD), no combining marks, lower case, `&` read as `and`, everything
/// but letters and digits as one blank. A name without any letter or digit keeps its lower-case form.
///
/// ```
/// # use signal_core::model::normalise_name;
/// assert_eq!(normalise_name("  Sigur Rós "), "sigur ros");
/// assert_eq!(normalise_name("Simon & Garfunkel"), normalise_name("SIMON AND GARFUNKEL"));
/// assert_eq!(normalise_name("!!!"), "!!!");
/// ```
pub fn normalise_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    let push = |c: char, out: &mut String, gap: &mut bool| {
        if *gap && !out.is_empty() {
            out.push(' ');
        }
        *gap = false;
        out.push(c);
    };
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c == '&' {
            gap = true;
            for c in "and".chars() {
                push(c, &mut out, &mut gap);
            }
            gap = true;
        } else if c.is_alphanumeric() {
            push(c, &mut out, &mut gap);
        } else if c != '\'' && c != '’' {
            gap = true;
        }
    }
    if out.is_empty() { name.trim().to_lowercase() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_follow_the_pattern() {
        for right in ["ana", "0x", "a-b_c", "a1234567890123456789012345678901"] {
            assert!(right.parse::<Handle>().is_ok(), "{right}");
        }
        for wrong in ["", "a", "me", "Ana", "_ana", "-a", "a b", "é1", &"a".repeat(33)] {
            assert!(wrong.parse::<Handle>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn claims_have_a_source_and_an_id() {
        let claim: Claim = "spotify:user:x".parse().expect("valid");
        assert_eq!((claim.source(), claim.id()), ("spotify", "user:x"));
        assert!(Claim::new("a:b", "2").is_err());
        for wrong in ["ana", ":2", "hetrec:", "Het:2", &format!("s:{}", "x".repeat(600))] {
            assert!(wrong.parse::<Claim>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn text_is_bounded_in_characters() {
        assert_eq!(Text::new("  hé\u{7}llo ", 10).map(|t| t.to_string()), Ok("héllo".to_owned()));
        assert_eq!(Text::new(" \n ", 10), Err(TextTooLong::Empty));
        assert_eq!(Text::new("abc", 2), Err(TextTooLong::TooLong { characters: 3, limit: 2 }));
    }
}
