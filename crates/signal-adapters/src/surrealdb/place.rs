//! What a URL names.

use std::env;
use std::path::PathBuf;

use signal_core::store::StoreError;

use crate::registry::without_secrets;

/// Namespace and database where the URL of a server names none.
const DEFAULT_NAME: &str = "signal";
/// The password, where the URL lacks one.
const PASSWORD: &str = "SURREAL_PASS";

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the memory of this process.
    Memory,
    /// In a folder that this process alone has.
    Folder(PathBuf),
    /// On a server.
    Server(Server),
}

/// A server, who signs in there, and which database of it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// Scheme, host and port.
    pub(super) address: String,
    /// Name and password.
    pub(super) user: Option<(String, String)>,
    pub(super) namespace: String,
    pub(super) database: String,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { address, user: _, namespace, database } = self;
        write!(f, "Server({address}/{namespace}/{database})")
    }
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let unusable =
            |reason: &str| StoreError::Unusable { what: without_secrets(url), reason: reason.to_owned() };
        let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        match scheme.to_ascii_lowercase().as_str() {
            "surreal-mem" if rest.is_empty() => Ok(Self::Memory),
            "surreal-mem" => Err(unusable("memory has no name")),
            "surrealkv" if rest.is_empty() => Err(unusable("it names no folder")),
            "surrealkv" => Ok(Self::Folder(PathBuf::from(rest))),
            scheme @ ("ws" | "wss") => {
                Server::parse(scheme, rest, env::var(PASSWORD).ok()).map(Self::Server).map_err(unusable)
            }
            _ => Err(unusable("it is no store of SurrealDB")),
        }
    }

    /// The place as errors and logs may show it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Memory => "surreal-mem:".to_owned(),
            Self::Folder(path) => path.display().to_string(),
            Self::Server(Server { address, namespace, database, .. }) => {
                format!("{address}/{namespace}/{database}")
            }
        }
    }
}

impl Server {
    fn parse(scheme: &str, rest: &str, password: Option<String>) -> Result<Self, &'static str> {
        if rest.contains(['?', '#']) {
            return Err("its URL takes no parameters; a password that holds one of ?#/@: is written with %");
        }
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = match host.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, host),
        };
        if host.is_empty() {
            return Err("it names no host");
        }
        let user = user.map(|user| {
            let (name, own) = user.split_once(':').map_or((user, None), |(name, own)| (name, Some(own)));
            let own = own.map(decoded).transpose()?;
            Ok::<_, &'static str>((decoded(name)?, own.or(password).unwrap_or_default()))
        });
        let mut names = path.split('/').filter(|name| !name.is_empty());
        let mut name = || names.next().map_or_else(|| Ok(DEFAULT_NAME.to_owned()), decoded);
        let (namespace, database) = (name()?, name()?);
        if names.next().is_some() {
            return Err("its path is /NAMESPACE/DATABASE");
        }
        Ok(Self { address: format!("{scheme}://{host}"), user: user.transpose()?, namespace, database })
    }
}

/// A part of a URL as it was before it was written with percent signs.
fn decoded(part: &str) -> Result<String, &'static str> {
    const WRONG: &str = "a percent sign in its URL is not followed by two hexadecimal digits of a character";
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        bytes.push(match byte {
            b'%' => {
                let pair = digit().zip(digit()).ok_or(WRONG)?;
                u8::try_from(pair.0 * 16 + pair.1).map_err(|_| WRONG)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(rest: &str) -> Result<Server, &'static str> {
        Server::parse("ws", rest, Some("from outside".to_owned()))
    }

    #[test]
    fn places_are_told_by_their_scheme() {
        assert_eq!(Place::parse("surreal-mem:").expect("a place"), Place::Memory);
        for url in ["surrealkv:a/b", "surrealkv://a/b", "SurrealKV:a/b"] {
            assert_eq!(Place::parse(url).expect("a place"), Place::Folder("a/b".into()), "{url}");
        }
        assert_eq!(Place::parse("surrealkv:///x").expect("a place"), Place::Folder("/x".into()));
        for url in ["surreal-mem:x", "surrealkv:", "surrealkv://", "tikv://h", "ws://", "ws:"] {
            assert!(Place::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_server_has_defaults() {
        let plain = server("host:8000").expect("a server");
        assert_eq!((plain.address.as_str(), plain.user), ("ws://host:8000", None));
        assert_eq!((plain.namespace.as_str(), plain.database.as_str()), ("signal", "signal"));
        let full = server("ana:p%40ss%2f@host/music/one").expect("a server");
        assert_eq!(full.user, Some(("ana".to_owned(), "p@ss/".to_owned())));
        assert_eq!((full.namespace.as_str(), full.database.as_str()), ("music", "one"));
        let asked = server("ana@host").expect("a server");
        assert_eq!(asked.user, Some(("ana".to_owned(), "from outside".to_owned())));
        for wrong in ["h/a/b/c", "h?x=1", "a:%4@h", "a:%zz@h", "a:%ff@h", "a@"] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let place = Place::parse("ws://ana:s3cret@host/a/b").expect("a place");
        assert!(!format!("{place:?} {}", place.shown()).contains("s3cret"), "{place:?}");
        let error = Place::parse("ws://ana:s3cret@host?x").expect_err("it has a parameter");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
