//! Events.

use bytes::Bytes;

use crate::{Document, Error, Result};

/// Largest event: bytes of data, attributes and names together.
pub const MAX_EVENT_BYTES: usize = 16 << 20;

/// Longest source, id, type or subject, bytes.
const MAX_NAME_BYTES: usize = 16 << 10;

/// Event to be appended.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// CloudEvents `source`; with `id` it tells events apart.
    pub source: String,
    /// CloudEvents `id`.
    pub id: String,
    /// CloudEvents `type`.
    pub kind: String,
    /// CloudEvents `subject`.
    pub subject: Option<String>,
    /// Every attribute, these included, as a JSON object.
    pub attributes: Document,
    /// Data.
    pub data: Bytes,
    /// Time before which it is not delivered, milliseconds since the Unix epoch.
    pub not_before_ms: Option<u64>,
}

impl NewEvent {
    /// Bytes that it holds in memory while it waits, and about what it takes on the disk.
    pub fn weight(&self) -> usize {
        let names = [&self.source, &self.id, &self.kind].map(String::len).iter().sum::<usize>();
        let subject = self.subject.as_ref().map_or(0, String::len);
        128 + names + subject + self.attributes.as_str().len() + self.data.len()
    }

    /// Checks what can be checked without the store: implementations call it first.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::TooLarge`].
    pub fn check(&self) -> Result<()> {
        for (field, text) in [("source", &self.source), ("id", &self.id), ("type", &self.kind)] {
            if text.is_empty() {
                let reason = "must not be empty".to_owned();
                return Err(Error::Invalid { field: field.into(), reason });
            }
        }
        let subject = self.subject.as_ref();
        let names = [&self.source, &self.id, &self.kind].into_iter().chain(subject);
        for (text, field) in names.zip(["source", "id", "type", "subject"]) {
            if text.len() > MAX_NAME_BYTES {
                let reason = format!("is longer than {MAX_NAME_BYTES} bytes");
                return Err(Error::Invalid { field: field.into(), reason });
            }
        }
        let weight = self.weight();
        if weight > MAX_EVENT_BYTES {
            return Err(Error::TooLarge {
                what: format!("event {:?}", self.id.chars().take(80).collect::<String>()),
                size: format!("{weight} bytes"),
                limit: format!("{MAX_EVENT_BYTES} bytes"),
            });
        }
        Ok(())
    }
}

/// Result of appending an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Position, of a duplicate that of the first.
    pub position: u64,
    /// True of a duplicate, which was not stored again.
    pub duplicate: bool,
}

/// Event that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Position.
    pub position: u64,
    /// Time of acceptance, milliseconds since the Unix epoch.
    pub accepted_ms: u64,
    /// Time before which it is not delivered, milliseconds since the Unix epoch.
    pub not_before_ms: Option<u64>,
    /// CloudEvents `source`.
    pub source: String,
    /// CloudEvents `id`.
    pub id: String,
    /// CloudEvents `type`.
    pub kind: String,
    /// CloudEvents `subject`.
    pub subject: Option<String>,
    /// Every attribute, as it came.
    pub attributes: Document,
    /// Data.
    pub data: Bytes,
}

/// Events in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// Events.
    pub events: Vec<Event>,
    /// True where more follow.
    pub more: bool,
}
