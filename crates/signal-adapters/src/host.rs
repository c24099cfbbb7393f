//! The machine that the doors run on: the system's clock and randomness, tokio's timer and its threads for long
//! work.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use signal_core::host::{Host, Work};
use signal_core::model::Timestamp;

/// The host of programs that run on tokio.
///
/// ```
/// # use signal_adapters::SystemHost;
/// # use signal_core::host::Host;
/// let noon = "2026-03-01T12:00:00Z".parse()?;
/// assert_eq!(SystemHost::fixed(noon).now(), noon);
/// assert!(SystemHost::new().now() > noon);
/// # Ok::<(), signal_core::model::InvalidTime>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemHost {
    fixed: Option<Timestamp>,
}

impl SystemHost {
    /// The host with the system's clock.
    pub const fn new() -> Self {
        Self { fixed: None }
    }

    /// A host whose clock stands still.
    pub const fn fixed(now: Timestamp) -> Self {
        Self { fixed: Some(now) }
    }
}

/// Microseconds since 1970, negative before it.
fn micros(clock: SystemTime) -> i64 {
    let bounded = |length: Duration| i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    match clock.duration_since(UNIX_EPOCH) {
        Ok(since) => bounded(since),
        Err(before) => -bounded(before.duration()),
    }
}

#[async_trait]
impl Host for SystemHost {
    fn now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(|| Timestamp::from_micros(micros(SystemTime::now())))
    }

    /// # Panics
    /// Where the system has no randomness: an id or a salt that can be guessed would be worse.
    fn entropy(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            panic!("the system gives no random bytes: {error}");
        }
    }

    async fn sleep(&self, micros: u64) {
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }

    async fn offload(&self, work: Work) {
        // Work that panicked leaves no result behind, which is how the core hears of it.
        if let Err(error) = tokio::task::spawn_blocking(work).await {
            tracing::error!(%error, "a piece of work was lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use signal_core::host::{offload, random};

    use super::*;

    #[test]
    fn instants_before_the_epoch_are_negative() {
        assert_eq!(micros(UNIX_EPOCH + Duration::from_millis(3)), 3_000);
        assert_eq!(micros(UNIX_EPOCH - Duration::from_millis(3)), -3_000);
    }

    #[test]
    fn ids_do_not_repeat() {
        let host = SystemHost::new();
        assert_ne!(random::<16>(&host), random::<16>(&host));
    }

    #[tokio::test]
    async fn long_work_gives_its_result_and_lost_work_none() {
        let host = SystemHost::new();
        assert_eq!(offload(&host, || 6 * 7).await, Some(42));
        assert_eq!(offload::<()>(&host, || panic!("lost")).await, None);
    }

    #[tokio::test]
    async fn a_fixed_clock_stands_still_while_time_passes() {
        let noon = Timestamp::from_seconds(1_700_000_000);
        let host = SystemHost::fixed(noon);
        host.sleep(2_000).await;
        assert_eq!(host.now(), noon);
    }
}
