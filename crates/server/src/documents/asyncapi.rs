use serde_json::{Map, Value, json};

use super::events::{ClientEvent, ServerEvent};
use super::{as_told, error_schema, schemas};

const ABOUT: &str = "Socket.IO protocol 5 (Engine.IO protocol 4), path `/socket.io/`, namespace `/`, over WebSocket and long-polling. \
    The token is in the handshake, `auth: { token }`; a refused connection gets a `connect_error` whose message is \
    `No token provided`, `User not found` or `Authentication failed`. Every event from a client takes an optional callback as its last argument, \
    which gets the ack; without one the server does the work all the same.";
const CHANNEL: &str = "#/channels/socket";

/// The events as an AsyncAPI 3 document, from the server's point of view: it receives what clients emit.
pub(super) fn document(from_clients: &[ClientEvent], from_server: &[ServerEvent]) -> Value {
    let (mut operations, mut messages) = (Map::new(), Map::new());
    for event in from_clients {
        let ack = ack_name(event);
        messages.insert(event.name.to_owned(), emitted(event));
        messages.insert(ack.clone(), acked(event));
        let mut operation = json!({
            "action": "receive",
            "channel": { "$ref": CHANNEL },
            "summary": event.summary,
            "messages": [message(event.name)],
            "reply": { "channel": { "$ref": CHANNEL }, "messages": [message(&ack)] },
        });
        describe(&mut operation, event.details);
        operations.insert(event.name.to_owned(), operation);
    }
    for event in from_server {
        let payload = schemas::reference(event.payload);
        messages.insert(event.name.to_owned(), json!({ "name": event.name, "payload": payload }));
        let mut operation = json!({
            "action": "send",
            "channel": { "$ref": CHANNEL },
            "summary": event.summary,
            "messages": [message(event.name)],
        });
        describe(&mut operation, event.details);
        operations.insert(event.name.to_owned(), operation);
    }
    let in_channel: Map<_, _> = messages
        .keys()
        .map(|name| (name.clone(), json!({ "$ref": format!("#/components/messages/{name}") })))
        .collect();
    let mut document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chirrup",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "chirrup": { "host": "localhost:3000", "pathname": "/socket.io/", "protocol": "socket.io", "protocolVersion": "5" },
        },
        "channels": { "socket": { "address": "/", "title": "The default namespace", "messages": in_channel } },
        "operations": operations,
        "components": { "messages": messages },
    });
    document["components"]["schemas"] = schemas::needed_by(&document).into();
    document
}

fn ack_name(event: &ClientEvent) -> String {
    format!("{}_ack", event.name)
}

fn emitted(event: &ClientEvent) -> Value {
    json!({ "name": event.name, "payload": schemas::reference(event.payload) })
}

fn acked(event: &ClientEvent) -> Value {
    let refusals = as_told(&event.refusals);
    let examples: Vec<_> =
        refusals.iter().map(|refusal| json!({ "name": refusal["code"], "payload": refusal })).collect();
    json!({
        "name": ack_name(event),
        "payload": { "oneOf": [schemas::reference(event.ack), error_schema(&refusals)] },
        "examples": examples,
    })
}

fn message(name: &str) -> Value {
    json!({ "$ref": format!("{CHANNEL}/messages/{name}") })
}

fn describe(operation: &mut Value, details: &str) {
    if !details.is_empty() {
        operation["description"] = details.into();
    }
}
