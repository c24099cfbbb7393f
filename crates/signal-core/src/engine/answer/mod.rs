//! What the engine answers. Every type is serialisable, so that all doors show the same fields.

mod accounts;
mod circles;
mod compat;
mod drops;
mod feed;
mod history;
mod ledger;
mod people;
mod recommend;
mod suggestions;
mod tracks;

pub use accounts::{AccountAnswer, AccountStatus, SyncAnswer, SyncOutcome};
pub use circles::{CircleAnswer, MemberAnswer, SearchAnswer};
pub use compat::{CompatibilityAnswer, Introduction, PartAnswer, PartsAnswer, Reason};
pub use drops::{CommentAnswer, DropAnswer, SettleAnswer, SettlementAnswer};
pub use feed::{FeedAnswer, FeedBasis, FeedItem, FeedReason};
pub use history::{
    ExportAnswer, ImportAnswer, ListenAnswer, PlayCountAnswer, RatingAnswer, SeenAnswer, SpanAnswer,
    WordsAnswer,
};
pub use ledger::{
    CheckpointAnswer, Difference, EpochAnswer, ExplainAnswer, ExplainDrop, ExplainLine, ExplainSum,
    FindingAnswer, ReplayAnswer, ResolutionAnswer, ScanAnswer, SuspectAnswer, SuspectsAnswer, VerifyAnswer,
};
pub use people::{
    ArtistAnswer, GenreAnswer, Person, RankedPerson, TasteAnswer, TrustPathAnswer, TrustPredictionAnswer,
    TrustRankAnswer, TrustScoreAnswer, UserAnswer,
};
pub use recommend::{
    NeighbourAnswer, NeighboursAnswer, RecommendAnswer, RecommendBasis, RecommendReason, RecommendedArtist,
};
pub use suggestions::{SuggestedPerson, SuggestedTrack, SuggestionsAnswer};
pub use tracks::{MergeAnswer, MergedTrack};
