use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{as_told, error_schema, schemas};
use crate::http::route::{Operation, Payload};

const ABOUT: &str = "Ids are 24 hex digits, times RFC 3339 in UTC with milliseconds. Objects may grow: ignore keys that \
    you do not know. What is refused is answered `{ success: false, error, code }`: `error` for people, `code` for programs; what is too much comes with its `limit`, and often a `reason` says what was expected. A route that needs a token may answer 401 (`no_token`, `invalid_token`, \
    `user_not_found`), and any 408 (`timeout`), 413 (`too_large`), 500 (`internal`) and 503 (`unavailable`: try again later).";

/// The routes, in sections, as an OpenAPI 3.1 document.
pub(super) fn document(sections: &[(&str, Vec<Operation>)]) -> Value {
    let mut paths = Map::new();
    for (section, operations) in sections {
        for operation in operations {
            let path = paths.entry(operation.path).or_insert_with(|| json!({}));
            path[operation.method.as_str().to_lowercase()] = described(operation, section);
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Chirrup",
            "summary": "A chat backend that Socket.IO clients talk to",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": sections.iter().map(|(section, _)| json!({ "name": section })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    });
    document["components"]["schemas"] = schemas::needed_by(&document).into();
    document
}

fn described(operation: &Operation, section: &str) -> Value {
    let mut described = json!({
        "operationId": operation_id(operation),
        "tags": [section],
        "summary": operation.summary,
    });
    if !operation.details.is_empty() {
        described["description"] = operation.details.into();
    }
    if operation.needs_token {
        described["security"] = json!([{ "token": [] }]);
    }
    let parameters: Vec<Value> = path_parameters(operation.path).chain(query_parameters(operation)).collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(content) = operation.body.and_then(content) {
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    described["responses"] = responses(operation).into();
    described
}

/// Such as `getConversationsIdMessages`.
fn operation_id(operation: &Operation) -> String {
    let mut id = operation.method.as_str().to_lowercase();
    for word in operation.path.trim_start_matches("/api").split(|c: char| !c.is_alphanumeric()) {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
    }
    id
}

fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    path.split(['{', '}']).skip(1).step_by(2).map(|name| {
        let schema = match name {
            "name" => json!({ "type": "string" }),
            _ => schemas::reference("Id"),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    })
}

fn query_parameters(operation: &Operation) -> impl Iterator<Item = Value> {
    operation.query.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "description": parameter.summary,
            "schema": schemas::reference(parameter.schema),
        })
    })
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let mut responses = BTreeMap::new();
    for (status, payload) in &operation.answers {
        let mut response = json!({ "description": reason(*status) });
        if let Some(content) = content(*payload) {
            response["content"] = content;
        }
        responses.insert(*status, response);
    }
    for (status, _) in &operation.refusals {
        let of_status = operation.refusals.iter().filter(|(other, _)| other == status);
        let told = as_told(of_status.map(|(_, body)| body));
        let examples: Map<_, _> = told
            .iter()
            .filter_map(|body| Some((body["code"].as_str()?.to_owned(), json!({ "value": body }))))
            .collect();
        let json = json!({ "schema": error_schema(&told), "examples": examples });
        let response = json!({ "description": reason(*status), "content": { "application/json": json } });
        responses.insert(*status, response);
    }
    responses.into_iter().map(|(status, response)| (status.as_str().to_owned(), response)).collect()
}

fn content(payload: Payload) -> Option<Value> {
    match payload {
        Payload::Json(schema) => {
            Some(json!({ "application/json": { "schema": schemas::reference(schema) } }))
        }
        Payload::Form(schema) => {
            Some(json!({ "multipart/form-data": { "schema": schemas::reference(schema) } }))
        }
        Payload::Media(media) => Some(json!({ media: {} })),
        Payload::Empty => None,
    }
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Refused")
}
