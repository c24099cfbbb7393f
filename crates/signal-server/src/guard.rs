//! What holds for every request, whatever its route.

use std::any::Any;
use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::MEDIA_TYPE;
use crate::{Kind, Problem};

/// Refuses requests that were addressed to another host. A web page whose name was made to point at this machine could
/// otherwise speak to the server as if it came from here, in the name of any user.
pub(crate) async fn only_this_machine(request: Request, next: Next) -> Response {
    match addressed_to(request.uri(), request.headers()) {
        Some(host) if !is_this_machine(&host) => {
            Problem::new(Kind::WrongHost, "address the server as localhost, 127.0.0.1 or [::1]")
                .into_response()
        }
        _ => next.run(request).await,
    }
}

/// The host without its port; `None` where the request names none, which no browser does.
fn addressed_to(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    if let Some(host) = uri.host() {
        return Some(host.to_owned());
    }
    let value = headers.get(header::HOST)?;
    let authority = value.to_str().ok().and_then(|text| text.parse::<axum::http::uri::Authority>().ok());
    Some(authority.map_or_else(String::new, |authority| authority.host().to_owned()))
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Makes problems of the errors that no handler made: wrong methods, time limits, missing files of the documentation.
pub(crate) async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes() == MEDIA_TYPE.as_bytes());
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (kind, detail) = match status {
        StatusCode::NOT_FOUND => (Kind::NoSuchRoute, "the paths are described in /openapi.json"),
        StatusCode::METHOD_NOT_ALLOWED => (Kind::MethodNotAllowed, "the header Allow names what it takes"),
        StatusCode::PAYLOAD_TOO_LARGE => (Kind::TooLarge, "the limit is described in /openapi.json"),
        StatusCode::SERVICE_UNAVAILABLE => (Kind::Timeout, "ask for less, or try again in a moment"),
        _ if status.is_client_error() => (Kind::BadRequest, "the request does not follow HTTP"),
        _ => (Kind::Internal, "the reason is in the log of the server"),
    };
    let mut answer = Problem::new(kind, detail).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

/// Answers a request whose handler panicked. The panic hook has logged where.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Kind::Internal, "the reason is in the log of the server").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_pass() {
        for ours in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "[::1]"] {
            assert!(is_this_machine(ours), "{ours}");
        }
        for other in
            ["", "evil.example", "localhost.evil.example", "0.0.0.0", "[::]", "10.0.0.1", "127.0.0.1.nip.io"]
        {
            assert!(!is_this_machine(other), "{other}");
        }
    }

    #[test]
    fn the_port_is_not_part_of_the_host() {
        let headers = |host: &str| HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        let uri = Uri::from_static("/v1/users");
        assert_eq!(addressed_to(&uri, &headers("127.0.0.1:8080")).as_deref(), Some("127.0.0.1"));
        assert_eq!(addressed_to(&uri, &headers("[::1]:8080")).as_deref(), Some("[::1]"));
        assert_eq!(addressed_to(&uri, &headers("a b")).as_deref(), Some(""));
        assert_eq!(addressed_to(&uri, &HeaderMap::new()), None);
        let absolute = Uri::from_static("http://evil.example/v1/users");
        assert_eq!(addressed_to(&absolute, &headers("127.0.0.1")).as_deref(), Some("evil.example"));
    }

    #[tokio::test]
    async fn an_error_that_no_handler_made_becomes_a_problem() {
        for (status, kind) in [
            (StatusCode::NOT_FOUND, Kind::NoSuchRoute),
            (StatusCode::PAYLOAD_TOO_LARGE, Kind::TooLarge),
            (StatusCode::SERVICE_UNAVAILABLE, Kind::Timeout),
            (StatusCode::NOT_IMPLEMENTED, Kind::Internal),
            (StatusCode::EXPECTATION_FAILED, Kind::BadRequest),
        ] {
            let answer = as_problem((status, "inside").into_response()).await;
            assert_eq!(
                (answer.status(), body(answer).await["code"].clone()),
                (kind.status(), kind.code().into())
            );
        }
        let fine = as_problem("as it is".into_response()).await;
        assert_eq!(fine.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_panic_tells_nothing() {
        let answer = panicked(Box::new("the secret"));
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!body(answer).await.to_string().contains("secret"));
    }

    async fn body(answer: Response) -> serde_json::Value {
        let bytes = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}
