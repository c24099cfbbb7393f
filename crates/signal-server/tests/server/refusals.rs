//! What the rules of Signal refuse is a problem that says why.

use axum::http::header;
use serde_json::{Value, json};
use signal_core::model::Verification;
use signal_server::PAGE_MAX;

use super::harness::{Server, sinnerman};

#[tokio::test]
async fn decisions_that_say_no() {
    let server = Server::new();
    server.person("ana").await;
    server.post("/v1/users", "", json!({ "handle": "ana" })).await.problem(409, "taken");
    let staked = |milli: i64| {
        let mut drop = sinnerman();
        drop["stake_millipoints"] = json!(milli);
        drop
    };
    for milli in [-1, 0, 9_999, 20_001, 200_001, i64::MAX] {
        let refused = server.post("/v1/drops", "ana", staked(milli)).await.problem(422, "stake");
        assert!(refused["hint"].as_str().is_some_and(|hint| hint.starts_with("stake at ")), "{refused}");
    }
    // 20 are there; what is beyond does not grow back, and 10 points short of the minimum never come by waiting.
    let poor = server.post("/v1/drops", "ana", staked(20_001)).await.problem(422, "stake");
    assert_eq!(poor.get("retry_at"), None);
    let with = |field: &str, value: Value| {
        let mut drop = sinnerman();
        drop[field] = value;
        drop
    };
    for (field, value) in [
        ("track", json!("no artist")),
        ("words", json!("   ")),
        ("words", json!("x".repeat(60_000))),
        ("id", json!("not-a-uuid")),
        ("stake_millipoints", json!(1.5)),
    ] {
        server.post("/v1/drops", "ana", with(field, value)).await.problem(422, "invalid");
    }
    assert_eq!(server.get("/v1/users/ana", "").await.with(200)["drops"], 0);
}

#[tokio::test]
async fn stars_and_pages_out_of_range() {
    let server = Server::new();
    let drop = server.ana_trusts_ben_who_drops().await;
    let path = format!("/v1/drops/{drop}/rating");
    for stars in [json!(-0.5), json!(5.5), json!(4.4), json!(1e300), json!("5"), Value::Null] {
        server.put(&path, "ana", json!({ "stars": stars })).await.problem(422, "invalid");
    }
    let many = vec![drop; PAGE_MAX + 1];
    server.post("/v1/me/seen", "ana", json!({ "drops": many })).await.problem(422, "invalid");
}

#[tokio::test]
async fn too_many_drops_say_when_to_come_back() {
    let server = Server::new();
    let ana = server.person("ana").await;
    server.engine().verify(ana, Verification::Paid, "receipt").await.unwrap();
    for number in 0..5 {
        let drop = json!({ "track": format!("Artist - Song {number}"), "words": "again" });
        server.post("/v1/drops", "ana", drop).await.with(201);
    }
    let refused = server.post("/v1/drops", "ana", sinnerman()).await;
    assert_eq!(refused.headers[header::RETRY_AFTER], "Mon, 02 Mar 2026 12:00:00 GMT");
    let refused = refused.problem(429, "too-many-drops");
    assert_eq!(refused["retry_at"], "2026-03-02T12:00:00Z");
}

#[tokio::test]
async fn a_frozen_account_reads_and_does_not_act() {
    let server = Server::new();
    let ana = server.person("ana").await;
    server.engine().freeze(ana, true).await.unwrap();
    server.post("/v1/drops", "ana", sinnerman()).await.problem(403, "frozen");
    assert_eq!(server.get("/v1/users/me", "ana").await.with(200)["frozen"], true);
}
