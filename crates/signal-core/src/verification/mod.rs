//! All that the core needs of whoever checks phones or payments.
//!
//! A host implements [`VerificationProvider`]: it begins a check of a contact, and turns what the person typed or brought
//! back into a token. The engine writes down the digest of the token, and each token gives one opening balance
//! (`docs/algorithms.md` §5.3). An implementation runs the public suite of the feature `conformance`, and is done.

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod provider;
mod secret;

pub use error::VerificationError;
pub use provider::{Challenge, CheckLimits, Proof, StartedCheck, VerificationProvider};
pub use secret::{Answer, CheckId, Contact, InvalidSecret, VerificationToken};
