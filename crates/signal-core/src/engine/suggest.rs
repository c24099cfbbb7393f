//! What a person liked elsewhere, offered to be vouched for, and people they follow there, offered to be trusted. Nothing is
//! done for anybody: whoever makes a drop chooses its stake.

use std::collections::{BTreeSet, HashMap};

use super::answer::{SuggestedPerson, SuggestedTrack};
use super::import::UNKNOWN_ARTIST;
use super::{Engine, Result};
use crate::ledger::{Key, UserStatus};
use crate::model::{Claim, Text, Timestamp, TrackId, TrackRef, UserId};

/// A track that somebody pinned or saved elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Liked {
    pub(super) track: TrackRef,
    pub(super) words: Option<String>,
    pub(super) at: Option<Timestamp>,
}

impl Engine {
    /// Those of the tracks that the person has not dropped, each once, in the order given.
    pub(super) async fn suggest_tracks(
        &self,
        person: UserId,
        liked: Vec<Liked>,
    ) -> Result<Vec<SuggestedTrack>> {
        if liked.is_empty() {
            return Ok(Vec::new());
        }
        self.catch_up().await?;
        let limit = self.policy().await?.1.limits.context_chars;
        let merges = self.all_merges().await?;
        let dropped: BTreeSet<_> =
            self.live(|live| live.drops_of(person).map(|(_, drop)| merges.root(drop.track)).collect());
        let found = self.known_already(&liked).await?;
        let ids: Vec<_> = found.iter().flatten().copied().collect();
        let tracks = self.store().tracks(&ids).await?;
        let names: HashMap<_, _> = tracks.into_iter().flatten().map(|track| (track.id, track)).collect();
        let (mut told, mut claims) = (BTreeSet::new(), BTreeSet::new());
        let mut suggested = Vec::new();
        for (liked, ids) in liked.into_iter().zip(found) {
            let roots: Vec<_> = ids.iter().map(|id| merges.root(*id)).collect();
            let known = roots.iter().any(|root| dropped.contains(root) || told.contains(root));
            if !claims.insert(liked.track.claim().clone()) || known {
                continue;
            }
            told.extend(roots);
            let mut named = ids.iter().filter_map(|id| names.get(id));
            let named = named.find(|track| track.artist_name != UNKNOWN_ARTIST);
            let named = named.map(|track| (track.artist_name.as_str(), track.title.as_str()));
            let (artist, title) = named.or(liked.track.names()).unzip();
            suggested.push(SuggestedTrack {
                claim: liked.track.claim().clone(),
                artist: artist.map(str::to_owned),
                title: title.map(str::to_owned),
                words: liked.words.as_deref().and_then(|words| shortened(words, limit)),
                at: liked.at,
            });
        }
        Ok(suggested)
    }

    /// What the catalogue knows the tracks as: by their own claim, and by artist and title.
    async fn known_already(&self, liked: &[Liked]) -> Result<Vec<Vec<TrackId>>> {
        let mut claims: Vec<Claim> = Vec::with_capacity(2 * liked.len());
        for Liked { track, .. } in liked {
            let named = track.names().and_then(|(artist, title)| TrackRef::named(artist, title).ok());
            claims.push(track.claim().clone());
            claims.push(named.as_ref().unwrap_or(track).claim().clone());
        }
        let found = self.store().find_items(&claims).await?;
        Ok(found
            .chunks(2)
            .map(|pair| pair.iter().flatten().map(|id| TrackId::from_uuid(*id)).collect())
            .collect())
    }

    /// Those of the people of a platform whom the person does not trust, mute or block, with who they are here where that may
    /// be told. Who stands behind an account is told to nobody, also not by leaving them out.
    pub(super) async fn suggest_people(
        &self,
        person: UserId,
        platform: &str,
        names: Vec<String>,
    ) -> Result<Vec<SuggestedPerson>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        self.catch_up().await?;
        let claims = names.into_iter().filter_map(|name| Some((Claim::new(platform, &name).ok()?, name)));
        let (keys, names): (Vec<_>, Vec<_>) =
            claims.map(|(claim, name)| (Key::Claim(claim).to_string(), name)).unzip();
        let owners = self.store().keys(&keys).await?;
        let states = self.states_of(owners.iter().flatten().copied().map(UserId::from_uuid)).await?;
        let unclaimed: HashMap<_, _> = states
            .into_iter()
            .filter(|state| state.status == UserStatus::Unclaimed)
            .map(|state| (state.id.uuid(), state))
            .collect();
        let trusted = self.edges_of(person).await?;
        let apart = self.apart(person).await?;
        let mut people = Vec::with_capacity(names.len());
        for (name, owner) in names.into_iter().zip(owners) {
            let user = match owner.and_then(|owner| unclaimed.get(&owner)) {
                Some(state) if trusted.contains_key(&state.id) || apart.contains(&state.id) => continue,
                Some(state) => Some(self.person_of(state).await?),
                None => None,
            };
            people.push(SuggestedPerson { name, user });
        }
        Ok(people)
    }
}

/// Words as a drop takes them; none where nothing is said.
fn shortened(words: &str, limit: usize) -> Option<String> {
    let words: String = words.chars().take(limit).collect();
    Text::new(&words, limit).ok().map(|text| text.as_str().to_owned())
}
