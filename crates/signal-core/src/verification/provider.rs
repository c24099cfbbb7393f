//! The contract of whoever checks phones or payments.

use std::fmt;

use async_trait::async_trait;

use super::{Answer, CheckId, Contact, VerificationError, VerificationToken};
use crate::model::{Timestamp, UserId, Verification};

/// How much a stranger may ask of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckLimits {
    /// Wrong answers that one check takes; after them it is over.
    pub attempts: u32,
    /// Seconds that a check waits for its answer.
    pub valid_seconds: i64,
    /// Checks that one person, or one contact, may begin in `begun_hours`.
    pub begun: u32,
    /// Hours over which `begun` counts.
    pub begun_hours: i64,
    /// Checks that are remembered at once, of all people together.
    pub held: usize,
}

impl Default for CheckLimits {
    /// Five answers within ten minutes, five checks a day, ten thousand at once. A code of six digits is then guessed once
    /// in 40,000 days of trying.
    fn default() -> Self {
        Self { attempts: 5, valid_seconds: 600, begun: 5, begun_hours: 24, held: 10_000 }
    }
}

/// How the person is asked.
#[derive(Clone, PartialEq, Eq)]
pub enum Challenge {
    /// A code was sent to the contact; the answer is the code.
    Sent,
    /// The person is to visit this page; the answer is what comes back with them.
    Visit {
        /// The page's address.
        url: String,
    },
    /// The answer itself, for whoever develops: nothing was sent, and nothing is proved.
    Shown(Answer),
}

impl fmt::Debug for Challenge {
    /// The address of a page may hold a secret, too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sent => "Sent",
            Self::Visit { .. } => "Visit { .. }",
            Self::Shown(_) => "Shown(..)",
        })
    }
}

/// A check that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedCheck {
    /// Which one.
    pub id: CheckId,
    /// How the person is asked.
    pub challenge: Challenge,
    /// The first instant at which an answer comes too late.
    pub expires_at: Timestamp,
}

/// What a check proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// How far the identity was checked.
    pub level: Verification,
    /// What counts once.
    pub token: VerificationToken,
}

/// Checks phones or payments. Implementations live in `signal-adapters`, or with the host.
///
/// # Contract
///
/// - `begin` answers [`VerificationError::Unsupported`] for every level that is not among `levels`, and
///   [`VerificationError::WrongContact`] for what cannot be such a contact, before anything is sent or paid.
/// - Beyond [`CheckLimits::begun`] checks of one person, and of one contact whoever asks, `begin` says when to come back.
/// - A check belongs to the person who began it: to others it is [`VerificationError::NoSuchCheck`].
/// - The right answer is taken once, before `expires_at`. A wrong one says how many more are taken; after
///   [`CheckLimits::attempts`] of them the check takes nothing more. An answer is compared in constant time.
/// - The token is the same for the same contact and level, written in whatever way, today and in a year; different
///   contacts or levels have different ones. It comes from a key that the provider keeps, so that nobody who reads a
///   digest can try all telephone numbers.
/// - Nothing secret is in any `Debug`, error or log.
///
/// The suite in [`conformance`](super::conformance) checks these sentences.
#[async_trait]
pub trait VerificationProvider: Send + Sync + fmt::Debug {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// The levels it checks; never [`Verification::None`].
    fn levels(&self) -> &[Verification];

    /// How much a stranger may ask of it.
    fn limits(&self) -> CheckLimits;

    /// Begins a check of a contact.
    async fn begin(
        &self,
        user: UserId,
        level: Verification,
        contact: &Contact,
    ) -> Result<StartedCheck, VerificationError>;

    /// Turns an answer into a proof.
    async fn complete(
        &self,
        user: UserId,
        check: &CheckId,
        answer: &Answer,
    ) -> Result<Proof, VerificationError>;
}
