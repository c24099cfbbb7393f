//! What a check is about, and what nobody else may read: none of it is shown when it is printed.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::model::Hash;

/// Digits of a telephone number with its country, at least and at most (ITU-T E.164).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// A text that cannot be what it should be. It is not repeated, for it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} must have 1 to {most} characters, and no control characters")]
pub struct InvalidSecret {
    what: &'static str,
    most: usize,
}

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $most:literal;)*) => { $(
        $(#[$doc])*
        ///
        /// ```
        #[doc = concat!("use signal_core::verification::", stringify!($name), ";")]
        #[doc = concat!("let secret: ", stringify!($name), " = \"s3cret\".parse()?;")]
        /// assert_eq!(secret.reveal(), "s3cret");
        /// assert!(!format!("{secret:?}").contains("s3cret"));
        /// # Ok::<(), signal_core::verification::InvalidSecret>(())
        /// ```
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const CHARS_MAX: usize = $most;

            /// The text itself. Whoever takes it out looks after it.
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidSecret;

            /// Blanks around it are cut off.
            fn from_str(text: &str) -> Result<Self, InvalidSecret> {
                let text = text.trim();
                let fits = (1..=$most).contains(&text.chars().count()) && !text.contains(char::is_control);
                if fits { Ok(Self(text.to_owned())) } else { Err(InvalidSecret { what: $what, most: $most }) }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )* };
}

secrets! {
    /// What is checked: a telephone number, or who pays.
    Contact, "a contact", 254;
    /// What the person typed, or brought back from where they were sent.
    Answer, "an answer", 1_000;
    /// What proves a check. The same contact and level give the same token whoever shows it; nobody can guess the contact
    /// from it, nor the token from the contact. The ledger holds its digest alone.
    VerificationToken, "a verification token", 500;
}

impl Contact {
    /// The contact as a telephone number: `+` and 8 to 15 digits, the country's code first. Blanks, dots, dashes, slashes and
    /// brackets are left out, so that one number is written in one way. None for what is no such number.
    ///
    /// ```
    /// use signal_core::verification::Contact;
    /// let contact: Contact = "+49 (30) 90-18 20".parse()?;
    /// assert_eq!(contact.as_phone().as_deref(), Some("+4930901820"));
    /// assert_eq!("ana@example.org".parse::<Contact>()?.as_phone(), None);
    /// # Ok::<(), signal_core::verification::InvalidSecret>(())
    /// ```
    pub fn as_phone(&self) -> Option<String> {
        let digits = self.0.strip_prefix('+')?;
        let digits: String = digits.chars().filter(|c| !" .-/()".contains(*c)).collect();
        let number = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        (number && PHONE_DIGITS.contains(&digits.len())).then(|| format!("+{digits}"))
    }
}

impl VerificationToken {
    /// What the ledger holds of it.
    pub fn digest(&self) -> Hash {
        Hash::from_bytes(Sha256::digest(self.0.as_bytes()).into())
    }
}

/// Which check an answer is for: a name that the provider gives, and that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(String);

impl CheckId {
    /// A check of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_cannot_be_are_refused_without_being_repeated() {
        let long = "x".repeat(Answer::CHARS_MAX + 1);
        for wrong in ["", "  ", "a\nb", "a\u{1b}b", long.as_str()] {
            let refused = wrong.parse::<Answer>().expect_err("is refused");
            assert_eq!(
                refused.to_string(),
                "an answer must have 1 to 1000 characters, and no control characters"
            );
        }
        assert_eq!(" 123 456 ".parse::<Answer>().expect("fits").reveal(), "123 456");
    }

    #[test]
    fn a_number_is_written_in_one_way() {
        let phone = |text: &str| text.parse::<Contact>().expect("a contact").as_phone();
        for same in ["+4930901820", "+49 30 901820", "+49-30/90.18.20", " +49(30)901820 "] {
            assert_eq!(phone(same).as_deref(), Some("+4930901820"), "{same}");
        }
        for none in
            ["4930901820", "+4930", "+0930901820", "+49309018201234567", "+49x30901820", "+49+30901820", "+"]
        {
            assert_eq!(phone(none), None, "{none}");
        }
    }
}
