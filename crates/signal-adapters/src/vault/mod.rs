//! Secrets in the store, encrypted with XChaCha20-Poly1305. Cargo feature `vault`.
//!
//! A sealed text is `version (1 byte) ‖ key name (8) ‖ nonce (24) ‖ ciphertext ‖ tag (16)`. Version, key name, user, service
//! and field are bound to it as associated data, so that a row which is moved to another place does not open there.

mod cipher;
mod keys;
mod rotation;

pub use cipher::KeyVault;
pub use keys::{KEYS_MAX, VaultKey, VaultKeyError, VaultKeys};
