//! JSON values as YAML text.

use serde_json::Value;

/// `value` as a YAML document. Strings that could be read as anything else are quoted as JSON,
/// which YAML reads the same way.
pub(crate) fn document(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out
}

fn block(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                indent(out, depth);
                out.push_str(&scalar(key));
                out.push(':');
                child(out, value, depth + 1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(out, depth);
                out.push('-');
                child(out, item, depth + 1);
            }
        }
        leaf => {
            indent(out, depth);
            out.push_str(&inline(leaf));
            out.push('\n');
        }
    }
}

/// What comes after `key:` or `-`.
fn child(out: &mut String, value: &Value, depth: usize) {
    let nested = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        out.push('\n');
        block(out, value, depth);
    } else {
        out.push(' ');
        out.push_str(&inline(value));
        out.push('\n');
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// Plain where nothing in it has a meaning of its own in YAML.
fn scalar(text: &str) -> String {
    let plain_start = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if plain_start && text.chars().all(plain) && !word.contains(&text.to_lowercase().as_str()) {
        return text.to_owned();
    }
    Value::from(text).to_string()
}

fn indent(out: &mut String, depth: usize) {
    out.push_str(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_values_are_indented() {
        let value = json!({"empty": {}, "list": [1, {"a": null}, []], "name": "hello"});
        let text = document(&value);
        assert_eq!(text, "empty: {}\nlist:\n  - 1\n  -\n    a: null\n  - []\nname: hello\n");
    }

    #[test]
    fn what_could_be_misread_is_quoted() {
        for text in ["", "true", "No", "12", "1.5", "a: b", "# x", "- x", "*x", "a\nb", "é", " a"]
        {
            assert_eq!(document(&json!(text)), format!("{}\n", json!(text)), "{text}");
        }
        for text in ["hello", "shop/order.v1", "/shop", "nodejs20"] {
            assert_eq!(document(&json!(text)), format!("{text}\n"));
        }
    }
}
