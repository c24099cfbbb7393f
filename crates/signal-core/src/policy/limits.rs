//! How much a stranger can grow, and how much a question may look at.

use serde::{Deserialize, Serialize};

/// What a stranger can grow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Members of a circle.
    pub circle_members: usize,
    /// Circles that one person may be in.
    pub circles_per_user: u32,
    /// Genres that a circle may name as its focus.
    pub focus_genres: usize,
    /// Characters of a drop's context.
    pub context_chars: usize,
    /// Characters of a comment.
    pub comment_chars: usize,
    /// Characters of a report's reason.
    pub report_chars: usize,
    /// Characters of a circle's name.
    pub circle_name_chars: usize,
    /// Comments under one drop.
    pub comments_per_drop: u32,
    /// Comments of one person under one drop.
    pub comments_per_person: u32,
    /// Names that other systems give to one person.
    pub claims_per_user: u32,
    /// Trust edges that one person may set.
    pub trust_edges: u32,
    /// People that one person may block.
    pub blocks: u32,
    /// People that one person may mute.
    pub mutes_per_user: u32,
    /// Items on a page of anything.
    pub page: usize,
    /// Ratings that a settlement reads.
    pub ratings_per_drop: u32,
    /// Characters of a search.
    pub search_chars: usize,
    /// Edges that a question about paths of trust looks at.
    pub path_edges: u32,
    /// People whom a question about reach names.
    pub reach_people: usize,
    /// Edges, from one person, that trust in many others is looked up by: those behind a percentile, and authors of a
    /// feed whom trust reaches only weakly.
    pub survey_edges: u32,
    /// People whose drops a feed looks at because trust reaches them.
    pub feed_people: usize,
    /// Newest drops of the whole community that a feed looks at.
    pub feed_newest: usize,
    /// People of the highest standing whose drops a feed looks at.
    pub feed_leaders: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            circle_members: 150,
            circles_per_user: 100,
            focus_genres: 10,
            context_chars: 500,
            comment_chars: 1_000,
            report_chars: 500,
            circle_name_chars: 80,
            comments_per_drop: 1_000,
            comments_per_person: 50,
            claims_per_user: 50,
            trust_edges: 10_000,
            blocks: 1_000,
            mutes_per_user: 1_000,
            page: 100,
            ratings_per_drop: 100_000,
            search_chars: 200,
            path_edges: 2_000_000,
            reach_people: 10_000,
            survey_edges: 15_000,
            feed_people: 1_000,
            feed_newest: 300,
            feed_leaders: 100,
        }
    }
}
