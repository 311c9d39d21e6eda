//! Events that are asked for.

use avocet_api::DeliveryState;
use avocet_backplane::{DeliveryFilter, EventFilter, StateKind};

use super::live::Live;
use super::{Asked, Problem};
use crate::admin::logs::since;

/// Selection of events, as the parameters of a request tell it.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    pub id: Option<String>,
    pub filter: EventFilter,
    /// Namespace and name.
    pub function: Option<(String, String)>,
    pub state: Option<DeliveryState>,
    pub since_ms: Option<u64>,
}

/// Reads the parameters.
pub(super) fn selection(asked: &Asked<'_>) -> Result<Selection, Problem> {
    let text = |name| asked.parameter(name).map(str::to_owned);
    let state = asked.parameter("state").map(|name| {
        DeliveryState::of(name).ok_or_else(|| {
            let all = DeliveryState::ALL.map(DeliveryState::name).join(", ");
            Problem::bad_request(format!("state={name:?} is none of {all}"))
        })
    });
    let namespace = text("namespace").unwrap_or_else(avocet_api::default_namespace);
    Ok(Selection {
        id: text("id"),
        filter: EventFilter { source: text("source"), types: text("type").into_iter().collect() },
        function: text("function").map(|name| (namespace, name)),
        state: state.transpose()?,
        since_ms: asked.parameter("since").map(since).transpose()?,
    })
}

impl Selection {
    /// Deliveries that an event may have to be one of these: more than the state says, since what is
    /// under way or was never looked at has no row.
    pub(super) fn deliveries(&self, live: &Live) -> Option<DeliveryFilter> {
        if self.function.is_none() && self.state.is_none() {
            return None;
        }
        let subscriptions = match &self.function {
            Some((namespace, name)) => live.of_function(namespace, name),
            None => live.all(),
        };
        let own = || subscriptions.iter().filter_map(|id| live.get(*id));
        let under_way = || own().flat_map(|own| own.under_way.iter().copied()).collect();
        let fresh_after = match self.state {
            Some(DeliveryState::Done | DeliveryState::Dead | DeliveryState::Delivering) => None,
            // Only what waits for a sink waits without a row.
            Some(DeliveryState::Waiting) => own().filter(|own| own.waits).map(|o| o.cursor).min(),
            Some(DeliveryState::Ready | DeliveryState::Scheduled) | None => {
                own().map(|own| own.cursor).min()
            }
        };
        let positions = match self.state {
            Some(DeliveryState::Delivering) | None => under_way(),
            Some(_) => Vec::new(),
        };
        Some(DeliveryFilter { states: rows(self.state), fresh_after, positions, subscriptions })
    }
}

/// States of rows that a state of a delivery can come from.
fn rows(state: Option<DeliveryState>) -> Vec<StateKind> {
    use StateKind::{Behind, Dead, Done, Taken, Waiting};
    match state {
        None => vec![Done, Waiting, Behind, Taken, Dead],
        Some(DeliveryState::Done) => vec![Done],
        Some(DeliveryState::Dead) => vec![Dead],
        Some(DeliveryState::Waiting) => vec![Waiting, Behind, Taken],
        Some(DeliveryState::Scheduled) => vec![Waiting],
        Some(DeliveryState::Ready) => vec![Waiting, Taken],
        Some(DeliveryState::Delivering) => vec![Waiting, Taken],
    }
}
