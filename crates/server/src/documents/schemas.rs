use serde_json::{Map, Value, json};

const SCHEMAS: &str = include_str!("schemas.json");
const PREFIX: &str = "#/components/schemas/";

/// Points to a schema.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PREFIX}{name}") })
}

/// The name of the schema that this points to.
pub(super) fn name_of(reference: &Value) -> Option<&str> {
    reference["$ref"].as_str()?.strip_prefix(PREFIX)
}

/// The schemas that a document points to, and those that they point to, in the order of the file.
pub(super) fn needed_by(document: &Value) -> Map<String, Value> {
    let all = all();
    let mut needed = Vec::new();
    collect(document, &all, &mut needed);
    all.into_iter().filter(|(name, _)| needed.contains(name)).collect()
}

/// Every schema.
pub(super) fn all() -> Map<String, Value> {
    serde_json::from_str(SCHEMAS).unwrap_or_default()
}

fn collect(value: &Value, all: &Map<String, Value>, needed: &mut Vec<String>) {
    if let Some(name) = name_of(value)
        && !needed.iter().any(|known| known == name)
    {
        needed.push(name.to_owned());
        collect(&all[name], all, needed);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, all, needed)),
        Value::Object(items) => items.values().for_each(|item| collect(item, all, needed)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::documents::DOCUMENTS;

    use super::*;

    #[test]
    fn every_schema_is_pointed_to_and_every_pointer_points() {
        let documents = [&DOCUMENTS.openapi, &DOCUMENTS.asyncapi];
        let used = |name: &String| documents.iter().any(|text| text.contains(&format!("{PREFIX}{name}\"")));
        let unused: Vec<_> = all().into_iter().map(|(name, _)| name).filter(|name| !used(name)).collect();
        assert!(unused.is_empty(), "nothing points to {unused:?}");
    }
}
