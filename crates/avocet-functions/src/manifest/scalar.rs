//! Scalars and their types (YAML 1.2 §10.3, core schema).

use saphyr_parser::{ScalarStyle, Tag};

use super::node::Value;

/// Quoted and block scalars are text; a plain one is what it looks like; a tag decides before that.
pub(super) fn resolve(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<Value, &'static str> {
    let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    let own = || Value::Text(text.to_owned());
    match core {
        Some("str") => Ok(own()),
        Some("null") => Ok(Value::Null),
        Some("bool") => boolean(text).map(Value::Bool).ok_or("!!bool needs `true` or `false`"),
        Some("int" | "float") if is_number(text) => Ok(Value::Number(text.to_owned())),
        Some("int" | "float") => Err("!!int and !!float need a number"),
        Some("binary") => Err("!!binary is not supported: write the base64 text"),
        _ if style != ScalarStyle::Plain || tag.is_some() => Ok(own()),
        _ => Ok(plain(text)),
    }
}

fn plain(text: &str) -> Value {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    if let Some(flag) = boolean(text) {
        return Value::Bool(flag);
    }
    if is_number(text) { Value::Number(text.to_owned()) } else { Value::Text(text.to_owned()) }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    let special = [".inf", ".Inf", ".INF", "+.inf", "-.inf", ".nan", ".NaN", ".NAN"];
    if special.contains(&text) {
        return true;
    }
    let based = |prefix: &str, digit: fn(&u8) -> bool| {
        text.strip_prefix(prefix).is_some_and(|t| !t.is_empty() && t.as_bytes().iter().all(digit))
    };
    if based("0x", u8::is_ascii_hexdigit) || based("0o", |b| (b'0'..=b'7').contains(b)) {
        return true;
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    starts && digits.bytes().all(plain) && digits.parse::<f64>().is_ok()
}
