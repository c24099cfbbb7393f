//! Checking a phone or a payment through a provider, and writing down what it proved.

use super::{Engine, Result};
use crate::decide::Command;
use crate::model::{Hash, UserId, Verification};
use crate::verification::{Answer, CheckId, Contact, StartedCheck, VerificationProvider};

impl Engine {
    /// Begins a check of a person's contact. Whoever could not be verified at that level is refused before the provider is
    /// asked, so that nothing is sent or paid for nothing.
    pub async fn begin_check(
        &self,
        provider: &dyn VerificationProvider,
        user: UserId,
        level: Verification,
        contact: &Contact,
    ) -> Result<StartedCheck> {
        let token = Hash::from_bytes([0; 32]);
        self.consider(&Command::Verify { user, level, token }).await?;
        Ok(provider.begin(user, level, contact).await?)
    }

    /// Takes the answer to a check and records the verification; gives its level. The ledger holds the digest of the token,
    /// which counts once: where another account has shown it, nothing changes.
    pub async fn complete_check(
        &self,
        provider: &dyn VerificationProvider,
        user: UserId,
        check: &CheckId,
        answer: &Answer,
    ) -> Result<Verification> {
        let proof = provider.complete(user, check, answer).await?;
        let token = proof.token.digest();
        self.execute(&Command::Verify { user, level: proof.level, token }).await?;
        Ok(proof.level)
    }
}
