//! How the client is set up, and why it cannot be.

use std::net::IpAddr;
use std::time::Duration;

use url::{Host, Url};

/// How long a call may take and how much it may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For a whole call, with its answer.
    pub call: Duration,
    /// The longest answer that is read, in bytes.
    pub answer_bytes: usize,
}

impl Default for Limits {
    /// 5 seconds, 20 seconds, 8 MiB.
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), call: Duration::from_secs(20), answer_bytes: 8 << 20 }
    }
}

/// Why an adapter of a service cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting up {platform} failed: {what} {reason}")]
pub struct SetupError {
    /// Which service.
    pub platform: &'static str,
    /// Which part of the settings.
    pub what: &'static str,
    /// What is wrong with it, without secrets.
    pub reason: &'static str,
}

/// Reads the address that a service's paths are added to. Tokens travel over TLS, or within this machine.
pub(super) fn base(platform: &'static str, what: &'static str, address: &str) -> Result<Url, SetupError> {
    let wrong = |reason| SetupError { platform, what, reason };
    let mut url = Url::parse(address).map_err(|_| wrong("is no address"))?;
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(_)) => false,
        None => return Err(wrong("names no host")),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        return Err(wrong("must begin with https:// (or with http:// and a loopback address)"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong("must be an address without query, fragment and user"));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_over_tls_or_on_this_machine() {
        let read = |address| base("x", "its address", address).map(String::from);
        assert_eq!(read("https://api.example.org/v1").as_deref(), Ok("https://api.example.org/v1/"));
        assert_eq!(read("http://127.0.0.1:8080").as_deref(), Ok("http://127.0.0.1:8080/"));
        assert_eq!(read("http://[::1]:8080/x/").as_deref(), Ok("http://[::1]:8080/x/"));
        for wrong in [
            "api.example.org",
            "http://api.example.org",
            "http://localhost:80",
            "ftp://127.0.0.1",
            "https://u@example.org",
            "https://example.org/?a=b",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
