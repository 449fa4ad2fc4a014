//! The OpenAPI document: collected from the routes, then made whole.
//!
//! What utoipa leaves open is closed in one place: generic arguments that it writes out in full become
//! references again, every operation gets its problem answer, its security, and headers that all share.

use crate::routes;
use crate::state::AppState;
use axum::Router;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "HDIP",
        description = "Interview-as-a-Service. Ids are type-prefixed strings, times RFC 3339 in UTC, money `{amount_minor, currency}` in minor units. Refusals are problem documents (RFC 9457) with a stable `code`. Lists take `limit` and `cursor`. A POST that creates takes `Idempotency-Key`: a repeat answers as before and says `Idempotent-Replayed: true`. States, event kinds and codes are open: expect new ones.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "access", description = "Signing in, one's own account"),
        (name = "users", description = "Users and API keys"),
        (name = "clients", description = "Clients, their policy and prices, interviewer pay"),
        (name = "hiring", description = "Jobs, rounds, candidates, applications, imports"),
        (name = "interviewers", description = "Interviewers and their availability"),
        (name = "ladder", description = "Becoming an interviewer: applications, shadowing, certifications, leaving"),
        (name = "scheduling", description = "Starts, holds, requests, invitations, interviews"),
        (name = "money", description = "Charges and earnings"),
        (name = "feedback", description = "Rubrics, scorecards, results, ratings"),
        (name = "links", description = "For people without an account, by the token of a link"),
        (name = "events", description = "The event feed and the audit trail"),
        (name = "product feedback", description = "What users say about the product"),
        (name = "operations", description = "Background jobs, health")
    )
)]
struct Document;

/// Operations anybody may call.
const PUBLIC: &[&str] = &[
    "/healthz",
    "/readyz",
    "/v1/auth/sign-in",
    "/v1/auth/refresh",
    "/v1/auth/password-reset",
    "/v1/links/",
    "/v1/apply",
];

/// The routes, and the document as JSON text.
pub fn build() -> (Router<AppState>, &'static str) {
    let (router, _) = collected();
    (router, text())
}

/// The document, pretty.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
        text.push('\n');
        text
    });
    &TEXT
}

fn collected() -> (Router<AppState>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi()).merge(routes::api()).split_for_parts()
}

/// The whole document.
pub fn document() -> Value {
    let (_, api) = collected();
    let mut document = serde_json::to_value(api).unwrap_or_default();
    name_inlined_schemas(&mut document);
    let schemes = json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token from POST /v1/auth/sign-in, or an API key (`hdip_key_…`)."
        }
    });
    document["components"]["securitySchemes"] = schemes;
    let tags = document["tags"].clone();
    if let Some(paths) = document["paths"].as_object_mut() {
        let mut used = Vec::new();
        for (path, item) in paths.iter_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                if operation.get("responses").is_some() {
                    complete(path, method, operation);
                    used.extend(operation["tags"].as_array().into_iter().flatten().cloned());
                }
            }
        }
        let kept: Vec<_> = tags
            .as_array()
            .into_iter()
            .flatten()
            .filter(|tag| used.contains(&tag["name"]))
            .cloned()
            .collect();
        document["tags"] = kept.into();
    }
    document
}

fn complete(path: &str, method: &str, operation: &mut Value) {
    let public = PUBLIC.iter().any(|public| path.starts_with(public));
    operation["security"] = if public { json!([]) } else { json!([{ "bearer": [] }]) };
    let problem = json!({
        "description": "Refused; see `code`.",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
    });
    operation["responses"]["default"] = problem;
    // Indexing would insert what is not there.
    operation.get_mut("requestBody").into_iter().for_each(files_are_binary);
    if let Some(answers) = operation["responses"].as_object_mut() {
        answers.values_mut().for_each(files_are_binary);
    }
    let answers = operation["responses"].as_object_mut().into_iter().flatten();
    for (_, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
        answer["headers"]["X-Request-Id"] = json!({
            "description": "Id of the request; sent back if one was sent.",
            "schema": { "type": "string" }
        });
    }
    if method == "post" && !public {
        let parameter = json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "1 to 255 visible ASCII characters of your choice. A repeat of the same request under the same key within 24 hours is carried out once.",
            "required": false,
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
            "example": "5f0c1c9e-5a0b-4d7c-9a55-3c0c2f6d2b11"
        });
        add_parameter(operation, parameter);
    }
    if method == "patch" {
        let parameter = json!({
            "name": "If-Match",
            "in": "header",
            "description": "The `ETag` of the answer you edit. If the record has changed since, the answer is 412.",
            "required": false,
            "schema": { "type": "string" },
            "example": "\"3\""
        });
        add_parameter(operation, parameter);
    }
}

/// utoipa writes the bytes of a file as a list of numbers.
fn files_are_binary(body: &mut Value) {
    let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else { return };
    for (media_type, content) in content {
        if !media_type.ends_with("json") && content["schema"]["type"] == "array" {
            content["schema"] = json!({ "type": "string", "format": "binary" });
        }
    }
}

fn add_parameter(operation: &mut Value, parameter: Value) {
    match operation["parameters"].as_array_mut() {
        Some(parameters) if parameters.iter().any(|known| known["name"] == parameter["name"]) => {}
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

/// utoipa writes the argument of a generic schema (`PageOf<Client>`) out in full: wherever an object equals
/// a named schema, its name is put.
fn name_inlined_schemas(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object() else { return };
    let names: BTreeMap<String, String> = schemas
        .iter()
        .filter(|(_, schema)| is_named_kind(schema))
        .map(|(name, schema)| (schema.to_string(), name.clone()))
        .collect();
    let replace_below = |value: &mut Value| {
        if let Value::Object(fields) = value {
            fields.values_mut().for_each(|below| name_schema(below, &names));
        }
    };
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.values_mut().for_each(replace_below);
    }
    name_schema(&mut document["paths"], &names);
}

/// A schema that is somebody's own: with fields, or put together from others. Two types never have the same
/// one, since their descriptions differ.
fn is_named_kind(schema: &Value) -> bool {
    let fields = schema.get("properties").is_some_and(|fields| fields != &json!({}));
    schema.get("description").is_some()
        && (fields || schema.get("allOf").is_some() || schema.get("oneOf").is_some())
}

fn name_schema(value: &mut Value, names: &BTreeMap<String, String>) {
    if is_named_kind(value)
        && let Some(name) = names.get(&value.to_string())
    {
        let mut reference = Map::new();
        reference.insert("$ref".into(), format!("#/components/schemas/{name}").into());
        *value = Value::Object(reference);
        return;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|below| name_schema(below, names)),
        Value::Array(items) => items.iter_mut().for_each(|below| name_schema(below, names)),
        _ => {}
    }
}
