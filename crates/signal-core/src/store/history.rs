//! What people play, the catalogue of what can be played, what people were shown, and whom they mute.

use async_trait::async_trait;
use uuid::Uuid;

use super::{Page, Result};
use crate::model::{
    Artist, ArtistId, Claim, Correction, DropId, Listen, Merge, PlayAfter, PlayCount, Span, Timestamp, Track,
    TrackId, UserId,
};

/// What an item of the catalogue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// An artist.
    Artist,
    /// A track of an artist.
    Track(ArtistId),
}

/// An artist or a track to be put into the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// The id it gets if its first claim is free.
    pub id: Uuid,
    /// What it is.
    pub kind: ItemKind,
    /// Name or title.
    pub name: String,
    /// Under which names it is found. The first one decides; the others are taken where free.
    pub claims: Vec<Claim>,
}

/// How well a genre fits an artist.
#[derive(Debug, Clone, PartialEq)]
pub struct ArtistGenre {
    /// The artist.
    pub artist: ArtistId,
    /// The genre, normalised.
    pub genre: String,
    /// How often it was said.
    pub weight: f64,
}

/// How long a play was, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlayLength {
    /// Not known: play counts, and listens that do not say.
    Unknown,
    /// Shorter than was asked about.
    Short,
    /// At least that long.
    Long,
}

/// Plays of one artist by one user that happened alike: in one week, all short or all long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtistPlays {
    /// Who.
    pub user: UserId,
    /// Whom they played. A track that is read as another counts for the artist of the last one in the chain; where merges
    /// go round in a circle, or end at a track that nobody knows, for its own.
    pub artist: ArtistId,
    /// When, in whole weeks since 1970, rounded down; for a count over a span the week in its middle, `None` for one over
    /// a whole history.
    pub week: Option<i64>,
    /// Whether they were cut short.
    pub length: PlayLength,
    /// How often: single listens; plus, for each item and calendar month, the largest count that any source gives of it;
    /// plus for each item the largest count over any other span.
    pub plays: u64,
    /// For how long in all, in milliseconds; 0 where the length is not known.
    pub played_ms: u64,
}

/// What [`ArtistPlays`] are sorted by; no two have the same.
pub type ArtistPlaysKey = (UserId, ArtistId, Option<i64>, PlayLength);

impl ArtistPlays {
    /// Its place among all.
    pub fn key(&self) -> ArtistPlaysKey {
        (self.user, self.artist, self.week, self.length)
    }
}

/// The week of the middle of a span, as [`ArtistPlays::week`] counts them: weeks of both ends are known without overflow,
/// and so is their mean.
pub fn middle_week(span: Span) -> i64 {
    (span.from.week() + span.to.week()) >> 1
}

/// One listen with the names of what was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayedTrackRow {
    /// The listen.
    pub listen: Listen,
    /// What was played.
    pub track: Track,
}

/// A drop that was shown to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenMark {
    /// Who saw it.
    pub user: UserId,
    /// Which drop.
    pub drop: DropId,
    /// When, the first time.
    pub at: Timestamp,
}

/// Rows of the history side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HistoryTotals {
    /// Artists known.
    pub artists: u64,
    /// Tracks known.
    pub tracks: u64,
    /// Single listens.
    pub listens: u64,
    /// Play counts.
    pub play_counts: u64,
    /// Plays in all play counts.
    pub counted_plays: u64,
}

/// Plays and the catalogue, what people were shown, and whom they mute. Nothing is added about a person who was erased,
/// whenever it comes: such rows are left out.
#[async_trait]
pub trait HistoryStore: Send + Sync {
    /// The items behind claims, in the order asked for. Artists and tracks share one space of claims:
    /// an artist's are spelled `artist:source:id`.
    async fn find_items(&self, claims: &[Claim]) -> Result<Vec<Option<Uuid>>>;

    /// Puts items into the catalogue. For each, gives the id that its first claim leads to: the new one, or the one
    /// that had the claim already, which then takes the other claims that are free.
    async fn put_items(&self, items: &[NewItem]) -> Result<Vec<Uuid>>;

    /// All claims of an item, sorted.
    async fn item_claims(&self, item: Uuid) -> Result<Vec<Claim>>;

    /// Artists by id, in the order asked for.
    async fn artists(&self, ids: &[ArtistId]) -> Result<Vec<Option<Artist>>>;

    /// Tracks by id, in the order asked for.
    async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<Option<Track>>>;

    /// Notes that tracks are read as others; one that is merged already stays as it is. Claims and plays stay with the
    /// track that has them. Gives how many are new.
    async fn put_merges(&self, merges: &[Merge]) -> Result<u64>;

    /// Takes the merge of a track back; gives whether there was one.
    async fn remove_merge(&self, from: TrackId) -> Result<bool>;

    /// All merges that stand, sorted by the track that was merged.
    async fn merges(&self, page: Page<TrackId>) -> Result<Vec<Merge>>;

    /// Says how well genres fit artists; a row with the same artist and genre is replaced. Gives how many are new.
    async fn put_artist_genres(&self, rows: &[ArtistGenre]) -> Result<u64>;

    /// All rows of artist genres, sorted by (artist, genre).
    async fn artist_genres(&self, page: Page<(ArtistId, String)>) -> Result<Vec<ArtistGenre>>;

    /// Adds listens; those already there (user, track, start) stay, and a more exact time of one wins. Those that are
    /// counted already are left out: their source gives a play count of the user over their month ([`Span::is_month`]).
    /// Gives how many are new. All or none are written, but for those that are left out and those of erased people.
    async fn add_listens(&self, listens: &[Listen]) -> Result<u64>;

    /// Takes listens away and adds what is known better of the same plays, as [`HistoryStore::add_listens`] would. One whose
    /// listen is not there is left out, and so is one of an erased person, and one that would add a listen which is counted
    /// already. Gives how many listens were taken away. All or none are written.
    async fn correct_listens(&self, corrections: &[Correction]) -> Result<u64>;

    /// Adds play counts; one already there (user, item, source, span) is replaced. Gives how many are new.
    /// All or none are written, but for those of erased people.
    async fn add_play_counts(&self, counts: &[PlayCount]) -> Result<u64>;

    /// Folds the listens of the oldest calendar month that is over at `before` into one play count for each user, track and
    /// source, over that month, then deletes them. Listens of less than `short_ms` milliseconds are not counted. Where there is
    /// such a count already, the larger one stays. Gives how many listens went: 0 where nothing so old is left. All or nothing.
    async fn fold_listens(&self, before: Timestamp, short_ms: u32) -> Result<u64>;

    /// Listens of a user, newest first, before an instant.
    async fn listens(&self, user: UserId, before: Timestamp, limit: u32) -> Result<Vec<PlayedTrackRow>>;

    /// Play counts of a user, in a stable order.
    async fn play_counts(&self, user: UserId) -> Result<Vec<PlayCount>>;

    /// What people played by artist, sorted by [`ArtistPlays::key`]. Listens of less than `short_ms` milliseconds are short.
    async fn artist_plays(&self, page: Page<ArtistPlaysKey>, short_ms: u32) -> Result<Vec<ArtistPlays>>;

    /// The same of one user.
    async fn artist_plays_of(&self, user: UserId, short_ms: u32) -> Result<Vec<ArtistPlays>>;

    /// Which of the tracks the user has played, themselves or as a track that merges make one with them.
    async fn played(&self, user: UserId, tracks: &[TrackId]) -> Result<Vec<bool>>;

    /// Rows in all.
    async fn history_totals(&self) -> Result<HistoryTotals>;

    /// Marks drops as shown; the first time counts, and erased people are left out. Gives how many marks are new.
    async fn mark_seen(&self, marks: &[SeenMark]) -> Result<u64>;

    /// Which of the drops the user was shown.
    async fn seen(&self, user: UserId, drops: &[DropId]) -> Result<Vec<bool>>;

    /// Everything one user was shown, sorted by drop.
    async fn seen_of(&self, user: UserId) -> Result<Vec<SeenMark>>;

    /// How many people were shown the drop before the instant.
    async fn shown_to(&self, drop: DropId, before: Timestamp) -> Result<u64>;

    /// How many people were shown each of the drops, in the order asked for.
    async fn shown_counts(&self, drops: &[DropId]) -> Result<Vec<u64>>;

    /// Every play of a track by somebody who was shown the drop asked for with it, that began then or within `days` days
    /// after; each once, sorted.
    async fn plays_after(&self, drops: &[(DropId, TrackId)], days: i64) -> Result<Vec<PlayAfter>>;

    /// A person mutes another. Gives whether it is so now: not where the person has muted `most` others already, nor
    /// where one of the two was erased. All under one lock, so that two calls at once stay within it too.
    async fn mute(&self, user: UserId, target: UserId, most: u32) -> Result<bool>;

    /// A person mutes another no longer; one who was not muted is no error.
    async fn unmute(&self, user: UserId, target: UserId) -> Result<()>;

    /// Whom a person has muted, sorted.
    async fn muted_by(&self, user: UserId) -> Result<Vec<UserId>>;
}
