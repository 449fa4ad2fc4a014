//! The OpenAPI document: committed, whole, and true.

use crate::stage::Stage;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn document() -> Value {
    hdip_server::openapi::document()
}

/// (method, path, operation)
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().clone();
        methods.into_iter().map(|(method, operation)| (method, path.clone(), operation)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn the_committed_document_is_what_the_server_serves() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/hdip.json");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(committed == hdip_server::openapi::text(), "openapi/hdip.json is stale; run `make openapi`");
}

#[test]
fn every_operation_says_what_it_is() {
    let document = document();
    let mut ids = BTreeSet::new();
    let tags: BTreeSet<_> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap().to_owned())
        .collect();
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{at} has no operationId"));
        assert!(ids.insert(id.to_owned()), "{at}: {id} is used twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{at} has no summary");
        let own = operation["tags"].as_array().unwrap_or_else(|| panic!("{at} has no tag"));
        assert!(own.len() == 1 && tags.contains(own[0].as_str().unwrap()), "{at}: {own:?}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{at} never succeeds");
        for (status, answer) in answers {
            assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{at} {status}");
        }
        let problem = &answers["default"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{at}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(
                parameter["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{at}: {parameter}"
            );
        }
    }
}

#[test]
fn fields_are_described_and_references_lead_somewhere() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        assert!(
            schema["description"].is_string() || schema.get("oneOf").is_some(),
            "{name} has no description"
        );
        for (field, value) in schema["properties"].as_object().into_iter().flatten() {
            assert!(
                field.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{name}.{field}"
            );
            let described = value["description"].is_string() || value.get("$ref").is_some();
            assert!(described || value.get("oneOf").is_some(), "{name}.{field} has no description");
        }
    }
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    for reference in references {
        let name = reference.strip_prefix("#/components/schemas/").unwrap_or_else(|| panic!("{reference}"));
        assert!(schemas.contains_key(name), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|below| collect(below, references));
        }
        Value::Array(items) => items.iter().for_each(|below| collect(below, references)),
        _ => {}
    }
}

#[test]
fn a_page_names_what_it_is_a_page_of() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let pages: Vec<_> = schemas.iter().filter(|(name, _)| name.starts_with("PageOf_")).collect();
    assert!(pages.len() >= 5);
    for (name, page) in pages {
        let item = name.trim_start_matches("PageOf_");
        let reference = format!("#/components/schemas/{item}");
        assert_eq!(page["properties"]["items"]["items"], json!({ "$ref": reference }), "{name}");
    }
}

/// Generated from the document: a new operation is under this test without anybody thinking of it.
#[tokio::test]
async fn every_operation_asks_who_one_is_unless_it_says_it_does_not() {
    let stage = Stage::new().await;
    for (method, path, operation) in operations(&document()) {
        if operation["security"] == json!([]) {
            continue;
        }
        let address = path.replace("{currency}", "INR");
        let address = address.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
        let address = address.collect::<Vec<_>>().join("/");
        let method: Method = method.to_uppercase().parse().unwrap();
        let answer = stage.open(method.clone(), &address, Value::Null).await;
        assert_eq!(answer.status.as_u16(), 401, "{method} {path}: {}", answer.body);
    }
}

#[test]
fn what_needs_no_credentials_is_a_short_list() {
    let open: Vec<_> = operations(&document())
        .into_iter()
        .filter(|(_, _, operation)| operation["security"] == json!([]))
        .map(|(_, path, _)| path)
        .filter(|path| !path.starts_with("/v1/links/"))
        .collect();
    let known = [
        "/healthz",
        "/readyz",
        "/v1/apply",
        "/v1/auth/password-reset",
        "/v1/auth/refresh",
        "/v1/auth/sign-in",
    ];
    assert_eq!(open, known);
}
