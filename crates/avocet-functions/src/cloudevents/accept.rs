//! Events as functions are called with them: of every version, and with what senders got away with.
//!
//! A bus is strict, so that what is published can be delivered everywhere. A function is called by
//! whoever was written years ago; what can be understood is handed to it, with the attributes' names
//! of 1.0, and its log has a warning.

use std::borrow::Cow;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{AttributeFault, Binary, Event, EventError, Mode, SPECVERSION, mode};

/// Changes to an event before a function gets it; each field is empty where nothing is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Headers beside the caller's, which they replace where the names are the same.
    pub headers: Vec<(HeaderName, String)>,
    /// The body, where it is another one.
    pub body: Option<Vec<u8>>,
    /// Warning for the function's log.
    pub warning: Option<String>,
}

impl Accepted {
    /// [`Accepted::headers`], borrowed.
    pub fn replaced(&self) -> Vec<(HeaderName, &str)> {
        self.headers.iter().map(|(name, value)| (name.clone(), value.as_str())).collect()
    }

    fn set_body(&mut self, body: Option<Vec<u8>>) {
        if let Some(body) = &body {
            self.headers.push((CONTENT_LENGTH, body.len().to_string()));
        }
        self.body = body;
    }
}

/// An event of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// Id of the event; empty where it has none.
    pub id: String,
    /// Text of the event, as structured JSON.
    pub raw: Cow<'a, str>,
    /// Warning for the function's log.
    pub warning: Option<String>,
}

/// Versions before 1.0 that are understood.
const OLDER: [&str; 3] = ["0.1", "0.2", "0.3"];

/// Names of attributes before 1.0, in lower case, and what they are called since.
const RENAMED: [(&str, &str); 7] = [
    ("cloudeventsversion", "specversion"),
    ("contenttype", "datacontenttype"),
    ("eventid", "id"),
    ("eventtime", "time"),
    ("eventtype", "type"),
    ("schemaurl", "dataschema"),
    ("schemaversion", "dataschemaversion"),
];

/// Mode in which a call carries an event, by its headers: as [`mode`], and by the headers of
/// version 0.1.
///
/// # Errors
/// As [`mode`].
pub fn call_mode(headers: &HeaderMap) -> Result<Mode, EventError> {
    let found = mode(headers)?;
    let first = ["ce-eventid", "ce-eventtype", "ce-cloudeventsversion"];
    let is_event = || first.iter().any(|name| headers.contains_key(*name));
    Ok(if found == Mode::None && is_event() { Mode::Binary } else { found })
}

/// Checks the event of a call that is no batch.
///
/// # Errors
/// What is wrong with an event that says that it is of 1.0 and lacks what it must have, or with
/// one of a version that is not known.
pub fn accept(mode: Mode, headers: &HeaderMap, body: &[u8]) -> Result<Accepted, EventError> {
    match mode {
        Mode::None | Mode::Batch => Ok(Accepted::default()),
        Mode::Binary => binary(headers, body),
        Mode::Structured => {
            let Err(error) = Event::from_json(body) else { return Ok(Accepted::default()) };
            let text = std::str::from_utf8(body).map_err(|_| error.clone())?;
            let (text, warning) = structured(text, error)?;
            let mut accepted = Accepted { warning: Some(warning), ..Accepted::default() };
            accepted.set_body(text.map(String::into_bytes));
            Ok(accepted)
        }
    }
}

/// As [`accept`], for each event of a batch.
///
/// # Errors
/// Where the batch is none, or one of its events is refused.
pub fn accept_batch(json: &[u8]) -> Result<Vec<Member<'_>>, EventError> {
    let error = match super::batch(json) {
        Ok(events) => {
            let strict = |event: super::Structured<'_>| event.event.id.to_string();
            let raws: Vec<&str> = events.iter().map(|event| event.raw).collect();
            let ids = events.into_iter().map(strict);
            let member = |(id, raw)| Member { id, raw: Cow::Borrowed(raw), warning: None };
            return Ok(ids.zip(raws).map(member).collect());
        }
        Err(error) => error,
    };
    let Ok(members) = serde_json::from_slice::<Vec<&RawValue>>(json) else { return Err(error) };
    let of = members.len();
    let accepted = members.into_iter().enumerate().map(|(index, member)| {
        let raw = member.get();
        let in_batch =
            |error| EventError::InBatch { number: index + 1, of, error: Box::new(error) };
        let (text, warning) = match Event::from_json(raw.as_bytes()) {
            Ok(_) => (None, None),
            Err(error) => {
                let (text, warning) = structured(raw, error).map_err(in_batch)?;
                (text, Some(warning))
            }
        };
        let raw = text.map_or(Cow::Borrowed(raw), Cow::Owned);
        Ok(Member { id: id_of(&raw), raw, warning })
    });
    accepted.collect()
}

fn id_of(raw: &str) -> String {
    let parsed = serde_json::from_str::<Value>(raw).unwrap_or_default();
    match parsed.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// Whether an event of 1.0 is understood all the same.
fn is_tolerable(error: &EventError) -> bool {
    use AttributeFault::{
        Character, ContentType, Encoding, ExtensionType, MediaType, Name, NotString, Uri,
        UriReference,
    };
    let EventError::Attribute { attribute, fault } = error else { return false };
    match fault {
        Character | ContentType | Encoding | ExtensionType | MediaType | Name | Uri
        | UriReference => true,
        NotString => attribute != "specversion",
        _ => false,
    }
}

/// Warning for the log about an event that is not of 1.0.
fn told(version: Option<&str>) -> String {
    match version {
        Some(version) => {
            format!("a CloudEvent of version {version}: its attributes have the names of 1.0 here")
        }
        None => "a CloudEvent without `specversion`: taken for one of 1.0".to_owned(),
    }
}

/// The version that is given, if it is older than 1.0 or absent.
fn older<'v>(version: Option<&'v str>, error: &EventError) -> Result<Option<&'v str>, EventError> {
    match version {
        None => Ok(None),
        Some(version) if OLDER.contains(&version) => Ok(Some(version)),
        Some(_) => Err(error.clone()),
    }
}

fn binary(headers: &HeaderMap, body: &[u8]) -> Result<Accepted, EventError> {
    let Err(error) = Binary::check(headers) else { return Ok(Accepted::default()) };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let version = text("ce-specversion").or_else(|| text("ce-cloudeventsversion"));
    if version == Some(SPECVERSION) {
        return tolerated(error);
    }
    let version = older(version, &error)?;
    let mut accepted = Accepted { warning: Some(told(version)), ..Accepted::default() };
    for (name, value) in headers {
        let renamed = name.as_str().strip_prefix("ce-").and_then(renamed_header);
        if let (Some(renamed), Some(value)) = (renamed, value_text(value))
            && !headers.contains_key(&renamed)
        {
            accepted.headers.push((renamed, value));
        }
    }
    if !headers.contains_key("ce-specversion") {
        let specversion = HeaderName::from_static("ce-specversion");
        let given = accepted.headers.iter().any(|(name, _)| *name == specversion);
        if !given {
            accepted.headers.push((specversion, SPECVERSION.to_owned()));
        }
    }
    let base64 = |encoding: &str| encoding.eq_ignore_ascii_case("base64");
    if text("ce-datacontentencoding").is_some_and(base64) {
        accepted.set_body(decoded(body));
    }
    Ok(accepted)
}

fn tolerated(error: EventError) -> Result<Accepted, EventError> {
    match is_tolerable(&error) {
        true => Ok(Accepted { warning: Some(error.to_string()), ..Accepted::default() }),
        false => Err(error),
    }
}

/// The header of an attribute that 1.0 calls otherwise; `x-` was before extensions in 0.1.
fn renamed_header(attribute: &str) -> Option<HeaderName> {
    let found = RENAMED.iter().find(|(old, _)| *old == attribute).map(|(_, new)| (*new).to_owned());
    let extension = || attribute.strip_prefix("x-").map(|name| name.replace('-', ""));
    HeaderName::try_from(format!("ce-{}", found.or_else(extension)?)).ok()
}

fn value_text(value: &HeaderValue) -> Option<String> {
    std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned)
}

fn decoded(body: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let plain: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(plain).ok()
}

/// Text to hand on, where it is another one, and the warning for the log.
fn structured(text: &str, error: EventError) -> Result<(Option<String>, String), EventError> {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else { return Err(error) };
    let version = members.get("specversion").or_else(|| members.get("cloudEventsVersion"));
    let version = match version {
        None | Some(Value::Null) => None,
        Some(Value::String(version)) => Some(version.as_str()),
        Some(_) => return Err(error),
    };
    if version == Some(SPECVERSION) {
        return tolerated(error).map(|accepted| (None, accepted.warning.unwrap_or_default()));
    }
    let version = older(version, &error)?.map(str::to_owned);
    if !members.contains_key("type") && !members.contains_key("eventType") {
        return Err(EventError::attribute("type", AttributeFault::Missing));
    }
    let renamed = rename(members);
    // A value has a text.
    let text = serde_json::to_string(&renamed).unwrap_or_default();
    Ok((Some(text), told(version.as_deref())))
}

/// The members with the names of 1.0.
fn rename(mut members: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    let extensions = match members.remove("extensions") {
        Some(Value::Object(extensions)) => extensions,
        Some(other) => Map::from_iter([("extensions".to_owned(), other)]),
        None => Map::new(),
    };
    let encoding = members.remove("datacontentencoding");
    let base64 =
        encoding.is_some_and(|e| e.as_str().is_some_and(|e| e.eq_ignore_ascii_case("base64")));
    for (name, value) in extensions.into_iter().chain(members) {
        let (name, value) = match name.as_str() {
            "data" if base64 && value.is_string() => ("data_base64".to_owned(), value),
            "data" | "data_base64" => (name, value),
            _ => (attribute_name(&name), attribute_value(value)),
        };
        out.insert(name, value);
    }
    out.entry("specversion").or_insert_with(|| SPECVERSION.into());
    out
}

fn attribute_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    match RENAMED.iter().find(|(old, _)| *old == lower) {
        Some((_, new)) => (*new).to_owned(),
        None => lower,
    }
}

/// Attributes have no parts.
fn attribute_value(value: Value) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) => Value::String(value.to_string()),
        other => other,
    }
}
