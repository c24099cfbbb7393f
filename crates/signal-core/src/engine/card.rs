//! A person's taste card.

use super::{Engine, Result};
use crate::compatibility::card::{CARD_ARTISTS_MAX, CARD_CLAIMS_MAX, CardKey, Heard, TasteCard};
use crate::model::{ArtistId, Claim, UserId, Viewer};

/// The source of claims that are names: a card has those already.
const NAME: &str = "name";

impl Engine {
    /// Makes a person's card and signs it with their key, for them and the operator. It holds what they play most, without
    /// times and without counts; whom they show it to is their business.
    pub async fn card(&self, viewer: Viewer, user: UserId, key: &CardKey) -> Result<TasteCard> {
        self.own(viewer, user).await?;
        self.state_of(user).await?;
        let mut plays = self.heard_of(user).await?;
        plays.sort_by(|x, y| y.plays.cmp(&x.plays).then(x.artist.cmp(&y.artist)));
        let names = self.artist_names(plays.iter().map(|one| one.artist)).await?;
        let mut heard: Vec<Heard> = Vec::with_capacity(plays.len());
        for one in plays {
            let Some(name) = names.get(&one.artist) else { continue };
            let claims = if heard.len() < CARD_ARTISTS_MAX {
                self.artist_claims(one.artist).await?
            } else {
                Vec::new()
            };
            heard.push((name.clone(), claims, one.plays));
        }
        let genres = self.store().profile(user).await?.map(|profile| profile.genres).unwrap_or_default();
        let genres: Vec<_> =
            genres.into_iter().map(|(name, genre)| (name, genre.confidence.as_f64())).collect();
        Ok(TasteCard::make(&self.person(user).name, heard, &genres, key))
    }

    /// What other systems call an artist.
    async fn artist_claims(&self, artist: ArtistId) -> Result<Vec<Claim>> {
        let claims = self.store().item_claims(artist.uuid()).await?;
        let inner = claims.iter().filter_map(|claim| claim.id().parse::<Claim>().ok());
        Ok(inner.filter(|claim| claim.source() != NAME).take(CARD_CLAIMS_MAX).collect())
    }
}
