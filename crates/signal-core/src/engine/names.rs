//! How people name people and things at the doors (design §7).

use super::{Engine, EngineError, Result};
use crate::ledger::{DocKind, Key, UserStatus};
use crate::model::{CircleId, Claim, DropId, Handle, TrackId, TrackRef, UserId, Viewer};
use crate::store::Page;
use uuid::Uuid;

/// Documents looked through for a short name.
const CHUNK: u32 = 10_000;

impl Engine {
    /// A person by handle, claim `source:id`, UUID, or `me`. The claims of an account that a person stands behind lead
    /// there for that person and the operator alone: they would tell others who somebody is elsewhere.
    pub async fn find_user(&self, viewer: Viewer, name: &str) -> Result<UserId> {
        if name == "me" {
            return viewer.user().ok_or_else(|| EngineError::invalid("user", "nobody said who `me` is"));
        }
        if let Ok(id) = name.parse::<UserId>() {
            return self.state_of(id).await.map(|state| state.id);
        }
        let key = match (name.parse::<Handle>(), name.parse::<Claim>()) {
            (Ok(handle), _) => Key::Handle(handle),
            (_, Ok(claim)) => Key::Claim(claim),
            (Err(error), _) => return Err(EngineError::invalid("user", error)),
        };
        let owner = self.store().key(&key.to_string()).await?.map(UserId::from_uuid);
        let owner = owner.ok_or_else(|| EngineError::not_found("user"))?;
        let elsewhere = matches!(key, Key::Claim(_));
        if elsewhere
            && viewer != Viewer::Operator
            && viewer.user() != Some(owner)
            && self.state_of(owner).await?.status != UserStatus::Unclaimed
        {
            return Err(EngineError::not_found("user"));
        }
        Ok(owner)
    }

    /// A drop by UUID or the last eight digits of it.
    pub async fn find_drop(&self, name: &str) -> Result<DropId> {
        if let Ok(id) = name.parse::<DropId>() {
            return Ok(id);
        }
        self.catch_up().await?;
        let short = name.to_ascii_lowercase();
        let found: Vec<_> =
            self.live(|live| live.drops.keys().filter(|id| id.short() == short).copied().collect());
        one("drop", &found)
    }

    /// A circle by UUID, the last eight digits of it, or its whole name.
    pub async fn find_circle(&self, name: &str) -> Result<CircleId> {
        if let Ok(id) = name.parse::<CircleId>() {
            return Ok(id);
        }
        let wanted = name.trim().to_lowercase();
        let mut found = Vec::new();
        let mut after: Option<Uuid> = None;
        loop {
            let docs = self.store().all_docs(DocKind::Circle, Page { after, limit: CHUNK }).await?;
            after = docs.last().map(|doc| doc.id);
            for doc in &docs {
                let id = CircleId::from_uuid(doc.id);
                if id.short() == wanted || doc.text.to_lowercase() == wanted {
                    found.push(id);
                }
            }
            if docs.len() < CHUNK as usize {
                return one("circle", &found);
            }
        }
    }

    /// A track that is known already.
    pub async fn find_track(&self, track: &TrackRef) -> Result<Option<TrackId>> {
        let found = self.store().find_items(std::slice::from_ref(track.claim())).await?;
        Ok(found.into_iter().next().flatten().map(TrackId::from_uuid))
    }
}

fn one<T: Copy>(what: &'static str, found: &[T]) -> Result<T> {
    match found {
        [] => Err(EngineError::not_found(what)),
        [only] => Ok(*only),
        _ => Err(EngineError::invalid(what, "more than one has this name; use its full id")),
    }
}
