//! The description of the routes, gathered from the routes themselves.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::problem::ProblemBody;
use crate::routes;

/// Everything but the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Signal",
        description = "Trust-based music discovery. Fractions lie in [0, 1], points are whole milli-points, times are \
                       UTC in RFC 3339. Every answer names its `schema`; every error is a `Problem`."
    ),
    tags(
        (name = "users", description = "People, and what others may see of them"),
        (name = "me", description = "What is between the user who asks and others"),
        (name = "drops", description = "Tracks that people vouch for"),
        (name = "ledger", description = "The public record behind every reputation"),
        (name = "server", description = "The state of the server"),
    ),
    components(schemas(ProblemBody)),
    modifiers(&SignalAs)
)]
pub(crate) struct Description;

/// The header that names the user who asks.
struct SignalAs;

impl Modify for SignalAs {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let about = "Handle, claim or UUID of the user who asks. Believed without proof, which is why the server \
                     listens on loopback alone.";
        let key = ApiKey::Header(ApiKeyValue::with_description("Signal-As", about));
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("signal_as", SecurityScheme::ApiKey(key));
    }
}

/// The errors that any route may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described here; handlers answer `Problem`")]
pub(crate) enum Problems {
    /// The request cannot be granted
    #[response(status = "4XX", content_type = "application/problem+json")]
    Client(ProblemBody),
    /// The server could not answer
    #[response(status = "5XX", content_type = "application/problem+json")]
    Server(ProblemBody),
}

/// The description that is served at `/openapi.json`.
pub fn spec() -> utoipa::openapi::OpenApi {
    routes::documented().into_openapi()
}
