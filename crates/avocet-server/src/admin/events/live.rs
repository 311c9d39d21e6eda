//! Subscribers as they are at one moment.

use std::collections::{HashMap, HashSet};

use avocet_delivery::Phase;

use super::Problem;
use crate::delivery::{Choice, Delivery};
use crate::results;

/// Subscribers by the numbers of their subscriptions.
#[derive(Debug)]
pub(super) struct Live(HashMap<u64, Subscriber>);

/// Subscription with whom it is for.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub recipient: Recipient,
    /// Position up to which events need no further look.
    pub cursor: u64,
    /// Events that it wants; none where it is not served.
    pub choice: Option<Choice>,
    /// Whether it waits for its sink.
    pub waits: bool,
    /// Positions that are being delivered.
    pub under_way: HashSet<u64>,
}

/// Recipient of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipient {
    Function { namespace: String, name: String },
    Sink(String),
}

impl Recipient {
    fn of(sink: &str) -> Self {
        match sink.split_once('/') {
            Some((namespace, name)) if !sink.contains("://") => {
                Self::Function { namespace: namespace.to_owned(), name: name.to_owned() }
            }
            _ => Self::Sink(sink.to_owned()),
        }
    }
}

impl Live {
    /// Reads the state first and the log then: what has ended in between shows as ended.
    pub(super) async fn read(delivery: &Delivery) -> Result<Self, Problem> {
        let mut served: HashMap<u64, _> =
            delivery.status().await.into_iter().map(|status| (status.id, status)).collect();
        let subscriptions = delivery.log.subscriptions().await?.into_iter().map(|own| {
            let subscriber = match served.remove(&own.id) {
                Some(status) => Subscriber {
                    recipient: Recipient::of(&status.sink),
                    cursor: own.cursor,
                    choice: Some(status.choice),
                    waits: status.phase == Phase::Waiting,
                    under_way: status.under_way.into_iter().collect(),
                },
                None => Subscriber {
                    recipient: Recipient::of(
                        &results::function_of(&own.name).unwrap_or_else(|| own.name.clone()),
                    ),
                    cursor: own.cursor,
                    choice: None,
                    waits: true,
                    under_way: HashSet::new(),
                },
            };
            (own.id, subscriber)
        });
        Ok(Self(subscriptions.collect()))
    }

    pub(super) fn get(&self, subscription: u64) -> Option<&Subscriber> {
        self.0.get(&subscription)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Subscriber)> {
        self.0.iter().map(|(id, subscriber)| (*id, subscriber))
    }

    /// Subscriptions whose events go to a function.
    pub(super) fn of_function(&self, namespace: &str, name: &str) -> Vec<u64> {
        let is = |recipient: &Recipient| {
            matches!(recipient, Recipient::Function { namespace: own, name: function }
                if own == namespace && function == name)
        };
        self.iter().filter(|(_, own)| is(&own.recipient)).map(|(id, _)| id).collect()
    }

    /// Every subscription.
    pub(super) fn all(&self) -> Vec<u64> {
        self.0.keys().copied().collect()
    }
}
