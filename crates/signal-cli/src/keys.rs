//! Keys for their owner's eyes alone, in files beside the store: one for each person, which signs their taste cards, one that
//! turns contacts into verification tokens, and those that seal permissions of platforms.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use signal_adapters::SystemHost;
use signal_adapters::keyfile::KeyFileError;
use signal_adapters::registry::file_of;
use signal_adapters::vault::{VaultKey, VaultKeyError, VaultKeys};
use signal_adapters::verification::TokenKey;
use signal_core::compatibility::card::CardKey;
use signal_core::host::random;
use signal_core::model::UserId;

use crate::context::Context;
use crate::failure::Failure;

/// The variable that holds the vault's keys, where no file shall.
const VAULT_KEY: &str = "SIGNAL_VAULT_KEY";

/// A key file has 65 bytes; more than this is none.
const LIMIT: u64 = 1_024;

/// A person's key; it is made where there is none yet.
pub(crate) fn key_of(context: &Context, user: UserId) -> Result<CardKey, Failure> {
    let new = || CardKey::from_bytes(random(&SystemHost::new())).to_text();
    let (path, text) = kept(context, &format!("{user}.key"), new)?;
    CardKey::from_text(&text).map_err(|error| {
        let hint = "move the file away: a new key is made, and people see another fingerprint";
        Failure::world(format!("{}: {error}", path.display())).hint(hint)
    })
}

/// The key that turns contacts into verification tokens; it is made where there is none yet.
pub(crate) fn token_key(context: &Context) -> Result<TokenKey, Failure> {
    let new = || TokenKey::from_bytes(random(&SystemHost::new())).to_text();
    let (path, text) = kept(context, "verification.key", new)?;
    TokenKey::from_text(&text).ok_or_else(|| {
        let hint = "bring the file back: under a new key, every contact gives one more opening balance";
        Failure::world(format!("{} holds no key", path.display())).hint(hint)
    })
}

/// The keys that seal permissions of platforms; a first one is made where there is none yet.
pub(crate) fn vault_keys(context: &Context) -> Result<VaultKeys, Failure> {
    if let Some(keys) = vault_keys_of_environment() {
        return keys;
    }
    let folder = folder(context)?;
    let path = folder.join("vault.key");
    let kept = match VaultKeys::open(&path) {
        Err(VaultKeyError::File(KeyFileError::Io { source, .. })) if source.kind() == ErrorKind::NotFound => {
            make_folder(&folder)?;
            match VaultKeys::create(&path, new_vault_key()) {
                // Another program was faster.
                Err(VaultKeyError::File(KeyFileError::Io { source, .. }))
                    if source.kind() == ErrorKind::AlreadyExists =>
                {
                    VaultKeys::open(&path)
                }
                made => made,
            }
        }
        kept => kept,
    };
    kept.map_err(no_vault_key)
}

/// The same with a newer key behind them, and whether there is one: those of the environment are somebody else's to change.
pub(crate) fn newer_vault_keys(context: &Context) -> Result<(VaultKeys, bool), Failure> {
    let kept = vault_keys(context)?;
    if vault_keys_of_environment().is_some() {
        return Ok((kept, false));
    }
    let path = folder(context)?.join("vault.key");
    Ok((VaultKeys::add(&path, new_vault_key()).map_err(no_vault_key)?, true))
}

fn vault_keys_of_environment() -> Option<Result<VaultKeys, Failure>> {
    let text = std::env::var(VAULT_KEY).ok().filter(|text| !text.is_empty())?;
    Some(VaultKeys::read(&text, VAULT_KEY).map_err(no_vault_key))
}

fn new_vault_key() -> VaultKey {
    VaultKey::from_bytes(random(&SystemHost::new()))
}

fn no_vault_key(error: VaultKeyError) -> Failure {
    let failure =
        if error.is_world() { Failure::world(error.to_string()) } else { Failure::wrong(error.to_string()) };
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The text of a key file, which is made where there is none yet.
fn kept(context: &Context, name: &str, new: impl FnOnce() -> String) -> Result<(PathBuf, String), Failure> {
    let folder = folder(context)?;
    let path = folder.join(name);
    let text = match File::open(&path) {
        Ok(file) => read(&path, file),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&folder, &path, new()),
        Err(error) => Err(unusable(&path, &error)),
    }?;
    Ok((path, text))
}

/// Removes a person's key, if there is one.
pub(crate) fn forget(context: &Context, user: UserId) -> Result<(), Failure> {
    let path = folder(context)?.join(format!("{user}.key"));
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable(&path, &error)),
        _ => Ok(()),
    }
}

/// Beside a file's store, else in the data directory.
fn folder(context: &Context) -> Result<PathBuf, Failure> {
    let store = context.store()?;
    if let Some(path) = file_of(&store) {
        let mut name = path.into_os_string();
        name.push(".keys");
        return Ok(name.into());
    }
    Ok(Context::data_folder()?.join("keys"))
}

fn read(path: &Path, mut file: File) -> Result<String, Failure> {
    let metadata = file.metadata().map_err(|error| unusable(path, &error))?;
    if is_open_to_others(&metadata) {
        let message = format!("others can read the key {}", path.display());
        return Err(Failure::world(message).hint(format!("chmod 600 {}", path.display())));
    }
    let mut text = String::new();
    (&mut file).take(LIMIT).read_to_string(&mut text).map_err(|error| unusable(path, &error))?;
    Ok(text)
}

/// Makes the folder, which nobody else can enter.
fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder).map_err(|error| unusable(folder, &error))
}

fn make(folder: &Path, path: &Path, text: String) -> Result<String, Failure> {
    let mut options = OpenOptions::new();
    // Two programs at once: one makes it, the other says that it is there.
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    make_folder(folder)?;
    let mut file = options.open(path).map_err(|error| unusable(path, &error))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| unusable(path, &error))?;
    Ok(text)
}

#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

/// Elsewhere the system's own rules guard a person's folder.
#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::world(format!("cannot use the key {}: {error}", path.display()))
}
