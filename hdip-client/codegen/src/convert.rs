//! OpenAPI 3.1 as utoipa writes it, to 3.0.3 as progenitor reads it.
//!
//! Each rule is one of the two's differences, or something progenitor cannot take; a test holds each.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The document in 3.0.3.
pub fn to_3_0(mut document: Value) -> Value {
    document["openapi"] = json!("3.0.3");
    if let Some(root) = document.as_object_mut() {
        for key in ["webhooks", "jsonSchemaDialect"] {
            root.remove(key);
        }
    }
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("license"); // may be empty, and says nothing to a client
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            // progenitor knows no CSV; the client has a method of its own for the import.
            item.retain(|_, operation| operation.pointer("/requestBody/content/text~1csv").is_none());
            for operation in item.values_mut() {
                convert_operation(operation);
            }
        }
    }
    open_words(&mut document);
    schema(&mut document);
    document
}

/// A state or kind that is new in the server must not break a client: words are plain strings, and
/// `vocabulary` has the known ones as constants.
fn open_words(document: &mut Value) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else {
        return;
    };
    let enumerations: BTreeSet<String> = schemas
        .iter()
        .filter(|(_, schema)| schema["type"] == "string" && schema["enum"].is_array())
        .map(|(name, _)| format!("#/components/schemas/{name}"))
        .collect();
    schemas.retain(|name, _| !enumerations.contains(&format!("#/components/schemas/{name}")));
    replace_references(document, &enumerations);
}

fn replace_references(value: &mut Value, enumerations: &BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace_references(item, enumerations)),
        Value::Object(object) => {
            if object.get("$ref").and_then(Value::as_str).is_some_and(|name| enumerations.contains(name)) {
                object.remove("$ref");
                object.insert("type".into(), json!("string"));
            }
            object.values_mut().for_each(|value| replace_references(value, enumerations));
        }
        _ => {}
    }
}

// `get_mut` throughout: indexing would insert what is not there.

fn convert_operation(operation: &mut Value) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        // progenitor's code for a nullable parameter does not compile; optional says the same.
        parameter.get_mut("schema").into_iter().for_each(not_null);
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    // One success body per operation: "found" and "made" are the same to a client.
    if responses.contains_key("201")
        && let Some(body) = responses.remove("200")
    {
        responses.remove("201");
        responses.insert("2XX".into(), body);
    }
    for response in responses.values_mut() {
        if response.get("description").is_none() {
            response["description"] = json!("");
        }
        if let Some(response) = response.as_object_mut() {
            response.remove("headers");
        }
        // Another media type than JSON would make the error a stream of bytes.
        if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut)
            && let Some(problem) = content.remove("application/problem+json")
        {
            content.insert("application/json".into(), problem);
        }
    }
    // One error body per operation, the problem document: another one (`/readyz`) is none of a client's business.
    responses.retain(|status, _| !status.starts_with(['4', '5']));
    // progenitor takes `default` for a success, too.
    if let Some(problem) = responses.remove("default") {
        responses.insert("4XX".into(), problem.clone());
        responses.insert("5XX".into(), problem);
    }
}

/// Drops "or null" from a schema.
fn not_null(schema: &mut Value) {
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        let rest: Vec<Value> = types.iter().filter(|t| *t != "null").cloned().collect();
        if let [only] = &rest[..] {
            schema["type"] = only.clone();
        }
    }
    if let Some(one_of) = schema.get("oneOf").and_then(Value::as_array) {
        let rest: Vec<Value> = one_of.iter().filter(|s| s["type"] != "null").cloned().collect();
        if let [only] = &rest[..] {
            *schema = only.clone();
        }
    }
}

/// Converts every schema below `value`. Keys that only schemas have are safe to look for everywhere.
fn schema(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(schema),
        Value::Object(object) => {
            nullable(object);
            object.remove("propertyNames");
            // The server checks lengths and answers by field; here each would be a type of its own.
            for check in ["minLength", "maxLength", "pattern"] {
                object.remove(check);
            }
            // A schema that is anything: 3.0 writes it without a type.
            if let Some(constant) = object.remove("const") {
                object.insert("enum".into(), json!([constant]));
            }
            if let Some(Value::Array(mut examples)) = object.remove("examples")
                && !examples.is_empty()
            {
                object.insert("example".into(), examples.remove(0));
            }
            for (bound, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                if object.get(bound).is_some_and(Value::is_number) {
                    let number = object.insert(bound.into(), json!(true)).unwrap_or_default();
                    object.insert(limit.into(), number);
                }
            }
            // In 3.0 nothing may stand beside a reference.
            if object.get("$ref").is_some_and(Value::is_string) && object.len() > 1 {
                let reference = object.remove("$ref").unwrap_or_default();
                object.insert("allOf".into(), json!([{"$ref": reference}]));
            }
            object.values_mut().for_each(schema);
        }
        _ => {}
    }
}

/// `type: [T, null]` and `oneOf: [X, null]` to `nullable`.
fn nullable(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get("type") {
        let rest: Vec<Value> = types.iter().filter(|t| *t != "null").cloned().collect();
        let had_null = rest.len() < types.len();
        match &rest[..] {
            [only] => _ = object.insert("type".into(), only.clone()),
            _ => _ = object.remove("type"),
        }
        if had_null {
            object.insert("nullable".into(), json!(true));
        }
    }
    if let Some(Value::Array(one_of)) = object.get("oneOf") {
        let rest: Vec<Value> = one_of.iter().filter(|s| s["type"] != "null").cloned().collect();
        if rest.len() < one_of.len() {
            object.remove("oneOf");
            object.insert(if rest.len() == 1 { "allOf" } else { "oneOf" }.into(), json!(rest));
            object.insert("nullable".into(), json!(true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(schema: Value) -> Value {
        to_3_0(json!({"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": {"S": schema}}}))
            ["components"]["schemas"]["S"]
            .clone()
    }

    fn operation(operation: Value) -> Value {
        to_3_0(json!({"openapi": "3.1.0", "info": {}, "paths": {"/x": {"get": operation}}}))["paths"]["/x"]["get"].clone()
    }

    #[test]
    fn the_version_is_3_0_and_what_3_0_does_not_know_is_gone() {
        let document = json!({"openapi": "3.1.0", "info": {"title": "x", "license": {"name": ""}}, "webhooks": {}, "paths": {}});
        assert_eq!(to_3_0(document), json!({"openapi": "3.0.3", "info": {"title": "x"}, "paths": {}}));
    }

    #[test]
    fn null_is_a_flag() {
        assert_eq!(
            converted(json!({"type": ["string", "null"]})),
            json!({"type": "string", "nullable": true})
        );
        let reference = json!({"oneOf": [{"type": "null"}, {"$ref": "#/a"}]});
        assert_eq!(converted(reference), json!({"allOf": [{"$ref": "#/a"}], "nullable": true}));
        let two = json!({"oneOf": [{"$ref": "#/a"}, {"type": "null"}, {"$ref": "#/b"}]});
        assert_eq!(converted(two), json!({"oneOf": [{"$ref": "#/a"}, {"$ref": "#/b"}], "nullable": true}));
    }

    #[test]
    fn constants_examples_bounds_and_references_are_written_the_old_way() {
        assert_eq!(converted(json!({"const": "x"})), json!({"enum": ["x"]}));
        assert_eq!(
            converted(json!({"type": "string", "examples": ["a", "b"]})),
            json!({"type": "string", "example": "a"})
        );
        assert_eq!(
            converted(json!({"type": "integer", "exclusiveMinimum": 3})),
            json!({"type": "integer", "minimum": 3, "exclusiveMinimum": true})
        );
        assert_eq!(
            converted(json!({"$ref": "#/a", "description": "d"})),
            json!({"allOf": [{"$ref": "#/a"}], "description": "d"})
        );
        assert_eq!(
            converted(json!({"type": "object", "propertyNames": {"type": "string"}})),
            json!({"type": "object"})
        );
    }

    #[test]
    fn errors_are_json_and_never_the_default_response() {
        let problem =
            json!({"description": "d", "content": {"application/problem+json": {"schema": {"$ref": "#/p"}}}});
        let got =
            operation(json!({"responses": {"200": {}, "201": {"description": "made"}, "default": problem}}));
        let wanted =
            json!({"description": "d", "content": {"application/json": {"schema": {"$ref": "#/p"}}}});
        assert_eq!(got["responses"], json!({"2XX": {"description": ""}, "4XX": wanted, "5XX": wanted}));
    }

    #[test]
    fn an_operation_that_takes_csv_is_left_to_the_hand_written_part() {
        let csv = json!({"requestBody": {"content": {"text/csv": {}}}, "responses": {}});
        assert_eq!(operation(csv), Value::Null);
    }

    #[test]
    fn words_are_open() {
        let schemas = json!({
            "State": {"type": "string", "enum": ["a", "b"]},
            "Job": {"properties": {
                "state": {"$ref": "#/components/schemas/State", "description": "d"},
                "before": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/State"}]},
            }},
        });
        let got =
            to_3_0(json!({"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": schemas}}));
        let properties = json!({
            "state": {"type": "string", "description": "d"},
            "before": {"allOf": [{"type": "string"}], "nullable": true},
        });
        assert_eq!(got["components"]["schemas"], json!({"Job": {"properties": properties}}));
    }

    #[test]
    fn lengths_are_the_servers_to_check() {
        assert_eq!(
            converted(json!({"type": "string", "maxLength": 9, "pattern": "^a"})),
            json!({"type": "string"})
        );
    }

    #[test]
    fn parameters_are_never_null() {
        let got = operation(
            json!({"parameters": [{"name": "a", "schema": {"type": ["string", "null"]}}], "responses": {}}),
        );
        assert_eq!(got["parameters"][0]["schema"], json!({"type": "string"}));
    }
}
