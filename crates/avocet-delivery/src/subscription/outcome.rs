//! Outcome of an event, when its delivery ends.

use std::time::Duration;

use super::{Sink, Subscription};
use crate::backoff::{self, MAX_RETRY_AFTER};
use crate::log::{DeadReason, Entry, Note, Position, Tries};
use crate::protocol::Outcome;
use crate::settings::RetryPolicy;
use crate::time::Now;
use crate::writer::Writer;

/// Interruptions of a delivery in a row after which it counts as refused.
const MOST_INTERRUPTIONS: u8 = 3;

/// Pauses of a subscription whose sink was not there, where nobody says that it is back.
const ABSENT_PAUSES: RetryPolicy = RetryPolicy {
    max_deliveries: None,
    max_age: Duration::MAX,
    min_pause: Duration::from_secs(1),
    max_pause: Duration::from_secs(30),
};

impl Subscription {
    /// A delivery came to its end.
    pub(crate) fn answered(
        &mut self,
        position: Position,
        outcome: Outcome,
        note: Option<Note>,
        now: Now,
        writer: &mut Writer,
    ) {
        let Some(item) = self.window.get(position) else { return };
        let (mut tries, interruptions) = (item.tries, item.interruptions);
        if outcome != Outcome::Absent {
            self.missed = 0;
        }
        let entry = match outcome {
            Outcome::Delivered => Entry::Done,
            Outcome::Rejected => {
                tries.failed = tries.failed.saturating_add(1);
                Entry::Dead { tries, reason: DeadReason::Rejected }
            }
            Outcome::Failed { retry_after } => {
                tries.failed = tries.failed.saturating_add(1);
                self.after_failure(position, tries, retry_after, now)
            }
            Outcome::Refused { retry_after } => {
                tries.refused = tries.refused.saturating_add(1);
                self.after_failure(position, tries, retry_after, now)
            }
            Outcome::Interrupted if interruptions >= MOST_INTERRUPTIONS => {
                // No fault of the event's, so its age does not matter; a pause, or it would go round.
                tries.refused = tries.refused.saturating_add(1);
                let pause = backoff::pause(&self.settings.retry, tries.total(), position.0);
                Entry::Waiting { tries, at: now.wall.after(pause), written: now.wall }
            }
            Outcome::Interrupted => {
                self.window.set(position, |item| item.interruptions += 1);
                return self.window.release(position);
            }
            Outcome::Absent => {
                self.missed = self.missed.saturating_add(1);
                let pause = backoff::pause(&ABSENT_PAUSES, self.missed, self.id.0);
                let until = now.moment.after(pause);
                if self.sink != Sink::Absent {
                    self.sink = Sink::Missed { until };
                }
                return self.window.release(position);
            }
        };
        self.settle(position, entry, note, writer);
    }

    fn after_failure(
        &self,
        position: Position,
        tries: Tries,
        retry_after: Option<Duration>,
        now: Now,
    ) -> Entry {
        let policy = &self.settings.retry;
        if policy.max_deliveries.is_some_and(|most| tries.failed >= most) {
            return Entry::Dead { tries, reason: DeadReason::MaxDeliveries };
        }
        let accepted = self.window.get(position).map_or(now.wall, |item| item.accepted);
        if now.wall.since(accepted) >= policy.max_age {
            return Entry::Dead { tries, reason: DeadReason::MaxAge };
        }
        let pause = backoff::pause(policy, tries.total(), self.id.0 ^ position.0 << 20);
        let pause = pause.max(retry_after.unwrap_or_default().min(MAX_RETRY_AFTER));
        // The last delivery is at the end of the event's time.
        let at = now.wall.after(pause).min(accepted.after(policy.max_age).max(now.wall));
        Entry::Waiting { tries, at, written: now.wall }
    }
}
