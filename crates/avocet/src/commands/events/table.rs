//! Lists of events, one line for each.

use avocet_api::{Delivery, DeliveryState, EventDetails};
use jiff::Timestamp;

use super::{ages, foremost, headline, painted, recipient};
use crate::print::{cell, table};
use crate::terminal::Style;

const HEAD: [&str; 8] = ["STATE", "AGE", "TYPE", "ID", "TO", "TRIES", "NEXT", "ERROR"];

/// Characters of an error in a table.
const ERROR_CHARACTERS: usize = 80;

/// A table of events: of each the delivery that matters most, and how many others there are.
pub(super) fn lines(
    events: &[EventDetails],
    state: Option<DeliveryState>,
    style: Style,
) -> Vec<String> {
    let now = Timestamp::now();
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    rows.extend(events.iter().map(|event| row(event, foremost(event, state), now)));
    let states = events.iter().map(|event| foremost(event, state).map(|own| own.state));
    let mut lines = table(&rows);
    for (line, state) in lines.iter_mut().skip(1).zip(states) {
        if let Some(state) = state
            && let Some(rest) = line.strip_prefix(state.name())
        {
            *line = format!("{}{rest}", painted(state, state.name(), style));
        }
    }
    lines
}

fn row(event: &EventDetails, delivery: Option<&Delivery>, now: Timestamp) -> Vec<String> {
    let others = event.deliveries.len().saturating_sub(1);
    let to = match (delivery, others) {
        (None, _) => "nobody".to_owned(),
        (Some(delivery), 0) => recipient(delivery),
        (Some(delivery), others) => format!("{} +{others}", recipient(delivery)),
    };
    let state = delivery.map_or("-", |delivery| delivery.state.name());
    let tries = delivery.map_or(0, |delivery| delivery.attempts.len());
    let next = delivery.and_then(|delivery| delivery.next.as_deref());
    let next = next.map(|next| ages::ahead(next, now)).unwrap_or_default();
    let age = ages::age(&event.accepted, now);
    let why = delivery.and_then(why).map(|why| short(&why)).unwrap_or_default();
    [state, &age, &event.kind, &event.id, &to, &tries.to_string(), &next, &why].map(cell).to_vec()
}

/// Fact that a person has to know of a delivery that is not done.
fn why(delivery: &Delivery) -> Option<String> {
    if delivery.state == DeliveryState::Done {
        return None;
    }
    let error = delivery.attempts.last().and_then(|attempt| attempt.error.as_deref());
    error.map(headline).or_else(|| delivery.reason.clone())
}

fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(ERROR_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// One line for each delivery of an event that something became of, or that it was accepted.
pub(super) fn news(event: &EventDetails, style: Style) -> Vec<String> {
    let head = |state: &str| {
        let clock = event.accepted.get(11..19).unwrap_or_default();
        format!("{} {state} {} {}", style.dim(clock), event.kind, style.dim(&event.id))
    };
    if event.deliveries.is_empty() {
        return vec![format!("{}  nobody wants it", head("accepted  "))];
    }
    let line = |delivery: &Delivery| {
        let state = painted(delivery.state, &format!("{:<10}", delivery.state.name()), style);
        let mut line = format!("{}  {}", head(&state), recipient(delivery));
        if let Some(attempt) = delivery.attempts.last() {
            line.push_str(&format!("  #{} {} ms", delivery.attempts.len(), attempt.ms));
        }
        if let Some(why) = why(delivery) {
            line.push_str(&format!("  {}", short(&why)));
        }
        line
    };
    event.deliveries.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_one_line_of_some_length() {
        assert_eq!(short("Error: no\n  at x"), "Error: no");
        assert_eq!(short(&"ä".repeat(200)).chars().count(), ERROR_CHARACTERS + 1);
    }
}
