//! Views of logs that are kept elsewhere.

use super::{EventLog, NewEvent};
use crate::Pending;

/// View of an event log that is kept elsewhere (at a broker): a store of this machine in which its
/// events have their positions, and which answers every question about them. It may lose what it was
/// told last and be told again; what it is told twice changes nothing.
pub trait EventView: EventLog {
    /// Puts events at their positions, in their order.
    fn place(&self, events: Vec<PlacedEvent>) -> Pending<()>;

    /// Remembers a number under a name.
    fn mark(&self, name: &'static str, number: u64) -> Pending<()>;

    /// Number under a name; `None` where there is none.
    fn marked(&self, name: &'static str) -> Pending<Option<u64>>;

    /// Deletes everything, to begin anew.
    fn clear(&self) -> Pending<()>;
}

/// Event with its place in a log.
#[derive(Debug, Clone)]
pub struct PlacedEvent {
    /// Position.
    pub position: u64,
    /// Time of acceptance, milliseconds since the Unix epoch.
    pub accepted_ms: u64,
    /// Event.
    pub event: NewEvent,
}
