//! Spans as one OTLP request. Workers send them as OTLP's JSON with their scope in a field of its
//! own; they are checked and cut to fit, not read and written anew: there may be one for each call.

use std::sync::Arc;

use avocet_workers::Definition;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A function's spans by scope: the scope's name, and what belongs between the brackets.
struct Resource<'a> {
    function: &'a Definition,
    scopes: Vec<(String, Vec<u8>)>,
}

/// An `ExportTraceServiceRequest`: spans by function, in it by scope. What is no JSON object is left
/// out.
pub(super) fn request(batch: &[(Arc<Definition>, Bytes)]) -> Vec<u8> {
    let mut resources: Vec<Resource<'_>> = Vec::new();
    let mut bytes = 0;
    for (function, json) in batch {
        let Some(span) = Span::read(json) else { continue };
        let out = spans_of(&mut resources, function, &span.scope);
        if !out.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(span.before.as_bytes());
        out.extend_from_slice(span.after.as_bytes());
        bytes += json.len();
    }
    let mut out = Vec::with_capacity(bytes + 256);
    out.extend_from_slice(br#"{"resourceSpans":["#);
    for (n, resource) in resources.iter().enumerate() {
        separate(&mut out, n);
        write_resource(&mut out, resource);
    }
    out.extend_from_slice(b"]}");
    out
}

/// Place of a function's scope, where its spans go.
fn spans_of<'r, 'a>(
    resources: &'r mut Vec<Resource<'a>>,
    function: &'a Definition,
    scope: &str,
) -> &'r mut Vec<u8> {
    let load = function.load();
    let same = |other: &Resource<'_>| {
        let other = other.function.load();
        (&other.namespace, &other.name) == (&load.namespace, &load.name)
    };
    let at = resources.iter().position(same).unwrap_or_else(|| {
        resources.push(Resource { function, scopes: Vec::new() });
        resources.len() - 1
    });
    let scopes = &mut resources[at].scopes;
    let at = scopes.iter().position(|(name, _)| name == scope).unwrap_or_else(|| {
        scopes.push((scope.to_owned(), Vec::new()));
        scopes.len() - 1
    });
    &mut scopes[at].1
}

fn write_resource(out: &mut Vec<u8>, resource: &Resource<'_>) {
    let load = resource.function.load();
    out.extend_from_slice(br#"{"resource":{"attributes":["#);
    let attributes = [("service.name", &load.name), ("service.namespace", &load.namespace)];
    for (n, (key, value)) in attributes.into_iter().enumerate() {
        separate(out, n);
        out.extend_from_slice(br#"{"key":"#);
        string(out, key);
        out.extend_from_slice(br#","value":{"stringValue":"#);
        string(out, value);
        out.extend_from_slice(b"}}");
    }
    out.extend_from_slice(br#"]},"scopeSpans":["#);
    for (n, (name, spans)) in resource.scopes.iter().enumerate() {
        separate(out, n);
        out.extend_from_slice(br#"{"scope":{"name":"#);
        string(out, name);
        out.extend_from_slice(br#"},"spans":["#);
        out.extend_from_slice(spans);
        out.extend_from_slice(b"]}");
    }
    out.extend_from_slice(b"]}");
}

fn separate(out: &mut Vec<u8>, n: usize) {
    if n > 0 {
        out.push(b',');
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a vector takes all, a string is always JSON");
}

/// A span without the field `scope`.
struct Span<'a> {
    scope: String,
    before: &'a str,
    after: &'a str,
}

impl<'a> Span<'a> {
    fn read(json: &'a [u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Scoped<'a> {
            #[serde(borrow)]
            scope: Option<&'a RawValue>,
        }
        let text = std::str::from_utf8(json).ok()?.trim();
        if !text.starts_with('{') {
            return None;
        }
        let found: Scoped<'_> = serde_json::from_str(text).ok()?;
        let Some(value) = found.scope.map(RawValue::get) else {
            return Some(Self { scope: String::new(), before: text, after: "" });
        };
        let scope = serde_json::from_str(value).unwrap_or_default();
        // A key in another spelling stays where it is; collectors ignore fields that they do not know.
        let (before, after) = cut(text, value).unwrap_or((text, ""));
        Some(Self { scope, before, after })
    }
}

/// Text before and after the field `scope`, of which `value` is the part of `text` that is its
/// value, with one comma less.
fn cut<'a>(text: &'a str, value: &str) -> Option<(&'a str, &'a str)> {
    let begin = (value.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let (before, rest) = (text.get(..begin)?, text.get(begin + value.len()..)?);
    let before = before.trim_end().strip_suffix(':')?.trim_end().strip_suffix(r#""scope""#)?;
    Some(match rest.trim_start().strip_prefix(',') {
        Some(after) => (before, after),
        None => (before.trim_end().trim_end_matches(','), rest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_is_cut_out_wherever_it_stands() {
        let cases = [
            (r#"{"name":"a"}"#, "", r#"{"name":"a"}"#),
            (r#"{"name":"a","scope":"s"}"#, "s", r#"{"name":"a"}"#),
            (r#"{"scope":"s","name":"a"}"#, "s", r#"{"name":"a"}"#),
            (r#"{"a":1,"scope":"s","b":2}"#, "s", r#"{"a":1,"b":2}"#),
            (r#" { "a" : 1 , "scope" : "s\"" } "#, "s\"", r#"{ "a" : 1  }"#),
            (r#"{"scope":null}"#, "", r#"{"scope":null}"#),
            (r#"{"scope":3}"#, "", "{}"),
            (r#"{"a":{"scope":"x"},"scope":"s"}"#, "s", r#"{"a":{"scope":"x"}}"#),
            (r#"{"\u0073cope":"s"}"#, "s", r#"{"\u0073cope":"s"}"#),
        ];
        for (json, scope, rest) in cases {
            let span = Span::read(json.as_bytes()).expect(json);
            assert_eq!(
                (&*span.scope, &*[span.before, span.after].concat()),
                (scope, rest),
                "{json}"
            );
        }
        for json in ["", "[]", "nonsense", r#"{"a":1"#, r#"{"a":1},{"b":2}"#, "3"] {
            assert!(Span::read(json.as_bytes()).is_none(), "{json}");
        }
        assert!(Span::read(b"{\"a\":\"\xff\"}").is_none());
    }
}
