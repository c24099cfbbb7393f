//! How a person gives permission.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Secret;
use crate::model::Timestamp;

/// A wish for a person's permission.
#[derive(Clone, Copy)]
pub struct ConsentRequest<'a> {
    /// The address the person comes back to, such as `http://127.0.0.1:43117/spotify`; none where there can be none.
    pub redirect: Option<&'a str>,
    /// Bytes that nobody can guess, for this request alone: states and verifiers are made of them.
    pub entropy: [u8; 64],
    /// The instant it is now.
    pub now: Timestamp,
}

impl fmt::Debug for ConsentRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentRequest").field("redirect", &self.redirect).finish_non_exhaustive()
    }
}

/// What has to happen for a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// What the person does.
    pub step: ConsentStep,
    /// What [`Platform::complete`](super::Platform::complete) needs afterwards. It may be kept in a file or a store meanwhile, but
    /// only encrypted.
    pub attempt: Attempt,
}

/// What the person does to agree.
#[derive(Clone, PartialEq, Eq)]
pub enum ConsentStep {
    /// They visit the address, and the service sends them back to the redirect address with a query, which is the answer.
    Visit {
        /// Where to send them.
        url: String,
    },
    /// They visit the address and say here that they agreed; the answer is empty.
    Approve {
        /// Where to send them.
        url: String,
    },
    /// They visit the redirect address, where we show this page. The page posts a form to the address it came from, whose body
    /// is the answer.
    Serve {
        /// The page, in HTML.
        page: String,
    },
    /// They bring a token, which is the answer.
    Paste {
        /// Where they find it, where there is such a place.
        url: Option<String>,
        /// What they are to bring, to be read after "paste".
        what: &'static str,
    },
}

impl fmt::Debug for ConsentStep {
    /// Addresses and pages hold states and tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Visit { .. } => "Visit { .. }",
            Self::Approve { .. } => "Approve { .. }",
            Self::Serve { .. } => "Serve { .. }",
            Self::Paste { .. } => "Paste { .. }",
        })
    }
}

/// A request for permission that waits for its answer. What is in it is the adapter's own affair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The name of the service that was asked; no other takes it.
    pub platform: String,
    /// When the person was asked.
    pub began_at: Timestamp,
    /// What the adapter remembers: states, verifiers, tokens.
    pub memory: Secret,
}

impl Attempt {
    /// For how many seconds an attempt can be completed; an answer that comes later belongs to no attempt.
    pub const VALID_SECONDS: i64 = 3_600;
}

/// What came back: a query, a form, a pasted text (a whole address will do for a query), or nothing.
#[derive(Clone, Copy)]
pub struct ConsentAnswer<'a>(pub &'a str);

impl fmt::Debug for ConsentAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsentAnswer(..)")
    }
}
