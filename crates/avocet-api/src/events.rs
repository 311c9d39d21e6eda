//! Events, what became of their deliveries, and what is done with them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An accepted event with its ledger. What there is none of is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventDetails {
    /// CloudEvents `id`.
    pub id: String,
    /// CloudEvents `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// CloudEvents `source`; with `id` it tells events apart.
    pub source: String,
    /// CloudEvents `subject`.
    pub subject: Option<String>,
    /// CloudEvents `time`, as it came.
    pub time: Option<String>,
    /// Time of its acceptance, RFC 3339.
    pub accepted: String,
    /// CloudEvents `datacontenttype`.
    pub datacontenttype: Option<String>,
    /// Data: the value where it is JSON, else its text; null where there is none, or it is no text.
    pub data: Value,
    /// Data that is neither JSON nor text, as the JSON format of CloudEvents has it.
    #[serde(default, rename = "data_base64", skip_serializing_if = "Option::is_none")]
    pub data_base64: Option<String>,
    /// Deliveries, one for each subscription that wants it.
    pub deliveries: Vec<Delivery>,
}

impl EventDetails {
    /// The state that matters most among its deliveries; `None` where nobody wants it.
    pub fn state(&self) -> Option<DeliveryState> {
        self.deliveries.iter().map(|delivery| delivery.state).min()
    }
}

/// Delivery of an event to one subscriber: `function` with its `namespace`, or `sink`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The function's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// URL that it goes to, where that is no function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sink: Option<String>,
    /// State.
    pub state: DeliveryState,
    /// Attempts, in their order; of very many the first and the latest ones.
    pub attempts: Vec<Attempt>,
    /// Time of the next attempt, RFC 3339, where one is due.
    pub next: Option<String>,
    /// Reason for that state, where it is not plain.
    pub reason: Option<String>,
}

/// State of a delivery, in the order in which they matter to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// Not delivered any more, until it is replayed.
    Dead,
    /// Waiting after a failure, for an earlier event of its subject, or for a missing function.
    Waiting,
    /// With the function now.
    Delivering,
    /// About to be delivered.
    Ready,
    /// Due at a time to come.
    Scheduled,
    /// Delivered.
    Done,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Ready, Self::Delivering, Self::Waiting, Self::Scheduled, Self::Dead, Self::Done];

    /// Name, as the API has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Delivering => "delivering",
            Self::Waiting => "waiting",
            Self::Scheduled => "scheduled",
            Self::Dead => "dead",
            Self::Done => "done",
        }
    }

    /// The state of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Time of its begin, RFC 3339.
    pub time: String,
    /// Time until its end, milliseconds.
    pub ms: u64,
    /// Status of the answer; null where there was none.
    pub status: Option<u16>,
    /// Failure, with the line of the source where that is known.
    pub error: Option<String>,
    /// Trace id, 32 hexadecimal digits.
    pub trace: Option<String>,
    /// Invocation's number, as log lines have it.
    pub invocation: Option<String>,
    /// Lines that the function logged meanwhile.
    pub log: Vec<String>,
}

/// Events, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventList {
    /// Events.
    pub events: Vec<EventDetails>,
    /// `from` of the next page; absent at the end. A page can be short, or empty, before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Selection of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this `id`.
    pub id: Option<String>,
    /// Of this `type`; a `*` at its end stands for whatever follows.
    pub kind: Option<String>,
    /// Of this `source`.
    pub source: Option<String>,
    /// With a delivery to this function.
    pub function: Option<String>,
    /// Namespace of that function. `None`: `default`.
    pub namespace: Option<String>,
    /// With a delivery in this state; together with `function` it is that function's.
    pub state: Option<DeliveryState>,
    /// Accepted then or later: a duration before now (`90s`, `10m`, `2h`, `1d`), or an RFC 3339
    /// time.
    pub since: Option<String>,
    /// At most so many in one answer.
    pub limit: Option<usize>,
    /// Page, from [`EventList::next`] of the one before.
    pub from: Option<u64>,
}

/// Replay of one event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayEventRequest {
    /// The event's source, where several events have its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Function that gets it, subscribed or not; absent: those whose delivery is dead, or where none
    /// is, all whose delivery is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The function's namespace; absent: `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Replay of dead deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayDeadRequest {
    /// Function that they go to; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The function's namespace; absent: `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Time of the earliest acceptance: a duration before now, or an RFC 3339 time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// Result of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayReport {
    /// Deliveries that wait again, ready at once.
    pub replayed: u64,
}

/// Result of a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeReport {
    /// Events that were deleted.
    pub purged: u64,
    /// Events that matched and stayed: a subscriber still waits for them.
    pub kept: u64,
}

/// Result of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Events that were accepted.
    pub imported: u64,
    /// Events that had been accepted a moment before.
    pub duplicates: u64,
    /// Lines that were left out, with what is wrong with them.
    pub errors: Vec<ImportError>,
}

/// A line that was not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportError {
    /// Line, from 1.
    pub line: u64,
    /// Mistake in it.
    pub error: String,
}

#[cfg(test)]
mod tests {
    use super::DeliveryState;

    #[test]
    fn a_state_has_its_name_everywhere() {
        for state in DeliveryState::ALL {
            assert_eq!(DeliveryState::of(state.name()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
        assert_eq!(DeliveryState::of("lost"), None);
    }
}
