//! Events as people see them.

use avocet_api::{Attempt, Delivery, DeliveryState, EventDetails};
use avocet_backplane::delivery::{DeadReason, Entry, Tries};
use avocet_backplane::{Event, ListedDelivery, ListedEvent};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::live::{Live, Recipient, Subscriber};
use crate::admin::time::rfc3339;
use crate::delivery::Attempt as Noted;
use crate::log_lines::now_ms;

/// An event with its deliveries; the log lines of their attempts are another's.
pub(super) fn details(listed: &ListedEvent, live: &Live) -> EventDetails {
    let ListedEvent { event, deliveries } = listed;
    let attributes: Map<String, Value> = event.attributes.to().unwrap_or_default();
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_owned);
    let datacontenttype = text("datacontenttype");
    let (data, data_base64) = data(event, datacontenttype.as_deref());
    EventDetails {
        id: event.id.clone(),
        kind: event.kind.clone(),
        source: event.source.clone(),
        subject: event.subject.clone(),
        time: text("time"),
        accepted: rfc3339(event.accepted_ms),
        datacontenttype,
        data,
        data_base64,
        deliveries: all(event, deliveries, live),
    }
}

/// Data as JSON: the value itself, its text, or else its bytes.
fn data(event: &Event, datacontenttype: Option<&str>) -> (Value, Option<String>) {
    if event.data.is_empty() {
        return (Value::Null, None);
    }
    if datacontenttype.is_none_or(is_json)
        && let Ok(value) = serde_json::from_slice(&event.data)
    {
        return (value, None);
    }
    match std::str::from_utf8(&event.data) {
        Ok(text) => (text.into(), None),
        Err(_) => (Value::Null, Some(STANDARD.encode(&event.data))),
    }
}

/// Whether a media type is one of JSON.
pub(super) fn is_json(media: &str) -> bool {
    let kind = media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase();
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}

fn all(event: &Event, rows: &[ListedDelivery], live: &Live) -> Vec<Delivery> {
    let mut deliveries: Vec<Delivery> =
        rows.iter().filter_map(|row| of_row(event, row, live.get(row.subscription)?)).collect();
    let fresh = live.iter().filter(|(id, own)| {
        event.position > own.cursor
            && own.choice.as_ref().is_some_and(|choice| choice.wants(event))
            && rows.iter().all(|row| row.subscription != *id)
    });
    deliveries.extend(fresh.map(|(_, subscriber)| fresh_delivery(event, subscriber)));
    deliveries.sort_by(|a, b| key(a).cmp(&key(b)));
    deliveries
}

fn key(delivery: &Delivery) -> (&Option<String>, &Option<String>, &Option<String>) {
    (&delivery.namespace, &delivery.function, &delivery.sink)
}

/// A delivery with a row. One that ended without an attempt was passed over.
fn of_row(event: &Event, row: &ListedDelivery, subscriber: &Subscriber) -> Option<Delivery> {
    let attempts: Vec<Attempt> =
        row.notes.iter().filter_map(|note| Noted::read(note)).map(attempt).collect();
    if row.entry == Entry::Done && attempts.is_empty() {
        return None;
    }
    let ended = matches!(row.entry, Entry::Done | Entry::Dead { .. });
    let state = match !ended && subscriber.under_way.contains(&event.position) {
        true => State::plain(DeliveryState::Delivering),
        false => of_entry(row.entry, subscriber, attempts.last()),
    };
    Some(delivery(subscriber, state, attempts))
}

fn fresh_delivery(event: &Event, subscriber: &Subscriber) -> Delivery {
    let state = if subscriber.under_way.contains(&event.position) {
        State::plain(DeliveryState::Delivering)
    } else if let Some(at_ms) = event.not_before_ms.filter(|at| *at > now_ms()) {
        State { next: Some(at_ms), ..State::plain(DeliveryState::Scheduled) }
    } else {
        due(subscriber)
    };
    delivery(subscriber, state, Vec::new())
}

/// State with when it goes on, and why it is so.
struct State {
    state: DeliveryState,
    next: Option<u64>,
    reason: Option<String>,
}

impl State {
    fn plain(state: DeliveryState) -> Self {
        Self { state, next: None, reason: None }
    }

    fn because(state: DeliveryState, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::plain(state) }
    }
}

fn of_entry(entry: Entry, subscriber: &Subscriber, last: Option<&Attempt>) -> State {
    match entry {
        Entry::Done => State::plain(DeliveryState::Done),
        Entry::Dead { tries, reason } => {
            State::because(DeliveryState::Dead, dead_reason(tries, reason, last))
        }
        Entry::Behind { .. } => {
            State::because(DeliveryState::Waiting, "behind an earlier event of its subject")
        }
        Entry::Waiting { tries, at_ms, .. } if at_ms > now_ms() => match tries {
            Tries { failed: 0, refused: 0 } => {
                State { next: Some(at_ms), ..State::plain(DeliveryState::Scheduled) }
            }
            tries => State {
                next: Some(at_ms),
                ..State::because(DeliveryState::Waiting, waiting_reason(tries))
            },
        },
        Entry::Waiting { .. } | Entry::Taken { .. } | Entry::Return => due(subscriber),
    }
}

/// State of what is due: ready, unless its sink is not there.
fn due(subscriber: &Subscriber) -> State {
    if !subscriber.waits {
        return State::plain(DeliveryState::Ready);
    }
    State::because(
        DeliveryState::Waiting,
        match &subscriber.recipient {
            Recipient::Function { namespace, name } => {
                format!("the function {namespace}/{name} is not there")
            }
            Recipient::Sink(_) => "its sink is not there".to_owned(),
        },
    )
}

fn waiting_reason(tries: Tries) -> String {
    match tries {
        Tries { failed, refused: 0 } => format!("failed {}", times(failed)),
        Tries { failed: 0, refused } => format!("refused by the platform {}", times(refused)),
        Tries { failed, refused } => {
            format!("failed {}, refused by the platform {}", times(failed), times(refused))
        }
    }
}

fn dead_reason(tries: Tries, reason: DeadReason, last: Option<&Attempt>) -> String {
    match reason {
        DeadReason::Rejected => match last.and_then(|attempt| attempt.status) {
            Some(status) => format!("answered {status}: never to be delivered again"),
            None => "never to be delivered again".to_owned(),
        },
        DeadReason::MaxDeliveries => {
            format!("failed {}, as often as maxDeliveries allows", times(tries.failed))
        }
        DeadReason::MaxAge => {
            format!("failed {}, and is older than maxAge allows", times(tries.failed))
        }
    }
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn attempt(noted: Noted) -> Attempt {
    let Noted { at, ms, status, error, trace, invocation } = noted;
    Attempt { time: rfc3339(at), ms, status, error, trace, invocation, log: Vec::new() }
}

fn delivery(subscriber: &Subscriber, state: State, attempts: Vec<Attempt>) -> Delivery {
    let (namespace, function, sink) = match subscriber.recipient.clone() {
        Recipient::Function { namespace, name } => (Some(namespace), Some(name), None),
        Recipient::Sink(sink) => (None, None, Some(sink)),
    };
    let State { state, next, reason } = state;
    Delivery { namespace, function, sink, state, attempts, next: next.map(rfc3339), reason }
}
