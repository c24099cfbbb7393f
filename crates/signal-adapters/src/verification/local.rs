//! A provider for development: it sends nothing, shows the code to whoever asks, and forgets all checks with the process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use signal_core::host::{Host, random};
use signal_core::model::{Timestamp, UserId, Verification};
use signal_core::verification::{
    Answer, Challenge, CheckId, CheckLimits, Contact, Proof, StartedCheck, VerificationError,
    VerificationProvider, VerificationToken,
};

const NAME: &str = "the provider for development";
const SECONDS_PER_HOUR: i64 = 3_600;

/// The key that turns contacts into tokens. With another key the same contacts have other tokens, and each of them another
/// opening balance: keep it as long as the ledger. Shows nothing when printed.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// A key of bytes that nobody can guess.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads what [`Self::to_text`] wrote; none where it is something else.
    pub fn from_text(text: &str) -> Option<Self> {
        hex::decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    /// The secret itself as text, for the one file that keeps it.
    pub fn to_text(&self) -> String {
        hex::encode(self.0) + "\n"
    }

    /// The token of a contact. The key enters twice, so that no longer contact continues the digest of a shorter one.
    fn token(&self, level: Verification, contact: &str) -> Option<VerificationToken> {
        let text = format!("{level}\0{contact}");
        let inner = Sha256::new().chain_update(self.0).chain_update(text).finalize();
        let outer = Sha256::new().chain_update(self.0).chain_update(inner).finalize();
        hex::encode(outer).parse().ok()
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey").finish_non_exhaustive()
    }
}

/// One check, kept until it no longer counts for the limits.
struct Check {
    user: UserId,
    level: Verification,
    token: VerificationToken,
    code: Answer,
    begun_at: Timestamp,
    wrong: u32,
    taken: bool,
}

/// Checks that prove nothing: the code is in the answer to who began the check. For development only.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use signal_adapters::SystemHost;
/// use signal_adapters::verification::{LocalVerification, TokenKey};
/// use signal_core::engine::Engine;
/// use signal_core::host::random;
/// use signal_core::model::Verification;
/// use signal_core::verification::Challenge;
///
/// let host = Arc::new(SystemHost::new());
/// let provider = LocalVerification::new(host.clone(), TokenKey::from_bytes(random(&*host)));
/// let engine = Engine::new(signal_adapters::open("mem:").await?, host);
/// let ana = engine.register(&"ana".parse()?).await?;
///
/// let check = engine.begin_check(&provider, ana, Verification::Phone, &"+49 30 901820".parse()?).await?;
/// let Challenge::Shown(code) = &check.challenge else { unreachable!("a real provider sends the code") };
/// assert_eq!(engine.complete_check(&provider, ana, &check.id, code).await?, Verification::Phone);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
/// ```
pub struct LocalVerification {
    host: Arc<dyn Host>,
    key: TokenKey,
    limits: CheckLimits,
    checks: Mutex<BTreeMap<CheckId, Check>>,
}

impl fmt::Debug for LocalVerification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalVerification").field("checks", &self.checks().len()).finish_non_exhaustive()
    }
}

impl LocalVerification {
    /// A provider with the usual limits, whose time and codes come from the host.
    pub fn new(host: Arc<dyn Host>, key: TokenKey) -> Self {
        Self::limited(host, key, CheckLimits::default())
    }

    /// A provider with limits of its own.
    pub fn limited(host: Arc<dyn Host>, key: TokenKey, limits: CheckLimits) -> Self {
        Self { host, key, limits, checks: Mutex::default() }
    }

    fn checks(&self) -> MutexGuard<'_, BTreeMap<CheckId, Check>> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expiry(&self, check: &Check) -> Timestamp {
        check.begun_at.plus_seconds(self.limits.valid_seconds)
    }

    /// When a check no longer counts for the limits.
    fn forgotten(&self, begun_at: Timestamp) -> Timestamp {
        begun_at.plus_seconds(self.limits.begun_hours.saturating_mul(SECONDS_PER_HOUR))
    }

    /// Refuses where checks that look like this one were begun as often as they may be.
    fn admit(
        &self,
        checks: &BTreeMap<CheckId, Check>,
        alike: impl Fn(&Check) -> bool,
    ) -> Result<(), VerificationError> {
        let mut begun: Vec<_> =
            checks.values().filter(|check| alike(check)).map(|check| check.begun_at).collect();
        begun.sort_unstable();
        let surplus = begun.len().checked_sub(self.limits.begun as usize);
        let Some(oldest) = surplus.and_then(|surplus| begun.get(surplus)) else {
            return if self.limits.begun == 0 { Err(failed("no check may be begun")) } else { Ok(()) };
        };
        let (limit, hours) = (self.limits.begun, self.limits.begun_hours);
        Err(VerificationError::TooManyChecks { limit, hours, until: self.forgotten(*oldest) })
    }
}

/// A check that cannot begin for now.
fn failed(reason: &str) -> VerificationError {
    VerificationError::Failed {
        provider: NAME,
        doing: "begin a check",
        reason: reason.to_owned(),
        retry: true,
    }
}

/// The contact in the one way it is written.
fn plain(level: Verification, contact: &Contact) -> Result<String, VerificationError> {
    match level {
        Verification::Phone => contact.as_phone().ok_or(VerificationError::WrongContact {
            expected: "telephone number (+ and 8 to 15 digits, the country's code first)",
        }),
        Verification::Paid => Ok(contact.reveal().to_owned()),
        Verification::None => Err(VerificationError::Unsupported { provider: NAME, level }),
    }
}

/// Six digits, each number equally likely but for one in 10¹³.
fn code(host: &dyn Host) -> Option<Answer> {
    format!("{:06}", u64::from_le_bytes(random(host)) % 1_000_000).parse().ok()
}

/// Compares in a time that does not tell where two texts differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[async_trait]
impl VerificationProvider for LocalVerification {
    fn name(&self) -> &'static str {
        NAME
    }

    fn levels(&self) -> &[Verification] {
        &[Verification::Phone, Verification::Paid]
    }

    fn limits(&self) -> CheckLimits {
        self.limits
    }

    async fn begin(
        &self,
        user: UserId,
        level: Verification,
        contact: &Contact,
    ) -> Result<StartedCheck, VerificationError> {
        let token =
            self.key.token(level, &plain(level, contact)?).ok_or_else(|| failed("it has no token"))?;
        let now = self.host.now();
        let mut checks = self.checks();
        checks.retain(|_, check| self.forgotten(check.begun_at) > now);
        self.admit(&checks, |check| check.user == user)?;
        self.admit(&checks, |check| check.token == token)?;
        if checks.len() >= self.limits.held {
            return Err(failed("too many checks are going on"));
        }
        let code = code(&*self.host).ok_or_else(|| failed("it has no code"))?;
        let id = CheckId::new(hex::encode(random::<16>(&*self.host)));
        let check = Check { user, level, token, code: code.clone(), begun_at: now, wrong: 0, taken: false };
        let started = StartedCheck {
            id: id.clone(),
            challenge: Challenge::Shown(code),
            expires_at: self.expiry(&check),
        };
        checks.insert(id, check);
        Ok(started)
    }

    async fn complete(
        &self,
        user: UserId,
        check: &CheckId,
        answer: &Answer,
    ) -> Result<Proof, VerificationError> {
        let now = self.host.now();
        let limit = self.limits.attempts;
        let mut checks = self.checks();
        let found = checks.get_mut(check).filter(|check| check.user == user && !check.taken);
        let check = found.ok_or(VerificationError::NoSuchCheck)?;
        if check.wrong >= limit {
            return Err(VerificationError::TooManyAttempts { limit });
        }
        let ended = self.expiry(check);
        if now >= ended {
            return Err(VerificationError::Expired { at: ended });
        }
        if same(check.code.reveal(), answer.reveal()) {
            check.taken = true;
            return Ok(Proof { level: check.level, token: check.token.clone() });
        }
        check.wrong += 1;
        match limit - check.wrong {
            0 => Err(VerificationError::TooManyAttempts { limit }),
            left => Err(VerificationError::WrongAnswer { left }),
        }
    }
}

#[cfg(test)]
mod tests {
    use signal_core::simulation::SimulatedHost;

    use super::*;

    fn host() -> Arc<SimulatedHost> {
        Arc::new(SimulatedHost::new(1, Timestamp::from_seconds(1_780_000_000)))
    }

    fn user(number: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn what_a_stranger_can_grow_has_a_limit() {
        let host = host();
        let limits = CheckLimits { held: 3, ..CheckLimits::default() };
        let provider = LocalVerification::limited(host.clone(), TokenKey::from_bytes([7; 32]), limits);
        let begin = async |number: u128| {
            let contact = format!("+49309018{number:03}").parse().expect("a contact");
            provider.begin(user(number), Verification::Phone, &contact).await
        };
        for number in 0..3 {
            begin(number).await.expect("begins");
        }
        let refused = begin(3).await.expect_err("is full");
        assert!(refused.may_retry() && refused.is_world(), "{refused}");
        host.set_now(host.now().plus_days(1));
        begin(3).await.expect("there is room again");
        assert_eq!(provider.checks().len(), 1, "old checks are forgotten");
    }

    #[test]
    fn tokens_hang_on_the_key_the_level_and_the_contact() {
        let token =
            |key, level, contact| TokenKey::from_bytes([key; 32]).token(level, contact).expect("a token");
        let one = token(1, Verification::Phone, "+4930901820");
        assert_eq!(one, token(1, Verification::Phone, "+4930901820"));
        for other in [
            token(2, Verification::Phone, "+4930901820"),
            token(1, Verification::Paid, "+4930901820"),
            token(1, Verification::Phone, "+4930901821"),
        ] {
            assert!(one != other);
        }
    }

    #[test]
    fn a_key_comes_back_from_its_text_and_is_not_shown() {
        let key = TokenKey::from_bytes([0xab; 32]);
        assert_eq!(TokenKey::from_text(&key.to_text()), Some(key.clone()));
        assert_eq!(TokenKey::from_text("ab"), None);
        assert!(!format!("{key:?}").contains("ab"), "{key:?}");
    }

    #[tokio::test]
    async fn what_is_no_telephone_number_is_not_checked() {
        let provider = LocalVerification::new(host(), TokenKey::from_bytes([7; 32]));
        let contact = "ana@example.org".parse().expect("a contact");
        let refused = provider.begin(user(1), Verification::Phone, &contact).await.expect_err("is no number");
        assert!(matches!(refused, VerificationError::WrongContact { .. }), "{refused}");
        assert!(!refused.to_string().contains("ana"), "{refused}");
        provider.begin(user(1), Verification::Paid, &contact).await.expect("may pay");
    }
}
