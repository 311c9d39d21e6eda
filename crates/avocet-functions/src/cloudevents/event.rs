//! An event, whichever way it came or will go.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::attribute::{check_name, check_value};
use super::{AttributeFault, Binary, EventError};

/// An event. Borrowed from a message where it was read from one; [`Event::new`] starts a new one.
///
/// ```
/// use avocet_functions::cloudevents::{Data, Event};
///
/// let mut event = Event::new("7", "/shop", "order.created");
/// event.data = Data::json(&serde_json::json!({ "order": 7 }));
/// event.datacontenttype = Some("application/json".into());
/// let json = event.to_json()?;
/// assert_eq!(Event::from_json(&json)?.event.kind, "order.created");
/// # Ok::<(), avocet_functions::cloudevents::EventError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// `id`.
    pub id: Cow<'a, str>,
    /// `source`.
    pub source: Cow<'a, str>,
    /// `type`.
    pub kind: Cow<'a, str>,
    /// `subject`.
    pub subject: Option<Cow<'a, str>>,
    /// `time`, RFC 3339.
    pub time: Option<Cow<'a, str>>,
    /// `dataschema`.
    pub dataschema: Option<Cow<'a, str>>,
    /// `datacontenttype`.
    pub datacontenttype: Option<Cow<'a, str>>,
    /// Extension attributes, in order.
    pub extensions: Vec<(Cow<'a, str>, ExtensionValue<'a>)>,
    /// The data.
    pub data: Data<'a>,
}

/// Value of an extension attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtensionValue<'a> {
    /// Text, and every type that JSON has no form for (binary, URI, timestamp).
    Text(Cow<'a, str>),
    /// Boolean.
    Boolean(bool),
    /// Integer.
    Integer(i32),
}

impl ExtensionValue<'_> {
    /// Canonical text form of the value, as it stands in a header.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Integer(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// An event's data, as it came.
#[derive(Debug, Clone, Default)]
pub enum Data<'a> {
    /// None.
    #[default]
    None,
    /// A JSON value, not parsed.
    Json(Cow<'a, RawValue>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
}

impl Data<'static> {
    /// Data that is this JSON value.
    pub fn json(value: &serde_json::Value) -> Self {
        let raw = serde_json::value::to_raw_value(value).expect("a JSON value is JSON");
        Self::Json(Cow::Owned(raw))
    }
}

impl<'a> Event<'a> {
    /// An event without data and optional attributes.
    pub fn new(
        id: impl Into<Cow<'a, str>>,
        source: impl Into<Cow<'a, str>>,
        kind: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self {
            id: id.into(),
            source: source.into(),
            kind: kind.into(),
            subject: None,
            time: None,
            dataschema: None,
            datacontenttype: None,
            extensions: Vec::new(),
            data: Data::None,
        }
    }

    /// A checked binary event with its body.
    pub fn from_binary(binary: &Binary<'a>, body: &'a [u8]) -> Self {
        let mut event =
            Self::new(binary.id().to_owned(), binary.source().to_owned(), binary.kind().to_owned());
        for (name, value) in binary.attributes() {
            match name {
                "id" | "source" | "type" | "specversion" | "datacontenttype" => {}
                "subject" => event.subject = Some(value),
                "time" => event.time = Some(value),
                "dataschema" => event.dataschema = Some(value),
                _ => event.extensions.push((name.into(), ExtensionValue::Text(value))),
            }
        }
        event.datacontenttype = binary.datacontenttype();
        if !body.is_empty() {
            event.data = Data::Bytes(Cow::Borrowed(body));
        }
        event
    }

    /// Sets an extension attribute, replacing what it had.
    pub fn set_extension(&mut self, name: impl Into<Cow<'a, str>>, value: ExtensionValue<'a>) {
        let name = name.into();
        match self.extensions.iter_mut().find(|(own, _)| *own == name) {
            Some((_, own)) => *own = value,
            None => self.extensions.push((name, value)),
        }
    }

    /// An extension attribute.
    pub fn extension(&self, name: &str) -> Option<&ExtensionValue<'a>> {
        self.extensions.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// Whether every attribute keeps to its rule; the first that does not is named.
    pub fn check(&self) -> Result<(), EventError> {
        let optional = [
            ("subject", &self.subject),
            ("time", &self.time),
            ("dataschema", &self.dataschema),
            ("datacontenttype", &self.datacontenttype),
        ];
        let required = [("id", &self.id), ("source", &self.source), ("type", &self.kind)];
        let set = optional.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?)));
        for (name, value) in required.into_iter().chain(set) {
            check_value(name, value).map_err(|fault| EventError::attribute(name, fault))?;
        }
        for (index, (name, value)) in self.extensions.iter().enumerate() {
            let fail = |fault| EventError::attribute(name, fault);
            check_name(name).map_err(fail)?;
            if CORE.contains(&&**name) || self.extensions[..index].iter().any(|(n, _)| n == name) {
                return Err(fail(AttributeFault::Duplicate));
            }
            check_value(name, &value.text()).map_err(fail)?;
        }
        Ok(())
    }
}

/// Attributes that are no extensions.
pub(super) const CORE: [&str; 8] =
    ["id", "source", "type", "specversion", "subject", "time", "dataschema", "datacontenttype"];
