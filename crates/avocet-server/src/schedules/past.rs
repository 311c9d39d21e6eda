//! Past of schedules: what they have run before the server started, as far as the log of events tells.

use std::sync::Arc;

use avocet_backplane::{Error, EventLog};
use avocet_functions::model::{CatchUp, CronTrigger, FunctionName};

use super::plan::Entry;
use super::{Schedules, tick};

/// The log of events, and how far back it goes.
pub(super) struct Past {
    log: Arc<dyn EventLog>,
    now_ms: i64,
    /// Time before which the log may have forgotten what ran.
    known_ms: i64,
}

impl Past {
    pub(super) async fn read(schedules: &Schedules) -> Result<Self, Error> {
        let (log, now_ms) = (schedules.log.clone(), schedules.clock.now_ms());
        let first = log.read(0, 1).await?.events.into_iter().next();
        let known_ms = match first {
            // Nothing was ever deleted.
            Some(first) if first.position <= 1 => 0,
            Some(first) => i64::try_from(first.accepted_ms).unwrap_or(i64::MAX),
            None if *log.watch().borrow() == 0 => 0,
            None => now_ms,
        };
        Ok(Self { log, now_ms, known_ms })
    }

    /// The schedule with everything dealt with that is not to be made up for.
    ///
    /// # Errors
    /// Where the log failed.
    pub(super) async fn make_up(
        &self,
        function: &FunctionName,
        entry: Entry,
    ) -> Result<Entry, Error> {
        let mut entry = entry.after_a_stop();
        entry.deal_with(self.known_ms);
        let most = match entry.trigger.catch_up {
            CatchUp::None => 0,
            CatchUp::Last => 1,
            CatchUp::All => CatchUp::MOST,
        };
        let (key, source) = (entry.trigger.key(), CronTrigger::source(function));
        let missed: Vec<i64> = entry.backwards(self.now_ms).take(most).collect();
        for at_ms in missed {
            let ran = self.log.find(&tick::id(&key, at_ms)).await?;
            if ran.iter().any(|event| event.source == source) {
                entry.deal_with(at_ms);
                break;
            }
        }
        Ok(entry)
    }
}
