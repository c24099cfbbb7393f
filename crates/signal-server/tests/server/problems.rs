//! Every error is a problem, whatever went wrong.

use super::harness::{Answer, Server, sinnerman};
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use signal_server::{BODY_BYTES_MAX, Kind, PAGE_MAX};

async fn raw(server: &Server, content_type: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = Request::builder().method(Method::POST).uri("/v1/users");
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    server.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    let server = Server::new();
    let json = Some("application/json");
    for body in ["", "{", "{\"handle\":\"ana\"} x", "\u{0}"] {
        raw(&server, json, body).await.problem(400, "bad-json");
    }
    raw(&server, json, vec![b'"', 0xff, b'"']).await.problem(400, "bad-json");
    for content_type in
        [None, Some("text/plain"), Some("application/xml"), Some("application/jsonx"), Some("")]
    {
        raw(&server, content_type, r#"{"handle":"ana"}"#).await.problem(415, "unsupported-media-type");
    }
    raw(&server, Some("Application/JSON; charset=utf-8"), r#"{"handle":"ana"}"#).await.with(201);
}

#[tokio::test]
async fn bodies_that_say_something_else() {
    let server = Server::new();
    for body in
        [json!([]), json!({}), json!({ "handle": 1 }), json!({ "handle": "ANA" }), json!({ "handle": "me" })]
    {
        server.post("/v1/users", "", body).await.problem(422, "invalid");
    }
    let misspelt = server.post("/v1/users", "", json!({ "handle": "ana", "handel": "ana" })).await;
    let detail = misspelt.problem(422, "invalid")["detail"].to_string();
    assert!(detail.contains("unknown field `handel`"), "{detail}");
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let server = Server::new();
    let body = r#"{"handle":"ana"}"#;
    let padded = |bytes: usize| body.to_owned() + &" ".repeat(bytes - body.len());
    raw(&server, Some("application/json"), padded(BODY_BYTES_MAX + 1)).await.problem(413, "too-large");
    raw(&server, Some("application/json"), "x".repeat(10 << 20)).await.problem(413, "too-large");
    raw(&server, Some("application/json"), padded(BODY_BYTES_MAX)).await.with(201);
}

#[tokio::test]
async fn an_answer_repeats_little_of_what_was_sent() {
    let server = Server::new();
    let long = "x".repeat(BODY_BYTES_MAX / 2);
    let problem = server.post("/v1/users", "", json!({ (long): 1 })).await.problem(422, "invalid");
    assert!(problem["detail"].as_str().unwrap().len() <= 300);
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let server = Server::new();
    for path in ["/", "/v1", "/v1/users/", "/v1/users/ana/x", "/docs/nothing.js", "/problems"] {
        server.get(path, "").await.problem(404, "no-such-route");
    }
    let wrong = server.call(Method::DELETE, "/v1/users", "", None).await;
    let allowed = wrong.headers[header::ALLOW].to_str().unwrap().to_owned();
    wrong.problem(405, "method-not-allowed");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    server.call(Method::POST, "/openapi.json", "", None).await.problem(405, "method-not-allowed");
    server.call(Method::OPTIONS, "/v1/me/feed", "", None).await.problem(405, "method-not-allowed");
}

#[tokio::test]
async fn paths_and_queries_that_cannot_be_read() {
    let server = Server::new();
    server.person("ana").await;
    server.get("/v1/users/%ff", "").await.problem(400, "bad-request");
    server.get("/v1/users/No%20Handle", "").await.problem(422, "invalid");
    for query in ["limit=ten", "limit=-1", "limit=5&limit=6", "limt=5"] {
        server.get(&format!("/v1/users?{query}"), "").await.problem(400, "bad-request");
        server.get(&format!("/v1/me/feed?{query}"), "ana").await.problem(400, "bad-request");
    }
    for query in ["limit=0".to_owned(), format!("limit={}", PAGE_MAX + 1), "cursor=x".to_owned()] {
        server.get(&format!("/v1/users?{query}"), "").await.problem(422, "invalid");
        server.get(&format!("/v1/me/feed?{query}"), "ana").await.problem(422, "invalid");
    }
}

#[tokio::test]
async fn things_that_are_not_there() {
    let server = Server::new();
    server.person("ana").await;
    let nobody = "00000000-0000-7000-8000-000000000000";
    for path in
        ["/v1/users/nobody", "/v1/users/hetrec:2", &format!("/v1/users/{nobody}"), "/v1/drops/01234567"]
    {
        server.get(path, "").await.problem(404, "not-found");
    }
    server.get(&format!("/v1/drops/{nobody}"), "ana").await.problem(404, "not-found");
    server.get("/v1/me/compatibility/nobody", "ana").await.problem(404, "not-found");
    server
        .put(&format!("/v1/drops/{nobody}/rating"), "ana", json!({ "stars": 3 }))
        .await
        .problem(404, "not-found");
    let mut inside = sinnerman();
    inside["circle"] = json!("nowhere");
    server.post("/v1/drops", "ana", inside).await.problem(404, "not-found");
    server.get("/problems/nothing", "").await.problem(404, "not-found");
}

#[tokio::test]
async fn who_must_say_who_they_are() {
    let server = Server::new();
    let drop = server.ana_trusts_ben_who_drops().await;
    let rating = format!("/v1/drops/{drop}/rating");
    let personal: [(Method, &str, Option<Value>); 7] = [
        (Method::GET, "/v1/me/compatibility/ben", None),
        (Method::GET, "/v1/me/feed", None),
        (Method::GET, "/v1/me/recommendations", None),
        (Method::GET, "/v1/me/neighbours", None),
        (Method::POST, "/v1/me/seen", Some(json!({ "drops": [] }))),
        (Method::POST, "/v1/drops", Some(sinnerman())),
        (Method::PUT, &rating, Some(json!({ "stars": 3 }))),
    ];
    for (method, path, body) in personal {
        let unnamed = server.call(method.clone(), path, "", body.clone()).await;
        assert_eq!(unnamed.headers[header::WWW_AUTHENTICATE], "Signal-As");
        unnamed.problem(401, "viewer-missing");
        for stranger in ["nobody", "me", "No Handle", "py:x"] {
            let unknown = server.call(method.clone(), path, stranger, body.clone()).await;
            unknown.problem(401, "viewer-unknown");
        }
    }
    // Where nobody need say who they are, a wrong name is still wrong.
    server.get("/v1/users", "nobody").await.problem(401, "viewer-unknown");
    server.get("/v1/users/me", "").await.problem(422, "invalid");
}

#[tokio::test]
async fn headers_that_cannot_be_read() {
    let server = Server::new();
    server.person("ana").await;
    let feed = || Request::builder().uri("/v1/me/feed");
    let twice = feed().header("Signal-As", "ana").header("Signal-As", "ana").body(Body::empty()).unwrap();
    server.send(twice).await.problem(400, "bad-request");
    let not_text = feed().header("Signal-As", &[0xff_u8][..]).body(Body::empty()).unwrap();
    server.send(not_text).await.problem(400, "bad-request");
}

#[tokio::test]
async fn requests_for_another_host() {
    let server = Server::new();
    let to = |host: &str| {
        Request::builder().uri("/v1/users").header(header::HOST, host).body(Body::empty()).unwrap()
    };
    for host in ["evil.example", "evil.example:8080", "10.0.0.1", "127.0.0.1.evil.example", "a b"] {
        server.send(to(host)).await.problem(421, "wrong-host");
    }
    for host in ["localhost:8080", "127.0.0.1", "[::1]:8080"] {
        server.send(to(host)).await.with(200);
    }
}

#[tokio::test]
async fn every_type_of_problem_is_explained_where_it_points_to() {
    let server = Server::new();
    let documented = include_str!("../../../../docs/api.md");
    for kind in Kind::ALL {
        let page = server.get(&format!("/problems/{}", kind.code()), "").await.with(200);
        assert_eq!(page["title"], kind.title());
        assert_eq!(page["status"], kind.status().as_u16());
        let row = format!("| {} | `{}` |", kind.status().as_u16(), kind.code());
        assert!(documented.contains(&row), "docs/api.md lacks the row {row}");
    }
}
