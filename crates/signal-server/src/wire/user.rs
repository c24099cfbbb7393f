//! People.

use serde::Serialize;
use signal_core::engine::{Person as CorePerson, UserAnswer};
use signal_core::model::{Audience, Points, PrivacyDials, TrustAudience, Verification};
use utoipa::ToSchema;

use super::{Versioned, instant};

/// A person, by id and by the name people use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    #[schema(format = "uuid")]
    id: String,
    /// Handle, else first claim, else the last digits of the id.
    #[schema(example = "ana")]
    name: String,
}

impl From<CorePerson> for Person {
    fn from(person: CorePerson) -> Self {
        Self { id: person.id.to_string(), name: person.name }
    }
}

/// A person, as far as the user who asks may know.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "every answer about a person has the person under this name")]
pub(crate) struct User {
    user: Person,
    /// Whether a person stands behind it.
    claimed: bool,
    /// Whether the operator stopped them.
    frozen: bool,
    /// How far the identity was checked: `none`, `phone` or `paid`.
    #[schema(value_type = String, example = "none")]
    verification: Verification,
    /// Other systems' names; for themselves.
    claims: Vec<String>,
    #[schema(format = DateTime)]
    registered_at: String,
    trust_score: f64,
    /// Points that may be staked; for themselves.
    available_millipoints: Option<i64>,
    /// Points locked on drops; for themselves.
    staked_millipoints: Option<i64>,
    /// Drops made.
    drops: u32,
    /// How many people they trust, where that may be shown.
    trusts: Option<u64>,
    /// How many people trust them, where that may be shown.
    trusted_by: Option<u64>,
    /// For themselves.
    dials: Option<Dials>,
}

impl Versioned for User {
    const SCHEMA: &'static str = "signal.user/1";
}

impl From<UserAnswer> for User {
    fn from(answer: UserAnswer) -> Self {
        Self {
            user: answer.user.into(),
            claimed: answer.claimed,
            frozen: answer.frozen,
            verification: answer.verification,
            claims: answer.claims,
            registered_at: instant(answer.registered_at),
            trust_score: answer.trust_score,
            available_millipoints: answer.available_millipoints.map(Points::milli),
            staked_millipoints: answer.staked_millipoints.map(Points::milli),
            drops: answer.drops,
            trusts: answer.trusts,
            trusted_by: answer.trusted_by,
            dials: answer.dials.map(Dials::from),
        }
    }
}

/// What a person lets others see.
#[derive(Debug, Serialize, ToSchema)]
struct Dials {
    /// Who sees plays: `private`, `friends` or `public`.
    #[schema(value_type = String, example = "private")]
    history: Audience,
    /// Who sees taste and the reasons that come from it: `private`, `friends` or `public`.
    #[schema(value_type = String, example = "friends")]
    taste: Audience,
    /// What others see of trust: `counts` or `public`.
    #[schema(value_type = String, example = "counts")]
    trust: TrustAudience,
}

impl From<PrivacyDials> for Dials {
    fn from(dials: PrivacyDials) -> Self {
        Self { history: dials.history, taste: dials.taste, trust: dials.trust }
    }
}

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Users {
    pub(crate) items: Vec<User>,
    /// Where the next page begins; null at the end.
    pub(crate) next: Option<String>,
}

impl Versioned for Users {
    const SCHEMA: &'static str = "signal.user.list/1";
}
