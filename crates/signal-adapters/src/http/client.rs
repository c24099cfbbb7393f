//! The client.

use std::fmt;
use std::sync::Arc;

use http::Method;
use reqwest::redirect::Policy;
use signal_core::host::{Host, random};
use signal_core::model::Timestamp;
use signal_core::platform::PlatformError;
use url::Url;

use super::call::{Answer, Call};
use super::gate::{Gate, Pace};
use super::setup::{self, Limits, SetupError};

/// How often a safe call is made at most.
const TRIES: u32 = 3;
/// The wait before the second try, in microseconds; it doubles with each.
const BACKOFF_MICROS: u64 = 500_000;
/// What services learn of us.
const USER_AGENT: &str =
    concat!("signal-music/", env!("CARGO_PKG_VERSION"), " ( ", env!("CARGO_PKG_REPOSITORY"), " )");

/// What the client knows of a service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    pub(crate) platform: &'static str,
    pub(crate) pace: Pace,
}

/// One service's client. Whatever is asked goes through its gate.
pub(crate) struct Http {
    service: Service,
    client: reqwest::Client,
    answer_bytes: usize,
    gate: Gate,
    host: Arc<dyn Host>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("service", &self.service)
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

/// Why a call brought no answer.
struct Fault {
    reason: &'static str,
    /// Whether the same call may go well later.
    retry: bool,
}

impl Http {
    pub(crate) fn new(service: Service, limits: Limits, host: Arc<dyn Host>) -> Result<Self, SetupError> {
        // Whoever chose another cryptography for the whole process keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .connect_timeout(limits.connect)
            .timeout(limits.call)
            .build()
            .map_err(|_| SetupError {
                platform: service.platform,
                what: "TLS",
                reason: "cannot be used on this machine",
            })?;
        let gate = Gate::new(service.pace, Arc::clone(&host));
        Ok(Self { service, client, answer_bytes: limits.answer_bytes, gate, host })
    }

    /// Reads an address of the settings.
    pub(crate) fn base(&self, what: &'static str, address: &str) -> Result<Url, SetupError> {
        setup::base(self.service.platform, what, address)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.host.now()
    }

    /// A question below an address.
    pub(crate) fn get(&self, what: &'static str, base: &Url, path: &[&str]) -> Call {
        self.call(what, Method::GET, base, path)
    }

    /// A change below an address.
    pub(crate) fn post(&self, what: &'static str, base: &Url, path: &[&str]) -> Call {
        self.call(what, Method::POST, base, path)
    }

    fn call(&self, what: &'static str, method: Method, base: &Url, path: &[&str]) -> Call {
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        Call::new(self.service.platform, what, method, url)
    }

    /// The error for a service that says "too many" in its own words, and shuts the gate for so long.
    pub(crate) fn limited(&self, seconds: i64) -> PlatformError {
        self.gate.shut_until(self.host.now().plus_seconds(seconds));
        self.until(self.gate.opens_at())
    }

    fn until(&self, until: Timestamp) -> PlatformError {
        PlatformError::RateLimited { platform: self.service.platform, until }
    }

    /// Makes a call when its time has come. Questions are tried again where that may help; changes never. Answers below 500,
    /// but for 429 and redirects, are the adapter's to judge.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, PlatformError> {
        let tries = if call.safe { TRIES } else { 1 };
        for tried in 1.. {
            self.gate.pass().await.map_err(|until| self.until(until))?;
            let outcome = self.once(call).await;
            let last = tried >= tries;
            match outcome {
                Ok(answer) => {
                    tracing::debug!(
                        platform = call.platform,
                        call = call.what,
                        status = answer.status.as_u16()
                    );
                    let shut = self.gate.opens_at() > self.host.now();
                    match answer.status.as_u16() {
                        429 if last => return Err(self.until(self.gate.opens_at())),
                        429 => continue,
                        500.. if last && shut => return Err(self.until(self.gate.opens_at())),
                        500.. if last => {
                            return Err(
                                answer.failed(format!("it answered {}", answer.status.as_u16()), true)
                            );
                        }
                        500.. => {}
                        300..400 => return Err(answer.failed("it sent us elsewhere", false)),
                        _ => return Ok(answer),
                    }
                }
                Err(fault) => {
                    tracing::debug!(platform = call.platform, call = call.what, fault = fault.reason);
                    if last || !fault.retry {
                        return Err(call.failed(fault.reason, fault.retry));
                    }
                }
            }
            self.host.sleep(self.backoff(tried)).await;
        }
        Err(call.failed("it was never asked", true))
    }

    /// The wait after so many tries, in microseconds: between .8 and 1 of the doubled one, so that many callers spread.
    fn backoff(&self, tried: u32) -> u64 {
        let full = BACKOFF_MICROS << (tried - 1).min(4);
        let [byte] = random::<1>(&*self.host);
        full - full / 5 * u64::from(byte) / 255
    }

    async fn once(&self, call: &Call) -> Result<Answer, Fault> {
        let request = self
            .client
            .request(call.method.clone(), call.url.clone())
            .headers(call.headers.clone())
            .body(call.body.clone());
        let mut response = request.send().await.map_err(|error| fault(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        // Before the body is read: it may break off, and the headers say when to ask again.
        self.gate.learn(status, &headers);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error))? {
            if body.len() + chunk.len() > self.answer_bytes {
                return Err(Fault { reason: "its answer is longer than any that is read", retry: false });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { platform: call.platform, what: call.what, status, headers, body })
    }
}

/// What went wrong, without the address.
fn fault(error: &reqwest::Error) -> Fault {
    let (reason, retry) = match error {
        error if error.is_timeout() => ("it did not answer in time", true),
        error if error.is_connect() => ("it cannot be reached", true),
        error if error.is_builder() => ("the question cannot be put", false),
        _ => ("its answer broke off", true),
    };
    Fault { reason, retry }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use signal_core::simulation::SimulatedHost;

    use super::*;

    #[test]
    fn the_wait_between_tries_doubles_and_keeps_its_bounds() {
        let host = Arc::new(SimulatedHost::new(7, Timestamp::from_seconds(0)));
        let service = Service { platform: "x", pace: Pace { burst: 1, every: Duration::from_secs(1) } };
        let http = Http::new(service, Limits::default(), host).expect("a client");
        for (tried, full) in [(1, 500_000), (2, 1_000_000), (3, 2_000_000), (50, 8_000_000)] {
            for _ in 0..20 {
                let wait = http.backoff(tried);
                assert!((full * 4 / 5..=full).contains(&wait), "{tried}: {wait}");
            }
        }
    }

    #[test]
    fn parts_of_a_path_cannot_leave_it() {
        let host = Arc::new(SimulatedHost::new(7, Timestamp::from_seconds(0)));
        let service = Service { platform: "x", pace: Pace { burst: 1, every: Duration::from_secs(1) } };
        let http = Http::new(service, Limits::default(), host).expect("a client");
        let base = http.base("its address", "https://example.org/v1").expect("an address");
        let call = http.get("x", &base, &["user", "a/../b?c", "listens"]);
        assert_eq!(call.url.as_str(), "https://example.org/v1/user/a%2F..%2Fb%3Fc/listens");
        assert!(!format!("{call:?}").contains("example.org"));
    }
}
