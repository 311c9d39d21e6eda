//! One event with everything that is known of it.

use avocet_api::{Attempt, Delivery, EventDetails};
use jiff::Timestamp;
use serde_json::Value;

use super::{ages, headline, painted, recipient};
use crate::terminal::Style;

/// Characters of data that are shown; `-o json` has all of it.
const DATA_CHARACTERS: usize = 2000;

/// Lines that a person reads.
pub(super) fn lines(event: &EventDetails, style: Style) -> Vec<String> {
    let now = Timestamp::now();
    let mut lines = vec![format!("{}  {}", style.cyan(&event.kind), event.id)];
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            lines.push(format!("  {}  {value}", style.dim(&format!("{name:<12}"))));
        }
    };
    field("source", Some(event.source.clone()));
    field("subject", event.subject.clone());
    field("time", event.time.clone());
    let age = ages::age(&event.accepted, now);
    field("accepted", Some(format!("{}  ({age} ago)", event.accepted)));
    field("content type", event.datacontenttype.clone());
    field("data", data(event));
    if event.deliveries.is_empty() {
        lines.push("nobody wants it: it is kept for a while".to_owned());
    }
    for delivery in &event.deliveries {
        lines.extend(of_delivery(delivery, now, style));
    }
    lines
}

fn data(event: &EventDetails) -> Option<String> {
    let text = match (&event.data, &event.data_base64) {
        (_, Some(base64)) => format!("(base64) {base64}"),
        (Value::Null, None) => return None,
        (Value::String(text), None) => text.clone(),
        (value, None) => value.to_string(),
    };
    Some(match text.char_indices().nth(DATA_CHARACTERS) {
        Some((end, _)) => format!("{}… ({} bytes; -o json has all)", &text[..end], text.len()),
        None => text,
    })
}

fn of_delivery(delivery: &Delivery, now: Timestamp, style: Style) -> Vec<String> {
    let state = painted(delivery.state, delivery.state.name(), style);
    let mut head = format!("{}  {state}", recipient(delivery));
    if let Some(next) = &delivery.next {
        head.push_str(&format!("  next attempt {} ({next})", ages::ahead(next, now)));
    }
    if let Some(reason) = &delivery.reason {
        head.push_str(&format!("  {reason}"));
    }
    let mut lines = vec![head];
    for (number, attempt) in (1..).zip(&delivery.attempts) {
        lines.extend(of_attempt(number, attempt, style));
    }
    lines
}

fn of_attempt(number: usize, attempt: &Attempt, style: Style) -> Vec<String> {
    let status = attempt.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let mut head = format!("  {number:>3}  {}  {:>6} ms  {status}", attempt.time, attempt.ms);
    if let Some(error) = &attempt.error {
        head.push_str(&format!("  {}", style.red(&headline(error))));
    }
    let mut lines = vec![head];
    // The log has the error whole, where the function said it.
    let log = attempt.log.iter().flat_map(|line| line.lines());
    lines.extend(log.map(|line| format!("       {} {line}", style.dim("|"))));
    if let (Some(trace), Some(invocation)) = (&attempt.trace, &attempt.invocation) {
        let ids = format!("trace {trace}, invocation {invocation}");
        lines.push(format!("       {}", style.dim(&ids)));
    }
    lines
}
