use serde_json::Value;

use super::html::Html;
use super::{array, entries, schemas, text};

/// The properties of a schema, a line each; without any, the schema in one line.
pub(super) fn fields(html: &mut Html, schema: &Value) {
    if !schema["properties"].is_object() {
        html.raw("<p class=\"shape\">").inner(|html| shape(html, schema)).raw("</p>");
        return;
    }
    html.raw("<dl class=\"fields\">");
    for (name, property) in entries(&schema["properties"]) {
        html.field(name, is_required(schema, name), |html| shape(html, property), &property["description"]);
    }
    html.raw("</dl>");
}

/// A schema in a line, such as `{ success: true, user: User }`.
pub(super) fn shape(html: &mut Html, schema: &Value) {
    if let Some(name) = schemas::name_of(schema) {
        html.link(name, name);
    } else if schema["properties"].is_object() {
        object(html, schema);
    } else if let Some(values) = schema["enum"].as_array() {
        for (nth, value) in values.iter().enumerate() {
            html.raw(if nth > 0 { " | " } else { "" }).text(&value.to_string());
        }
    } else if !schema["const"].is_null() {
        html.text(&schema["const"].to_string());
    } else if schema["type"] == "array" {
        html.raw("[").inner(|html| shape(html, &schema["items"])).raw("]");
    } else if schema["oneOf"].is_array() {
        for (nth, one) in array(&schema["oneOf"]).enumerate() {
            html.raw(if nth > 0 { " | " } else { "" }).inner(|html| shape(html, one));
        }
    } else if schema["type"].is_array() {
        for (nth, kind) in array(&schema["type"]).enumerate() {
            html.raw(if nth > 0 { " | " } else { "" }).text(text(kind));
        }
    } else {
        html.text(text(&schema["type"]));
    }
}

fn object(html: &mut Html, schema: &Value) {
    html.raw("{ ");
    for (nth, (name, property)) in entries(&schema["properties"]).enumerate() {
        html.raw(if nth > 0 { ", " } else { "" }).text(name);
        html.raw(if is_required(schema, name) { ": " } else { "?: " });
        shape(html, property);
    }
    html.raw(" }");
}

fn is_required(schema: &Value, name: &str) -> bool {
    array(&schema["required"]).any(|required| required == name)
}
