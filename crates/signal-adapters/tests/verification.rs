//! The provider for development keeps the contract, and the engine writes down what it proves: once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::sync::Arc;

use async_trait::async_trait;
use signal_adapters::verification::{LocalVerification, TokenKey};
use signal_core::decide::Refusal;
use signal_core::engine::{Engine, EngineError};
use signal_core::host::Host;
use signal_core::model::{Points, Timestamp, UserId, Verification, Viewer};
use signal_core::simulation::SimulatedHost;
use signal_core::store::MemoryStore;
use signal_core::verification::conformance::{self, Rig};
use signal_core::verification::{
    Answer, Challenge, CheckId, CheckLimits, Contact, Proof, StartedCheck, VerificationError,
    VerificationProvider,
};

struct Local {
    host: Arc<SimulatedHost>,
    provider: LocalVerification,
}

impl Local {
    fn new() -> Self {
        let host = Arc::new(SimulatedHost::new(5, Timestamp::from_seconds(1_780_000_000)));
        let provider = LocalVerification::new(host.clone(), TokenKey::from_bytes([3; 32]));
        Self { host, provider }
    }
}

fn shown(started: &StartedCheck) -> Answer {
    match &started.challenge {
        Challenge::Shown(answer) => answer.clone(),
        other => panic!("no answer is shown: {other:?}"),
    }
}

impl Rig for Local {
    fn provider(&self) -> &dyn VerificationProvider {
        &self.provider
    }

    fn contact(&self, level: Verification, number: u32) -> Contact {
        match level {
            Verification::Paid => format!("payer-{number}").parse().unwrap(),
            _ => format!("+49 30 90{number:04}").parse().unwrap(),
        }
    }

    fn rewritten(&self, contact: &Contact) -> Contact {
        contact.reveal().replace(' ', "-").parse().unwrap()
    }

    fn right(&self, started: &StartedCheck) -> Answer {
        shown(started)
    }

    fn wrong(&self, started: &StartedCheck) -> Answer {
        let code = shown(started);
        let other = if code.reveal().starts_with('0') { "1" } else { "0" };
        format!("{other}{}", &code.reveal()[1..]).parse().unwrap()
    }

    fn pass(&self, seconds: i64) {
        self.host.set_now(self.host.now().plus_seconds(seconds));
    }
}

#[tokio::test]
async fn the_provider_for_development_passes_the_suite() {
    let ran = conformance::all(Local::new).await;
    assert!(ran.len() > 10, "{ran:?}");
}

async fn held(engine: &Engine, user: UserId) -> Points {
    engine.user(Viewer::Operator, user).await.unwrap().available_millipoints.unwrap()
}

#[tokio::test]
async fn a_contact_gives_one_opening_balance() {
    let Local { host, provider } = Local::new();
    let engine = Engine::new(Arc::new(MemoryStore::new()), host as Arc<dyn Host>);
    let ana = engine.register(&"ana".parse().unwrap()).await.unwrap();
    let ben = engine.register(&"ben".parse().unwrap()).await.unwrap();
    let number: Contact = "+49 30 901820".parse().unwrap();
    let check = engine.begin_check(&provider, ana, Verification::Phone, &number).await.unwrap();
    let level = engine.complete_check(&provider, ana, &check.id, &shown(&check)).await.unwrap();
    assert_eq!((level, held(&engine, ana).await), (Verification::Phone, Points::whole(60)));
    // Whoever has the level is refused before anything is sent.
    let again = engine.begin_check(&provider, ana, Verification::Phone, &number).await;
    assert!(matches!(again, Err(EngineError::Refused(Refusal::Exists { .. }))), "{again:?}");
    // The same telephone, written otherwise, verifies nobody else.
    let same: Contact = "+49-30-901820".parse().unwrap();
    let check = engine.begin_check(&provider, ben, Verification::Phone, &same).await.unwrap();
    let taken = engine.complete_check(&provider, ben, &check.id, &shown(&check)).await;
    assert!(matches!(taken, Err(EngineError::Refused(Refusal::Taken { .. }))), "{taken:?}");
    assert_eq!(held(&engine, ben).await, Points::whole(20));
    // The number is nowhere in the ledger, and neither is the token.
    let entries = signal_core::store::LedgerStore::entries(engine.store().as_ref(), 0, 100).await.unwrap();
    for entry in entries {
        let text = format!("{:?}", entry.read().unwrap());
        assert!(!text.contains("901820"), "{text}");
    }
}

/// A provider that cannot be reached.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl VerificationProvider for Silent {
    fn name(&self) -> &'static str {
        "silence"
    }

    fn levels(&self) -> &[Verification] {
        &[Verification::Phone]
    }

    fn limits(&self) -> CheckLimits {
        CheckLimits::default()
    }

    async fn begin(
        &self,
        _: UserId,
        _: Verification,
        _: &Contact,
    ) -> Result<StartedCheck, VerificationError> {
        let reason = "no route".to_owned();
        Err(VerificationError::Failed { provider: self.name(), doing: "send a code", reason, retry: true })
    }

    async fn complete(&self, _: UserId, _: &CheckId, _: &Answer) -> Result<Proof, VerificationError> {
        Err(VerificationError::NoSuchCheck)
    }
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_may_be_asked_again() {
    let Local { host, .. } = Local::new();
    let engine = Engine::new(Arc::new(MemoryStore::new()), host as Arc<dyn Host>);
    let ana = engine.register(&"ana".parse().unwrap()).await.unwrap();
    let number: Contact = "+49 30 901820".parse().unwrap();
    let failed = engine.begin_check(&Silent, ana, Verification::Phone, &number).await.unwrap_err();
    assert!(failed.may_retry() && failed.is_world(), "{failed}");
    assert_eq!(failed.to_string(), "asking silence to send a code failed: no route");
    let refused =
        engine.complete_check(&Silent, ana, &CheckId::new("x"), &"1".parse().unwrap()).await.unwrap_err();
    assert!(!refused.may_retry() && !refused.is_world(), "{refused}");
    assert_eq!(refused.hint().as_deref(), Some("begin a new check"));
}
