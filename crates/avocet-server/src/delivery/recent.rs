//! Events that were accepted a moment ago: most are delivered at once, and need not be read again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use avocet_backplane::Event;

/// Bytes of all of them.
const MOST_BYTES: usize = 16 << 20;

/// Their number.
const MOST_EVENTS: usize = 16_384;

/// The latest events, by position.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    events: BTreeMap<u64, Arc<Event>>,
    bytes: usize,
}

impl Recent {
    pub(super) fn get(&self, position: u64) -> Option<Arc<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).events.get(&position).cloned()
    }

    /// Adds an event; the oldest ones go for it.
    pub(super) fn add(&self, event: Event) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.bytes += weight(&event);
        if let Some(same) = held.events.insert(event.position, Arc::new(event)) {
            held.bytes -= weight(&same);
        }
        while held.bytes > MOST_BYTES || held.events.len() > MOST_EVENTS {
            let Some((_, gone)) = held.events.pop_first() else { return };
            held.bytes -= weight(&gone);
        }
    }
}

fn weight(event: &Event) -> usize {
    256 + event.data.len() + event.attributes.as_str().len()
}

#[cfg(test)]
mod tests {
    use avocet_backplane::Document;

    use super::*;

    fn event(position: u64, bytes: usize) -> Event {
        Event {
            position,
            accepted_ms: 1,
            not_before_ms: None,
            source: String::new(),
            id: String::new(),
            kind: String::new(),
            subject: None,
            attributes: Document::parse("{}").unwrap(),
            data: vec![0; bytes].into(),
        }
    }

    #[test]
    fn the_oldest_go_where_there_are_too_many_bytes() {
        let recent = Recent::default();
        for position in 1..=20 {
            recent.add(event(position, 1 << 20));
        }
        assert!(recent.get(4).is_none() && recent.get(20).is_some());
        recent.add(event(21, 17 << 20));
        assert!(recent.get(20).is_none() && recent.get(21).is_none());
        recent.add(event(22, 1));
        recent.add(event(22, 1));
        assert_eq!(recent.0.lock().unwrap().bytes, 256 + 1 + 2);
    }
}
