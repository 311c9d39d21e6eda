//! Schedules: functions that are called at times (`spec.triggers.cron`).
//!
//! A time that comes is an event in the log, with an id that is the same on every machine, so that it
//! runs once in a cluster. It is delivered to its function alone, and retried, kept in the ledger and
//! replayed as any event is. What is due when is decided in [`plan`], without a clock; the wall clock
//! ([`Clock`]) is given, and looked at at least every [`LOOK`], so that one that jumps is noticed.

mod clock;
mod follow;
mod past;
mod plan;
mod tick;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use avocet_backplane::{Error, EventLog, LogStore, Registry};
use avocet_functions::model::FunctionName;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub use clock::Clock;

use crate::api::{CatchUp, ScheduleSummary};
use crate::delivery::{Bus, Delivery};
use crate::log_lines::platform_error;
use follow::Follower;
use plan::{Entry, Plan};

/// Longest time between two looks at the clock.
const LOOK: Duration = Duration::from_secs(10);

/// Time before a time that could not be stored is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Schedules of every function.
pub(crate) struct Schedules {
    log: Arc<dyn EventLog>,
    logs: Arc<dyn LogStore>,
    bus: Arc<Bus>,
    clock: Clock,
    plan: Mutex<Plan>,
    /// Told where the plan changed.
    changed: Notify,
}

/// Schedules that run.
pub(crate) struct Started {
    pub schedules: Arc<Schedules>,
    /// Number of the last change of the registry that they follow, and deliveries with them.
    pub position: watch::Receiver<u64>,
    /// Tasks that run them.
    pub tasks: [JoinHandle<()>; 2],
}

/// Makes up for what was missed, and runs schedules from now on. `delivered` is the number of the last
/// change of the registry that deliveries follow.
///
/// # Errors
/// Where a store failed.
pub(crate) async fn start(
    registry: Arc<dyn Registry>,
    delivery: &Delivery,
    delivered: watch::Receiver<u64>,
    logs: Arc<dyn LogStore>,
    clock: Clock,
) -> Result<Started, Error> {
    let schedules = Schedules::new(delivery, logs, clock);
    let mut follower = Follower::new(registry, schedules.clone(), delivered);
    follower.begin().await?;
    let position = follower.position();
    let tasks = [tokio::spawn(follower.run()), tokio::spawn(schedules.clone().run())];
    Ok(Started { schedules, position, tasks })
}

/// Reason for which no schedule is run by hand.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The function has no schedule, or none of that number.
    #[error("{0}")]
    NotFound(String),
    /// Several schedules, and none was named.
    #[error("{0}")]
    Which(String),
    /// The log did not take the event.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Schedules {
    /// Without schedules.
    fn new(delivery: &Delivery, logs: Arc<dyn LogStore>, clock: Clock) -> Arc<Self> {
        let (plan, changed) = Default::default();
        let (log, bus) = (delivery.log.clone(), delivery.bus.clone());
        Arc::new(Self { log, logs, bus, clock, plan, changed })
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what is due, until it is dropped.
    async fn run(self: Arc<Self>) {
        let mut failing = false;
        loop {
            let changed = self.changed.notified();
            let pause = match self.look().await {
                Ok(pause) => {
                    failing = false;
                    pause
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        let text =
                            format!("a schedule's time cannot be stored, trying again: {error}");
                        self.logs.append(vec![platform_error(text)]);
                    }
                    RETRY
                }
            };
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Stores what is due; gives the time until the next look.
    async fn look(&self) -> Result<Duration, Error> {
        let due = self.plan().due(self.clock.now_ms());
        if !due.is_empty() {
            self.bus.publish(due.ticks.iter().map(tick::event).collect()).await?;
            self.plan().done(&due);
        }
        let (next, now) = (self.plan().next_ms(), self.clock.now_ms());
        let until = next.map_or(LOOK, |next| {
            Duration::from_millis(u64::try_from(next - now).unwrap_or_default())
        });
        Ok(until.min(LOOK))
    }

    /// Every schedule, of one namespace or of all.
    pub(crate) fn list(&self, namespace: Option<&str>) -> Vec<ScheduleSummary> {
        let plan = self.plan();
        let own =
            plan.all().filter(|(name, _)| namespace.is_none_or(|own| own == name.namespace()));
        let mut all: Vec<_> = own.collect();
        all.sort_by_key(|(name, entry)| (*name, entry.number));
        all.into_iter().map(|(name, entry)| summary(name, entry)).collect()
    }

    /// Runs a schedule of a function now, the only one or the one of this number (from 1, in the
    /// order of [`Schedules::list`]); gives the event's id.
    ///
    /// # Errors
    /// [`RunError`].
    pub(crate) async fn run_now(
        &self,
        function: &FunctionName,
        number: Option<usize>,
    ) -> Result<String, RunError> {
        let all = self.plan().numbered(function);
        let entry = match (number, &all[..]) {
            (_, []) => {
                return Err(RunError::NotFound(format!("{function} has no schedule")));
            }
            (None, [one]) => one,
            (None, all) => {
                let each = |own: &Entry| format!("{} is {:?}", own.number, own.trigger.schedule);
                let each: Vec<String> = all.iter().map(each).collect();
                let which = format!("{function} has {} schedules: {}", all.len(), each.join(", "));
                return Err(RunError::Which(which));
            }
            (Some(number), all) => {
                all.iter().find(|own| own.number == number).ok_or_else(|| {
                    let count = all.len();
                    RunError::NotFound(format!(
                        "{function} has no schedule {number}: it has {count}"
                    ))
                })?
            }
        };
        let event = tick::by_hand(function, &entry.trigger, self.clock.now_ms());
        let id = event.id.clone();
        self.bus.publish(vec![event]).await?;
        Ok(id)
    }
}

fn summary(function: &FunctionName, entry: &Entry) -> ScheduleSummary {
    use avocet_functions::model::CatchUp as Model;
    ScheduleSummary {
        namespace: function.namespace().to_owned(),
        function: function.name().to_owned(),
        number: entry.number,
        schedule: entry.trigger.schedule.clone(),
        time_zone: entry.trigger.time_zone.clone(),
        catch_up: match entry.trigger.catch_up {
            Model::None => CatchUp::None,
            Model::Last => CatchUp::Last,
            Model::All => CatchUp::All,
        },
        next: entry.next_ms.map(tick::time),
    }
}
