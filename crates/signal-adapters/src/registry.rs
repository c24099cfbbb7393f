//! Which store a URL names. Other crates add theirs with [`Registry::register`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use signal_core::store::{MemoryStore, Store, StoreError};

/// Schemes that have a meaning whether or not their adapter is here, and what to do where it is not.
const KNOWN: [(&str, &str); 12] = [
    ("sqlite", "this build has no SQLite: build signal-adapters with its feature sqlite"),
    ("postgres", NO_POSTGRES),
    ("postgresql", NO_POSTGRES),
    ("surrealkv", NO_SURREALDB),
    ("surreal-mem", NO_SURREALDB),
    ("ws", NO_SURREALDB),
    ("wss", NO_SURREALDB),
    ("rocksdb", ONLY_SERVERS),
    ("tikv", ONLY_SERVERS),
    ("mem", "the memory store was not registered"),
    ("http", RESERVED),
    ("https", RESERVED),
];
const NO_POSTGRES: &str = "this build has no PostgreSQL: build signal-adapters with its feature postgres";
const NO_SURREALDB: &str = "this build has no SurrealDB: build signal-adapters with its feature surrealdb";
const ONLY_SERVERS: &str =
    "this storage is behind a SurrealDB server: start one on it, and name that with ws:";
const RESERVED: &str = "this scheme is reserved for a remote server";

/// Opens the stores of one or more schemes.
#[async_trait]
pub trait StoreOpener: Send + Sync {
    /// Opens the store that the whole URL names. Errors must not show the password a URL may hold;
    /// [`without_secrets`] cuts it.
    async fn open(&self, url: &str) -> Result<Arc<dyn Store>, StoreError>;
}

/// Openers by scheme.
#[derive(Clone, Default)]
pub struct Registry {
    openers: BTreeMap<String, Arc<dyn StoreOpener>>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registry").field(&self.openers.keys()).finish()
    }
}

impl Registry {
    /// A registry that knows no scheme.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Every adapter of this build: `mem:`, `sqlite:` with the feature `sqlite`, `postgres:` and `postgresql:` with the
    /// feature `postgres`, `surrealkv:`, `surreal-mem:`, `ws:` and `wss:` with the feature `surrealdb`.
    pub fn standard() -> Self {
        let mut registry = Self::empty();
        registry.register("mem", Arc::new(Memory));
        #[cfg(feature = "sqlite")]
        registry.register("sqlite", Arc::new(Sqlite));
        #[cfg(feature = "postgres")]
        for scheme in ["postgres", "postgresql"] {
            registry.register(scheme, Arc::new(Postgres));
        }
        #[cfg(feature = "surrealdb")]
        for scheme in ["surrealkv", "surreal-mem", "ws", "wss"] {
            registry.register(scheme, Arc::new(Surreal));
        }
        registry
    }

    /// Adds the opener of a scheme, in place of the one it had.
    pub fn register(&mut self, scheme: &str, opener: Arc<dyn StoreOpener>) {
        self.openers.insert(scheme.to_ascii_lowercase(), opener);
    }

    /// The schemes that can be opened, sorted.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.openers.keys().map(String::as_str)
    }

    /// Opens the store that a URL names; a bare path is an SQLite file.
    pub async fn open(&self, url: &str) -> Result<Arc<dyn Store>, StoreError> {
        let unusable = |reason: String| StoreError::Unusable { what: without_secrets(url), reason };
        if url.is_empty() {
            return Err(StoreError::Unusable { what: "a store".into(), reason: "its name is empty".into() });
        }
        let scheme = scheme_of(url).map_or_else(|| "sqlite".to_owned(), str::to_ascii_lowercase);
        if let Some(opener) = self.openers.get(&scheme) {
            return opener.open(url).await;
        }
        let hint = KNOWN.iter().find(|(known, _)| *known == scheme).map(|(_, hint)| (*hint).to_owned());
        Err(unusable(hint.unwrap_or_else(|| {
            let known: Vec<_> = self.schemes().map(|scheme| format!("{scheme}:")).collect();
            format!(
                "{scheme}: is no store (there are {}); write a file with a colon in its name as ./NAME",
                known.join(", ")
            )
        })))
    }
}

/// Opens the store that a URL names, with [`Registry::standard`].
///
/// ```
/// # async fn example() -> Result<(), signal_core::store::StoreError> {
/// let store = signal_adapters::open("mem:").await?;
/// assert_eq!(store.head().await?.size, 0);
/// # Ok(())
/// # }
/// ```
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    Registry::standard().open(url).await
}

/// A URL as errors and logs may show it: without user, password and parameters.
///
/// ```
/// use signal_adapters::registry::without_secrets;
/// assert_eq!(without_secrets("postgres://ana:secret@db/music?password=secret"), "postgres://***@db/music");
/// assert_eq!(without_secrets("music.db"), "music.db");
/// ```
pub fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return match scheme_of(url) {
            Some(scheme) if url.contains('@') && !scheme.eq_ignore_ascii_case("sqlite") => {
                format!("{scheme}:***")
            }
            _ => url.to_owned(),
        };
    };
    let shown = rest.split(['?', '#']).next().unwrap_or_default();
    match shown.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}"),
        // A password with a character that a URL may not hold.
        None if rest.contains('@') => format!("{scheme}://***"),
        None => format!("{scheme}://{shown}"),
    }
}

/// The file behind a store, where it is one: a bare path or `sqlite:`.
///
/// ```
/// use signal_adapters::registry::file_of;
/// assert_eq!(file_of("music.db"), Some("music.db".into()));
/// assert_eq!(file_of("sqlite:music.db"), Some("music.db".into()));
/// assert_eq!(file_of("sqlite:///x/music.db"), Some("/x/music.db".into()));
/// assert_eq!(file_of("/x/a:b.db"), Some("/x/a:b.db".into()));
/// assert_eq!(file_of("mem:"), None);
/// assert_eq!(file_of("postgres://db/music"), None);
/// ```
pub fn file_of(url: &str) -> Option<PathBuf> {
    let path = match scheme_of(url) {
        Some(scheme) if scheme.eq_ignore_ascii_case("sqlite") => {
            url.get(scheme.len() + 1..).unwrap_or_default()
        }
        Some(_) => return None,
        None => url,
    };
    Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
}

/// The scheme, where the text before the first colon can be one.
fn scheme_of(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let letter = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let fits = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (letter && fits).then_some(scheme)
}

struct Memory;

#[async_trait]
impl StoreOpener for Memory {
    async fn open(&self, _url: &str) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(MemoryStore::new()))
    }
}

#[cfg(feature = "sqlite")]
struct Sqlite;

#[cfg(feature = "sqlite")]
#[async_trait]
impl StoreOpener for Sqlite {
    async fn open(&self, url: &str) -> Result<Arc<dyn Store>, StoreError> {
        let path = file_of(url).unwrap_or_default();
        if path.as_os_str().is_empty() {
            return Err(StoreError::Unusable { what: url.to_owned(), reason: "it names no file".to_owned() });
        }
        Ok(Arc::new(crate::sqlite::SqliteStore::open(path).await?))
    }
}

#[cfg(feature = "postgres")]
struct Postgres;

#[cfg(feature = "postgres")]
#[async_trait]
impl StoreOpener for Postgres {
    async fn open(&self, url: &str) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(crate::postgres::PostgresStore::open(url).await?))
    }
}

#[cfg(feature = "surrealdb")]
struct Surreal;

#[cfg(feature = "surrealdb")]
#[async_trait]
impl StoreOpener for Surreal {
    async fn open(&self, url: &str) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(crate::surrealdb::SurrealStore::open(url).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_told_from_paths() {
        assert_eq!(scheme_of("sqlite:a.db"), Some("sqlite"));
        assert_eq!(scheme_of("postgres://h/d"), Some("postgres"));
        for path in ["a.db", "./a:b.db", "/x/a:b", "dir with blank:x", "1:2", ""] {
            assert_eq!(scheme_of(path), None, "{path}");
        }
    }

    #[test]
    fn passwords_are_cut() {
        assert_eq!(without_secrets("postgres://ana:p@ss@db:5432/x?password=q"), "postgres://***@db:5432/x");
        assert_eq!(without_secrets("ws://db:8000"), "ws://db:8000");
        assert_eq!(without_secrets("./a b.db"), "./a b.db");
        assert_eq!(without_secrets("sqlite:a@b.db"), "sqlite:a@b.db");
        assert_eq!(without_secrets("postgres:ana:p@db/x"), "postgres:***");
        assert_eq!(without_secrets("postgres://ana:p?q@db/x"), "postgres://***");
        assert_eq!(without_secrets("postgres:///x?host=/run/p&password=q"), "postgres:///x");
    }
}
