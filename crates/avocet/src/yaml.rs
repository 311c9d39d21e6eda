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

/// Text after `key:` or `-`.
fn child(out: &mut String, value: &Value, depth: usize) {
    if let Some((mark, text)) = value.as_str().and_then(literal) {
        out.push_str(mark);
        for line in text.split('\n') {
            out.push('\n');
            // An empty line has no indentation to lose.
            if !line.is_empty() {
                indent(out, depth);
                out.push_str(line);
            }
        }
        out.push('\n');
        return;
    }
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

/// Text of several lines as a literal block, where YAML gives back just what went in: the mark that
/// begins it, and the text without its last line break.
fn literal(text: &str) -> Option<(&'static str, &str)> {
    let (mark, body) = match text.strip_suffix('\n') {
        Some(body) => (" |", body),
        None => (" |-", text),
    };
    let printable = |c: char| c == '\n' || c == '\t' || (!c.is_control() && c != '\u{feff}');
    let safe = body.contains('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        && body.chars().all(|c| printable(c) && !matches!(c, '\u{2028}' | '\u{2029}'));
    safe.then_some((mark, body))
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
    fn text_of_several_lines_is_a_block() {
        let value = json!({"a": "one\n\n  two\n", "b": ["x\ny"], "c": " x\ny", "d": "x\ny\n\n"});
        let text = document(&value);
        let blocks = "a: |\n  one\n\n    two\nb:\n  - |-\n    x\n    y\n";
        assert_eq!(text, format!("{blocks}c: \" x\\ny\"\nd: \"x\\ny\\n\\n\"\n"));
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
