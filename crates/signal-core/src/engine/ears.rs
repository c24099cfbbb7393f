//! What everybody hears, read into memory; and what one person does.

use std::sync::Arc;

use super::import::UNKNOWN_ARTIST;
use super::{Engine, EngineError, ROWS_CHUNK, Result, TAIL_CHUNK, locked};
use crate::host::{offload, random};
use crate::live::Ears;
use crate::model::{ArtistId, TasteProfile, Timestamp, UserId};
use crate::policy::TastePolicy;
use crate::store::{ArtistPlays, Page, PlayLength};
use crate::taste::{ArtistHeard, Packing, PlayMatrix, Played};

/// The state value that changes with whatever changes plays and profiles as a whole: 16 random bytes, then the instant of
/// the last build, in microseconds, most significant byte first.
const PROFILES_VERSION: &str = "profiles_version";

impl Engine {
    /// Plays and profiles, read again when their version changed. Plays have aged as of the last build, whenever they are
    /// read.
    pub(crate) async fn ears(&self) -> Result<Arc<Ears>> {
        let version = self.ears_version().await?;
        if let Some(ears) = locked(&self.inner.ears).as_ref().filter(|ears| ears.version == version) {
            return Ok(Arc::clone(ears));
        }
        let policy = self.policy().await?.1.taste;
        let at = aged_at(&version).unwrap_or_else(|| self.now());
        let unknown = self.unknown_artist().await?;
        let mut rows = HeardRows::default();
        let mut after = None;
        loop {
            let mut page =
                self.store().artist_plays(Page { after, limit: ROWS_CHUNK }, short_ms(&policy)).await?;
            after = page.last().map(ArtistPlays::key);
            let done = page.len() < ROWS_CHUNK as usize;
            page.retain(|row| Some(row.artist) != unknown);
            let taste = policy.clone();
            let add = move || rows.with(page, at, &taste);
            rows = offload(self.host(), add).await.ok_or(EngineError::Lost { what: "what people heard" })?;
            if done {
                break;
            }
        }
        let heard = rows.finish(at, &policy);
        let mut packing = Packing::default();
        self.each_profile(|profile| packing.add(profile)).await?;
        let work = move || (PlayMatrix::of_heard(heard), packing.finish());
        let (matrix, profiles) =
            offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the table of plays" })?;
        let ears = Arc::new(Ears { version, matrix, profiles });
        *locked(&self.inner.ears) = Some(Arc::clone(&ears));
        Ok(ears)
    }

    /// What one person has heard by now, by artist.
    pub(super) async fn heard_of(&self, user: UserId) -> Result<Vec<ArtistHeard>> {
        let policy = self.policy().await?.1.taste;
        let (unknown, now) = (self.unknown_artist().await?, self.now());
        let mut rows = self.store().artist_plays_of(user, short_ms(&policy)).await?;
        rows.retain(|row| Some(row.artist) != unknown && row.plays > 0);
        let artists = rows.chunk_by(|x, y| x.artist == y.artist);
        Ok(artists.filter_map(|rows| sum(rows, now, &policy)).map(|(_, heard)| heard).collect())
    }

    /// Changes with whatever changes plays and profiles as a whole.
    pub(super) async fn ears_version(&self) -> Result<Vec<u8>> {
        Ok(self.store().state(PROFILES_VERSION).await?.unwrap_or_default())
    }

    /// What stands for the artists of tracks that are known by a platform's id alone: nobody's taste.
    async fn unknown_artist(&self) -> Result<Option<ArtistId>> {
        let claims: Vec<_> = super::import::name_claim(UNKNOWN_ARTIST).into_iter().collect();
        let found = self.store().find_items(&claims).await?;
        Ok(found.into_iter().flatten().next().map(ArtistId::from_uuid))
    }

    /// Looks at everybody's profile, by id.
    pub(super) async fn each_profile(&self, mut look: impl FnMut(TasteProfile)) -> Result<()> {
        let mut after = None;
        loop {
            let rows = self.store().profiles(Page { after, limit: TAIL_CHUNK }).await?;
            after = rows.last().map(|profile| profile.user);
            let done = rows.len() < TAIL_CHUNK as usize;
            rows.into_iter().for_each(&mut look);
            if done {
                return Ok(());
            }
        }
    }

    /// Makes every process read plays and profiles again, aged as of the instant of a build, or as before. Gives the new
    /// version.
    pub(super) async fn forget_ears(&self, at: Option<Timestamp>) -> Result<Vec<u8>> {
        let at = match at {
            Some(at) => at,
            None => aged_at(&self.ears_version().await?).unwrap_or_else(|| self.now()),
        };
        let number: [u8; 16] = random(self.host());
        let version = [&number[..], &at.micros().to_be_bytes()].concat();
        self.store().put_state(PROFILES_VERSION, &version).await?;
        *locked(&self.inner.ears) = None;
        *locked(&self.inner.learnt) = None;
        *locked(&self.inner.nearby) = None;
        Ok(version)
    }
}

/// What was read so far: all rows of one person and artist come one after the other.
#[derive(Debug, Default)]
struct HeardRows {
    heard: Vec<(UserId, ArtistHeard)>,
    /// The rows of the last person and artist, which may go on.
    open: Vec<ArtistPlays>,
}

impl HeardRows {
    fn with(mut self, rows: Vec<ArtistPlays>, at: Timestamp, policy: &TastePolicy) -> Self {
        for row in rows {
            if self.open.first().is_some_and(|first| (first.user, first.artist) != (row.user, row.artist)) {
                self.heard.extend(sum(&self.open, at, policy));
                self.open.clear();
            }
            self.open.push(row);
        }
        self
    }

    fn finish(mut self, at: Timestamp, policy: &TastePolicy) -> Vec<(UserId, ArtistHeard)> {
        self.heard.extend(sum(&self.open, at, policy));
        self.heard
    }
}

impl Engine {
    /// Books the conversions that they show, then folds listens of calendar months that were over `keep_days` days ago (or as
    /// long as plays count for a drop, if that is longer) into monthly counts, and deletes them. Skips are not
    /// counted. Gives how many listens went. Importing the same again changes nothing; see [`HistoryStore::fold_listens`].
    ///
    /// [`HistoryStore::fold_listens`]: crate::store::HistoryStore::fold_listens
    pub async fn fold_listens(&self, keep_days: u32) -> Result<u64> {
        let (_, policy) = self.policy().await?;
        // What may still count for a drop stays.
        let days = i64::from(keep_days).max(policy.feed.attribution_days);
        let before = self.now().plus_days(-days);
        let mut gone = 0;
        self.book_conversions(before, &policy).await?;
        loop {
            match self.store().fold_listens(before, short_ms(&policy.taste)).await? {
                0 => return Ok(gone),
                month => gone += month,
            }
        }
    }
}

/// The instant in a version of the profiles; files of yesterday have none.
fn aged_at(version: &[u8]) -> Option<Timestamp> {
    let micros = version.get(16..)?.try_into().ok()?;
    Some(Timestamp::from_micros(i64::from_be_bytes(micros)))
}

/// Plays of a known length below this are skips.
fn short_ms(policy: &TastePolicy) -> u32 {
    policy.skip_seconds.saturating_mul(1_000)
}

/// What one person's rows of one artist amount to; nothing without rows.
fn sum(rows: &[ArtistPlays], at: Timestamp, policy: &TastePolicy) -> Option<(UserId, ArtistHeard)> {
    let first = rows.first()?;
    let played: Vec<Played> = rows.iter().map(played).collect();
    Some((first.user, ArtistHeard::of(first.artist, &played, at, policy)))
}

/// A row as plays that happened alike, each as long as all of them on average, in the middle of their week.
fn played(row: &ArtistPlays) -> Played {
    let each = row.played_ms.checked_div(row.plays).map(|ms| u32::try_from(ms).unwrap_or(u32::MAX));
    Played {
        plays: row.plays,
        at: row.week.map(Timestamp::middle_of_week),
        played_ms: each.filter(|_| row.length != PlayLength::Unknown),
    }
}
