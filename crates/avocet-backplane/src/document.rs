//! JSON that is stored as it came.

use std::fmt::{self, Write as _};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Error, Result};

/// The content of a resource: valid JSON text, not interpreted here.
///
/// Keep sources out of it: they are files of a revision, and are read only when they are asked for,
/// while documents come with every list.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(Box<RawValue>);

impl Document {
    /// Document that `value` serialises to.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it cannot become JSON (a map whose keys are not strings).
    pub fn of(value: &impl Serialize) -> Result<Self> {
        serde_json::value::to_raw_value(value).map(Self).map_err(|e| invalid(&e))
    }

    /// Checks that `text` is one JSON value.
    ///
    /// # Errors
    /// [`Error::Invalid`] with line and column where it is not.
    pub fn parse(text: impl Into<String>) -> Result<Self> {
        RawValue::from_string(text.into()).map(Self).map_err(|e| invalid(&e))
    }

    /// Reads it as a `T`.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the JSON is not a `T`.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.as_str()).map_err(|e| invalid(&e))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The text with keys in order and no white space: equal for equal content, however written.
    pub(crate) fn canonical(&self) -> Result<String> {
        let value: Value = self.to()?;
        let mut out = String::with_capacity(self.as_str().len());
        write_canonical(&value, &mut out);
        Ok(out)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Document {}

impl fmt::Debug for Document {
    /// The length only: a document may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.as_str().len())
    }
}

fn invalid(error: &serde_json::Error) -> Error {
    Error::Invalid { field: "document".into(), reason: error.to_string() }
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_scalar(&Value::from(key.as_str()), out);
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        scalar => write_scalar(scalar, out),
    }
}

fn write_scalar(value: &Value, out: &mut String) {
    write!(out, "{value}").expect("a string takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn the_canonical_text_ignores_key_order_and_white_space() {
        let a = Document::parse(r#"{ "b": [1, {"y":2,"x":"é\n"}], "a": null }"#).unwrap();
        let b = Document::parse(r#"{"a":null,"b":[1,{"x":"é\n","y":2}]}"#).unwrap();
        assert_ne!(a, b);
        assert_eq!(a.canonical().unwrap(), b.canonical().unwrap());
        assert_eq!(b.canonical().unwrap(), b.as_str());
    }

    #[test]
    fn broken_json_is_refused_with_its_place() {
        let error = Document::parse("{\"a\":\n  oops}").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn debug_text_shows_no_content() {
        let secret = Document::parse(r#"{"password":"hunter2"}"#).unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
