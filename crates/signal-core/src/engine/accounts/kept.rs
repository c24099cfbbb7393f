//! What is kept of an account, sealed: its permission, an attempt to get one, and how far it was read.

use serde::{Deserialize, Serialize};

use super::{AccountResult, Accounts};
use crate::host::random;
use crate::model::{Exactness, Timestamp, TrackRef, UserId};
use crate::platform::{Attempt, Authorization, Coverage, History, HistoryCursor, PlayedTrack};
use crate::vault::{SecretPlace, VaultError};

/// The fields of a person and platform that the vault keeps.
pub(super) const AUTHORIZATION: &str = "authorization";
pub(super) const ATTEMPT: &str = "attempt";
pub(super) const READING: &str = "reading";
pub(super) const FIELDS: [&str; 3] = [AUTHORIZATION, ATTEMPT, READING];

/// The newest form of what is kept here.
const VERSION: u32 = 1;

/// An attempt to get a permission.
#[derive(Debug, Serialize, Deserialize)]
struct KeptAttempt {
    v: u32,
    attempt: Attempt,
}

/// How far an account was read, and when it may be asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    pub(super) v: u32,
    /// Where the next page begins; none before the first.
    pub(super) cursor: Option<HistoryCursor>,
    /// A page that was read and is not yet known to be in the history.
    pub(super) page: Option<Page>,
    /// When the history was last read to its end.
    pub(super) synced_at: Option<Timestamp>,
    /// Since when everything was told, as far as the service says.
    pub(super) complete_since: Option<Timestamp>,
    /// When plays last went missing, as far as one can tell.
    pub(super) gap_at: Option<Timestamp>,
    /// No call before then.
    pub(super) wait_until: Option<Timestamp>,
    /// Whether the person has to agree again first.
    pub(super) needs_consent: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            v: VERSION,
            cursor: None,
            page: None,
            synced_at: None,
            complete_since: None,
            gap_at: None,
            wait_until: None,
            needs_consent: false,
        }
    }
}

/// A page of plays, kept before it is taken in: where the service has no exact times, nobody could ask for the same again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    pub(super) plays: Vec<KeptPlay>,
    pub(super) cursor: HistoryCursor,
    complete_since: Option<Timestamp>,
    pub(super) gap_suspected: bool,
    pub(super) more: bool,
}

/// A play as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptPlay {
    pub(super) track: TrackRef,
    pub(super) start: Timestamp,
    pub(super) exactness: Exactness,
    pub(super) played_ms: Option<u32>,
}

impl From<History> for Page {
    fn from(history: History) -> Self {
        let Coverage { complete_since, gap_suspected } = history.coverage;
        let kept = |play: PlayedTrack| KeptPlay {
            track: play.track.track,
            start: play.start,
            exactness: play.exactness,
            played_ms: play.played_ms,
        };
        let plays = history.plays.into_iter().map(kept).collect();
        Self { plays, cursor: history.cursor, complete_since, gap_suspected, more: history.more }
    }
}

impl Reading {
    /// The page is in the history: the next one follows it.
    pub(super) fn turn(&mut self, page: Page, now: Timestamp) {
        self.cursor = Some(page.cursor);
        self.complete_since = page.complete_since.or(self.complete_since);
        self.gap_at = if page.gap_suspected { Some(now) } else { self.gap_at };
        self.synced_at = if page.more { self.synced_at } else { Some(now) };
        self.wait_until = self.closed_until(now);
        self.page = None;
    }

    /// Until when nothing may be asked; none where it may be now.
    pub(super) fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.wait_until.filter(|until| *until > now)
    }
}

impl Accounts {
    /// Opens a field; none where nothing is kept.
    async fn opened(&self, user: UserId, platform: &str, field: &str) -> AccountResult<Option<Vec<u8>>> {
        let Some(sealed) = self.engine.store().secret(user, platform, field).await? else { return Ok(None) };
        Ok(Some(self.vault.open(SecretPlace { user, platform, field }, &sealed)?))
    }

    /// Seals a field and keeps it, in one write.
    async fn keep(&self, user: UserId, platform: &str, field: &str, secret: &[u8]) -> AccountResult<()> {
        let nonce = random(self.engine.host());
        let sealed = self.vault.seal(SecretPlace { user, platform, field }, secret, nonce)?;
        Ok(self.engine.store().put_secret(user, platform, field, &sealed).await?)
    }

    pub(super) async fn permission(
        &self,
        user: UserId,
        platform: &str,
    ) -> AccountResult<Option<Authorization>> {
        let bytes = self.opened(user, platform, AUTHORIZATION).await?;
        Ok(bytes.map(|bytes| Authorization::from_bytes(&bytes)).transpose()?)
    }

    pub(super) async fn keep_permission(
        &self,
        user: UserId,
        platform: &str,
        permission: &Authorization,
    ) -> AccountResult<()> {
        self.keep(user, platform, AUTHORIZATION, &permission.to_bytes()).await
    }

    pub(super) async fn attempt(&self, user: UserId, platform: &str) -> AccountResult<Option<Attempt>> {
        let bytes = self.opened(user, platform, ATTEMPT).await?.filter(|bytes| !bytes.is_empty());
        let kept: Option<KeptAttempt> = bytes.map(|bytes| read(platform, &bytes)).transpose()?;
        kept.map(|kept| known(platform, kept.v).map(|()| kept.attempt)).transpose()
    }

    /// Keeps an attempt; none ends the one before.
    pub(super) async fn keep_attempt(
        &self,
        user: UserId,
        platform: &str,
        attempt: Option<&Attempt>,
    ) -> AccountResult<()> {
        let kept = attempt.map(|attempt| KeptAttempt { v: VERSION, attempt: attempt.clone() });
        let bytes = kept.map(|kept| written(platform, &kept)).transpose()?.unwrap_or_default();
        self.keep(user, platform, ATTEMPT, &bytes).await
    }

    pub(super) async fn reading(&self, user: UserId, platform: &str) -> AccountResult<Reading> {
        let mut reading: Reading = match self.opened(user, platform, READING).await? {
            Some(bytes) => read(platform, &bytes)?,
            None => Reading::default(),
        };
        known(platform, reading.v)?;
        // A gate holds also where it could not be written.
        let gate = super::locked(&self.gates).get(&(user, platform.to_owned())).copied();
        reading.wait_until = reading.wait_until.max(gate);
        Ok(reading)
    }

    pub(super) async fn keep_reading(
        &self,
        user: UserId,
        platform: &str,
        reading: &Reading,
    ) -> AccountResult<()> {
        self.keep(user, platform, READING, &written(platform, reading)?).await
    }
}

/// Refuses what a newer Signal kept.
fn known(platform: &str, version: u32) -> AccountResult<()> {
    match version {
        ..=VERSION => Ok(()),
        _ => Err(VaultError::Unreadable { platform: platform.to_owned() }.into()),
    }
}

fn written<T: Serialize>(platform: &str, value: &T) -> AccountResult<Vec<u8>> {
    let unreadable = |_| VaultError::Unreadable { platform: platform.to_owned() };
    Ok(serde_json::to_vec(value).map_err(unreadable)?)
}

/// The reason of `serde_json` would show a piece of the text.
fn read<T: for<'de> Deserialize<'de>>(platform: &str, bytes: &[u8]) -> AccountResult<T> {
    let unreadable = |_| VaultError::Unreadable { platform: platform.to_owned() };
    Ok(serde_json::from_slice(bytes).map_err(unreadable)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first version wrote.
    const YESTERDAY: &str = r#"{"v":1,"cursor":"c1","page":{"plays":[{"track":{"claim":"name:band|song","named":["Band","Song"]},"start":5,"exactness":"estimated","played_ms":null}],"cursor":"c2","complete_since":3,"gap_suspected":true,"more":true},"synced_at":1,"complete_since":2,"gap_at":null,"wait_until":4,"needs_consent":false}"#;

    /// An attempt as the first version wrote it.
    const YESTERDAYS_ATTEMPT: &str =
        r#"{"v":1,"attempt":{"platform":"spotify","began_at":5,"memory":"s3cret"}}"#;

    #[test]
    fn an_attempt_of_yesterday_is_read_and_written_the_same() {
        let kept: KeptAttempt = read("spotify", YESTERDAYS_ATTEMPT.as_bytes()).expect("reads");
        assert_eq!(kept.attempt.platform, "spotify");
        assert_eq!(kept.attempt.began_at, Timestamp::from_micros(5));
        assert_eq!(kept.attempt.memory.reveal(), "s3cret");
        assert!(known("spotify", kept.v).is_ok());
        assert_eq!(written("spotify", &kept).expect("writes"), YESTERDAYS_ATTEMPT.as_bytes());
        assert!(!format!("{kept:?}").contains("s3cret"));
    }

    #[test]
    fn a_reading_of_yesterday_is_read_and_its_page_turned() {
        let mut reading: Reading = read("spotify", YESTERDAY.as_bytes()).expect("reads");
        let again: Reading = read("spotify", &written("spotify", &reading).expect("writes")).expect("reads");
        assert_eq!(again, reading);
        assert_eq!(written("spotify", &reading).expect("writes"), YESTERDAY.as_bytes());
        let page = reading.page.clone().expect("a page");
        let now = Timestamp::from_seconds(9);
        reading.turn(page, now);
        assert_eq!(reading.cursor, Some(HistoryCursor::new("c2")));
        assert_eq!((reading.gap_at, reading.page.as_ref()), (Some(now), None));
        assert_ne!(reading.synced_at, Some(now), "there is more");
        assert_eq!(reading.wait_until, None, "a gate that has opened is over");
        assert!(known("spotify", reading.v).is_ok() && known("spotify", VERSION + 1).is_err());
        let refused = read::<Reading>("spotify", br#"{"s3cret"}"#).expect_err("is none");
        assert!(!format!("{refused:?} {refused}").contains("s3cret"));
    }
}
