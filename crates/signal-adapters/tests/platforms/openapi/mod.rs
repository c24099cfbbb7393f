//! Published `OpenAPI` documents of version 3.0, and what they say of an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fake_platforms::Answered;
use jsonschema::{Draft, Registry};
use serde_json::{Map, Value};
use url::Url;

use translate::{others, translated};

mod translate;

/// A document: its main file, and those that this one refers to.
pub(crate) struct Document {
    root: Url,
    files: BTreeMap<String, Value>,
}

/// What a document forbids in an answer, or does not describe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Method and path as the document has them, status, and the place in the body, with `*` for each row's number.
    pub(crate) place: String,
    /// What is wrong there.
    pub(crate) what: String,
}

/// A path that the document describes.
struct Operation<'a> {
    name: String,
    /// What can be asked in a query.
    query: BTreeSet<&'a str>,
    responses: &'a Map<String, Value>,
}

impl Document {
    pub(crate) fn read(path: &Path) -> Self {
        let path = path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let root = Url::from_file_path(path).expect("an absolute path");
        let (mut files, mut waiting) = (BTreeMap::new(), vec![root.clone()]);
        while let Some(url) = waiting.pop() {
            if files.contains_key(url.as_str()) {
                continue;
            }
            let text = fs::read_to_string(url.to_file_path().expect("a file"));
            let text = text.unwrap_or_else(|error| panic!("{url}: {error}"));
            // JSON is YAML, too.
            let value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{url}: {error}"));
            let value = translated(value, &url);
            others(&value, &mut waiting);
            files.insert(url.to_string(), value);
        }
        let document = Self { root, files };
        let version = document.main()["openapi"].as_str().unwrap_or_default();
        assert!(version.starts_with("3.0."), "{}: a document of version {version:?}", document.root);
        document
    }

    /// All of its files, for validators.
    pub(crate) fn registry(&self) -> Registry<'_> {
        let files = Registry::new().draft(Draft::Draft202012).extend(&self.files).expect("addresses");
        files.prepare().unwrap_or_else(|error| panic!("{}: {error}", self.root))
    }

    /// What is wrong with an answer and with its question, and the path of the document that it belongs to, where there is one.
    pub(crate) fn judge(
        &self,
        registry: &Registry<'_>,
        answered: &Answered,
    ) -> (Option<String>, Vec<Finding>) {
        let call = &answered.call;
        let finding = |place: String, what: String| vec![Finding { place, what }];
        let Some(operation) = self.operation(&call.method, &call.path) else {
            return (None, finding(format!("{} {}", call.method, call.path), "is not described".to_owned()));
        };
        let place = format!("{} {}", operation.name, answered.status);
        let mut findings = match operation.responses.get(&answered.status.to_string()) {
            None => finding(place, "is not described".to_owned()),
            Some(response) => judge_body(registry, &place, self.follow(response), answered),
        };
        let asked = url::form_urlencoded::parse(call.query.as_bytes());
        let unknown = asked.filter(|(name, _)| !operation.query.contains(&**name));
        let finding = |name: &str| Finding {
            place: format!("{} ?{name}", operation.name),
            what: "is no question".to_owned(),
        };
        findings.extend(unknown.map(|(name, _)| finding(&name)));
        (Some(operation.name), findings)
    }

    fn main(&self) -> &Value {
        &self.files[self.root.as_str()]
    }

    /// What answers a call: of several paths that fit, the one with the fewest parameters.
    fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let server = self.main()["servers"][0]["url"].as_str().expect("a server");
        let base = Url::parse(server).expect("an address");
        let path = path.strip_prefix(base.path().trim_end_matches('/'))?;
        let paths = self.main()["paths"].as_object().expect("paths");
        let fitting = paths.iter().filter(|(template, _)| fits(template, path));
        let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        let item = self.follow(item);
        let operation = item.get(method.to_lowercase())?;
        let parameters =
            [&item["parameters"], &operation["parameters"]].into_iter().filter_map(Value::as_array);
        let parameters = parameters.flatten().map(|parameter| self.follow(parameter));
        let query = parameters.filter(|parameter| parameter["in"] == "query");
        Some(Operation {
            name: format!("{method} {template}"),
            query: query.filter_map(|parameter| parameter["name"].as_str()).collect(),
            responses: operation["responses"].as_object()?,
        })
    }

    /// What a reference refers to, and anything else itself.
    fn follow<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value["$ref"].as_str() else { return value };
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let found = self.files[file].pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"));
        self.follow(found)
    }
}

/// What is wrong with the body of an answer.
fn judge_body(registry: &Registry<'_>, place: &str, response: &Value, answered: &Answered) -> Vec<Finding> {
    let finding = |place: &str, what: String| Finding { place: place.to_owned(), what };
    // A status without a word on its body.
    let Some(kinds) = response["content"].as_object() else { return Vec::new() };
    let Some(media) = kinds.get(&answered.kind) else {
        return vec![finding(place, format!("is {}", answered.kind))];
    };
    let Ok(body) = serde_json::from_slice::<Value>(&answered.body) else {
        return vec![finding(place, "is no JSON".to_owned())];
    };
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_registry(registry)
        .should_validate_formats(true)
        .build(&media["schema"])
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    let errors = validator.iter_errors(&body);
    let place_of = |pointer: &str| format!("{place} {}", rows(pointer)).trim_end().to_owned();
    errors.map(|error| finding(&place_of(error.instance_path().as_str()), error.to_string())).collect()
}

/// Whether a path is one of a template, such as `/tracks/{id}`.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(wanted, part)| wanted.starts_with('{') || *wanted == part)
}

/// A place in a body without the numbers of rows.
fn rows(pointer: &str) -> String {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = pointer.split('/').map(|part| if number(part) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn answers_are_held_against_the_status_and_the_kind_of_the_path_they_fit_best() {
    let folder = tempfile::tempdir().expect("a folder");
    let main = folder.path().join("main.yaml");
    let path = r#"
parameters: [{$ref: "main.yaml#/components/parameters/Market"}]
get:
  parameters: [{in: query, name: limit}, {in: header, name: accept}]
  responses:
    200: {$ref: "main.yaml#/components/responses/Song"}
    404: {description: "no song"}
"#;
    let text = r##"
openapi: 3.0.3
servers: [{url: "https://api.example.com/v1"}]
paths:
  /songs/{id}: {$ref: "path.yaml"}
  /songs/newest: {get: {responses: {200: {content: {application/json: {schema: {type: string}}}}}}}
components:
  parameters:
    Market: {in: query, name: market}
  responses:
    Song: {content: {application/json: {schema: {$ref: "#/components/schemas/Song"}}}}
  schemas:
    Song: {type: object, required: [name], properties: {names: {type: array, items: {type: string}}}}
"##;
    fs::write(&main, text).expect("writes");
    fs::write(folder.path().join("path.yaml"), path).expect("writes");
    let document = Document::read(&main);
    let registry = document.registry();
    let judge = |address: &str, status, kind: &str, body: &str| {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let call = fake_platforms::Recorded {
            at: signal_core::model::Timestamp::MIN,
            service: fake_platforms::Service::Spotify,
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            agent: String::new(),
        };
        let answered = Answered { call, status, kind: kind.to_owned(), body: body.as_bytes().to_vec() };
        let (_, findings) = document.judge(&registry, &answered);
        findings.into_iter().map(|finding| format!("{}: {}", finding.place, finding.what)).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    let json = "application/json";
    assert_eq!(judge("/v1/songs/1", 200, json, r#"{"name":"a","names":["b"]}"#), none);
    assert_eq!(judge("/v1/songs/1?limit=1&market=GB", 200, json, r#"{"name":"a"}"#), none);
    assert_eq!(judge("/v1/songs/newest", 200, json, r#""a""#), none);
    assert_eq!(judge("/v1/songs/1", 404, "text/plain", "no"), none, "nothing is said of this body");
    for (path, status, kind, body, finding) in [
        ("/v1/songs/1", 200, json, "{}", r#"GET /songs/{id} 200: "name" is a required property"#),
        (
            "/v1/songs/1",
            200,
            json,
            r#"{"name":"a","names":["b",1]}"#,
            r#"GET /songs/{id} 200 /names/*: 1 is not of type "string""#,
        ),
        ("/v1/songs/1", 200, "text/plain", "a", "GET /songs/{id} 200: is text/plain"),
        ("/v1/songs/1", 200, json, "{", "GET /songs/{id} 200: is no JSON"),
        ("/v1/songs/1?accept=all", 200, json, r#"{"name":"a"}"#, "GET /songs/{id} ?accept: is no question"),
        ("/v1/songs/1", 500, json, "{}", "GET /songs/{id} 500: is not described"),
        ("/v1/albums/1", 200, json, "{}", "GET /v1/albums/1: is not described"),
        ("/songs/1", 200, json, "{}", "GET /songs/1: is not described"),
    ] {
        assert_eq!(judge(path, status, kind, body), [finding]);
    }
}
