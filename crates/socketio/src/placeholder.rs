//! Placeholders: what stands in the JSON of a packet for its binary attachments (`{"_placeholder":true,"num":0}`).

use serde_json::Value;

/// Whether every placeholder in the JSON stands for one of `count` attachments.
pub(crate) fn refer_to(json: &str, count: usize) -> bool {
    serde_json::from_str::<Value>(json).is_ok_and(|value| refers(&value, count as u64))
}

fn refers(value: &Value, count: u64) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| refers(item, count)),
        Value::Object(object) if object.get("_placeholder") == Some(&Value::Bool(true)) => {
            object.get("num").and_then(Value::as_u64).is_some_and(|num| num < count)
        }
        Value::Object(object) => object.values().all(|item| refers(item, count)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_must_stand_for_an_attachment() {
        assert!(refer_to(r#"["a",{"b":[{"_placeholder":true,"num":1}]}]"#, 2));
        assert!(refer_to(r#"["a",{"_placeholder":false,"num":9}]"#, 1));
        for num in ["2", "-1", "\"0\"", "0.5", "null"] {
            assert!(!refer_to(&format!(r#"["a",{{"_placeholder":true,"num":{num}}}]"#), 2), "{num}");
        }
    }
}
