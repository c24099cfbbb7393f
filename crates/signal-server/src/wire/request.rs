//! What clients send. A field that is not known is an error: it is a misspelt one more often than a newer one.

use serde::Deserialize;
use signal_core::model::{DropId, Handle};
use utoipa::{IntoParams, ToSchema};

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// Where the page begins: the `next` of the page before.
    pub(crate) cursor: Option<String>,
    /// How long it is.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) limit: Option<usize>,
}

/// The first few of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Top {
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) limit: Option<usize>,
}

/// A new user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// The name in Signal.
    #[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9_-]{1,31}$", example = "ana")]
    pub(crate) handle: Handle,
}

/// A new drop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDrop {
    /// A platform link or URI, `isrc:CODE`, `mbid:UUID`, or `Artist - Title`.
    #[schema(example = "Nina Simone - Sinnerman")]
    pub(crate) track: String,
    /// The author's own words.
    #[schema(example = "Ten minutes, and none too many.")]
    pub(crate) words: String,
    /// Points to lock on it; the smallest stake that is allowed where missing.
    #[schema(minimum = 0)]
    pub(crate) stake_millipoints: Option<i64>,
    /// The circle it is for: UUID, its last eight digits, or its name.
    pub(crate) circle: Option<String>,
    /// The id it shall have, a UUID made for this drop: with it the request can be repeated safely.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) id: Option<DropId>,
}

/// A rating.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRating {
    /// 0 to 5, in steps of a half.
    #[schema(minimum = 0, maximum = 5, multiple_of = 0.5, example = 4.5)]
    pub(crate) stars: f64,
}

/// Drops that were on a screen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenDrops {
    /// Their ids.
    #[schema(value_type = Vec<String>, max_items = 100)]
    pub(crate) drops: Vec<DropId>,
}
