//! What the host of a server can choose. Flags go before environment variables, those before the defaults.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;
use signal_adapters::registry::without_secrets;

/// Serves Signal over HTTP: routes under /v1, their description at /docs.
#[derive(Clone, Parser)]
#[command(name = "signal-server", version)]
pub struct Config {
    /// Where the data is: a path is an `SQLite` file, `postgres://…` a database, `mem:` forgets everything at the end
    #[arg(long, value_name = "STORE", env = "SIGNAL_DB", hide_env_values = true)]
    pub db: String,

    /// Address and port to listen on; port 0 takes a free one and prints it
    #[arg(long, value_name = "ADDRESS", env = "SIGNAL_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: Loopback,

    /// Seconds after which a request is answered with a problem
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub request_timeout: u64,

    /// Seconds between saying "not ready" and taking no more connections, for a load balancer to notice
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=300))]
    pub drain: u64,

    /// Seconds that running requests have to finish after that
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(..=3600))]
    pub deadline: u64,

    /// Days after which listens fold into monthly counts; 0 keeps them for ever
    #[arg(long, value_name = "DAYS", env = "SIGNAL_KEEP_LISTENS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(..=36_500))]
    pub keep_listens: u32,

    /// Where what is followed of the ledger is kept between runs, in a file of mode 600 [default: STORE.live beside a file]
    #[arg(long, value_name = "FILE", env = "SIGNAL_SNAPSHOT")]
    pub snapshot: Option<PathBuf>,

    /// The private key that signs the ledger's checkpoints, in a file of mode 600; or its text in `SIGNAL_LEDGER_KEY`
    #[arg(long, value_name = "FILE", env = "SIGNAL_LEDGER_KEY_FILE")]
    pub ledger_key_file: Option<PathBuf>,

    /// What to log on stderr, such as `info` or `signal_server=debug`
    #[arg(long, value_name = "FILTER", env = "SIGNAL_LOG", default_value = "info")]
    pub log: String,
}

/// The store's URL may hold a password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("db", &without_secrets(&self.db))
            .field("listen", &self.listen)
            .field("request_timeout", &self.request_timeout)
            .field("drain", &self.drain)
            .field("deadline", &self.deadline)
            .field("keep_listens", &self.keep_listens)
            .field("snapshot", &self.snapshot)
            .field("ledger_key_file", &self.ledger_key_file)
            .field("log", &self.log)
            .finish()
    }
}

/// An address that only this machine reaches.
///
/// ```
/// use signal_server::config::Loopback;
/// assert!("127.0.0.1:0".parse::<Loopback>().is_ok());
/// assert!("0.0.0.0:80".parse::<Loopback>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback(SocketAddr);

impl Loopback {
    /// The address.
    pub const fn address(self) -> SocketAddr {
        self.0
    }
}

/// Why the server does not listen there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidListen {
    /// Not an address at all.
    #[error("not an address and a port, such as 127.0.0.1:8080 or [::1]:8080")]
    Unreadable,
    /// Others could reach it.
    #[error(
        "other machines could reach it, and nobody proves who they are yet: \
         listen on 127.0.0.1 or [::1], or put a proxy that authenticates in front"
    )]
    Reachable,
}

impl FromStr for Loopback {
    type Err = InvalidListen;

    fn from_str(text: &str) -> Result<Self, InvalidListen> {
        let address: SocketAddr = text.parse().map_err(|_| InvalidListen::Unreadable)?;
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err(InvalidListen::Reachable) }
    }
}

impl fmt::Display for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(text: &str) -> Result<Loopback, InvalidListen> {
        text.parse()
    }

    #[test]
    fn only_loopback_is_taken() {
        for taken in ["127.0.0.1:8080", "127.255.0.3:1", "[::1]:0"] {
            assert!(listen(taken).is_ok(), "{taken}");
        }
        for reachable in
            ["0.0.0.0:8080", "[::]:8080", "192.168.1.2:80", "[::ffff:127.0.0.1]:80", "8.8.8.8:53"]
        {
            assert_eq!(listen(reachable), Err(InvalidListen::Reachable), "{reachable}");
        }
        for unreadable in ["", "8080", "127.0.0.1", "localhost:8080", "127.0.0.1:99999"] {
            assert_eq!(listen(unreadable), Err(InvalidListen::Unreadable), "{unreadable}");
        }
    }

    #[test]
    fn all_but_the_store_has_a_default() {
        let config = Config::try_parse_from(["signal-server", "--db", "mem:"]).unwrap();
        assert_eq!((config.request_timeout, config.drain, config.deadline), (30, 0, 30));
    }
}
