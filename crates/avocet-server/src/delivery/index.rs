//! Subscriptions by what they want.

use avocet_backplane::{Document, EventFilter};
use avocet_delivery::SubscriptionId;
use avocet_functions::filters::MatchIndex;
use serde_json::{Map, Value};

use super::wanted::Choice;

/// Finds the subscriptions that want an event, however many there are.
pub(super) struct Index {
    matches: MatchIndex,
    /// Their numbers, by place in `matches`.
    ids: Vec<SubscriptionId>,
    /// The platform's own, which want what a filter lets through.
    filters: Vec<(SubscriptionId, EventFilter)>,
}

impl Index {
    pub(super) fn of<'a>(all: impl Iterator<Item = (SubscriptionId, &'a Choice)>) -> Self {
        let (mut matches, mut ids, mut filters) = (Vec::new(), Vec::new(), Vec::new());
        for (id, choice) in all {
            match &choice.event_match {
                Some(event_match) => {
                    matches.push(event_match.clone());
                    ids.push(id);
                }
                None => filters.push((id, choice.filter.clone())),
            }
        }
        Self { matches: MatchIndex::new(matches), ids, filters }
    }

    /// Subscriptions that want an event of these attributes.
    pub(super) fn find(&self, attributes: &Document) -> Vec<SubscriptionId> {
        let attributes: Map<String, Value> = attributes.to().unwrap_or_default();
        let text = |name| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
        let (source, kind) = (text("source"), text("type"));
        let filtered = self.filters.iter().filter(|(_, filter)| filter.matches(source, kind));
        let matching = self.matches.find(&attributes).into_iter().map(|place| self.ids[place]);
        matching.chain(filtered.map(|(id, _)| *id)).collect()
    }
}
