//! Circles, and what a search finds.

use serde::Serialize;

use super::super::shown;
use super::drops::DropAnswer;
use super::people::Person;
use crate::model::{CircleId, Role, Timestamp};

/// One member of a circle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberAnswer {
    /// Who.
    pub user: Person,
    /// As what.
    pub role: Role,
    /// Since when.
    #[serde(with = "shown::time")]
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
