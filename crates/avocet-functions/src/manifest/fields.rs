//! Kinds of fields that several documents have.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::node::Value;
use super::object::{Field, Object, text_of, wrong_type};
use crate::model::{FileContent, LimitSetting};

/// A mapping of texts, by key.
pub(super) fn text_map(object: &Object<'_, '_>, key: &'static str) -> BTreeMap<String, String> {
    let Some(map) = object.object(key) else { return BTreeMap::new() };
    let text = |(entry, field): (&super::node::Entry, Field<'_>)| {
        let text = match field.node.value {
            Value::Null => Some(""),
            _ => text_of(object.cx, &field),
        };
        text.map(|text| (entry.key.clone(), text.to_owned()))
    };
    map.entries().filter_map(text).collect()
}

/// A mapping of bytes, each written in base64.
pub(super) fn base64_map(
    object: &Object<'_, '_>,
    key: &'static str,
) -> BTreeMap<String, FileContent> {
    let mut bytes = BTreeMap::new();
    let Some(map) = object.object(key) else { return bytes };
    for (entry, field) in map.entries() {
        let Some(text) = text_of(object.cx, &field) else { continue };
        let plain: String = text.split_ascii_whitespace().collect();
        match STANDARD.decode(plain) {
            Ok(decoded) => drop(bytes.insert(entry.key.clone(), decoded.into())),
            Err(error) => {
                let message = format!("not base64: {error}");
                let help = "encode the value, or write it as it is under `stringData`";
                object.cx.error_with_help(field.node.at, &field.path, message, help);
            }
        }
    }
    bytes
}

/// A text that is read by its type, whose error says what is allowed.
pub(super) fn parsed<T: FromStr<Err: Display>>(
    object: &Object<'_, '_>,
    key: &'static str,
) -> Option<T> {
    let text = scalar(object, key)?;
    match text.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            let message: T::Err = error;
            object.cx.error(object.at_of(key), &object.path_of(key), message.to_string());
            None
        }
    }
}

/// A text or a number, as text.
pub(super) fn scalar<'n>(object: &Object<'n, '_>, key: &'static str) -> Option<&'n str> {
    let field = object.get(key)?;
    match &field.node.value {
        Value::Text(text) | Value::Number(text) => Some(text),
        _ => {
            wrong_type(object.cx, &field, "a text or a number");
            None
        }
    }
}

/// A limit.
pub(super) fn limit(object: &Object<'_, '_>, setting: LimitSetting) -> Option<u64> {
    let text = scalar(object, setting.field)?;
    match setting.read(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let path = object.path_of(setting.field);
            let (at, message) = (object.at_of(setting.field), error.to_string());
            object.cx.error_with_help(at, &path, message, setting.about);
            None
        }
    }
}

/// Items of a list; `None` where the field is absent or no list.
pub(super) fn length(object: &Object<'_, '_>, key: &'static str) -> Option<usize> {
    match &object.get(key)?.node.value {
        Value::List(items) => Some(items.len()),
        _ => None,
    }
}
