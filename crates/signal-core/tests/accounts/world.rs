//! A community with one service, one person who has an account there, and a machine that notes how long anybody sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use signal_core::engine::{AccountResult, Accounts, Engine};
use signal_core::host::{Host, Work};
use signal_core::model::{Timestamp, UserId};
use signal_core::platform::{ConsentAnswer, ConsentStep, Platform};
use signal_core::simulation::SimulatedHost;
use signal_core::store::{HistoryStore, MemoryStore, Store};
use signal_core::vault::{NONCE_BYTES, SecretPlace, Vault, VaultError};

use super::service::{Habits, Service};

/// A simulated machine whose sleeps move the clock, and let others have their turn.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) simulated: SimulatedHost,
    /// The longest sleep, in microseconds.
    pub(crate) longest: AtomicU64,
}

#[async_trait]
impl Host for Machine {
    fn now(&self) -> Timestamp {
        self.simulated.now()
    }

    fn entropy(&self, buffer: &mut [u8]) {
        self.simulated.entropy(buffer);
    }

    async fn sleep(&self, micros: u64) {
        self.longest.fetch_max(micros, Ordering::SeqCst);
        let mut slept = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut slept, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        let micros = i64::try_from(micros).expect("a short sleep");
        self.simulated.set_now(Timestamp::from_micros(self.now().micros() + micros));
    }

    async fn offload(&self, work: Work) {
        work();
    }
}

/// A vault that hides texts well enough for a test: the newest key is the last.
#[derive(Debug, Clone)]
pub(crate) struct TestVault(pub(crate) Vec<u8>);

fn mask(key: u8, place: SecretPlace<'_>, nonce: &[u8], bytes: &[u8]) -> Vec<u8> {
    let place = format!("{key} {} {} {}", place.user, place.platform, place.field);
    let stream = Sha256::new().chain_update(place).chain_update(nonce).finalize();
    bytes.iter().zip(stream.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
}

impl Vault for TestVault {
    fn seal(
        &self,
        place: SecretPlace<'_>,
        secret: &[u8],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Vec<u8>, VaultError> {
        let key = *self.0.last().expect("a key");
        let mut sealed = vec![key];
        sealed.extend(nonce);
        let with_mark = [b"good", secret].concat();
        sealed.extend(mask(key, place, &nonce, &with_mark));
        Ok(sealed)
    }

    fn open(&self, place: SecretPlace<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let platform = place.platform.to_owned();
        let (key, rest) = sealed.split_first().expect("a sealed text");
        if !self.0.contains(key) {
            return Err(VaultError::UnknownKey { platform, key: key.to_string() });
        }
        let (nonce, masked) = rest.split_at(NONCE_BYTES);
        let opened = mask(*key, place, nonce, masked);
        opened.strip_prefix(b"good").map(<[u8]>::to_vec).ok_or(VaultError::Damaged { platform })
    }

    fn is_newest(&self, sealed: &[u8]) -> bool {
        sealed.first() == self.0.last()
    }
}

pub(crate) struct World {
    pub(crate) host: Arc<Machine>,
    pub(crate) memory: MemoryStore,
    pub(crate) engine: Engine,
    pub(crate) service: Service,
    pub(crate) ana: UserId,
}

impl World {
    pub(crate) async fn new(habits: Habits, seed: u64) -> Self {
        let simulated = SimulatedHost::new(seed, "2026-03-01T00:00:00Z".parse().expect("a time"));
        let host = Arc::new(Machine { simulated, longest: AtomicU64::new(0) });
        let memory = MemoryStore::new();
        let engine = Engine::new(Arc::new(memory.clone()), Arc::<Machine>::clone(&host));
        let ana = engine.register(&"ana".parse().expect("a handle")).await.expect("joins");
        Self { host, memory, engine, service: Service::new(habits, seed), ana }
    }

    /// The accounts as one process sees them.
    pub(crate) fn process(&self) -> Accounts {
        self.process_over(Arc::new(self.memory.clone()), &[1])
    }

    pub(crate) fn process_over(&self, store: Arc<dyn Store>, keys: &[u8]) -> Accounts {
        let engine = Engine::new(store, Arc::<Machine>::clone(&self.host));
        let service: Arc<dyn Platform> = Arc::new(self.service.clone());
        Accounts::new(engine, Arc::new(TestVault(keys.to_vec())), [service])
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.host.simulated.set_now(self.host.now().plus_seconds(seconds));
    }

    pub(crate) fn host_now(&self) -> Timestamp {
        self.host.now()
    }

    /// The starts of all plays of the person, oldest first.
    pub(crate) async fn starts(&self) -> Vec<Timestamp> {
        let rows = self.memory.listens(self.ana, Timestamp::MAX, 1_000_000).await.expect("listens");
        let mut starts: Vec<_> = rows.iter().map(|row| row.listen.start).collect();
        starts.sort();
        starts
    }

    /// The person agrees.
    pub(crate) async fn connect(&self, accounts: &Accounts, user: UserId) -> AccountResult<()> {
        let step = accounts.begin_connect(user, "fake", None).await?;
        let ConsentStep::Visit { url } = step else { panic!("{step:?}") };
        accounts.complete_connect(user, "fake", ConsentAnswer(&url)).await
    }
}
