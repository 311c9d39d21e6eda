//! Triggers, which call a function by themselves: `spec.triggers`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{DeliveryConfig, FunctionName, Selection, SubjectPattern};

/// Triggers of a function: what calls it by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Triggers {
    /// Events, each entry as a `Subscription` whose sink is the function.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventTrigger>,
    /// Times.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cron: Vec<CronTrigger>,
    /// Subjects of messages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectPattern>,
    /// Group that shares the messages of [`Triggers::subjects`], each handled by one of it; absent:
    /// the function's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_group: Option<String>,
    /// True where messages of [`Triggers::subjects`] come from the event log, with acknowledgement.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub durable: bool,
}

impl Triggers {
    /// Most entries of each kind.
    pub const MAX: usize = 100;

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Events that call a function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTrigger {
    /// Events that it takes.
    #[serde(flatten)]
    pub selection: Selection,
    /// Delivery of them.
    #[serde(flatten)]
    pub delivery: DeliveryConfig,
}

/// Beginning of the types of the platform's own events. No subscription can name one, and `*` stands
/// for none of them.
pub const OWN_TYPES: &str = "_avocet.";

/// Type of the event that a schedule's time is.
pub const CRON_TYPE: &str = "_avocet.cron";

/// Times at which a function is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CronTrigger {
    /// Cron expression, as [`crate::schedule::Schedule`] reads it.
    pub schedule: String,
    /// Name of a time zone (IANA).
    #[serde(default = "CronTrigger::utc", skip_serializing_if = "CronTrigger::is_utc")]
    pub time_zone: String,
    /// Treatment of times that passed while nothing ran.
    #[serde(default, skip_serializing_if = "CatchUp::is_default")]
    pub catch_up: CatchUp,
    /// Data of the event; none where it is null.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

impl CronTrigger {
    /// [`CronTrigger::time_zone`] where none is given.
    pub const DEFAULT_TIME_ZONE: &'static str = "UTC";

    /// Most bytes of [`CronTrigger::data`] as JSON.
    pub const MAX_DATA: usize = 64 << 10;

    /// Source of the events that a function's schedules make.
    pub fn source(function: &FunctionName) -> String {
        format!("/{function}/cron")
    }

    /// Name of this schedule among those of its function: the same as long as nothing of it changes.
    pub fn key(&self) -> String {
        let json = serde_json::to_vec(self).expect("a trigger has string keys only");
        Sha256::digest(json)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn utc() -> String {
        Self::DEFAULT_TIME_ZONE.to_owned()
    }

    fn is_utc(zone: &str) -> bool {
        zone == Self::DEFAULT_TIME_ZONE
    }
}

/// Treatment of a schedule's times that passed while nothing ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// Nothing.
    None,
    /// The last one is made up for.
    #[default]
    Last,
    /// Each is made up for, the latest [`CatchUp::MOST`] of them.
    All,
}

impl CatchUp {
    /// Most times that are made up for.
    pub const MOST: usize = 1000;

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
