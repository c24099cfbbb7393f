//! Every route does what its description says.

use super::harness::{Server, sinnerman};
use axum::http::header;
use serde_json::{Value, json};
use signal_core::ledger::{KeyKind, SignedCheckpoint, SigningKey};

#[tokio::test]
async fn the_server_says_how_it_is() {
    let server = Server::new();
    let health = server.get("/healthz", "").await.with(200);
    assert_eq!(health, json!({ "schema": "signal.health/1", "status": "ok" }));
    let ready = server.get("/readyz", "").await.with(200);
    assert_eq!(ready, json!({ "schema": "signal.readiness/1", "status": "ready", "entries": 0 }));

    server.state.start();
    let starting = server.get("/readyz", "").await.problem(503, "not-ready");
    assert_eq!(starting["detail"], "0 of 0 entries of the ledger are read");
    server.state.started();
    server.get("/readyz", "").await.with(200);

    server.state.stop();
    server.get("/readyz", "").await.problem(503, "not-ready");
    server.get("/healthz", "").await.with(200);
}

#[tokio::test]
async fn people_register_and_are_shown_as_far_as_others_may_know() {
    let server = Server::new();
    let made = server.post("/v1/users", "", json!({ "handle": "ana" })).await;
    let location = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let ana = made.with(201);
    assert_eq!(ana["schema"], "signal.user/1");
    assert_eq!(ana["available_millipoints"], 20_000);
    assert_eq!(ana["registered_at"], "2026-03-01T12:00:00Z");
    assert_eq!(location, format!("/v1/users/{}", ana["user"]["id"].as_str().unwrap()));

    server.person("ben").await;
    for path in ["/v1/users/ana", "/v1/users/me", &location] {
        assert_eq!(server.get(path, "ana").await.with(200), ana, "{path}");
    }
    for asker in ["", "ben"] {
        let seen = server.get("/v1/users/ana", asker).await.with(200);
        assert_eq!(seen["user"], ana["user"]);
        assert_eq!([&seen["available_millipoints"], &seen["dials"]], [&Value::Null, &Value::Null]);
    }
}

#[tokio::test]
async fn users_come_in_pages() {
    let server = Server::new();
    let mut expected = Vec::new();
    for handle in ["ana", "ben", "cleo", "dora", "emil"] {
        expected.push(server.person(handle).await.to_string());
    }
    expected.sort();
    let mut found = Vec::new();
    let mut path = "/v1/users?limit=2".to_owned();
    loop {
        let page = server.get(&path, "").await.with(200);
        assert_eq!(page["schema"], "signal.user.list/1");
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        found.extend(items.iter().map(|item| item["user"]["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/users?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn two_people_see_how_they_match() {
    let server = Server::new();
    server.ana_trusts_ben_who_drops().await;
    let found = server.get("/v1/me/compatibility/ben", "ana").await.with(200);
    assert_eq!(found["schema"], "signal.compat/1");
    assert_eq!([&found["a"]["name"], &found["b"]["name"]], ["ana", "ben"]);
    // Full trust is all there is: 0.4 · 1. Ben's taste is not visible to Ana, so no parts are.
    assert_eq!(found["score"], 0.4);
    assert_eq!(found["detailed"], false);
    assert_eq!(found["trust_path"], Value::Null);

    let back = server.get("/v1/me/compatibility/ana", "ben").await.with(200);
    assert_eq!(back["score"], 0.0);
    assert_eq!(back["detailed"], true);
    assert_eq!(back["trust_path"], 0.0);
}

#[tokio::test]
async fn a_feed_shows_a_drop_and_reading_it_changes_nothing() {
    let server = Server::new();
    let drop = server.ana_trusts_ben_who_drops().await;
    let feed = server.get("/v1/me/feed?limit=5", "ana").await.with(200);
    assert_eq!(feed["schema"], "signal.feed/1");
    assert_eq!(feed["items"][0]["drop"]["id"], *drop);
    assert_eq!(feed["items"][0]["because"], "trust");
    assert_eq!(feed["items"][0]["reasons"][0]["kind"], "trusted_path");
    assert_eq!(feed["next"], Value::Null);
    assert_eq!(server.get("/v1/me/feed?limit=5", "ana").await.with(200), feed);

    let seen = json!({ "drops": [drop] });
    let first = server.post("/v1/me/seen", "ana", seen.clone()).await.with(200);
    assert_eq!(first, json!({ "schema": "signal.seen/1", "new": 1 }));
    assert_eq!(server.post("/v1/me/seen", "ana", seen).await.with(200)["new"], 0);
}

#[tokio::test]
async fn artists_and_near_tastes_are_told_to_the_user_who_asks() {
    let server = Server::new();
    server.ana_trusts_ben_who_drops().await;
    let found = server.get("/v1/me/recommendations?limit=5", "ana").await.with(200);
    assert_eq!([&found["schema"], &found["user"]["name"]], ["signal.recommend/1", "ana"]);
    // Nobody plays anything yet.
    assert_eq!((&found["basis"], &found["artists"]), (&json!("popularity"), &json!([])));
    let near = server.get("/v1/me/neighbours", "ana").await.with(200);
    assert_eq!(near["schema"], "signal.taste.neighbours/1");
    assert_eq!(near["people"], json!([]));
    server.get("/v1/me/neighbours?limit=101", "ana").await.problem(422, "invalid");
    server.get("/v1/me/recommendations?cursor=x", "ana").await.problem(400, "bad-request");
}

#[tokio::test]
async fn a_feed_comes_in_pages() {
    let server = Server::new();
    server.ana_trusts_ben_who_drops().await;
    let other = json!({ "track": "Alice Coltrane - Turiya", "words": "harp" });
    server.post("/v1/drops", "ben", other).await.with(201);
    let first = server.get("/v1/me/feed?limit=1", "ana").await.with(200);
    let next = first["next"].as_str().unwrap();
    let second = server.get(&format!("/v1/me/feed?limit=1&cursor={next}"), "ana").await.with(200);
    assert_eq!([first["items"].as_array().unwrap().len(), second["items"].as_array().unwrap().len()], [1, 1]);
    assert_ne!(first["items"][0]["drop"]["id"], second["items"][0]["drop"]["id"]);
    assert_eq!(second["next"], Value::Null);
}

#[tokio::test]
async fn a_drop_is_made_and_shown() {
    let server = Server::new();
    server.person("ben").await;
    let body =
        json!({ "track": "Nina Simone - Sinnerman", "words": " ten minutes ", "stake_millipoints": 12_500 });
    let made = server.post("/v1/drops", "ben", body).await;
    let location = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let drop = made.with(201);
    assert_eq!(drop["schema"], "signal.drop/1");
    assert_eq!([&drop["words"], &drop["status"], &drop["author"]["name"]], ["ten minutes", "open", "ben"]);
    assert_eq!([&drop["track"]["artist_name"], &drop["track"]["title"]], ["Nina Simone", "Sinnerman"]);
    assert_eq!([&drop["stake_millipoints"], &drop["my_stars"]], [&json!(12_500), &Value::Null]);
    let short = format!("/v1/drops/{}", drop["short"].as_str().unwrap());
    for path in [location, short] {
        assert_eq!(server.get(&path, "").await.with(200), drop, "{path}");
    }
    assert_eq!(server.get("/v1/users/me", "ben").await.with(200)["available_millipoints"], 7_500);
}

#[tokio::test]
async fn a_drop_with_an_id_of_the_client_is_made_once() {
    let server = Server::new();
    server.person("ben").await;
    server.person("cleo").await;
    let mut body = sinnerman();
    body["id"] = json!("019580b5-0000-7000-8000-0123456789ab");
    let first = server.post("/v1/drops", "ben", body.clone()).await.with(201);
    assert_eq!(first["id"], body["id"]);
    assert_eq!(server.post("/v1/drops", "ben", body.clone()).await.with(200), first);
    assert_eq!(server.get("/v1/users/ben", "").await.with(200)["drops"], 1);

    server.post("/v1/drops", "cleo", body.clone()).await.problem(409, "exists");
    for (field, value) in [
        ("words", json!("something else")),
        ("track", json!("Nina Simone - Feeling Good")),
        ("stake_millipoints", json!(11_000)),
    ] {
        let mut other = body.clone();
        other[field] = value;
        server.post("/v1/drops", "ben", other).await.problem(409, "exists");
    }
}

#[tokio::test]
async fn a_drop_is_rated_once() {
    let server = Server::new();
    let drop = server.ana_trusts_ben_who_drops().await;
    let path = format!("/v1/drops/{drop}/rating");
    let rated = server.put(&path, "ana", json!({ "stars": 4.5 })).await.with(200);
    assert_eq!(rated["my_stars"], 4.5);
    // Ratings are hidden from others while the drop is open.
    assert_eq!(rated["ratings"], Value::Null);
    assert_eq!(server.get(&format!("/v1/drops/{drop}"), "ben").await.with(200)["my_stars"], Value::Null);

    assert_eq!(server.put(&path, "ana", json!({ "stars": 4.5 })).await.with(200), rated);
    server.put(&path, "ana", json!({ "stars": 1 })).await.problem(409, "exists");
    server.put(&path, "ben", json!({ "stars": 5 })).await.problem(422, "oneself");
}

#[tokio::test]
async fn the_checkpoint_grows_with_every_entry() {
    let server = Server::new();
    let empty = server.get("/v1/ledger/checkpoint", "").await.with(200);
    assert_eq!(empty["entries"], 0);
    assert_eq!(empty["at"], Value::Null);
    // The root of an empty tree is the hash of nothing (RFC 6962).
    assert_eq!(empty["root"], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    server.person("ana").await;
    let grown = server.get("/v1/ledger/checkpoint", "").await.with(200);
    assert_eq!(grown["schema"], "signal.checkpoint/1");
    assert!(grown["entries"].as_u64() > Some(0));
    assert_ne!(grown["root"], empty["root"]);
    assert_eq!(grown["at"], "2026-03-01T12:00:00Z");
}

#[tokio::test]
async fn a_server_with_a_key_signs_its_checkpoint() {
    let server = Server::new();
    assert_eq!(server.get("/v1/ledger/checkpoint", "").await.with(200)["note"], Value::Null);
    let key = SigningKey::from_seed("signal.example/ledger", KeyKind::Log, &[3; 32]).unwrap();
    let public = key.public().clone();
    let server = Server::signing(key);
    server.person("ana").await;
    let answer = server.get("/v1/ledger/checkpoint", "").await;
    assert!(!answer.text.contains("PRIVATE"));
    let answer = answer.with(200);
    assert_eq!(answer["key"], public.to_string());
    let signed: SignedCheckpoint = answer["note"].as_str().unwrap().parse().unwrap();
    signed.check(&public).unwrap();
    assert_eq!(answer["entries"], signed.size());
    assert_eq!(answer["root"], signed.root().to_string());
    assert!(!format!("{:?}", server.state).contains("PRIVATE"));
}
