//! Providers of verification. There is one for development; a service that sends codes or takes payments implements
//! [`signal_core::verification::VerificationProvider`] and runs its public suite.

mod local;

pub use local::{LocalVerification, TokenKey};
