//! The documents as a page: HTML that needs no script.

mod html;
mod shape;

use serde_json::Value;

use super::schemas;
use html::Html;
use shape::{fields, shape};

/// The page of both documents.
pub(super) fn render(openapi: &Value, asyncapi: &Value) -> String {
    let objects = Objects::of(openapi, asyncapi);
    let mut html = Html::default();
    html.raw(HEAD);
    navigation(&mut html, openapi, asyncapi, &objects);
    html.raw("<main>");
    introduction(&mut html, openapi, asyncapi);
    html.raw("<section id=\"events\"><h2>Events</h2>").paragraph(&asyncapi["info"]["description"]);
    for (action, id, title) in ACTIONS {
        html.raw("<section>").heading(3, id, title);
        for (name, operation) in operations(asyncapi, action) {
            event(&mut html, asyncapi, name, operation);
        }
        html.raw("</section>");
    }
    html.raw("</section><section id=\"routes\"><h2>Routes</h2>").paragraph(&openapi["info"]["description"]);
    for tag in names(&openapi["tags"]) {
        html.raw("<section>").heading(3, &section_id(tag), tag);
        for (path, method, operation) in routes(openapi, tag) {
            route(&mut html, openapi, path, method, operation);
        }
        html.raw("</section>");
    }
    html.raw("</section><section id=\"objects\"><h2>Objects</h2>");
    for (name, schema) in &objects.0 {
        html.raw("<article>").heading(4, name, name).paragraph(&schema["description"]);
        fields(&mut html, schema);
        html.raw("</article>");
    }
    html.raw("</section></main></div></body></html>");
    html.finish()
}

const HEAD: &str = r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chirrup: events and routes</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body id="top">
<a class="skip" href="#events">To the events</a>
<div class="layout">"##;

/// What the server does with events, the anchor and the title of each.
const ACTIONS: [(&str, &str, &str); 2] =
    [("receive", "from-clients", "From clients, acked"), ("send", "from-server", "From the server")];

/// What several payloads carry, and what stands alone: the schemas that are not shown in place.
struct Objects<'a>(Vec<(&'a str, &'a Value)>);

impl<'a> Objects<'a> {
    fn of(openapi: &'a Value, asyncapi: &'a Value) -> Self {
        let mut shown: Vec<(&str, &Value)> = Vec::new();
        for (document, other) in [(openapi, asyncapi), (asyncapi, openapi)] {
            for (name, schema) in entries(&document["components"]["schemas"]) {
                let is_object = schema["properties"].is_object();
                let in_place = is_object && (is_in_place(document, name) || is_in_place(other, name));
                if !in_place && shown.iter().all(|(known, _)| *known != name) {
                    shown.push((name, schema));
                }
            }
        }
        Self(shown)
    }
}

/// Whether a route or an event shows this schema itself.
fn is_in_place(document: &Value, name: &str) -> bool {
    let reference = schemas::reference(name);
    fn points(value: &Value, reference: &Value) -> bool {
        value == reference
            || match value {
                Value::Array(items) => items.iter().any(|item| points(item, reference)),
                Value::Object(items) => items
                    .iter()
                    .any(|(key, item)| key != "allOf" && key != "parameters" && points(item, reference)),
                _ => false,
            }
    }
    points(&document["paths"], &reference) || points(&document["components"]["messages"], &reference)
}

fn navigation(html: &mut Html, openapi: &Value, asyncapi: &Value, objects: &Objects) {
    html.raw("<nav id=\"contents\"><a class=\"name\" href=\"#top\">Chirrup <span>")
        .text(openapi["info"]["version"].as_str().unwrap_or_default())
        .raw("</span></a>");
    html.raw("<h2><a href=\"#events\">Events</a></h2>");
    for (action, id, title) in ACTIONS {
        html.link(id, title).raw("<ul class=\"mono\">");
        for (name, _) in operations(asyncapi, action) {
            html.raw("<li>").link(&event_id(name), name).raw("</li>");
        }
        html.raw("</ul>");
    }
    html.raw("<h2><a href=\"#routes\">Routes</a></h2>");
    for tag in names(&openapi["tags"]) {
        html.link(&section_id(tag), tag).raw("<ul>");
        for (path, method, operation) in routes(openapi, tag) {
            html.raw("<li>").link(&route_id(method, path), text(&operation["summary"])).raw("</li>");
        }
        html.raw("</ul>");
    }
    html.raw("<h2><a href=\"#objects\">Objects</a></h2><ul class=\"mono\">");
    for (name, _) in &objects.0 {
        html.raw("<li>").link(name, name).raw("</li>");
    }
    html.raw("</ul></nav>");
}

fn introduction(html: &mut Html, openapi: &Value, asyncapi: &Value) {
    let count = |n: usize, what: &str| format!("{n} {what}");
    let routes: usize = entries(&openapi["paths"]).map(|(_, path)| entries(path).count()).sum();
    let events = entries(&asyncapi["operations"]).count();
    html.raw("<header><a class=\"to-contents\" href=\"#contents\">Contents</a><h1>Talk to Chirrup</h1><p class=\"lead\">")
        .text(&count(events, "events over Socket.IO, "))
        .text(&count(routes, "routes over HTTP: "))
        .raw("what they take, what they answer, and what they are refused with. For programs: ")
        .raw("<a href=\"/api/asyncapi.json\">AsyncAPI 3</a> and <a href=\"/api/openapi.json\">OpenAPI 3.1</a>.</p>")
        .raw("<pre><code>")
        .text(include_str!("example.js").trim_end())
        .raw("</code></pre></header>");
}

fn event(html: &mut Html, asyncapi: &Value, name: &str, operation: &Value) {
    let message = |name: &str| &asyncapi["components"]["messages"][name];
    let payload = &message(name)["payload"];
    html.raw("<article>").title(&event_id(name), |html| {
        html.raw("<code>").text(name).raw("</code>");
    });
    html.summary(operation);
    let schema = resolved(asyncapi, payload);
    if operation["action"] == "receive" {
        html.label("payload");
        fields(html, schema);
        example(html, &schema["examples"][0]);
        let ack = message(&format!("{name}_ack"));
        let good = resolved(asyncapi, &ack["payload"]["oneOf"][0]);
        html.label("ack").raw("<p class=\"shape\">").inner(|html| shape(html, good)).raw("</p>");
        html.label("refused with");
        refusals(html, array(&ack["examples"]).map(|example| &example["payload"]));
    } else {
        html.label("payload").raw("<p class=\"shape\">").inner(|html| shape(html, schema)).raw("</p>");
    }
    html.raw("</article>");
}

fn route(html: &mut Html, openapi: &Value, path: &str, method: &str, operation: &Value) {
    let method_name = method.to_uppercase();
    html.raw("<article>").title(&route_id(method, path), |html| {
        html.raw("<span class=\"method\">")
            .text(&method_name)
            .raw("</span> <code>")
            .text(path)
            .raw("</code>");
    });
    html.summary(operation);
    if !operation["security"].is_null() {
        html.raw("<p class=\"token\">needs a token</p>");
    }
    let query: Vec<_> =
        array(&operation["parameters"]).filter(|parameter| parameter["in"] == "query").collect();
    if !query.is_empty() {
        html.label("query").raw("<dl class=\"fields\">");
        for parameter in query {
            let name = text(&parameter["name"]);
            html.field(name, false, |html| shape(html, &parameter["schema"]), &parameter["description"]);
        }
        html.raw("</dl>");
    }
    for (media, content) in entries(&operation["requestBody"]["content"]) {
        html.label(if media == "application/json" { "body" } else { media });
        let schema = resolved(openapi, &content["schema"]);
        fields(html, schema);
        example(html, &schema["examples"][0]);
    }
    html.label("answer");
    let (good, bad): (Vec<_>, Vec<_>) =
        entries(&operation["responses"]).partition(|(_, response)| is_answer(response));
    for (status, response) in good {
        html.raw("<p class=\"shape\"><span class=\"status\">").text(status).raw("</span> ");
        match entries(&response["content"]).next() {
            Some(("application/json", content)) if content["schema"].is_object() => {
                shape(html, resolved(openapi, &content["schema"]));
            }
            Some((media, _)) => _ = html.text(media),
            None => _ = html.text(text(&response["description"])),
        }
        html.raw("</p>");
    }
    let bad: Vec<_> =
        bad.into_iter().map(|(status, response)| (status, own_refusals(status, response))).collect();
    if bad.iter().any(|(_, refusals)| !refusals.is_empty()) {
        html.label("refused with").raw("<div class=\"refusals\">");
        for (status, own) in bad.into_iter().filter(|(_, own)| !own.is_empty()) {
            html.raw("<span class=\"status\">").text(status).raw("</span>");
            refusals(html, own.into_iter());
        }
        html.raw("</div>");
    }
    html.raw("</article>");
}

/// The errors of a response but those that any route may answer, which the introduction tells once.
fn own_refusals<'a>(status: &str, response: &'a Value) -> Vec<&'a Value> {
    let examples = entries(&response["content"]["application/json"]["examples"]);
    let bodies = examples.map(|(_, example)| &example["value"]);
    let is_everywhere = |body: &Value| {
        matches!(
            (status, text(&body["code"])),
            ("401", "no_token" | "invalid_token" | "user_not_found")
                | ("408" | "413" | "500" | "503", "timeout" | "too_large" | "internal" | "unavailable")
        )
    };
    bodies.filter(|body| !is_everywhere(body)).collect()
}

/// Errors carry examples; answers do not.
fn is_answer(response: &Value) -> bool {
    response["content"]["application/json"]["examples"].is_null()
}

fn refusals<'a>(html: &mut Html, bodies: impl Iterator<Item = &'a Value>) {
    html.raw("<ul class=\"codes\">");
    for body in bodies {
        let (code, error) = (text(&body["code"]), text(&body["error"]));
        html.raw("<li><code>").text(code).raw("</code> ").text(error);
        if let Some(limit) = body["limit"].as_u64() {
            html.text(&format!(": over {limit}, unless another limit is set"));
        }
        html.raw("</li>");
    }
    html.raw("</ul>");
}

fn example(html: &mut Html, example: &Value) {
    if let Ok(json) = serde_json::to_string_pretty(example)
        && !example.is_null()
    {
        html.raw("<pre><code>").text(&json).raw("</code></pre>");
    }
}

fn operations<'a>(asyncapi: &'a Value, action: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    entries(&asyncapi["operations"]).filter(move |(_, operation)| operation["action"] == action)
}

fn routes<'a>(openapi: &'a Value, tag: &str) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    entries(&openapi["paths"])
        .flat_map(|(path, methods)| {
            entries(methods).map(move |(method, operation)| (path, method, operation))
        })
        .filter(move |(_, _, operation)| operation["tags"][0] == tag)
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    schemas::name_of(schema).map_or(schema, |name| &document["components"]["schemas"][name])
}

fn names(items: &Value) -> impl Iterator<Item = &str> {
    array(items).map(|item| text(&item["name"]))
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, item)| (key.as_str(), item))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn section_id(tag: &str) -> String {
    format!("routes-{}", tag.to_lowercase())
}

fn event_id(name: &str) -> String {
    format!("event-{name}")
}

fn route_id(method: &str, path: &str) -> String {
    let words: Vec<_> = path.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("{method}-{}", words.join("-"))
}
