//! People whose ears one may want to trust.

use std::collections::BTreeSet;

use signal_core::platform::{Authorization, ImportRecord, PlatformError};

use super::wire::{Followers, Following, Similar};
use super::{ListenBrainz, name};

/// The most suggestions that are made.
const SUGGESTED_MAX: usize = 1_000;

impl ListenBrainz {
    /// Whom the person follows, who follows them, and who listens alike, in that order and each once.
    pub(super) async fn suggested(
        &self,
        authorization: &Authorization,
    ) -> Result<Vec<ImportRecord>, PlatformError> {
        const WHAT: &str = "say whom a person follows";
        let me = name(authorization)?;
        let question =
            |list: &str| self.question(WHAT, &["1", "user", me, list], authorization.access.reveal());
        let following: Following = self.ask(&question("following")?).await?.json()?;
        let followers: Followers = self.ask(&question("followers")?).await?.json()?;
        let similar: Similar = self.ask(&question("similar-users")?).await?.json()?;
        let similar = similar.payload.into_iter().map(|other| other.user_name);
        let mut known = BTreeSet::from([me.to_owned()]);
        let others = following.following.into_iter().chain(followers.followers).chain(similar);
        let suggest = |to| ImportRecord::Trust { from: me.to_owned(), to, weight: None, mutual: false };
        Ok(others.filter(|other| known.insert(other.clone())).take(SUGGESTED_MAX).map(suggest).collect())
    }
}
