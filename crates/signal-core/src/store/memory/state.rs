//! Profiles, values and ciphertexts of the reference store.

use async_trait::async_trait;

use super::MemoryStore;
use super::content::after;
use crate::model::{TasteProfile, Timestamp, UserId};
use crate::store::{Lease, Page, ProfileStore, Result, StateStore, VaultStore};

#[async_trait]
impl ProfileStore for MemoryStore {
    async fn put_profiles(&self, profiles: &[TasteProfile]) -> Result<()> {
        let mut shelf = self.lock();
        let erased = shelf.erased(profiles.iter().map(|profile| profile.user));
        let kept = profiles.iter().filter(|profile| !erased.contains(&profile.user));
        shelf.profiles.extend(kept.map(|profile| (profile.user, profile.clone())));
        Ok(())
    }

    async fn profile(&self, user: UserId) -> Result<Option<TasteProfile>> {
        Ok(self.lock().profiles.get(&user).cloned())
    }

    async fn profiles(&self, page: Page<UserId>) -> Result<Vec<TasteProfile>> {
        let shelf = self.lock();
        let rows = shelf.profiles.range(after(page.after.as_ref())).take(page.limit as usize);
        Ok(rows.map(|(_, profile)| profile.clone()).collect())
    }
}

#[async_trait]
impl StateStore for MemoryStore {
    async fn state(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.lock().states.get(name).cloned())
    }

    async fn put_state(&self, name: &str, value: &[u8]) -> Result<()> {
        self.lock().states.insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    async fn remove_state(&self, name: &str) -> Result<()> {
        self.lock().states.remove(name);
        Ok(())
    }

    async fn acquire(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        let mut shelf = self.lock();
        let held = shelf.leases.get(&lease.job).is_some_and(|l| l.holder != lease.holder && l.until > now);
        if !held {
            shelf.leases.insert(lease.job.clone(), lease.clone());
        }
        Ok(!held)
    }

    async fn prolong(&self, lease: &Lease) -> Result<bool> {
        let mut shelf = self.lock();
        let Some(held) = shelf.leases.get_mut(&lease.job).filter(|held| held.holder == lease.holder) else {
            return Ok(false);
        };
        held.until = lease.until;
        Ok(true)
    }

    async fn release(&self, job: &str, holder: &str) -> Result<()> {
        self.lock().leases.retain(|name, lease| name != job || lease.holder != holder);
        Ok(())
    }
}

#[async_trait]
impl VaultStore for MemoryStore {
    async fn secret(&self, user: UserId, platform: &str, field: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.lock().secrets.get(&(user, platform.to_owned(), field.to_owned())).cloned())
    }

    async fn put_secret(&self, user: UserId, platform: &str, field: &str, value: &[u8]) -> Result<()> {
        let mut shelf = self.lock();
        if shelf.erased([user]).is_empty() {
            shelf.secrets.insert((user, platform.to_owned(), field.to_owned()), value.to_vec());
        }
        Ok(())
    }

    async fn remove_secrets(&self, user: UserId, platform: &str) -> Result<()> {
        self.lock().secrets.retain(|(who, name, _), _| *who != user || name != platform);
        Ok(())
    }
}
