//! Drops.

use serde::Serialize;
use signal_core::engine::{CommentAnswer, DropAnswer, SettlementAnswer};
use signal_core::ledger::{Method, Outcome};
use signal_core::model::{Millionths, Track as CoreTrack};
use utoipa::ToSchema;

use super::user::Person;
use super::{Versioned, instant};

/// A track that a person vouches for, as far as the user who asks may know.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Drop {
    #[schema(format = "uuid")]
    id: String,
    /// What people call it: the last eight digits of the id.
    #[schema(example = "5f0c9a1e")]
    short: String,
    /// Who vouches.
    author: Person,
    track: Option<Track>,
    /// The author's words; null where hidden or taken back.
    words: Option<String>,
    stake_millipoints: i64,
    /// The circle it is for.
    #[schema(format = "uuid")]
    circle: Option<String>,
    #[schema(format = DateTime)]
    made_at: String,
    /// `open`, or how it ended.
    #[schema(example = "open")]
    status: String,
    /// The validation score, once settled with one.
    #[schema(minimum = 0, maximum = 1)]
    score: Option<f64>,
    settlement: Option<Settlement>,
    /// How many rated; null while open.
    ratings: Option<u32>,
    /// The rating of the user who asks, 0 to 5.
    #[schema(minimum = 0, maximum = 5)]
    my_stars: Option<f64>,
    /// How many people were shown it, where that may be told.
    shown: Option<u64>,
    /// How many people played it after they were shown it, where that may be told.
    conversions: Option<u64>,
    /// How many of these played it on several days, where that may be told.
    kept: Option<u64>,
    /// Whether a moderator hid it.
    hidden: bool,
    /// Oldest first; empty in lists.
    comments: Vec<Comment>,
}

impl Versioned for Drop {
    const SCHEMA: &'static str = "signal.drop/1";
}

impl From<DropAnswer> for Drop {
    fn from(answer: DropAnswer) -> Self {
        Self {
            id: answer.id.to_string(),
            short: answer.short,
            author: answer.author.into(),
            track: answer.track.map(Track::from),
            words: answer.words,
            stake_millipoints: answer.stake_millipoints.milli(),
            circle: answer.circle.map(|circle| circle.to_string()),
            made_at: instant(answer.made_at),
            status: answer.status,
            score: answer.score.map(Millionths::as_f64),
            settlement: answer.settlement.map(Settlement::from),
            ratings: answer.ratings,
            my_stars: answer.my_stars.map(|stars| f64::from(stars.halves()) / 2.0),
            shown: answer.shown,
            conversions: answer.conversions,
            kept: answer.kept,
            hidden: answer.hidden,
            comments: answer.comments.into_iter().map(Comment::from).collect(),
        }
    }
}

/// A recording.
#[derive(Debug, Serialize, ToSchema)]
struct Track {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    artist: String,
    #[schema(example = "Nina Simone")]
    artist_name: String,
    /// Empty where only an id of a platform is known.
    #[schema(example = "Sinnerman")]
    title: String,
}

impl From<CoreTrack> for Track {
    fn from(track: CoreTrack) -> Self {
        let CoreTrack { id, artist, artist_name, title } = track;
        Self { id: id.to_string(), artist: artist.to_string(), artist_name, title }
    }
}

/// How a stake ended.
#[derive(Debug, Serialize, ToSchema)]
struct Settlement {
    /// `success`, `neutral`, `failure`, `faded`, `withdrawn` or `annulled`.
    #[schema(value_type = String, example = "success")]
    outcome: Outcome,
    /// What was left of the stake when it was decided.
    left_millipoints: i64,
    /// The instant the rules decided at.
    #[schema(format = DateTime)]
    effective_at: String,
    /// How the score was found: `shrunk_mean` or `bridging`; null where there is no score.
    #[schema(value_type = Option<String>, example = "shrunk_mean")]
    method: Option<Method>,
    /// Standard error of the score.
    #[schema(minimum = 0, maximum = 1)]
    uncertainty: Option<f64>,
}

impl From<SettlementAnswer> for Settlement {
    fn from(answer: SettlementAnswer) -> Self {
        Self {
            outcome: answer.outcome,
            left_millipoints: answer.left_millipoints.milli(),
            effective_at: instant(answer.effective_at),
            method: answer.method,
            uncertainty: answer.uncertainty.map(Millionths::as_f64),
        }
    }
}

/// A remark under a drop.
#[derive(Debug, Serialize, ToSchema)]
struct Comment {
    #[schema(format = "uuid")]
    id: String,
    author: Person,
    text: String,
    #[schema(format = DateTime)]
    at: String,
}

impl From<CommentAnswer> for Comment {
    fn from(answer: CommentAnswer) -> Self {
        Self {
            id: answer.id.to_string(),
            author: answer.author.into(),
            text: answer.text,
            at: instant(answer.at),
        }
    }
}
