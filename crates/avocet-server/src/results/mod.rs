//! Asynchronous calls (RFC 7240, `Prefer: respond-async`): a call becomes an event of the platform's
//! own, which is delivered, tried again and kept in the ledger as any other; what the function
//! answered becomes another event, which its caller fetches.
//!
//! ```text
//!  caller ──Prefer: respond-async──▶ gateway ──▶ Results ──▶ Bus ──▶ EventLog
//!         ◀──202, Location: …/ID────                                  │ delivery
//!                                               Direct ◀──────────────┘
//!         ──GET …/ID──▶ gateway ──▶ Results       └─▶ function, answer ─▶ EventLog
//! ```
//!
//! A function that is called so has a subscription of the platform's own, by which it also gets
//! events that somebody sends to it again without its being subscribed.
//!
//! Never in here: connections, what a retry is.

mod answer;
mod call;
mod direct;
mod upkeep;

use std::collections::HashMap;
use std::sync::Arc;

use avocet_backplane::delivery::Entry;
use avocet_backplane::{Event, EventFilter, Start};
use avocet_delivery::SubscriptionSettings;
use avocet_functions::model::FunctionName;
use tokio::sync::Mutex;

use crate::delivery::{ANSWER_WITHIN, Delivery, Functions};
pub(crate) use answer::StoredAnswer;
pub(crate) use call::StoredCall;
use direct::Direct;
pub(crate) use upkeep::upkeep;

/// Path of results, before their ids.
pub(crate) const PATH: &str = "/_avocet/results/";

/// Time for which an answer is kept, milliseconds (24 h).
const KEPT_MS: u64 = 24 * 3600 * 1000;

/// Type of the events that are calls, and of those that are answers.
const CALL: &str = "_avocet.call";
const ANSWER: &str = "_avocet.answer";

/// Beginning of the names of the platform's own subscriptions.
const OWN: &str = "direct:";

/// Whether an event of this type is the answer of a call: no event for people.
pub(crate) fn is_answer(kind: &str) -> bool {
    kind == ANSWER
}

/// The function, as `namespace/name`, that a subscription of the platform's own is for.
pub(crate) fn function_of(subscription: &str) -> Option<String> {
    let (namespace, name) = subscription.strip_prefix(OWN)?.split_once(':')?;
    Some(format!("{namespace}/{name}"))
}

/// Takes calls and gives their answers.
pub(crate) struct Results {
    delivery: Arc<Delivery>,
    functions: Arc<Functions>,
    /// Numbers of the subscriptions that are served, by function.
    served: Mutex<HashMap<String, u64>>,
}

/// State of a call.
#[derive(Debug)]
pub(crate) enum Found {
    /// Not answered yet.
    Waits,
    /// Answered.
    Answered(Box<StoredAnswer>),
    /// No such call, or not any more.
    Unknown,
}

impl Results {
    pub(crate) fn new(delivery: Arc<Delivery>, functions: Arc<Functions>) -> Arc<Self> {
        Arc::new(Self { delivery, functions, served: Mutex::default() })
    }

    /// Serves the subscriptions that earlier calls left in the log.
    ///
    /// # Errors
    /// Where the log failed.
    pub(crate) async fn begin(&self) -> avocet_backplane::Result<()> {
        for subscription in self.delivery.log.subscriptions().await? {
            let Some(own) = function_of(&subscription.name) else { continue };
            let Some((namespace, name)) = own.split_once('/') else { continue };
            if let Ok(function) = FunctionName::new(namespace, name) {
                self.subscription(&function).await?;
            }
        }
        Ok(())
    }

    /// Number of the subscription by which a function gets calls, and what is sent to it again.
    ///
    /// # Errors
    /// Where the log failed.
    pub(crate) async fn subscription(&self, name: &FunctionName) -> avocet_backplane::Result<u64> {
        let mut served = self.served.lock().await;
        if let Some(id) = served.get(name.as_str()) {
            return Ok(*id);
        }
        let own = format!("{OWN}{}:{}", name.namespace(), name.name());
        let id = self.delivery.log.subscribe(&own, Start::Next).await?.id;
        let source = Some(source_of(name));
        let filter = EventFilter { source, types: vec![CALL.to_owned()] };
        let settings = SubscriptionSettings {
            answer_within: ANSWER_WITHIN,
            ..SubscriptionSettings::default()
        };
        let log = self.delivery.log.clone();
        let sink = Direct::new(name.clone(), self.functions.clone(), log);
        self.delivery.serve_own(&own, filter, settings, Arc::new(sink)).await?;
        served.insert(name.as_str().to_owned(), id);
        Ok(id)
    }

    /// Accepts a call: it is durable when this returns its id, which nobody can guess.
    ///
    /// # Errors
    /// Where the log did not take it.
    pub(crate) async fn accept(
        &self,
        name: &FunctionName,
        call: StoredCall,
    ) -> avocet_backplane::Result<String> {
        self.subscription(name).await?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        self.delivery.bus.publish(vec![call.into_event(&id, source_of(name))]).await?;
        Ok(id)
    }

    /// State of the call with this id.
    ///
    /// # Errors
    /// Where the log failed.
    pub(crate) async fn find(&self, id: &str) -> avocet_backplane::Result<Found> {
        let events = self.delivery.log.find(id).await?;
        let Some(call) = events.iter().find(|event| event.kind == CALL) else {
            return Ok(Found::Unknown);
        };
        let states = self.delivery.log.states(call.position).await?;
        let is_over = |entry| matches!(entry, Entry::Done | Entry::Dead { .. });
        if states.is_empty() || !states.iter().all(|state| is_over(state.entry)) {
            return Ok(Found::Waits);
        }
        // The latest comes first.
        let answer = events.iter().find(|event| event.kind == ANSWER && is_kept(event));
        let answer = answer.and_then(StoredAnswer::read);
        Ok(answer.map_or(Found::Unknown, |answer| Found::Answered(Box::new(answer))))
    }
}

/// Source of the calls of a function.
fn source_of(name: &FunctionName) -> String {
    format!("/{}", name.as_str())
}

fn is_kept(answer: &Event) -> bool {
    crate::log_lines::now_ms().saturating_sub(answer.accepted_ms) < KEPT_MS
}
