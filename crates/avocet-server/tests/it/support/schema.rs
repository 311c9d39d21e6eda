//! Holds answers of the admin API against the OpenAPI document.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::Answer;

/// The document, as it is in the repository.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../../../docs/openapi.json");
    serde_json::from_str(text).unwrap()
});

/// Panics where an answer is not as the document says.
pub(crate) fn check(method: &str, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap();
    let Some((pattern, item)) = find(path) else {
        assert_eq!(answer.status, 404, "{method} {path} is not in the document");
        return problem(answer);
    };
    let method = if method == "HEAD" { "get" } else { &method.to_lowercase() };
    let Some(operation) = item.get(method) else {
        assert_eq!(answer.status, 405, "{method} {pattern} is not in the document");
        return problem(answer);
    };
    let status = answer.status.to_string();
    let described = &operation["responses"][&status];
    assert!(described.is_object(), "{method} {pattern} has no {status}: {}", answer.text());
    let Some(content) = described["content"].as_object() else {
        assert!(answer.body.is_empty(), "{method} {pattern} {status} has no body");
        return;
    };
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap();
    let schema =
        &content.get(kind).unwrap_or_else(|| panic!("{pattern} {status}: {kind}"))["schema"];
    match kind {
        "application/x-ndjson" => {
            let text = answer.text();
            let lines = text.lines().filter(|line| !line.is_empty());
            lines.for_each(|line| valid(schema, &serde_json::from_str(line).unwrap()));
        }
        "text/plain" => valid(schema, &Value::from(answer.text())),
        "application/octet-stream" => {}
        _ => valid(schema, &answer.json()),
    }
}

fn problem(answer: &Answer) {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    valid(&json!({ "$ref": "#/components/schemas/Problem" }), &answer.json());
}

fn find(path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let found = paths.iter().find(|(pattern, _)| {
        let (mut own, mut theirs) = (pattern.split('/'), path.split('/'));
        own.by_ref()
            .zip(theirs.by_ref())
            .all(|(a, b)| a == b || (a.starts_with('{') && !b.is_empty()))
            && pattern.split('/').count() == path.split('/').count()
    });
    found.map(|(pattern, item)| (pattern.as_str(), item))
}

/// Panics where `value` is not as `schema` says.
pub(crate) fn valid(schema: &Value, value: &Value) {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": DOCUMENT["components"],
        "allOf": [schema],
    });
    let validator = jsonschema::validator_for(&whole).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}
