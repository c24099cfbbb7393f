//! What the engine answers. Every type is serialisable, so that all doors show the same fields.

use serde::Serialize;

use crate::compatibility::Basis;
use crate::feed::AffinityKind;
use crate::ledger::{EventKind, Outcome};
use crate::model::{
    Account, CircleId, CommentId, DropId, Hash, Millionths, Points, PrivacyDials, Role, Stars, Timestamp,
    Track, UserId, Verification,
};

/// A person, by id and by the name people use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Person {
    /// The id.
    pub id: UserId,
    /// Handle, else first claim, else the last digits of the id.
    pub name: String,
}

/// A person with what others may see of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserAnswer {
    /// Who.
    pub user: Person,
    /// Whether a person stands behind it.
    pub claimed: bool,
    /// Whether the operator stopped them.
    pub frozen: bool,
    /// How far the identity was checked.
    pub verification: Verification,
    /// Other systems' names; for themselves and the operator.
    pub claims: Vec<String>,
    /// Since when.
    pub registered_at: Timestamp,
    /// The trust score.
    pub trust_score: f64,
    /// Points that may be staked; for themselves and the operator.
    pub available_millipoints: Option<Points>,
    /// Points locked on drops; for themselves and the operator.
    pub staked_millipoints: Option<Points>,
    /// Drops made.
    pub drops: u32,
    /// How many people they trust, where the viewer may know.
    pub trusts: Option<u64>,
    /// How many people trust them, where the viewer may know.
    pub trusted_by: Option<u64>,
    /// Their dials; for themselves and the operator.
    pub dials: Option<PrivacyDials>,
}

/// A trust score with its terms (§5.1).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrustScoreAnswer {
    /// Whose.
    pub user: Person,
    /// `max(0, (base + bonus − penalty) · decay)`.
    pub score: f64,
    /// From days of activity.
    pub base: f64,
    /// From settled drops.
    pub bonus: f64,
    /// From failed drops.
    pub penalty: f64,
    /// What time has left of it.
    pub decay: f64,
    /// Days with a deliberate act.
    pub active_days: u32,
    /// Fractional days since the last drop, or since registration.
    pub days_since_last_drop: f64,
    /// Entries the answer is based on.
    pub position: u64,
    /// The instant it was computed at.
    pub at: Timestamp,
}

/// One part of a compatibility.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartAnswer {
    /// In [0, 1].
    pub value: f64,
    /// What it weighs.
    pub weight: f64,
    /// Whether it could be computed.
    pub known: bool,
}

/// The parts of a compatibility, with what they weigh.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartsAnswer {
    /// How far trust carries.
    pub trust_path: PartAnswer,
    /// How alike the tastes are.
    pub taste: PartAnswer,
    /// How much the genres overlap.
    pub genre_overlap: PartAnswer,
}

/// Why two people match.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// Both play an artist.
    SharedArtist {
        /// Its name.
        artist: String,
        /// Plays of the one who asks.
        plays_a: u64,
        /// Plays of the other.
        plays_b: u64,
    },
    /// Both are at home in a genre.
    SharedGenre {
        /// Its name.
        genre: String,
        /// The smaller of the two confidences.
        confidence: f64,
    },
    /// A path of trust leads there.
    TrustedPath {
        /// Edges on it.
        hops: usize,
        /// Best product of weights.
        strength: f64,
        /// Names on it, as far as privacy allows; empty when it does not.
        through: Vec<String>,
    },
    /// Their taste is not visible; all that is said.
    SimilarTaste,
}

/// What one could introduce the other to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Introduction {
    /// An artist.
    pub artist: String,
    /// Plays of the one who knows it.
    pub plays: u64,
}

/// How well b's ears serve a (§5.2).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompatibilityAnswer {
    /// Who asks.
    pub a: Person,
    /// About whom.
    pub b: Person,
    /// In [0, 1]; in steps where b's taste is not visible.
    pub score: f64,
    /// How far trust carries, in [0, 1]; `None`, like the other parts, where b's taste is not visible to a.
    pub trust_path: Option<f64>,
    /// How alike the tastes are, in [0, 1].
    pub taste: Option<f64>,
    /// How much the genres overlap, in [0, 1].
    pub genre_overlap: Option<f64>,
    /// The same parts, each with its weight and whether it could be computed.
    pub parts: Option<PartsAnswer>,
    /// What taste was computed from.
    pub basis: Basis,
    /// Share of a sample that matches a no better than b does.
    pub percentile: Option<f64>,
    /// Strongest first.
    pub reasons: Vec<Reason>,
    /// The track, or else the artist, that joins them.
    pub bridge: Option<String>,
    /// What b could introduce a to.
    pub b_introduces: Vec<Introduction>,
    /// What a could introduce b to.
    pub a_introduces: Vec<Introduction>,
    /// Whether b's taste is visible to a.
    pub detailed: bool,
}

/// The best path of trust between two people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrustPathAnswer {
    /// From whom.
    pub from: Person,
    /// To whom.
    pub to: Person,
    /// Best product of weights; 0 where there is no path.
    pub strength: f64,
    /// People on it, as far as privacy allows.
    pub people: Vec<Person>,
    /// Edges on it.
    pub hops: usize,
}

/// A genre a person is at home in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GenreAnswer {
    /// Its name.
    pub genre: String,
    /// In [0, 1].
    pub confidence: f64,
    /// Hours listened.
    pub hours: f64,
}

/// An artist a person plays.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArtistAnswer {
    /// Its name.
    pub artist: String,
    /// How often.
    pub plays: u64,
}

/// A person's taste.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TasteAnswer {
    /// Whose.
    pub user: Person,
    /// Strongest first.
    pub genres: Vec<GenreAnswer>,
    /// Most played first; only where the history is visible.
    pub artists: Vec<ArtistAnswer>,
    /// Hours listened.
    pub hours: f64,
    /// Plays in all.
    pub plays: u64,
    /// Which model made the vector.
    pub model: String,
}

/// A remark under a drop.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommentAnswer {
    /// Its id.
    pub id: CommentId,
    /// Who says it.
    pub author: Person,
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A drop as a viewer may see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DropAnswer {
    /// Its id.
    pub id: DropId,
    /// What people call it: the last eight digits.
    pub short: String,
    /// Who vouches.
    pub author: Person,
    /// For what.
    pub track: Option<Track>,
    /// In which words; `None` where hidden or taken back.
    pub words: Option<String>,
    /// With how much.
    pub stake_millipoints: Points,
    /// In which circle.
    pub circle: Option<CircleId>,
    /// When.
    pub made_at: Timestamp,
    /// `open`, or how it ended.
    pub status: String,
    /// The validation score, once settled with one.
    pub score: Option<Millionths>,
    /// What came back to the author on top or was lost; once settled.
    pub settlement: Option<SettlementAnswer>,
    /// How many rated; hidden while open.
    pub ratings: Option<u32>,
    /// The viewer's own rating.
    pub my_stars: Option<Stars>,
    /// How many people played it after they saw it, where that may be shown.
    pub conversions: Option<u64>,
    /// Whether a moderator hid it.
    pub hidden: bool,
    /// Remarks, oldest first; filled by `drop`, not in lists.
    pub comments: Vec<CommentAnswer>,
}

/// How a stake ended, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettlementAnswer {
    /// How.
    pub outcome: Outcome,
    /// What was left when it was decided.
    pub left_millipoints: Points,
    /// The instant the rules decided at.
    pub effective_at: Timestamp,
}

/// One drop on a page of a feed, and why it is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedItem {
    /// The drop.
    pub drop: DropAnswer,
    /// Its rank score.
    pub score: f64,
    /// What carried it here.
    pub because: AffinityKind,
    /// The same in words, strongest first.
    pub reasons: Vec<String>,
}

/// What a feed is based on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedBasis {
    /// People within reach of trust.
    pub people_in_reach: usize,
    /// What taste was computed from.
    pub taste: Basis,
    /// Circles the viewer is in.
    pub circles: usize,
    /// Drops that were considered.
    pub drops_considered: usize,
    /// The same in words.
    pub text: String,
}

/// One page of a feed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedAnswer {
    /// Best first.
    pub items: Vec<FeedItem>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
    /// What it is based on.
    pub basis: FeedBasis,
}

/// One member of a circle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberAnswer {
    /// Who.
    pub user: Person,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// Σ stake · score of their settled drops in the circle, in points.
    pub contribution: f64,
}

/// A circle as a viewer may see it: members are for members.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CircleAnswer {
    /// Its id.
    pub id: CircleId,
    /// What people call it: the last eight digits.
    pub short: String,
    /// Its name.
    pub name: String,
    /// Genres it cares about.
    pub focus: Vec<String>,
    /// How many are in it.
    pub size: usize,
    /// Who is in it; empty for who is not.
    pub members: Vec<MemberAnswer>,
    /// Whether one needs an invitation.
    pub invite_only: bool,
    /// Whether it takes no drops and members.
    pub frozen: bool,
}

/// One answer of a search.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SearchAnswer {
    /// A person.
    User {
        /// Who.
        user: Person,
    },
    /// A drop.
    Drop {
        /// The drop.
        drop: Box<DropAnswer>,
    },
    /// A circle.
    Circle {
        /// The circle.
        circle: CircleAnswer,
    },
}

/// One line of the arithmetic behind a balance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainLine {
    /// Which entry.
    pub position: u64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// What it moved on the person's accounts: `available` or `staked`, and how much.
    pub moves: Vec<(String, Points)>,
    /// Available points afterwards.
    pub available_millipoints: Points,
    /// Staked points afterwards.
    pub staked_millipoints: Points,
}

/// The entries behind a person's balance and score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainAnswer {
    /// Whose.
    pub user: Person,
    /// In order.
    pub lines: Vec<ExplainLine>,
    /// The score they lead to.
    pub score: TrustScoreAnswer,
}

/// The newest state of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckpointAnswer {
    /// Entries.
    pub entries: u64,
    /// The root over them.
    pub root: Hash,
    /// Instant of the newest.
    pub at: Option<Timestamp>,
}

/// A verification of the whole ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyAnswer {
    /// Whether everything holds.
    pub verified: bool,
    /// Entries checked.
    pub entries: u64,
    /// The root over them.
    pub root: Option<Hash>,
    /// Bodies that were erased.
    pub erased_bodies: u64,
    /// The first entry that is wrong.
    pub position: Option<u64>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// A stored projection that does not follow from the entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which, such as `state of user:…` or `edge … → …`.
    pub what: String,
    /// What is stored.
    pub stored: String,
    /// What follows from the entries.
    pub recomputed: String,
}

/// A replay of the whole ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayAnswer {
    /// Whether everything stored follows from the entries.
    pub equal: bool,
    /// Entries folded.
    pub entries: u64,
    /// State rows compared.
    pub states: u64,
    /// Trust edges compared.
    pub edges: u64,
    /// Sum over all accounts; zero.
    pub books_sum_millipoints: Points,
    /// Accounts below zero other than `mint`.
    pub negative: Vec<Account>,
    /// What differs; at most 100.
    pub differences: Vec<Difference>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportAnswer {
    /// People the source names.
    pub users: u64,
    /// Of them, unknown before.
    pub users_new: u64,
    /// Artists the source names.
    pub artists: u64,
    /// Of them, unknown before.
    pub artists_new: u64,
    /// Tracks the source names.
    pub tracks: u64,
    /// Of them, unknown before.
    pub tracks_new: u64,
    /// Rows of plays by artist.
    pub play_counts: u64,
    /// Of them, unknown before.
    pub play_counts_new: u64,
    /// Plays in them and in listens.
    pub plays: u64,
    /// Of them, unknown before.
    pub plays_new: u64,
    /// Single listens.
    pub listens: u64,
    /// Of them, unknown before.
    pub listens_new: u64,
    /// Trust edges, each direction counted.
    pub trust_edges: u64,
    /// Of them, unknown before or of another weight.
    pub trust_edges_new: u64,
    /// Tags that name a genre we know.
    pub tags: u64,
    /// Rows left out, by reason.
    pub skipped: std::collections::BTreeMap<String, u64>,
}

/// What a sweep over open drops did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SettleAnswer {
    /// Drops that ended.
    pub settled: Vec<DropId>,
    /// Drops that are still open.
    pub open: usize,
}

/// What closing an epoch fixed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EpochAnswer {
    /// Its number.
    pub number: u64,
    /// People with a standing.
    pub people: usize,
    /// What the restart set was.
    pub restart: String,
    /// Findings, each with its members.
    pub findings: Vec<FindingAnswer>,
}

/// A pattern that suggests abuse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingAnswer {
    /// What was found.
    pub kind: String,
    /// Who is part of it.
    pub members: Vec<Person>,
    /// In [0, 1].
    pub probability: f64,
    /// What a moderator can read.
    pub evidence: String,
}

/// Everything Signal holds about a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportAnswer {
    /// Names and standing.
    pub user: UserAnswer,
    /// The account behind the numbers.
    pub account: ExplainAnswer,
    /// Trust from them.
    pub trusts: Vec<(Person, f64)>,
    /// Circles they are in.
    pub circles: Vec<CircleAnswer>,
    /// Everything they wrote, as stored.
    pub words: Vec<WordsAnswer>,
    /// Their drops.
    pub drops: Vec<DropAnswer>,
    /// Stars they gave.
    pub ratings: Vec<(DropId, Stars, Timestamp)>,
    /// Their taste.
    pub taste: TasteAnswer,
    /// The vector behind it.
    pub vector: Vec<f32>,
    /// Single listens, newest first.
    pub listens: Vec<ListenAnswer>,
    /// Play counts.
    pub play_counts: Vec<ArtistAnswer>,
    /// Drops they were shown.
    pub seen: Vec<(DropId, Timestamp)>,
}

/// A piece of personal text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordsAnswer {
    /// What it is.
    pub kind: crate::ledger::DocKind,
    /// When it was written.
    pub at: Timestamp,
    /// The words.
    pub text: String,
}

/// A listen with its names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListenAnswer {
    /// What was played.
    pub track: String,
    /// When it began.
    pub start: Timestamp,
    /// Where it was read from.
    pub source: String,
}
