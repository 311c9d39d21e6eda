//! Lines that a function logged in an attempt.

use avocet_api::{Attempt, EventDetails};
use avocet_backplane::LogQuery;

use super::Problem;
use crate::admin::Admin;

/// Lines of one attempt that are shown: its last ones.
const LINES: usize = 100;

/// Time after the end of an attempt in which its lines may still come, milliseconds.
const LATE_MS: u64 = 1000;

impl Admin {
    /// The event with the log of its attempts.
    pub(super) async fn with_logs(&self, mut event: EventDetails) -> Result<EventDetails, Problem> {
        for delivery in &mut event.deliveries {
            let (Some(namespace), Some(function)) = (&delivery.namespace, &delivery.function)
            else {
                continue;
            };
            for attempt in &mut delivery.attempts {
                attempt.log = self.lines_of(namespace, function, attempt).await?;
            }
        }
        Ok(event)
    }

    async fn lines_of(
        &self,
        namespace: &str,
        function: &str,
        attempt: &Attempt,
    ) -> Result<Vec<String>, Problem> {
        let Some(call) = attempt.invocation.clone() else { return Ok(Vec::new()) };
        let begin: Option<jiff::Timestamp> = attempt.time.parse().ok();
        let begin = begin.and_then(|time| u64::try_from(time.as_millisecond()).ok()).unwrap_or(0);
        let query = LogQuery {
            call: Some(call),
            since_ms: Some(begin),
            ..LogQuery::function(namespace, function).tail(LINES)
        };
        let end = begin + attempt.ms + LATE_MS;
        let lines = self.life.logs.query(query).await?.lines;
        // Numbers of invocations begin anew with each process.
        let own = lines.into_iter().filter(|line| line.time_ms <= end);
        Ok(own.map(|line| line.text.into()).collect())
    }
}
