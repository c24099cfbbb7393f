//! The description says what the server does.

use std::collections::BTreeSet;

use super::harness::Server;
use axum::http::Method;
use serde_json::{Value, json};
use signal_server::{router, spec};

fn description() -> Value {
    serde_json::to_value(spec()).unwrap()
}

/// Method and path of every operation in the description.
fn operations(spec: &Value) -> Vec<(Method, String)> {
    let paths = spec["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (method.to_uppercase().parse().unwrap(), path.clone()))
        })
        .collect()
}

#[test]
fn the_description_changes_only_on_purpose() {
    let mut spec = description();
    spec["info"]["version"] = json!("VERSION");
    insta::assert_json_snapshot!("openapi", spec);
}

#[tokio::test]
async fn the_server_serves_its_description_and_pages_to_read_it() {
    let server = Server::new();
    assert_eq!(server.get("/openapi.json", "").await.with(200), description());
    let page = server.get("/docs/", "").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("swagger-ui"), "{}", page.text);
    let script = server.get("/docs/swagger-initializer.js", "").await;
    assert!(script.text.contains("/openapi.json"), "{}", script.text);
}

#[test]
fn every_route_is_described() {
    let routed: BTreeSet<String> = routed().into_iter().collect();
    let spec = description();
    let mut described: BTreeSet<String> = spec["paths"].as_object().unwrap().keys().cloned().collect();
    described.extend(["/openapi.json", "/docs", "/docs/", "/docs/{*rest}"].map(str::to_owned));
    assert_eq!(routed, described);
}

/// The paths of the router, as its debug text tells them: it has no other way to list them.
fn routed() -> Vec<String> {
    let text = format!("{:?}", router(Server::new().state));
    let tables = text.split("paths: {").skip(1).flat_map(|table| table.split('"').skip(1).step_by(2));
    let paths = tables.filter(|word| word.starts_with('/'));
    // What answers for all other paths stands under these two.
    paths.filter(|path| !["/", "/{*__private__axum_fallback}"].contains(path)).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_described_operation_is_routed() {
    let server = Server::new();
    let found = operations(&description());
    assert_eq!(found.len(), 15);
    for (method, path) in found {
        let path =
            path.replace("{user}", "nobody").replace("{drop}", "01234567").replace("{code}", "internal");
        let answer = server.call(method.clone(), &path, "", Some(json!({}))).await;
        let code = answer.json()["code"].clone();
        assert!(code != "no-such-route" && code != "method-not-allowed", "{method} {path}: {}", answer.text);
    }
}

#[test]
fn every_operation_has_a_name_a_tag_and_its_problems() {
    let spec = description();
    let mut names = BTreeSet::new();
    for (method, path) in operations(&spec) {
        let operation = &spec["paths"][&path][method.as_str().to_lowercase()];
        assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
        assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{path}");
        if path != "/healthz" {
            let problem =
                &operation["responses"]["4XX"]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(*problem, "#/components/schemas/Problem", "{path}");
        }
    }
}
