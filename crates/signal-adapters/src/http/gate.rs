//! When the next call may be made: a steady rate of our own, and what the service says.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::{HeaderMap, StatusCode};
use signal_core::host::Host;
use signal_core::model::Timestamp;

/// The longest wait that a call sits through; a longer one is told to the caller.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(10);

/// How long the gate stays shut after "too many" without a word on how long.
const UNTOLD_SECONDS: i64 = 30;

/// The longest wait that is believed.
const TOLD_SECONDS_MAX: i64 = 7 * 86_400;

/// A rate that is kept also when the service says nothing: `burst` calls at once, then one every `every`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) burst: u32,
    pub(crate) every: Duration,
}

/// The host's clock, for the rate limiter.
#[derive(Debug, Clone)]
struct HostClock(Arc<dyn Host>);

impl Clock for HostClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(u64::try_from(self.0.now().micros()).unwrap_or(0).saturating_mul(1_000))
    }
}

/// Stands before all calls of one adapter.
#[derive(Debug)]
pub(super) struct Gate {
    host: Arc<dyn Host>,
    steady: RateLimiter<NotKeyed, InMemoryState, HostClock, NoOpMiddleware<Nanos>>,
    opens_at: Mutex<Timestamp>,
}

impl Gate {
    pub(super) fn new(pace: Pace, host: Arc<dyn Host>) -> Self {
        let burst = NonZeroU32::new(pace.burst).unwrap_or(NonZeroU32::MIN);
        // A rate without pause is no rate: the quota of nothing is none.
        let quota =
            Quota::with_period(pace.every).unwrap_or(Quota::per_second(NonZeroU32::MAX)).allow_burst(burst);
        let steady = RateLimiter::direct_with_clock(quota, HostClock(Arc::clone(&host)));
        Self { host, steady, opens_at: Mutex::new(Timestamp::MIN) }
    }

    /// When the service lets the next call in; long ago where it said nothing.
    pub(super) fn opens_at(&self) -> Timestamp {
        *self.opens_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nobody in before then.
    pub(super) fn shut_until(&self, until: Timestamp) {
        let mut opens_at = self.opens_at.lock().unwrap_or_else(PoisonError::into_inner);
        *opens_at = (*opens_at).max(until);
    }

    /// Waits until a call may be made, or says when it may, where that is further away than [`WAIT_MAX`].
    pub(super) async fn pass(&self) -> Result<(), Timestamp> {
        let patience = after(self.host.now(), WAIT_MAX);
        loop {
            let now = self.host.now();
            let opens = self.opens_at().max(match self.steady_wait(now) {
                Some(opens) => opens,
                None if self.opens_at() <= now => return Ok(()),
                None => now,
            });
            if opens > patience {
                return Err(opens);
            }
            self.host.sleep(u64::try_from(opens.micros_since(now)).unwrap_or(0).max(1)).await;
        }
    }

    /// Takes a place in the steady rate, or says when there will be one. While the service's gate is shut none is taken.
    fn steady_wait(&self, now: Timestamp) -> Option<Timestamp> {
        if self.opens_at() > now {
            return None;
        }
        let not_yet = self.steady.check().err()?;
        Some(after(now, not_yet.wait_time_from(HostClock(Arc::clone(&self.host)).now())))
    }

    /// Learns from an answer when the next call may be made.
    pub(super) fn learn(&self, status: StatusCode, headers: &HeaderMap) {
        let now = self.host.now();
        if let Some(until) = told(status, headers, now) {
            self.shut_until(until);
        }
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let micros = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.micros().saturating_add(micros))
}

/// Until when an answer asks to wait.
fn told(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let seconds = |wait: i64| now.plus_seconds(wait.clamp(0, TOLD_SECONDS_MAX));
    let busy = status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE;
    if let Some(until) = retry_after(headers, now).filter(|_| busy) {
        return Some(until);
    }
    let remaining = number(headers, "x-ratelimit-remaining");
    // A window that ends: what is left of it, and seconds until the next.
    if let (Some(reset), true) =
        (number(headers, "x-ratelimit-reset-in"), busy || remaining.is_some_and(|left| left < 1))
    {
        return Some(seconds(reset));
    }
    // A bucket that fills: what a call costs, what is left, and how much comes in a second.
    if let (Some(left), Some(cost), Some(rate)) = (
        remaining,
        number(headers, "x-ratelimit-requested-tokens"),
        number(headers, "x-ratelimit-replenish-rate").filter(|rate| *rate > 0),
    ) && left < cost
    {
        return Some(seconds((cost - left + rate - 1) / rate));
    }
    (status == StatusCode::TOO_MANY_REQUESTS).then(|| seconds(UNTOLD_SECONDS))
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    if let Some(wait) = number(headers, "retry-after") {
        return Some(now.plus_seconds(wait.clamp(0, TOLD_SECONDS_MAX)));
    }
    let date = httpdate::parse_http_date(headers.get("retry-after")?.to_str().ok()?.trim()).ok()?;
    let seconds = i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?;
    Some(Timestamp::from_seconds(seconds).min(now.plus_seconds(TOLD_SECONDS_MAX)))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok().filter(|number| (0..i64::MAX / 2).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn wait(status: u16, headers: &[(&'static str, &str)]) -> Option<i64> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().expect("a value")))
            .collect();
        let until = told(StatusCode::from_u16(status).expect("a status"), &headers, NOW)?;
        Some(until.micros_since(NOW) / 1_000_000)
    }

    #[test]
    fn every_service_says_in_its_own_way_how_long_to_wait() {
        assert_eq!(wait(429, &[("retry-after", "74214")]), Some(74_214), "almost a day is normal at Spotify");
        assert_eq!(wait(503, &[("retry-after", "Fri, 15 Jan 2027 08:01:00 GMT")]), Some(60));
        assert_eq!(
            wait(200, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-in", "7")]),
            Some(7),
            "ListenBrainz says it before it is too late"
        );
        assert_eq!(wait(200, &[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset-in", "7")]), None);
        let bucket = |left: &str| {
            let told = [
                ("x-ratelimit-requested-tokens", "5"),
                ("x-ratelimit-replenish-rate", "2"),
                ("x-ratelimit-remaining", left),
            ];
            wait(200, &told)
        };
        assert_eq!((bucket("5"), bucket("0")), (None, Some(3)), "Tidal's bucket fills two a second");
    }

    #[test]
    fn silence_and_nonsense_still_shut_the_gate() {
        assert_eq!(wait(429, &[]), Some(UNTOLD_SECONDS), "Apple says nothing");
        assert_eq!(wait(429, &[("retry-after", "soon")]), Some(UNTOLD_SECONDS));
        assert_eq!(wait(429, &[("retry-after", "99999999999999")]), Some(TOLD_SECONDS_MAX));
        assert_eq!(wait(429, &[("retry-after", "-5")]), Some(UNTOLD_SECONDS));
        assert_eq!(wait(200, &[("retry-after", "60")]), None, "only a refusal makes it a wait");
        assert_eq!(wait(503, &[]), None);
    }
}
