//! From `OpenAPI` 3.0 to JSON Schema.

use serde_json::{Map, Value, json};
use url::Url;

/// The files that whole addresses lead to.
pub(super) fn others(part: &Value, files: &mut Vec<Url>) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| others(part, files)),
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let mut url = Url::parse(reference).expect("a whole address");
                url.set_fragment(None);
                files.push(url);
            }
            // What makers of documents add for themselves may lead anywhere.
            let known = fields.iter().filter(|(name, _)| !name.starts_with("x-"));
            known.for_each(|(_, part)| others(part, files));
        }
        _ => {}
    }
}

/// A part of a document as JSON Schema of 2020-12 has it, with whole addresses in its references.
pub(super) fn translated(part: Value, base: &Url) -> Value {
    match part {
        Value::Array(parts) => parts.into_iter().map(|part| translated(part, base)).collect(),
        Value::Object(fields) => {
            let translated = fields.into_iter().map(|(name, part)| (name, translated(part, base)));
            let mut fields: Map<String, Value> = translated.collect();
            if let Some(Value::String(reference)) = fields.get_mut("$ref") {
                *reference = whole(reference, base);
            }
            nullable(chosen(fields, base))
        }
        other => other,
    }
}

fn whole(reference: &str, base: &Url) -> String {
    base.join(reference).unwrap_or_else(|error| panic!("{reference} in {base}: {error}")).to_string()
}

/// `nullable`: null, or what else is said.
fn nullable(mut fields: Map<String, Value>) -> Value {
    if fields.get("nullable") != Some(&Value::Bool(true)) {
        return Value::Object(fields);
    }
    fields.remove("nullable");
    json!({"anyOf": [{"type": "null"}, fields]})
}

/// `oneOf` with a discriminator and its mapping: the field decides which one it is. Without, objects of which little is required
/// would be several at once.
fn chosen(mut fields: Map<String, Value>, base: &Url) -> Map<String, Value> {
    let discriminator = fields.get("discriminator");
    let mapping =
        discriminator.and_then(|by| Some((by["propertyName"].as_str()?, by["mapping"].as_object()?)));
    let Some((name, mapping)) = mapping else { return fields };
    let each = mapping.iter().map(|(value, target)| {
        let target = whole(target.as_str().expect("an address"), base);
        json!({"if": {"properties": {name: {"const": value}}}, "then": {"$ref": target}})
    });
    let known: Vec<_> = mapping.keys().collect();
    let decided =
        json!({"required": [name], "properties": {name: {"enum": known}}, "allOf": each.collect::<Vec<_>>()});
    fields.remove("discriminator");
    fields.remove("oneOf");
    fields.insert("allOf".to_owned(), json!([decided]));
    fields
}

#[cfg(test)]
mod tests {
    use jsonschema::{Draft, Registry};

    use super::*;

    /// The bodies that a part of a document allows.
    fn allowed(part: Value, bodies: &[Value]) -> Vec<bool> {
        let base = Url::parse("file:///documents/main.yaml").expect("an address");
        let schema = translated(part, &base);
        let files = [(base.as_str(), schema)];
        let registry = Registry::new().draft(Draft::Draft202012).extend(files).expect("addresses").prepare();
        let registry = registry.expect("whole");
        let root = json!({"$ref": format!("{base}#/root")});
        let validator = jsonschema::options().with_registry(&registry).build(&root).expect("a schema");
        bodies.iter().map(|body| validator.is_valid(body)).collect()
    }

    #[test]
    fn nullable_allows_null_beside_a_type_and_beside_a_reference() {
        let part = json!({
            "root": {"type": "object", "required": ["a"], "properties": {
                "a": {"type": "string", "nullable": true},
                "b": {"nullable": true, "allOf": [{"$ref": "#/b"}]},
                "c": {"nullable": false, "type": "integer"},
                // A field of this name is no keyword.
                "nullable": {"type": "boolean"},
            }},
            "b": {"type": "object"},
        });
        let bodies = [
            json!({"a": null, "b": null}),
            json!({"a": "text", "b": {}, "nullable": true}),
            json!({"a": 1}),
            json!({"b": {}}),
            json!({"a": null, "b": "text"}),
            json!({"a": null, "c": null}),
            json!({"a": null, "nullable": null}),
        ];
        assert_eq!(allowed(part, &bodies), [true, true, false, false, false, false, false]);
    }

    #[test]
    fn a_discriminator_decides_which_of_several_a_body_is() {
        let part = json!({
            "root": {
                "oneOf": [{"$ref": "#/x"}, {"$ref": "#/y"}],
                "discriminator": {"propertyName": "type", "mapping": {"x": "#/x", "y": "#/y"}},
            },
            "x": {"required": ["type"], "properties": {"n": {"type": "integer"}}},
            "y": {"required": ["type"], "properties": {"n": {"type": "string"}}},
        });
        let bodies = [
            json!({"type": "x"}),
            json!({"type": "x", "n": 1}),
            json!({"type": "y", "n": "text"}),
            json!({"type": "y", "n": 1}),
            json!({"type": "z"}),
            json!({"n": 1}),
        ];
        assert_eq!(allowed(part, &bodies), [true, true, true, false, false, false]);
    }
}
