//! The OpenAPI document is whole, and `docs/api.md` says the same as the table of roles.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use signaling::access::{Action, permits};
use signaling::store::PersonRole;
use std::collections::BTreeSet;
use support::{Folder, Running};

async fn document() -> Value {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let reply = server.request("GET /api/openapi.json", &[], "").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    serde_json::from_str(&reply.body).unwrap()
}

/// All values below, with the key that each stands under.
fn walk<'a>(value: &'a Value, seen: &mut dyn FnMut(&'a str, &'a Value)) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            seen(name, value);
            walk(value, seen);
        }),
        Value::Array(items) => items.iter().for_each(|value| walk(value, seen)),
        _ => {}
    }
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let document = document().await;
    let (mut described, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            described.insert(format!("{} {path}", method.to_uppercase()));
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}: two operations of one name");
            assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{method} {path}");
            let names: Vec<&str> = path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
            let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            let in_path: Vec<&str> = parameters.iter().filter(|one| one["in"] == "path").filter_map(|one| one["name"].as_str()).collect();
            assert_eq!(in_path, names, "{method} {path}");
        }
    }
    let routes: BTreeSet<String> = signaling::api::routes_for_tests().into_iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    assert_eq!(described, routes);
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = document().await;
    let schemas: BTreeSet<&str> = document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut referred = BTreeSet::new();
    walk(&document, &mut |name, value| {
        if name == "$ref" {
            referred.insert(value.as_str().unwrap().strip_prefix("#/components/schemas/").unwrap());
        }
    });
    assert_eq!(referred, schemas);
}

/// A word that comes through a macro was once described by the name of its variant.
#[tokio::test]
async fn words_are_described_as_they_are_sent() {
    let document = document().await;
    walk(&document, &mut |name, value| {
        if name == "enum" {
            let words = value.as_array().unwrap().iter().filter_map(Value::as_str);
            words.for_each(|word| assert!(!word.contains(|sign: char| sign.is_ascii_uppercase()), "{value}"));
        }
    });
    assert_eq!(document["components"]["schemas"]["PersonRole"]["enum"][0], "teacher");
    assert_eq!(document["components"]["schemas"]["PersonRole"]["description"], "What a person may be.");
}

/// `ManageBellPlans` → `manage bell plans`.
fn words(action: Action) -> String {
    let text =
        format!("{action:?}").chars().flat_map(|sign| if sign.is_uppercase() { vec![' ', sign.to_ascii_lowercase()] } else { vec![sign] }).collect::<String>();
    text.trim().to_owned()
}

#[test]
fn the_documents_table_of_roles_is_the_codes() {
    use PersonRole as R;
    let text = include_str!("../../docs/api.md");
    let roles = [R::Teacher, R::Assistant, R::Observer, R::Inspector, R::LibraryEditor, R::SchoolAdmin, R::AllianceAdmin, R::CountyOperator];
    assert_eq!(roles.len(), R::ALL.len());
    for action in Action::ALL {
        let cells: Vec<&str> = roles.iter().map(|role| if permits(*role, action) { "●" } else { "" }).collect();
        let row = format!("| {} | {} |", words(action), cells.join(" | "));
        assert!(text.lines().any(|line| line == row), "docs/api.md lacks the row {row}");
    }
}
