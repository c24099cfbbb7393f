//! Requests and answers as they are on the wire, apart from the engine's own types.
//!
//! An answer names its shape and version in `schema`; a change that an old client would trip over is a new version.
//! Fractions lie in [0, 1], points are whole milli-points, times are RFC 3339 in UTC.

mod compat;
mod drop;
mod ears;
mod feed;
mod request;
mod server;
mod user;

use axum::Json;
use serde::Serialize;
use signal_core::model::Timestamp;
use utoipa::ToSchema;

pub(crate) use compat::Compatibility;
pub(crate) use drop::Drop;
pub(crate) use ears::{Recommendations, TasteNeighbours};
pub(crate) use feed::{Feed, NewlySeen};
pub(crate) use request::{NewDrop, NewRating, NewUser, Page, SeenDrops, Top};
pub(crate) use server::{Checkpoint, Health, ProblemType, Readiness};
pub(crate) use user::{User, Users};

/// A shape with a name and a version.
pub(crate) trait Versioned {
    /// Both, such as `signal.user/1`.
    const SCHEMA: &'static str;
}

/// An answer under the name of its shape.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    /// Shape and version of this answer.
    schema: &'static str,
    #[serde(flatten)]
    body: T,
}

impl<T: Versioned> Answer<T> {
    pub(crate) fn json(body: T) -> Json<Self> {
        Json(Self { schema: T::SCHEMA, body })
    }
}

fn instant(at: Timestamp) -> String {
    at.to_string()
}
