//! Events that a selection means, one after the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use avocet_api::EventDetails;
use avocet_backplane::{Event, EventList, EventLog, EventOrder, EventQuery, ListedEvent};

use super::live::Live;
use super::query::Selection;
use super::{Problem, view};
use crate::delivery::Delivery;
use crate::results;

/// Time after which a request is answered with what was found.
const SOON: Duration = Duration::from_secs(1);

/// Most events that are read ahead.
const AHEAD: usize = 100;

/// Reads the log page by page.
pub(super) struct Pages {
    delivery: Arc<Delivery>,
    which: Selection,
    live: Live,
    query: EventQuery,
    read: VecDeque<ListedEvent>,
    /// True once the log has no more.
    is_last: bool,
    /// Position of the last event that was given or passed over.
    passed: Option<u64>,
    begun: Instant,
}

impl Pages {
    pub(super) fn new(
        delivery: Arc<Delivery>,
        which: Selection,
        live: Live,
        order: EventOrder,
        from: Option<u64>,
    ) -> Self {
        let query = EventQuery {
            order,
            from,
            filter: which.filter.clone(),
            id: which.id.clone(),
            since_ms: which.since_ms,
            deliveries: which.deliveries(&live),
            limit: AHEAD,
        };
        let (read, is_last, passed, begun) = (VecDeque::new(), false, from, Instant::now());
        Self { delivery, which, live, query, read, is_last, passed, begun }
    }

    /// Whether whoever asked has not waited for long.
    pub(super) fn is_young(&self) -> bool {
        self.begun.elapsed() < SOON
    }

    /// Position from which a later request goes on; `None` at the end.
    pub(super) fn from(&self) -> Option<u64> {
        match self.is_last && self.read.is_empty() {
            true => None,
            false => self.passed,
        }
    }

    /// The next event, of which about `wanted` are wanted; `None` at the end, or where it takes long.
    pub(super) async fn next(
        &mut self,
        wanted: usize,
    ) -> Result<Option<(Event, EventDetails)>, Problem> {
        loop {
            while let Some(listed) = self.read.pop_front() {
                self.passed = Some(listed.event.position);
                let details = view::details(&listed, &self.live);
                if self.is_wanted(&listed.event, &details) {
                    return Ok(Some((listed.event, details)));
                }
            }
            if self.is_last || !self.is_young() {
                return Ok(None);
            }
            self.query.limit = wanted.clamp(1, AHEAD);
            let EventList { events, next } = self.delivery.log.list(self.query.clone()).await?;
            self.read.extend(events);
            self.is_last = next.is_none();
            if self.read.is_empty() {
                self.passed = next.or(self.passed);
            }
            self.query.from = next;
        }
    }

    /// Begins to wait anew: for answers that may take as long as they need.
    pub(super) async fn next_whenever(&mut self) -> Result<Option<(Event, EventDetails)>, Problem> {
        self.begun = Instant::now();
        loop {
            let found = self.next(AHEAD).await?;
            if found.is_some() || self.from().is_none() {
                return Ok(found);
            }
            self.begun = Instant::now();
        }
    }

    fn is_wanted(&self, event: &Event, details: &EventDetails) -> bool {
        wants(&self.which, event, details)
    }
}

/// Whether an event is of a selection, by what became of it; what it says was looked at before.
pub(super) fn wants(which: &Selection, event: &Event, details: &EventDetails) -> bool {
    if results::is_answer(&event.kind) {
        return false;
    }
    let (function, state) = (&which.function, which.state);
    let is = |delivery: &avocet_api::Delivery| {
        function.as_ref().is_none_or(|(namespace, name)| {
            delivery.namespace.as_ref() == Some(namespace)
                && delivery.function.as_ref() == Some(name)
        }) && state.is_none_or(|state| state == delivery.state)
    };
    (function.is_none() && state.is_none()) || details.deliveries.iter().any(is)
}

/// One event with its rows.
pub(super) async fn one(log: &dyn EventLog, position: u64) -> Result<Option<ListedEvent>, Problem> {
    let query = EventQuery {
        order: EventOrder::OldestFirst,
        from: Some(position.saturating_sub(1)),
        limit: 1,
        ..EventQuery::default()
    };
    let found = log.list(query).await?.events.into_iter().next();
    Ok(found.filter(|listed| listed.event.position == position))
}
