//! Schedules of functions.

use serde::{Deserialize, Serialize};

/// Schedules of a namespace, or of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleList {
    /// Ordered by namespace, function and number.
    pub schedules: Vec<ScheduleSummary>,
}

/// One schedule: an entry of a function's `spec.triggers.cron`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleSummary {
    /// Namespace of the function.
    pub namespace: String,
    /// Function that it calls.
    pub function: String,
    /// Number among the function's schedules, from 1.
    pub number: usize,
    /// Cron expression.
    pub schedule: String,
    /// Time zone.
    pub time_zone: String,
    /// Treatment of times that passed while nothing ran.
    pub catch_up: CatchUp,
    /// Next time, RFC 3339 in UTC; absent where there is none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Treatment of times that passed while nothing ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// Nothing is made up for.
    None,
    /// The last one is made up for.
    Last,
    /// Each is made up for, within bounds.
    All,
}

/// Schedule of a function that is to run now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunCronRequest {
    /// Number of the schedule, from 1; absent: the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<usize>,
}

/// Event that a schedule's run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCronReport {
    /// Id of the event.
    pub id: String,
    /// Source of the event.
    pub source: String,
}
