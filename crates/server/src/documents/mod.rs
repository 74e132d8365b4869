//! What the server says of itself: the routes as OpenAPI, the events as AsyncAPI, and both as a page.
//!
//! The routes come from the table that the router is made of (`http/routes.rs`), the events from `events.rs`, what they
//! carry from `schemas.json`.

mod asyncapi;
mod events;
mod openapi;
mod page;
mod schemas;

use std::sync::LazyLock;

use chirrup_protocol::ErrorBody;
use serde_json::{Value, json};

use crate::http::routes;

/// How the page looks.
pub(crate) const STYLE: &str = include_str!("style.css");

/// The documents of this version, written once.
pub(crate) static DOCUMENTS: LazyLock<Documents> = LazyLock::new(|| {
    let openapi = openapi::document(&routes::operations());
    let asyncapi = asyncapi::document(&events::from_clients(), &events::from_server());
    Documents {
        page: page::render(&openapi, &asyncapi),
        openapi: openapi.to_string(),
        asyncapi: asyncapi.to_string(),
    }
});

/// What the server says of itself.
pub(crate) struct Documents {
    /// The routes, as JSON.
    pub(crate) openapi: String,
    /// The events, as JSON.
    pub(crate) asyncapi: String,
    /// Both, as HTML.
    pub(crate) page: String,
}

/// An error with one of these codes.
fn error_schema(refusals: &[Value]) -> Value {
    let codes: Vec<_> = refusals.iter().map(|refusal| &refusal["code"]).collect();
    json!({ "allOf": [schemas::reference("Error"), { "properties": { "code": { "enum": codes } } }] })
}

/// These refusals as clients get them, each code once.
fn as_told<'a>(refusals: impl IntoIterator<Item = &'a ErrorBody>) -> Vec<Value> {
    let mut told: Vec<Value> = Vec::new();
    for refusal in refusals {
        let refusal = json!(refusal);
        if told.iter().all(|known| known["code"] != refusal["code"]) {
            told.push(refusal);
        }
    }
    told
}
