//! What a person might do with what other services know of them.

use serde::Serialize;

use super::super::shown;
use super::Person;
use crate::model::{Claim, Timestamp};

/// A track that a person pinned or saved elsewhere, and has not vouched for here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestedTrack {
    /// What finds it.
    pub claim: Claim,
    /// Who plays it, where known.
    pub artist: Option<String>,
    /// What it is called, where known.
    pub title: Option<String>,
    /// What the person said of it there.
    pub words: Option<String>,
    /// When they pinned or saved it, where the service says.
    #[serde(with = "shown::some_time")]
    pub at: Option<Timestamp>,
}

/// Somebody whom a person follows elsewhere, who follows them or listens alike, and whom they do not trust here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestedPerson {
    /// Their name there.
    pub name: String,
    /// Who that is here, where it may be told: nobody is told who a person behind an account is elsewhere.
    pub user: Option<Person>,
}

/// What a service makes one think of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestionsAnswer {
    /// Which service.
    pub platform: String,
    /// Whom one might trust: followed people first, then followers, then those who listen alike.
    pub people: Vec<SuggestedPerson>,
    /// What one might vouch for, newest first.
    pub tracks: Vec<SuggestedTrack>,
}
